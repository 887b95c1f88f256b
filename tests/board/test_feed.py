"""Whoever listens hears of every new revision, whichever process wrote it."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from gapmap.board.agenda import Put
from gapmap.board.claims import Release, Take
from gapmap.board.feed import Feed
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.values import Section
from tests.board.builders import A, B, Table
from tests.board.postgres_server import postgres_server
from tests.board.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 30


class Ear:
    """Hears of one board, and of nothing else."""

    def __init__(self, board: str) -> None:
        self.board = board
        self._heard: queue.Queue[int] = queue.Queue()

    def __call__(self, board: str, revision: int) -> None:
        if board == self.board:
            self._heard.put(revision)

    def hears_up_to(self, revision: int) -> list[int]:
        heard: list[int] = []
        while not heard or heard[-1] < revision:
            heard.append(self._heard.get(timeout=WAIT_S))
        return heard

    @property
    def is_silent(self) -> bool:
        return self._heard.empty()


@pytest.fixture
def feed(store: Store) -> Iterator[Feed]:
    with Feed(store, interval_s=0.02) as started:
        assert started.wait_until_live(WAIT_S)
        yield started


def test_ones_own_changes_and_those_of_others_are_heard(
    table: Table, other_store: Store, feed: Feed
) -> None:
    ear = Ear(table.id)
    feed.subscribe(ear)
    table.do(Take(areas=(A,), partner="Harvest"))
    assert ear.hears_up_to(2) == [2]
    other_store.write(table.id, Take(areas=(B,), partner="Mosaic"), by=OPERATOR)
    assert ear.hears_up_to(3) == [3]
    board, patches = table.id, table.store.events(table.id, after=1)
    assert [list(one.patch["claims"]) for one in patches] == [[A], [B]]
    assert {one.board for one in patches} == {board}


def test_a_board_made_while_listening_is_heard_of(store: Store, feed: Feed) -> None:
    name = f"f{uuid.uuid4().hex[:9]}"
    ear = Ear(name)
    feed.subscribe(ear)
    store.create_board("nyc", {A: None}, board=name)
    assert ear.hears_up_to(1) == [1]


def test_another_process_is_heard(table: Table, url: str, feed: Feed, tmp_path: Path) -> None:
    ear = Ear(table.id)
    feed.subscribe(ear)
    with Writers() as writers:
        order = {"do": "write", "url": url, "board": table.id, "name": "w", "count": 4}
        assert writers.wait(writers.start(**order, notes=str(tmp_path / "w"))) == 0
    heard = ear.hears_up_to(5)
    assert heard == sorted(set(heard))


def test_many_changes_at_once_end_with_the_newest(table: Table, feed: Feed) -> None:
    ear = Ear(table.id)
    feed.subscribe(ear)
    for number in range(20):
        table.do(Put(section=Section.COMMENTS, id=f"c{number}", value={"text": "x"}))
    heard = ear.hears_up_to(21)
    assert heard == sorted(set(heard))


def test_a_broken_listener_does_not_silence_the_others(
    table: Table, feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(board: str, revision: int) -> None:
        raise ValueError(f"{board} {revision}")

    ear = Ear(table.id)
    feed.subscribe(broken)
    feed.subscribe(ear)
    table.do(Take(areas=(A,), partner="Harvest"))
    assert ear.hears_up_to(2) == [2]
    assert "A listener to board" in caplog.text


def test_who_has_gone_hears_nothing_more(table: Table, feed: Feed) -> None:
    ear, other = Ear(table.id), Ear(table.id)
    end = feed.subscribe(ear)
    feed.subscribe(other)
    table.do(Take(areas=(A,), partner="Harvest"))
    ear.hears_up_to(2)
    end()
    end()
    table.do(Release(areas=(A,)))
    other.hears_up_to(3)
    assert ear.is_silent


def test_a_closed_feed_leaves_no_thread(store: Store) -> None:
    before = threading.active_count()
    feed = Feed(store)
    feed.start()
    feed.close()
    assert threading.active_count() == before


def test_what_came_while_the_server_was_away_is_heard_when_it_is_back() -> None:
    with postgres_server(waits_for_disk=False) as server:
        url = server.new_database()
        with open_store(url) as store, Feed(store, interval_s=0.02) as feed:
            board = store.create_board("nyc", {A: None, B: None}).id
            ear = Ear(board)
            feed.subscribe(ear)
            assert feed.wait_until_live(WAIT_S)
            server.stop()
            deadline = time.monotonic() + WAIT_S
            while feed.is_live:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            server.start()
            store.write(board, Take(areas=(A,), partner="Harvest"), by=OPERATOR)
            assert ear.hears_up_to(2)[-1] == 2
            assert feed.wait_until_live(WAIT_S)
