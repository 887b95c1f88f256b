from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.model import Reach
from gapmap.views.sheet_facts import HandOver, partner_facts
from tests import builders
from tests.views.sheet_towns import PARTNERS, division, town

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.views.sheet_facts import PartnerFacts

HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


@pytest.fixture(scope="module")
def halves(study: Study) -> Division:
    return division(study, HALVES)


def of(name: str, given_division: Division, given_study: Study) -> PartnerFacts:
    return next(
        one for one in partner_facts(given_division, given_study) if one.territory.partner == name
    )


def test_every_partner_has_a_sheet_even_without_areas(halves: Division, study: Study) -> None:
    everybody = partner_facts(halves, study)
    assert [one.territory.partner for one in everybody] == list(PARTNERS)
    assert everybody[2].places == ()


def test_neighbourhoods_come_by_open_need_with_who_shares_them(
    halves: Division, study: Study
) -> None:
    # In reach (400 m): most of squares 0 to 2, nothing of 3 and 4.
    middle, west = of("Aid", halves, study).places
    assert (middle.name, middle.need, middle.others) == ("Middle", 300, ("Bank",))
    assert (west.name, west.need, west.others, len(west.geoids)) == ("West", 300, (), 2)
    assert middle.gap > west.gap
    east = next(one for one in of("Bank", halves, study).places if one.name == "East")
    assert east.has_free_areas
    assert not middle.has_free_areas


def test_areas_without_a_known_count_are_said_and_weigh_nothing() -> None:
    study = town([100, float("nan"), 300, 400, float("nan"), float("nan")])
    ann = of("Aid", division(study, HALVES), study)
    assert ann.unknown_count == 1
    west = next(one for one in ann.places if one.name == "West")
    assert (west.need, west.unknown_count) == (100, 1)
    bob = of("Bank", division(study, HALVES), study)
    assert bob.places[-1].name == "East"
    assert math.isnan(bob.places[-1].need)


def test_areas_in_no_neighbourhood_have_none() -> None:
    study = town(neighbourhoods=builders.neighbourhoods("West"))
    ann = of("Aid", division(study, HALVES), study)
    assert {one.name for one in ann.places} == {"West", None}
    nowhere = next(one for one in ann.places if one.name is None)
    # Nobody shares what is no place.
    assert nowhere.others == ()


def test_own_sites_are_numbered_by_name_and_others_are_not(halves: Division, study: Study) -> None:
    ann = of("Aid", halves, study)
    assert [(one.number, one.name) for one in ann.numbered] == [(1, "Elm School"), (2, "Zion Hall")]
    assert [(one.number, one.name) for one in ann.others] == [(None, "Bank's Kitchen")]
    zion = ann.numbered[1]
    assert (zion.address, zion.first_day, zion.last_day) == (
        "1 Elm St",
        date(2025, 7, 7),
        date(2025, 8, 15),
    )
    assert ann.numbered[0].first_day is None


def test_own_sites_elsewhere_say_where_they_stand(halves: Division, study: Study) -> None:
    (far,) = of("Aid", halves, study).elsewhere
    assert (far.name, far.holder, far.is_inside) == ("Far Church", None, True)
    assert far.because == "not open to the public"
    kitchen, outside = of("Bank", halves, study).elsewhere
    assert (kitchen.name, kitchen.holder) == ("Bank's Kitchen", "Aid")
    assert (outside.name, outside.is_inside) == ("Outside", False)


def test_overlaps_are_other_partners_sites_within_two_reaches(
    halves: Division, study: Study
) -> None:
    elm, zion = of("Aid", halves, study).numbered
    assert [(near.site, near.partner) for near in elm.near] == [("Bank's Kitchen", "Bank")]
    assert elm.near[0].metres == pytest.approx(600, rel=2e-3)
    assert (zion.near, zion.near_count) == ((), 0)
    short = town(reach=Reach(299.0))
    assert of("Aid", division(short, HALVES), short).numbered[0].near == ()


def test_two_rows_at_one_place_share_a_number() -> None:
    twins = builders.sites(
        (500, 500), (540, 500), (1500, 500), partner=["Aid"] * 3, place_id=["p", "p", "q"]
    )
    study = builders.study(builders.areas([1, 1, 1]), twins)
    numbered = of("Aid", division(study, ("Aid", "Aid", "Bank")), study).numbered
    assert [one.number for one in numbered] == [1, 1, 2]


def test_partners_without_names_get_every_site_of_their_ground(study: Study) -> None:
    nameless = division(study, ["Partner 1"] * 3 + ["Partner 2"] * 3, 2)
    first, second = partner_facts(nameless, study)
    assert [one.name for one in first.numbered] == ["Bank's Kitchen", "Elm School", "Zion Hall"]
    assert [one.name for one in second.numbered] == ["Far Church"]
    assert first.others == first.elsewhere == ()


def test_with_an_assessment_sites_say_whom_they_reach(halves: Division, study: Study) -> None:
    without = of("Aid", halves, study).numbered
    assert math.isnan(without[0].need_in_reach)
    assessment = usecases.assess_gaps(study)
    elm, zion = partner_facts(halves, study, assessment)[0].numbered
    # A circle of 400 m inside one square of 1,000 m with 100 children.
    assert zion.need_in_reach == pytest.approx(math.pi * 0.16 * 100, rel=1e-3)
    assert zion.unique_need == pytest.approx(zion.need_in_reach)
    assert elm.unique_need < elm.need_in_reach


def test_what_changes_hands_is_said_by_partner(halves: Division, study: Study) -> None:
    ann, bob, cleo = partner_facts(halves, study)
    # Nearest sites that count: Aid's for squares 0 and 1, Bank's for the others.
    assert ann.takes_over == (HandOver("Bank", 1, 300.0),)
    assert ann.hands_over == ()
    assert bob.hands_over == (HandOver("Aid", 1, 300.0), HandOver(None, 1, 0.0))
    assert cleo.takes_over == cleo.hands_over == ()


def test_what_nobody_shall_hold_changes_no_hands(study: Study) -> None:
    aside = division(study, HALVES, unassigned=(study.areas["geoid"].iloc[5],))
    assert of("Bank", aside, study).hands_over == (HandOver("Aid", 1, 300.0),)


def test_activities_stand_with_who_does_them(study: Study) -> None:
    busy = division(study, HALVES, activities=(("transport", "Bank"), ("outreach", "Dee")))
    assert of("Bank", busy, study).activities == ("transport",)
    assert of("Aid", busy, study).activities == ()


@settings(max_examples=15)
@given(
    holders=st.lists(st.sampled_from([*PARTNERS, None]), min_size=6, max_size=6),
    needs=st.lists(st.integers(1, 500) | st.just(float("nan")), min_size=5, max_size=5),
)
def test_a_sheet_never_says_otherwise_than_the_division(
    holders: list[str | None], needs: list[float]
) -> None:
    study = town([10, *needs])
    made = division(study, holders)
    everybody = partner_facts(made, study)
    listed = [geoid for one in everybody for place in one.places for geoid in place.geoids]
    assert sorted(listed) == sorted(geoid for geoid, who in made.holders.items() if who)
    for one in everybody:
        territory = one.territory
        assert math.fsum(np.nan_to_num([place.need for place in one.places])) == pytest.approx(
            territory.need
        )
        assert math.fsum(np.nan_to_num([place.gap for place in one.places])) == pytest.approx(
            territory.gap
        )
        counting = {site.number for site in one.numbered if not site.because}
        assert len(counting) == territory.own_site_count
        others = {site.site_id for site in one.others if not site.because}
        assert len(counting) + len(others) == territory.site_count
        assert math.fsum(change.load for change in one.takes_over) == pytest.approx(territory.gains)
        assert math.fsum(change.load for change in one.hands_over) == pytest.approx(
            territory.gives_up
        )
