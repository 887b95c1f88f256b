"""What a reader is warned of, and what not: a warning for nothing is soon read by nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.model import Role
from gapmap.views.provenance import (
    area_editions,
    careful_with,
    figure_year,
    layer_facts,
    runs_out,
)
from tests import builders

TODAY = date(2026, 7, 1)


def layer(role=Role.NEED, title="Children", **changes):
    return builders.provenance(role.value, role, title, **changes)


def warnings(*layers, **options):
    return careful_with(layers, today=TODAY, **options)


@pytest.mark.parametrize(
    ("vintage", "editions"),
    [
        ("2020 census tracts; ACS 2019-2023 by neighbourhood; 2020 population by tax lot", {2020}),
        ("2020 census tracts; ACS 2015-2019", {2010, 2020}),
        ("ACS 2019–2023", {2020}),
        ("ACS 5-year 2016-20", {2020}),
        ("American Community Survey 2015 to 2019", {2010}),
        ("ACS 2019 (5-year)", {2010}),
        ("2010 tracts (TIGER/Line 2019)", {2010}),
        ("cartographic boundaries 2023; ACS 2019-2023", {2020}),
        ("2020 block groups, centres of population 2020", {2020}),
        ("Summer 2026", set()),
        ("2020", set()),
        ("", set()),
        ("FY 2025", set()),
    ],
)
def test_the_census_whose_areas_are_meant_is_read_where_it_is_said(vintage, editions):
    assert area_editions(vintage) == editions


@pytest.mark.parametrize(
    ("vintage", "year"),
    [
        ("ACS 2019-2023; 2020 blocks", 2023),
        ("FY 2025, from the ACS 2017-2021", 2021),
        ("FY 2025", 2025),
        ("2010 tracts", 2010),
        ("undated", None),
        ("lot 20231", None),
    ],
)
def test_the_year_of_figures_is_the_last_of_their_survey(vintage, year):
    assert figure_year(vintage) == year


def test_layers_by_areas_of_two_censuses_are_warned_of_with_their_names():
    (warning,) = warnings(
        layer(vintage="ACS 2019-2023"),
        layer(Role.ELIGIBILITY, "FNS file", vintage="2010 block groups, FY 2022"),
    )
    assert "different censuses" in warning
    assert "Children: 2020" in warning
    assert "FNS file: 2010" in warning


def test_one_layer_made_of_two_censuses_is_warned_of():
    (warning,) = warnings(layer(vintage="2020 tracts; ACS 2015-2019"))
    assert "2010 and 2020" in warning


def test_layers_that_are_no_census_areas_may_be_of_any_year():
    quiet = [Role.SITES, Role.NEIGHBOURHOODS, Role.CANDIDATES, Role.CONTEXT, Role.SCHOOLS]
    assert not warnings(
        layer(vintage="ACS 2019-2023"), *(layer(role, vintage="2010 tracts") for role in quiet)
    )


def test_a_vintage_that_says_nothing_warns_of_nothing():
    assert not warnings(layer(vintage="2020"), layer(Role.ELIGIBILITY, vintage="as published"))


@pytest.mark.parametrize(("year", "count"), [(2026, 0), (2027, 1), (2020, 0), (2019, 1)])
def test_need_and_eligibility_may_be_three_years_apart_and_no_more(year, count):
    found = warnings(
        layer(vintage="Estimates of 2023"),
        layer(Role.ELIGIBILITY, "FNS file", vintage=f"Fiscal year {year}"),
    )
    assert len(found) == count
    assert all("years lie between" in warning for warning in found)


def test_in_connecticut_two_surveys_can_have_other_numbers_for_the_same_areas():
    layers = [
        layer(vintage="ACS 2019-2023"),
        layer(Role.ELIGIBILITY, "FNS file", vintage="ACS 2017-2021"),
    ]
    assert "planning regions" in warnings(*layers, geoids=["09110000100"])[0]
    assert not warnings(*layers, geoids=["48453000100"])
    assert not warnings(layers[0], geoids=["09110000100"])


@pytest.mark.parametrize(
    ("determined", "words"),
    [
        (date(2021, 6, 30), "ran out on 30 June 2026"),
        (date(2021, 7, 1), "runs out on 1 July 2026"),
        (date(2022, 7, 1), "runs out on 1 July 2027"),
        (date(2022, 7, 2), None),
    ],
)
def test_a_determination_is_named_when_it_runs_out_within_a_year_or_has(determined, words):
    found = warnings(layer(Role.ELIGIBILITY, "FNS file", determined=determined))
    assert [words in warning for warning in found] == ([True] if words else [])


def test_a_determination_of_a_leap_day_holds_until_the_end_of_february():
    assert runs_out(date(2024, 2, 29)) == date(2029, 2, 28)


def test_figures_fetched_more_than_a_year_ago_are_named_once_together():
    old, older = TODAY - timedelta(days=366), date(2024, 1, 2)
    (warning,) = warnings(
        layer(fetched=old),
        layer(Role.SITES, "Sites", fetched=older),
        layer(Role.NEIGHBOURHOODS, "Places", fetched=TODAY - timedelta(days=365)),
    )
    assert "Children and Sites" in warning
    assert "2 January 2024" in warning
    assert "Places" not in warning


def test_what_ran_out_comes_first():
    found = warnings(
        layer(vintage="2020 tracts; ACS 2015-2019", fetched=date(2020, 1, 1)),
        layer(Role.ELIGIBILITY, "FNS file", determined=date(2020, 1, 1)),
    )
    assert "ran out" in found[0]
    assert len(found) == 3


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_vintage_can_be_read(need, other):
    found = warnings(layer(vintage=need), layer(Role.ELIGIBILITY, vintage=other))
    assert all(isinstance(warning, str) for warning in found)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 4000))
def test_every_determination_is_good_ending_or_over(determined, days):
    day = determined + timedelta(days=days)
    found = careful_with([layer(determined=determined)], today=day)
    last = runs_out(determined)
    assert any("ran out" in text for text in found) == (day > last)
    assert any("runs out" in text for text in found) == (
        day <= last and (last - day).days <= 366 and bool(found)
    )


def test_a_layer_says_everything_that_is_known_of_it():
    facts = layer_facts(
        layer(
            rows_in=1200,
            rows_out=1180,
            method="Summed",
            is_modelled=True,
            is_proxy=True,
            fetched=date(2026, 6, 3),
            determined=date(2024, 2, 29),
            notes=("20 rows are totals",),
            sha256="ab" * 32,
        )
    )
    said = dict(facts.facts)
    assert facts.labels == ("modelled", "proxy, not a determination")
    assert said["Rows"] == "1,200 read, 1,180 kept, 20 left out"
    assert said["Fetched"] == "3 June 2026"
    assert said["Determined"] == "29 February 2024, valid until 28 February 2029"
    assert said["What was noticed"] == "20 rows are totals."
    assert said["File"].endswith("(SHA-256 abababababab…)")


def test_a_layer_that_says_little_shows_no_empty_line():
    facts = layer_facts(layer())
    assert facts.labels == ()
    assert [name for name, _ in facts.facts] == ["Licence", "Fetched", "Rows", "File"]
    assert dict(facts.facts)["Fetched"] == "not stated"
    assert dict(facts.facts)["Rows"] == "2 read, 2 kept"
