"""A study and a request as a problem in numbers, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.gaps import assess
from gapmap.analysis.reach import nearest_site
from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.analysis.territory.graph import Graph, borders_along
from gapmap.analysis.territory.infeasible import Labels
from gapmap.analysis.territory.loads import area_loads, load_unit
from gapmap.analysis.territory.problem import Problem
from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.need import Ground
    from gapmap.analysis.territory.values import DivisionRequest
    from gapmap.model import GapAssessment, Study

__all__ = ["Layout", "lay_out"]

_BESIDE_BARRIER_M: Final = 60.0
"""Half the width of a line that is a motorway or a river on the ground."""

_LEAST_PIECE_SHARE: Final = 0.5
"""What a barrier cuts off is joined again if it is less than this share of a territory."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything about a request that no territory changes; made once, asked often.

    Parameters
    ----------
    rows
        Row in the study of each area of the problem.
    set_aside
        Rows in the study of areas that nobody shall hold.
    load
        Load of every area of the study, NaN where unknown.
    place
        Neighbourhood of every area of the study, -1 for none.
    today
        Partner of the nearest site of each area of the problem, -1 for somebody else or nobody.
    site_area, site_partner
        Row in the problem of the area that each counting site stands in, -1 outside; and the row
        of its partner, -1 for another one.
    site_m
        From each area to each partner's nearest own site, metres; NaN without site.
    """

    study: Study
    request: DivisionRequest
    assessment: GapAssessment
    problem: Problem
    labels: Labels
    rows: NDArray[np.int64]
    set_aside: NDArray[np.int64]
    load: NDArray[np.float64]
    place: NDArray[np.int64]
    today: NDArray[np.int64]
    site_area: NDArray[np.int64]
    site_partner: NDArray[np.int64]
    site_m: NDArray[np.float64]

    @property
    def unit(self) -> str:
        """What a load counts."""
        return self.labels.unit


def lay_out(
    study: Study,
    request: DivisionRequest,
    ground: Ground,
    assessment: GapAssessment | None = None,
) -> Layout:
    """Turn a request into numbers.

    Parameters
    ----------
    study, ground
        The study and its need side.
    request
        What is asked.
    assessment
        The answer to the request's scenario with ``within`` None, to save time.

    Raises
    ------
    RequestError
        If there is nothing to divide.
    UnknownNameError
        If the request names something that the study does not have.
    """
    scenario = replace(request.scenario, within=None)
    if assessment is None or assessment.scenario != scenario:
        assessment = assess(study, scenario, ground)
    place = ground.neighbourhoods_of_areas
    scope = _scope(study, request.scenario.within, place)
    row_of = {geoid: row for row, geoid in enumerate(study.areas["geoid"])}
    _check_names(study, request, row_of, scope)
    is_set_aside = np.zeros(len(study.areas), dtype=np.bool_)
    is_set_aside[[row_of[geoid] for geoid in request.unassigned]] = True
    rows = scope[~is_set_aside[scope]]
    load = area_loads(study, request, ground, assessment)
    known = np.nan_to_num(load[rows])
    labels = _labels(study, request, rows, load_unit(study, request, assessment.measure.unit))
    _check_load(study, request, known, labels)
    graph = _graph(study, request, ground, rows, known)
    site_m, site_area, site_partner = _own_sites(study, request, ground, rows)
    return Layout(
        study=study,
        request=request,
        assessment=assessment,
        problem=Problem.of(
            graph,
            known,
            request.shares,
            tolerance=request.tolerance,
            seed=request.seed,
            locked=_locked(request, row_of, rows),
            allowed=_allowed(request, row_of, rows),
            away_m=np.nan_to_num(site_m),
            place=place[rows] if request.keep_neighbourhoods else None,
        ),
        labels=labels,
        rows=rows,
        set_aside=scope[is_set_aside[scope]],
        load=load,
        place=place,
        today=_today(request, assessment, rows),
        site_area=site_area,
        site_partner=site_partner,
        site_m=site_m,
    )


def _scope(study: Study, within: str | None, place: NDArray[np.int64]) -> NDArray[np.int64]:
    if within is None:
        return np.arange(len(study.areas))
    places = study.neighbourhoods
    known: list[str] = []
    if places is not None:
        for column in ("group", "name", "neighbourhood_id"):
            names = places[column].tolist()
            known += [str(name) for name in names if name]
            inside = np.array([*(name == within for name in names), False])
            if inside.any():
                return np.flatnonzero(inside[place])
    raise UnknownNameError(
        f"{study.words.group} or {study.words.neighbourhood}", within, list(dict.fromkeys(known))
    )


def _check_names(
    study: Study, request: DivisionRequest, row_of: dict[str, int], scope: NDArray[np.int64]
) -> None:
    named = [
        *((geoid, partner) for geoid, partner in request.locks),
        *((geoid, partner) for partner, geoids in request.not_here for geoid in geoids),
        *((geoid, None) for geoid in request.unassigned),
        *((geoid, None) for pair in request.cut_borders for geoid in pair),
    ]
    inside = set(scope.tolist())
    for geoid, partner in named:
        if geoid not in row_of:
            raise UnknownNameError(study.words.area, geoid, row_of)
        if row_of[geoid] not in inside:
            raise RequestError(
                f"{geoid} is not in {request.scenario.within}. Leave it out of the locks and "
                "wishes, or divide a larger place."
            )
        if partner is not None and partner not in request.names:
            raise UnknownNameError("partner", partner, request.names)
    twice = [geoid for geoid, _ in request.locks]
    for geoid in twice:
        if twice.count(geoid) > 1:
            raise RequestError(f"{geoid} is locked for two partners. Lock it for one.")
        if geoid in request.unassigned:
            raise RequestError(
                f"{geoid} is locked for a partner and shall be nobody's. Choose one of the two."
            )
    for layer in request.barriers:
        if layer not in study.context:
            raise UnknownNameError("context layer", layer, study.context)


def _check_load(
    study: Study, request: DivisionRequest, load: NDArray[np.float64], labels: Labels
) -> None:
    where = request.scenario.within or study.name
    if not len(load):
        raise RequestError(f"There is no {study.words.area} to divide in {where}.")
    if load.sum() <= 0:
        raise RequestError(
            f"There is nothing to share out in {where}: 0 {labels.unit}. Divide by need instead "
            "(--load need)."
        )


def _labels(study: Study, request: DivisionRequest, rows: NDArray[np.int64], unit: str) -> Labels:
    areas = study.areas
    return Labels(
        geoids=tuple(areas["geoid"].astype(str).to_numpy()[rows]),
        names=tuple(areas["name"].astype(str).to_numpy()[rows]),
        partners=request.names,
        area=study.words.area,
        areas=study.words.areas,
        unit=unit,
    )


def _graph(
    study: Study,
    request: DivisionRequest,
    ground: Ground,
    rows: NDArray[np.int64],
    load: NDArray[np.float64],
) -> Graph:
    def whole() -> Graph:
        x_m, y_m = ground.plane.project(*ground.centres)
        borders = shared_borders(study.areas.geometry.to_numpy()).neighbours
        return Graph.of_shapes(ground.shapes_m, borders, x_m=x_m, y_m=y_m)

    everything = ground.keep("territory graph", whole)
    shapes_m = ground.shapes_m[rows]
    joined = ground.keep(
        ("territory graph", rows.tobytes()), lambda: everything.part(rows).joined(shapes_m)
    )
    cut = _cut(study, request, ground, joined, rows)
    return joined.without(
        cut,
        load,
        least_load=_LEAST_PIECE_SHARE * load.sum() * min(request.shares),
        most_pieces=len(request.names),
    )


def _cut(
    study: Study,
    request: DivisionRequest,
    ground: Ground,
    graph: Graph,
    rows: NDArray[np.int64],
) -> NDArray[np.int64]:
    position = {int(row): place for place, row in enumerate(rows)}
    geoids = study.areas["geoid"].tolist()
    by_geoid = {geoids[row]: place for row, place in position.items()}
    pairs = [
        (by_geoid[one], by_geoid[other])
        for one, other in request.cut_borders
        if one in by_geoid and other in by_geoid
    ]
    found = [np.array(pairs, dtype=np.int64).reshape(-1, 2)]
    for layer in request.barriers:
        shapes = ground.plane.project_shapes(study.context[layer].geometry.to_numpy())
        found.append(
            borders_along(
                ground.shapes_m[rows],
                graph.neighbours,
                shapely.union_all(shapes),
                near_m=_BESIDE_BARRIER_M,
            )
        )
    return np.concatenate(found)


def _locked(
    request: DivisionRequest, row_of: dict[str, int], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    partner_of = {name: row for row, name in enumerate(request.names)}
    locked = np.full(max(row_of.values(), default=-1) + 1, -1, dtype=np.int64)
    for geoid, partner in request.locks:
        locked[row_of[geoid]] = partner_of[partner]
    return locked[rows]


def _allowed(
    request: DivisionRequest, row_of: dict[str, int], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    partner_of = {name: row for row, name in enumerate(request.names)}
    allowed = np.ones((len(row_of), len(request.names)), dtype=np.bool_)
    for partner, geoids in request.not_here:
        if partner not in partner_of:
            raise UnknownNameError("partner", partner, request.names)
        for geoid in geoids:
            allowed[row_of[geoid], partner_of[partner]] = False
    return allowed[rows]


def _today(
    request: DivisionRequest, assessment: GapAssessment, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    partner_of = {name: row for row, name in enumerate(request.names)}
    nearest = assessment.areas["nearest_partner"].to_numpy(dtype=object)[rows]
    return np.array(
        [partner_of.get(name, -1) for name in nearest],
        dtype=np.int64,
    )


def _own_sites(
    study: Study, request: DivisionRequest, ground: Ground, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    supply = counting_sites(study, replace(request.scenario, within=None))
    shapes: Any = study.sites.geometry
    longitude = shapes.x.to_numpy()[supply.place]
    latitude = shapes.y.to_numpy()[supply.place]
    partner_of = {name: row for row, name in enumerate(request.names)}
    names = partner_names(study.sites).to_numpy(dtype=object)[supply.place]
    partner = np.array([partner_of.get(name, -1) for name in names], dtype=np.int64)
    here_x, here_y = (values[rows] for values in ground.centres)
    metres = np.full((len(rows), len(request.names)), np.nan)
    for row in np.unique(partner[partner >= 0]):
        own = partner == row
        _, metres[:, row] = nearest_site(here_x, here_y, longitude[own], latitude[own])
    site_area = np.full(len(longitude), -1, dtype=np.int64)
    tree = shapely.STRtree(study.areas.geometry.to_numpy()[rows])
    site, area = tree.query(shapely.points(longitude, latitude), predicate="intersects")
    site_area[site[::-1]] = area[::-1]
    return metres, site_area, partner
