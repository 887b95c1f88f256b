"""Two maps and a hand: close, add, drag, undo, keep and send, with a mouse and with a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gapmap.whatifs import SiteAdded, WhatIf, to_link
from tests.browser.conftest import ATTACKS, MAP_TITLE, running_server

READY = ".gapmap-compare[data-ready='1'][data-turn]"
TURN = "document.querySelector('.gapmap-compare').getAttribute('data-turn')"
# Sites of one map that count, are in sight, and have no other one beneath the same finger.
ALONE = """name => {
  const one = window.gapmapCompare[name], size = one.map.getSize();
  const at = site => one.map.latLngToContainerPoint(site.at);
  return one.sites.filter(site => site.flag === '1' && at(site).x > 120 && at(site).y > 100
    && at(site).x < size.x - 90 && at(site).y < size.y - 60
    && one.sites.every(other => other === site || at(other).distanceTo(at(site)) > 24))
    .map(site => site.id);
}"""
# A few pixels at the zoom of these tests, in degrees.
PIXELS = 1e-3
WHERE = """([name, id]) => {
  const one = window.gapmapCompare[name], frame = one.holder.getBoundingClientRect();
  const at = one.map.latLngToContainerPoint(one.sites.find(site => site.id === id).at);
  return [frame.left + at.x, frame.top + at.y];
}"""
MIDDLES = """() => ['first', 'second'].map(name => {
  const map = window.gapmapCompare[name].map, at = map.getCenter();
  return [at.lat, at.lng, map.getZoom()];
})"""


@pytest.fixture(scope="module")
def what_if_server(attacked_study, tmp_path_factory):
    """The app with a shelf of its own for what-ifs."""
    with running_server(
        GAPMAP_LAYERS=str(attacked_study / "layers"),
        GAPMAP_DATA=str(attacked_study / "data"),
        GAPMAP_WHAT_IFS=str(tmp_path_factory.mktemp("what-ifs")),
    ) as address:
        yield address


@pytest.fixture
def open_compare(visit, what_if_server):
    def run(path="/compare?study=nyc", **size):
        tab = visit(address=what_if_server, **size).open(path, has_map=False)
        tab.page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
        tab.wait_until_quiet()
        tab.wait_until_still("gapmapCompare.second.map")
        return tab

    return run


def in_frame(tab, label):
    return tab.page.frame_locator(MAP_TITLE).get_by_role("button", name=label, exact=True)


def point_of(tab, name, site_id):
    x, y = tab.on_map(WHERE, [name, site_id])
    box = tab.page.locator(MAP_TITLE).bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def wait_for_answer(tab, turn):
    tab.frame.wait_for_function(f"before => {TURN} !== before", arg=turn)
    tab.wait_until_quiet()


def wait_for_headline(tab, said):
    expect(tab.page.locator("h1").first).to_have_text(said)
    tab.wait_until_quiet()


def at_rest(tab):
    """Middle and zoom of both maps as soon as neither moves."""
    for name in ("first", "second"):
        if tab.on_map(f"!window.gapmapCompare.{name}.box.hidden"):
            tab.wait_until_still(f"gapmapCompare.{name}.map")
    return tab.on_map(MIDDLES)


def press(tab, label):
    turn = tab.on_map(TURN)
    in_frame(tab, label).click()
    wait_for_answer(tab, turn)


def close_one(tab, site_id):
    tab.page.mouse.click(*point_of(tab, "second", site_id))
    press(tab, "Close it")


def test_close_add_drag_and_take_it_all_back(open_compare):
    tab = open_compare()
    assert tab.headline().startswith("What if?")
    here, there, *_ = tab.on_map(ALONE, "second")
    close_one(tab, here)
    assert "fewer children" in tab.headline()
    closed = tab.headline()

    in_frame(tab, "+ Add a meal site").click()
    turn = tab.on_map(TURN)
    # Beside the one that is closed: its people are in reach again, most of them.
    x, y = point_of(tab, "second", here)
    tab.page.mouse.click(x + 16, y + 12)
    wait_for_answer(tab, turn)
    # What was added is in the hand at once: its card is open.
    in_frame(tab, "Name and times").wait_for()
    assert len(tab.on_map("window.gapmapCompare.second.sites.filter(site => site.isAdded)")) == 1
    tab.page.keyboard.press("Escape")
    added = tab.headline()

    x, y = point_of(tab, "second", there)
    tab.page.mouse.click(x, y)
    in_frame(tab, "Close it").wait_for()
    tab.page.mouse.down()
    tab.page.mouse.move(x - 50, y - 40, steps=5)
    turn = tab.on_map(TURN)
    tab.page.mouse.up()
    wait_for_answer(tab, turn)
    moved = tab.on_map(
        "id => Boolean(window.gapmapCompare.second.sites.find(site => site.id === id).from)", there
    )
    assert moved
    assert tab.headline() != added
    assert len({closed, added, tab.headline()}) == 3

    dragged = tab.headline()
    press(tab, "Undo")
    wait_for_headline(tab, added)
    turn = tab.on_map(TURN)
    tab.page.frame_locator(MAP_TITLE).locator(".gapmap-half-second .leaflet-container").press(
        "Control+z"
    )
    wait_for_answer(tab, turn)
    wait_for_headline(tab, closed)
    press(tab, "Redo")
    wait_for_headline(tab, added)
    press(tab, "Redo")
    wait_for_headline(tab, dragged)
    again = open_compare(tab.page.url[tab.page.url.index("/compare") :])
    assert again.headline() == dragged


def test_both_maps_pan_and_zoom_together_and_the_difference_keeps_the_place(open_compare):
    tab = open_compare()
    box = tab.page.locator(MAP_TITLE).bounding_box()
    assert box is not None
    before = tab.on_map(MIDDLES)
    # In the left map, far from every site.
    x, y = box["x"] + box["width"] * 0.46, box["y"] + 140
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x - 90, y + 60, steps=6)
    tab.page.mouse.up()
    # The map glides on for a moment after it is let go.
    tab.wait_on_map(f"before => Math.abs(({MIDDLES})()[0][1] - before[1]) > 0", before[0])
    left, right = at_rest(tab)
    assert left != before[0]
    assert left == pytest.approx(right, abs=PIXELS)
    tab.page.frame_locator(MAP_TITLE).locator(
        ".gapmap-half-second .leaflet-control-zoom-in"
    ).click()
    tab.wait_on_map(f"zoom => ({MIDDLES})().every(one => one[2] > zoom)", before[0][2])
    left, right = at_rest(tab)
    assert left == pytest.approx(right, abs=PIXELS)
    in_frame(tab, "Difference").click()
    expect(in_frame(tab, "Difference")).to_have_attribute("aria-pressed", "true")
    assert at_rest(tab)[1] == pytest.approx(right, abs=PIXELS)
    in_frame(tab, "Side by side").click()
    expect(in_frame(tab, "Difference")).to_have_attribute("aria-pressed", "false")
    left, right = at_rest(tab)
    assert left == pytest.approx(right, abs=PIXELS)


def test_what_is_saved_or_sent_as_a_file_opens_in_another_browser(open_compare, tmp_path):
    tab = open_compare()
    close_one(tab, tab.on_map(ALONE, "second")[0])
    tab.page.get_by_role("button", name="Save · Send").click()
    tab.page.get_by_label("Name").fill("One less")
    tab.page.get_by_role("button", name="Save", exact=True).click()
    tab.page.get_by_text("is saved on this server as it is now").wait_for()
    expect(tab.page.locator("h1").first).to_contain_text("“One less”")
    tab.wait_until_quiet()
    said = tab.headline()
    with tab.page.expect_download() as sent:
        tab.page.get_by_role("button", name="Download the file").click()
    assert sent.value.suggested_filename == "one-less.toml"
    sent.value.save_as(tmp_path / "sent.toml")
    assert "close = [" in (tmp_path / "sent.toml").read_text(encoding="utf-8")

    other = open_compare()
    other.page.get_by_role("button", name="Save · Send").click()
    other.page.locator("input[type=file]").set_input_files(tmp_path / "sent.toml")
    wait_for_headline(other, said)

    third = open_compare()
    third.page.locator(".st-key-nyc-compare-right").get_by_role("combobox").click()
    third.page.get_by_role("option", name="One less").click()
    wait_for_headline(third, said)


def test_a_phone_shows_one_map_at_a_time_and_does_not_scroll_sideways(open_compare):
    tab = open_compare(width=390, height=844, has_touch=True)
    assert tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    seen = ".gapmap-half:not([hidden])"
    for label, half in (
        ("Left", "gapmap-half-first"),
        ("Difference", "gapmap-half-second"),
        ("Right", "gapmap-half-second"),
    ):
        in_frame(tab, label).tap()
        expect(in_frame(tab, label)).to_have_attribute("aria-pressed", "true")
        assert tab.on_map(f"document.querySelectorAll('{seen}').length") == 1
        assert half in tab.on_map(f"document.querySelector('{seen}').className")
        tab.wait_on_map(f"document.querySelector('{seen} .leaflet-container').clientWidth > 300")
    assert not in_frame(tab, "Side by side").is_visible()


def test_names_are_text_on_both_maps_and_in_every_list(open_compare):
    what_if = WhatIf(ATTACKS[0], "attacked", note=ATTACKS[1])
    for place, attack in enumerate(ATTACKS):
        what_if = what_if.adding(
            SiteAdded(f"n{place}", attack, 0.002 + 0.009 * place, 0.003, partner=attack)
        )
    tab = open_compare(f"/compare?study=attacked&right={to_link(what_if)}")
    tab.page.get_by_text("Adds", exact=False).first.wait_for()
    for name in ("first", "second"):
        tab.page.mouse.move(*point_of(tab, name, tab.on_map(
            f"window.gapmapCompare.{name}.sites[0].id")))  # fmt: skip
        tab.page.frame_locator(MAP_TITLE).locator(".gapmap-tip").first.wait_for()
    tab.page.mouse.click(*point_of(tab, "second", "n2"))
    in_frame(tab, "Name and times").click()
    tab.page.get_by_role("dialog").get_by_label("Name").wait_for()
    assert not tab.was_attacked()
