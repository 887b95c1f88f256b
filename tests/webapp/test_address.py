from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.model import MEALS, WEEKDAYS, Method, Reach, Who
from gapmap.views.colours import MapMode
from gapmap.webapp.address import (
    Choice,
    View,
    default_view,
    query_of,
    spot_of,
    spot_text,
    view_of,
)
from tests import builders
from tests.webapp.conftest import lawful_town, town

STUDY = lawful_town(
    town=builders.areas(
        [100, 300, 5, 200], children_moe=[1] * 4, seniors=[1] * 4, seniors_moe=[1] * 4
    ),
    need_points=builders.need_points((500, 500, "48001000100", 1)),
)

VIEWS = st.builds(
    lambda mode, choice, margins, by_eligible, **asked: View(
        replace(default_view(STUDY).scenario, **asked), mode, choice, margins, by_eligible
    ),
    mode=st.sampled_from(MapMode),
    choice=st.none()
    | st.builds(Choice, st.sampled_from(["area", "neighbourhood", "site"]), st.text(min_size=1))
    | st.builds(spot_text, st.floats(-90, 90), st.floats(-180, 180)).map(
        lambda text: Choice("at", text)
    ),
    margins=st.booleans(),
    by_eligible=st.booleans(),
    reach=st.integers(1, 5000).map(lambda tens: Reach(10.0 * tens)),
    measure=st.sampled_from(["children", "seniors"]),
    method=st.sampled_from(Method),
    who=st.sampled_from(Who),
    meal=st.none() | st.sampled_from(MEALS),
    day=st.none() | st.sampled_from(WEEKDAYS),
    count_unknown=st.booleans(),
    partners=st.none() | st.sampled_from([("Harbour Aid",), ("Harbour Aid", "Mill Friends")]),
    within=st.none() | st.sampled_from(["Left bank", "Right bank"]),
)


def as_read(query):
    return {name: [text] if isinstance(text, str) else text for name, text in query.items()}


@given(VIEWS)
def test_a_view_comes_back_from_its_address(view):
    assert view_of(as_read(query_of(view, STUDY)), STUDY) == view


def test_what_is_default_is_not_in_the_address():
    assert query_of(default_view(STUDY), STUDY) == {"study": "town"}


def test_a_study_that_opens_on_one_group_says_all_when_all_is_asked():
    study = town(view_within="Left bank")
    assert default_view(study).scenario.within == "Left bank"
    whole = View(replace(default_view(study).scenario, within=None))
    assert query_of(whole, study) == {"study": "town", "within": "all"}
    assert view_of({"within": ["all"]}, study) == whole


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("reach", "need", "method", "who", "meal", "day", "unknown", "partner"),
                *("within", "map", "margins", "rank", "at"),
            ]
        ),
        st.lists(st.text(), min_size=1, max_size=3),
    )
)
def test_no_address_is_a_failure(query):
    assert view_of(query, STUDY).scenario.study == "town"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_point_comes_back_to_within_a_step(latitude, longitude):
    found = spot_of(spot_text(latitude, longitude))
    assert found == pytest.approx((latitude, longitude), abs=6e-6)


@pytest.mark.parametrize("text", ["", "30.2", "91,0", "0,-181", "1e1,2", "30.2,-97.7,1", "a,b"])
def test_what_is_no_place_on_earth_is_no_point(text):
    assert spot_of(text) is None


def test_a_study_asks_only_for_what_it_knows():
    asked = {"map": ["certainty"], "rank": ["eligible"], "margins": ["off"], "at": ["0,0"]}
    assert view_of(asked, town()) == default_view(town())


@pytest.mark.parametrize("reach", ["-1mi", "0", "1e9km", "nan", "inf"])
def test_a_reach_that_cannot_be_is_left_at_its_default(reach):
    assert view_of({"reach": [reach]}, STUDY).scenario.reach == STUDY.reach
