"""The Bronx among six partners: proposed, locked, painted, balanced, printed, brought back."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from gapmap import usecases, wiring
from gapmap.analysis.territory.values import DivisionRequest
from tests.browser.conftest import MAP_TITLE

READY = "#map_div[data-ready='1']"
HOLDERS = "window.gapmapTerritory.holders()"
LOCKS = "window.gapmapTerritory.locks()"


@pytest.fixture
def open_territory(visit):
    def run(path="/territory?study=nyc", **size):
        tab = visit(**size).open(path, has_map=False)
        tab.page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
        tab.wait_until_quiet()
        tab.wait_until_still("gapmapTerritory.map")
        return tab

    return run


def press(tab, name, nth=0):
    tab.page.get_by_role("button", name=name, exact=True).nth(nth).click()


def wait_for(tab, condition, argument=None):
    tab.frame.wait_for_function(condition, arg=argument)
    tab.wait_until_quiet()


def divide(tab):
    press(tab, "Propose a division")
    wait_for(tab, f"{HOLDERS} && {HOLDERS}.every(one => one >= 0)")
    # One that takes its time is shown while it gets better: it is over when one may ask anew.
    expect(tab.page.get_by_role("button", name="Rebalance", exact=True)).to_be_enabled()
    tab.wait_until_quiet()
    return tab.on_map(HOLDERS)


def paint(tab, letter, row):
    """Choose a partner by its letter in the frame, then touch an area with the brush.

    Returns the areas that changed hands in the frame.
    """
    before = tab.on_map(HOLDERS)
    tab.frame.locator(".gapmap-t-holder").nth(ord(letter) - ord("A")).click()
    x, y = tab.on_map("geoid => window.gapmapTerritory.pixel(geoid)", bronx()[row])
    box = tab.page.frame_locator(MAP_TITLE).locator("#map_div").bounding_box()
    assert box is not None
    tab.page.mouse.click(box["x"] + x, box["y"] + y)
    tab.frame.wait_for_function(f"before => {HOLDERS}.join() !== before.join()", arg=before)
    pairs = zip(before, tab.on_map(HOLDERS), strict=True)
    return [place for place, (one, other) in enumerate(pairs) if one != other]


@functools.cache
def bronx():
    """GEOIDs of the areas in question, in the order of the map."""
    study = wiring.open_workspace().load_study("nyc")
    scenario = replace(usecases.default_scenario(study), within="Bronx")
    return usecases.prepare_territory(study, DivisionRequest(scenario, 6)).labels.geoids


def test_divide_lock_paint_undo_and_rebalance(open_territory):
    tab = open_territory()
    assert "to share among 6 partners" in tab.headline()
    first = divide(tab)
    assert len(set(first)) == 6
    assert "each in one piece" in tab.headline()
    for count in range(2):
        press(tab, "Lock")
        tab.page.get_by_role("button", name="Unlock", exact=True).nth(count).wait_for()
        tab.wait_until_quiet()
    wait_for(tab, f"held => {LOCKS}.every((one, row) => one == (held[row] < 2))", first)
    locked = {row for row, is_locked in enumerate(tab.on_map(LOCKS)) if is_locked}
    assert {first[row] for row in locked} == {0, 1}
    press(tab, "Another proposal")
    wait_for(tab, f"before => {HOLDERS}.join() !== before.join()", first)
    second = tab.on_map(HOLDERS)
    assert all(second[row] == first[row] for row in locked)
    press(tab, "Undo")
    wait_for(tab, f"before => {HOLDERS}.join() === before.join()", first)
    press(tab, "Redo")
    wait_for(tab, f"before => {HOLDERS}.join() === before.join()", second)
    press(tab, "Unlock all")
    wait_for(tab, f"!{LOCKS}.some(Boolean)")


def test_a_stroke_of_the_brush_counts_on_the_page_and_is_undone_and_balanced(open_territory):
    tab = open_territory()
    first, said = divide(tab), tab.headline()
    assert len(first) == len(bronx())
    painted = paint(tab, "A", first.index(4))
    tab.wait_for_other_headline(said)
    after = tab.on_map(HOLDERS)
    assert {after[row] for row in painted} == {0}
    press(tab, "Undo")
    wait_for(tab, f"before => {HOLDERS}.join() === before.join()", first)
    assert tab.headline() == said
    press(tab, "Redo")
    wait_for(tab, f"before => {HOLDERS}.join() === before.join()", after)
    press(tab, "Rebalance")
    tab.page.get_by_text("each in one piece").wait_for()
    tab.wait_until_quiet()
    tab.page.get_by_text("changed hands").wait_for()


def test_a_link_shows_the_same_map_in_another_browser(open_territory):
    tab = open_territory()
    drawn = divide(tab)
    tab.wait_for_address("areas=")
    address = tab.page.url
    again = open_territory(address[address.index("/territory") :])
    assert again.on_map(HOLDERS) == drawn
    assert again.headline() == tab.headline()


def test_sheets_open_in_a_tab_and_a_table_comes_back(open_territory, tmp_path):
    tab = open_territory()
    drawn = divide(tab)
    with tab.page.expect_popup() as opened:
        tab.page.get_by_role("link", name="Print sheets").click()
    opened.value.locator("h1").first.wait_for()
    assert "Illustrative" in opened.value.content()
    opened.value.close()
    with tab.page.expect_download() as taken:
        press(tab, "Table (CSV)")
    table = tmp_path / "division.csv"
    taken.value.save_as(table)
    assert taken.value.suggested_filename == "territory-nyc-bronx-6-partners.csv"
    press(tab, "Clear")
    wait_for(tab, f"{HOLDERS}.every(one => one < 0)")
    tab.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(table)
    wait_for(tab, f"before => {HOLDERS}.join() === before.join()", drawn)
    tab.page.get_by_text("census tracts of 6 partners").wait_for()


def test_a_phone_has_no_scrolling_sideways(open_territory):
    tab = open_territory(width=390, height=844)
    divide(tab)
    wide = tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390


def test_names_are_text_in_cards_tables_and_what_a_partner_holds(open_territory):
    tab = open_territory("/territory?study=attacked&load=need&within=all")
    divide(tab)
    for row in range(3):
        tab.page.get_by_text("What it holds").nth(row).click()
        tab.wait_until_quiet()
    press(tab, "6 partners")
    tab.wait_until_quiet()
    assert not tab.was_attacked()
