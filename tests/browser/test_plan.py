"""Five suggestions for the Bronx, one refused, one accepted, one dragged: by mouse, unread."""

from __future__ import annotations

import pytest

from tests.browser.conftest import MAP_TITLE

READY = "#map_div[data-ready='1'][data-pins]"
PINS = "document.querySelector('#map_div').getAttribute('data-pins').split('|')"


@pytest.fixture
def open_plan(visit):
    def run(path="/plan?study=nyc", **size):
        tab = visit(**size).open(path, has_map=False)
        tab.page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
        tab.wait_until_quiet()
        return tab

    return run


def wait_for_other_pins(tab, before):
    tab.frame.wait_for_function(f"before => {PINS}.join() !== before.join()", arg=before)
    tab.wait_until_quiet()


def test_refuse_one_get_another_accept_one(open_plan):
    tab = open_plan()
    first = tab.on_map(PINS)
    assert len(first) == 5
    assert "5 more meal sites bring" in tab.headline()
    tab.page.get_by_role("button", name="Refuse").first.click()
    wait_for_other_pins(tab, first)
    second = tab.on_map(PINS)
    assert len(second) == 5
    assert first[0] not in second
    tab.page.get_by_role("button", name="Accept").nth(1).click()
    tab.wait_for_address("accept=")
    tab.wait_until_quiet()
    assert tab.page.get_by_text("accepted", exact=True).first.is_visible()
    address = tab.page.url
    again = open_plan(address[address.index("/plan") :])
    assert again.on_map(PINS) == second
    assert again.headline() == tab.headline()


def test_a_dragged_pin_changes_the_figures_and_leaves_the_others(open_plan):
    tab = open_plan()
    before, said = tab.on_map(PINS), tab.headline()
    pin = tab.page.frame_locator(MAP_TITLE).locator(".gapmap-pin").nth(2)
    box = pin.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 45, y + 25, steps=6)
    tab.page.mouse.up()
    wait_for_other_pins(tab, before)
    after = tab.on_map(PINS)
    assert len(set(before) & set(after)) == 4
    assert tab.headline() != said


def test_a_proof_comes_while_one_looks(open_plan):
    tab = open_plan()
    tab.page.get_by_role("button", name="Prove it").click()
    tab.page.get_by_text("Proven: no other choice is better.").wait_for(timeout=60_000)


def test_a_phone_has_no_scrolling_sideways(open_plan):
    tab = open_plan(width=390, height=844)
    wide = tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390


def test_names_are_text_on_the_map_and_on_the_cards(open_plan):
    tab = open_plan("/plan?study=attacked&p=3&existing=ignored")
    tab.page.frame_locator(MAP_TITLE).locator(".gapmap-pin").last.hover()
    tab.page.frame_locator(MAP_TITLE).locator(".leaflet-tooltip").first.wait_for()
    assert not tab.was_attacked()
