"""Two answers side by side: what differs between them, area by area, and in all.

Every figure stands three times: ``<figure>_first``, ``<figure>_second`` and
``<figure>_difference``, the second less the first. Differences add up: those of areas to those of
neighbourhoods, groups and the whole. What is unknown on either side has no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.analysis.supply import UNKNOWN_SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.model import GapAssessment, Study

__all__ = ["Change", "Comparison", "Pair", "compare"]

_SUMS: Final = ("need", "need_in_reach", "gap", "in_reach_share", "overlap_need")
_OF_AREAS: Final = (*_SUMS, "site_count", "partner_count", "nearest_m", "eligible_gap")
_OF_PLACES: Final = (*_SUMS, "site_count", "partner_count", "eligible_gap", "rank")
_OF_GROUPS: Final = (*_SUMS, "deserts")
_OF_PARTNERS: Final = ("site_count", "need_in_reach", "unique_need", "shared_need")
_OF_SITES: Final = ("need_in_reach", "unique_need", "shared_need")
_OF_ALL: Final = {
    "need": "need_total",
    "need_in_reach": "need_in_reach",
    "gap": "need_out_of_reach",
    "in_reach_share": "need_in_reach_share",
    "overlap_need": "overlap_need",
    "eligible_gap": "eligible_gap",
    "sites_used": "sites_used",
    "areas_without_site": "areas_without_site",
}
_TIMES: Final = ("meals", "days", "start_date", "end_date")
_NOBODY: Final = 1e-6
"""People: less than that is what adding up in another order leaves."""


class Change(StrEnum):
    """What becomes of a site."""

    NONE = ""
    ADDED = "added"
    CLOSED = "closed"
    MOVED = "moved"
    RETIMED = "re-timed"
    MOVED_AND_RETIMED = "moved and re-timed"
    COUNTS = "counts now"
    COUNTS_NOT = "no longer counts"


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both sides; NaN where unknown."""

    first: float
    second: float

    @property
    def difference(self) -> float:
        """The second less the first."""
        return self.second - self.first


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two answers, and what differs.

    Parameters
    ----------
    first, second
        The two answers.
    names
        What people call the two sides.
    areas
        A row an area, in the order of the study's areas: ``geoid``, ``name``,
        ``neighbourhood_id``, ``neighbourhood``, ``is_within``, and the figures ``need``,
        ``need_in_reach``, ``gap``, ``in_reach_share``, ``overlap_need``, ``site_count``,
        ``partner_count``, ``nearest_m``, ``eligible_gap``.
    neighbourhoods
        The largest difference first: ``neighbourhood_id``, ``name``, ``group``, the figures but
        for ``nearest_m``, ``rank``, and ``is_desert`` and ``reading`` of each side.
    groups
        ``group``, the sums, and ``deserts``.
    partners
        ``partner``, ``site_count``, ``need_in_reach``, ``unique_need``, ``shared_need``. Who has
        no site that counts reaches nobody.
    sites
        Every site of either side: ``site_id``, ``name``, ``partner``, ``kind``, ``change`` (a
        :class:`Change`), ``counts`` and ``left_out_because`` of each side, ``need_in_reach``,
        ``unique_need``, ``shared_need``. Sites that do not count have no figures, and a
        difference all the same, unless it is unknown whether they count.
    totals
        Figure by row: ``first``, ``second``, ``difference``; index ``need``, ``need_in_reach``,
        ``gap``, ``in_reach_share``, ``overlap_need``, ``eligible_gap``, ``sites_used``,
        ``areas_without_site``.
    outside_neighbourhoods, outside_groups
        Need in reach that no neighbourhood has, and that no group of them has.
    why_not
        Why the two cannot be subtracted; empty where they can. Then every difference is unknown.
    difference_moe
        90 % margin of error of the difference of need in reach: both sides count the same
        estimates, and only where they reach otherwise do these count. NaN without margins.
    differences
        What differs from the study on either side, a sentence each.
    """

    first: GapAssessment
    second: GapAssessment
    names: tuple[str, str]
    areas: pd.DataFrame
    neighbourhoods: pd.DataFrame
    groups: pd.DataFrame
    partners: pd.DataFrame
    sites: pd.DataFrame
    totals: pd.DataFrame
    outside_neighbourhoods: Pair
    outside_groups: Pair
    why_not: str
    notes: tuple[str, ...]
    difference_moe: float = float("nan")
    differences: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def are_comparable(self) -> bool:
        """Whether the two have differences."""
        return not self.why_not

    @property
    def difference(self) -> float:
        """How many more people are in reach on the second side; NaN where that has no meaning."""
        if self.why_not:
            return float("nan")
        return self.second.need_in_reach - self.first.need_in_reach

    @property
    def gained(self) -> float:
        """People newly in reach, of the areas that gain on balance."""
        return self._sum_of(1)

    @property
    def lost(self) -> float:
        """People no longer in reach, of the areas that lose on balance; 0 or more."""
        return self._sum_of(-1)

    def _sum_of(self, sign: int) -> float:
        if self.why_not:
            return float("nan")
        differences = sign * self.areas["need_in_reach_difference"].to_numpy()
        return float(np.nansum(differences[differences > 0]))


def compare(
    first_study: Study,
    first: GapAssessment,
    second_study: Study,
    second: GapAssessment,
    *,
    names: tuple[str, str] = ("first", "second"),
    differences: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Comparison:
    """Set two answers side by side.

    Parameters
    ----------
    first_study, second_study
        One study, each time with the sites that its answer is about.
    first, second
        The two answers.
    names
        What people call the two sides.
    differences
        What differs from the study on either side, a sentence each.
    """
    why_not = _why_not(first_study, first, second)
    may_subtract = not why_not
    areas = _areas(first, second, may_subtract)
    places = _places(first, second, may_subtract)
    groups = _paired(first.groups, second.groups, ["group"], _OF_GROUPS, may_subtract)
    totals = _totals(first, second, may_subtract)
    return Comparison(
        first=first,
        second=second,
        names=names,
        areas=areas,
        neighbourhoods=_largest_first(places, "name"),
        groups=_largest_first(groups, "group"),
        partners=_partners(first, second, may_subtract),
        sites=_sites(first_study, first, second_study, second, may_subtract),
        totals=totals,
        outside_neighbourhoods=_outside(
            (first, first.neighbourhoods), (second, second.neighbourhoods)
        ),
        outside_groups=_outside((first, first.groups), (second, second.groups)),
        why_not=why_not,
        notes=_notes(first_study, first, second, may_subtract),
        difference_moe=_difference_moe(first_study, first, second) if may_subtract else np.nan,
        differences=differences,
    )


def _difference_moe(study: Study, first: GapAssessment, second: GapAssessment) -> float:
    """Return the margin of error of the difference of need in reach.

    The difference is a weighted sum of the published estimates, the weights being what either
    side reaches of them less what the other does. Its margin is the root of the sum of squares
    of theirs (Census Bureau, Understanding and Using ACS Data, 2020, ch. 8). Areas where nobody
    is counted have no weight.
    """
    need, moe = (first.areas[name].to_numpy(dtype=np.float64) for name in ("need", "need_moe"))
    if np.isnan(moe).all():
        return float("nan")
    change = second.areas["need_in_reach"].to_numpy() - first.areas["need_in_reach"].to_numpy()
    counts = need > 0
    part = np.zeros(len(need))
    part[counts] = np.nan_to_num(moe[counts] / need[counts] * change[counts])
    controls, measure = study.controls, first.scenario.measure
    if controls is not None and measure in controls.table.columns:
        # Areas below one published total rise and fall together.
        codes, totals = pd.factorize(np.array(controls.of_area, dtype=object))
        in_one = np.bincount(codes[codes >= 0], part[codes >= 0], len(totals))
        return float(np.sqrt(np.square(in_one).sum()))
    return float(np.sqrt(np.square(part).sum()))


def _why_not(study: Study, first: GapAssessment, second: GapAssessment) -> str:
    if first.measure != second.measure:
        return (
            f"One side counts {first.measure.label}, the other {second.measure.label}: the two "
            "are shown side by side, and no difference is made of them."
        )
    if first.scenario.within != second.scenario.within:
        parts = [one.scenario.within or f"all of {study.name}" for one in (first, second)]
        return (
            f"One side is about {parts[0]}, the other about {parts[1]}: the two are shown side by "
            "side, and no difference is made of them."
        )
    return ""


def _paired(
    first: pd.DataFrame,
    second: pd.DataFrame,
    about: Sequence[str],
    figures: Sequence[str],
    may_subtract: bool,
) -> pd.DataFrame:
    """Put the rows of two tables together by their first column, and subtract the figures."""
    key = about[0]
    sides = [table.astype({key: object}).set_index(key) for table in (first, second)]
    ids = sides[0].index.append(sides[1].index.difference(sides[0].index, sort=False))
    rows = [side.index.get_indexer(ids) for side in sides]

    def column(name: str, side: int, unknown: Any) -> NDArray[Any]:
        return np.append(sides[side][name].to_numpy(), unknown)[rows[side]]

    columns: dict[str, object] = {key: ids.to_numpy(dtype=object)}
    for name in about[1:]:
        columns[name] = np.where(
            rows[0] >= 0,
            column(name, 0, None).astype(object),
            column(name, 1, None).astype(object),
        )
    for figure in figures:
        before, after = (column(figure, side, np.nan).astype(np.float64) for side in (0, 1))
        columns |= _three(figure, before, after, may_subtract)
    return pd.DataFrame(columns)


def _three(
    figure: str, one: NDArray[np.float64], other: NDArray[np.float64], may_subtract: bool
) -> dict[str, NDArray[np.float64]]:
    return {
        f"{figure}_first": one,
        f"{figure}_second": other,
        f"{figure}_difference": other - one if may_subtract else np.full(len(one), np.nan),
    }


def _areas(first: GapAssessment, second: GapAssessment, may_subtract: bool) -> pd.DataFrame:
    about = ("geoid", "name", "neighbourhood_id", "neighbourhood")
    # An area that is not in question has no figures, counts of sites included.
    sides = [
        one.areas.assign(
            **{
                name: one.areas[name].astype(np.float64).where(one.areas["is_within"])
                for name in ("site_count", "partner_count", "nearest_m")
            }
        )
        for one in (first, second)
    ]
    table = _paired(sides[0], sides[1], about, _OF_AREAS, may_subtract)
    is_within = first.areas["is_within"].to_numpy() | second.areas["is_within"].to_numpy()
    table.insert(len(about), "is_within", is_within)
    return table


def _places(first: GapAssessment, second: GapAssessment, may_subtract: bool) -> pd.DataFrame:
    about = ("neighbourhood_id", "name", "group")
    table = _paired(first.neighbourhoods, second.neighbourhoods, about, _OF_PLACES, may_subtract)
    for side, answer in (("first", first), ("second", second)):
        places = answer.neighbourhoods.set_index("neighbourhood_id")
        said = places.reindex(table["neighbourhood_id"])
        for name in ("is_desert", "reading"):
            table[f"{name}_{side}"] = said[name].astype(object).to_numpy()
    return table


def _partners(first: GapAssessment, second: GapAssessment, may_subtract: bool) -> pd.DataFrame:
    table = _paired(first.partners, second.partners, ["partner"], _OF_PARTNERS, may_subtract)
    for figure in _OF_PARTNERS:
        sides = [table[f"{figure}_{side}"].fillna(0.0) for side in ("first", "second")]
        table = table.assign(
            **_three(figure, sides[0].to_numpy(), sides[1].to_numpy(), may_subtract)
        )
    return _largest_first(table, "partner")


def _sites(
    first_study: Study,
    first: GapAssessment,
    second_study: Study,
    second: GapAssessment,
    may_subtract: bool,
) -> pd.DataFrame:
    about = ("site_id", "name", "partner", "kind")
    table = _paired(first.sites, second.sites, about, _OF_SITES, False)
    effect: dict[str, pd.DataFrame] = {}
    for side, answer in (("first", first), ("second", second)):
        rows = answer.sites.set_index("site_id").reindex(table["site_id"])
        counts = rows["counts"].eq(True).to_numpy()
        because = rows["left_out_because"].astype(object).to_numpy()
        table[f"counts_{side}"] = counts
        table[f"left_out_because_{side}"] = _texts(because)
        nobody = np.where(because == UNKNOWN_SCHEDULE, np.nan, 0.0)
        effect[side] = pd.DataFrame(
            {name: np.where(counts, rows[name].to_numpy(), nobody) for name in _OF_SITES}
        )
    if may_subtract:
        for name in _OF_SITES:
            table[f"{name}_difference"] = effect["second"][name] - effect["first"][name]
    table.insert(len(about), "change", _changes(table, first_study, second_study))
    return table


def _texts(values: NDArray[np.object_]) -> pd.Series:
    """Return texts, unknown where there is none: pandas would take them for numbers."""
    return pd.Series([value if isinstance(value, str) else None for value in values], dtype=object)


def _changes(table: pd.DataFrame, first: Study, second: Study) -> NDArray[np.object_]:
    ids = table["site_id"]
    there = [ids.isin(study.sites["site_id"]).to_numpy() for study in (first, second)]
    change = np.full(len(ids), Change.NONE, dtype=object)
    counted = [table[f"counts_{side}"].to_numpy() for side in ("first", "second")]
    change[~counted[0] & counted[1]] = Change.COUNTS
    change[counted[0] & ~counted[1]] = Change.COUNTS_NOT
    if first.sites is not second.sites:
        both = there[0] & there[1]
        sites = [
            study.sites.set_index("site_id").reindex(ids[both].to_numpy())
            for study in (first, second)
        ]
        points = [(one.geometry.x.to_numpy(), one.geometry.y.to_numpy()) for one in sites]
        is_moved = (points[0][0] != points[1][0]) | (points[0][1] != points[1][1])
        is_retimed = np.zeros(len(is_moved), dtype=bool)
        times = [
            name
            for name in sites[0].columns
            if name in _TIMES or str(name).endswith(("_days", "_hours"))
        ]
        for name in times:
            before, after = sites[0][name].astype(object), sites[1][name].astype(object)
            same = (before == after) | (before.isna() & after.isna())
            is_retimed |= ~same.to_numpy(dtype=bool)
        rows = np.flatnonzero(both)
        change[rows[is_moved]] = Change.MOVED
        change[rows[is_retimed]] = Change.RETIMED
        change[rows[is_moved & is_retimed]] = Change.MOVED_AND_RETIMED
    change[~there[0] & there[1]] = Change.ADDED
    change[there[0] & ~there[1]] = Change.CLOSED
    return change


def _totals(first: GapAssessment, second: GapAssessment, may_subtract: bool) -> pd.DataFrame:
    sides = [
        np.array([float(getattr(answer, name)) for name in _OF_ALL.values()])
        for answer in (first, second)
    ]
    difference = sides[1] - sides[0] if may_subtract else np.full(len(_OF_ALL), np.nan)
    return pd.DataFrame(
        {"first": sides[0], "second": sides[1], "difference": difference},
        index=pd.Index(list(_OF_ALL), name="figure"),
    )


def _outside(*sides: tuple[GapAssessment, pd.DataFrame]) -> Pair:
    left = [answer.need_in_reach - float(table["need_in_reach"].sum()) for answer, table in sides]
    first, second = (0.0 if abs(people) < _NOBODY else people for people in left)
    return Pair(first, second)


def _largest_first(table: pd.DataFrame, name: str) -> pd.DataFrame:
    size = -table["need_in_reach_difference"].abs()
    order = pd.DataFrame({"size": size.fillna(1.0), "name": table[name].astype(str)})
    rows = order.sort_values(["size", "name"], kind="stable").index
    return table.loc[rows].reset_index(drop=True)


def _notes(
    study: Study, first: GapAssessment, second: GapAssessment, may_subtract: bool
) -> tuple[str, ...]:
    notes = list(first.notes)
    notes += [note for note in second.notes if note not in notes]
    if may_subtract and first.scenario.method is not second.scenario.method:
        notes.insert(
            0,
            f"One side is measured by {first.scenario.method}, the other by "
            f"{second.scenario.method}: part of the difference is between the two methods.",
        )
    if may_subtract:
        notes.append(
            f"Newly in reach and no longer in reach are counted by {study.words.area}: where one "
            "part of it gains and another loses, only the balance counts."
        )
    return tuple(notes)
