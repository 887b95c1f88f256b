"""Single values of site lists that have one reading, and some that have none."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.layers.gate.values import (
    read_date,
    read_kind,
    read_meals,
    read_number,
    read_point,
    read_service_model,
    read_status,
)
from gapmap.model import MEALS


@pytest.mark.parametrize(
    ("text", "meals", "is_whole"),
    [
        ("Breakfast, Lunch", ("breakfast", "lunch"), True),
        ("Lunch, PM Snack", ("lunch", "pm_snack"), True),
        ("Snack - AM", ("am_snack",), True),
        ("breakfast;am_snack;supper", ("breakfast", "am_snack", "supper"), True),
        ("Lunch and Supper", ("lunch", "supper"), True),
        ("Dinner/Supper", ("supper",), True),
        ("BALPD", MEALS, True),
        ("B, L", ("breakfast", "lunch"), True),
        ("Lunch, Snack", ("lunch",), False),
        ("Snack", (), False),
        ("all", (), False),
        ("", (), True),
    ],
)
def test_meals_are_read_and_a_bare_snack_is_not(text, meals, is_whole):
    assert read_meals(text) == (meals, is_whole)


def test_letters_are_meals_only_where_the_meals_are():
    assert read_meals("B L", ("dental", "legal")) == ((), False)


@pytest.mark.parametrize("text", ["Fixed", "School", "Opening soon", "Reopened", "", "Campus"])
def test_what_is_no_kind_is_not_read_as_one(text):
    assert read_kind(text) is None


def test_a_kind_that_is_both_closed_and_open_is_closed():
    assert read_kind("Closed (formerly Open Restricted)") == "closed"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("CONGREGATE", "congregate"),
        ("Congregate Feeding", "congregate"),
        ("NON-CONGREGATE PICK UP", "non-congregate"),
        ("Noncongregate", "non-congregate"),
        ("Grab and Go", "non-congregate"),
        ("Home Delivery", "non-congregate"),
        ("Congregate and Non-Congregate", None),
        ("Self-Prep", None),
    ],
)
def test_service_models_are_read(text, model):
    assert read_service_model(text) == model


@pytest.mark.parametrize(
    "text", ["", "2025", "45810", "13/40/2025", "2025-13-01", "0025-01-01", "1e12", "-5", "Monday"]
)
def test_what_is_no_date_is_unknown(text):
    assert read_date(text) is None


@given(day=st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 12, 31)))
def test_dates_are_read_back_from_iso_and_from_american_order(day):
    assert read_date(day.isoformat()) == day
    assert read_date(f"{day.month}/{day.day}/{day.year}") == day


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,200", 1200), ("30,25", 30.25), ("-97.5", -97.5), ("−97.5", -97.5), ("1e2", 100),
     ("1,2,3", None), ("", None), ("nan", None), ("30° 15'", None)],
)  # fmt: skip
def test_numbers_are_read(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("{'type': 'Point', 'coordinates': [-97.5, 30.3]}", (-97.5, 30.3)),
        ('{"type":"Point","coordinates":[-97.5,30.3]}', (-97.5, 30.3)),
        ("POINT (-97.5 30.3)", (-97.5, 30.3)),
        # Which of the two is north, nobody can tell.
        ("(30.3, -97.5)", None),
        ("{'type': 'Polygon', 'coordinates': [[[0, 0]]]}", None),
    ],
)
def test_points_in_text_are_read(text, point):
    assert read_point(text) == point


def test_closed_enrolled_is_a_kind_and_not_the_end_of_a_site():
    assert read_status("Closed Enrolled")[1] is None
    assert read_status("closed")[1] == "inactive"
    assert read_status("Temporarily Closed")[1] == "inactive"
