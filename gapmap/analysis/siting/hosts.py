"""Where a site could open: candidates of the layers, or places where hosts should be looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gapmap.analysis.siting.demand import neighbourhoods_within
from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.siting.demand import Demand
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Study

__all__ = ["UNLAWFUL", "hosts_of"]

UNLAWFUL: Final = "an open site would not be lawful there"
"""Why a candidate falls out by the rules of eligibility."""

_METRES_PER_DEGREE: Final = 111_320.0
_MOST_PLACES: Final = 4_000


def hosts_of(
    study: Study, request: SitingRequest, demand: Demand, lawful: Standing | None
) -> pd.DataFrame:
    """List every place where a site could open, and why some of them are out of the question.

    Returns
    -------
    ``candidate_id``, ``name``, ``kind``, ``layer``, ``longitude``, ``latitude``, ``cost``,
    ``capacity`` (NaN unknown), ``is_host_known``, ``is_lawful`` (1, 0 or NaN where not known)
    and ``left_out_because`` (empty where it may be chosen).

    Raises
    ------
    RequestError
        If nothing may be chosen.
    UnknownNameError
        If a candidate or layer that is named does not exist.
    """
    hosts = _named_hosts(study, request)
    if hosts.empty:
        hosts = _places_of_need(study, request, demand)
    known = hosts["candidate_id"].tolist()
    costs = dict(request.costs)
    for name in (*request.excluded, *request.forced, *costs):
        if name not in set(known):
            raise UnknownNameError("candidate", name, known)
    hosts["cost"] = [
        costs.get(name, cost)
        for name, cost in zip(known, hosts["cost"].fillna(1.0).tolist(), strict=True)
    ]
    if request.capacity is not None:
        hosts["capacity"] = hosts["capacity"].fillna(request.capacity)
    longitude, latitude = hosts["longitude"].to_numpy(), hosts["latitude"].to_numpy()
    placed = np.isfinite(longitude) & np.isfinite(latitude)
    hosts["is_lawful"] = np.nan
    if lawful is not None and lawful.can_answer:
        answer = np.full(len(hosts), np.nan)
        answer[placed] = lawful.open_share_of_points(longitude[placed], latitude[placed])
        hosts["is_lawful"] = answer
    because = np.full(len(hosts), "", dtype=object)

    def leave_out(which: NDArray[np.bool_], reason: str) -> None:
        because[which & (because == "")] = reason

    forced = hosts["candidate_id"].isin(request.forced).to_numpy()
    leave_out(hosts["candidate_id"].isin(request.excluded).to_numpy(), "excluded by hand")
    if study.distances is not None:
        there = set(study.distances["to_id"])
        leave_out(~hosts["candidate_id"].isin(there).to_numpy(), "not in the distance table")
    inside = neighbourhoods_within(study, request.scenario.within)
    if inside is not None:
        leave_out(
            ~_is_inside(study, inside, longitude, latitude) & ~forced,
            f"not in {request.scenario.within}",
        )
    if request.lawful_only is not False:
        leave_out((hosts["is_lawful"] == 0).to_numpy() & ~forced, UNLAWFUL)
    hosts["left_out_because"] = because
    if not (because == "").any():
        reasons = ", ".join(
            f"{n:,} × {why}" for why, n in pd.Series(because).value_counts().items()
        )
        raise RequestError(
            f"No candidate may be chosen: {reasons}. Take a restriction back, or add a layer of "
            "role candidates."
        )
    return hosts


def _named_hosts(study: Study, request: SitingRequest) -> pd.DataFrame:
    layers = list(study.candidates) if request.layers is None else list(request.layers)
    for layer in layers:
        if layer not in study.candidates:
            raise UnknownNameError("candidate layer", layer, study.candidates)
    parts = []
    for layer in layers:
        table = study.candidates[layer]
        nothing = pd.Series(np.nan, index=table.index)
        parts.append(
            pd.DataFrame(
                {
                    "candidate_id": table["candidate_id"].to_numpy(),
                    "name": table["name"].to_numpy(),
                    "kind": table["kind"].to_numpy() if "kind" in table else None,
                    "layer": layer,
                    "longitude": table.geometry.x.to_numpy(),
                    "latitude": table.geometry.y.to_numpy(),
                    "cost": table.get("cost", nothing).to_numpy(dtype=np.float64),
                    "capacity": table.get("capacity", nothing).to_numpy(dtype=np.float64),
                    "is_host_known": True,
                }
            )
        )
    if not parts:
        return pd.DataFrame({"candidate_id": []})
    hosts = pd.concat(parts, ignore_index=True)
    # The same identifier in two layers: the layer's name keeps them apart.
    twice = hosts["candidate_id"].duplicated(keep=False)
    hosts.loc[twice, "candidate_id"] = hosts["layer"] + ":" + hosts["candidate_id"]
    return hosts


def _places_of_need(study: Study, request: SitingRequest, demand: Demand) -> pd.DataFrame:
    """Make one place of each square of a grid half a reach wide: the centre of its need."""
    if study.distances is not None:
        raise RequestError(
            f"{study.name} brings its own distances and no candidates. Add a layer of role "
            "candidates with the places that the table leads to."
        )
    middle = np.radians(float(np.average(demand.latitude, weights=demand.worth)))
    side = request.scenario.reach.metres / 2
    while True:
        north = np.floor(demand.latitude * _METRES_PER_DEGREE / side)
        east = np.floor(demand.longitude * _METRES_PER_DEGREE * np.cos(middle) / side)
        _, square = np.unique(np.column_stack([north, east]), axis=0, return_inverse=True)
        square = square.ravel()
        count = int(square.max()) + 1
        if count <= _MOST_PLACES:
            break
        side *= 1.5
    weight = np.bincount(square, demand.worth, count)
    longitude = np.bincount(square, demand.worth * demand.longitude, count) / weight
    latitude = np.bincount(square, demand.worth * demand.latitude, count) / weight
    heaviest = np.lexsort((demand.worth, square))
    area = np.empty(count, dtype=np.int64)
    area[square[heaviest]] = demand.area[heaviest]
    around = _names_around(study, longitude, latitude, area)
    return pd.DataFrame(
        {
            "candidate_id": [
                f"near {y:.5f} {x:.5f}" for x, y in zip(longitude, latitude, strict=True)
            ],
            "name": [f"look for a host near here ({name})" for name in around],
            "kind": None,
            "layer": "",
            "longitude": longitude,
            "latitude": latitude,
            "cost": np.nan,
            "capacity": np.nan,
            "is_host_known": False,
        }
    )


def _names_around(
    study: Study,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    area: NDArray[np.int64],
) -> NDArray[Any]:
    names: NDArray[Any] = study.areas["name"].to_numpy(dtype=object)[area]
    if study.neighbourhoods is not None:
        tree = shapely.STRtree(study.neighbourhoods.geometry.to_numpy())
        point, place = tree.query(shapely.points(longitude, latitude), predicate="intersects")
        names[point[::-1]] = study.neighbourhoods["name"].to_numpy(dtype=object)[place[::-1]]
    return names


def _is_inside(
    study: Study,
    neighbourhoods: NDArray[np.int64],
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
) -> NDArray[np.bool_]:
    assert study.neighbourhoods is not None
    tree = shapely.STRtree(study.neighbourhoods.geometry.to_numpy()[neighbourhoods])
    point, _ = tree.query(shapely.points(longitude, latitude), predicate="intersects")
    inside = np.zeros(len(longitude), dtype=bool)
    inside[point] = True
    return inside
