"""A suggestion held elsewhere: its figures are those that the whole answer has there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.analysis.siting.moving import nearest_place
from gapmap.analysis.siting.values import SitingModel, SitingRequest
from gapmap.errors import UnknownNameError
from gapmap.model import Reach
from gapmap.usecases import default_scenario, prepare_moving, propose_sites
from tests import builders
from tests.analysis.siting.test_proposal import FIVE, town

MODELS = [SitingModel.MCLP, SitingModel.BACKUP, SitingModel.P_MEDIAN, SitingModel.P_CENTER]


def at(x_m, y_m=500.0):
    longitude, latitude = builders.to_degrees([x_m], [y_m])
    return {"latitude": float(latitude[0]), "longitude": float(longitude[0])}


def question(study, model=SitingModel.MCLP, count=2, **changes):
    scenario = replace(default_scenario(study), reach=Reach(changes.pop("reach_m", 400.0)))
    return SitingRequest(scenario=scenario, model=model, count=count, **changes)


def test_a_pin_goes_to_the_nearest_candidate_and_says_what_it_brings_there():
    study = town(sites=[FIVE[0]])
    movable = prepare_moving(study, question(study))
    moved = movable.moved(["c4", "c3"], "c3", **at(1700))
    assert moved.candidate_id == "c1"
    assert (moved.rank, moved.need_added, moved.need_unique) == (2, 200, 200)
    assert (moved.need_before, moved.need_in_reach, moved.need_total) == (100, 800, 1500)
    assert moved.site_count == 2
    assert moved.mean_m is None


def test_a_place_that_is_taken_excluded_or_not_allowed_is_passed_by():
    study = town()
    movable = prepare_moving(study, question(study))
    assert movable.moved(["c4", "c3"], "c4", **at(3600)).candidate_id == "c4"
    assert movable.moved(["c4", "c3"], "c4", **at(1600), excluded=["c1"]).candidate_id == "c2"


def test_a_pin_let_go_where_it_was_stays_although_its_place_was_ruled_out():
    study = town(
        neighbourhoods=builders.neighbourhoods("West", "East", width_m=2000),
    )
    asked = question(study)
    asked = replace(asked, scenario=replace(asked.scenario, within="East"))
    movable = prepare_moving(study, asked)
    # c0 lies in West: nobody may choose it any more, but it was forced while that was open.
    assert movable.moved(["c0", "c3"], "c0", **at(600)).candidate_id == "c0"
    assert movable.moved(["c3", "c2"], "c3", **at(600)).candidate_id == "c3"


def test_what_is_no_suggestion_cannot_be_moved():
    study = town()
    movable = prepare_moving(study, question(study))
    with pytest.raises(UnknownNameError, match="c2"):
        movable.moved(["c4", "c3"], "c2", **at(600))
    with pytest.raises(UnknownNameError, match="elsewhere"):
        movable.moved(["elsewhere"], "elsewhere", **at(600))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 600), min_size=5, max_size=5).filter(any),
    st.lists(st.floats(0, 5000), min_size=3, max_size=6, unique=True),
    st.lists(st.floats(0, 5000), max_size=2),
    st.floats(-500, 5500),
    st.sampled_from(MODELS),
    st.sampled_from([300.0, 900.0, 1700.0]),
)
def test_what_is_said_in_the_hand_is_what_the_whole_answer_says(
    needs, hosts, standing, spot, model, reach_m
):
    study = town(needs, [(x, 500.0) for x in hosts], sites=[(x, 500.0) for x in standing])
    asked = question(study, model, reach_m=reach_m)
    shown = propose_sites(study, asked)
    if not shown.order:
        return
    old = shown.order[-1]
    moved = prepare_moving(study, asked).moved(shown.order, old, **at(spot))
    others = [one for one in shown.order if one != old]
    forced = (*others, moved.candidate_id)
    whole = propose_sites(study, replace(asked, forced=forced, count=len(forced)))
    one = next(one for one in whole.suggestions if one.candidate_id == moved.candidate_id)
    assert moved.rank == one.rank
    assert moved.need_added == pytest.approx(one.need_added)
    assert moved.need_unique == pytest.approx(one.need_unique)
    assert moved.need_in_reach == pytest.approx(whole.need_in_reach)
    assert moved.need_before == pytest.approx(whole.need_before)
    assert moved.need_total == pytest.approx(whole.need_total)
    assert moved.mean_m == pytest.approx(whole.mean_m)
    assert moved.farthest_m == pytest.approx(whole.farthest_m)


def test_the_nearest_place_is_found_across_the_antimeridian_and_where_some_have_no_place():
    longitude, latitude = [179.95, -179.8, np.nan], [0.0, 0.0, 0.0]
    here = {"latitude": 0.0, "longitude": -179.99}
    assert nearest_place(longitude, latitude, [True] * 3, **here) == 0
    assert nearest_place(longitude, latitude, [False, True, True], **here) == 1
    assert nearest_place(longitude, latitude, [False, False, True], **here) is None
