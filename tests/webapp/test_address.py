from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.model import MEALS, WEEKDAYS, Method, Reach, Who
from gapmap.views.colours import MapMode
from gapmap.webapp.address import Choice, View, default_view, query_of, view_of
from tests import builders
from tests.webapp.conftest import town

STUDY = town(need_points=builders.need_points((500, 500, "48001000100", 1)))

VIEWS = st.builds(
    lambda mode, choice, **asked: View(
        replace(default_view(STUDY).scenario, **asked), mode, choice
    ),
    mode=st.sampled_from(MapMode),
    choice=st.none()
    | st.builds(Choice, st.sampled_from(["area", "neighbourhood", "site"]), st.text(min_size=1)),
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
            ["reach", "need", "method", "who", "meal", "day", "unknown", "partner", "within", "map"]
        ),
        st.lists(st.text(), min_size=1, max_size=3),
    )
)
def test_no_address_is_a_failure(query):
    assert view_of(query, STUDY).scenario.study == "town"


@pytest.mark.parametrize("reach", ["-1mi", "0", "1e9km", "nan", "inf"])
def test_a_reach_that_cannot_be_is_left_at_its_default(reach):
    assert view_of({"reach": [reach]}, STUDY).scenario.reach == STUDY.reach
