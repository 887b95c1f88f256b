"""Partners' sheets on paper: each begins a page, nothing is cut off, nothing runs."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gapmap.views.partner_sheets import partner_sheets
from tests import builders
from tests.browser.conftest import ATTACKS
from tests.views.sheet_towns import division, town

# Width of the paper less the margins of the sheets, in CSS pixels.
PAPERS = {"A4": (210 - 24) / 25.4 * 96, "Letter": (215.9 - 24) / 25.4 * 96}
PARTNERS = (
    "Association of the Neighbourhoods of Northumberland and its Many Towns and Villages, Inc.",
    "Bank",
    *ATTACKS,
)
HOLDERS = [PARTNERS[0], PARTNERS[0], "Bank", PARTNERS[0], ATTACKS[0], None]


@pytest.fixture(scope="module")
def page_text():
    study = town(neighbourhoods=builders.neighbourhoods(*ATTACKS[:3], width_m=2000))
    sites = study.sites.assign(
        name=[f"Illustrative Community Recreation Centre number {row}" for row in range(5)],
        partner=[PARTNERS[0], PARTNERS[0], "Bank", ATTACKS[0], ATTACKS[1]],
        address=ATTACKS[:5],
    )
    study = builders.study(study.areas, sites, neighbourhoods=study.neighbourhoods)
    made = division(study, HOLDERS, PARTNERS)
    return partner_sheets(made, study, today=date(2025, 6, 1))


# Cells whose text runs out of them, over the next one.
SQUEEZED = (
    "[...document.querySelectorAll('th, td')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    ".map(one => one.outerHTML.slice(0, 120))"
)


def pages(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))


@pytest.mark.parametrize("paper", list(PAPERS))
def test_every_sheet_begins_a_page_and_fits_its_width(browser, page_text, paper):
    tab = browser.new_page(viewport={"width": round(PAPERS[paper]), "height": 900})
    tab.set_content(page_text)
    tab.emulate_media(media="print")
    wide = tab.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => "
        "one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
        ".map(one => one.outerHTML.slice(0, 120))"
    )
    assert wide == []
    assert tab.evaluate(SQUEEZED) == []
    assert tab.evaluate("document.querySelectorAll('.sheet').length") == len(PARTNERS)
    printed = tab.pdf(format=paper)
    # The cover and the long sheets may take two pages; one after another they never share one.
    assert len(PARTNERS) + 1 <= pages(printed) <= len(PARTNERS) + 6
    without = page_text.replace(".sheet { break-before: page; }", "")
    tab.set_content(re.sub(r' style="page:p\d+"', "", without))
    assert pages(tab.pdf(format=paper)) < pages(printed)
    tab.close()


def test_nothing_on_a_sheet_runs(browser, page_text):
    tab = browser.new_page()
    tab.set_content(page_text)
    assert tab.evaluate("document.scripts.length") == 0
    assert tab.evaluate("window.__xss") is None
    assert tab.evaluate("document.querySelectorAll('img, iframe, link, object').length") == 0
    tab.close()


def test_a_phone_scrolls_tables_and_not_the_page(browser, page_text):
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    tab.set_content(page_text)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate(SQUEEZED) == []
    tab.close()
