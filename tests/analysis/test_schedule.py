from __future__ import annotations

import pandas as pd
import pytest

from gapmap.analysis.schedule import Serves, serves

YES, NO, UNKNOWN = Serves.YES, Serves.NO, Serves.UNKNOWN


def one(**columns: str | None) -> pd.DataFrame:
    return pd.DataFrame({"meals": [None], "days": [None]} | {k: [v] for k, v in columns.items()})


@pytest.mark.parametrize(
    ("site", "meal", "day", "expected"),
    [
        ({}, None, None, YES),
        ({"meals": "lunch;supper"}, "lunch", None, YES),
        ({"meals": "breakfast"}, "lunch", None, NO),
        ({}, "lunch", None, UNKNOWN),
        ({"days": "mon;tue"}, None, "tue", YES),
        ({"days": "mon;tue"}, None, "sat", NO),
        ({}, None, "tue", UNKNOWN),
        ({"meals": "lunch", "days": "mon"}, "lunch", "mon", YES),
        ({"meals": "lunch"}, "lunch", "mon", UNKNOWN),
        ({"days": "mon"}, "lunch", "mon", UNKNOWN),
        # A certain no is a no, however little else is known.
        ({"days": "mon"}, "lunch", "sat", NO),
        ({"meals": "supper"}, "lunch", "mon", NO),
        # The meal's own days come before the site's.
        ({"meals": "lunch;supper", "days": "mon;sat", "lunch_days": "mon"}, "lunch", "sat", NO),
        ({"meals": "lunch;supper", "days": "mon;sat", "lunch_days": "mon"}, "supper", "sat", YES),
        ({"lunch_days": "mon;tue"}, None, "tue", YES),
        ({"lunch_days": "mon;tue"}, None, "sat", NO),
        # Hours of a meal say that it is served.
        ({"days": "mon", "lunch_hours": "11:00-12:00"}, "lunch", "mon", YES),
    ],
)
def test_what_the_list_says_and_no_more(
    site: dict[str, str], meal: str | None, day: str | None, expected: Serves
) -> None:
    assert serves(one(**site), meal=meal, day=day).tolist() == [expected]


def test_a_code_is_never_matched_inside_another() -> None:
    assert serves(one(meals="pm_snack"), meal="snack", day=None).tolist() == [NO]


def test_no_sites_give_no_answers() -> None:
    assert serves(one().iloc[:0], meal="lunch", day="mon").tolist() == []
