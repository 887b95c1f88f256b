from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from gapmap.model import Method, Reach, Who
from gapmap.whatifs import SiteAdded, WhatIf, differences
from tests import builders
from tests.what_ifs import town, what_ifs

TOWN = town()
NOTHING = WhatIf("Trial", "town")


def at(x_m: float, y_m: float) -> tuple[float, float]:
    longitude, latitude = builders.to_degrees(x_m, y_m)
    return float(longitude), float(latitude)


NEW = SiteAdded("new-1", "New hall", *at(3500, 500))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (NOTHING.closing("s0"), "Closes Site 0"),
        (NOTHING.closing("gone"), "Closes gone"),
        (NOTHING.adding(NEW), "Adds New hall"),
        (
            NOTHING.adding(
                replace(NEW, partner="Pantry", kind="camp", meals=("lunch",), days=("mon", "wed"))
            ),
            "Adds New hall by Pantry (camp), which serves lunch and is open Mon, Wed",
        ),
        (NOTHING.moving("s0", *at(800, 500)), "Moves Site 0 by 300 m"),
        (
            NOTHING.retiming("s0", meals=["am_snack", "supper"], days=["mon", "tue"]),
            "Site 0 serves morning snack and supper and is open Mon, Tue",
        ),
        (
            NOTHING.retiming("s0", first_day=date(2026, 7, 6), last_day=date(2026, 8, 28)),
            "Site 0 runs from 2026-07-06 to 2026-08-28",
        ),
        (
            NOTHING.retiming("s0", days=["mon", "tue", "wed", "thu", "fri"]),
            "Site 0 is open Mon–Fri",
        ),
        (NOTHING.asking(reach=Reach.parse("0.5mi")), "Reach 0.5 mile instead of 400 m"),
        (NOTHING.asking(measure="families"), "Need: Families instead of Children under 18"),
        (
            NOTHING.asking(who=Who.ALL),
            "Every meal site counts, those for enrolled children included",
        ),
        (NOTHING.asking(meal="pm_snack"), "Only meal sites that serve afternoon snack"),
        (NOTHING.asking(day="sat"), "Only meal sites open on Saturdays"),
        (NOTHING.asking(count_unknown=True), "Meal sites that do not say when they serve count"),
        (NOTHING.asking(partners=("Pantry", "School")), "Only meal sites of Pantry and School"),
        (NOTHING.asking(within="East"), "Only East"),
        (NOTHING.choosing(forced=["hall-1"]), "Suggestions must have hall-1"),
        (NOTHING.choosing(excluded=["hall-1", "x"]), "Suggestions may not have hall-1 and x"),
    ],
)
def test_each_difference_is_a_sentence(said: WhatIf, sentence: str) -> None:
    assert differences(said, TOWN) == (sentence,)


@pytest.mark.parametrize(
    "said",
    [
        NOTHING,
        NOTHING.asking(reach=Reach(400.0), who=Who.PUBLIC, count_unknown=False),
        NOTHING.asking(measure="children", method=Method.AREAL),
    ],
)
def test_what_is_as_it_is_makes_no_sentence(said: WhatIf) -> None:
    assert differences(said, TOWN) == ()


def test_of_a_closed_site_nothing_else_is_said() -> None:
    said = NOTHING.moving("s0", 0.01, 0.01).retiming("s0", days=["sun"]).closing("s0")
    assert differences(said, TOWN) == ("Closes Site 0",)


@pytest.mark.parametrize(
    ("reach", "way"),
    [("0.5mi", "1.24 miles"), ("1km", "2 km"), ("800m", "2,000 m"), ("2640ft", "6,560 ft")],
)
def test_a_way_is_said_in_the_study_s_own_unit(reach: str, way: str) -> None:
    study = replace(TOWN, reach=Reach.parse(reach))
    assert differences(NOTHING.moving("s0", *at(2500, 500)), study) == (f"Moves Site 0 by {way}",)


def test_a_short_way_is_said_in_feet_where_reach_is_in_miles() -> None:
    study = replace(TOWN, reach=Reach.parse("0.5mi"))
    assert differences(NOTHING.moving("s0", *at(530, 500)), study) == ("Moves Site 0 by 100 ft",)


@given(what_if=what_ifs())
def test_only_what_says_nothing_has_no_sentence_about_sites(what_if: WhatIf) -> None:
    said = differences(what_if, TOWN)
    assert bool(said) or not (what_if.added or what_if.closed)
    assert all(sentence and "\n" not in sentence for sentence in said)
