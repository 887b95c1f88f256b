from __future__ import annotations

from gapmap import usecases
from gapmap.analysis.siting.values import SitingModel, SitingRequest
from gapmap.views.plan_figures import moved_state, plan_figures
from tests.analysis.siting.test_moving import at
from tests.analysis.siting.test_proposal import FIVE, town


def shown(model=SitingModel.MCLP, **changes):
    study = town(sites=[FIVE[0]], **changes)
    request = SitingRequest(scenario=usecases.default_scenario(study), model=model, count=2)
    result = usecases.propose_sites(study, request)
    return study, result, usecases.prepare_moving(study, request)


def rows(figures):
    return {row["label"]: (row["value"], row["change"]) for row in figures}


def test_at_rest_the_map_says_what_all_of_them_do():
    study, result, _ = shown()
    assert rows(plan_figures(result, study)) == {
        "2 new meal sites together": ("+900 children newly in reach", ""),
        "In reach in all": ("1,000 of 1,500 (67%)", ""),
    }


def test_a_pin_elsewhere_says_what_it_brings_there_and_what_that_changes():
    study, result, movable = shown()
    moved = movable.moved(result.order, "c3", **at(1500))
    state = moved_state(moved, result, "c3", study)
    assert rows(state["figures"]) == {
        "2 · Host c1": ("+200 children newly in reach", "−200"),
        "2 new meal sites together": ("+700 children newly in reach", "−200"),
        "In reach in all": ("800 of 1,500 (53%)", ""),
    }
    assert state["id"] == "c1"
    assert state["lines"] == ["200 children newly in reach", "200 by it alone"]


def test_where_it_was_nothing_changes():
    study, result, movable = shown()
    state = moved_state(movable.moved(result.order, "c3", **at(3500)), result, "c3", study)
    assert {row["change"] for row in state["figures"]} == {"as before", ""}


def test_a_handful_of_people_is_not_counted_out():
    study, result, movable = shown(needs=(100, 6, 300, 400, 500))
    state = moved_state(movable.moved(result.order, "c3", **at(1500)), result, "c3", study)
    assert state["figures"][0]["value"] == "<10 children newly in reach"


def test_where_ways_matter_they_are_among_the_figures():
    study, result, _ = shown(SitingModel.P_MEDIAN)
    assert "on average" in rows(plan_figures(result, study))["Way to the nearest"][0]
