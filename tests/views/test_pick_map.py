from __future__ import annotations

import json
import re

from gapmap.views.pick_map import PickAddresses, pick_map, pick_state
from tests import builders

ADDRESSES = PickAddresses(
    scripts=("../a/leaflet.js", "../a/pick.js"),
    styles=("../a/leaflet.css",),
    areas="../l/areas.json",
    outlines=(),
    sites="../l/sites.json",
)


def script(element):
    return element.get_root().render()


def settings(study, **options):
    found = re.search(
        r"gapmapPick\.mount\(map_\w+, (\{.*?\})\);", script(pick_map(study, **options))
    )
    assert found is not None
    return json.loads(found[1])


def points(**options):
    group = pick_state("4", **options)
    pick_map(builders.study(), ADDRESSES).add_child(group)
    found = re.search(r"gapmapPick\.show\((\{.*?\})\);", script(group))
    assert found is not None
    return json.loads(found[1])


def test_the_map_asks_no_other_server_for_anything():
    page = script(pick_map(builders.study(), ADDRESSES))
    assert re.findall(r"https?://[^\s\"'<]+", page.replace("http://www.w3.org", "")) == []


def test_it_shows_the_whole_study_and_says_what_to_do():
    known = settings(builders.study(), addresses=ADDRESSES)
    (south, west), (north, east) = known["bounds"]
    assert west == south == 0
    assert east > north > 0
    assert "Click where the address is" in known["label"]
    assert known["tiles"] is None


def test_the_same_study_makes_the_same_map_but_for_folium_s_own_numbers():
    def drawn():
        return re.sub(r"[0-9a-f]{32}", "", script(pick_map(builders.study(), ADDRESSES)))

    assert drawn() == drawn()


def test_a_study_s_name_cannot_end_the_script():
    name = "</script><script>${alert(1)}`{{1}}"
    page = script(pick_map(builders.study(name=name), ADDRESSES))
    assert name not in page
    assert "${alert" not in page


def test_only_two_points_and_the_row_are_sent_again():
    assert points() == {"token": "4", "pin": None, "guess": None}
    sent = points(pin=(30.123456789, -97.5), guess=(30.0, -97.0))
    assert sent == {"token": "4", "pin": [30.123457, -97.5], "guess": [30.0, -97.0]}
