from __future__ import annotations

import math

import pytest

from gapmap.views import numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9120.4, "9,120"),
        (1_740_197, "1,740,197"),
        (math.nan, "unknown"),
        (None, "unknown"),
    ],
)
def test_a_count_is_whole_and_grouped_or_unknown(number, text):
    assert numbers.count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.4, "0"), (1, "<10"), (9.4, "<10"), (9.6, "10"), (1200, "1,200")],
)
def test_a_few_people_are_shown_as_fewer_than_ten(number, text):
    assert numbers.people(number) == text


def test_people_of_unknown_number_are_unknown():
    assert numbers.people(math.nan) == numbers.people(None) == "unknown"


@pytest.mark.parametrize(
    ("number", "margin", "text"),
    [
        (1140, 120, "1,020–1,260"),
        (30, 45, "0–75"),
        (12, 4, "<10–16"),
        (100, 0, "100"),
        (100, math.nan, ""),
        (math.nan, 5, ""),
    ],
)
def test_an_interval_never_goes_below_nobody(number, margin, text):
    assert numbers.interval(number, margin) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.0, "0%"),
        (0.004, "under 1%"),
        (0.006, "1%"),
        (0.614, "61%"),
        (0.996, "over 99%"),
        (1.0, "100%"),
        (math.nan, "unknown"),
    ],
)
def test_a_share_never_rounds_to_all_or_to_none(fraction, text):
    assert numbers.share(fraction) == text


@pytest.mark.parametrize(
    ("metres", "unit", "text"),
    [
        (804.672, "mi", "0.50 mi"),
        (1609.344, "mi", "1.0 mi"),
        (2400, "km", "2.4 km"),
        (837, "m", "840 m"),
        (math.nan, "mi", "unknown"),
    ],
)
def test_a_distance_is_in_the_unit_of_the_study(metres, unit, text):
    assert numbers.distance(metres, unit) == text


def test_a_noun_follows_its_number():
    assert numbers.counted(1, "site", "sites") == "1 site"
    assert numbers.counted(2, "site", "sites") == "2 sites"
