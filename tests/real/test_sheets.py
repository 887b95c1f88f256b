"""Partners' sheets of real places: maps, lists and sums say what the division says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from typing import TYPE_CHECKING

import pytest

from gapmap import usecases
from gapmap.analysis.territory.values import DivisionRequest, Load
from gapmap.views.partner_sheets import partner_sheets
from gapmap.views.sheet_facts import partner_facts
from gapmap.wiring import open_workspace
from tests.real.test_studies import LAYERS
from tests.views.sheet_towns import sections, words

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def studies(shared_data: Path) -> dict[str, Study]:
    with pytest.MonkeyPatch.context() as patch:
        demo = open_workspace().load_study("nyc")
        patch.setenv("GAPMAP_LAYERS", str(LAYERS))
        patch.setenv("GAPMAP_DATA", str(shared_data))
        found = [demo, *(open_workspace().load_study(name) for name in ("baltimore", "travis"))]
    return {study.id: study for study in found}


def divided(study: Study, who: int | str) -> Division:
    partners: int | tuple[str, ...] = (
        who
        if isinstance(who, int)
        else tuple(str(name) for name in study.sites["partner"].value_counts().index[: int(who)])
    )
    request = DivisionRequest(usecases.default_scenario(study), partners, load=Load.NEED)
    return usecases.divide_territory(study, request)


@pytest.mark.parametrize(
    ("name", "who"), [("baltimore", 6), ("travis", "8"), ("nyc", "6"), ("nyc", 60)]
)
def test_the_sheets_of_a_real_place(studies: dict[str, Study], name: str, who: int | str) -> None:
    study = studies[name]
    division = divided(study, who)
    made = partner_sheets(division, study, today=date(2025, 6, 1))
    maps = [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", made, re.DOTALL)]
    assert len(maps) == 1 + sum(one.area_count > 0 for one in division.territories)
    letters = {text.text for text in maps[0].iter(f"{SVG}text")}
    assert len(letters) >= len(division.territories)
    sheets = sections(made)[1:]
    for one, sheet in zip(partner_facts(division, study), sheets, strict=True):
        said = words(sheet)
        assert f"{round(one.territory.need):,} children live here" in said
        assert sum(place.need for place in one.places) == pytest.approx(one.territory.need)
        listed = {geoid for place in one.places for geoid in place.geoids}
        assert [geoid for geoid in listed if geoid not in said] == []
        numbers = {site.number for site in one.numbered if not site.because}
        if division.request.are_named:
            assert len(numbers) == one.territory.own_site_count
        else:
            assert len(numbers) == one.territory.site_count
    # Small enough to be sent by mail.
    assert len(made) < 4_000_000
