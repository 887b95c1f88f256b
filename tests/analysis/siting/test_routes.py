from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.analysis.siting.routes import Van, VanPlan, plan_van
from gapmap.analysis.siting.values import SitingRequest
from gapmap.errors import RequestError
from gapmap.geo import STORED_CRS
from gapmap.model import Reach
from gapmap.usecases import default_scenario, prepare
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.model import Study

WEEK = ("mon", "tue", "wed", "thu", "fri")


def town(needs: Sequence[float], stops: Sequence[float], **changes: Any) -> Study:
    """Squares in a row, with candidates at metres from the west."""
    longitude, latitude = builders.to_degrees(list(stops), [500.0] * len(stops))
    names = [f"c{row}" for row in range(len(stops))]
    hosts = gpd.GeoDataFrame(
        {"candidate_id": names, "name": names, "kind": None},
        geometry=gpd.points_from_xy(longitude, latitude),
        crs=STORED_CRS,
    )
    sites = changes.pop("sites", builders.sites())
    return builders.study(
        builders.areas(list(needs)), sites, candidates={"hosts": hosts}, **changes
    )


def plan(study: Study, van: Van, days: tuple[str, ...] = WEEK) -> VanPlan:
    scenario = replace(default_scenario(study), reach=Reach(400.0))
    request = SitingRequest(scenario, count=1, days=days)
    return plan_van(study, request, van, prepare(study), None)


MIDDLES = [500.0 + 1000 * row for row in range(5)]
# 60 km/h is a kilometre a minute.
BRISK = Van(minutes=100, stop_minutes=30, speed_kmh=60, detour=1.0)


def test_a_day_takes_the_stops_that_fit_in_the_order_they_lie() -> None:
    found = plan(town([100, 10, 200, 10, 300], MIDDLES), BRISK, ("mon",))
    (monday,) = found.days
    assert sorted(stop.candidate_id for stop in monday.stops) == ["c0", "c2", "c4"]
    places = [stop.longitude for stop in monday.stops]
    assert places in (sorted(places), sorted(places)[::-1])
    assert monday.way_m == pytest.approx(4000, rel=1e-4)
    assert monday.minutes == pytest.approx(94, rel=1e-4)
    assert [stop.arrives_minute for stop in monday.stops] == pytest.approx([0, 32, 64], rel=1e-4)
    assert (found.need_reached, found.need_open) == (600, 620)


def test_the_way_to_the_depot_and_back_is_counted() -> None:
    longitude, latitude = builders.to_degrees(4500.0, 500.0)
    depot = replace(BRISK, depot=(float(longitude), float(latitude)), minutes=36)
    found = plan(town([1000, 100, 100, 100, 100], MIDDLES), depot, ("mon",))
    (monday,) = found.days
    # The large need is 4 minutes away, and 4 back: that does not fit.
    assert [stop.candidate_id for stop in monday.stops] != ["c0"]
    assert monday.minutes <= 36


def test_other_days_go_elsewhere_before_they_come_again() -> None:
    van = replace(BRISK, minutes=30, again_share=0.1)
    found = plan(town([100, 200, 300, 400, 500], MIDDLES), van)
    firsts = sorted(day.stops[0].candidate_id for day in found.days)
    assert firsts == ["c0", "c1", "c2", "c3", "c4"]
    assert found.need_reached == 1500
    again = plan(town([10, 10, 10, 10, 500], MIDDLES), replace(van, again_share=1.0))
    assert {day.stops[0].candidate_id for day in again.days} == {"c4"}
    assert again.need_visits == 2500


def test_people_whom_a_site_reaches_need_no_van() -> None:
    sites = builders.sites((4500, 500))
    found = plan(town([100, 200, 300, 400, 500], MIDDLES, sites=sites), BRISK, ("mon",))
    assert "c4" not in {stop.candidate_id for stop in found.days[0].stops}
    assert found.need_open == 1000


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_no_day_is_longer_than_its_budget_and_no_stop_comes_twice_a_day(seed: int) -> None:
    random = np.random.default_rng(seed)
    needs = random.integers(0, 100, 8).astype(float) + 1
    van = Van(float(random.integers(40, 200)), 30.0, 20.0, again_share=float(random.random()))
    found = plan(town(needs.tolist(), random.uniform(0, 8000, 10).tolist()), van)
    for day in found.days:
        names = [stop.candidate_id for stop in day.stops]
        assert len(names) == len(set(names))
        assert day.minutes <= van.minutes + 1e-6
        assert len(names) * van.stop_minutes <= day.minutes + 1e-6
    new = sum(stop.need_new for day in found.days for stop in day.stops)
    assert new == pytest.approx(found.need_reached)
    assert found.need_reached <= found.need_visits + 1e-9
    assert found.need_reached <= found.need_open + 1e-9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minutes": 0.0}, "minutes cannot be 0"),
        ({"stop_minutes": 300.0}, "does not fit"),
        ({"detour": 0.5}, "0.5 times the straight line"),
        ({"again_share": 2.0}, "cannot count 2"),
    ],
)
def test_a_van_that_cannot_be_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Van(**changes)
