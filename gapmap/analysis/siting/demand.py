"""Rows of demand: where need stands, and how much of it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gapmap.analysis.schedule import Serves, serves
from gapmap.analysis.siting.values import SINCE_SERVED, DemandKind, SitingModel
from gapmap.analysis.siting.waiting import waiting_days
from gapmap.errors import RequestError, UnknownNameError
from gapmap.model import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Study

__all__ = ["Demand", "demand_of", "neighbourhoods_within", "open_slots"]


@dataclass(frozen=True, eq=False)
class Demand:
    """Need at places.

    Parameters
    ----------
    kind
        What a row is.
    longitude, latitude
        n degrees each.
    area
        Row of the study's area that each belongs to.
    need
        n floats of 0 or more: people, or people times meals a week.
    worth
        The same with equity: what the models count.
    unit
        What ``need`` counts, in the plural.
    notes
        Sentences on how it was made.
    """

    kind: DemandKind
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    area: NDArray[np.int64]
    need: NDArray[np.float64]
    worth: NDArray[np.float64]
    unit: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.need)


def neighbourhoods_within(study: Study, within: str | None) -> NDArray[np.int64] | None:
    """Return the rows of the neighbourhoods that a name stands for; None for everywhere.

    A group of neighbourhoods comes first, then a neighbourhood's name, then its identifier.

    Raises
    ------
    UnknownNameError
        If there is neither a group nor a neighbourhood of that name.
    """
    if within is None:
        return None
    places = study.neighbourhoods
    known: list[str] = []
    if places is not None:
        for column in ("group", "name", "neighbourhood_id"):
            names = places[column].tolist()
            rows = [row for row, name in enumerate(names) if name == within]
            if rows:
                return np.array(rows, dtype=np.int64)
            known += sorted({name for name in names if name} - set(known))
    kind = f"{study.words.group} or {study.words.neighbourhood}"
    raise UnknownNameError(kind, within, known)


def demand_of(study: Study, request: SitingRequest, ground: Ground) -> Demand:
    """Lay out the need that a question is about, row by row, the rows without need left out.

    Raises
    ------
    RequestError
        If the study cannot give the kind of demand that is asked, or nobody is in need.
    UnknownNameError
        If it has no such measure or neighbourhood.
    """
    scenario = request.scenario
    by_time = request.equity == SINCE_SERVED
    for name in (scenario.measure, None if by_time else request.equity):
        if name is not None and name not in study.measures:
            raise UnknownNameError("need measure", name, study.measures)
    kind = _kind(study, request)
    by_points = study.need_points is not None
    at_points = by_points and kind is not DemandKind.AREAS and study.distances is None
    method = Method.POINTS if by_points else Method.AREAL
    inside = neighbourhoods_within(study, scenario.within)

    def by_row(measure: str) -> NDArray[np.float64]:
        cells = ground.cells(method, measure)
        row = cells.row if at_points else cells.area
        count = len(ground.points[0]) if at_points else len(study.areas)
        mine = slice(None) if inside is None else np.isin(cells.neighbourhood, inside)
        return np.bincount(row[mine], cells.need[mine], count).astype(np.float64)

    need = by_row(scenario.measure)
    worth = need.copy()
    if request.equity is not None and not by_time:
        worth += request.equity_weight * by_row(request.equity)
    slots = len(request.meals) * len(request.days) if kind is DemandKind.MEAL_DAYS else 1
    kept = np.flatnonzero((need > 0) | (worth > 0))
    if not len(kept):
        where = scenario.within or study.name
        raise RequestError(
            f"Nobody is in need in {where} by the measure {scenario.measure}, so there is "
            "nothing to site for. Choose another measure or a larger place."
        )
    if at_points:
        longitude, latitude, area = ground.points
    else:
        longitude, latitude = ground.centres
        area = np.arange(len(study.areas))
    measure = study.measures[scenario.measure]
    notes = _notes(study, request, at_points, len(kept))
    if by_time:
        more, told = _more_by_time(
            study, request, need[kept], longitude[kept], latitude[kept], area[kept]
        )
        worth[kept] *= 1.0 + more
        notes += told
    return Demand(
        kind=kind,
        longitude=longitude[kept],
        latitude=latitude[kept],
        area=area[kept],
        need=need[kept] * slots,
        worth=worth[kept] * slots,
        unit=measure.unit if slots == 1 else f"{measure.unit} times {study.words.meal}s a week",
        notes=notes,
    )


def _kind(study: Study, request: SitingRequest) -> DemandKind:
    has_points = study.need_points is not None
    kind = request.demand
    if kind is None:
        by_area = study.distances is not None or not has_points
        kind = DemandKind.AREAS if by_area else DemandKind.POINTS
    if kind is DemandKind.POINTS and study.distances is not None:
        raise RequestError(
            f"{study.name} has distances from its {study.words.areas}, not from need points. "
            "Ask for the demand “areas”."
        )
    if kind is DemandKind.POINTS and not has_points:
        raise RequestError(
            f"{study.name} has no need points. Ask for the demand “areas”, or add a layer of "
            "role need_points."
        )
    covering = (SitingModel.MCLP, SitingModel.LSCP)
    if kind is DemandKind.MEAL_DAYS and (
        request.model not in covering or request.capacity is not None
    ):
        raise RequestError(
            f"Need by {study.words.meal} and day goes with the models mclp and lscp without "
            "capacities, as the others cannot count a place half served. Ask for points or areas."
        )
    return kind


def _notes(study: Study, request: SitingRequest, at_points: bool, rows: int) -> tuple[str, ...]:
    words = study.words
    if at_points:
        notes = [f"{words.people.capitalize()} are taken to live at {rows:,} need points."]
    else:
        notes = [
            f"All {words.people} of a {words.area} are taken to live at its centre of need: "
            f"{rows:,} {words.areas} with need."
        ]
    if request.equity is not None and request.equity != SINCE_SERVED:
        extra = study.measures[request.equity]
        notes.append(
            f"{extra.label} count {request.equity_weight:g} times more; the objective is weighted, "
            "figures of reach are not."
        )
    return tuple(notes)


def _more_by_time(
    study: Study,
    request: SitingRequest,
    need: NDArray[np.float64],
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    area: NDArray[np.int64],
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    # How many times more each row counts for having waited, and what is known of that.
    on, unit = request.equity_on, study.measures[request.scenario.measure].unit
    assert on is not None
    waiting = waiting_days(
        study, request.scenario, on, longitude=longitude, latitude=latitude, area=area
    )
    share = np.minimum(waiting.days / request.equity_days, 1.0)
    unknown = np.isnan(share)
    notes = [
        f"Who was served longest ago counts more: up to {request.equity_weight:g} times more "
        f"after {request.equity_days:g} days without a service day in reach before {on:%Y-%m-%d}, "
        "by the dates of the site list; the objective is weighted, figures of reach are not."
    ]
    if waiting.is_at_least.any():
        notes.append(
            f"{need[waiting.is_at_least].sum():,.0f} {unit} were never in reach of a "
            f"{study.words.site} in the list: they wait at least since it begins, "
            f"{waiting.begins:%Y-%m-%d}."
        )
    if unknown.any():
        notes.append(
            f"Of {need[unknown].sum():,.0f} {unit} it is not known when they were last served: "
            "they count once, no more."
        )
    return np.where(unknown, 0.0, request.equity_weight * share), tuple(notes)


def open_slots(
    study: Study, request: SitingRequest, is_standing: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Return, for each meal and day asked for, the rows of the standing sites that serve it.

    Sites that do not say count only where the scenario counts the unknown.
    """
    scenario = request.scenario
    found = []
    for meal in request.meals:
        if meal not in study.words.meals:
            raise UnknownNameError(study.words.meal, meal, study.words.meals)
        for day in request.days:
            answer = serves(study.sites, meal=meal, day=day)
            known = answer == Serves.YES
            if scenario.count_unknown:
                known |= answer == Serves.UNKNOWN
            found.append(np.flatnonzero(known & is_standing))
    return found
