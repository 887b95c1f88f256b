"""Tables of the American Community Survey as people download them, made ordinary.

Recognised without being asked, by their columns:

- data.census.gov: ``GEO_ID`` with a second row of labels;
- American FactFinder, ``…_with_ann.csv``: ``GEO.id2``, a second row of labels, annotations;
- the Census API saved as a table: ``state``, ``county``, ``tract`` in columns of their own, their
  zeros often lost, and column names that may go on after the code;
- Census Reporter: JSON with an estimate and an error for every code of every table.

Whatever the layout, there is a column ``GEOID`` afterwards, and columns are named by their codes:
``B01001_003E`` for an estimate, ``B01001_003M`` for its margin. FactFinder's own codes
(``HC01_EST_VC01``) are kept. Anything else passes through as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from gapmap.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CensusTable", "census_table", "is_census_reporter", "rows_of_census_reporter"]

_CODE: Final = re.compile(
    r"^((?:[BCK]\d{5}[A-Z]{0,3}_\d{3}|S\d{4}_C\d{2}_\d{3}|(?:DP|CP)\d{2}[A-Z]{0,2}_\d{4})"
    r"P?(?:E|M|EA|MA))(?:[^A-Za-z0-9].*)?$",
    flags=re.DOTALL,
)
"""A code of a variable, alone or with its label after it. ``P`` is for the percentages of data
profiles, ``A`` for annotations. Source: Census Bureau, variables of the ACS data sets."""

_IDENTIFIER: Final = r"\d+(?:\.0)?|[0-9A-Z]{3,9}US[0-9A-Z]*"
"""A GEOID, alone or after the code of its summary level: ``24510``, ``0500000US24510``."""

_WIDTHS: Final = {"state": 2, "county": 3, "tract": 6, "block group": 1, "block": 4}
"""Digits of each part of a GEOID in the columns of an answer of the Census API."""
_NAMES_OF_PARTS: Final = r"(?:Census Tract|Block Group|Block) \d"
"""How the survey names the parts of a county."""


class CensusTable(NamedTuple):
    """A table with a ``GEOID``, and what was done to it in sentences."""

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def census_table(raw: pd.DataFrame) -> CensusTable:
    """Make a downloaded table ordinary; any other table passes through.

    Parameters
    ----------
    raw
        The table as read from its file.

    Raises
    ------
    TableError
        If the columns that make up a GEOID cannot be read as such.
    """
    columns = [str(column) for column in raw.columns]
    if "GEO_ID" in columns:
        return _labelled(raw, "GEO_ID", "data.census.gov")
    if "GEO.id2" in columns:
        return _labelled(raw, "GEO.id2", "American FactFinder")
    if "GEO.id" in columns:
        return _labelled(raw, "GEO.id", "American FactFinder")
    if "GEOID" not in columns and _is_api_answer(raw):
        table = _by_code(raw.assign(GEOID=_geoids(raw)))
        return CensusTable(table, ("read as an answer of the Census API",))
    return CensusTable(raw)


def _labelled(raw: pd.DataFrame, key: str, source: str) -> CensusTable:
    """Leave out the row of labels under the header and name the key GEOID."""
    identifier = raw[key].astype("string").str.strip()
    is_label = ~identifier.str.fullmatch(_IDENTIFIER).fillna(True).astype(bool)
    # A row of labels stands right under the header; further down it is a row like any other.
    is_label &= pd.Series(range(len(raw)), index=raw.index) == 0
    geoid = identifier.str.replace(r"^.*US(?=\d)", "", regex=True).str.replace(
        r"^(\d+)\.0$", r"\1", regex=True
    )
    # The whole nation is 0100000US, with nothing after it.
    geoid = geoid.mask(geoid.str.fullmatch(r".*US").fillna(False).astype(bool))
    table = raw.assign(GEOID=geoid.astype(object))[~is_label]
    notes = [f"read as the layout of {source}"]
    if is_label.any():
        notes.append("the row of labels under the header left out")
    return CensusTable(_by_code(table), tuple(notes))


def _is_api_answer(raw: pd.DataFrame) -> bool:
    columns = {str(column) for column in raw.columns}
    return {"state", "county"} <= columns and any(_CODE.match(column) for column in columns)


def _geoids(raw: pd.DataFrame) -> pd.Series:
    geoid = pd.Series("", index=raw.index, dtype="string")
    for column, width in _WIDTHS.items():
        if column not in raw.columns:
            continue
        text = raw[column].astype("string").str.strip()
        text = text.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
        wrong = ~text.fillna("0").str.fullmatch(rf"\d{{1,{width}}}").astype(bool)
        if wrong.any():
            raise TableError(
                f"The column {column} of an answer of the Census API should hold codes of up to "
                f"{width} digits, but {int(wrong.sum()):,} row(s) do not, for example "
                f"“{text[wrong].iloc[0]}”. Save the answer again, or make a column GEOID."
            )
        geoid = geoid + text.str.zfill(width)
    if "NAME" in raw.columns:
        # A row of the whole, added by hand, may carry the code of a tract that does not exist.
        is_part = raw["NAME"].astype("string").str.match(_NAMES_OF_PARTS).fillna(False).astype(bool)
        if is_part.mean() > 0.5:
            geoid = geoid.where(is_part)
    return geoid.astype(object).where(geoid.notna(), None)


def _by_code(table: pd.DataFrame) -> pd.DataFrame:
    """Name columns by their codes alone, where that leaves no two of one name."""
    codes = {
        column: match[1] for column in table.columns if (match := _CODE.match(str(column).strip()))
    }
    taken = [str(column) for column in table.columns if column not in codes]
    counts = pd.Series([*codes.values(), *taken]).value_counts()
    names = {column: code for column, code in codes.items() if counts[code] == 1}
    return table.rename(columns=names)


def is_census_reporter(content: object) -> bool:
    """Say whether parsed JSON is an answer of Census Reporter."""
    if not isinstance(content, dict) or not isinstance(content.get("data"), dict):
        return False
    areas = content["data"].values()
    return bool(areas) and all(
        isinstance(tables, dict)
        and bool(tables)
        and all(
            isinstance(table, dict) and isinstance(table.get("estimate"), dict)
            for table in tables.values()
        )
        for tables in areas
    )


def rows_of_census_reporter(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one flat record an area: ``GEOID``, ``NAME``, and estimates and margins by code.

    A code of Census Reporter is that of its table and a number, ``B01001003``; here it is
    ``B01001_003E`` and ``B01001_003M`` as in the Census API.
    """
    geography = content.get("geography") or {}
    records = []
    for geoid, tables in content["data"].items():
        name = (geography.get(geoid) or {}).get("name", "")
        record: dict[str, Any] = {"GEOID": geoid.rpartition("US")[2], "NAME": name}
        for table, figures in tables.items():
            for kind, ending in (("estimate", "E"), ("error", "M")):
                for code, figure in (figures.get(kind) or {}).items():
                    # C17002001, B01001A003 and B05001PR001 begin with the name of their table.
                    number = code.removeprefix(table).lstrip("_")
                    record[f"{table}_{number}{ending}"] = figure
        records.append(record)
    return records
