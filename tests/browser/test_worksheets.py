"""The worksheet on paper: one sheet of A4 or Letter, however much there is to say."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gapmap.rules import (
    Adjacency,
    Basis,
    EligibilityAnswer,
    Level,
    Route,
    SiteTypeAnswer,
    Worksheet,
    WorksheetRow,
)
from gapmap.views.worksheets import worksheet_page

LONG = "Census tract 101.02, block group 3, of the county of Northumberland and its many towns"
VINTAGE = "Fiscal year 2026 (American Community Survey 2019-2023)"
SENTENCE = (
    "45.0% of the children 0-18 (1,234 of 2,745) in block group 480010001011, and 51.5% of those "
    "there and in adjacent 480010001001 and 480010001021 together; 50% are needed. The State "
    "agency decides."
)


def sheet(route, rows, **changes):
    known = {
        "rows": tuple(
            WorksheetRow(f"48001000100{row}", LONG, 2745.0, 1234.0 + row) for row in range(rows)
        ),
        "children": 2745.0 * rows,
        "eligible": 1235.0 * rows,
        "share": 0.515,
        "threshold": 0.5,
        "is_met": True,
        "basis": Basis.TO_18,
        "level": Level.BLOCK_GROUP,
        "adjacency": Adjacency.STRICT,
        "is_proxy": False,
        "source": f"{LONG}: a special tabulation of the American Community Survey, made every year",
        "vintage": VINTAGE,
        "determined": date(2024, 7, 1),
        "valid_until": date(2029, 7, 1),
        "notes": (SENTENCE,),
    }
    return Worksheet(route=route, **(known | changes))


FULL = EligibilityAnswer(
    study="town",
    geoid="480010001000",
    name=LONG * 3,
    level=Level.BLOCK_GROUP,
    longitude=-97.743123,
    latitude=30.267234,
    status=Route.AVERAGING,
    is_open_lawful=True,
    is_rural=True,
    rural_because=f"tract 48001000100 is rural in {LONG} (2023)",
    site_types=tuple(
        SiteTypeAnswer(kind, True, Route.AVERAGING, because)
        for kind, because in (
            ("open", SENTENCE),
            ("restricted open", SENTENCE[:100]),
            ("closed enrolled", SENTENCE[:100]),
            ("non-congregate", SENTENCE),
        )
    ),
    worksheets=(
        sheet(Route.AVERAGING, 3, notes=(SENTENCE,) * 3),
        sheet(Route.CENSUS, 1),
        sheet(Route.CENSUS, 1, level=Level.TRACT, vintage=f"{VINTAGE}, tracts"),
        sheet(Route.SCHOOL, 1, level=None, vintage="School year 2024-25"),
        sheet(Route.CENSUS, 1, is_proxy=True, vintage="ACS 2019-2023"),
    ),
    is_proxy=True,
    probability=0.73,
    notes=(SENTENCE, SENTENCE),
)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_fullest_worksheet_prints_on_one_page(browser, paper):
    tab = browser.new_page()
    tab.set_content(worksheet_page(FULL, "Northumberland", today=date(2025, 6, 1)))
    printed = tab.pdf(format=paper, prefer_css_page_size=False)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    assert tab.evaluate("document.scripts.length") == 0
    tab.close()
