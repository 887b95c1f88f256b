"""Need in reach, need out of reach, and who is worst off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse

from gapmap.analysis.coverage import areal_coverage, points_coverage
from gapmap.analysis.reach import nearest_site
from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.errors import RequestError, UnknownNameError
from gapmap.model import GapAssessment, Method

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.analysis.coverage import Coverage
    from gapmap.analysis.need import Cells, Ground
    from gapmap.analysis.supply import Supply
    from gapmap.model import Scenario, Study

__all__ = ["SLIVER_SHARE", "assess"]

_NO_NEIGHBOURHOODS: Final = pd.DataFrame({"neighbourhood_id": [], "name": [], "group": []})

SLIVER_SHARE: Final = 0.005
"""Need out of reach below this share is a drawing difference, not a shortage; and need in reach
below it is no service."""


def assess(study: Study, scenario: Scenario, ground: Ground) -> GapAssessment:
    """Measure who is in reach of the sites that count.

    Parameters
    ----------
    study
        The study, with the site list to use.
    scenario
        The question.
    ground
        The need side of the same study.

    Raises
    ------
    RequestError
        If the study has no need points and the method asks for them.
    UnknownNameError
        If the question names a measure, partner or group that the study does not have.
    """
    if scenario.measure not in study.measures:
        raise UnknownNameError("need measure", scenario.measure, study.measures)
    if scenario.method is Method.POINTS and study.need_points is None:
        raise RequestError(
            f"{study.name} has no need points, so the method “points” cannot be used. "
            "Use the method “areal”, or add a layer of role need_points."
        )
    supply = counting_sites(study, scenario)
    coverage = _coverage(study, scenario, ground, supply)
    cells = ground.cells(scenario.method, scenario.measure)
    cells = _within(study, scenario.within, cells)
    sums = _Sums(cells, coverage)
    areas = _areas(study, scenario, ground, supply, sums)
    neighbourhoods = _neighbourhoods(study, scenario, sums)
    need = float(cells.need.sum())
    in_reach = float((cells.need * coverage.share[cells.row]).sum())
    left_out = pd.Series(supply.because[~supply.counts], dtype=object).value_counts()
    for report in study.sites_reports:
        left_out = left_out.add(pd.Series(report.left_out_counts), fill_value=0)
    shown = areas["need"].notna()
    return GapAssessment(
        scenario=scenario,
        data_version=study.data_version,
        measure=study.measures[scenario.measure],
        areas=areas,
        neighbourhoods=neighbourhoods,
        groups=_groups(neighbourhoods),
        partners=_partners(scenario, supply, sums),
        sites=_sites(study, supply, sums),
        need_total=need,
        need_in_reach=in_reach,
        need_out_of_reach=need - in_reach,
        overlap_need=float((cells.need * coverage.overlap_share[cells.row]).sum()),
        areas_count=int(areas["is_within"].sum()),
        areas_unknown=int((areas["is_within"] & ~shown).sum()),
        areas_without_site=int((areas["is_within"] & (areas["site_count"] == 0)).sum()),
        sites_used=int(supply.counts.sum()),
        sites_unknown_schedule=supply.unknown_schedule,
        sites_left_out={str(k): int(v) for k, v in left_out.sort_index().items() if v},
        provenance=study.provenance,
        notes=_notes(study, scenario, ground, supply),
    )


class _Sums:
    """Sums of need over cells, by whatever a cell belongs to."""

    def __init__(self, cells: Cells, coverage: Coverage) -> None:
        self.cells = cells
        self.coverage = coverage
        self.in_reach = cells.need * coverage.share[cells.row]
        self.overlap = cells.need * coverage.overlap_share[cells.row]
        self.need_of_row = np.bincount(cells.row, cells.need, len(coverage.share))

    def by(self, group: NDArray[np.int64], count: int) -> dict[str, NDArray[Any]]:
        """Sum by group code; code -1 is nobody's. One array of ``count`` a figure."""
        mine = group >= 0
        code = group[mine]

        def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.bincount(code, values[mine], count).astype(np.float64)

        need, in_reach = total(self.cells.need), total(self.in_reach)
        # Sums of the same numbers in another order: keep in reach within need to the last bit.
        in_reach = np.minimum(in_reach, need)
        with np.errstate(invalid="ignore"):
            share = in_reach / np.where(need > 0, need, np.nan)
        rows = sparse.csr_array(
            (np.ones(len(code)), (code, self.cells.row[mine])),
            shape=(count, len(self.coverage.share)),
        )
        return {
            "need": need,
            "need_in_reach": in_reach,
            "gap": need - in_reach,
            "in_reach_share": share,
            "overlap_need": np.minimum(total(self.overlap), in_reach),
            "site_count": _distinct(rows, self.coverage.site_share),
            "partner_count": _distinct(rows, self.coverage.partner_share),
        }


def _distinct(rows: sparse.csr_array, reach: sparse.csr_array) -> NDArray[np.int64]:
    """Count distinct columns reached by any row of each group."""
    product = (rows @ reach.astype(np.float64)).tocsr()
    product.sum_duplicates()
    product.eliminate_zeros()
    counts: NDArray[np.int64] = np.diff(product.indptr).astype(np.int64)
    return counts


def _coverage(study: Study, scenario: Scenario, ground: Ground, supply: Supply) -> Coverage:
    longitude = study.sites.geometry.x.to_numpy()[supply.place]
    latitude = study.sites.geometry.y.to_numpy()[supply.place]
    if scenario.method is Method.POINTS:
        places = ground.points
        return points_coverage(
            places[0], places[1], longitude, latitude, supply.partner, scenario.reach.metres
        )
    x, y = ground.plane.project(longitude, latitude)
    return areal_coverage(ground.rings, x, y, supply.partner, scenario.reach.metres)


def _within(study: Study, group: str | None, cells: Cells) -> Cells:
    if group is None:
        return cells
    places = study.neighbourhoods
    groups = [] if places is None else places["group"].tolist()
    if group not in groups:
        raise UnknownNameError(study.words.group, group, sorted({g for g in groups if g}))
    inside = np.array([*(name == group for name in groups), False])[cells.neighbourhood]
    return type(cells)(
        row=cells.row[inside],
        area=cells.area[inside],
        neighbourhood=cells.neighbourhood[inside],
        need=cells.need[inside],
    )


def _areas(
    study: Study, scenario: Scenario, ground: Ground, supply: Supply, sums: _Sums
) -> pd.DataFrame:
    count = len(study.areas)
    figures = sums.by(sums.cells.area, count)
    is_within = np.bincount(sums.cells.area, minlength=count) > 0
    unknown = study.areas[scenario.measure].isna().to_numpy() | ~is_within
    for name in ("need", "need_in_reach", "gap", "in_reach_share", "overlap_need"):
        figures[name][unknown] = np.nan
    places = study.neighbourhoods
    place = ground.neighbourhoods_of_areas

    def of_place(column: str) -> NDArray[Any]:
        named = [] if places is None else places[column]
        return np.array([*named, None], dtype=object)[place]

    longitude, latitude = ground.centres
    sites = study.sites
    nearest, distance_m = nearest_site(
        longitude,
        latitude,
        sites.geometry.x.to_numpy()[supply.place],
        sites.geometry.y.to_numpy()[supply.place],
    )
    row = np.append(supply.place, -1)[nearest]
    return pd.DataFrame(
        {
            "geoid": study.areas["geoid"].to_numpy(),
            "name": study.areas["name"].to_numpy(),
            "neighbourhood_id": of_place("neighbourhood_id"),
            "neighbourhood": of_place("name"),
            **figures,
            "nearest_site_id": np.array([*sites["site_id"], None], dtype=object)[row],
            "nearest_site": np.array([*sites["name"], None], dtype=object)[row],
            "nearest_partner": np.array([*partner_names(sites), None], dtype=object)[row],
            "nearest_m": np.where(nearest >= 0, distance_m, np.nan),
            "is_within": is_within,
        }
    )


def _neighbourhoods(study: Study, scenario: Scenario, sums: _Sums) -> pd.DataFrame:
    places = study.neighbourhoods
    if places is None:
        places = _NO_NEIGHBOURHOODS
    figures = sums.by(sums.cells.neighbourhood, len(places))
    need, in_reach = figures["need"], figures["need_in_reach"]
    figures["is_desert"] = (need > study.desert_need) & (in_reach < SLIVER_SHARE * need)
    known = _known_need(study, scenario, sums, len(places))
    figures["reading"] = np.array(
        [
            _reading(*row, study)
            for row in zip(
                need.tolist(),
                in_reach.tolist(),
                figures["is_desert"].tolist(),
                known.tolist(),
                strict=True,
            )
        ],
        dtype=object,
    )
    names, groups = places["name"].to_numpy(), places["group"].to_numpy()
    shown = np.arange(len(places))
    if scenario.within is not None:
        shown = shown[groups == scenario.within]
    order = sorted(shown.tolist(), key=lambda row: (-figures["gap"][row], -need[row], names[row]))
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "neighbourhood_id": places["neighbourhood_id"].to_numpy()[order],
            "name": names[order],
            "group": groups[order],
            **{name: values[order] for name, values in figures.items()},
        }
    )


def _known_need(study: Study, scenario: Scenario, sums: _Sums, count: int) -> NDArray[np.bool_]:
    """Say for each neighbourhood whether any of its areas has a known need."""
    known = study.areas[scenario.measure].notna().to_numpy()[sums.cells.area]
    mine = sums.cells.neighbourhood >= 0
    return np.bincount(sums.cells.neighbourhood[mine & known], minlength=count) > 0


def _reading(need: float, in_reach: float, is_desert: bool, is_known: bool, study: Study) -> str:
    words = study.words
    gap = need - in_reach
    if not is_known:
        return "Need unknown."
    if need < 0.5:
        return f"No {words.people} in need counted here."
    if is_desert:
        return f"Desert: no {words.site} in reach."
    if in_reach < SLIVER_SHARE * need:
        return f"No {words.site} in reach, but few {words.people}."
    if gap < SLIVER_SHARE * need or gap < 0.5:
        return f"All {words.people} in reach."
    out_of_ten = round(10 * gap / need)
    if out_of_ten == 0:
        return f"Nearly all {words.people} in reach."
    if out_of_ten == 10:
        return f"Nearly no {words.people} in reach."
    return f"{out_of_ten} of 10 {words.people} out of reach."


def _groups(neighbourhoods: pd.DataFrame) -> pd.DataFrame:
    code, names = pd.factorize(neighbourhoods["group"].to_numpy(), sort=True)
    named = code >= 0

    def total(column: str) -> NDArray[np.float64]:
        values = neighbourhoods[column].to_numpy(dtype=np.float64)[named]
        return np.bincount(code[named], values, len(names)).astype(np.float64)

    need, in_reach = total("need"), total("need_in_reach")
    order = np.argsort(in_reach - need, kind="stable")
    return (
        pd.DataFrame(
            {
                "group": np.asarray(names, dtype=object),
                "need": need,
                "need_in_reach": in_reach,
                "gap": need - in_reach,
                "in_reach_share": in_reach / np.where(need > 0, need, np.nan),
                "overlap_need": total("overlap_need"),
                "deserts": total("is_desert").astype(np.int64),
            }
        )
        .iloc[order]
        .reset_index(drop=True)
    )


def _partners(scenario: Scenario, supply: Supply, sums: _Sums) -> pd.DataFrame:
    count = len(supply.partners)
    # In a part of the study, a partner's sites elsewhere are none of this question's business.
    reaches = sums.need_of_row @ sums.coverage.site_share > 0
    here = supply.partner if scenario.within is None else supply.partner[reaches]
    in_reach = sums.need_of_row @ sums.coverage.partner_share
    unique = sums.need_of_row @ sums.coverage.partner_only_share
    return (
        pd.DataFrame(
            {
                "partner": list(supply.partners),
                "site_count": np.bincount(here, minlength=count),
                "need_in_reach": in_reach,
                "unique_need": unique,
                "shared_need": np.maximum(in_reach - unique, 0.0),
            }
        )
        .sort_values("need_in_reach", ascending=False, kind="stable")
        .reset_index(drop=True)
    )


def _sites(study: Study, supply: Supply, sums: _Sums) -> pd.DataFrame:
    in_reach = np.append(sums.need_of_row @ sums.coverage.site_share, np.nan)
    unique = np.append(sums.need_of_row @ sums.coverage.site_only_share, np.nan)
    place = supply.place_of_site
    sites = study.sites
    return pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy(),
            "name": sites["name"].to_numpy(),
            "partner": partner_names(sites).to_numpy(),
            "kind": sites["kind"].to_numpy(),
            "counts": supply.counts,
            "left_out_because": supply.because,
            "need_in_reach": in_reach[place],
            "unique_need": unique[place],
            "shared_need": np.maximum(in_reach[place] - unique[place], 0.0),
        }
    )


def _notes(study: Study, scenario: Scenario, ground: Ground, supply: Supply) -> tuple[str, ...]:
    notes = []
    if scenario.method is Method.AREAL:
        notes.append(
            f"Areal: {study.words.people} are taken to live evenly spread inside each "
            f"{study.words.area}; the share of its surface in reach is exact."
        )
    else:
        notes.append(
            f"Points: {study.words.people} are taken to live at {len(ground.points[0]):,} need "
            "points; a point is in reach if it is at most the reach away in a straight line."
        )
        if ground.areas_without_points:
            notes.append(
                f"{ground.areas_without_points:,} {study.words.areas} have no need point; their "
                "need stands at one point inside them."
            )
    notes.append("Straight lines overstate reach: streets, rivers and motorways are not seen.")
    if supply.unknown_kind:
        notes.append(
            f"{supply.unknown_kind:,} sites do not say who may come and are counted as open."
        )
    if scenario.meal or scenario.day:
        done = "counted" if scenario.count_unknown else "not counted"
        notes.append(
            f"{supply.unknown_schedule:,} sites do not say whether they serve then; {done}."
        )
    return tuple(notes)
