"""A board walked back and forth in the browser: marked as past, shown to all, left with one key."""

from __future__ import annotations

from typing import Any

import pytest

from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR, open_store
from tests.browser.round_table import API, HARBOUR, MILL, READY, Tab, Table, bronx

NOW = f"() => !{API}.board.past"
FIRST, SECOND, THIRD, FOURTH = sorted(bronx())[60:64]


@pytest.fixture
def table(table: Table) -> Table:
    """A board on which three areas were taken, one after the other: four changes in all."""
    for area, partner in ((FIRST, HARBOUR), (SECOND, MILL), (THIRD, HARBOUR)):
        write(table, do="take", areas=[area], partner=partner)
    return table


def write(table: Table, **change: Any) -> None:
    with open_store(table.server.url) as store:
        store.write(table.board, read_change(change), by=OPERATOR)


def sees_change(tab: Tab, revision: int) -> None:
    tab.until(f"revision => ({API}.board.past || {{}}).revision === revision", revision)
    # Said with the next frame.
    tab.page.locator(f".gapmap-r-walk b:text-matches('change {revision} of')").wait_for()


def test_a_guest_walks_through_what_was_done_and_one_key_leads_back_to_now(table):
    guest = table.sit("guest")
    view = f"[{API}.map.getCenter().lat, {API}.map.getZoom()]"
    guest.until("() => document.querySelectorAll('.gapmap-r-log li').length")
    before = guest.on(view)
    guest.press("History")
    sees_change(guest, 4)
    guest.page.locator(".gapmap-r-history li").nth(3).wait_for()
    guest.page.keyboard.press("ArrowLeft")
    sees_change(guest, 3)
    assert [guest.holder(area) for area in (FIRST, SECOND, THIRD)] == [HARBOUR, MILL, None]
    # What that change was about stands out, and nothing can be done to it.
    assert guest.on(f"{API}.room.history.marks()") == [SECOND]
    assert guest.page.locator("button:visible:text-matches('^(Take|Undo)')").count() == 0
    current = guest.page.locator(".gapmap-r-history li[aria-current='step']")
    assert f"{MILL} took" in current.inner_text()
    # What happens meanwhile moves nobody who looks back, and is there when they return.
    write(table, do="take", areas=[FOURTH], partner=MILL)
    guest.page.locator(".gapmap-r-walk b:text-matches('change 3 of 5')").wait_for()
    assert guest.holder(FOURTH) is None
    guest.page.locator(".gapmap-r-history li button").last.click()
    sees_change(guest, 1)
    assert guest.on(f"{API}.board.state.claims") == {}
    guest.page.keyboard.press("Escape")
    guest.until(NOW)
    assert guest.holder(FOURTH) == MILL
    guest.page.locator(".gapmap-r-walk").wait_for(state="hidden")
    assert guest.on(view) == pytest.approx(before)


def test_a_partner_takes_back_from_there_what_is_its_own(table):
    harbour = table.sit("harbour")
    harbour.press("History")
    sees_change(harbour, 4)
    # Nothing is done to what was but to take it back.
    harbour.mark(FOURTH)
    assert harbour.on(f"{API}.hand.list()") == []
    undo = harbour.page.locator(".gapmap-r-history li:has(button:text-is('Undo'))")
    undo.nth(1).wait_for()
    assert [one.get_attribute("data-revision") for one in undo.all()] == ["4", "2"]
    undo.nth(1).get_by_role("button", name="Undo").click()
    harbour.until(NOW)
    assert harbour.holder(FIRST) is None
    assert harbour.holder(THIRD) == HARBOUR
    harbour.press("History")
    sees_change(harbour, 5)
    told = harbour.page.locator(".gapmap-r-undone")
    told.wait_for()
    assert "undone by change 5" in told.inner_text()
    assert undo.count() == 2  # what is left of its own, and the undoing itself


def test_a_decision_keeps_the_map_and_is_shown_again_to_everybody_as_it_was(table):
    lead, projector = table.sit("lead"), table.sit("projector")
    lead.on(f"() => {{ {API}.map.setView([40.8262, -73.9101], 14, {{ animate: false }}); }}")
    lead.press("Decide")
    lead.page.locator("textarea").fill("Begin with the schools")
    lead.page.locator("form button[type=submit]").click()
    lead.until(f"() => Object.keys({API}.board.state.decisions).length")
    (kept,) = lead.on(f"Object.values({API}.board.state.decisions)")
    view = kept["view"]
    assert (view["lat"], view["lng"]) == pytest.approx((40.8262, -73.9101), abs=0.0005)
    (south, west), (north, east) = view["bounds"]
    assert (south + north) / 2 == pytest.approx(view["lat"], abs=0.001)
    assert west < view["lng"] < east
    assert kept["on_revision"] == 4
    # Afterwards the board and the map are others.
    write(table, do="release", areas=[FIRST], partner=HARBOUR)
    lead.on(f"() => {{ {API}.map.setView([40.9, -73.8], 11, {{ animate: false }}); }}")
    lead.press("Lead all")
    lead.page.locator("button:text-is('Show as it was')").click()
    for tab in (lead, projector):
        sees_change(tab, 4)
        assert tab.holder(FIRST) == HARBOUR
        tab.page.locator(".gapmap-r-walk span:text-matches('Begin with the schools')").wait_for()
        tab.until(f"() => Math.abs({API}.map.getCenter().lat - 40.8262) < 0.003")
        tab.until(
            f"""([[south, west], [north, east]]) => {{
              const frame = {API}.map.getBounds().pad(0.02);
              return frame.contains([south, west]) && frame.contains([north, east]);
            }}""",
            view["bounds"],
        )
    assert projector.page.locator("button:visible").count() == 0
    lead.page.keyboard.press("Escape")
    for tab in (lead, projector):
        tab.until(NOW)
        assert tab.holder(FIRST) is None


def test_a_second_facilitator_takes_the_lead_and_the_first_is_told(table):
    first, second = table.sit("lead", name="Desk one"), table.sit("lead", name="Desk two")
    first.press("Lead all")
    second.page.locator(".gapmap-r-follow p:text-matches('Desk one')").wait_for()
    second.press("Lead all")
    first.page.locator(".gapmap-r-toast span:text-matches('Desk two leads the map now')").wait_for()
    first.page.locator(".gapmap-r-follow p:text-matches('Desk two')").wait_for()
    second.press("Timer")
    second.press("Start the timer")
    first.press("Pause the timer")
    second.page.locator(".gapmap-r-timer:has-text('paused')").wait_for()


def test_a_projector_without_sockets_says_the_last_words_and_is_nobody(table):
    context = table.browser.new_context(viewport={"width": 1280, "height": 800})
    table.contexts.append(context)
    context.add_init_script("window.WebSocket = function () { throw new Error('blocked'); };")
    page = context.new_page()
    page.goto(
        f"{table.server.address}/gapmap/room/{table.board}?view=projector#{table.code('guest')}"
    )
    page.locator(READY).wait_for()
    Tab(page).wait_for("slow")
    page.locator(f".gapmap-r-ticker:text-matches('{HARBOUR} took')").wait_for()
    with page.expect_response("**/since?*"):
        pass
    harbour = table.sit("harbour")
    harbour.page.locator(".gapmap-r-here:text-is('1 here')").wait_for()
