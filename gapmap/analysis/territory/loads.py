"""What a division shares out, by area: open need, need, or meals still to serve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gapmap.analysis.coverage import areal_share
from gapmap.analysis.reach import in_reach
from gapmap.analysis.supply import counting_sites
from gapmap.analysis.territory.values import Load
from gapmap.errors import UnknownNameError
from gapmap.model import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.need import Ground
    from gapmap.analysis.territory.values import DivisionRequest
    from gapmap.model import GapAssessment, Scenario, Study

__all__ = ["area_loads", "load_unit"]


def area_loads(
    study: Study, request: DivisionRequest, ground: Ground, assessment: GapAssessment
) -> NDArray[np.float64]:
    """Return the load of every area of the study; NaN where it is unknown.

    Parameters
    ----------
    assessment
        The answer to the request's scenario for the whole study.
    """
    if request.load is Load.GAP:
        return assessment.areas["gap"].to_numpy(dtype=np.float64)
    need = assessment.areas["need"].to_numpy(dtype=np.float64)
    if request.load is Load.NEED:
        return need
    return np.where(np.isnan(need), np.nan, _meals(study, request, ground))


def load_unit(study: Study, request: DivisionRequest, unit: str) -> str:
    """Say what a load counts, for people."""
    if request.load is Load.GAP:
        return f"{unit} out of reach"
    if request.load is Load.NEED:
        return unit
    return f"{study.words.meal}s a week still to serve"


def _meals(study: Study, request: DivisionRequest, ground: Ground) -> NDArray[np.float64]:
    for meal in request.meals:
        if meal not in study.words.meals:
            raise UnknownNameError(study.words.meal, meal, study.words.meals)
    total = np.zeros(len(study.areas))
    known: dict[bytes, NDArray[np.float64]] = {}
    for meal in request.meals:
        for day in request.days:
            asked = replace(request.scenario, within=None, meal=meal, day=day)
            supply = counting_sites(study, asked)
            # Most days the same sites serve: what was measured once is not measured again.
            key = supply.counts.tobytes()
            if key not in known:
                known[key] = _out_of_reach(study, asked, ground, supply.place)
            total += known[key]
    return total


def _out_of_reach(
    study: Study, scenario: Scenario, ground: Ground, sites: NDArray[np.int64]
) -> NDArray[np.float64]:
    longitude = study.sites.geometry.x.to_numpy()[sites]
    latitude = study.sites.geometry.y.to_numpy()[sites]
    reach_m = scenario.reach.metres
    if scenario.method is Method.POINTS:
        places = ground.points
        share = in_reach(places[0], places[1], longitude, latitude, reach_m).astype(np.float64)
    else:
        x, y = ground.plane.project(longitude, latitude)
        share = areal_share(ground.rings, x, y, reach_m)
    cells = ground.cells(scenario.method, scenario.measure)
    missing = cells.need * (1 - share[cells.row])
    return np.bincount(cells.area, missing, len(study.areas)).astype(np.float64)
