"""How to join: shown to the table by a facilitator, and to nobody else."""

from __future__ import annotations

import pytest

from gapmap.board import joining, publishing
from gapmap.board.agenda import read_change
from gapmap.board.invitations import open_code
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.views.qr_code import qr_path
from gapmap.webapp.live.invitation import is_here_only


def door(table, who, origin=""):
    headers = {"Origin": origin} if origin else {}
    path = f"{table.board}/door"
    return table.server.ask("POST", path, token=table.token(who), body={}, headers=headers)


def test_who_looks_on_is_told_how_to_join_only_while_a_facilitator_shows_it(small_table):
    looker = small_table.join("looker")
    assert looker.room["door"] is False
    assert door(small_table, "looker")[0] == 403
    lead = small_table.join("lead")
    assert lead.in_room(do="show door")["kind"] == "done"
    assert looker.wait(lambda client: client.room["version"] >= 1).room["door"] is True
    status, told = door(small_table, "looker")
    assert status == 200
    assert told["code"] in told["link"]
    assert "code" not in looker.room
    lead.in_room(do="hide door")
    assert door(small_table, "looker")[0] == 403
    assert door(small_table, "lead")[1]["code"] == told["code"]


def test_only_a_facilitator_shows_it(small_table):
    answer = small_table.join("harbour").in_room(do="show door")
    assert (answer["kind"], answer["code"]) == ("refused", "forbidden")


def test_a_public_link_is_never_told_how_to_join(small_table):
    store = small_table.server.store
    public = publishing.publish(store, small_table.board, by=OPERATOR)
    token = joining.token_of(store, store.member(small_table.board, public.member))
    small_table.join("lead").in_room(do="show door")
    status, told = small_table.server.ask("POST", f"{small_table.board}/door", token=token)
    assert (status, told["code"]) == (403, "forbidden")


def test_the_link_leads_where_the_browser_is_and_its_square_says_the_same(small_table):
    here = f"http://127.0.0.1:{small_table.server.port}"
    _, told = door(small_table, "lead", origin=here)
    assert told["link"].startswith(f"{here}/gapmap/room/{small_table.board}?view=partner#")
    assert (told["path"], told["size"]) == qr_path(told["link"])
    assert told["is_here_only"] is True


def test_who_joins_by_it_chooses_among_those_at_the_table(small_table):
    store = small_table.server.store
    named = {"do": "scenario", "scenario": {"partners": ["Harbour Aid", "Mill Friends"]}}
    store.write(small_table.board, read_change(named), by=OPERATOR)
    code = door(small_table, "lead")[1]["code"]
    body = {"code": code, "name": "Desk four"}
    status, asked = small_table.server.ask("POST", "join", body=body)
    assert (status, asked["partners"]) == (400, ["Harbour Aid", "Mill Friends"])
    status, joined = small_table.server.ask("POST", "join", body=body | {"partner": "Mill Friends"})
    assert (status, joined["you"]["partner"]) == (200, "Mill Friends")


def test_the_code_stays_the_same_until_it_is_withdrawn(small_table):
    store, board = small_table.server.store, small_table.board
    joining.offer(store, board, Role.PARTNER, partner="Harbour Aid", by=OPERATOR)
    # Good for too short a time to be put on a wall.
    short = joining.offer(store, board, Role.PARTNER, by=OPERATOR, hours=0.5)
    first = open_code(store, board)
    assert first.partner == ""
    assert first.code != short.code
    assert open_code(store, board) == first
    joining.withdraw(store, board, first.code, by=OPERATOR)
    assert open_code(store, board).code != first.code


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("http://192.168.1.20:8501", False),
        ("https://meals.example.org", False),
        ("", False),
    ],
)
def test_an_address_of_this_machine_is_known_for_one(address, is_so):
    assert is_here_only(address) is is_so
