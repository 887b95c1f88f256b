from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gapmap import usecases
from gapmap.model import Reach, Who
from gapmap.views.comparison_words import difference_headline, side_name, signed
from gapmap.whatifs import SiteAdded, WhatIf
from tests import builders
from tests.what_ifs import town

TOWN = town()
BIG = replace(TOWN, areas=TOWN.areas.assign(children=TOWN.areas["children"] * 100))
TRIAL = WhatIf("Trial", "town")


def at(x_m: float, y_m: float) -> tuple[float, float]:
    longitude, latitude = builders.to_degrees(x_m, y_m)
    return float(longitude), float(latitude)


def said(first: WhatIf | None, second: WhatIf | None, study=BIG) -> tuple[str, ...]:
    return difference_headline(usecases.compare_what_ifs(study, first, second), study)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1234.4, "+1,234"),
        (-1234.6, "−1,235"),
        (10.0, "+10"),
        (9.4, "+<10"),
        (-1.0, "−<10"),
        (0.4, "0"),
        (-0.4, "0"),
        (float("nan"), "unknown"),
        (None, "unknown"),
    ],
)
def test_a_difference_has_a_sign_and_small_counts_are_not_told(
    number: float | None, text: str
) -> None:
    assert signed(number) == text


def test_now_has_no_quotes_and_every_other_name_has() -> None:
    assert side_name("now") == "now"
    assert side_name("Trial") == "“Trial”"


def test_the_first_sentence_says_how_many_more_or_fewer_and_both_figures() -> None:
    closing = said(None, TRIAL.closing("s0"))
    assert closing[0].startswith(
        "With “Trial”, 5,027 fewer children live within 400 m of an open meal site than now: "
    )
    assert " of 60,000 " in closing[0]
    back = said(TRIAL.closing("s0"), None)
    assert back[0].startswith(
        "Now, 5,027 more children live within 400 m of an open meal site than with “Trial”: "
    )


def test_where_most_is_gained_and_lost_is_named() -> None:
    new = SiteAdded("new-1", "Hall", *at(2500, 500))
    sentences = said(None, TRIAL.closing("s0").adding(new))
    assert "Most lost: Aldgate (−5,027)." in sentences
    (gained,) = [one for one in sentences if one.startswith("Most gained:")]
    assert gained.startswith("Most gained: Cheam (+")
    assert any("are newly in reach, 5,027 no longer." in one for one in sentences)
    assert "Aldgate becomes a desert." in sentences


def test_no_difference_is_said_to_be_none() -> None:
    (only,) = said(None, TRIAL)
    assert only.startswith("With “Trial”, as many children live within 400 m of an open meal site")


def test_two_reaches_are_not_called_by_one_of_them() -> None:
    first = said(None, TRIAL.asking(reach=Reach(300.0)))[0]
    assert "fewer children live in reach of an open meal site than now" in first
    assert "within" not in first


def test_two_kinds_of_sites_are_not_called_by_one_of_them() -> None:
    first = said(None, TRIAL.asking(who=Who.ALL).closing("s0"))[0]
    assert "live within 400 m of a meal site that counts" in first


def test_what_cannot_be_subtracted_is_said_side_by_side() -> None:
    sentences = said(None, TRIAL.asking(within="East"))
    assert sentences[0].endswith("no difference is made of them.")
    assert [one.partition(":")[0] for one in sentences[1:]] == ["Now", "“Trial”"]


def test_the_margin_of_the_difference_is_said_where_there_is_one() -> None:
    areas = BIG.areas.assign(children_moe=[3000.0, 5000.0, 4500.0, np.nan])
    sentences = said(None, TRIAL.closing("s0"), replace(BIG, areas=areas))
    # 30 % of the square's children are its margin, and so of those who lose their site.
    assert "Need is an estimate: 90 % sure, it is 3,519 to 6,535 fewer." in sentences
    assert not any("90 %" in one for one in said(None, TRIAL.closing("s0")))
