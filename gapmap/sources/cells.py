"""Cells of text out of CSV files and spreadsheets, each still in its own row.

No cell is turned into a number, a date or a boolean here, and no text is taken for "unknown":
a site may be called NA. A blank cell is the empty text.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import InputError, UnsafeFileError
from gapmap.sources.archives import check_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "MOST_ROWS",
    "Cells",
    "read_delimited",
    "read_records",
    "read_spreadsheet",
    "table_of_records",
]

MOST_ROWS: Final = 1_000_000
_MOST_COLUMNS: Final = 1_000
_MOST_CELLS: Final = 20_000_000
_LONGEST_CELL: Final = 100_000
_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, eq=False)
class Cells:
    """A table of texts.

    Parameters
    ----------
    columns
        Names, unique and not blank.
    rows
        One list of texts a row, as long as ``columns``.
    lines
        The row of the file that each row stands in, as a spreadsheet counts them.
    warnings
        Sentences about the file as a whole.
    """

    columns: list[str]
    rows: list[list[str]]
    lines: list[int]
    warnings: tuple[str, ...] = ()


def read_delimited(content: bytes, file_name: str) -> Cells:
    """Read CSV or TSV text, its delimiter and encoding found from the content.

    Raises
    ------
    InputError
        If it is no text, has no header, or a row that does not fit the header.
    """
    text, warnings = _decoded(content, file_name)
    if text.lstrip()[:1] == "<":
        raise UnsafeFileError(
            f"{file_name} should be a table of text, but it begins like a web page or XML. "
            "Download the table itself, or save it as CSV."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        cells = _with_header(((number, row) for number, row in enumerate(reader, 1)), file_name)
    except csv.Error as error:
        raise InputError(
            f"{file_name} cannot be read as CSV near line {reader.line_num}: {error}. "
            "A quotation mark there is probably not closed."
        ) from None
    return Cells(cells.columns, cells.rows, cells.lines, (*warnings, *cells.warnings))


def _decoded(content: bytes, file_name: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ()
    if b"\0" in content[:100_000]:
        raise InputError(
            f"{file_name} is not a text file, though its name says so. Save it as CSV (UTF-8)."
        )
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        warning = (
            f"{file_name} is not UTF-8; it was read as Windows-1252. Look at accented letters."
        )
        return content.decode("cp1252", errors="replace"), (warning,)


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first lines into the most even columns."""
    sample = text[:20_000]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
        except csv.Error:
            return (0, 0)
        widths = [len(row) for row in rows[:-1] or rows if any(row)][:50]
        widest = max(widths, default=1)
        return (widths.count(widest) if widest > 1 else 0, widest)

    return max(_DELIMITERS, key=score)


def read_spreadsheet(path: Path, file_name: str, *, sheet: str | None = None) -> Cells:
    """Read one sheet of an XLSX file as text: the named one, or the first that has rows.

    Raises
    ------
    UnsafeFileError
        If it unpacks to too much, or if its XML declares entities.
    InputError
        If it is no XLSX file or holds no table.
    """
    check_archive(path, file_name, looks_for_entities=True)
    from openpyxl import load_workbook  # slow to import, and seldom needed

    try:
        workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises whatever its XML reader does
        raise InputError(
            f"{file_name} cannot be read as XLSX ({type(error).__name__}). "
            "Open it in a spreadsheet program and save it as .xlsx or CSV again."
        ) from None
    try:
        return _first_table(workbook, file_name, sheet)
    finally:
        workbook.close()


def _first_table(workbook: Any, file_name: str, sheet: str | None) -> Cells:
    names = [worksheet.title for worksheet in workbook.worksheets]
    if sheet is not None and sheet not in names:
        raise InputError(f"{file_name} has no sheet “{sheet}”. It has {', '.join(names)}.")
    for name in names if sheet is None else [sheet]:
        worksheet = workbook[name]
        worksheet.reset_dimensions()
        texts = (
            (number, [_cell_text(cell) for cell in row])
            for number, row in enumerate(worksheet.iter_rows(values_only=True), 1)
        )
        try:
            cells = _with_header(texts, file_name)
        except _NoTableError:
            continue
        except (InputError, MemoryError):
            raise
        except Exception as error:  # a sheet is parsed while it is read
            raise InputError(
                f"{file_name}: sheet “{name}” cannot be read ({type(error).__name__}). "
                "Save it as CSV and use that."
            ) from None
        if sheet is None and len(names) > 1:
            warning = f"{file_name} has {len(names)} sheets; “{name}” was read."
            return Cells(cells.columns, cells.rows, cells.lines, (*cells.warnings, warning))
        return cells
    raise InputError(f"{file_name} has no sheet with a header and a row under it.")


def _cell_text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime.datetime():
            midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
            return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
        case datetime.time():
            return cell.strftime("%H:%M")
        case _:
            return str(cell)


def read_records(content: bytes, file_name: str) -> Cells:
    """Read a JSON list of flat or nested records; nested names are joined by a dot.

    A list of lists is read as well, the first of them as the header: the Census API answers so.
    """
    records = json.loads(content)
    if isinstance(records, list) and records and all(isinstance(row, list) for row in records):
        texts = [[_cell_text(cell) for cell in row] for row in records]
        return _with_header(enumerate(texts, 1), file_name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{file_name} is JSON, but neither GeoJSON nor a list of records.")
    return table_of_records(records, file_name)


def table_of_records(records: Sequence[dict[str, Any]], file_name: str) -> Cells:
    """Make a table of records; nested names are joined by a dot."""
    flat = [dict(_flattened(record)) for record in records]
    columns = list(dict.fromkeys(name for record in flat for name in record))
    rows = [[record.get(name, "") for name in columns] for record in flat]
    return _with_header(((n, row) for n, row in enumerate([columns, *rows], 1)), file_name)


def _flattened(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, dict) and not {"type", "coordinates"} <= value.keys():
            yield from _flattened(value, f"{prefix}{name}.")
        elif isinstance(value, dict | list):
            yield f"{prefix}{name}", json.dumps(value)
        else:
            yield f"{prefix}{name}", _cell_text(value)


class _NoTableError(InputError):
    """No header with a row under it."""


def _with_header(numbered: Iterable[tuple[int, list[str]]], file_name: str) -> Cells:
    """Take the first row of two cells or more as the header, and what follows as rows."""
    header: list[str] | None = None
    above = 0
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, cells in numbered:
        filled = sum(1 for cell in cells if cell.strip())
        if not filled:
            continue
        if header is None:
            if filled == 1:
                above = line  # a title over the table
                continue
            header = _trimmed(cells)
            if len(header) > _MOST_COLUMNS:
                raise InputError(
                    f"{file_name} has {len(header):,} columns; {_MOST_COLUMNS} at most."
                )
            continue
        rows.append(_fitted(cells, len(header), line, file_name))
        lines.append(line)
        if len(rows) > MOST_ROWS or len(rows) * len(header) > _MOST_CELLS:
            raise InputError(
                f"{file_name} has more than {len(rows) - 1:,} rows of {len(header)} columns, "
                f"more than is read at once. Leave out columns, or split it."
            )
    if header is None or not rows:
        raise _NoTableError(
            f"{file_name} has no table: no header of two columns or more with a row under it."
        )
    columns, warnings = _unique_names(header)
    if above:
        warnings = (
            *warnings,
            f"{file_name} has a title above its header, down to row {above}; left out.",
        )
    return Cells(columns, rows, lines, warnings)


def _trimmed(cells: Sequence[str]) -> list[str]:
    trimmed = list(cells)
    while trimmed and not trimmed[-1].strip():
        trimmed.pop()
    return trimmed


def _fitted(cells: list[str], width: int, line: int, file_name: str) -> list[str]:
    if len(cells) < width:
        return cells + [""] * (width - len(cells))
    if any(cell.strip() for cell in cells[width:]):
        raise InputError(
            f"{file_name}, row {line}: {len(_trimmed(cells))} cells under a header of {width}. "
            "A text with a comma in it probably lacks its quotation marks."
        )
    return cells[:width]


def _unique_names(header: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    names: list[str] = []
    taken: set[str] = set()
    repeated: list[str] = []
    for number, cell in enumerate(header, 1):
        name = base = cell.strip().lstrip("\ufeff") or f"column {number}"
        count = 1
        while name in taken:
            count += 1
            name = f"{base}.{count}"
        if count > 1:
            repeated.append(base)
        taken.add(name)
        names.append(name)
    if repeated:
        return names, (f"Columns that occur more than once were numbered: {', '.join(repeated)}.",)
    return names, ()
