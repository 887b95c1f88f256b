"""A server killed at any moment loses nothing that it had acknowledged, and leaves no half."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest

from gapmap.board.agenda import Put
from gapmap.board.present import replayed
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.values import Section
from gapmap.errors import StoreError
from tests.board.builders import AREAS
from tests.board.postgres_server import PostgresServer, postgres_server
from tests.board.test_store import as_rows, present
from tests.board.writers import Writers, notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = 52
AT_ONCE = 4


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    with Writers() as started:
        yield started


def check_whole(url: str, board: str, acknowledged: dict[str, int]) -> None:
    """Everything acknowledged is there under its revision; events and present agree."""
    with open_store(url) as store:
        events = store.events(board)
        assert [event.revision for event in events] == list(range(1, len(events) + 1))
        written = {event.request: event.revision for event in events if event.request}
        assert acknowledged.items() <= written.items()
        # What was under way when the kill came is there or not.
        added_up = as_rows(replayed(board, "nyc", events))
        assert present(store, board) == added_up
        assert as_rows(store.state(board)) == added_up


def test_killed_fifty_times_in_mid_traffic(url: str, writers: Writers, tmp_path: Path) -> None:
    chance = random.Random(5)
    with open_store(url) as store:
        board = store.create_board("nyc", AREAS, board=f"k{uuid.uuid4().hex[:9]}").id
    acknowledged: dict[str, int] = {}
    killed = 0
    while killed < KILLS:
        names = [f"w{killed + number}" for number in range(AT_ONCE)]
        started = {
            name: writers.start(
                do="write",
                url=url,
                board=board,
                name=name,
                notes=str(tmp_path / name),
                # Half of them as an app server does, all that wait in one transaction.
                **({"threads": 4} if number % 2 else {}),
            )
            for number, name in enumerate(names)
        }
        # Until each is in the middle of it, and then to some moment within a write.
        deadline = time.monotonic() + 30
        while any(len(notes(tmp_path / name)) < 2 for name in names):
            assert time.monotonic() < deadline, [notes(tmp_path / name) for name in names]
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.006))
        for name, process in started.items():
            os.kill(process, signal.SIGKILL)
            assert writers.wait(process) == -signal.SIGKILL, notes(tmp_path / name)
            acknowledged |= {one["key"]: one["revision"] for one in notes(tmp_path / name)}
            killed += 1
        if killed % 16 == 0:
            check_whole(url, board, acknowledged)
    assert len(acknowledged) >= 2 * KILLS
    check_whole(url, board, acknowledged)
    with open_store(url) as store:  # and life goes on
        change = Put(section=Section.COMMENTS, id="after", value={"text": "x"})
        store.write(board, change, by=OPERATOR)


def test_a_change_whose_answer_was_lost_is_sent_again_and_done_once(
    url: str, writers: Writers, tmp_path: Path
) -> None:
    with open_store(url) as store:
        board = store.create_board("nyc", AREAS, board=f"k{uuid.uuid4().hex[:9]}").id
    for count in (3, 6, 6):
        order = {"do": "write", "url": url, "board": board, "name": "same", "count": count}
        assert writers.wait(writers.start(**order, notes=str(tmp_path / "same"))) == 0
    with open_store(url) as store:
        assert store.board(board).revision == 7
        assert len(store.state(board).section(Section.COMMENTS)) == 6


def test_a_postgresql_server_that_breaks_down_loses_nothing_and_is_found_again() -> None:
    with postgres_server(waits_for_disk=False) as server:
        url = server.new_database()
        with open_store(url) as store:
            board = store.create_board("nyc", AREAS).id
            acknowledged: dict[str, int] = {}
            for turn in range(3):
                acknowledged |= write_until_it_breaks(server, store, board, turn)
                server.start()
                check_whole(url, board, acknowledged)
                assert store.board(board).revision >= len(acknowledged)


def write_until_it_breaks(
    server: PostgresServer, store: Store, board: str, turn: int
) -> dict[str, int]:
    acknowledged = {}
    with contextlib.suppress(StoreError):
        for number in range(1000):
            key = f"t{turn}-{number}"
            change = Put(section=Section.COMMENTS, id=key, value={"text": "x"})
            acknowledged[key] = store.write(board, change, by=OPERATOR, request=key).revision
            if number == 20:
                server.stop(at_once=True)
    assert len(acknowledged) == 21
    with pytest.raises(StoreError, match="Check that it runs"):
        store.board(board)
    return acknowledged


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/boards.db"
    with open_store(url) as store:
        board = store.create_board("nyc", AREAS).id
        change = Put(section=Section.COMMENTS, id="large", value={"text": "x" * 4000})
        with store.database.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = int(pages or 0) + 3
        # The limit is each connection's own: the pool gives this one again.
        with store.database.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={limit}")
        acknowledged: list[int] = []

        def fill() -> None:
            for number in range(50):
                one = change.model_copy(update={"id": f"c{number}"})
                acknowledged.append(store.write(board, one, by=OPERATOR).revision)

        with pytest.raises(StoreError, match=r"is full\. Nothing of this change was written"):
            fill()
        assert store.board(board).revision == 1 + len(acknowledged)
        assert len(store.state(board).section(Section.COMMENTS)) == len(acknowledged)
        with store.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        store.write(board, change, by=OPERATOR)
        assert present(store, board) == as_rows(replayed(board, "nyc", store.events(board)))


def test_a_file_that_somebody_holds_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/boards.db"
    with open_store(url) as store:
        board = store.create_board("nyc", AREAS).id
        blocker = sqlite3.connect(tmp_path / "boards.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        assert store.state(board).revision == 1  # readers wait for nobody
        with store.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with pytest.raises(StoreError, match="busy"):
            store.write(board, Put(section=Section.COMMENTS, value={"text": "x"}), by=OPERATOR)
        blocker.execute("ROLLBACK")
        blocker.close()
        store.write(board, Put(section=Section.COMMENTS, value={"text": "x"}), by=OPERATOR)


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql+psycopg://gapmap:hush@127.0.0.1:1/boards")
    assert "hush" not in str(refused.value)
    assert "127.0.0.1:1/boards" in str(refused.value)
    assert isinstance(refused.value.__cause__.orig, psycopg.OperationalError)  # type: ignore[union-attr]
