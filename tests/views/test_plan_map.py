from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from gapmap import usecases
from gapmap.analysis.siting.values import SitingRequest
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.maps import MapAddresses
from gapmap.views.plan_map import plan_map, plan_message, plan_state
from tests import builders

ADDRESSES = MapAddresses(
    scripts=("../a/leaflet.js", "../a/plan.js"),
    styles=("../a/leaflet.css",),
    areas="../l/areas.json",
    outlines=None,
    sites="../l/sites.json",
)
EVIL = "</script><script>${alert(1)}`{{1}}"


def town():
    return builders.study(
        builders.areas([100, 300, 200, 400]),
        builders.sites((500, 500)),
        neighbourhoods=builders.neighbourhoods(
            "West", "East", width_m=2000, groups=["Left", "Right"]
        ),
    )


def proposed(study, **changes):
    scenario = usecases.default_scenario(study)
    return usecases.propose_sites(study, SitingRequest(scenario=scenario, count=2, **changes))


def state_of(study, result, **decided):
    assessment = usecases.assess_gaps(study)
    colouring = colour_areas(assessment, MapMode.GAP, need=study.areas["children"])
    return plan_state(result, study, colouring, **decided)


def script(element):
    return element.get_root().render()


def told(state, study):
    group = plan_message(state)
    plan_map(study, ADDRESSES).add_child(group)
    found = re.search(r"gapmapPlan\.show\((\{.*?\})\);", script(group))
    assert found is not None
    return json.loads(found[1])


def test_the_map_asks_no_other_server_for_anything():
    page = script(plan_map(town(), ADDRESSES))
    assert re.findall(r"https?://[^\s\"'<]+", page.replace("http://www.w3.org", "")) == []


def test_pins_stand_in_the_order_of_adding_where_their_candidates_are():
    study = town()
    result = proposed(study)
    state = told(state_of(study, result), study)
    assert [pin["id"] for pin in state["pins"]] == list(result.order)
    assert [pin["rank"] for pin in state["pins"]] == [1, 2]
    first = result.suggestions[0]
    assert state["pins"][0]["x"] == pytest.approx(first.longitude, abs=1e-6)
    assert state["pins"][0]["y"] == pytest.approx(first.latitude, abs=1e-6)
    assert f"{first.need_added:,.0f} children newly in reach" in state["pins"][0]["lines"]
    assert state["reach"] == pytest.approx(result.request.scenario.reach.metres, abs=0.1)


def test_what_is_accepted_says_so_and_what_is_refused_is_crossed_out():
    study = town()
    first = proposed(study).order[0]
    result = proposed(study, excluded=(first,))
    state = state_of(study, result, accepted=[result.order[0]], refused=[first])
    assert state["pins"][0]["accepted"] is True
    assert "Accepted" in state["pins"][0]["lines"]
    assert len(state["refused"]) == 1
    assert first not in [pin["id"] for pin in state["pins"]]


def test_a_part_of_the_town_is_what_the_map_shows():
    study = town()
    whole = state_of(study, proposed(study))["view"]
    scenario = usecases.default_scenario(study)
    part = usecases.propose_sites(
        study, SitingRequest(scenario=replace(scenario, within="East"), count=1)
    )
    shown = state_of(study, part)["view"]
    assert shown["token"] == "East"
    assert shown["bounds"][0][1] > whole["bounds"][0][1]
    assert shown["bounds"][1] == whole["bounds"][1]


def test_names_cannot_end_the_script():
    study = builders.study(
        builders.areas([100, 300]),
        builders.sites((500, 500)),
        name=EVIL,
    )
    assert EVIL not in script(plan_map(study, ADDRESSES))
    areas = builders.areas([100, 300])
    areas["name"] = EVIL
    study = builders.study(areas, builders.sites((500, 500)))
    state = state_of(study, proposed(study))
    assert EVIL in state["pins"][0]["name"]
    group = plan_message(state)
    plan_map(study, ADDRESSES).add_child(group)
    page = script(group)
    assert "</script><script>${" not in page
    assert "{{1}}" not in page
