from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.model import Controls, Reach
from gapmap.rules import Level, Route
from gapmap.views.colours import (
    MapMode,
    colour_areas,
    colour_eligibility,
    has_margins,
    offered_modes,
    rounded_breaks,
)
from tests import builders


def answer(study, reach_m=400.0):
    scenario = replace(usecases.default_scenario(study), reach=Reach(reach_m))
    return usecases.assess_gaps(study, scenario)


@pytest.fixture
def town():
    areas = builders.areas([100, 300, float("nan"), 0, 1200])
    return builders.study(areas, builders.sites((500, 500)))


def test_breaks_are_round_numbers_of_the_one_two_five_series():
    assert rounded_breaks(np.arange(1, 2001), 5) == (50, 100, 200, 500, 1000)


def test_breaks_of_few_people_are_whole_numbers():
    assert rounded_breaks([1, 2, 3, 4], 5) == (1, 2)


def test_breaks_of_nobody_do_not_fail():
    assert rounded_breaks([0, float("nan")], 5) == (1,)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_breaks_rise_and_do_not_depend_on_the_order_of_the_areas(need):
    breaks = rounded_breaks(need, 5)
    assert list(breaks) == sorted(set(breaks))
    assert breaks == rounded_breaks(need[::-1], 5)


def test_each_area_has_one_class_and_each_class_a_colour(town):
    for mode in MapMode:
        colouring = colour_areas(answer(town), mode)
        assert len(colouring.classes) == 5
        digits = {int(mark) for mark in colouring.classes if mark.isdigit()}
        assert digits <= set(range(len(colouring.colours)))


def test_unknown_need_is_hatched_and_nobody_in_need_is_left_blank(town):
    colouring = colour_areas(answer(town), MapMode.GAP)
    assert colouring.classes[2] == "x"
    assert colouring.classes[3] == "z"
    assert colouring.steps[-1].colour is None
    assert colouring.steps[-1].text == "Unknown"


def test_the_legend_is_the_same_at_every_reach(town):
    legends = {
        colour_areas(answer(town, reach), MapMode.GAP, need=town.areas["children"]).steps
        for reach in (100, 400, 3000)
    }
    assert len(legends) == 1


def test_an_area_wholly_in_reach_has_the_class_none_in_the_gap_map(town):
    colouring = colour_areas(answer(town, 900), MapMode.GAP)
    assert colouring.classes[0] == "0"
    assert colour_areas(answer(town, 900), MapMode.COVERAGE).classes[0] == "5"


def with_margins(needs, margins):
    return builders.study(builders.areas(needs, children_moe=margins))


def test_certainty_is_told_by_lines_as_well_as_by_colour():
    # Margins of 1.645 x 5, 30 and 60 % of the need.
    town = with_margins([100] * 4 + [float("nan")], [8.2, 49.4, 98.7, float("nan"), 5])
    colouring = colour_areas(answer(town), MapMode.CERTAINTY)
    assert colouring.classes == "0123x"
    assert len(set(colouring.hatches)) == len(colouring.colours) == 4
    assert [step.hatch for step in colouring.steps] == ["", "lines", "cross", "dots", ""]
    assert [step.text for step in colouring.steps][-2:] == [
        "Margin of error unknown",
        "Need unknown",
    ]


def test_the_legend_of_certainty_says_the_cut_offs_and_what_they_come_to():
    texts = [
        step.text
        for step in colour_areas(answer(with_margins([100], [1])), MapMode.CERTAINTY).steps
    ]
    assert texts == [
        "High: within ±20% (CV up to 12%)",
        "Medium: ±20–66% (CV 12–40%)",
        "Low: over ±66% (CV over 40%)",
    ]


def test_a_study_is_offered_no_map_that_it_knows_nothing_about():
    known = {MapMode.GAP, MapMode.COVERAGE, MapMode.NEED}
    assert set(offered_modes(builders.study(), "children")) == known
    assert set(offered_modes(with_margins([1, 2], [1, 1]), "children")) == known | {
        MapMode.CERTAINTY
    }
    assert not has_margins(with_margins([1, 2], [float("nan")] * 2), "children")
    with_rules = builders.study(eligibility=(builders.eligibility([10], [5]),))
    assert set(offered_modes(with_rules, "children")) == known | {MapMode.ELIGIBILITY}


def test_margins_of_the_totals_that_a_model_spread_count_as_margins():
    totals = pd.DataFrame({"control_id": ["n"], "children": [400.0], "children_moe": [40.0]})
    town = builders.study(controls=Controls(totals, ("n", "n"), "Totals"))
    assert has_margins(town, "children")


ROUTES = [Route.CENSUS, Route.AVERAGING, Route.SCHOOL, Route.NONE, None, Route.CENSUS]


def test_each_route_has_its_class_and_the_legend_counts_them():
    areas = pd.DataFrame({"route": ROUTES})
    colouring = colour_eligibility(areas, Level.BLOCK_GROUP, is_proxy=False)
    assert colouring.classes == "0123x0"
    assert [step.text for step in colouring.steps] == [
        "Open by itself · 2",
        "Open by averaging · 1",
        "Open by school · 1",
        "Not eligible · 1",
        "Not known · 1",
    ]
    assert colouring.steps[-1].colour is None
    assert "determination" not in colouring.title


def test_a_proxy_is_called_one_in_the_legend_and_tracts_are_not_averaged():
    areas = pd.DataFrame({"route": [Route.CENSUS, Route.NONE]})
    colouring = colour_eligibility(areas, Level.TRACT, is_proxy=True)
    assert colouring.title.endswith("proxy, not a determination")
    assert [step.text for step in colouring.steps] == ["Open by itself · 1", "Not eligible · 1"]


def grey(colour):
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def test_routes_differ_in_lightness_so_that_a_copy_in_grey_still_reads():
    areas = pd.DataFrame({"route": ROUTES})
    colours = colour_eligibility(areas, Level.BLOCK_GROUP, is_proxy=False).colours
    shades = sorted(map(grey, colours))
    assert min(b - a for a, b in pairwise(shades)) > 0.1


def test_coverage_classes_tell_nothing_from_a_little():
    town = builders.study(builders.areas([100, 100]), builders.sites((990, 500)))
    classes = colour_areas(answer(town, 300), MapMode.COVERAGE).classes
    assert classes == "11"
    assert colour_areas(answer(town, 5), MapMode.COVERAGE).classes == "00"
