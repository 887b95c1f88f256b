"""Territories on real places: Baltimore, Travis, and the New York City demo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components

from gapmap import usecases
from gapmap.analysis.territory.values import DivisionRequest, Load
from gapmap.wiring import open_workspace
from tests.real.test_studies import LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gapmap.analysis.need import Ground
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study


@dataclass(frozen=True, eq=False)
class Place:
    study: Study
    ground: Ground

    def divide(self, request: DivisionRequest, **options: Any) -> Division:
        return usecases.divide_territory(self.study, request, ground=self.ground, **options)


@pytest.fixture(scope="module")
def places(shared_data: Path) -> dict[str, Place]:
    with pytest.MonkeyPatch.context() as patch:
        demo = open_workspace().load_study("nyc")
        patch.setenv("GAPMAP_LAYERS", str(LAYERS))
        patch.setenv("GAPMAP_DATA", str(shared_data))
        studies = [demo, *(open_workspace().load_study(name) for name in ("baltimore", "travis"))]
    return {study.id: Place(study, usecases.prepare(study)) for study in studies}


@pytest.fixture
def place(places: dict[str, Place], request: pytest.FixtureRequest) -> Place:
    return places[request.param]


def pieces_with_bridges(shapes: gpd.GeoSeries, bridges: list[tuple[str, str]]) -> int:
    """Pieces of a territory by plain geometry: touching in more than a point, or bridged."""
    row_of = {geoid: row for row, geoid in enumerate(shapes.index)}
    beside = np.zeros((len(shapes), len(shapes)), dtype=bool)
    # A border drawn once; or one drawn twice, up to 20 m apart, for 100 m and more. Corners that
    # meet have less in common than either.
    for metres, least in ((0.1, 4e-5), (10.0, 2e-3)):
        grown = shapely.buffer(shapes.to_numpy(), metres / 1e5)
        tree = shapely.STRtree(grown)
        for one, other in zip(*tree.query(grown, predicate="intersects"), strict=True):
            if one < other and not beside[one, other]:
                common = shapely.intersection(grown[one], grown[other])
                beside[one, other] = shapely.length(common) > least
    for one, other in bridges:
        if one in row_of and other in row_of:
            beside[row_of[one], row_of[other]] = True
    return int(connected_components(beside, directed=False)[0])


CASES = [("baltimore", 6, 0.05), ("travis", 8, 0.05), ("nyc", 12, 0.02)]


@pytest.mark.parametrize(("place", "count", "tolerance"), CASES, indirect=["place"])
@pytest.mark.parametrize("load", [Load.GAP, Load.NEED])
def test_a_real_place_is_divided_whole_and_even(
    place: Place, count: int, tolerance: float, load: Load
) -> None:
    request = DivisionRequest(
        usecases.default_scenario(place.study), count, load=load, tolerance=tolerance
    )
    division = place.divide(request)
    assert division.unassigned == ()
    assert len(division.holders) == len(place.study.areas)
    assert set(division.areas["partner"]) == set(request.names)
    assert division.worst_deviation <= tolerance
    assert division.meets_tolerance
    bridges = [(one.geoid, one.other) for one in division.bridges]
    shapes = place.study.areas.set_index("geoid").geometry
    holders = division.areas.set_index("geoid")["partner"]
    for one in division.territories:
        assert one.is_contiguous
        mine = shapes[holders.index[holders == one.partner]]
        assert pieces_with_bridges(mine, bridges) == 1
    again = place.divide(request)
    assert again.holders == division.holders


@pytest.mark.parametrize(("place", "count", "tolerance"), CASES, indirect=["place"])
def test_locked_territories_stay_and_the_rest_is_balanced_again(
    place: Place, count: int, tolerance: float
) -> None:
    scenario = usecases.default_scenario(place.study)
    request = DivisionRequest(scenario, count, load=Load.NEED, tolerance=tolerance)
    first = place.divide(request)
    kept = {"Partner 1", "Partner 2"}
    locks = {geoid: name for geoid, name in first.holders.items() if name in kept}
    random = np.random.default_rng(1)
    spoilt = dict(first.holders)
    for geoid in random.choice(sorted(spoilt), len(spoilt) // 10, replace=False):
        spoilt[str(geoid)] = None
    second = place.divide(replace(request, locks=tuple(locks.items()), seed=9), begin=spoilt)
    assert {geoid: second.holders[geoid] for geoid in locks} == locks
    assert second.is_contiguous
    assert second.meets_tolerance
    unchanged = sum(second.holders[geoid] == first.holders[geoid] for geoid in first.holders)
    assert unchanged > 0.8 * len(first.holders)


@pytest.mark.parametrize("place", ["travis"], indirect=True)
def test_travis_partners_are_near_their_own_sites(place: Place) -> None:
    counts = place.study.sites["partner"].value_counts()
    names = tuple(str(name) for name in counts.index[:6])
    scenario = usecases.default_scenario(place.study)
    division = place.divide(DivisionRequest(scenario, names, load=Load.NEED))
    layout = usecases.prepare_territory(place.study, division.request, ground=place.ground)
    own_m = np.array([one.mean_site_distance_m for one in division.territories])
    # Were names drawn by lot, a territory's way to some partner's sites would be the mean of all.
    holders = division.areas["partner"].map({name: row for row, name in enumerate(names)})
    weight = layout.problem.load
    by_lot = [
        np.average(
            layout.site_m[(holders == row).to_numpy()].mean(axis=1),
            weights=weight[(holders == row).to_numpy()],
        )
        for row in range(len(names))
    ]
    assert own_m.mean() < 0.8 * np.mean(by_lot)


@pytest.mark.parametrize("place", ["nyc"], indirect=True)
def test_new_york_s_islands_are_joined_over_water_and_said(place: Place) -> None:
    scenario = usecases.default_scenario(place.study)
    division = place.divide(DivisionRequest(scenario, 4, load=Load.NEED))
    assert 1 <= len(division.bridges) <= 6
    assert all(0 < one.metres < 3_000 for one in division.bridges)
    assert any("no land between them" in note for note in division.notes)
