"""What leaves the room over HTTP: to whom, for how long, and with whose names."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from gapmap.board import joining
from gapmap.board.archive import restored
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.tickets import GOOD_FOR, member_of_ticket, ticket_of
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError
from gapmap.webapp.papers import Paper, file_name
from tests.webapp.board_tables import DESK, HARBOUR, Table, opened_boards
from tests.webapp.test_server import get


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with opened_boards(tmp_path_factory.mktemp("papers")) as opened:
        yield opened


@pytest.fixture
def table(store):
    return Table(store)


def test_every_paper_is_what_it_says_it_is(table):
    found = {paper: table.take(paper, table.lead) for paper in Paper}
    assert {status for status, _, _ in found.values()} == {200}
    page = found[Paper.MINUTES_PAGE][2].decode()
    assert "<h1>Minutes: Café table</h1>" in page
    text = "".join(
        one.extract_text() for one in PdfReader(io.BytesIO(found[Paper.MINUTES_PDF][2])).pages
    )
    assert HARBOUR in text
    assert found[Paper.MINUTES_WORKBOOK][2][:2] == b"PK"
    assert HARBOUR in found[Paper.MINUTES_LIST][2].decode("utf-8-sig")
    assert "Café table: changes since" in found[Paper.DIGEST][2].decode()
    assert found[Paper.FEED][2].startswith(b"<?xml")
    (entry,) = Calendar.from_ical(found[Paper.CALENDAR][2]).walk("VEVENT")
    assert f"{entry.decoded('dtstart')}" == "2030-06-01"
    _, headers, _ = found[Paper.MINUTES_PDF]
    assert headers["content-type"] == "application/pdf"
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-disposition"] == 'attachment; filename="cafe-table-minutes-3.pdf"'
    # A page is looked at, and printed from there.
    assert found[Paper.MINUTES_PAGE][1]["content-disposition"].startswith("inline")


def test_the_whole_board_comes_back_from_what_a_facilitator_took_away(table, tmp_path):
    lines = table.text(Paper.ARCHIVE, table.lead).splitlines(keepends=True)
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert restored(other, lines).title == "Café table"
        assert other.state(table.id).claims == table.store.state(table.id).claims


@pytest.mark.parametrize("who", ["desk", "guest"])
def test_only_a_facilitator_takes_the_whole_board_away(table, who):
    status, _, body = table.take(Paper.ARCHIVE, getattr(table, who))
    assert status == 403
    assert b"Only a facilitator" in body


def test_whoever_only_looks_on_is_given_no_names(table):
    for paper in (Paper.MINUTES_PAGE, Paper.DIGEST, Paper.MINUTES_LIST, Paper.FEED):
        assert DESK not in table.text(paper, table.guest)
    assert DESK in table.text(Paper.MINUTES_PAGE, table.desk)
    assert DESK not in table.text(Paper.MINUTES_PAGE, table.desk, query="names=no")


def test_a_name_that_was_deleted_is_on_no_paper_any_more(table):
    assert DESK in table.text(Paper.MINUTES_PAGE, table.lead)
    mine = table.desk.member.id
    joining.forget(table.store, table.id, mine, by=mine)
    assert DESK not in table.text(Paper.MINUTES_PAGE, table.lead)
    assert HARBOUR in table.text(Paper.MINUTES_PAGE, table.lead)


def test_a_paper_tells_the_board_as_it_is_now(table):
    assert "Begin with the schools" not in table.text(Paper.MINUTES_PAGE, table.lead)
    table.do({"do": "decide", "text": "Begin with the schools"}, by=table.lead)
    assert "Begin with the schools" in table.text(Paper.MINUTES_PAGE, table.lead)


def test_a_digest_begins_with_the_day_that_is_asked_for(table):
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    assert "3 changes" in table.text(Paper.DIGEST, table.desk)
    assert "Nothing changed" in table.text(Paper.DIGEST, table.desk, query=f"since={tomorrow}")
    status, _, body = table.take(Paper.DIGEST, table.desk, query="since=soon")
    assert status == 400
    assert b"2026-11-01" in body


def test_pages_of_a_pdf_are_as_large_as_asked_for(table):
    _, _, body = table.take(Paper.MINUTES_PDF, table.desk, query="size=a4")
    assert round(float(PdfReader(io.BytesIO(body)).pages[0].mediabox[3])) == 842
    assert table.take(Paper.MINUTES_PDF, table.desk, query="size=b5")[0] == 400


# ------------------------------------------------------------------------------------------ tickets


def tickets(table, who, *, headers=()):
    shown = {"Authorization": f"Bearer {who.token}", **dict(headers)}
    path = f"/gapmap/board/{table.id}/papers/tickets"
    status, _, body = get(path, method="POST", headers=shown)
    return status, json.loads(body)["papers"] if status == 200 else body


def test_a_ticket_opens_its_paper_without_a_token_and_no_other(table):
    _, papers = tickets(table, table.desk)
    by_name = {one["name"]: one["ticket"] for one in papers}
    assert Paper.ARCHIVE not in by_name
    query = f"ticket={by_name['minutes.csv']}"
    assert HARBOUR in table.text(Paper.MINUTES_LIST, None, query=query)
    assert table.take(Paper.MINUTES_PAGE, query=query)[0] == 401
    assert table.take(Paper.MINUTES_LIST)[0] == 401


def test_a_ticket_is_no_token_and_a_token_is_no_ticket(table):
    ticket = ticket_of(table.store, table.lead.member, Paper.ARCHIVE)
    with pytest.raises(NotAllowedError):
        joining.member_of_token(table.store, ticket, table.id)
    assert table.take(Paper.ARCHIVE, query=f"ticket={table.lead.token}")[0] == 401


def test_a_ticket_is_over_after_a_few_minutes_and_the_page_says_what_to_do(table, monkeypatch):
    query = f"ticket={ticket_of(table.store, table.lead.member, Paper.MINUTES_PAGE)}"
    later = table.store.now() + GOOD_FOR
    monkeypatch.setattr(table.store, "_clock", lambda: later)
    accept = {"Accept": "text/html"}
    status, headers, body = table.take(Paper.MINUTES_PAGE, query=query, headers=accept)
    assert status == 401
    assert headers["content-type"].startswith("text/html")
    assert b"Open the paper from the board again" in body


@pytest.mark.parametrize("go", [joining.dismiss, joining.forget])
def test_who_has_left_takes_nothing_away_not_even_with_a_ticket(table, go):
    mine = table.desk.member
    ticket = ticket_of(table.store, mine, Paper.MINUTES_PAGE)
    assert member_of_ticket(table.store, ticket, table.id, Paper.MINUTES_PAGE) == mine
    go(table.store, table.id, mine.id, by=OPERATOR)
    assert table.take(Paper.MINUTES_PAGE, query=f"ticket={ticket}")[0] == 401
    assert table.take(Paper.MINUTES_PAGE, table.desk)[0] == 401
    assert tickets(table, table.desk)[0] == 401


def test_a_role_that_was_taken_away_counts_at_once(table):
    ticket = ticket_of(table.store, table.lead.member, Paper.ARCHIVE)
    joining.set_role(table.store, table.id, table.lead.member.id, Role.VIEWER, by=OPERATOR)
    assert table.take(Paper.ARCHIVE, query=f"ticket={ticket}")[0] == 403


def test_a_page_of_another_server_is_given_no_tickets(table):
    elsewhere = {"Origin": "https://elsewhere.example", "Host": "here.example"}
    assert tickets(table, table.desk, headers=elsewhere)[0] == 403


def test_a_token_of_another_board_opens_nothing_here(table):
    other = Table(table.store)
    assert table.take(Paper.MINUTES_PAGE, other.lead)[0] == 401


@pytest.mark.parametrize("paper", ["minutes.exe", "..%2fboard"])
def test_a_paper_that_there_is_not_is_said_to_be_missing(table, paper):
    assert table.take(paper, table.lead)[0] == 404


def test_what_an_address_asked_for_is_never_markup(table):
    _, headers, body = table.take("<img src=x>", table.lead, headers={"Accept": "text/html"})
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert b"<img" not in body
    assert b"&lt;img src=x&gt;" in body


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Round table", "round-table-minutes-7.pdf"),
        ("../../etc/x; rm", "etc-x-rm-minutes-7.pdf"),
        ("食物", "board-minutes-7.pdf"),
        ('a"b\r\nSet-Cookie: x', "a-b-set-cookie-x-minutes-7.pdf"),
    ],
)
def test_a_file_s_name_is_plain_whatever_the_board_is_called(title, name):
    assert file_name(Paper.MINUTES_PDF, title, 7) == name
