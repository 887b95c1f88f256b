"""Need in reach, need out of reach, and who is worst off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.analysis.coverage import areal_coverage, points_coverage
from gapmap.analysis.ranking import (
    MOST_AREAS_RANKED,
    SLIVER_SHARE,
    place_readings,
    rank_errors,
    with_ranks,
)
from gapmap.analysis.reach import nearest_site
from gapmap.analysis.sums import (
    LawfulSums,
    Sums,
    group_table,
    open_share_of_rows,
    partner_table,
    site_table,
)
from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.analysis.uncertainty import DRAWS, FORMULA, Draws, SumErrors
from gapmap.errors import RequestError, UnknownNameError
from gapmap.margins import coefficient_of_variation, grade
from gapmap.model import GapAssessment, Method

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.analysis.coverage import Coverage
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Cells, Ground
    from gapmap.analysis.supply import Supply
    from gapmap.model import Scenario, Study

__all__ = ["SLIVER_SHARE", "assess"]

_NO_NEIGHBOURHOODS: Final = pd.DataFrame({"neighbourhood_id": [], "name": [], "group": []})


def assess(
    study: Study, scenario: Scenario, ground: Ground, standing: Standing | None = None
) -> GapAssessment:
    """Measure who is in reach of the sites that count.

    Parameters
    ----------
    study
        The study, with the site list to use.
    scenario
        The question.
    ground
        The need side of the same study.
    standing
        Where sites are lawful in the same study; None if nothing is known of that.

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
    sums = Sums(cells, coverage)
    errors = _errors(study, scenario, ground, cells)
    lawful = _lawful(standing, scenario, ground, sums)
    areas = _areas(study, scenario, ground, supply, sums, errors, lawful)
    if study.neighbourhoods is None and len(areas) <= MOST_AREAS_RANKED:
        areas = with_ranks(areas, study, scenario, ground, sums)
    neighbourhoods = _neighbourhoods(study, scenario, sums, errors, lawful)
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
        groups=group_table(neighbourhoods),
        partners=partner_table(scenario, supply, sums),
        sites=site_table(study, supply, sums),
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
        notes=(
            *_notes(study, scenario, ground, supply),
            _note_on_margins(study, errors),
        ),
        need_moe=errors.need_moe,
        need_moe_method=errors.need_moe_method,
        areas_without_moe=errors.areas_without_moe,
        eligible_gap=lawful.gap,
        eligible_gap_unknown=lawful.unknown_gap,
    )


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
        share=cells.share[inside],
    )


def _errors(study: Study, scenario: Scenario, ground: Ground, cells: Cells) -> SumErrors:
    """Return the margins of error of a question; they do not depend on any site."""
    measure = scenario.measure
    draws = ground.keep(("draws", measure), lambda: Draws(study, measure))
    places = study.neighbourhoods
    return ground.keep(
        ("errors", measure, scenario.method, scenario.within),
        lambda: SumErrors(
            draws,
            cells.area,
            cells.neighbourhood,
            cells.share,
            0 if places is None else len(places),
        ),
    )


def _lawful(
    standing: Standing | None, scenario: Scenario, ground: Ground, sums: Sums
) -> LawfulSums:
    """Return the gap by whether a site would be lawful; no site changes where it would be."""
    if standing is None or not standing.can_answer:
        return LawfulSums(sums, None)
    share = ground.keep(
        ("open", standing.rules, scenario.method),
        lambda: open_share_of_rows(standing, ground, scenario.method),
    )
    return LawfulSums(sums, share)


def _areas(
    study: Study,
    scenario: Scenario,
    ground: Ground,
    supply: Supply,
    sums: Sums,
    errors: SumErrors,
    lawful: LawfulSums,
) -> pd.DataFrame:
    count = len(study.areas)
    figures = sums.by(sums.cells.area, count) | lawful.by(sums.cells.area, count)
    is_within = np.bincount(sums.cells.area, minlength=count) > 0
    unknown = study.areas[scenario.measure].isna().to_numpy() | ~is_within
    for name, values in figures.items():
        if values.dtype.kind == "f":
            figures[name] = np.where(unknown, np.nan, values)
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
    variation = coefficient_of_variation(figures["need"], errors.need_moe_of_areas)
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
            "need_moe": errors.need_moe_of_areas,
            "need_cv": variation,
            "certainty": pd.Series(grade(variation), dtype=object),
            "is_within": is_within,
        }
    )


def _neighbourhoods(
    study: Study, scenario: Scenario, sums: Sums, errors: SumErrors, lawful: LawfulSums
) -> pd.DataFrame:
    places = study.neighbourhoods
    if places is None:
        places = _NO_NEIGHBOURHOODS
    figures = sums.by(sums.cells.neighbourhood, len(places))
    need, in_reach = figures["need"], figures["need_in_reach"]
    figures["is_desert"] = (need > study.desert_need) & (in_reach < SLIVER_SHARE * need)
    known = _known_need(study, scenario, sums, len(places))
    figures["reading"] = place_readings(need, in_reach, figures["is_desert"], known, study)
    names, groups = places["name"].to_numpy(), places["group"].to_numpy()
    shown = np.arange(len(places))
    if scenario.within is not None:
        shown = shown[groups == scenario.within]
    order = sorted(shown.tolist(), key=lambda row: (-figures["gap"][row], -need[row], names[row]))
    ranked = {
        "rank": np.arange(1, len(order) + 1),
        "neighbourhood_id": places["neighbourhood_id"].to_numpy()[order],
        "name": names[order],
        "group": groups[order],
        **{name: values[order] for name, values in figures.items()},
        "need_moe": errors.need_moe_of_places[order],
        "eligible_gap": lawful.by(sums.cells.neighbourhood, len(places))["eligible_gap"][order],
    }
    return pd.DataFrame(ranked | rank_errors(ranked, order, figures["gap"], errors, sums, known))


def _known_need(study: Study, scenario: Scenario, sums: Sums, count: int) -> NDArray[np.bool_]:
    """Say for each neighbourhood whether any of its areas has a known need."""
    known = study.areas[scenario.measure].notna().to_numpy()[sums.cells.area]
    mine = sums.cells.neighbourhood >= 0
    return np.bincount(sums.cells.neighbourhood[mine & known], minlength=count) > 0


def _note_on_margins(study: Study, errors: SumErrors) -> str:
    if not errors.has_margins:
        return "No margin of error is published for this need: how sure it is, is unknown."
    drawn = f"{DRAWS:,} draws, the same ones every time"
    if errors.need_moe_method == FORMULA:
        note = (
            "Margins of error (90 %) of need are by the Census Bureau's formula for sums, those "
            f"of gaps and ranks from {drawn}."
        )
    elif errors.is_spread:
        assert study.controls is not None
        note = (
            f"Margins of error (90 %) are from {drawn}, of {study.controls.title}, spread as the "
            "model spread them. That the model may be wrong has no published error: the true "
            "margins are larger."
        )
    else:
        note = (
            f"Margins of error (90 %) are from {drawn}; borders split some {study.words.areas}, "
            "and how their people are split has no published error."
        )
    if errors.areas_without_moe:
        note += (
            f" {errors.areas_without_moe:,} {study.words.areas} have no margin of error and are "
            "taken as exact."
        )
    return f"{note} “Surely” means in at least 95 of 100 draws."


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
