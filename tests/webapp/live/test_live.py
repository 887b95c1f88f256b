"""One board, many browsers: what one does, the others see."""

from __future__ import annotations

import threading

from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR, open_store
from gapmap.errors import StoreError
from gapmap.webapp.live import first as first_messages
from gapmap.webapp.live import hub
from tests.webapp.live.conftest import FIRST, SECOND, THIRD


def test_who_connects_gets_the_whole_board_first(table):
    table.write(do="take", areas=[FIRST], partner="Mill Friends")
    first = table.first("harbour")
    assert first["kind"] == "snapshot"
    assert first["revision"] == 2
    assert first["state"] == table.store.state(table.board).as_json()
    assert first["state"]["claims"][FIRST]["partner"] == "Mill Friends"
    assert first["you"] == {
        "member": table.member("harbour"),
        "name": "Harbour",
        "partner": "Harbour Aid",
        "role": "partner",
        "may_lead": False,
        "may_write": True,
        "expires": first["you"]["expires"],
    }


def test_what_one_takes_the_others_see_and_who_took_it_is_told(table):
    harbour, mill, looker = (table.join(who) for who in ("harbour", "mill", "looker"))
    answer = harbour.take(FIRST, partner="Harbour Aid")
    assert (answer["kind"], answer["revision"]) == ("done", 2)
    for client in (harbour, mill, looker):
        assert client.at(2).state["claims"][FIRST]["partner"] == "Harbour Aid"
    (event,) = next(found for found in mill.messages if found["kind"] == "events")["events"]
    assert (event["author"], event["partner"]) == ("Harbour", "Harbour Aid")
    assert event["said"] == f"Harbour Aid took {FIRST}"


def test_who_is_too_late_learns_at_once_who_holds_it(table):
    harbour, mill = table.join("harbour"), table.join("mill")
    harbour.take(FIRST, partner="Harbour Aid")
    answer = mill.take(FIRST, SECOND, partner="Mill Friends")
    assert (answer["kind"], answer["code"], answer["again"]) == ("refused", "conflict", False)
    (conflict,) = answer["conflicts"]
    assert (conflict["key"], conflict["holder"]) == (FIRST, "Harbour Aid")
    assert SECOND not in table.store.state(table.board).claims


def test_of_two_who_take_the_same_area_at_once_one_has_it(table):
    clients = [table.join(who) for who in ("harbour", "mill")]
    partners = ("Harbour Aid", "Mill Friends")
    lead = table.join("lead")
    for area in (FIRST, SECOND, THIRD):
        answers = {}

        def take(client, partner, area=area, answers=answers):
            answers[partner] = client.take(area, partner=partner)

        both = [
            threading.Thread(target=take, args=pair) for pair in zip(clients, partners, strict=True)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        (winner,) = [name for name, answer in answers.items() if answer["kind"] == "done"]
        (loser,) = [answer for answer in answers.values() if answer["kind"] == "refused"]
        assert loser["conflicts"][0]["holder"] == winner
        assert lead.at(answers[winner]["revision"]).state["claims"][area]["partner"] == winner


def test_a_change_sent_again_under_its_name_is_done_once(table):
    harbour = table.join("harbour")
    first = harbour.take(FIRST, partner="Harbour Aid", name="paint-1")
    harbour.do({"do": "release", "areas": [FIRST]})
    again = harbour.take(FIRST, partner="Harbour Aid", name="paint-1")
    assert (first["is_repeat"], again["is_repeat"]) == (False, True)
    assert table.store.board(table.board).revision == 3
    assert table.store.state(table.board).claims == {}


def test_an_area_that_changed_since_somebody_looked_is_not_taken_over_unseen(table):
    lead, harbour = table.join("lead"), table.join("harbour")
    harbour.take(FIRST, partner="Harbour Aid")
    answer = lead.do({"do": "hand over", "areas": [FIRST], "to": "Mill Friends"}, seen=1)
    assert (answer["code"], answer["conflicts"][0]["holder"]) == ("conflict", "Harbour Aid")
    answer = lead.do({"do": "hand over", "areas": [FIRST], "to": "Mill Friends"}, seen=2)
    assert answer["kind"] == "done"


def test_after_a_cut_only_what_was_missed_is_sent(table):
    before = table.join("harbour")
    before.close()
    lead = table.join("lead")
    for area in (FIRST, SECOND):
        lead.take(area, partner="Harbour Aid")
    lead.do({"do": "release", "areas": [SECOND]})
    back = table.open("harbour", back=before).receive()
    assert (back["kind"], back["after"], back["revision"]) == ("events", 1, 4)
    assert [event["kind"] for event in back["events"]] == ["take", "take", "release"]
    assert back["patch"]["claims"][SECOND] is None
    assert back["patch"]["claims"][FIRST]["partner"] == "Harbour Aid"
    assert {"you", "presence", "room"} <= back.keys()


def test_who_missed_nothing_is_told_so_without_a_snapshot(small_table):
    before = small_table.join("harbour")
    back = small_table.open("harbour", back=before).receive()
    assert (back["kind"], back["revision"], back["patch"]) == ("events", 1, {})


def test_a_revision_that_this_board_never_had_is_answered_with_the_whole_board(small_table):
    for asked in ("99", "0", "-1", "x", "1" * 30):
        assert small_table.first("lead", f"?revision={asked}")["kind"] == "snapshot"


def test_after_a_long_sleep_the_whole_board_comes_instead_of_all_events(small_table, monkeypatch):
    monkeypatch.setattr(first_messages, "_EVENTS_AT_ONCE", 6)
    before = small_table.join("lead")
    for _ in range(3):
        small_table.write(do="take", partner="Harbour Aid", areas=[FIRST])
        small_table.write(do="release", areas=[FIRST])
    first = small_table.open("lead", back=before).receive()
    assert (first["kind"], first["revision"], len(first["events"])) == ("events", 7, 6)
    small_table.write(do="take", partner="Harbour Aid", areas=[FIRST])
    first = small_table.first("lead", "?revision=1")
    assert (first["kind"], first["revision"]) == ("snapshot", 8)
    before.at(8)


def test_what_is_written_past_the_server_is_seen_too(table):
    """By the command line, say, in another process."""
    looker = table.join("looker")
    with open_store(table.url) as other:
        asked = read_change({"do": "take", "areas": [FIRST], "partner": "Mill Friends"})
        other.write(table.board, asked, by=OPERATOR)
    assert looker.at(2).state["claims"][FIRST]["partner"] == "Mill Friends"


def test_a_claim_that_runs_out_is_seen_without_anybody_doing_anything(small_table):
    harbour, looker = small_table.join("harbour"), small_table.join("looker")
    take = {"do": "take", "areas": [FIRST], "partner": "Harbour Aid", "hours": 0.5 / 3600}
    harbour.do(take)
    assert looker.at(2).state["claims"].keys() == {FIRST}
    assert looker.at(3).state["claims"] == {}


def test_a_change_that_could_not_be_read_at_once_is_told_as_soon_as_it_can(
    small_table, monkeypatch
):
    looker = small_table.join("looker")
    right, failures = small_table.store.events, [StoreError("It is away."), StoreError("Still.")]

    def sometimes(*arguments, **named):
        if failures:
            raise failures.pop()
        return right(*arguments, **named)

    monkeypatch.setattr(small_table.store, "events", sometimes)
    monkeypatch.setattr(hub, "_RETRY_S", 0.05)
    small_table.write(do="take", areas=[FIRST], partner="Mill Friends")
    assert looker.at(2).state["claims"].keys() == {FIRST}
    assert failures == []


def test_everybody_ends_with_the_same_board_however_they_came_by_it(table):
    """Three write at once, on what they please; some look on, some come and go."""
    lead = table.join("lead")
    writers = [table.join(who) for who in ("harbour", "mill", "lead")]
    partners = ("Harbour Aid", "Mill Friends", "Third")
    areas = sorted(table.store.areas(table.board))

    def work(client, partner, start):
        for turn in range(8):
            picked = [areas[(start + turn * 5 + step) % len(areas)] for step in range(2)]
            client.take(*picked, partner=partner)
            client.do({"do": "release", "areas": picked[:1]})

    threads = [
        threading.Thread(target=work, args=(client, partner, number * 4))
        for number, (client, partner) in enumerate(zip(writers, partners, strict=True))
    ]
    for thread in threads:
        thread.start()
    came_late = [table.join("looker") for _ in range(4)]
    for thread in threads:
        thread.join()
    state = table.store.state(table.board)
    wanted = {name: value for name, value in state.as_json().items() if isinstance(value, dict)}
    assert state.revision > 20
    for client in (lead, *writers, *came_late):
        assert client.at(state.revision).sections() == wanted
