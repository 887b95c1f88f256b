from __future__ import annotations

import pytest

from gapmap.model import MEALS
from gapmap.views.schedules import days_text, meal_name, schedule_text
from tests import builders


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ("mon;tue;wed;thu;fri", "Mon–Fri"),
        ("mon;tue;wed;thu;sat", "Mon–Thu, Sat"),
        ("mon;tue", "Mon, Tue"),
        ("sun", "Sun"),
        (None, ""),
        ("", ""),
    ],
)
def test_days_are_written_as_spans(days, text):
    assert days_text(days) == text


def test_a_meal_code_is_written_for_people():
    assert meal_name("am_snack") == "morning snack"
    assert meal_name("lunch") == "lunch"


def test_a_schedule_says_meals_days_and_hours():
    sites = builders.sites(
        (0, 0),
        (1, 1),
        meals=["breakfast;lunch", None],
        days=["mon;tue;wed", None],
        lunch_days=["mon", None],
        lunch_hours=["12:00-13:30", None],
    )
    assert schedule_text(sites, MEALS) == ["Breakfast, lunch Mon 12:00–13:30 · Mon–Wed", ""]
