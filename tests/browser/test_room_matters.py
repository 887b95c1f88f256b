"""What people put on a board beside claims: sites, comments, corrections, tasks, parts of areas."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import ATTACKS, STILL
from tests.browser.round_table import API, HARBOUR, MILL

MATTERS = f"{API}.room.matters"
PLACED = """id => {
  const box = document.querySelector(`[data-site="${id}"]`).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + 12];
}"""


def put(tab: Any, section: str, **value: Any) -> str:
    """Put something on the board without typing it; returns its identifier."""
    tab.on(f"([section, value]) => {MATTERS}.put(section, null, value)", [section, value])
    tab.until(f"section => Object.keys({API}.board.state[section]).length", section)
    return str(tab.on(f"section => Object.keys({API}.board.state[section])[0]", section))


def test_a_site_that_is_put_on_the_map_is_a_pin_for_everybody_and_only_its_partner_moves_it(table):
    harbour, mill, projector = (table.sit(who) for who in ("harbour", "mill", "projector"))
    harbour.press("Propose a site")
    harbour.mark(harbour.areas[60])
    harbour.page.locator("[data-at='draft name']").fill("Gun Hill Community Room")
    for text in ("lunch", "Mon", "Tue", "Wed"):
        harbour.page.locator(f".gapmap-r-pick:text-is('{text}')").click()
    for day in ("2027-06-01", ""):
        harbour.page.locator("[data-at='draft first_day']").fill(day)
    harbour.press("Put it on the map")
    for tab in (harbour, mill, projector):
        tab.page.locator(".gapmap-r-pin[data-site] .gapmap-r-drop b:text-is('A')").wait_for()
    # What is not answered yet is shown as well: here it is to be on the board.
    harbour.until(f"() => Object.keys({API}.board.state.sites).length === 1")
    (site,) = harbour.on(f"Object.values({API}.board.state.sites)")
    assert (site["partner"], site["meals"], site["days"]) == (
        HARBOUR,
        ["lunch"],
        ["mon", "tue", "wed"],
    )
    # What nobody said is not known, and nothing was marked on the way.
    assert "first_day" not in site
    assert harbour.on(f"{API}.hand.list()") == []
    assert projector.page.locator(".gapmap-r-counted").inner_text().split() == [
        *("1", "site", "proposed")
    ]
    id = harbour.on(f"Object.keys({API}.board.state.sites)[0]")
    before = harbour.on(f"{API}.board.state.sites[{id!r}].longitude")
    for tab in (mill, harbour):
        tab.page.locator("[data-site]:not(.gapmap-r-pin-waiting)").wait_for()
        tab.until(STILL, "gapmapRoom.map")
        x, y = tab.on(PLACED, id)
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        tab.page.mouse.move(x + 60, y, steps=4)
        tab.page.mouse.up()
    projector.until(
        f"([id, before]) => {API}.board.state.sites[id].longitude > before", [id, before]
    )
    assert [one.kind for one in table.events()].count("put") == 2
    # Another's is not even tried.
    assert mill.page.locator(".gapmap-r-wrong").count() == 0


def test_what_is_said_of_an_area_stands_there_for_everybody_and_is_changed_by_whose_it_is(table):
    harbour, guest = table.sit("harbour"), table.sit("guest")
    area = harbour.areas[61]
    harbour.press("Comment")
    # The area that is marked while it is written is the one that is meant.
    harbour.mark(area)
    expect(harbour.page.locator("[data-at='draft subject']")).to_have_value(area)
    harbour.page.locator("textarea").fill(f"The yard is locked. {ATTACKS[0]}")
    harbour.press("Put it on the board")
    guest.page.locator(".gapmap-r-said").click()
    card = guest.page.locator(".gapmap-r-card")
    expect(card.locator("p")).to_have_text(f"The yard is locked. {ATTACKS[0]}")
    assert guest.on("window.__xss === undefined")
    # To read, and nothing to press but to put it away.
    assert card.locator("button").all_inner_texts() == ["Close"]
    harbour.until(f"() => {API}.hand.list().length === 0")
    harbour.mark(area)
    harbour.page.locator(".gapmap-r-card button:text-is('Remove')").click()
    guest.page.locator(".gapmap-r-said").wait_for(state="detached")


def test_a_correction_says_what_the_data_have_now_of_an_area_or_of_a_site_of_today(table):
    lead = table.sit("lead")
    lead.until(STILL, "gapmapRoom.map")
    site = lead.on(f"{API}.board.facts.sites.find(one => one.times && !one.because)")
    x, y = lead.on(
        f"""site => {{
          const box = {API}.map.getContainer().getBoundingClientRect();
          const at = {API}.map.latLngToContainerPoint([site.lat, site.lng]);
          return [box.x + at.x, box.y + at.y];
        }}""",
        site,
    )
    lead.page.mouse.click(x, y)
    lead.page.locator(".gapmap-r-card b").wait_for()
    assert lead.page.locator(".gapmap-r-card b").inner_text() == site["name"]
    # Where the dot covers its area, the area can be marked all the same.
    assert lead.on(f"{API}.hand.list().length") == 1
    lead.press("Correct the data…")
    lead.page.locator("[data-at='draft field']").fill("meals and days")
    assert lead.page.locator("[data-at='draft found']").input_value() == site["times"]
    lead.page.locator("[data-at='draft should_be']").fill("Lunch every day")
    lead.press("Put it on the board")
    lead.until(f"() => Object.keys({API}.board.state.corrections).length === 1")
    (correction,) = lead.on(f"Object.values({API}.board.state.corrections)")
    assert correction["subject"] == site["id"]
    assert correction["found"] == site["times"]
    # Said by the table, and not by the partner that the facilitator acts for.
    assert "partner" not in correction


def test_a_task_is_done_and_a_refused_change_gives_back_what_was_typed(table):
    harbour, lead = table.sit("harbour"), table.sit("lead")
    id = put(harbour, "activities", what="Transport", partner=HARBOUR, due="2020-05-01")
    row = harbour.page.locator(".gapmap-r-matters .gapmap-r-matter")
    expect(row).to_contain_text("was due 1 May")
    row.locator("button:text-is('Change…')").click()
    harbour.page.locator("[data-at='draft where']").fill("The depot")
    # Somebody was faster: nothing is written over it, and nothing that was typed is lost.
    lead.page.locator("[data-at^='done ']").click()
    harbour.until(f"id => {API}.board.state.activities[id].is_done", id)
    harbour.press("Save")
    harbour.page.locator(".gapmap-r-wrong").wait_for()
    assert "has changed since" in harbour.refusal()
    assert harbour.page.locator("[data-at='draft where']").input_value() == "The depot"
    harbour.press("Save")
    lead.until(f"id => {API}.board.state.activities[id].where === 'The depot'", id)


def test_what_is_put_while_the_line_is_cut_is_shown_as_waiting_and_then_sent(table):
    harbour, mill = table.sit("harbour"), table.sit("mill")
    harbour.page.context.set_offline(True)
    harbour.wait_for("cut")
    harbour.press("Propose a site")
    harbour.press("In the middle of the map")
    harbour.page.locator("[data-at='draft name']").fill("Parish Hall")
    harbour.press("Put it on the map")
    harbour.page.locator(".gapmap-r-pin-waiting[data-site]").wait_for()
    expect(harbour.page.locator(".gapmap-r-unsent-word")).to_have_text("Waiting to be sent")
    harbour.page.context.set_offline(False)
    mill.page.locator("[data-site]").wait_for()
    harbour.page.locator("[data-site]:not(.gapmap-r-pin-waiting)").wait_for()


def test_an_area_is_split_its_parts_are_held_by_several_and_it_is_joined_again(table):
    harbour, mill = table.sit("harbour"), table.sit("mill")
    area = harbour.areas[62]
    harbour.take(area)
    harbour.sees(area, HARBOUR)
    harbour.mark(area)
    harbour.press("Split…")
    harbour.page.locator("[data-at='part 1']").fill("the courts")
    harbour.press("Split$")
    harbour.sees(f"{area}#the courts", HARBOUR)
    harbour.page.locator("[aria-label='Release: the courts']").click()
    mill.sees(f"{area}#the courts", None)
    mill.mark(area)
    mill.page.locator("[aria-label='Take: the courts']").click()
    harbour.sees(f"{area}#the courts", MILL)
    assert harbour.holder(f"{area}#north") == HARBOUR
    expect(harbour.page.locator("[data-at=rejoin]")).to_have_count(0)
    mill.page.locator("[aria-label='Release: the courts']").click()
    harbour.page.locator("[aria-label='Take: the courts']").click()
    harbour.page.locator("[data-at=rejoin]").click()
    mill.sees(area, HARBOUR)
    assert mill.on(f"{API}.board.state.parts") == {}


def test_a_site_is_put_with_keys_and_chosen_with_keys(table):
    harbour = table.sit("harbour")
    harbour.page.locator("[data-at='add sites']").focus()
    harbour.page.keyboard.press("Enter")
    harbour.page.locator(".gapmap-r-banner").wait_for()
    harbour.page.keyboard.press("Escape")
    harbour.page.locator("[data-at='add sites']").wait_for()
    harbour.page.locator("[data-at='add sites']").focus()
    harbour.page.keyboard.press("Enter")
    harbour.page.locator(".leaflet-container").focus()
    for key in ("ArrowRight", "Enter"):
        harbour.page.keyboard.press(key)
    harbour.page.locator("[data-at='draft name']:focus").wait_for()
    harbour.page.keyboard.type("Parish Hall")
    harbour.page.keyboard.press("Enter")
    pin = harbour.page.locator("[data-site]:not(.gapmap-r-pin-waiting)")
    pin.wait_for()
    pin.focus()
    harbour.page.keyboard.press("Enter")
    expect(harbour.page.locator(".gapmap-r-card")).to_contain_text("Parish Hall")
