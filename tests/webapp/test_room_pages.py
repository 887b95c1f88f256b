"""The pages of a board that need no session: what they say, and to whom."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from gapmap import usecases, wiring
from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR
from gapmap.errors import StoreError
from gapmap.webapp import cached, published
from gapmap.webapp.policies import page_headers
from gapmap.whatifs import SiteAdded, WhatIf, to_link
from tests.webapp.conftest import town
from tests.webapp.test_board_page import Workspace
from tests.webapp.test_server import get


@pytest.fixture
def board(monkeypatch, tmp_path):
    """A board of the town."""
    workspace = Workspace(f"sqlite:///{tmp_path / 'boards.db'}", town())
    monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
    cached.forget()
    areas = usecases.claimable_areas(town())
    yield cached.boards().create_board("town", areas, title="A secret title")
    cached.boards().close()
    cached.forget()


def text(path, **options):
    """What is at an address, as text, after making sure that it is there."""
    status, headers, body = get(path, **options)
    assert status == 200
    return (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode()


@pytest.mark.parametrize("base", ["", "/below/here"])
def test_a_board_s_page_is_there_also_below_a_base_path(board, base):
    status, headers, body = get(f"{base}/gapmap/room/{board.id}")
    assert status == 200
    assert f'"board":"{board.id}"' in body.decode()
    assert headers["cache-control"] == "no-store"


def test_a_page_tells_nothing_that_only_those_who_joined_may_know(board):
    assert "secret" not in text(f"/gapmap/room/{board.id}")
    assert "secret" not in text(f"/gapmap/room/{board.id}/facts")


def test_every_layer_that_a_page_names_can_be_fetched(board):
    page = text(f"/gapmap/room/{board.id}")
    digest = page.partition('"areas":"../layers/')[2].partition(".json")[0]
    assert published.find(digest) is not None


@pytest.mark.parametrize("path", ["none", "none/facts"])
def test_a_board_that_is_not_there_is_said_to_be_missing(board, path):
    del board
    status, _, body = get(f"/gapmap/room/{path}")
    assert status == 404
    assert b"none" in body


@pytest.mark.parametrize("path", ["{}", "join"])
def test_a_page_runs_only_what_stands_in_it_and_nobody_frames_it(board, path):
    _, headers, body = get(f"/gapmap/room/{path.format(board.id)}")
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert policy == page_headers(body.decode())["Content-Security-Policy"]
    # Neither would work under such a policy: they must not be there to be missed.
    assert not re.search(r"<[^>]+\s(?:style|on[a-z]+)=", body.decode())
    assert headers["referrer-policy"] == "no-referrer"


def test_a_stranger_is_not_told_where_the_database_is(board, monkeypatch, caplog):
    def broken(_board):
        raise StoreError("sqlite:////srv/boards.db cannot be read: it is not a database.")

    monkeypatch.setattr(cached.boards(), "board", broken)
    status, _, body = get(f"/gapmap/room/{board.id}")
    assert status == 503
    assert b"cannot be reached" in body
    assert b"/srv" not in body
    assert "/srv/boards.db" in caplog.text


def test_the_door_is_no_board(board):
    del board
    assert "gapmapJoin.open" in text("/gapmap/room/join")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_facts_are_those_of_the_question_that_the_board_asks_now(board, encoding):
    def need():
        found = json.loads(text(f"/gapmap/room/{board.id}/facts", encoding=encoding))
        return found["unit"], found["need"]

    assert need() == ("children", [100, 300, None, 200])
    seniors = {"do": "scenario", "scenario": {"query": {"need": "seniors"}}}
    cached.boards().write(board.id, read_change(seniors), by=OPERATOR)
    assert need() == ("seniors", [10, 20, 30, 40])


def test_the_facts_hold_the_sites_as_the_what_if_of_the_board_has_them(board):
    def sites():
        found = json.loads(text(f"/gapmap/room/{board.id}/facts", encoding="identity"))
        return {one["name"]: one["partner"] for one in found["sites"]}

    assert "Mill Hall" not in sites()
    added = SiteAdded("new", "Mill Hall", 0.02, 0.004, partner="Mill Friends")
    what_if = {"what_if": to_link(WhatIf("One more", "town").adding(added))}
    cached.boards().write(
        board.id, read_change({"do": "scenario", "scenario": what_if}), by=OPERATOR
    )
    assert sites()["Mill Hall"] == "Mill Friends"


def test_the_page_of_a_board_is_written_once_for_all(board, monkeypatch):
    first = text(f"/gapmap/room/{board.id}")
    monkeypatch.setattr("gapmap.views.room_map.room_page", lambda *_, **__: "another")
    assert text(f"/gapmap/room/{board.id}") == first
