"""The same by polling, where sockets are blocked."""

from __future__ import annotations

import http.client

from gapmap.board.values import new_id
from tests.webapp.live.conftest import AREAS, FIRST, SECOND


def since(table, who, revision=None):
    query = "" if revision is None else f"?revision={revision}"
    return table.server.ask("GET", f"{table.board}/since{query}", token=table.token(who))


def do(table, who, change, name=""):
    message = {"kind": "do", "id": name or new_id(), "change": change}
    return table.server.ask("POST", f"{table.board}/do", token=table.token(who), body=message)


def take(partner, *areas):
    return {"do": "take", "areas": areas, "partner": partner}


def test_asking_gives_what_listening_gives(table):
    status, first = since(table, "harbour")
    assert status == 200
    heard = table.first("harbour")
    for name in ("kind", "revision", "state", "you", "room"):
        assert first[name] == heard[name]
    table.join("lead").take(FIRST, partner="Harbour Aid")
    _, asked = since(table, "harbour", 1)
    heard = table.first("harbour", "?revision=1")
    for name in ("kind", "after", "revision", "events", "patch", "you", "room"):
        assert asked[name] == heard[name]


def test_who_asks_again_is_told_what_is_new_and_then_nothing(table):
    assert do(table, "mill", take("Mill Friends", FIRST))[0] == 200
    _, news = since(table, "harbour", 1)
    assert (news["kind"], news["revision"]) == ("events", 2)
    assert news["patch"]["claims"][FIRST]["partner"] == "Mill Friends"
    _, nothing = since(table, "harbour", 2)
    assert (nothing["revision"], nothing["events"], nothing["patch"]) == (2, [], {})


def test_a_change_by_asking_is_seen_by_those_who_listen(table):
    lead = table.join("lead")
    status, answer = do(table, "harbour", take("Harbour Aid", FIRST))
    assert (status, answer["kind"], answer["revision"]) == (200, "done", 2)
    assert lead.at(2).state["claims"][FIRST]["partner"] == "Harbour Aid"


def test_a_refusal_has_the_status_that_it_deserves_and_says_who_holds_it(table):
    do(table, "mill", take("Mill Friends", FIRST))
    status, answer = do(table, "harbour", take("Harbour Aid", FIRST, SECOND))
    assert (status, answer["code"]) == (409, "conflict")
    assert answer["conflicts"][0]["holder"] == "Mill Friends"
    assert do(table, "harbour", take("Harbour Aid", "nowhere"))[0] == 400
    assert do(table, "looker", take("Harbour Aid", SECOND))[0] == 403


def test_sent_again_under_its_name_it_is_done_once(table):
    for is_repeat in (False, True):
        status, answer = do(table, "harbour", take("Harbour Aid", FIRST), "same")
        assert (status, answer["is_repeat"]) == (200, is_repeat)
    assert table.store.board(table.board).revision == 2


def test_who_asks_now_and_then_is_here(small_table):
    lead = small_table.join("lead")
    since(small_table, "harbour")
    lead.wait(lambda client: client.presence["count"] == 2)
    assert lead.presence["partners"] == ["Harbour Aid"]


def test_the_room_is_asked_for_in_the_same_way(small_table):
    token = small_table.token("lead")
    message = {"kind": "room", "id": "t-1", "do": "timer", "seconds": 90}
    status, answer = small_table.server.ask(
        "POST", f"{small_table.board}/do", token=token, body=message
    )
    assert (status, answer["kind"]) == (200, "done")
    assert since(small_table, "looker")[1]["room"]["timer"]["seconds"] == 90


def test_a_message_that_is_none_or_too_large_is_refused(small_table):
    token = small_table.token("lead")
    path = f"{small_table.board}/do"
    for body, wanted in (("{", 400), ("[]", 400), ('{"kind":"do"}', 400), ("x" * 300_000, 413)):
        status, answer = small_table.server.ask("POST", path, token=token, body=body)
        assert (status, answer["kind"]) == (wanted, "refused")


def test_what_can_be_claimed_is_told_to_those_who_may_look(small_table):
    path = f"{small_table.board}/areas"
    status, answer = small_table.server.ask("GET", path, token=small_table.token("looker"))
    assert (status, answer) == (200, {"areas": AREAS})
    assert small_table.server.ask("GET", path)[0] == 401


def test_nothing_of_it_is_kept_on_the_way(small_table):
    line = http.client.HTTPConnection("127.0.0.1", small_table.server.port, timeout=20)
    line.request("GET", f"/gapmap/board/{small_table.board}/since")
    assert line.getresponse().headers["cache-control"] == "no-store"
    line.close()
