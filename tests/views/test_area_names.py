"""What the names of many areas share is said once, and nothing of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.views.area_names import shared_names

TRACTS = ["Census Tract 324, Bronx", "Census Tract 328.01, Bronx"]


@pytest.mark.parametrize(
    ("names", "kind", "said"),
    [
        (TRACTS, "", "Census Tract 324, 328.01 (Bronx)"),
        (TRACTS, "census tract", "324, 328.01 (Bronx)"),
        (TRACTS[:1], "", "Census Tract 324, Bronx"),
        (TRACTS[:1], "census tract", "324 (Bronx)"),
        ([TRACTS[0], "Tract 309, Manhattan"], "", f"{TRACTS[0]}; Tract 309, Manhattan"),
        (["Elm", "Oak"], "", "Elm, Oak"),
        (["Block group 1", "Block 2"], "", "Block group 1, 2"),
        (["36005", "36005"], "", "36005, 36005"),
        (["", "A"], "", ", A"),
        ([], "area", ""),
    ],
)
def test_what_they_share_is_said_once(names, kind, said):
    assert shared_names(names, kind=kind) == said


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abc ,1", max_size=12), max_size=5))
def test_every_word_of_every_name_is_there(names):
    said = shared_names(names)
    assert {word for name in names for word in name.replace(",", " ").split()} <= set(
        said.translate(str.maketrans(",;()", "    ")).split()
    )
