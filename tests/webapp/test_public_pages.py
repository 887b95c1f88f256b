"""The public link: what everybody sees by it, how it is followed, and how it ends."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from gapmap.board import joining
from gapmap.board.publishing import publish, unpublish
from gapmap.board.values import Role
from gapmap.webapp.papers import PUBLIC_PAPERS, Paper
from tests.webapp.board_tables import DESK, HARBOUR, LEAD, Table, opened_boards
from tests.webapp.test_server import get

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = {"Host": "meals.example"}


class Public(Table):
    """A board with a public link."""

    def __init__(self, store):
        super().__init__(store)
        self.link = publish(store, self.id, by=self.lead.member.id)

    def ask(self, path="", *, method="GET", headers=()):
        shown = {**HERE, **dict(headers)}
        return get(f"/gapmap/public/{self.link.key}{path}", method=method, headers=shown)

    def settle(self, monkeypatch):
        """Let the last change be some time ago, as it mostly is when somebody asks."""
        later = self.store.now() + timedelta(minutes=1)
        monkeypatch.setattr(self.store, "_clock", lambda: later)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with opened_boards(tmp_path_factory.mktemp("papers")) as opened:
        yield opened


@pytest.fixture
def table(store):
    return Public(store)


def test_every_public_paper_is_there_for_everybody_and_names_nobody(table):
    found = {paper: table.ask(f"/{paper}") for paper in PUBLIC_PAPERS}
    assert {status for status, _, _ in found.values()} == {200}
    for _, headers, body in found.values():
        assert DESK.encode() not in body
        assert LEAD.encode() not in body
        assert headers["x-robots-tag"] == "noindex"
    assert HARBOUR in found[Paper.MINUTES_PAGE][2].decode()
    # A reader and a calendar take the name of what they follow from the answer.
    assert found[Paper.CALENDAR][1]["content-disposition"].startswith("inline")


def test_the_whole_board_is_not_public(table):
    assert table.ask("/board.jsonl")[0] == 404
    assert table.ask("/nothing.txt")[0] == 404


def test_the_page_looks_on_with_a_pass_of_its_own(table):
    status, headers, body = table.ask()
    assert status == 200
    assert headers["cache-control"] == "no-store"
    page = body.decode()
    assert f'"public":"{table.link.key}"' in page
    assert f'type="application/atom+xml" href="{table.link.key}/changes.atom"' in page
    assert "Café" not in page
    status, headers, body = table.ask("/pass", method="POST")
    given = json.loads(body)
    assert (status, headers["cache-control"]) == (200, "no-store")
    member = joining.member_of_token(table.store, given["token"], table.id)
    assert (member.role, member.id) == (Role.VIEWER, table.link.member)
    # Whoever looks on by the link is given what viewers are, and no name.
    status, _, minutes = get(
        f"/gapmap/board/{table.id}/papers/minutes.html",
        headers={"Authorization": f"Bearer {given['token']}"},
    )
    assert status == 200
    assert DESK not in minutes.decode()


def test_a_page_of_another_server_is_given_no_pass(table):
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert table.ask("/pass", method="POST", headers=elsewhere)[0] == 403
    assert table.ask("/pass")[0] in (404, 405)


def test_a_feed_says_where_it_is_and_what_it_is_about(table):
    _, headers, body = table.ask("/changes.atom")
    assert headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(body)
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    address = f"http://meals.example/gapmap/public/{table.link.key}"
    assert links == {"self": f"{address}/changes.atom", "alternate": address}
    assert len(feed.findall(f"{ATOM}entry")) == 3


@pytest.mark.parametrize("paper", [Paper.FEED, Paper.CALENDAR, Paper.MINUTES_PAGE])
def test_who_follows_is_told_in_a_word_that_nothing_is_new(table, paper, monkeypatch):
    table.settle(monkeypatch)
    _, first, _ = table.ask(f"/{paper}")
    assert first["cache-control"] == "public, max-age=60"
    for known in (
        {"If-None-Match": first["etag"]},
        {"If-None-Match": f'"other", W/{first["etag"]}'},
        {"If-Modified-Since": first["last-modified"]},
    ):
        status, again, body = table.ask(f"/{paper}", headers=known)
        assert (status, body) == (304, b"")
        assert again["etag"] == first["etag"]
    table.do({"do": "decide", "text": "More", "due": "2031-01-01"}, by=table.lead)
    table.settle(monkeypatch)
    for known in (
        {"If-None-Match": first["etag"]},
        # The tag is the better answer: what was sent with it is not looked at.
        {"If-None-Match": first["etag"], "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-Modified-Since": first["last-modified"]},
        {"If-Modified-Since": "yesterday"},
    ):
        assert table.ask(f"/{paper}", headers=known)[0] == 200


def test_a_second_that_is_not_over_is_not_given_as_the_last_change(table):
    # Another change may come in it, and who asks by the second would never hear of that one.
    table.do({"do": "title", "title": "Now"}, by=table.lead)
    _, headers, _ = table.ask("/changes.atom")
    assert "last-modified" not in headers
    assert "etag" in headers


def test_a_link_that_was_withdrawn_says_so_at_each_of_its_addresses(table):
    _, headers, _ = table.ask("/changes.atom")
    unpublish(table.store, table.id, by=table.lead.member.id)
    known = {"If-None-Match": headers["etag"]}
    for path, method in (("", "GET"), ("/changes.atom", "GET"), ("/pass", "POST")):
        status, gone, body = table.ask(path, method=method, headers=known)
        assert status == 410
        assert b"has withdrawn its public link" in body
        assert "no-store" in gone["cache-control"]
    _, gone, body = table.ask(headers={"Accept": "text/html"})
    assert gone["content-type"].startswith("text/html")
    assert b"<h1>This link was withdrawn</h1>" in body


def test_a_link_that_never_was_is_not_found(table):
    table.link = type("Link", (), {"key": "nothing"})
    status, _, body = table.ask("/changes.atom")
    assert status == 404
    assert b"no board at this address" in body
