from __future__ import annotations

import pytest

from gapmap import usecases
from gapmap.views import tables
from tests import builders


@pytest.fixture
def town():
    return builders.study(
        builders.areas([100, 300]),
        builders.sites((500, 500), (1900, 500), kind=["open", "closed"]),
        neighbourhoods=builders.neighbourhoods("West", "East"),
    )


def test_neighbourhoods_come_with_the_largest_gap_first(town):
    table = tables.ranked_neighbourhoods(usecases.assess_gaps(town))
    assert table["name"].tolist() == ["East", "West"]
    assert table["gap"].tolist()[0] == 300
    assert table["rank"].tolist() == [1, 2]


def test_groups_are_a_column_only_where_there_are_several(town):
    assert "group" not in tables.ranked_neighbourhoods(usecases.assess_gaps(town))


def test_the_nearest_sites_are_those_that_count_then_the_others(town):
    answer = usecases.assess_gaps(town)
    near = tables.nearest_sites(answer, town, *builders.to_degrees(1900, 500))
    assert near["site_id"].tolist() == ["s0", "s1"]
    assert near["counts"].tolist() == [True, False]
    assert near["distance"].tolist() == ["1,400 m", "0 m"]


def test_a_site_is_not_near_to_itself(town):
    answer = usecases.assess_gaps(town)
    place = builders.to_degrees(500, 500)
    near = tables.nearest_sites(answer, town, *place, apart_from="s0")
    assert near["site_id"].tolist() == ["s1"]


def test_a_study_without_sites_has_no_nearest_ones():
    bare = builders.study(town_sites=builders.sites())
    assert tables.nearest_sites(usecases.assess_gaps(bare), bare, 0.0, 0.0).empty


def test_partners_carry_the_letters_of_the_map(town):
    table = tables.partners_table(usecases.assess_gaps(town), town)
    assert table["partner"].tolist() == ["Partner A"]
    assert table["letter"].tolist() == ["A"]


def test_every_site_is_listed_with_the_reason_why_it_does_not_count(town):
    table = tables.sites_table(usecases.assess_gaps(town), town)
    assert table["counts"].tolist() == ["yes", "no"]
    assert table["left_out_because"].tolist()[0] == ""
    assert table["left_out_because"].tolist()[1] != ""


def test_areas_are_ranked_where_there_are_no_neighbourhoods():
    town = builders.study(builders.areas([100, 300, float("nan")]))
    table = tables.ranked_areas(usecases.assess_gaps(town))
    assert table["geoid"].tolist() == ["48001000101", "48001000100"]
    assert table["gap"].tolist() == [300, 50]
