from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import RequestError
from gapmap.model import Reach, Scenario


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("0.5mi", 804.672),
        ("1 mile", 1609.344),
        ("800", 800.0),
        ("800 m", 800.0),
        ("2640ft", 804.672),
        ("1.5 km", 1500.0),
        ("0,5 mi", 804.672),
        (".25mi", 402.336),
    ],
)
def test_a_reach_is_read_in_miles_feet_and_metres(text: str, metres: float) -> None:
    assert Reach.parse(text).metres == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "far", "0.5 parsec", "-1mi", "0", "1e9", "nan", "600 km"])
def test_what_is_no_distance_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(RequestError, match=r"0\.5mi"):
        Reach.parse(text)


@given(st.floats(0.01, 100), st.sampled_from(["m", "km", "mi", "ft"]))
def test_a_reach_keeps_the_amount_it_was_given(amount: float, unit: str) -> None:
    assert Reach.parse(f"{amount:.6f}{unit}").amount == pytest.approx(amount, abs=1e-6)


def test_a_reach_is_shown_in_its_own_unit() -> None:
    assert str(Reach.parse("0.5mi")) == "0.5 mile"
    assert str(Reach.parse("2mi")) == "2 miles"
    assert str(Reach.parse("800m")) == "800 m"


def test_equal_questions_have_equal_keys() -> None:
    from gapmap.model import Method

    one = Scenario("town", "children", Reach.parse("1km"), Method.AREAL)
    same = Scenario("town", "children", Reach.parse("1 km"), Method.AREAL)
    assert one == same
    assert hash(one) == hash(same)
