from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from gapmap.analysis.territory.values import Load
from gapmap.model import Reach
from gapmap.views.sheet_facts import HandOver, partner_facts
from gapmap.views.sheet_sites import NearBy, SiteFacts
from gapmap.views.sheet_words import (
    areas_text,
    figure_lines,
    hand_over_lines,
    in_pieces,
    near_text,
    service_dates,
    site_kind,
    target_words,
)
from tests.views.sheet_towns import division, town

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)
APART = ("Aid", "Bank", "Aid", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


@pytest.fixture(scope="module")
def halves(study: Study) -> Division:
    return division(study, HALVES)


def site(**changes: Any) -> SiteFacts:
    known: dict[str, Any] = {
        "number": 1,
        "site_id": "s1",
        "name": "Hall",
        "partner": "Aid",
        "address": "",
        "kind": "open",
        "schedule": "",
        "first_day": None,
        "last_day": None,
        "because": "",
        "longitude": 0.0,
        "latitude": 0.0,
        "holder": "Aid",
        "is_inside": True,
    }
    return SiteFacts(**(known | changes))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2025, 7, 7), date(2025, 8, 15), "7 Jul–15 Aug 2025"),
        (date(2025, 12, 20), date(2026, 1, 3), "20 Dec 2025–3 Jan 2026"),
        (date(2025, 7, 7), None, "from 7 Jul 2025"),
        (None, date(2025, 8, 15), "until 15 Aug 2025"),
        (None, None, "dates not stated"),
    ],
)
def test_dates_are_said_as_far_as_they_are_known(
    first: date | None, last: date | None, said: str
) -> None:
    assert service_dates(site(first_day=first, last_day=last)) == said


def test_a_site_that_does_not_count_says_why() -> None:
    assert site_kind(site()) == "open"
    assert site_kind(site(kind="")) == "not stated"
    assert site_kind(site(kind="camp", because="no lunch")) == "camp; not counted: no lunch"


def test_overlaps_name_the_letter_or_the_partner(halves: Division) -> None:
    near = (NearBy("Kitchen", "Bank", 612.0), NearBy("Church", "Dee", 700.0))
    assert near_text(site(near=near, near_count=5), halves, {"Bank": "B"}) == (
        "B: Kitchen (610 m); Dee: Church (700 m); 3 more"
    )
    assert near_text(site(), halves, {}) == "nobody"
    # A site that does not count reaches nobody: it overlaps with none, and none is not said.
    assert near_text(site(because="closed"), halves, {}) == ""


def test_hand_overs_are_lines_with_their_unit(halves: Division, study: Study) -> None:
    changes = (HandOver("Bank", 1, 1234.4), HandOver(None, 2, 0.0))
    assert hand_over_lines(changes, halves, study, "To") == [
        "To Bank: 1 census tract, 1,234 children",
        "To nobody yet: 2 census tracts, 0 children",
    ]
    assert hand_over_lines(changes, halves, study, "From")[1].startswith(
        "From others than these partners, or nobody: 2"
    )


def test_figures_name_their_unit(study: Study) -> None:
    in_miles = replace(study, reach=Reach.parse("0.25mi"))
    made = division(in_miles, APART, load=Load.MEALS)
    ann = partner_facts(made, in_miles)[0]
    figures = {said: figure for figure, said in figure_lines(ann, made, in_miles)}
    assert figures["children live here"] == "400"
    assert figures["meals a week still to serve"].replace(",", "").isdecimal()
    assert figures["meal sites that count stand here, 1 of them its own"] == "2"
    assert figures["census tracts, in 2 pieces"] == "2"
    way = figures["mean way to the middle of the territory, weighted by what is shared"]
    assert way.endswith(" mi")


def test_one_is_one(halves: Division, study: Study) -> None:
    assert areas_text(1, study) == "1 census tract"
    bob = partner_facts(division(study, ("Aid", "Aid", "Bank", None, None, None)), study)[1]
    said = [words for _, words in figure_lines(bob, halves, study)]
    assert "meal site that counts stands here, 1 of them its own" in said
    assert "census tract, one piece" in said


def test_nothing_is_in_no_pieces(halves: Division) -> None:
    assert in_pieces(halves.territories[2]) == ""


def test_the_target_says_how_it_is_shared(study: Study, halves: Division) -> None:
    assert target_words(halves) == (
        "Shared out: children, in equal shares; 5.0% more or less was allowed."
    )
    sized = division(study, HALVES, capacities=(2.0, 1.0, 1.0))
    assert "in proportion to capacity" in target_words(sized)
