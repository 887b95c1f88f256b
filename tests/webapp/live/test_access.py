"""Who comes in, who does not, and what those who came in may not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.datastructures import Headers
from websockets.exceptions import InvalidStatus

from gapmap.board import joining
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.webapp.live.access import is_from_here
from tests.webapp.live.conftest import FIRST, SECOND, Client, LiveServer

TAKE = {"do": "take", "areas": [FIRST], "partner": "Harbour Aid"}


def test_a_page_of_another_server_opens_no_socket(small_table):
    for origin in ("https://elsewhere.example", f"http://127.0.0.1:{small_table.server.port + 1}"):
        with pytest.raises(InvalidStatus) as refused:
            small_table.open("lead", origin=origin)
        assert refused.value.response.status_code == 403


def test_a_page_of_this_server_does(small_table):
    own = f"http://127.0.0.1:{small_table.server.port}"
    assert small_table.join("lead", origin=own).revision == 1


def test_a_page_of_another_server_changes_nothing_by_asking_either(small_table):
    message = {"kind": "do", "id": "x", "change": TAKE}
    status, answer = small_table.server.ask(
        "POST",
        f"{small_table.board}/do",
        token=small_table.token("lead"),
        body=message,
        headers={"Origin": "https://elsewhere.example"},
    )
    assert (status, answer["code"]) == (403, "forbidden")
    assert small_table.store.board(small_table.board).revision == 1


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"host": "maps.example"}, True),
        ({"host": "maps.example", "origin": "https://maps.example"}, True),
        ({"host": "maps.example", "origin": "https://MAPS.example"}, True),
        ({"host": "10.0.0.7:8501", "origin": "https://maps.example"}, False),
        (
            {
                "host": "10.0.0.7:8501",
                "x-forwarded-host": "maps.example",
                "origin": "https://maps.example",
            },
            True,
        ),
        ({"host": "maps.example", "origin": "https://maps.example.evil.example"}, False),
        ({"host": "maps.example:443", "origin": "https://maps.example"}, True),
        ({"host": "maps.example:80", "origin": "https://maps.example"}, False),
        ({"x-forwarded-host": "maps.example, 10.0.0.7", "origin": "https://maps.example"}, True),
        ({"host": "maps.example", "origin": "null"}, False),
        ({"host": "", "origin": "null"}, False),
        ({"origin": ""}, False),
    ],
)
def test_where_a_page_comes_from_is_judged_by_host(headers, wanted):
    assert is_from_here(Headers(headers)) is wanted


def test_without_a_good_token_nobody_comes_in_and_learns_so(small_table):
    other = small_table.store.create_board("town", {"1": None}).id
    looker = small_table.token("looker")
    head, body, mark = looker.split(".")
    for token, board in (
        ("", small_table.board),
        ("x", small_table.board),
        (f"{head}.{body}.{mark[::-1]}", small_table.board),
        (f"eyJhbGciOiJub25lIn0.{body}.", small_table.board),
        (looker, other),
        (looker, "no-such-board"),
    ):
        with Client(small_table.server, token, board=board) as client:
            assert client.closed() == 4401
            assert client.messages == []
        status, answer = small_table.server.ask("GET", f"{board}/since", token=token)
        assert (status, answer["code"]) == (401, "closed")


def test_a_token_in_the_address_opens_nothing(small_table):
    """Addresses are written down by every server on the way."""
    query = f"?token={small_table.token('lead')}"
    with Client(small_table.server, "", board=small_table.board, query=query) as client:
        assert client.closed() == 4401


def token_for(table, who, **left):
    member = table.store.member(table.board, table.member(who))
    return joining.token_of(
        table.store, replace(member, expires=table.store.now() + timedelta(**left))
    )


def test_an_expired_token_is_not_good_any_more(small_table):
    with Client(
        small_table.server, token_for(small_table, "lead", minutes=-1), board=small_table.board
    ) as client:
        assert client.closed() == 4401


def test_a_token_that_expires_meanwhile_ends_the_socket(small_table):
    with Client(
        small_table.server, token_for(small_table, "lead", seconds=1.5), board=small_table.board
    ) as client:
        assert client.receive()["kind"] == "snapshot"
        assert client.closed() == 4401


def test_who_looks_on_cannot_write_by_any_way(table):
    looker = table.join("looker")
    for change in (
        TAKE,
        {"do": "put", "section": "comments", "value": {"text": "me too"}},
        {"do": "undo", "revision": 1},
        {"do": "claiming", "is_open": False},
    ):
        assert looker.do(change)["code"] == "forbidden"
        message = {"kind": "do", "id": "x", "change": change}
        token = table.token("looker")
        status, answer = table.server.ask("POST", f"{table.board}/do", token=token, body=message)
        assert (status, answer["code"]) == (403, "forbidden")
    assert table.store.board(table.board).revision == 1


def test_a_partner_changes_nothing_of_another_s(table):
    mill, harbour = table.join("mill"), table.join("harbour")
    mill.take(FIRST, partner="Mill Friends")
    for change in (
        {"do": "take", "areas": [SECOND], "partner": "Mill Friends"},
        {"do": "release", "areas": [FIRST]},
        {"do": "hand over", "areas": [FIRST], "to": "Harbour Aid"},
        {"do": "undo", "revision": 2},
        {"do": "decide", "text": "All ours."},
    ):
        assert harbour.do(change)["code"] == "forbidden"
    assert table.store.board(table.board).revision == 2


def test_what_somebody_may_do_changes_while_they_are_there(small_table):
    looker = small_table.join("looker")
    assert looker.do(TAKE)["code"] == "forbidden"
    joining.set_role(
        small_table.store,
        small_table.board,
        small_table.member("looker"),
        Role.PARTNER,
        partner="Harbour Aid",
        by=OPERATOR,
    )
    assert looker.do(TAKE)["kind"] == "done"  # at once, whatever the tab still believes
    looker.wait(lambda client: client.you["may_write"])
    assert looker.you["partner"] == "Harbour Aid"


def test_who_is_sent_away_has_to_go(small_table):
    lead, harbour = small_table.join("lead"), small_table.join("harbour")
    lead.wait(lambda client: client.presence["count"] == 2)
    member = small_table.member("harbour")
    joining.dismiss(small_table.store, small_table.board, member, by=OPERATOR)
    assert harbour.closed() == 4401
    with small_table.open("harbour") as back:
        assert back.closed() == 4401
    lead.wait(lambda client: client.presence["count"] == 1)


# ----------------------------------------------------------------------------------- coming, going


def offered(table, role=Role.PARTNER, partner="Harbour Aid"):
    return joining.offer(table.store, table.board, role, partner=partner, by=OPERATOR).code


@pytest.mark.parametrize("role", list(Role))
def test_with_a_code_somebody_joins_from_a_phone(small_table, role):
    body = {"code": offered(small_table, role).lower(), "name": "Desk four"}
    status, joined = small_table.server.ask("POST", "join", body=body)
    assert status == 200
    assert joined["board"] == small_table.board
    assert (joined["you"]["name"], joined["you"]["role"]) == ("Desk four", str(role))
    with Client(small_table.server, joined["token"], board=joined["board"]) as client:
        assert client.receive()["you"] == joined["you"]


def test_a_wrong_code_lets_nobody_in_and_guessing_soon_ends(small_table):
    """The bucket is the store's, by where the guesses come from: all guessers here share it."""
    statuses, said = [], ""
    for number in range(25):
        body = {"code": f"BBBB-{number:04d}", "name": "Desk five"}
        status, answer = small_table.server.ask("POST", "join", body=body)
        statuses.append(status)
        said = answer["why"]
    assert set(statuses) == {403}
    assert "Too many" in said
    body = {"code": offered(small_table), "name": "Desk five"}
    status, answer = small_table.server.ask("POST", "join", body=body)
    assert (status, "token" in answer) == (403, False)
    with small_table.store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM attempt")


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", {"code": 5, "name": "Desk four"}, {"code": "BBBB-2222", "name": ""}],
)
def test_what_is_no_way_to_join_is_refused_in_words(small_table, body):
    status, answer = small_table.server.ask("POST", "join", body=body)
    assert (status, answer["kind"], answer["code"]) == (400, "refused", "request")
    assert len(answer["why"]) > 10


def test_who_leaves_is_forgotten_and_what_they_did_stays(small_table):
    lead, harbour = small_table.join("lead"), small_table.join("harbour")
    harbour.take(FIRST, partner="Harbour Aid")
    status, _ = small_table.server.ask(
        "POST",
        f"{small_table.board}/leave",
        token=small_table.token("harbour"),
        body={"forget": True},
    )
    assert status == 200
    assert harbour.closed() == 4401
    lead.wait(lambda client: client.presence["count"] == 1)
    late = small_table.first("lead", "?revision=1")
    assert (late["events"][0]["author"], late["events"][0]["partner"]) == ("", "Harbour Aid")
    assert "Harbour'" not in str(small_table.join("lead").messages)
    assert small_table.store.state(small_table.board).claim(FIRST).partner == "Harbour Aid"


# ------------------------------------------------------------------------------- below a base path


def test_everything_works_below_a_base_path(small_table):
    server = LiveServer(small_table.url, base="/maps/food")
    try:
        token = small_table.token("harbour")
        with Client(server, token, board=small_table.board) as client:
            client.receive()
            assert client.do(TAKE)["kind"] == "done"
        status, answer = server.ask("GET", f"{small_table.board}/since?revision=1", token=token)
        assert (status, answer["revision"]) == (200, 2)
        body = {"code": offered(small_table), "name": "Desk four"}
        assert server.ask("POST", "join", body=body)[0] == 200
    finally:
        server.stop()
