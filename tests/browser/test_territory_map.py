"""Painting territory by mouse, finger and keys: seen at once, said once, counted as the page."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

import pytest
import shapely

from gapmap import usecases, wiring
from gapmap.analysis.territory.values import DivisionRequest
from tests.browser.conftest import MAP_TITLE

READY = "#map_div[data-ready='1']"
API = "window.gapmapTerritory"
HOLDERS = f"{API}.holders()"
SETTLED = f"{API}.waiting() === 0"


@functools.cache
def bronx():
    """The Bronx among six, laid out: the areas of the map in their order, and what they weigh."""
    study = wiring.open_workspace().load_study("nyc")
    scenario = replace(usecases.default_scenario(study), within="Bronx")
    return usecases.prepare_territory(study, DivisionRequest(scenario, 6))


@functools.cache
def places():
    """Row of the neighbourhood of each area of the map."""
    layout = bronx()
    return layout.place[layout.rows].tolist()


@pytest.fixture
def open_map(visit):
    def run(path="/territory?study=nyc", **size):
        tab = visit(**size).open(path, has_map=False)
        tab.page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
        tab.wait_until_quiet()
        tab.page.locator(MAP_TITLE).scroll_into_view_if_needed()
        tab.wait_until_still("gapmapTerritory.map")
        return tab

    return run


def origin(tab):
    """Where the map lies on the page."""
    box = tab.page.frame_locator(MAP_TITLE).locator("#map_div").bounding_box()
    assert box is not None
    return box


def pixels(tab):
    """Where on the page each area's inner point lies."""
    box = origin(tab)
    found = tab.on_map(f"ids => ids.map({API}.pixel)", list(bronx().labels.geoids))
    return [(box["x"] + x, box["y"] + y) for x, y in found]


def middle(tab):
    box = origin(tab)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(tab, *stops, lift=True):
    tab.page.mouse.move(*stops[0])
    tab.page.mouse.down()
    for stop in stops[1:]:
        tab.page.mouse.move(*stop, steps=6)
    if lift:
        tab.page.mouse.up()


def settle(tab):
    """Wait until the page has answered all that the map said."""
    tab.frame.wait_for_function(SETTLED, timeout=60_000)
    tab.wait_until_quiet()


def go_deaf(tab):
    """Let nothing that the map says reach the page, until ``window.__isDeaf`` is taken back."""
    tab.on_map(
        """() => {
          const send = window.Streamlit.setComponentValue;
          window.__isDeaf = true;
          window.Streamlit.setComponentValue = function () {
            if (!window.__isDeaf) { return send.apply(window.Streamlit, arguments); }
          };
        }"""
    )


def let_time_pass(tab, seconds):
    """Let the map believe that so many seconds have gone by."""
    tab.on_map(
        """seconds => {
          const now = Date.now;
          Date.now = () => now() + 1000 * seconds;
        }""",
        seconds,
    )


def changed(before, after):
    return {row for row, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}


def measured(holders):
    """What a drawing is worth, as the page measures it."""
    layout = bronx()
    names = layout.request.names
    drawn = {
        geoid: None if holder < 0 else names[holder]
        for geoid, holder in zip(layout.labels.geoids, holders, strict=True)
    }
    return usecases.measure_territory(layout, drawn)


def shown_loads(tab):
    """What the bars say, one whole number a partner."""
    rows = "[...document.querySelectorAll('.gapmap-t-holder')]"
    labels = tab.on_map(f"{rows}.map(one => one.getAttribute('aria-label'))")
    return [int(re.search(r": ([\d,]+) of ", label)[1].replace(",", "")) for label in labels[:6]]


def test_a_stroke_of_the_brush_shows_before_it_is_said_and_is_said_once(open_map):
    tab = open_map()
    x, y = middle(tab)
    drag(tab, (x - 120, y), (x + 60, y + 30), lift=False)
    tab.frame.wait_for_function(f"{HOLDERS}.filter(one => one === 0).length > 3")
    assert tab.on_map(f"{API}.sent") == 0
    tab.page.mouse.up()
    painted = tab.on_map(HOLDERS)
    assert tab.on_map(f"{API}.sent") == 1
    settle(tab)
    assert tab.on_map(HOLDERS) == painted
    division = measured(painted)
    assert shown_loads(tab) == [round(one.load) for one in division.territories]
    assert tab.on_map(f"{API}.sums()[0].pieces") == division.territories[0].piece_count
    # The address holds the drawing of the page itself, not what the map believes.
    tab.wait_for_address("areas=")
    address = tab.page.url
    again = open_map(address[address.index("/territory") :])
    assert again.on_map(HOLDERS) == painted


def test_undo_and_redo_by_key_come_at_once_and_the_page_agrees(open_map):
    tab = open_map()
    x, y = middle(tab)
    blank = tab.on_map(HOLDERS)
    drag(tab, (x - 100, y), (x + 40, y + 20))
    settle(tab)
    painted = tab.on_map(HOLDERS)
    assert painted != blank
    for keys, wanted in [("Control+z", blank), ("Control+Shift+z", painted), ("Meta+z", blank)]:
        tab.page.keyboard.press(keys)
        assert tab.on_map(HOLDERS) == wanted
        settle(tab)
        assert tab.on_map(HOLDERS) == wanted
    drag(tab, (x - 100, y), (x + 40, y + 20), lift=False)
    assert tab.on_map(HOLDERS) != blank
    tab.page.keyboard.press("Escape")
    tab.page.mouse.up()
    assert tab.on_map(HOLDERS) == blank


def test_a_lasso_takes_what_lies_in_it_a_click_a_neighbourhood_and_locks_hold(open_map):
    tab = open_map()
    x, y = middle(tab)
    blank, inner = tab.on_map(HOLDERS), pixels(tab)
    tab.frame.locator("#map_div").focus()
    tab.page.keyboard.press("l")
    tab.page.keyboard.press("3")
    loop = [(x - 90, y - 40), (x + 10, y - 110), (x + 70, y + 20), (x - 20, y + 80)]
    drag(tab, *loop)
    after = tab.on_map(HOLDERS)
    # A point a pixel from the line may fall on either side of it.
    line = shapely.Polygon(loop)
    sure = {row for row, at in enumerate(inner) if line.buffer(-4).contains(shapely.Point(at))}
    may_be = {row for row, at in enumerate(inner) if line.buffer(4).contains(shapely.Point(at))}
    assert sure
    assert sure <= changed(blank, after) <= may_be
    assert {after[row] for row in changed(blank, after)} == {2}
    settle(tab)

    tab.frame.locator(".gapmap-t-lock").nth(2).click()
    settle(tab)
    locks = tab.on_map(f"{API}.locks()")
    assert {row for row, is_locked in enumerate(locks) if is_locked} == changed(blank, after)

    tab.page.keyboard.press("n")
    tab.page.keyboard.press("5")
    first = next(iter(sorted(sure)))
    row = next(
        row
        for row, place in enumerate(places())
        if row not in may_be
        and not locks[row]
        and places().count(place) > 3
        and all(abs(a - b) < 200 for a, b in zip(inner[row], (x, y), strict=True))
    )
    tab.page.mouse.click(*inner[row])
    taken = changed(after, tab.on_map(HOLDERS))
    assert taken == {
        other for other, place in enumerate(places()) if place == places()[row] and not locks[other]
    }
    tab.page.keyboard.press("0")
    tab.page.mouse.click(*inner[first])
    assert tab.on_map(HOLDERS)[first] == 2, "a lock held against the eraser"
    settle(tab)
    assert tab.on_map(f"{API}.sums().left.areas") == len(blank) - sum(
        one >= 0 for one in tab.on_map(HOLDERS)
    )


def test_strokes_faster_than_the_page_all_arrive_and_nothing_flickers_back(open_map):
    tab = open_map()
    x, y = middle(tab)
    tab.on_map(
        f"""() => {{
          const before = {HOLDERS}, show = {API}.show;
          {API}.show = state => {{ window.__answer = state; show(state); }};
          window.__counts = [];
          (function look() {{
            const now = {HOLDERS};
            window.__counts.push(now.filter((one, row) => one !== before[row]).length);
            requestAnimationFrame(look);
          }})();
        }}"""
    )
    for step in range(4):
        drag(tab, (x - 120 + 50 * step, y - 40), (x - 90 + 50 * step, y - 10))
    settle(tab)
    counts = tab.on_map("window.__counts")
    assert counts[-1] > 4
    assert counts == sorted(counts)
    # An answer to what was said before comes while a newer stroke is on its way.
    painted = tab.on_map(HOLDERS)
    go_deaf(tab)
    drag(tab, (x - 100, y + 90), (x + 40, y + 110))
    newer = tab.on_map(HOLDERS)
    assert newer != painted
    tab.on_map(f"{API}.show(window.__answer)")
    assert tab.on_map(HOLDERS) == newer
    tab.on_map("window.__isDeaf = false")
    let_time_pass(tab, 5)
    settle(tab)
    assert tab.on_map(HOLDERS) == newer
    assert shown_loads(tab) == [
        round(one.load) for one in measured(tab.on_map(HOLDERS)).territories
    ]


def test_a_lost_message_is_said_again_and_a_lost_answer_does_nothing_twice(open_map):
    tab = open_map()
    x, y = middle(tab)
    go_deaf(tab)
    drag(tab, (x - 100, y), (x + 40, y + 20))
    painted = tab.on_map(HOLDERS)
    let_time_pass(tab, 8)
    tab.page.frame_locator(MAP_TITLE).get_by_role("alert").wait_for()
    assert tab.on_map(HOLDERS) == painted
    tab.on_map("window.__isDeaf = false")
    let_time_pass(tab, 5)
    settle(tab)
    assert tab.page.frame_locator(MAP_TITLE).get_by_role("alert").count() == 0
    drag(tab, (x - 100, y + 90), (x + 40, y + 110))
    settle(tab)
    tab.on_map(
        f"""() => {{
          const show = {API}.show;
          window.__isLost = false;
          {API}.show = state => {{
            if (window.__isLost) {{ show(state); }}
            window.__isLost = true;
          }};
        }}"""
    )
    # Undone twice there would be nothing left of the two strokes.
    tab.page.keyboard.press("Control+z")
    tab.wait_on_map("window.__isLost")
    let_time_pass(tab, 5)
    settle(tab)
    assert tab.on_map(HOLDERS) == painted


def test_one_finger_paints_and_two_move_the_map(open_map):
    tab = open_map(width=390, height=844, has_touch=True, is_mobile=True)
    wire = tab.page.context.new_cdp_session(tab.page)

    def touch(kind, *points):
        told = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    x, y = middle(tab)
    touch("touchStart", (x - 50, y))
    for step in range(10):
        touch("touchMove", (x - 50 + 8 * step, y + 2 * step))
    touch("touchEnd")
    settle(tab)
    painted = tab.on_map(HOLDERS)
    assert sum(one == 0 for one in painted) > 3
    zoom = tab.on_map(f"{API}.map.getZoom()")
    touch("touchStart", (x - 20, y))
    touch("touchStart", (x - 20, y), (x + 20, y))
    for step in range(10):
        touch("touchMove", (x - 20 - 6 * step, y), (x + 20 + 6 * step, y))
    touch("touchEnd")
    tab.frame.wait_for_function(f"zoom => {API}.map.getZoom() > zoom + 0.5", arg=zoom)
    assert tab.on_map(HOLDERS) == painted
    small = tab.on_map(
        """[...document.querySelectorAll('.gapmap-t-tool, .gapmap-t-holder, .gapmap-t-lock')]
        .map(one => one.getBoundingClientRect())
        .filter(box => box.width && Math.min(box.width, box.height) < 40).length"""
    )
    assert small == 0


def test_keys_alone_find_an_area_and_paint_it(open_map):
    tab = open_map()
    tab.frame.locator("#map_div").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "4", "Enter"):
        tab.page.keyboard.press(key)
    geoid = tab.on_map("document.querySelector('#map_div').getAttribute('data-cursor')")
    settle(tab)
    # The map goes along with the keys, if at all: what they are at can be seen.
    x, y = tab.on_map(f"geoid => {API}.pixel(geoid)", geoid)
    width, height = tab.on_map(f"{API}.map.getSize()").values()
    assert 0 <= x <= width
    assert 0 <= y <= height
    row = bronx().labels.geoids.index(geoid)
    assert {place for place, one in enumerate(tab.on_map(HOLDERS)) if one == 3} == {row}
    spoken = tab.page.frame_locator(MAP_TITLE).get_by_role("status").inner_text()
    assert spoken.startswith("1 census tract for ")
    tab.page.keyboard.press("k")
    tab.page.keyboard.press("Enter")
    settle(tab)
    assert tab.on_map(f"{API}.locks()")[row] == 1


def test_names_are_text_in_palette_and_tooltip(open_map):
    tab = open_map("/territory?study=attacked&load=need&within=all")
    x, y = middle(tab)
    drag(tab, (x - 100, y), (x + 100, y))
    settle(tab)
    tab.page.mouse.move(x + 60, y + 3)
    tab.page.frame_locator(MAP_TITLE).locator(".gapmap-t-tip .gapmap-tip").wait_for()
    assert not tab.was_attacked()
