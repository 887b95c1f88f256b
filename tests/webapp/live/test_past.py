"""What was on a board, asked for by whoever looks on; and what happens while nobody looks."""

from __future__ import annotations

import gzip
import http.client
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.store import open_store
from gapmap.webapp.live import presence, rooms
from tests.webapp.live.conftest import FIRST, SECOND, THIRD, wait_until

SOON = 0.2 / 3600
"""Hours."""

VIEW = {"lat": 40.8, "lng": -73.9, "zoom": 12, "mode": "", "selection": []}


@pytest.fixture
def walked(small_table):
    """A board on which five things were done."""
    lead = small_table.join("lead")
    lead.take(FIRST, partner="Harbour Aid")
    lead.take(SECOND, THIRD, partner="Mill Friends")
    lead.do({"do": "decide", "id": "d1", "text": "So be it", "on_revision": 2, "view": VIEW})
    lead.do({"do": "undo", "revision": 3})
    return small_table


def get(table, who, path):
    return table.server.ask("GET", f"{table.board}/{path}", token=table.token(who))


def test_the_board_is_told_as_it_was_with_the_change_that_made_it_so(walked):
    status, past = get(walked, "harbour", "past?revision=3")
    assert (status, past["kind"], past["revision"], past["head"]) == (200, "past", 3, 5)
    assert past["state"] == walked.store.state_at(walked.board, 3).as_json()
    assert past["areas"] == [SECOND, THIRD]
    assert past["event"]["said"].startswith("Mill Friends took")
    assert (past["event"]["author"], past["event"]["undone_by"]) == ("Lead", 5)


def test_what_was_done_is_told_in_order_from_any_change_on(walked):
    _, log = get(walked, "harbour", "log?after=1")
    assert (log["kind"], log["after"], log["head"]) == ("log", 1, 5)
    assert [one["revision"] for one in log["events"]] == [2, 3, 4, 5]
    assert {one["author"] for one in log["events"]} == {"Lead"}
    assert [one.get("undone_by") for one in log["events"]] == [None, 5, None, None]
    assert [one["revision"] for one in get(walked, "lead", "log")[1]["events"]] == [1, 2, 3, 4, 5]


def test_who_looks_on_walks_the_same_history_without_anybody_s_name(walked):
    _, past = get(walked, "looker", "past?revision=2")
    assert past["state"]["claims"].keys() == {FIRST}
    assert past["event"]["author"] == ""
    assert {one["author"] for one in get(walked, "looker", "log")[1]["events"]} == {""}


def test_a_change_that_there_was_not_is_refused_and_who_is_nobody_too(walked):
    for asked in ("past", "past?revision=0", "past?revision=6", "past?revision=x"):
        status, answer = get(walked, "lead", asked)
        assert (status, answer["code"]) == (400, "request")
    for path in ("past?revision=2", "log"):
        assert walked.server.ask("GET", f"{walked.board}/{path}")[0] == 401


def test_the_past_is_sent_packed_to_those_who_can_unpack_it(walked):
    line = http.client.HTTPConnection("127.0.0.1", walked.server.port, timeout=20)
    headers = {"Authorization": f"Bearer {walked.token('lead')}", "Accept-Encoding": "gzip"}
    line.request("GET", f"/gapmap/board/{walked.board}/past?revision=2", headers=headers)
    answer = line.getresponse()
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    packed = json.loads(gzip.decompress(answer.read()))
    line.close()
    assert packed["state"] == get(walked, "lead", "past?revision=2")[1]["state"]


def test_who_asks_for_the_past_and_a_wall_that_asks_for_news_are_not_counted_as_here(walked):
    lead = walked.join("lead")
    for path in (
        "log",
        "past?revision=1",
        "since?view=projector",
        "since?revision=1&view=projector",
    ):
        assert get(walked, "looker", path)[0] == 200
    # Somebody who is counted comes after them: had they been, it were three.
    get(walked, "harbour", "since")
    lead.wait(lambda one: one.presence["count"] == 2)
    assert [one["name"] for one in lead.presence["people"]] == ["Lead", "Harbour"]


def test_everybody_is_shown_a_decision_as_it_was_by_whoever_leads(walked):
    lead, looker = walked.join("lead"), walked.join("looker")
    then = VIEW | {"revision": 2, "decision": "d1"}
    assert lead.in_room(do="lead", view=then)["kind"] == "done"
    assert looker.wait(lambda one: one.room["follow"]).room["follow"]["view"] == then
    lead.in_room(do="view", view=VIEW)
    assert looker.wait(lambda one: one.room["version"] == 2).room["follow"]["view"] == VIEW
    assert lead.in_room(do="view", view=VIEW | {"revision": 0})["code"] == "request"


# -------------------------------------------------------------------------------- two facilitators


def test_what_one_facilitator_began_another_goes_on_with(small_table):
    """Timer and hands are the room's: whoever may lead ends them, and the first sees it."""
    first = small_table.join("lead")
    first.in_room(do="timer", seconds=300, label="Choose")
    first.in_room(do="ask hands", question="Now?")
    small_table.promote("mill")
    second, harbour = small_table.join("mill"), small_table.join("harbour")
    harbour.in_room(do="hand", of=harbour.room["hands"]["id"], answer="for")
    for command in ({"do": "pause"}, {"do": "end hands"}, {"do": "lead", "view": VIEW}):
        assert second.in_room(**command)["kind"] == "done"
    room = first.wait(lambda one: one.room["follow"]).room
    assert 290 < room["timer"]["left_s"] <= 300
    assert (room["hands"]["is_open"], room["hands"]["counts"]["for"]) == (False, 1)
    assert room["follow"]["name"] == "Mill"
    assert first.in_room(do="resume")["kind"] == "done"
    assert first.in_room(do="lead", view=VIEW)["kind"] == "done"
    mine = small_table.member("lead")
    second.wait(lambda one: one.room["follow"]["leader"] == mine)
    assert second.room["timer"]["left_s"] is None


def test_of_two_facilitators_who_decide_at_once_both_are_written_down(small_table):
    first = small_table.join("lead")
    small_table.promote("mill")
    second = small_table.join("mill")
    for client, name in ((first, "a"), (second, "b")):
        client.send(
            kind="do", id=f"at-once-{name}", change={"do": "decide", "id": name, "text": name}
        )
    first.at(3)
    assert first.state["decisions"].keys() == {"a", "b"}
    # Both touch the same thing: the one who looked at what was there before is told.
    assert first.do({"do": "claiming", "is_open": False}, seen=3)["kind"] == "done"
    late = second.do({"do": "claiming", "is_open": True, "note": "late"}, seen=3)
    assert late["code"] == "conflict"


# ---------------------------------------------------------------------------- while nobody looks on


def test_what_runs_out_is_open_again_though_nobody_looks_at_the_board(table):
    table.write(do="take", areas=[FIRST], partner="Harbour Aid", hours=SOON)
    table.server.ask("GET", "nowhere/since")  # an app server that serves anything at all
    wait_until(lambda: table.store.events(table.board)[-1].kind == "expire")
    assert table.store.state(table.board).claims == {}


def test_what_ran_out_meanwhile_is_open_for_the_first_who_comes(small_table):
    small_table.write(do="take", areas=[FIRST], partner="Harbour Aid", hours=SOON)
    over = small_table.store.now() + timedelta(hours=SOON)
    wait_until(lambda: small_table.store.now() > over)
    assert FIRST not in small_table.first("looker")["state"]["claims"]


def test_servers_that_were_killed_leave_nothing_behind_for_ever(small_table):
    board, store = small_table.board, small_table.store
    with open_store(small_table.url, clock=lambda: store.now() - timedelta(hours=1)) as before:
        for number in range(20):
            presence.tell(before, board, f"killed-{number}", {"somebody": 1})
    small_table.join("lead").wait(lambda one: one.presence["count"] == 1)
    mine = sa.select(tables.attendance.c.server).where(tables.attendance.c.board_id == board)
    with store.database.reading() as connection:
        assert connection.execute(mine).scalars().all() == [small_table.server.hub.name]


def test_a_room_keeps_no_more_than_the_last_requests_however_long_it_is_used(
    small_table, monkeypatch
):
    monkeypatch.setattr(rooms, "_REQUESTS_KEPT", 3)
    lead = small_table.join("lead")
    for number in range(8):
        lead.ask("room", f"r-{number}", do="timer", seconds=60 + number)
    query = sa.select(tables.room.c.state).where(tables.room.c.board_id == small_table.board)
    with small_table.store.database.reading() as connection:
        (state,) = connection.execute(query).scalars().all()
    assert state["requests"] == ["r-5", "r-6", "r-7"]
