"""The import gate: a site list as it comes, made the standard table of sites.

Nothing is dropped silently and nothing is guessed. A row is kept or named with the reason why
not; a text without a single reading is unknown and named too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.geo import STORED_CRS
from gapmap.layers.gate.addresses import NO_PLACE_REASONS, no_unplaced_rows, unplaced_rows
from gapmap.layers.gate.columns import SiteColumns, choose_columns, each
from gapmap.layers.gate.duplicates import Places, find_places
from gapmap.layers.gate.facts import Book, read_facts
from gapmap.layers.gate.formats import find_header
from gapmap.layers.gate.location import Located, judge_places, locate
from gapmap.layers.gate.schedule import Schedule, read_schedule
from gapmap.layers.gate.settlement import LEFT_OUT_REASON, MatchQuality, no_places, take_places
from gapmap.layers.gate.values import read_status, says_test
from gapmap.model import MEALS, SitesReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["CheckedSites", "empty_sites", "standardise_sites"]

_TEXT_COLUMNS: Final = (
    *("site_id", "name", "partner", "kind", "service_model", "meals", "days"),
    *("address", "match_quality", "status", "place_id"),
)
_LEFT_OUT_COLUMNS: Final = ("row", "site_id", "name", "reason", "found")
_PAGE_SIZES: Final = (1_000, 2_000, 50_000)
"""Numbers of rows at which open data servers stop unless asked for more."""


@dataclass(frozen=True, eq=False)
class CheckedSites:
    """A standard site table and the report of how it came about.

    Parameters
    ----------
    sites, report
        The table, and what was done to the list.
    unplaced
        The rows left out that lack nothing but a place, with their addresses (see
        :func:`gapmap.layers.gate.addresses.unplaced_rows`).
    """

    sites: gpd.GeoDataFrame
    report: SitesReport
    unplaced: pd.DataFrame = field(default_factory=no_unplaced_rows)


def standardise_sites(
    raw: pd.DataFrame,
    *,
    source: str,
    format: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
    meals: Sequence[str] = MEALS,
    study_area: Any = None,
    study_name: str = "the study",
    margin_m: float = 0.0,
    may_lack_places: bool = False,
    places: pd.DataFrame | None = None,
) -> CheckedSites:
    """Make a site list standard.

    Parameters
    ----------
    raw
        The list as read; an index called ``row`` says in which row of the file each row stands.
    source
        Name of the list for messages.
    format
        Name of a known layout; without it, and without ``columns``, the layout is recognised.
    columns
        Column of the file by standard column. With ``format``, it comes before the layout's own.
    constants
        Value by standard column, where the list says nothing.
    values
        Per standard column, standard value by value in the file.
    meals
        Codes of the study's meals or services.
    study_area
        Shape or shapes in EPSG:4326 that the sites must lie in, or None.
    study_name
        The study's name for messages.
    margin_m
        How far outside the study area a site may lie.
    may_lack_places
        Whether a list of addresses without any coordinates is accepted, its rows left out.
    places
        Where rows without coordinates were found to be, as
        :func:`gapmap.layers.gate.settlement.no_places` has it.

    Raises
    ------
    InputError
        If the layout is not known, or the columns named are not in the file.
    """
    chosen = choose_columns(
        raw,
        source=source,
        format_id=format,
        columns=columns,
        constants=constants or {},
        values=values or {},
        meals=meals,
        has_shapes=isinstance(raw, gpd.GeoDataFrame),
        may_lack_places=may_lack_places or places is not None,
    )
    lines = raw.index.to_numpy() if raw.index.name == "row" else np.arange(2, len(raw) + 2)
    located, quality = take_places(
        locate(chosen, source), lines, no_places() if places is None else places
    )
    quality = np.where(quality == "", chosen.texts("match_quality"), quality)
    names, ids = chosen.texts("name"), _site_ids(chosen)
    reasons, found = _judge_rows(chosen, names, located, quality, study_area, margin_m)
    kept = reasons == ""
    book = Book(chosen, names, lines, kept)
    schedule = read_schedule(chosen, meals, book.note)
    facts = read_facts(chosen, book) | {"match_quality": quality}
    warnings = _warnings(chosen, names, kept, facts, study_name)
    site_ids, repeated = _unique(ids[kept], lines[kept])
    if repeated:
        warnings += (f"{repeated:,} identifiers occurred more than once; -2, -3 … was added.",)
    grouped = find_places(
        names[kept].tolist(),
        facts["partner"][kept].tolist(),
        located.longitude[kept],
        located.latitude[kept],
    )
    shown_names = _shown_names(names, facts["address"], lines)
    sites = _table(facts, schedule, kept, located, lines, shown_names, site_ids, grouped)
    report = SitesReport(
        source=source,
        format=chosen.layout.title,
        rows_in=len(raw),
        rows_kept=int(kept.sum()),
        left_out=_left_out(chosen, lines, ids, names, reasons, found),
        duplicates=_duplicates(grouped, lines[kept], shown_names[kept]),
        unparsed=book.table(),
        personal_columns=chosen.personal,
        warnings=located.warnings + schedule.warnings + warnings,
    )
    return CheckedSites(sites, report, unplaced_rows(chosen, lines, names, reasons))


def empty_sites() -> gpd.GeoDataFrame:
    """Return a standard site table without rows."""
    nothing = pd.DataFrame({"name": pd.array([], dtype="str")})
    shapes = gpd.GeoDataFrame(nothing, geometry=gpd.GeoSeries([], crs=STORED_CRS))
    return standardise_sites(shapes, source="no list").sites


def _site_ids(columns: SiteColumns) -> NDArray[Any]:
    parts = [columns.column(name) for name in columns.site_id]
    return np.array(
        ["-".join(part for part in row if part) for row in zip(*parts, strict=True)]
        if parts
        else [""] * len(columns.table),
        dtype=object,
    )


def _unique(ids: NDArray[Any], lines: NDArray[Any]) -> tuple[list[str], int]:
    """Return identifiers that occur once each, and how many had to be changed for that."""
    taken: set[str] = set()
    count_of: dict[str, int] = {}
    unique: list[str] = []
    repeated = 0
    for given, line in zip(ids.tolist(), lines.tolist(), strict=True):
        base = name = given or f"row-{line}"
        while name in taken:
            count_of[base] = count_of.get(base, 1) + 1
            name = f"{base}-{count_of[base]}"
        repeated += name != base
        taken.add(name)
        unique.append(name)
    return unique, repeated


def _judge_rows(
    columns: SiteColumns,
    names: NDArray[Any],
    located: Located,
    quality: NDArray[Any],
    study_area: Any,
    margin_m: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return for each row the reason to leave it out ("" to keep it), and what was found."""
    place = judge_places(
        located, study_area=study_area, margin_m=margin_m, is_us=columns.layout.is_federal
    )
    reasons, found = place.copy(), np.where(place == "", "", located.found)

    def overrule(rows: NDArray[np.bool_], why: NDArray[Any] | str, texts: NDArray[Any]) -> None:
        reasons[rows] = why[rows] if isinstance(why, np.ndarray) else why
        found[rows] = texts[rows]

    # The last word is the most telling one: a test row is that, wherever it lies.
    by_hand = np.isin(reasons, NO_PLACE_REASONS) & (quality == MatchQuality.LEFT_OUT)
    overrule(by_hand, LEFT_OUT_REASON, found)
    statuses = columns.texts("status")
    because = each(statuses, lambda text: read_status(text)[1] or "")
    overrule(because != "", because, _labelled(columns.label("status"), statuses))
    for rule in reversed(columns.layout.leave_out):
        header = find_header(rule.header, columns.kept_columns(), columns.layout.headers)
        if header is not None:
            texts = columns.column(header)
            applies = np.array([_applies(text, rule.values) for text in texts], dtype=bool)
            overrule(applies, rule.reason, _labelled(header, texts))
    overrule(each(names, says_test).astype(bool), "test row", names)
    return reasons, found


def _applies(text: str, values: frozenset[str]) -> bool:
    return text != "" and (not values or text.lower() in values)


def _labelled(label: str, texts: NDArray[Any]) -> NDArray[Any]:
    return each(texts, lambda text: f"{label}: {text}" if text else "")


def _shown_names(names: NDArray[Any], addresses: NDArray[Any], lines: NDArray[Any]) -> NDArray[Any]:
    shown = [
        name or address or f"Site without a name (row {line})"
        for name, address, line in zip(names, addresses, lines, strict=True)
    ]
    return np.array(shown, dtype=object)


def _warnings(
    columns: SiteColumns,
    names: NDArray[Any],
    kept: NDArray[Any],
    facts: Mapping[str, NDArray[Any]],
    study_name: str,
) -> tuple[str, ...]:
    count, rows_kept, layout = len(kept), int(kept.sum()), columns.layout
    warnings = []
    if count in _PAGE_SIZES:
        warnings.append(
            f"The list has exactly {count:,} rows, where servers cut lists off. "
            "Make sure that it is whole."
        )
    if count and not rows_kept:
        warnings.append(f"No row could be kept: no site of this list is used for {study_name}.")
    assumed = int((facts["kind_is_assumed"] & kept).sum())
    if assumed:
        warnings.append(
            f"For {assumed:,} sites the list does not say who may eat there. As a list of "
            f"{layout.title} names public sites, they count as {layout.assumed_kind}."
        )
    if rows_kept and all(kind is None for kind in facts["kind"][kept]):
        warnings.append(
            "The list does not say who may come: its sites are counted as open to the public. "
            "If some are not, say which column holds the kind, or give one for all."
        )
    if rows_kept and not any(facts["partner"]):
        warnings.append("The list does not say which partner runs a site.")
    nameless = int(((names == "") & kept).sum())
    if nameless:
        warnings.append(f"{nameless:,} sites have no name; their address stands for it.")
    return tuple(warnings)


def _table(
    facts: Mapping[str, NDArray[Any]],
    schedule: Schedule,
    kept: NDArray[Any],
    located: Located,
    lines: NDArray[Any],
    names: NDArray[Any],
    site_ids: Sequence[str],
    places: Places,
) -> gpd.GeoDataFrame:
    identifiers = np.array(site_ids, dtype=object)
    values: dict[str, Any] = {
        "site_id": identifiers,
        "name": names[kept],
        **{name: facts[name][kept] for name in ("partner", "kind", "service_model")},
        "meals": schedule.meals[kept],
        "days": schedule.days[kept],
        **{name: texts[kept] for name, texts in schedule.of_meal.items()},
        "start_date": pd.array(pd.to_datetime(facts["start_date"][kept]), dtype="datetime64[us]"),
        "end_date": pd.array(pd.to_datetime(facts["end_date"][kept]), dtype="datetime64[us]"),
        "capacity": pd.array(facts["capacity"][kept], dtype="float64"),
        "address": facts["address"][kept],
        "match_quality": facts["match_quality"][kept],
        "status": facts["status"][kept],
        "place_id": identifiers[places.first],
        "source_row": lines[kept].astype("int64"),
    }
    for name in (*_TEXT_COLUMNS, *schedule.of_meal):
        values[name] = pd.array([text or None for text in values[name]], dtype="str")
    points = gpd.points_from_xy(located.longitude[kept], located.latitude[kept], crs=STORED_CRS)
    return gpd.GeoDataFrame(pd.DataFrame(values), geometry=points, crs=STORED_CRS)


def _left_out(
    columns: SiteColumns,
    lines: NDArray[Any],
    ids: NDArray[Any],
    names: NDArray[Any],
    reasons: NDArray[Any],
    found: NDArray[Any],
) -> pd.DataFrame:
    rows = reasons != ""
    own = (lines[rows], ids[rows], names[rows], reasons[rows], found[rows])
    table = pd.DataFrame(dict(zip(_LEFT_OUT_COLUMNS, own, strict=True)))
    table = table.astype({"row": "int64"} | dict.fromkeys(_LEFT_OUT_COLUMNS[1:], "str"))
    of_file = {
        f"{name} (file)" if name in _LEFT_OUT_COLUMNS else name: pd.array(
            columns.column(name)[rows], dtype="str"
        )
        for name in columns.kept_columns()
    }
    return pd.concat([table, pd.DataFrame(of_file, index=table.index)], axis=1)


def _duplicates(places: Places, lines: NDArray[Any], names: NDArray[Any]) -> pd.DataFrame:
    rows = np.flatnonzero(places.same_as >= 0)
    same = places.same_as[rows]
    kinds = np.select(
        [places.is_twin[rows], places.first[rows] == rows],
        ["non-congregate twin", "same place and name, another partner"],
        "same place and name",
    )
    table = pd.DataFrame(
        {
            "row": lines[rows],
            "name": names[rows],
            "same_as_row": lines[same],
            "same_as_name": names[same],
            "distance_m": places.distance_m[rows].round(1),
            "kind": kinds,
        }
    )
    texts = dict.fromkeys(("name", "same_as_name", "kind"), "str")
    return table.astype({"row": "int64", "same_as_row": "int64"} | texts)
