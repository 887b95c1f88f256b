"""Five suggestions for the Bronx, one refused, one accepted, one dragged: by mouse, unread."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MAP_TITLE

READY = "#map_div[data-ready='1'][data-pins][data-fitted]"
PINS = "document.querySelector('#map_div').getAttribute('data-pins').split('|')"


@pytest.fixture
def open_plan(visit):
    def run(path="/plan?study=nyc", **size):
        tab = visit(**size).open(path, has_map=False)
        tab.page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
        tab.wait_until_quiet()
        tab.wait_until_still("gapmapPlan.map")
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
    tab.page.get_by_text("accepted", exact=True).first.wait_for()
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


def test_a_long_proof_can_be_stopped_in_the_middle(open_plan):
    tab = open_plan("/plan?study=nyc&within=all&model=lscp")
    before, said = tab.on_map(PINS), tab.headline()
    tab.page.get_by_role("button", name="Prove it").click()
    tab.page.get_by_role("button", name="Cancel").click()
    # Long before its time is up.
    tab.page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=20_000)
    tab.wait_until_quiet()
    assert tab.on_map(PINS) == before
    assert tab.headline() == said
    tab.page.get_by_text("No choice can do with fewer than").wait_for()
    expect(tab.page.get_by_role("button", name="Prove it")).to_be_enabled()


def test_the_drawer_shows_what_a_link_has_set(open_plan):
    tab = open_plan(
        "/plan?study=nyc&existing=ignored&equity=time-since-served&on=2025-07-20&weight=4"
    )
    tab.page.get_by_role("button", name="More").click()
    drawer = tab.page.get_by_test_id("stPopoverBody")
    who = drawer.get_by_role("combobox", name="Who counts more")
    expect(who).to_have_value("Who was served longest ago")
    expect(drawer.get_by_role("switch")).to_be_checked()
    expect(drawer).to_contain_text(re.compile(r"4\s*times\s*more"))
    expect(drawer).to_contain_text(re.compile(r"2025-07-20"))


def test_a_phone_has_no_scrolling_sideways(open_plan):
    tab = open_plan(width=390, height=844)
    wide = tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390


def test_names_are_text_on_the_map_and_on_the_cards(open_plan):
    tab = open_plan("/plan?study=attacked&p=3&existing=ignored")
    tab.page.frame_locator(MAP_TITLE).locator(".gapmap-pin").last.hover()
    tab.page.frame_locator(MAP_TITLE).locator(".leaflet-tooltip").first.wait_for()
    assert not tab.was_attacked()


FIGURES = "document.querySelector('.gapmap-figures').innerText"


def hold_pin(tab, number, east, south):
    """Take a pin with the mouse and move it; the button stays down."""
    pin = tab.page.frame_locator(MAP_TITLE).locator(".gapmap-pin").nth(number)
    box = pin.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + east, y + south, steps=6)


def wait_for_figures(tab, text):
    tab.frame.wait_for_function(f"text => {FIGURES}.includes(text)", arg=text)
    return tab.on_map(FIGURES)


def test_figures_change_while_the_pin_is_still_in_the_hand_and_the_page_says_the_same(open_plan):
    tab = open_plan()
    said, shown = tab.headline(), tab.on_map(FIGURES)
    assert "5 new meal sites together" in shown
    hold_pin(tab, 2, 45, 25)
    wait_for_figures(tab, "3 · ")
    # The first answers may be about where the pin was a few pixels ago.
    wait_for_figures(tab, "−")
    assert tab.headline() == said
    before = tab.on_map(PINS)
    tab.page.mouse.up()
    wait_for_other_pins(tab, before)
    together = tab.on_map(FIGURES).splitlines()
    brings = together[1].split()[0].removeprefix("+")
    assert f"bring {brings} of" in tab.headline()
    # What the hand has changed can still be read.
    assert "−" in together[1] + together[2]


def test_a_page_that_is_drawn_anew_takes_no_pin_out_of_the_hand(open_plan):
    tab = open_plan()
    hold_pin(tab, 2, 45, 25)
    wait_for_figures(tab, "3 · ")
    tab.on_map("window.gapmapPlan.show(Object.assign({}, {pins: [], refused: [], figures: []}))")
    assert tab.page.frame_locator(MAP_TITLE).locator(".gapmap-pin").count() == 5
    before = tab.on_map(PINS)
    tab.page.mouse.up()
    wait_for_other_pins(tab, before)


def test_arrow_keys_move_a_pin_enter_lets_it_go_and_escape_puts_it_back(open_plan):
    tab = open_plan()
    before, shown = tab.on_map(PINS), tab.on_map(FIGURES)
    pin = tab.page.frame_locator(MAP_TITLE).get_by_role("button", name="Suggestion 3")
    pin.focus()
    for _ in range(3):
        tab.page.keyboard.press("Shift+ArrowRight")
    wait_for_figures(tab, "3 · ")
    tab.page.keyboard.press("Escape")
    assert tab.on_map(FIGURES) == shown
    assert tab.on_map(PINS) == before
    for _ in range(3):
        tab.page.keyboard.press("Shift+ArrowRight")
    wait_for_figures(tab, "3 · ")
    tab.page.keyboard.press("Enter")
    wait_for_other_pins(tab, before)
    assert len(set(before) & set(tab.on_map(PINS))) == 4
    # Whoever works by keys goes on from the same pin.
    tab.frame.wait_for_function(
        "(document.activeElement.getAttribute('aria-label') || '').startsWith('Suggestion')"
    )


def test_a_dragged_pin_finds_its_place_although_no_figures_come(open_plan):
    tab = open_plan()
    before = tab.on_map(PINS)
    tab.page.route("**/gapmap/plan/**", lambda route: route.abort())
    hold_pin(tab, 2, 45, 25)
    tab.page.mouse.up()
    wait_for_other_pins(tab, before)
    assert len(set(before) & set(tab.on_map(PINS))) == 4


COVERED = """() => {
  const boxes = ['.gapmap-legend', '.gapmap-notices', '.gapmap-figures', '.leaflet-control-zoom']
    .map(name => document.querySelector(name).getBoundingClientRect());
  return [...document.querySelectorAll('.gapmap-pin')].filter(pin => {
    const at = pin.getBoundingClientRect();
    return boxes.some(box => at.right > box.left && at.left < box.right &&
                             at.bottom > box.top && at.top < box.bottom);
  }).length;
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_no_pin_lies_under_the_legend_the_notices_or_the_figures(open_plan, width, height):
    for path in ("/plan?study=nyc&p=20", "/plan?study=nyc&p=20&within=all&reach=1mi"):
        tab = open_plan(path, width=width, height=height)
        assert len(tab.on_map(PINS)) == 20
        # The map is fitted anew when its styles and its height have come.
        tab.wait_on_map(f"() => ({COVERED})() === 0")
        # And the whole of what is asked about is in sight.
        tab.wait_on_map("window.gapmapPlan.map.getBounds().contains(window.gapmapPlan.bounds())")
