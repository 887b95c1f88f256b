from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.model import Reach
from gapmap.views.colours import MapMode, colour_areas, partner_looks, rounded_breaks
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


def test_coverage_classes_tell_nothing_from_a_little():
    town = builders.study(builders.areas([100, 100]), builders.sites((990, 500)))
    classes = colour_areas(answer(town, 300), MapMode.COVERAGE).classes
    assert classes == "11"
    assert colour_areas(answer(town, 5), MapMode.COVERAGE).classes == "00"


def test_partners_differ_in_letter_even_where_colours_come_round_again():
    looks = partner_looks([f"Partner {number:03d}" for number in range(60)])
    assert len({look.letter for look in looks.values()}) == 60
    assert looks["Partner 000"].letter == "A"
    assert looks["Partner 026"].letter == "AA"


def test_a_partner_keeps_its_look_whatever_the_order_of_the_sites():
    assert partner_looks(["b", "A", "c"]) == partner_looks(["c", "A", "b", "b"])
