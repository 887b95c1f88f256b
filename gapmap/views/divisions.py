"""Divisions as lines on a terminal, as facts for JSON, and as files that come back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gapmap.errors import RequestError, TableError
from gapmap.views.division_layers import division_layers
from gapmap.views.exports import geopackage_bytes, safe_text
from gapmap.views.numbers import count, distance
from gapmap.views.sentences import what_figures_are

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gapmap.analysis.territory.values import Division, Territory
    from gapmap.model import Study

__all__ = [
    "DIVISION_FORMATS",
    "division_bytes",
    "division_facts",
    "division_headline",
    "holders_in_table",
    "partners_in_table",
    "print_division",
    "who_does_what",
]

DIVISION_FORMATS: Final = {
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
}
"""File endings that a division can be written as, with their media types."""

_GEOID_COLUMNS: Final = ("geoid", "geoid20", "geoid10", "geoid_20", "area", "tract", "id")
_PARTNER_COLUMNS: Final = ("partner", "holder", "assignment", "district", "territory")


def division_headline(division: Division, study: Study) -> str:
    """Say in a sentence or two how even the division is and whether everything is one piece."""
    words, request = study.words, division.request
    number = len(division.territories)
    even = (
        f"{count(division.load_total)} {division.unit} among {number} partners: "
        f"{count(division.smallest_load)} to {count(division.largest_load)} each, at most "
        f"{division.worst_deviation:.1%} off the share that each should have."
    )
    pieces = (
        "Every territory is one piece."
        if division.is_contiguous
        else f"{sum(one.is_contiguous is False for one in division.territories)} territories are "
        "in pieces."
    )
    left = ""
    if division.unassigned:
        what = words.area if len(division.unassigned) == 1 else words.areas
        left = f" {len(division.unassigned):,} {what} are nobody's."
    tight = ""
    if not division.meets_tolerance:
        tight = f" That is more than the {request.tolerance:.1%} asked for."
    return f"{even}{tight} {pieces}{left}"


def who_does_what(division: Division, study: Study) -> pd.DataFrame:
    """Return what each partner does: who holds areas, and who does one thing everywhere.

    Returns
    -------
    Columns ``partner``, ``does``, ``where``; first those with areas.
    """
    words = study.words
    rows = [
        (
            one.partner,
            words.service,
            f"{one.area_count:,} {words.area if one.area_count == 1 else words.areas}",
        )
        for one in division.territories
    ]
    everywhere = division.request.scenario.within or study.name
    rows += [(who, what, f"all of {everywhere}") for what, who in division.request.activities]
    return pd.DataFrame(rows, columns=["partner", "does", "where"])


def print_division(division: Division, study: Study) -> None:
    """Print who holds how much, how compact it is, and what could not be had."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    within = division.request.scenario.within
    place = f"{study.name}, {within}" if within else study.name
    console.print(Text.assemble((place, "bold"), f" · {division.measure.label}"))
    console.print(Text(division_headline(division, study)), soft_wrap=True)
    table = Table("partner", box=box.SIMPLE_HEAD)
    for heading in ("load", "of target", "areas", "pieces", "compact", "way"):
        table.add_column(heading, justify="right", no_wrap=True)
    has_today = any(not math.isnan(one.gains) for one in division.territories)
    if has_today:
        table.add_column("gains", justify="right", no_wrap=True)
        table.add_column("gives up", justify="right", no_wrap=True)
    for one in division.territories:
        against = [count(one.gains), count(one.gives_up)] if has_today else []
        table.add_row(
            Text(one.partner),
            count(one.load),
            f"{one.share_of_target:.1%}",
            f"{one.area_count:,}",
            f"{one.piece_count}",
            "–" if math.isnan(one.polsby_popper) else f"{one.polsby_popper:.2f}",
            "–" if math.isnan(one.mean_distance_m) else distance(one.mean_distance_m, "km"),
            *against,
        )
    console.print(table)
    console.print(
        Text(
            "Compact: 4 pi area / perimeter², shores included (1 is a circle). Way: mean distance "
            "to the territory's centre, weighted by load."
        ),
        style="dim",
        soft_wrap=True,
    )
    if division.cut_neighbourhoods:
        names = ", ".join(division.cut_neighbourhoods)
        console.print(
            Text(f"Cut between partners ({len(division.cut_neighbourhoods)}): {names}"),
            soft_wrap=True,
        )
    if division.unassigned:
        console.print(Text(f"Nobody's: {', '.join(division.unassigned)}"), soft_wrap=True)
    for what, who in division.request.activities:
        console.print(Text(f"{who}: {what}, everywhere"), soft_wrap=True)
    for obstacle in division.obstacles:
        console.print(Text(f"{obstacle.sentence} {obstacle.relaxation}", "bold"), soft_wrap=True)
    for note in division.notes:
        console.print(Text(note, "dim"), soft_wrap=True)
    label = what_figures_are(division.measure, study)
    if label:
        console.print(Text(label, "bold"), soft_wrap=True)


def division_facts(division: Division, study: Study) -> dict[str, Any]:
    """Return what was asked, who holds what and how good that is, ready for JSON."""
    request, scenario = division.request, division.request.scenario
    return {
        "study": study.id,
        "name": study.name,
        "measure": division.measure.id,
        "load": request.load.value,
        "unit": division.unit,
        "is_modelled": division.measure.is_modelled,
        "has_illustrative_layers": study.is_illustrative,
        "reach": str(scenario.reach),
        "reach_m": round(scenario.reach.metres, 3),
        "within": scenario.within,
        "tolerance": request.tolerance,
        "seed": request.seed,
        "keeps_neighbourhoods": request.keep_neighbourhoods,
        "barriers": list(request.barriers),
        "territories": [_territory(one) for one in division.territories],
        "load_total": _number(division.load_total),
        "largest_load": _number(division.largest_load),
        "smallest_load": _number(division.smallest_load),
        "worst_deviation": _number(division.worst_deviation, 6),
        "meets_tolerance": division.meets_tolerance,
        "balance_index": _number(division.balance_index, 6),
        "is_contiguous": division.is_contiguous,
        "mean_polsby_popper": _number(division.mean_polsby_popper, 6),
        "mean_distance_m": _number(division.mean_distance_m, 1),
        "unassigned": list(division.unassigned),
        "cut_neighbourhoods": list(division.cut_neighbourhoods),
        "bridges": [
            {
                "geoid": one.geoid,
                "other": one.other,
                "metres": _number(one.metres, 1),
                "is_across_barrier": one.is_across_barrier,
            }
            for one in division.bridges
        ],
        "obstacles": [
            {
                "kind": one.kind.value,
                "sentence": one.sentence,
                "relaxation": one.relaxation,
                "partner": one.partner,
                "geoids": list(one.geoids),
                "tolerance": one.tolerance,
            }
            for one in division.obstacles
        ],
        "who_does_what": who_does_what(division, study).to_dict("records"),
        "headline": division_headline(division, study),
        "notes": list(division.notes),
        "data_version": division.data_version,
    }


def _territory(one: Territory) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "load": _number(one.load),
        "target": _number(one.target),
        "share_of_target": _number(one.share_of_target, 6),
        "areas": one.area_count,
        "need": _number(one.need),
        "gap": _number(one.gap),
        "contiguous": one.is_contiguous,
        "pieces": one.piece_count,
        "polsby_popper": _number(one.polsby_popper, 6),
        "mean_distance_m": _number(one.mean_distance_m, 1),
        "mean_site_distance_m": _number(one.mean_site_distance_m, 1),
        "sites": one.site_count,
        "own_sites": one.own_site_count,
        "gains": _number(one.gains),
        "gives_up": _number(one.gives_up),
    }


def division_bytes(division: Division, study: Study, suffix: str) -> bytes:
    """Return a division as the bytes of a file.

    Parameters
    ----------
    division
        The division.
    study
        The study it is of.
    suffix
        One of :data:`DIVISION_FORMATS`: ``.csv`` has the two columns GEOID and partner and comes
        back through :func:`holders_in_table`; ``.gpkg`` has the areas with their figures, and the
        territories.

    Raises
    ------
    RequestError
        If the ending is none of them.
    """
    match suffix.lower():
        case ".csv":
            table = pd.DataFrame(
                {
                    "GEOID": division.areas["geoid"],
                    "partner": [
                        "" if name is None else safe_text(name)
                        for name in division.areas["partner"].tolist()
                    ],
                }
            )
            text: str = table.to_csv(index=False)
            return text.encode("utf-8-sig")
        case ".gpkg":
            return geopackage_bytes(division_layers(division, study))
    raise RequestError(
        f"A division cannot be written as “{suffix}”. It can be {', '.join(DIVISION_FORMATS)}."
    )


def holders_in_table(
    table: pd.DataFrame, study: Study, partners: Iterable[str], *, source: str
) -> dict[str, str | None]:
    """Read who holds what from a table with a GEOID and a partner column.

    Parameters
    ----------
    table
        The rows as they stand in the file. Two columns of any names will do; among more of them
        GEOID and partner are looked for. Leading zeros that a spreadsheet took are put back.
    study
        The study whose areas are meant.
    partners
        Names in their order; a number stands for the partner of that number.
    source
        Name of the file, for messages.

    Returns
    -------
    Partner by GEOID, None where the cell is empty.

    Raises
    ------
    TableError
        If there are no such columns, an area is named twice for two partners, or a GEOID or
        partner does not exist.
    """
    geoid_column, partner_column = _two_columns(table, source)
    names = list(partners)
    known = set(study.areas["geoid"])
    width = max((len(geoid) for geoid in known), default=0)
    holders: dict[str, str | None] = {}
    for line, (geoid_cell, partner_cell) in zip(
        table.index, table[[geoid_column, partner_column]].itertuples(index=False), strict=True
    ):
        geoid = _text(geoid_cell)
        geoid = geoid if geoid in known else geoid.zfill(width)
        if geoid not in known:
            raise TableError(
                f"{source}, row {line}: “{_text(geoid_cell)}” is no {study.words.area} of "
                f"{study.name}. Its GEOIDs look like {min(known, default='')}."
            )
        partner = _partner(_text(partner_cell), names)
        if partner is not None and partner not in names:
            raise TableError(
                f"{source}, row {line}: there is no partner called “{partner}”. There are: "
                f"{', '.join(names[:12])}."
            )
        if holders.get(geoid, partner) != partner:
            raise TableError(
                f"{source}, row {line}: {geoid} is given to {partner or 'nobody'} here and to "
                f"{holders[geoid] or 'nobody'} before. Keep one of the two rows."
            )
        holders[geoid] = partner
    return holders


def partners_in_table(table: pd.DataFrame, *, source: str) -> tuple[str, ...]:
    """Return the partners that a table names, in the order in which they come.

    Parameters
    ----------
    table, source
        As :func:`holders_in_table` takes them; numbers stay numbers.

    Raises
    ------
    TableError
        If there is no column of partners.
    """
    _, column = _two_columns(table, source)
    names = (_partner(_text(cell), []) for cell in table[column].tolist())
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _two_columns(table: pd.DataFrame, source: str) -> tuple[str, str]:
    columns = [str(column) for column in table.columns if str(column) != "geometry"]
    by_name = {column.strip().lower(): column for column in columns}
    geoid = next((by_name[name] for name in _GEOID_COLUMNS if name in by_name), None)
    partner = next((by_name[name] for name in _PARTNER_COLUMNS if name in by_name), None)
    if geoid is not None and partner is not None:
        return geoid, partner
    if len(columns) == 2:
        return columns[0], columns[1]
    raise TableError(
        f"{source} has no columns GEOID and partner, but {', '.join(columns[:12]) or 'none'}. "
        "Name the two so."
    )


def _text(cell: object) -> str:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    text = f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text.strip()


def _partner(text: str, names: list[str]) -> str | None:
    if not text:
        return None
    # As division_bytes wrote it, so that no spreadsheet ran it.
    if text.startswith("'") and safe_text(text[1:]) == text:
        text = text[1:]
    if text not in names and text.isdecimal() and 1 <= int(text) <= len(names):
        return names[int(text) - 1]
    return text


def _number(value: float, digits: int = 3) -> float | None:
    # JSON has no infinity and no "not a number": what is not known is null.
    return round(float(value), digits) if math.isfinite(value) else None
