from __future__ import annotations

import functools
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.analysis.territory.edits import Drawing
from gapmap.analysis.territory.values import DivisionRequest, Load
from gapmap.views.maps import MapAddresses
from gapmap.views.partner_marks import partner_marks
from gapmap.views.territory_map import (
    said_on_map,
    territory_file,
    territory_map,
    territory_message,
    territory_state,
)
from tests import builders

ADDRESSES = MapAddresses(
    scripts=("../a/leaflet.js", "../a/territory.js"),
    styles=("../a/leaflet.css",),
    areas="../l/areas.json",
    outlines=None,
    sites="../l/sites.json",
)
EVIL = "</script><script>${alert(1)}`{{1}}"
PARTNERS = ("Aid", "Bank")
FACTS = "../l/facts.json"


def town(need=(100, 300, 200, 400), **changes):
    return builders.study(
        builders.areas(list(need)),
        builders.sites((500, 500)),
        neighbourhoods=builders.neighbourhoods(
            "West", "East", width_m=2000, groups=["Left", "Right"]
        ),
        **changes,
    )


def laid_out(study, partners=PARTNERS, within=None, **changes):
    scenario = replace(usecases.default_scenario(study), within=within)
    request = DivisionRequest(scenario, partners, load=Load.NEED, **changes)
    return usecases.prepare_territory(study, request)


def state_of(study, holders, partners=PARTNERS, locks=(), within=None, **changes):
    layout = laid_out(study, partners, within)
    drawing = Drawing.of(dict(zip(layout.labels.geoids, holders, strict=True)), partners, locks)
    division = usecases.measure_territory(layout, drawing.as_holders)
    return territory_state(study, layout, division, drawing, facts=FACTS, **changes)


def facts_of(study, layout):
    return json.loads(territory_file(study, layout, layout.labels.geoids).text())


def script(element):
    return element.get_root().render()


def told(state, study):
    group = territory_message(state)
    territory_map(study, ADDRESSES).add_child(group)
    found = re.search(r"gapmapTerritory\.show\((\{.*?\})\);", script(group))
    assert found is not None
    return json.loads(found[1])


@functools.cache
def token_of(drawing, facts=FACTS):
    """What the map is told that places mean."""
    study = town()
    layout = laid_out(study)
    division = usecases.measure_territory(layout, {})
    return territory_state(study, layout, division, drawing, facts=facts)["token"]


def said(drawing, *strokes, token=None):
    text = json.dumps({"t": token or token_of(drawing), "s": strokes})
    return said_on_map(text, drawing, facts=FACTS)


# ------------------------------------------------------------------------------ what is sent out


def test_the_map_asks_no_other_server_for_anything():
    page = script(territory_map(town(), ADDRESSES))
    assert re.findall(r"https?://[^\s\"'<]+", page.replace("http://www.w3.org", "")) == []


def test_the_map_is_the_same_text_for_every_division():
    study = town()
    one = script(territory_map(study, ADDRESSES))
    other = script(territory_map(study, ADDRESSES))
    mount = r"gapmapTerritory\.mount\(.*?\}\);"
    names = r"map_[0-9a-f]+"
    assert re.sub(names, "", re.search(mount, one)[0]) == re.sub(
        names, "", re.search(mount, other)[0]
    )


def test_who_holds_what_is_a_character_an_area():
    study = town()
    second = study.areas["geoid"].iloc[1]
    state = told(state_of(study, ["Aid", "Bank", None, "Bank"], locks=[second]), study)
    assert state["width"] == 1
    assert state["holders"] == "01.1"
    assert state["locks"] == "0100"


def test_many_partners_take_two_characters_an_area():
    study = town()
    many = tuple(f"P{number}" for number in range(70))
    state = state_of(study, ["P0", "P61", "P62", None], partners=many)
    assert state["width"] == 2
    assert state["holders"] == "000z10.."


def test_partners_come_with_mark_and_target():
    study = town()
    state = told(state_of(study, ["Aid"] * 4), study)
    # As on the other maps: those of the site list come first.
    marks = partner_marks(PARTNERS, study.sites["partner"])
    assert [one["n"] for one in state["partners"]] == list(PARTNERS)
    assert [(one["l"], one["c"], one["i"]) for one in state["partners"]] == [
        (mark.letter, mark.colour, mark.ink) for mark in marks.values()
    ]
    # 1,000 children in equal shares, whoever holds them now.
    assert [one["t"] for one in state["partners"]] == [500, 500]
    assert state["tolerance"] == 0.05
    assert state["unit"] == "children"


def test_what_areas_weigh_is_said_to_the_part_of_a_child_and_unknown_stays_unknown():
    study = town([100.25, float("nan"), 200, 400.125])
    facts = facts_of(study, laid_out(study))
    assert facts["rows"] == [0, 1, 2, 3]
    assert facts["loads"] == [100.25, None, 200, 400.125]


def test_areas_side_by_side_are_linked():
    study = town()
    layout = laid_out(study)
    links = np.array(facts_of(study, layout)["links"]).reshape(-1, 2)
    assert sorted(map(tuple, links.tolist())) == [(0, 1), (1, 2), (2, 3)]


def test_an_island_is_linked_by_its_bridge():
    areas = builders.areas([100, 100, 100])
    areas.loc[2, "geometry"] = builders.square(9000, 0)
    study = builders.study(areas, builders.sites((500, 500)))
    links = np.array(facts_of(study, laid_out(study))["links"]).reshape(-1, 2)
    assert sorted(map(tuple, links.tolist())) == [(0, 1), (1, 2)]


def test_a_part_of_the_town_is_what_can_be_painted_and_what_is_shown():
    study = town()
    layout = laid_out(study, within="East")
    facts = facts_of(study, layout)
    assert facts["rows"] == [2, 3]
    assert facts["loads"] == [200, 400]
    assert facts["links"] == [0, 1]
    whole = state_of(study, ["Aid"] * 4)["view"]
    part = state_of(study, ["Aid", None], within="East")["view"]
    assert part["token"] == "East"
    assert part["bounds"][0][1] > whole["bounds"][0][1]
    assert part["bounds"][1] == whole["bounds"][1]


def test_the_order_of_the_drawing_is_the_order_of_the_file():
    study = town()
    layout = laid_out(study)
    backwards = layout.labels.geoids[::-1]
    facts = json.loads(territory_file(study, layout, backwards).text())
    assert facts["rows"] == [3, 2, 1, 0]
    assert facts["loads"] == [400, 200, 300, 100]
    links = np.array(facts["links"]).reshape(-1, 2)
    assert {frozenset(pair) for pair in links.tolist()} == {
        frozenset(pair) for pair in ((3, 2), (2, 1), (1, 0))
    }


def test_names_cannot_end_the_script():
    study = town(name=EVIL)
    assert EVIL not in script(territory_map(study, ADDRESSES))
    study = town()
    state = state_of(study, [EVIL, "Bank", None, None], partners=(EVIL, "Bank"))
    assert state["partners"][0]["n"] == EVIL
    group = territory_message(state)
    territory_map(study, ADDRESSES).add_child(group)
    page = script(group)
    assert "</script><script>${" not in page
    assert "{{1}}" not in page


# ------------------------------------------------------------------------------ what comes back

DRAWING = Drawing.blank([str(36_000 + row) for row in range(40)], PARTNERS)


def test_a_stroke_names_areas_and_the_partner():
    (one,) = said(DRAWING, [7, "p", 1, "0-2,a"])
    assert (one.number, one.verb, one.partner) == (7, "paint", "Bank")
    assert one.geoids == ("36000", "36001", "36002", "36010")


def test_strokes_come_in_order_and_undo_is_one_of_them():
    strokes = said(
        DRAWING,
        [1, "p", 0, "0"],
        [2, "e", None, "1"],
        [3, "z", None, ""],
        [4, "y", None, ""],
        [5, "l", None, "2"],
        [6, "u", None, "2"],
    )
    assert [one.verb for one in strokes] == ["paint", "erase", "undo", "redo", "lock", "unlock"]
    assert [one.number for one in strokes] == [1, 2, 3, 4, 5, 6]
    assert [one.partner for one in strokes] == ["Aid", None, None, None, None, None]


def test_what_was_painted_for_other_partners_is_nobody_s():
    before = Drawing.blank(DRAWING.geoids, ("Aid", "Bank", "Cleo"))
    stroke = [1, "p", 1, "0"]
    assert len(said(before, stroke)) == 1
    old = token_of(before)
    assert said(DRAWING, stroke, token=old) == ()


def test_what_was_painted_on_other_areas_is_nobody_s():
    old = token_of(DRAWING, "../l/other.json")
    assert said(DRAWING, [1, "p", 1, "0"], token=old) == ()


@pytest.mark.parametrize(
    "stroke",
    [
        [1, "p", 2, "0"],
        [1, "p", -1, "0"],
        [1, "p", None, "0"],
        [1, "x", 0, "0"],
        ["1", "p", 0, "0"],
        [1, "p", 0, "0-zzzz"],
        [1, "p", 0, "5-2"],
        [1, "p", 0, "0-13,0-13"],
        [1, "p", 0, "<b>"],
        [1, "p"],
        7,
    ],
)
def test_what_cannot_be_meant_is_left_out(stroke):
    assert said(DRAWING, stroke) == ()


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"t": 1}', "[" * 100_000, '"x"'])
def test_what_is_no_message_says_nothing(text):
    assert said_on_map(text, DRAWING, facts=FACTS) == ()


def packed(places):
    """As the script writes places: runs in base 36."""
    runs = []
    for place in sorted(places):
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    base = np.base_repr
    return ",".join(
        (base(a, 36) if a == b else f"{base(a, 36)}-{base(b, 36)}").lower() for a, b in runs
    )


@given(st.sets(st.integers(0, 39)))
def test_every_set_of_areas_comes_back_as_it_was(places):
    (one,) = said(DRAWING, [1, "l", None, packed(places)])
    assert one.geoids == tuple(DRAWING.geoids[place] for place in sorted(places))
