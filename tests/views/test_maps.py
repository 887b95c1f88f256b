from __future__ import annotations

import json
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from streamlit_folium import _get_feature_group_string, _get_map_string

from gapmap import usecases
from gapmap.model import Reach, Role
from gapmap.views.bare_map import script_json
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.layers import LayerFile, area_layer, extra_layers, outline_layer, site_layer
from gapmap.views.maps import (
    MapAddresses,
    Selected,
    gap_map,
    packed,
    repaint,
    repaint_state,
)
from tests import builders

ADDRESSES = MapAddresses(
    scripts=("../../gapmap/assets/v/leaflet.js",),
    styles=("../../gapmap/assets/v/leaflet.css",),
    areas="../../gapmap/layers/0.json",
    outlines=None,
    sites="../../gapmap/layers/1.json",
)
ATTACK = "</script><img src=x onerror=alert(1)>`${alert(1)}{{'x'}}"


@pytest.fixture
def town():
    return builders.study(
        builders.areas([100, 300, 40]),
        builders.sites((500, 500), (1500, 500), name=["Harbour", ATTACK]),
        neighbourhoods=builders.neighbourhoods("West", "East", width_m=1500),
    )


def state_of(study, reach_m=400.0, **changes):
    scenario = replace(usecases.default_scenario(study), reach=Reach(reach_m), **changes)
    answer = usecases.assess_gaps(study, scenario)
    return repaint_state(answer, study, colour_areas(answer, MapMode.GAP), sites=ADDRESSES.sites)


def test_the_map_script_is_the_same_for_every_question(town):
    assert _get_map_string(gap_map(town, ADDRESSES)) == _get_map_string(gap_map(town, ADDRESSES))


def test_only_the_repaint_changes_with_the_reach(town):
    scripts = [
        _get_feature_group_string(repaint(state_of(town, reach)), gap_map(town, ADDRESSES))
        for reach in (300, 300, 900)
    ]
    assert scripts[0] == scripts[1]
    assert scripts[0] != scripts[2]


def test_no_address_of_another_server_is_in_the_map(town):
    drawn = gap_map(town, ADDRESSES)
    drawn.get_root().render()
    assert "http" not in _get_map_string(drawn).replace("http-equiv", "")
    children = [getattr(child, "default_js", []) for child in drawn._children.values()]
    links = [link for scripts in children for _, link in scripts]
    assert links == list(ADDRESSES.scripts)
    assert drawn.default_js == []
    assert drawn.default_css == []


def test_texts_of_files_travel_in_layers_and_never_in_a_script(town):
    drawn = gap_map(town, ADDRESSES)
    script = _get_map_string(drawn) + _get_feature_group_string(repaint(state_of(town)), drawn)
    for text in ("Harbour", "onerror", "Tract 1", "Partner A", "West"):
        assert text not in script
    assert ATTACK in [site["n"] for site in json.loads(site_layer(town).text())["sites"]]


def test_a_repaint_of_a_city_is_small():
    needs = np.random.default_rng(1).gamma(2, 350, 2325)
    city = builders.study(builders.areas(needs), builders.sites((500, 500), (9500, 500)))
    assert len(script_json(state_of(city))) < 16_000


@given(st.text())
def test_a_text_survives_the_script_and_cannot_leave_it(text):
    written = script_json({"text": text})
    assert not re.search(r"[<>&'`]|\$\{|\{\{|\}\}", written.replace("{ {", "").replace("} }", ""))
    if "{{" not in text and "}}" not in text:
        assert json.loads(written) == {"text": text}


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_packed_numbers_come_back(numbers):
    unpacked = [int(text, 36) if text else 0 for text in packed(numbers).split(" ")]
    assert unpacked == (numbers or [0])


def test_what_is_marked_is_named_by_its_row(town):
    answer = usecases.assess_gaps(town)
    state = repaint_state(
        answer,
        town,
        colour_areas(answer, MapMode.GAP),
        sites="",
        selected=Selected("neighbourhood", 1, "7 n1", True),
    )
    assert state["selected"] == {
        "kind": "neighbourhood",
        "index": 1,
        "spot": None,
        "token": "7 n1",
        "fly": True,
    }


def test_sites_that_do_not_count_are_flagged():
    town = builders.study(
        town_sites=builders.sites((500, 500), (1500, 500), kind=["open", "closed"])
    )
    assert state_of(town)["siteFlags"] == "10"


def test_the_view_follows_the_part_in_question(town):
    grouped = replace(
        town,
        neighbourhoods=builders.neighbourhoods("West", "East", width_m=1500, groups=["L", "R"]),
    )
    whole, part = state_of(grouped)["view"], state_of(grouped, within="R")["view"]
    assert whole["token"] != part["token"]
    assert part["bounds"][0][1] > whole["bounds"][0][1]


def test_drawn_shapes_keep_shared_borders_and_do_not_touch_the_measured_ones():
    rng = np.random.default_rng(5)
    wave = np.column_stack([np.linspace(0, 0.1, 4000), 0.05 + rng.normal(0, 2e-6, 4000)])
    below = shapely.Polygon([(0, 0), *wave, (0.1, 0)])
    above = shapely.Polygon([(0, 0.1), *wave, (0.1, 0.1)])
    areas = builders.areas([1, 1]).set_geometry([below, above], crs="EPSG:4326")
    before = shapely.get_num_coordinates(areas.geometry.to_numpy()).sum()
    study = builders.study(areas)
    drawn = json.loads(area_layer(study, np.array([-1, -1])).text())
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in drawn["features"]]
    assert shapely.get_num_coordinates(shapes).sum() < before / 10
    assert shapely.intersection(*shapes).area < 1e-9
    assert shapely.union_all(shapes).area == pytest.approx(0.01, rel=1e-3)
    assert shapely.get_num_coordinates(study.areas.geometry.to_numpy()).sum() == before


def test_layers_say_names_needs_and_neighbourhoods(town):
    drawn = json.loads(area_layer(town, np.array([0, -1, 1])).text())
    assert [feature["id"] for feature in drawn["features"]] == town.areas["geoid"].tolist()
    assert drawn["features"][0]["properties"] == {"n": "Tract 0", "k": 0, "w": [100]}
    assert drawn["features"][1]["properties"]["k"] is None
    outlines = outline_layer(town)
    assert outlines is not None
    names = [f["properties"]["n"] for f in json.loads(outlines.text())["features"]]
    assert names == ["West", "East"]


def test_unknown_need_is_null_in_a_layer_and_never_a_number():
    town = builders.study(builders.areas([float("nan"), 5]))
    drawn = json.loads(area_layer(town, np.array([-1, -1])).text())
    assert [f["properties"]["w"] for f in drawn["features"]] == [[None], [5]]


def test_a_layer_is_named_by_its_content():
    assert LayerFile.of("{}") == LayerFile.of("{}")
    assert LayerFile.of("{}").digest != LayerFile.of("[]").digest
    assert LayerFile.of('{"a":1}').text() == '{"a":1}'


def test_a_study_without_neighbourhoods_has_no_outlines():
    assert outline_layer(builders.study()) is None


def test_candidates_and_context_are_laid_out_to_be_switched_on() -> None:
    places = gpd.GeoDataFrame(
        {"candidate_id": ["c1"], "name": ["Library <b>"], "kind": [None]},
        geometry=[shapely.Point(0.001, 0.002)],
        crs=4326,
    )
    entry = builders.provenance("libraries", Role.CANDIDATES, "Libraries")
    town = builders.study(candidates={"libraries": places}, provenance=(entry,))
    (extra,) = extra_layers(town)
    assert (extra.title, extra.role) == ("Libraries", "candidates")
    (feature,) = json.loads(extra.file.text())["features"]
    assert feature["properties"] == {"n": "Library <b>", "k": None}
    assert feature["geometry"]["coordinates"] == [0.001, 0.002]


def test_a_site_whose_days_are_not_known_is_told_apart_from_one_that_does_not_count() -> None:
    sites = builders.sites((500, 500), (900, 500), (1500, 500), days=["mon", "tue", None])
    town = builders.study(town_sites=sites)
    asked = replace(usecases.default_scenario(town), day="mon")
    answer = usecases.assess_gaps(town, asked)
    state = repaint_state(answer, town, colour_areas(answer, MapMode.GAP), sites="x")
    assert state["siteFlags"] == "10?"
