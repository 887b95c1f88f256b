from __future__ import annotations

import json

import geopandas as gpd
import pytest

from gapmap.analysis.lawful import Standing
from gapmap.errors import RequestError
from gapmap.rules import SchoolLayer
from gapmap.views.lawful_map import is_proxy, lawful_map
from tests import builders

NAN = float("nan")
# The third has a best set, with the second, which does not reach the half.
CHILDREN, ELIGIBLE = [100, 100, 100, 0], [60, 45, 41, NAN]


def town(children=CHILDREN, eligible=ELIGIBLE, wide=4, schools=(), **changes):
    """Squares: open by itself, by averaging with the first, not eligible, unknown."""
    return builders.study(
        builders.areas([100] * wide),
        eligibility=(builders.eligibility(children, eligible, **changes),),
        schools=schools,
    )


def drawn(study):
    made = lawful_map(Standing(study))
    return made, [feature["properties"] for feature in json.loads(made.file.text())["features"]]


def test_each_area_says_its_route_and_its_share():
    _, areas = drawn(town())
    assert [area["c"] for area in areas] == ["0", "1", "3", "x"]
    assert [area["s"] for area in areas] == ["60.0%", "45.0%", "41.0%", None]
    assert [area["w"] for area in areas] == CHILDREN


def test_a_share_is_never_written_on_the_wrong_side_of_the_threshold():
    _, areas = drawn(town(eligible=[49.99, 10, 10, NAN]))
    assert areas[0]["s"] == "49.99%"
    assert areas[0]["c"] == "3"


def test_only_who_is_open_by_averaging_names_the_set():
    _, areas = drawn(town())
    assert areas[1]["b"] == [1, 0]
    assert areas[1]["a"] == "52.5%"
    assert [row for row, area in enumerate(areas) if "b" in area] == [1]


def test_a_school_opens_the_area_around_it():
    grounds = gpd.GeoDataFrame(
        {"school_id": ["1"], "name": ["Mill School"], "frp_share": [0.8], "enrolled": [200.0]},
        geometry=[builders.square(2000, 0)],
        crs=4326,
    )
    school = SchoolLayer("schools", "Schools", "Drawn for tests", "2025", grounds)
    made, areas = drawn(town(schools=(school,)))
    assert [area["c"] for area in areas] == ["0", "1", "2", "x"]
    assert "Open by school · 1" in [step.text for step in made.colouring.steps]


def test_a_proxy_is_called_one_wherever_the_map_is_shown():
    made, _ = drawn(town())
    assert made.notices == ()
    assert not is_proxy(town())
    proxy = town(is_proxy=True)
    made, _ = drawn(proxy)
    assert made.notices == ("Proxy, not a determination",)
    assert "not a determination" in made.colouring.title
    assert is_proxy(proxy)


def test_areas_far_from_the_study_are_not_drawn_unless_a_set_needs_them():
    made, areas = drawn(town(wide=1))
    assert [area["n"] for area in areas] == ["Block group 0", "Block group 1"]
    assert [step.text for step in made.colouring.steps][:2] == [
        "Open by itself · 1",
        "Open by averaging · 1",
    ]
    # Here the second square, which is in sight, is opened by the third, which is not.
    _, areas = drawn(town(eligible=[10, 45, 70, NAN], wide=1))
    assert [area["n"] for area in areas] == ["Block group 0", "Block group 1", "Block group 2"]
    assert areas[1]["b"] == [1, 2]


def test_a_study_without_areas_of_eligibility_has_no_such_map():
    with pytest.raises(RequestError, match="no areas of eligibility"):
        lawful_map(Standing(builders.study()))
