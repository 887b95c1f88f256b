"""Which column of a site list holds what, and the texts in it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gapmap.errors import InputError
from gapmap.layers.gate.formats import (
    FORMATS,
    OWN_FORMAT,
    SiteFormat,
    bare,
    fields_for,
    find_header,
    personal_columns,
    recognise,
)
from gapmap.layers.gate.guess import guess_columns
from gapmap.layers.gate.timetable import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["SiteColumns", "choose_columns", "each", "find_layout", "to_text"]


@dataclasses.dataclass(frozen=True, eq=False)
class SiteColumns:
    """The columns of one site list by field.

    Parameters
    ----------
    table
        The list as read.
    layout
        Its layout.
    of_field
        Columns of the table by field, the first filled one counts.
    pairs
        Columns of longitude and latitude, the first pair that is a place counts.
    site_id
        Columns that make up an identifier.
    constants
        Value by field, where the table has none.
    values
        Per field, standard value by value in the table (in lower case).
    personal
        Columns never read.
    """

    table: pd.DataFrame
    layout: SiteFormat
    of_field: Mapping[str, tuple[str, ...]]
    pairs: tuple[tuple[str, str], ...]
    site_id: tuple[str, ...]
    constants: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    personal: tuple[str, ...]
    _known_texts: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)

    def has(self, field: str) -> bool:
        """Return whether the list or a constant can say something about a field."""
        return bool(self.of_field.get(field)) or field in self.constants

    def label(self, field: str) -> str:
        """Return the name that the file itself uses for a field."""
        columns = self.of_field.get(field, ())
        return columns[0] if columns else field

    def texts(self, field: str) -> NDArray[Any]:
        """Return the texts of a field, one a row; "" where nothing is said."""
        found = np.full(len(self.table), "", dtype=object)
        for column in self.of_field.get(field, ()):
            found = np.where(found == "", self.column(column), found)
        known = self.values.get(field, {})
        if known:
            found = each(found, lambda text: known.get(text.lower(), text))
        if field in self.constants:
            found = np.where(found == "", self.constants[field], found)
        return found

    def column(self, name: str) -> NDArray[Any]:
        """Return one column of the file as texts without blanks around them."""
        if name not in self._known_texts:
            self._known_texts[name] = _texts_of(self.table[name])
        return self._known_texts[name]

    def kept_columns(self) -> list[str]:
        """Return the columns that may be shown: neither personal data nor shapes."""
        shapes = getattr(self.table, "_geometry_column_name", None)
        hidden = {*self.personal, shapes}
        return [str(name) for name in self.table.columns if name not in hidden]


def each(texts: NDArray[Any], read: Callable[[str], Any]) -> NDArray[Any]:
    """Apply a reading to texts, once for each different text."""
    known = {text: read(text) for text in set(texts.tolist())}
    answers = np.empty(len(texts), dtype=object)
    answers[:] = [known[text] for text in texts.tolist()]
    return answers


def _texts_of(column: pd.Series) -> NDArray[Any]:
    cells = np.empty(len(column), dtype=object)
    if isinstance(column.dtype, pd.StringDtype):
        cells[:] = column.fillna("").tolist()
        cells = each(cells, _said)
    else:
        cells[:] = [_said(to_text(cell)) for cell in column.tolist()]
    cells.flags.writeable = False  # the next to ask gets the same array
    return cells


def _said(text: str) -> str:
    return "" if is_blank(text) else " ".join(text.split())


def to_text(cell: object) -> str:
    """Return a cell as text: no decimals on whole numbers, "" for what is missing."""
    match cell:
        case None:
            return ""
        case str():
            return " ".join(cell.split())
        case bool() | np.bool_():
            return str(bool(cell)).lower()
        case float():
            if math.isnan(cell):
                return ""
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(float(cell))
        case datetime.datetime():
            # NaT is one of these, and is never equal to itself.
            return cell.isoformat(sep=" ") if cell == cell else ""
        case dict() | list():
            return json.dumps(cell)
        case np.ndarray():
            return json.dumps(cell.tolist())
        case _:
            text = str(cell)
            return "" if text in ("<NA>", "NaT") else text


def choose_columns(
    table: pd.DataFrame,
    *,
    source: str,
    format_id: str | None,
    columns: Mapping[str, str] | None,
    constants: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    meals: Sequence[str],
    has_shapes: bool,
    may_lack_places: bool = False,
) -> SiteColumns:
    """Find the columns of a site list by its format, by a column map, or by recognising it.

    With ``may_lack_places``, a list of addresses without coordinates is one as well.

    Raises
    ------
    InputError
        If none of the three says where the sites are; with the columns found and a first guess.
    """
    names = [str(name) for name in table.columns]
    personal = personal_columns(names)
    layout = (
        _layout(names, source, format_id, has_shapes, may_lack_places)
        if format_id or not columns
        else None
    )
    _check_fields((*(columns or {}), *constants, *values), meals, source)
    free = [name for name in names if name not in personal]
    of_field = {} if layout is None else _found(layout, free, meals)
    for field, column in (columns or {}).items():
        of_field[field] = (_named(column, free, personal, source),)
    pairs = _pairs(layout, of_field, free)
    has_addresses = may_lack_places and ("street" in of_field or "address" in of_field)
    if not (pairs or has_shapes or "point" in of_field or has_addresses):
        raise _not_placed(source, names, personal, may_lack_places)
    if layout is None and "name" not in of_field and "name" not in constants:
        raise InputError(
            f"{source}: the column map does not say which column holds the name of a site. "
            f'Add name = "…". The file has {_listed(free)}.'
        )
    return SiteColumns(
        table=table,
        layout=layout or _MAPPED,
        of_field=of_field,
        pairs=pairs,
        site_id=_site_id(layout, of_field, free),
        constants=constants,
        values={
            field: {" ".join(str(key).lower().split()): value for key, value in known.items()}
            for field, known in values.items()
        },
        personal=personal,
    )


_MAPPED = dataclasses.replace(
    OWN_FORMAT, id="columns", title="column map", columns={}, site_ids=(), signature=frozenset()
)


def find_layout(
    names: Sequence[str], *, has_shapes: bool, may_lack_places: bool = False
) -> SiteFormat | None:
    """Return the layout of a file, None if it is unknown or has coordinates under unknown names.

    Only a list in which nothing looks like coordinates is taken for one of mere addresses.
    """
    guess = guess_columns(names) if may_lack_places else {}
    looks_placed = "longitude" in guess and "latitude" in guess
    return recognise(
        names, has_shapes=has_shapes, may_lack_places=may_lack_places and not looks_placed
    )


def _layout(
    names: Sequence[str],
    source: str,
    format_id: str | None,
    has_shapes: bool,
    may_lack_places: bool,
) -> SiteFormat:
    if format_id is None:
        known = find_layout(names, has_shapes=has_shapes, may_lack_places=may_lack_places)
        if known is None:
            raise _not_placed(source, names, personal_columns(names), may_lack_places)
        return known
    formats = {known.id: known for known in (*FORMATS, OWN_FORMAT)}
    if format_id not in formats:
        raise InputError(
            f"{source}: there is no site list format “{format_id}”. There are {', '.join(formats)}."
        )
    layout = formats[format_id]
    missing = [
        one for one in sorted(layout.signature) if not find_header(one, names, layout.headers)
    ]
    if missing:
        raise InputError(
            f"{source} is not in the format {format_id} ({layout.title}): it has no column "
            f"{', '.join(missing)}. It has {_listed(names)}."
        )
    return layout


def _found(
    layout: SiteFormat, free: Sequence[str], meals: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    wanted = {"match_quality": ("matchquality",), **layout.columns}
    if layout is OWN_FORMAT:
        wanted |= {field: (bare(field),) for field in fields_for(meals) if field not in wanted}
    found = {}
    for field, headers in wanted.items():
        matches = [find_header(header, free, layout.headers) for header in headers]
        columns = tuple(match for match in matches if match is not None)
        if columns:
            found[field] = columns
    return found


def _check_fields(asked: Sequence[str], meals: Sequence[str], source: str) -> None:
    known = fields_for(meals)
    for field in asked:
        if field not in known:
            near = get_close_matches(field, known, n=1)
            cure = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
            raise InputError(f"{source}: a site has no “{field}”. {cure}")


def _named(column: str, free: Sequence[str], personal: Sequence[str], source: str) -> str:
    if column in free:
        return column
    if column in personal:
        raise InputError(
            f"{source}: the column “{column}” holds personal data by its name and is not read. "
            "Rename it if it does not."
        )
    found = find_header(bare(column), free) if bare(column) else None
    if found is None:
        raise InputError(f"{source} has no column “{column}”. It has {_listed(free)}.")
    return found


def _pairs(
    layout: SiteFormat | None, of_field: Mapping[str, tuple[str, ...]], free: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    pairs = []
    if "longitude" in of_field and "latitude" in of_field:
        pairs.append((of_field["longitude"][0], of_field["latitude"][0]))
    for longitude, latitude in layout.coordinates if layout else ():
        one = find_header(longitude, free)
        other = find_header(latitude, free)
        if one is not None and other is not None and (one, other) not in pairs:
            pairs.append((one, other))
    return tuple(pairs)


def _site_id(
    layout: SiteFormat | None, of_field: Mapping[str, tuple[str, ...]], free: Sequence[str]
) -> tuple[str, ...]:
    if "site_id" in of_field:
        return of_field["site_id"]
    for headers in layout.site_ids if layout else ():
        columns = [find_header(header, free) for header in headers]
        if all(column is not None for column in columns):
            return tuple(column for column in columns if column is not None)
    return ()


def _not_placed(
    source: str, names: Sequence[str], personal: Sequence[str], may_lack_places: bool
) -> InputError:
    shown = [name for name in names if name not in personal]
    guess = guess_columns(shown)
    first = ", ".join(f"{field} = “{column}”" for field, column in list(guess.items())[:8])
    return InputError(
        f"{source} is in no layout that gapmap knows. It has {_listed(shown)}. Needed are at least "
        "name, longitude and latitude (in degrees): say which columns they are. "
        + (
            "Without coordinates, name and street, city, state and zip do, to be looked up. "
            if may_lack_places
            else ""
        )
        + (f"A first guess: {first}." if first else "No column looks like one of them.")
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:30])
    return f"the columns {shown}" + (f" and {len(names) - 30} more" if len(names) > 30 else "")
