from __future__ import annotations

import json
import re

from gapmap import usecases
from gapmap.model import Reach
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.compare_map import (
    CompareAddresses,
    ComparedSide,
    Look,
    compare_map,
    compare_message,
    compare_state,
)
from gapmap.whatifs import SiteAdded, WhatIf, as_it_is
from tests import builders

ADDRESSES = CompareAddresses(
    scripts=("../a/leaflet.js", "../a/hatch.js", "../a/compare.js"),
    styles=("../a/leaflet.css", "../a/compare.css"),
    areas="../l/areas.json",
    outlines=None,
)
EVIL = "</script><script>${alert(1)}`{{1}}"


def town(**changes):
    """Four squares; a site in the middle of the first and of the third."""
    known = {
        "town": builders.areas([100, 300, float("nan"), 200], seniors=[10, 20, 30, 40]),
        "town_sites": builders.sites((500, 500), (3500, 500), days=["mon", None]),
        "neighbourhoods": builders.neighbourhoods(
            "West", "East", width_m=2000, groups=["Left", "Right"]
        ),
        "measures": {
            "children": builders.CHILDREN,
            "seniors": builders.Measure("seniors", "Seniors", "seniors"),
        },
        "reach": Reach(800.0),
    }
    return builders.study(**(known | changes))


def spot(x_m, y_m=500):
    longitude, latitude = builders.to_degrees([x_m], [y_m])
    return {"longitude": float(longitude[0]), "latitude": float(latitude[0])}


def side(study, what_if):
    imagined, scenario = usecases.apply_what_if(study, what_if)
    assessment = usecases.assess_gaps(imagined, scenario)
    colouring = colour_areas(assessment, MapMode.GAP, need=study.areas[scenario.measure])
    return ComparedSide(what_if.name, what_if, imagined, assessment, colouring)


def state_of(study, first, second, **how):
    comparison = usecases.compare_what_ifs(study, first, second)
    return compare_state(
        study, comparison, side(study, first), side(study, second), sites="../l/sites.json", **how
    )


def told(state, study):
    group = compare_message(state)
    compare_map(study, ADDRESSES).add_child(group)
    page = group.get_root().render()
    found = re.search(r"gapmapCompare\.show\((\{.*?\})\);", page)
    assert found is not None
    return json.loads(found[1]), page


TODAY = as_it_is("town")
EMPTY = WhatIf("Plan B", "town")


def test_the_maps_ask_no_other_server_for_anything():
    page = compare_map(town(), ADDRESSES).get_root().render()
    assert re.findall(r"https?://[^\s\"'<]+", page.replace("http://www.w3.org", "")) == []


def test_the_map_is_the_same_text_whatever_is_compared():
    study = town()
    texts = set()
    for what_if in (EMPTY, EMPTY.closing("s0")):
        group = compare_message(state_of(study, TODAY, what_if))
        drawn = compare_map(study, ADDRESSES)
        drawn.add_child(group)
        page = drawn.get_root().render()
        texts.add(re.sub(r"[0-9a-f]{32}", "", page.partition("gapmapCompare.show")[0]))
    assert len(texts) == 1


def test_nothing_changed_is_the_same_everywhere():
    state, _ = told(state_of(town(), TODAY, EMPTY), town())
    difference = state["difference"]
    same = difference["legend"]["steps"][len(difference["colours"]) // 2]
    assert same["t"] == "The same"
    assert difference["classes"] == "33x3"
    assert difference["colours"][3] == same["c"]
    assert difference["line"] == "0 children in reach"


def test_a_closed_site_is_lost_where_it_stood_and_an_added_one_won_where_it_stands():
    what_if = EMPTY.closing("s0").adding(SiteAdded("n", "New", **spot(1500)))
    state, _ = told(state_of(town(), TODAY, what_if), town())
    difference = state["difference"]
    lost, won, unknown, same = difference["classes"]
    assert (unknown, same) == ("x", "3")
    assert int(lost) < 3 < int(won)
    assert difference["hatches"][int(lost)] == "lines"
    assert difference["hatches"][int(won)] == ""
    assert "Unknown" in [step["t"] for step in difference["legend"]["steps"]]


def test_only_what_differs_of_the_sites_is_sent():
    what_if = (
        EMPTY.closing("s1")
        .moving("s0", **spot(700))
        .retiming("s0", days=["sat"])
        .adding(SiteAdded("n", "New", partner="Partner B", **spot(1500)))
    )
    second = told(state_of(town(), TODAY, what_if), town())[0]["second"]
    assert second["closed"] == ["s1"]
    assert second["flags"] == "10"
    assert second["moved"]["s0"] == [round(one, 6) for one in spot(700).values()]
    assert "Sat" in second["retimed"]["s0"]
    (added,) = second["added"]
    assert (added["i"], added["n"], added["f"]) == ("n", "New", "1")
    # The letter of its partner, as the study's own sites have it.
    assert (added["p"], added["l"]) == ("Partner B", "B")
    first = told(state_of(town(), TODAY, what_if), town())[0]["first"]
    assert (first["closed"], first["moved"], first["added"], first["flags"]) == ([], {}, [], "11")


def test_a_new_partner_has_a_plus_for_a_letter():
    what_if = EMPTY.adding(SiteAdded("n", "New", partner="Somebody", **spot(1500)))
    (added,) = state_of(town(), TODAY, what_if)["second"]["added"]
    assert added["l"] == "+"


def test_a_site_whose_days_are_unknown_is_marked_so():
    state = state_of(town(), TODAY, EMPTY.asking(day="mon"))
    assert state["second"]["flags"] == "1?"


def test_what_cannot_be_subtracted_says_why_and_has_no_difference():
    state = state_of(town(), TODAY, EMPTY.asking(measure="seniors"))
    assert state["difference"] is None
    assert "Seniors" in state["whyNot"]
    assert state["first"]["unit"] == "children"
    assert state["second"]["unit"] == "seniors"


def test_a_part_of_the_town_is_what_the_maps_show():
    whole = state_of(town(), TODAY, EMPTY)["view"]
    part = state_of(town(), TODAY.asking(within="Right"), EMPTY.asking(within="Right"))["view"]
    assert (whole["token"], part["token"]) == ("", "Right")
    assert part["bounds"][0][1] > whole["bounds"][0][1]
    assert part["bounds"][1] == whole["bounds"][1]


def test_a_wish_to_look_somewhere_goes_along_once_per_token():
    look = Look("1 n0", (0.0, 1.0, 2.0, 3.0))
    state = state_of(town(), TODAY, EMPTY, look=look, select=("s0", 4), may_undo=True, turn=7)
    assert state["look"] == {"token": "1 n0", "bounds": [[1.0, 0.0], [3.0, 2.0]]}
    assert state["select"] == {"id": "s0", "token": 4}
    assert (state["mayUndo"], state["mayRedo"], state["turn"]) == (True, False, 7)


def test_names_cannot_end_the_script():
    study = town(name=EVIL)
    what_if = WhatIf(EVIL, "town").adding(SiteAdded("n", EVIL, partner=EVIL, **spot(1500)))
    state, page = told(state_of(study, TODAY, what_if), study)
    assert state["second"]["name"].startswith("</script><script>${alert(1)}`")
    assert state["second"]["added"][0]["n"].startswith("</script><script>${alert(1)}`")
    assert "</script><script>${" not in page
    assert "{{1}}" not in page
