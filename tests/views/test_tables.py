from __future__ import annotations

from dataclasses import replace

import pandas as pd
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


def judged(answer, eligible_gap):
    places = answer.neighbourhoods.assign(eligible_gap=eligible_gap)
    return replace(answer, neighbourhoods=places)


def three_places(**margins):
    return builders.study(
        builders.areas([100, 300, 290], **margins),
        builders.sites((500, 500)),
        neighbourhoods=builders.neighbourhoods("West", "Middle", "East"),
    )


def test_margins_are_columns_only_if_they_are_asked_for():
    answer = usecases.assess_gaps(three_places(children_moe=[5, 80, 80]))
    plain = tables.ranked_neighbourhoods(answer)
    assert {"interval", "rank_interval", "rank_reading"}.isdisjoint(plain.columns)
    shown = tables.ranked_neighbourhoods(answer, margins=True)
    assert shown["rank_interval"].tolist() == ["1–2", "1–2", "3"]
    assert shown["interval"].tolist()[0] == "220–380"
    assert len(set(shown["rank_reading"])) >= 1


def test_places_are_ranked_by_those_who_may_be_served():
    answer = judged(usecases.assess_gaps(three_places()), [20.0, float("nan"), 50.0])
    by_gap = tables.ranked_neighbourhoods(answer)
    assert by_gap["name"].tolist() == ["Middle", "East", "West"]
    by_eligible = tables.ranked_neighbourhoods(answer, by_eligible=True, margins=True)
    assert by_eligible["name"].tolist() == ["West", "Middle", "East"]
    assert by_eligible["rank"].tolist()[:2] == [1, 2]
    assert by_eligible["rank"].isna().tolist() == [False, False, True]
    assert by_eligible["neighbourhood_id"].tolist() == ["n0", "n1", "n2"]
    assert "rank_interval" not in by_eligible


def test_eligibility_is_no_column_where_nothing_is_known_of_it():
    assert "eligible_gap" not in tables.ranked_neighbourhoods(usecases.assess_gaps(three_places()))


def test_a_few_people_are_shown_as_fewer_than_ten_and_counted_as_they_are():
    table = pd.DataFrame({"gap": pd.array([4, 1200, 0, None], "Int32"), "sites": [3, 1, 1, 1]})
    shown = tables.small_counts(table, tables.PEOPLE_COLUMNS)
    assert shown.data is table
    html = shown.to_html()
    assert "&lt;10" in html or "<10" in html
    assert "1,200" in html
    assert ">3<" in html.replace(" ", "")


def test_a_table_of_many_people_is_left_as_it_is():
    table = pd.DataFrame({"gap": [40, 1200]})
    assert tables.small_counts(table, ["gap"]) is table


def test_areas_are_ranked_where_there_are_no_neighbourhoods():
    town = builders.study(builders.areas([100, 300, float("nan")]))
    table = tables.ranked_areas(usecases.assess_gaps(town))
    assert table["geoid"].tolist() == ["48001000101", "48001000100"]
    assert table["gap"].tolist() == [300, 50]
