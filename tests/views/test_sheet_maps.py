from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from gapmap.views.partner_marks import partner_marks
from gapmap.views.sheet_facts import partner_facts
from gapmap.views.sheet_maps import SheetMaps
from tests.views.sheet_towns import PARTNERS, division, town

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

SVG = "{http://www.w3.org/2000/svg}"
HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)
MARKS = partner_marks(PARTNERS)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


def maps(made: Division, study: Study) -> SheetMaps:
    return SheetMaps(made, study, partner_marks(made.request.names))


def fills(picture: str) -> set[str]:
    return {path.get("fill", "") for path in ET.fromstring(picture).iter(f"{SVG}path")}


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(picture).iter(f"{SVG}text")]


def test_the_overview_shows_each_holder_by_colour_and_letter(study: Study) -> None:
    picture = maps(division(study, HALVES), study).overview("Who holds what")
    assert {MARKS["Aid"].colour, MARKS["Bank"].colour} <= fills(picture)
    assert MARKS["Cleo"].colour not in fills(picture)
    assert {"A", "B"} <= set(texts(picture))
    assert "C" not in texts(picture)


def test_what_nobody_holds_is_hatched(study: Study) -> None:
    hatch = re.compile(r'fill="none" stroke="#0b1f33" stroke-width="10"')
    assert hatch.search(maps(division(study, HALVES), study).overview("x"))
    whole = division(study, ("Aid", "Aid", "Aid", "Bank", "Bank", "Bank"))
    assert not hatch.search(maps(whole, study).overview("x"))


def test_a_territory_map_shows_its_sites_places_and_neighbours(study: Study) -> None:
    made = division(study, ("Aid", "Bank", "Aid", "Bank", "Bank", None))
    ann = partner_facts(made, study)[0]
    picture = maps(made, study).territory(ann, "Territory of Aid")
    shown = texts(picture)
    assert {"1", "West", "Middle", "B"} <= set(shown)
    assert "A" not in shown
    small = [disc for disc in ET.fromstring(picture).iter(f"{SVG}circle") if disc.get("r") == "26"]
    assert len(small) == 1


def test_open_need_is_classed_and_unknown_need_is_no_class() -> None:
    study = town([100, float("nan"), 300, 400, 50, 0])
    made = division(study, ("Aid",) * 6)
    drawn = maps(made, study)
    key = {said: fill for fill, said in drawn.gap_key}
    assert list(key) == ["none", "1–49", "50–99", "100–199", "200 or more"]
    picture = drawn.territory(partner_facts(made, study)[0], "x")
    # 50 in the square with 50 children, none of whom is in reach; 400 in the one beside it.
    assert {key["50–99"], key["200 or more"]} <= fills(picture)
    # The square without children is of no class, nor is the one that is not known.
    assert key["1–49"] not in fills(picture)
    assert 'stroke="#6b7785"' in picture


def test_few_people_need_few_classes() -> None:
    study = town([1, 1, 5, 5, 5, 0])
    made = division(study, ("Aid",) * 6)
    assert [said for _, said in maps(made, study).gap_key] == [
        "none",
        "1",
        "2–4",
        "5 or more",
    ]


def test_sixty_letters_are_all_on_the_overview() -> None:
    study = town([10.0] * 60)
    names = tuple(f"Partner number {row}" for row in range(60))
    made = division(study, names, names)
    shown = texts(maps(made, study).overview("x"))
    letters = {mark.letter for mark in partner_marks(names).values()}
    assert letters <= set(shown)
