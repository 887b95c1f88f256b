"""Rows at one place under one name, found by a grid and checked against every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.geo import chord_m, earth_centred
from gapmap.layers.gate.duplicates import SAME_PLACE_M, find_places
from gapmap.layers.gate.values import name_key

METRE = 1 / 111_320


@pytest.mark.parametrize(
    ("one", "other"),
    [("Park", "PARK."), ("St. Mary's", "St Marys"), ("Niño", "Nino"), ("NC_Park", "Park"),
     ("nc_park", "Park"), ("East  Side-Club", "EAST SIDE CLUB")],
)  # fmt: skip
def test_spellings_of_one_name_have_one_key(one, other):
    assert name_key(one)[0] == name_key(other)[0]


@pytest.mark.parametrize(
    ("one", "other"), [("PS 1", "PS 11"), ("NC State Fair", "State Fair"), ("公園", "学校")]
)
def test_other_names_have_other_keys(one, other):
    assert name_key(one)[0] != name_key(other)[0]


def test_rows_without_a_name_repeat_nothing():
    places = find_places(["", "", "!"], ["P"] * 3, np.zeros(3), np.zeros(3))
    assert places.first.tolist() == [0, 1, 2]
    assert places.same_as.tolist() == [-1, -1, -1]


def test_an_empty_list_has_no_places():
    assert find_places([], [], np.zeros(0), np.zeros(0)).first.tolist() == []


def test_a_chain_of_neighbours_is_not_one_place():
    latitude = np.array([0.0, 40.0, 80.0]) * METRE
    places = find_places(["Park"] * 3, ["P"] * 3, np.zeros(3), latitude)
    # The third is near the second, but not near the first row of that place.
    assert places.first.tolist() == [0, 0, 2]


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["Park", "PARK", "NC_Park", "Pool", ""]),
            st.sampled_from(["One", "Two"]),
            st.integers(0, 200),
            st.integers(0, 200),
        ),
        max_size=30,
    ),
    longitude=st.sampled_from([0.0, -97.7, 179.9995]),
    latitude=st.sampled_from([0.0, 39.3, -60.0]),
)
def test_the_grid_finds_what_comparing_every_pair_finds(rows, longitude, latitude):
    names = [row[0] for row in rows]
    partners = [row[1] for row in rows]
    x = longitude + METRE * np.array([row[2] for row in rows], dtype=float)
    y = latitude + METRE * np.array([row[3] for row in rows], dtype=float)
    places = find_places(names, partners, x, y)
    xyz = earth_centred(x, y)
    first: list[int] = []
    for row in range(len(rows)):
        earlier = [
            other
            for other in range(row)
            if first[other] == other
            and name_key(names[other])[0] == name_key(names[row])[0] != ""
            and partners[other] == partners[row]
            and np.linalg.norm(xyz[other] - xyz[row]) <= chord_m(SAME_PLACE_M)
        ]
        first.append(min(earlier, default=row))
    assert places.first.tolist() == first
    same = places.same_as >= 0
    assert (places.distance_m[same] <= SAME_PLACE_M).all()
    assert np.isnan(places.distance_m[~same]).all()
