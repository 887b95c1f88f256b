"""One board in several browsers: seen at once, one winner, nothing lost when the line is cut."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from gapmap.board import joining, publishing
from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from tests.browser import conftest
from tests.browser.round_table import API, HARBOUR, MILL, NO_SOCKETS, READY, Tab, Table


def test_what_one_takes_the_other_partner_and_the_projector_see_within_a_second(table):
    harbour, mill, projector = (table.sit(who) for who in ("harbour", "mill", "projector"))
    area = harbour.areas[40]
    harbour.mark(area)
    for tab in (mill, projector):
        # The clock of each tab when the area is there and drawn.
        tab.on(
            f"""geoid => {{
              const look = () => {{
                const claim = {API}.board.state.claims[geoid];
                if (claim && {API}.board.holds[{API}.paint.place(geoid)].partner) {{
                  window.__seen = Date.now();
                }} else {{ setTimeout(look, 5); }}
              }};
              look();
            }}""",
            area,
        )
    harbour.on("() => addEventListener('click', () => { window.__pressed = Date.now(); }, true)")
    harbour.press("Take 1 ")
    for tab in (mill, projector):
        tab.until("() => window.__seen")
        assert tab.on("window.__seen") - harbour.on("window.__pressed") < 1000
    assert projector.page.locator(".gapmap-r-ticker").inner_text().startswith(f"{HARBOUR} took")
    row = projector.page.locator(".gapmap-r-sums tbody tr").nth(1).inner_text()
    assert row.split()[:4] == ["A", "Harbour", "Aid", "1"]


def test_a_race_has_one_winner_and_the_other_reads_who_holds_it(table):
    held: list[tuple[Any, str]] = []
    is_deaf = False

    def between(socket: Any) -> None:
        server = socket.connect_to_server()

        def hear(message: Any) -> None:
            if is_deaf:
                held.append((socket, message))
            else:
                socket.send(message)

        server.on_message(hear)

    harbour, mill = (table.sit(who, between=between) for who in ("harbour", "mill"))
    area = harbour.areas[41]
    for tab in (harbour, mill):
        tab.mark(area)
    # Both have pressed before either hears an answer.
    is_deaf = True
    for tab in (harbour, mill):
        tab.press("Take 1 ")
    is_deaf = False
    for socket, message in held:
        socket.send(message)
    for tab in (harbour, mill):
        tab.until(f"geoid => {API}.board.state.claims[geoid]", area)
        tab.until(f"() => {API}.line.waiting().length === 0")
    winner = harbour.holder(area)
    assert winner == mill.holder(area)
    loser = mill if winner == HARBOUR else harbour
    assert f"is held by {winner}" in loser.refusal()
    assert "Census Tract" in loser.refusal()
    other = harbour if winner == HARBOUR else mill
    assert other.page.locator(".gapmap-r-wrong").count() == 0
    assert [one.kind for one in table.events()].count("take") == 1


def test_a_server_that_is_killed_and_comes_back_is_found_again_with_what_was_done(table):
    harbour, projector = table.sit("harbour"), table.sit("projector")
    first, second = harbour.areas[42:44]
    harbour.take(first)
    projector.sees(first, HARBOUR)
    table.server.kill()
    for tab in (harbour, projector):
        tab.wait_for("cut")
    harbour.take(second)
    waiting = harbour.page.locator(".gapmap-r-waiting")
    waiting.wait_for()
    expect(waiting).to_have_text("1 waiting to be sent")
    assert harbour.holder(second) is None
    table.server.start()
    for tab in (harbour, projector):
        tab.sees(second, HARBOUR)
        tab.wait_for("live", timeout_s=60)
        assert tab.holder(first) == HARBOUR
    waiting.wait_for(state="hidden")
    assert [one.kind for one in table.events()].count("take") == 2


def test_what_is_done_while_the_line_is_cut_waits_and_is_sent_once_when_it_is_back(table):
    harbour, mill = table.sit("harbour"), table.sit("mill")
    first, second = harbour.areas[44:46]
    context = harbour.page.context
    context.set_offline(True)
    harbour.wait_for("cut")
    harbour.take(first)
    harbour.take(second)
    waiting = harbour.page.locator(".gapmap-r-waiting")
    waiting.wait_for()
    expect(waiting).to_have_text("2 waiting to be sent")
    mill.take(second)
    mill.sees(second, MILL)
    context.set_offline(False)
    harbour.wait_for("live")
    harbour.sees(first, HARBOUR)
    mill.sees(first, HARBOUR)
    # Somebody was faster with the second: said in words, and no longer waiting.
    harbour.page.locator(".gapmap-r-wrong").wait_for()
    assert f"is held by {MILL}" in harbour.refusal()
    harbour.page.locator(".gapmap-r-waiting").wait_for(state="hidden")
    assert [one.kind for one in table.events()].count("take") == 2


def test_what_waits_outlasts_a_reload_of_the_tab(table):
    harbour = table.sit("harbour")
    area = harbour.areas[46]
    harbour.page.route("**/gapmap/board/**", lambda route: route.abort())
    harbour.on(NO_SOCKETS)
    harbour.wait_for("cut")
    harbour.take(area)
    harbour.page.unroute("**/gapmap/board/**")
    harbour.page.reload()
    harbour.page.locator(READY).wait_for()
    harbour.sees(area, HARBOUR)
    assert [one.kind for one in table.events()].count("take") == 1


def test_where_sockets_are_blocked_the_board_is_asked_every_few_seconds(table):
    harbour, mill = table.sit("harbour"), table.sit("mill")
    harbour.on(NO_SOCKETS)
    harbour.wait_for("slow")
    mine, theirs = harbour.areas[47:49]
    harbour.take(mine)
    mill.sees(mine, HARBOUR)
    mill.take(theirs)
    harbour.sees(theirs, MILL)
    assert harbour.status() == "slow"


def test_what_was_done_and_whose_answer_was_lost_is_not_done_twice(table):
    context = table.browser.new_context(viewport={"width": 1280, "height": 800})
    table.contexts.append(context)
    page = context.new_page()
    lost: list[str] = []

    def between(socket: Any) -> None:
        server = socket.connect_to_server()

        def hear(message: Any) -> None:
            if '"kind":"done"' in message and not lost:
                lost.append(message)
                socket.close()
                server.close()
            else:
                socket.send(message)

        server.on_message(hear)

    page.route_web_socket("**/live*", between)
    page.goto(f"{table.server.address}/gapmap/room/{table.board}#{table.code('lead')}")
    page.locator("[name=name]").fill("Ana")
    page.locator("main button").click()
    page.locator(READY).wait_for()
    lead = Tab(page)
    lead.press("Decide")
    page.locator("textarea").fill("Begin with the schools")
    page.locator("form button[type=submit]").click()
    lead.until(f"() => {API}.line.waiting().length === 0 && {API}.board.revision > 1")
    assert len(lost) == 1
    lead.wait_for("live")
    assert [one.kind for one in table.events()].count("decide") == 1


def test_a_tab_that_missed_something_asks_anew_and_passes_over_what_it_has(table):
    tab = table.sit("guest")
    heard = tab.on(
        """() => {
          const board = window.gapmapBoard([{ l: 'A', c: '#000000', i: '#ffffff' }]);
          const room = { version: 3, timer: null, follow: null, hands: null };
          const claim = partner => ({ claims: { x: { partner: partner, state: 'claimed' } } });
          const events = (after, revision, patch) =>
            board.hear({ kind: 'events', after, revision, patch, events: [] });
          const said = [
            board.hear({ kind: 'snapshot', revision: 5, state: { claims: {} }, room }),
            events(5, 6, claim('A')), events(5, 6, claim('B')), events(7, 8, claim('C')),
          ];
          return [said, board.state.claims.x.partner, board.revision];
        }"""
    )
    assert heard == [["all", "areas", "around", "gap"], "A", 6]


# ------------------------------------------------------------------------------ what a view may do


def test_a_projector_and_a_guest_have_nothing_to_press_and_type_no_name(table):
    # What a facilitator opens on the projector has no controls either.
    for who, view in (("projector", "projector"), ("guest", "public"), ("lead", "projector")):
        if who == "lead":
            tab = table.sit(who, view="facilitator")
            tab.page.goto(tab.page.url.replace("view=facilitator", f"view={view}"))
            tab.page.locator(READY).wait_for()
        else:
            tab = table.sit(who, view=view)
        # A guest may open the lists of a neighbourhood and the history, and nothing else.
        other = "button:visible:not(.gapmap-r-place, .gapmap-r-to-history)"
        assert tab.page.locator(other).count() == 0
        assert view == "public" or tab.page.locator("button:visible").count() == 0
        tab.mark(tab.areas[3])
        assert tab.on(f"{API}.hand.list()") == []


def test_a_phone_joins_by_what_the_projector_shows(table):
    projector, lead = table.sit("projector"), table.sit("lead")
    lead.press("Show how to join")
    code = projector.page.locator(".gapmap-r-door-wall .gapmap-r-code")
    expect(code).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
    expect(projector.page.locator(".gapmap-r-door-wall svg path")).to_be_visible()
    phone = table.browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    table.contexts.append(phone)
    page = phone.new_page()
    page.goto(f"{table.server.address}/gapmap/room/join#{code.inner_text()}")
    page.locator("[name=name]").fill("Desk four")
    page.locator("main button").tap()
    page.locator("main select").select_option(MILL)
    page.locator("main button").tap()
    page.locator(READY).wait_for()
    assert page.evaluate(f"{API}.board.you.partner") == MILL
    page.locator(".gapmap-r-jump button:text-is('Find')").tap()
    expect(page.locator("input[type=search]")).to_be_in_viewport()
    lead.press("Hide how to join")
    expect(code).to_be_hidden()


def test_a_projector_is_not_counted_among_those_who_are_here(table):
    context = table.browser.new_context(viewport={"width": 1280, "height": 800})
    table.contexts.append(context)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(
        f"{table.server.address}/gapmap/room/{table.board}?view=projector#{table.code('guest')}"
    )
    page.locator(READY).wait_for()
    harbour = table.sit("harbour")
    harbour.until("() => document.querySelector('.gapmap-r-here').textContent === '1 here'")
    # Whoever asks what is new counts for a while as somebody who is here.
    assert [url for url in asked if "/since" in url] == []


def test_on_a_phone_map_and_lists_share_the_screen_and_everything_is_large_enough(table):
    phone = table.sit("harbour", width=390, view="phone", has_touch=True, is_mobile=True)
    phone.page.touchscreen.tap(*phone.point(phone.areas[60]))
    phone.until(f"() => {API}.hand.list().length === 1")
    phone.page.locator("button:visible:text-matches('^Take')").wait_for()
    heights = phone.on(
        """() => [...document.querySelectorAll('.gapmap-r-side button')]
          .map(one => one.getBoundingClientRect().height).filter(height => height > 0)"""
    )
    assert min(heights) >= 44
    assert phone.on("document.documentElement.scrollWidth <= innerWidth")
    phone.press("Take")
    phone.sees(phone.areas[60], HARBOUR)


def test_a_facilitator_leads_every_map_until_a_hand_takes_its_own(table):
    lead, harbour, projector = (table.sit(who) for who in ("lead", "harbour", "projector"))
    lead.press("Lead all")
    harbour.page.locator(".gapmap-r-follow").wait_for()
    spot = lead.areas[100]
    lead.on(
        f"""geoid => {{
          const at = {API}.map.containerPointToLatLng({API}.pixel(geoid));
          {API}.map.setView(at, 14, {{ animate: false }});
        }}""",
        spot,
    )
    near = f"""geoid => {{
      const size = {API}.map.getSize(), at = {API}.pixel(geoid);
      return Math.hypot(at[0] - size.x / 2, at[1] - size.y / 2) < 30 && {API}.map.getZoom() > 13;
    }}"""
    for tab in (harbour, projector):
        tab.until(near, spot)
    harbour.press("Look around alone")
    lead.on(f"() => {{ {API}.map.setZoom(11, {{ animate: false }}); }}")
    projector.until(f"() => {API}.map.getZoom() < 12")
    assert harbour.on(f"{API}.map.getZoom()") > 13
    lead.press("Let everybody go")
    harbour.page.locator(".gapmap-r-follow").wait_for(state="hidden")


def test_claiming_that_is_closed_is_refused_and_said(table):
    lead, harbour = table.sit("lead"), table.sit("harbour")
    lead.press("Close claiming")
    harbour.page.locator(".gapmap-r-chip.gapmap-r-closed").wait_for()
    harbour.mark(harbour.areas[5])
    harbour.page.locator(f"{READY}[data-marked='1']").wait_for()
    assert harbour.page.locator("button:visible:text-matches('^Take')").count() == 0
    # Whoever sends it all the same is refused by the board.
    harbour.on(
        f"area => {API}.room.act({{do: 'take', partner: {HARBOUR!r}, areas: [area]}})",
        harbour.areas[5],
    )
    harbour.page.locator(".gapmap-r-wrong").wait_for()
    assert "Claiming is closed" in harbour.refusal()
    lead.press("Open claiming")
    harbour.page.locator("button:visible:text-matches('^Take')").wait_for()


def test_hands_are_counted_before_everybody_and_written_down_with_the_board(table):
    lead, harbour, projector = (table.sit(who) for who in ("lead", "harbour", "projector"))
    lead.press("Show of hands")
    lead.page.locator("textarea").fill("Shall we begin with the schools?")
    lead.press("Ask for hands")
    harbour.press("For ")
    projector.page.locator(".gapmap-r-count:text-is('For 1')").wait_for()
    # Whoever writes it down has to have seen the hands too.
    lead.page.locator("button:text-is('For 1')").wait_for()
    lead.mark(lead.areas[7])
    lead.press("Write it down")
    lead.page.locator("form button[type=submit]").click()
    lead.page.locator(".gapmap-r-decisions li").wait_for()
    (decision,) = lead.on(f"Object.values({API}.board.state.decisions)")
    assert decision["text"] == "Shall we begin with the schools?"
    assert decision["hands"] == {"for_count": 1}
    assert decision["geoids"] == [lead.areas[7]]
    assert decision["on_revision"] == table.events()[-1].revision - 1


def test_a_timer_runs_down_in_every_tab(table):
    lead, projector = table.sit("lead"), table.sit("projector")
    lead.press("Timer")
    lead.page.locator("input[type=number]").fill("1")
    lead.press("Start the timer")
    projector.until("() => /^0:5\\d$/.test(document.querySelector('.gapmap-r-timer').textContent)")


def test_an_area_is_committed_with_a_day_asked_for_handed_over_and_taken_back(table):
    lead, harbour, mill = (table.sit(who) for who in ("lead", "harbour", "mill"))
    area = harbour.areas[20]
    harbour.take(area)
    harbour.sees(area, HARBOUR)
    harbour.mark(area)
    harbour.press("Commit")
    harbour.page.locator("input[type=date]").fill("2027-06-01")
    harbour.page.locator("form button[type=submit]").click()
    claim = f"geoid => {API}.board.state.claims[geoid]"
    mill.until(f"geoid => ({API}.board.state.claims[geoid] || {{}}).state === 'committed'", area)
    assert mill.on(claim, area)["due"] == "2027-06-01"
    mill.mark(area)
    mill.press("Ask Harbour Aid")
    harbour.page.locator(".gapmap-r-ask").wait_for()
    harbour.press("Hand over")
    mill.sees(area, MILL)
    # The list of the one who takes it back may come a moment later.
    last = table.events()[-1]
    assert last.kind == "answer"
    lead.page.locator(f"[data-at='undo {last.revision}']").click()
    mill.sees(area, HARBOUR)


def test_everything_can_be_done_with_keys(table):
    harbour = table.sit("harbour")
    harbour.page.locator(READY).focus()
    for key in ("ArrowRight", "ArrowDown", "Space"):
        harbour.page.keyboard.press(key)
    area = harbour.page.locator(READY).get_attribute("data-cursor")
    # The panel follows with the next frame.
    harbour.page.locator(f"{READY}[data-marked='1']").wait_for()
    assert "marked" in harbour.page.locator(".gapmap-r-spoken").inner_text()
    assert harbour.on(
        f"""geoid => {{
          const at = {API}.map.containerPointToLatLng({API}.pixel(geoid));
          return {API}.map.getBounds().contains(at);
        }}""",
        area,
    ), "the map has left the area that the keys are at"
    harbour.page.locator("button:visible:text-matches('^Take')").focus()
    harbour.page.keyboard.press("Enter")
    harbour.sees(area, HARBOUR)


def test_a_brush_marks_what_it_passes_over(table):
    harbour = table.sit("harbour")
    harbour.press("Brush")
    first, last = harbour.point(harbour.areas[80]), harbour.point(harbour.areas[81])
    harbour.page.mouse.move(*first)
    harbour.page.mouse.down()
    harbour.page.mouse.move(*last, steps=8)
    harbour.page.mouse.up()
    marked = harbour.on(f"{API}.hand.list().map({API}.paint.geoid)")
    assert {harbour.areas[80], harbour.areas[81]} <= set(marked)
    assert table.events()[-1].kind == "create"


# ------------------------------------------------------------------------------------------ safety


def test_a_token_never_stands_in_an_address_and_a_wrong_code_is_said(table):
    context = table.browser.new_context()
    table.contexts.append(context)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{table.server.address}/gapmap/room/{table.board}#XXXX-XXXX")
    page.locator("[name=name]").fill("Ana")
    page.locator("main button").click()
    page.locator(".gapmap-r-why:text-matches('lets nobody in')").wait_for()
    page.locator("[name=code]").fill(table.code("harbour"))
    page.locator("main button").click()
    page.locator(READY).wait_for()
    token = page.evaluate("name => sessionStorage.getItem(name)", f"gapmap.board.{table.board}")
    assert len(token) > 40
    assert [url for url in asked if token in url] == []
    assert page.url.endswith(f"/gapmap/room/{table.board}")


def test_a_code_typed_at_the_door_leads_to_its_board(table):
    context = table.browser.new_context()
    table.contexts.append(context)
    page = context.new_page()
    page.goto(f"{table.server.address}/gapmap/room/join")
    page.locator("[name=code]").fill(table.code("harbour").lower().replace("-", " "))
    page.locator("[name=name]").fill("Desk six")
    page.locator("button").click()
    page.locator(READY).wait_for()
    assert page.url.endswith(f"/gapmap/room/{table.board}")


def test_who_leaves_has_the_name_deleted_and_has_to_join_again(table):
    harbour = table.sit("harbour", name="Desk seven")
    harbour.page.locator("button:text('Leave and delete my name')").click()
    harbour.page.locator("[name=code]").wait_for()
    with open_store(table.server.url) as store:
        names = [one.name for one in store.members(table.board)]
    assert "Desk seven" not in names
    harbour.page.reload()
    harbour.page.locator("[name=code]").wait_for()


def test_names_of_areas_partners_and_people_are_only_ever_text(server, browser):
    table = Table(server, browser, study="attacked")
    try:
        with open_store(server.url) as store:
            board, attacks = table.board, conftest.ATTACKS
            areas = list(store.areas(board))
            for area, attack in zip(areas, attacks, strict=True):
                change = {"do": "take", "areas": [area], "partner": attack, "note": attack}
                store.write(board, read_change(change), by=OPERATOR)
            for attack in attacks:
                comment = {"do": "decide", "text": attack}
                store.write(board, read_change(comment), by=OPERATOR)
            store.write(board, read_change({"do": "title", "title": attacks[0]}), by=OPERATOR)
        lead = table.sit("lead", name=conftest.ATTACKS[0])
        lead.mark(lead.areas[0])
        lead.press("Show of hands")
        lead.page.locator("textarea").fill(conftest.ATTACKS[1])
        lead.press("Ask for hands")
        lead.page.locator(".gapmap-r-question").wait_for()
        lead.page.mouse.move(*lead.point(lead.areas[2]))
        lead.page.locator(".gapmap-r-tip").wait_for()
        lead.until(
            "all => all.every(one => document.body.innerText.includes(one))", conftest.ATTACKS
        )
        # A picture that is not there would fail, and attack, within a moment.
        lead.page.wait_for_timeout(300)
        assert lead.on("window.__xss") is None
    finally:
        table.close()


# ---------------------------------------------------------------------------------- inside the app


def test_the_page_board_makes_a_board_and_is_live_itself(table):
    context = table.browser.new_context(viewport={"width": 1280, "height": 900})
    table.contexts.append(context)
    page = context.new_page()
    page.goto(f"{table.server.address}/board?study=nyc")
    page.get_by_label("Your name, as facilitator").fill("Ana")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Make the board").click()
    frame = page.frame_locator(conftest.MAP_TITLE)
    frame.locator(READY).wait_for(timeout=60_000)
    page.wait_for_url("**board=*")
    table.board = page.url.partition("board=")[2]
    inside = next(one for one in page.frames if "streamlit_folium" in one.url)
    name = inside.evaluate(f"{API}.board.partners[0]")
    with open_store(table.server.url) as store:
        partner = joining.offer(store, table.board, Role.PARTNER, partner=name, by=OPERATOR)
        link = f"{table.server.address}/gapmap/room/{table.board}?view=partner#{partner.code}"
    other = context.new_page()
    other.goto(link)
    other.locator("[name=name]").fill("Desk six")
    other.locator("main button").click()
    other.locator(READY).wait_for()
    mine = Tab(other)
    mine.take(mine.areas[4])
    inside.wait_for_function(
        f"geoid => ({API}.board.state.claims[geoid] || {{}}).partner", arg=mine.areas[4]
    )
    # A reload is another session: the frame knows who looks on, and tells the page.
    page.reload()
    page.frame_locator(conftest.MAP_TITLE).locator(READY).wait_for(timeout=60_000)
    page.get_by_text("Codes and links to hand out").wait_for()
    # Another tab of the same browser has not become somebody else.
    other.reload()
    other.locator(READY).wait_for()
    assert mine.on(f"{API}.board.you.role") == "partner"


# ---------------------------------------------------------------------------- what leaves the room


def test_papers_are_taken_away_by_plain_links_without_a_token_in_any_address(table):
    phone = table.sit("harbour", width=390, view="phone", has_touch=True, is_mobile=True)
    asked: list[str] = []
    phone.page.context.on("request", lambda request: asked.append(request.url))
    phone.page.locator(".gapmap-r-papers summary").click()
    links = phone.page.locator("a.gapmap-r-paper")
    links.first.wait_for()
    assert links.count() == 6  # not the whole board: that is a facilitator's
    with phone.page.expect_download() as download:
        phone.page.locator("[data-at='paper minutes.csv']").click()
    assert download.value.suggested_filename == "round-table-minutes-1.csv"
    with phone.page.context.expect_page() as opened:
        phone.page.locator("[data-at='paper minutes.html']").click()
    opened.value.locator("h1:text-is('Minutes: Round table')").wait_for()
    token = phone.on("name => sessionStorage.getItem(name)", f"gapmap.board.{table.board}")
    assert [url for url in asked if token in url] == []
    # What is not wanted is not asked for: the link follows the choice.
    phone.page.locator("[data-at='papers names']").uncheck()
    phone.page.locator("[data-at='paper minutes.html'][href*='names=no']").wait_for()


def test_a_public_link_looks_on_without_a_code_until_it_is_withdrawn(table):
    with open_store(table.server.url) as store:
        key = publishing.publish(store, table.board, by=OPERATOR).key
    context = table.browser.new_context(viewport={"width": 1280, "height": 800})
    table.contexts.append(context)
    page = context.new_page()
    page.goto(f"{table.server.address}/gapmap/public/{key}")
    page.locator(READY).wait_for()
    guest, harbour = Tab(page), table.sit("harbour")
    harbour.take(harbour.areas[42])
    guest.sees(harbour.areas[42], HARBOUR)
    # Who is at the same board by name in this browser is not made a guest by having looked on.
    assert guest.on("localStorage.length + sessionStorage.length") == 0
    assert not page.locator(".gapmap-r-people").is_visible()
    page.locator(".gapmap-r-papers summary").click()
    feed = page.locator(".gapmap-r-papers input[readonly]").first.input_value()
    assert feed == f"{table.server.address}/gapmap/public/{key}/changes.atom"
    with open_store(table.server.url) as store:
        publishing.unpublish(store, table.board, by=OPERATOR)
    guest.on(f"() => {{ {API}.line.cut(); }}")  # as the server does within seconds
    page.locator("p:text('has withdrawn its public link')").wait_for()
