from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from gapmap.analysis.territory.values import Obstacle, ObstacleKind
from gapmap.model import Role
from gapmap.views.partner_sheets import partner_sheets
from tests import builders
from tests.views.sheet_towns import division, sections, town, words

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


def cover(made: Division, study: Study) -> str:
    return sections(partner_sheets(made, study, today=date(2025, 6, 1)))[0]


def test_what_could_not_be_had_is_still_to_settle(study: Study) -> None:
    made = replace(
        division(study, HALVES),
        obstacles=(Obstacle(ObstacleKind.TOLERANCE, "5 % cannot be had.", "It works with 8 %."),),
    )
    said = words(cover(made, study))
    assert "Still to settle 5 % cannot be had. It works with 8 %. 1 census tract held" in said
    whole = division(study, ("Aid", "Aid", "Bank", "Bank", "Cleo", "Cleo"))
    assert "Still to settle" not in words(cover(whole, study))


def test_a_long_list_of_nobody_s_areas_is_cut_and_said() -> None:
    study = town([10.0] * 100)
    made = division(study, ["Aid", *[None] * 99])
    said = words(cover(made, study))
    assert "99 census tracts held by nobody" in said
    assert "and 39 more." in said


def test_bars_stand_on_one_scale_with_the_target_marked(study: Study) -> None:
    markup = cover(division(study, HALVES), study)
    widths = [float(width) for width in re.findall(r'<i style="width:([\d.]+)%"', markup)]
    target = {float(left) for left in re.findall(r'<u style="left:([\d.]+)%"', markup)}
    shares = [600 / 350, 450 / 350, 0.0]
    assert len(target) == 1
    assert widths == pytest.approx([share * target.copy().pop() for share in shares], abs=0.15)
    assert max(widths) <= 100


def test_a_layer_says_once_what_it_is(study: Study) -> None:
    titles = ("Squares (modelled)", "Sites")
    marked = replace(
        study,
        provenance=(
            builders.provenance("tracts", Role.NEED, titles[0], is_modelled=True),
            builders.provenance("sites", Role.SITES, titles[1], is_modelled=True),
            builders.provenance("roads", Role.CONTEXT, "Roads"),
        ),
    )
    said = words(cover(division(marked, HALVES), marked))
    assert "Squares (modelled) 2020" in said
    assert "Sites (modelled) 2020" in said
    assert "Roads" not in said
