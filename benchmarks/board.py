"""Time the shared board: writers at once, a long history opened, news from another process.

Everything is on this machine; PostgreSQL is the server that the tests start, with a disk that it
waits for.

Run it with ``python -m benchmarks.board``.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gapmap.board.agenda import Put
from gapmap.board.archive import archived, restored
from gapmap.board.changes import Scene, event_of
from gapmap.board.claims import Release, Take
from gapmap.board.feed import Feed
from gapmap.board.present import BoardState, applied, difference, inverse_of
from gapmap.board.rows import (
    insert_areas,
    insert_board,
    insert_entries,
    insert_event,
    insert_member,
)
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.values import Board, Event, Member, Role, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITER_COUNT = 30
AREA_COUNT, PARTNER_COUNT, EVENT_COUNT = 1_000, 60, 10_000


def writers_at_once(url: str, *, count: int, pause_s: float) -> dict[str, float]:
    from tests.board.writers import Writers, notes

    areas = {f"a{number:04d}": None for number in range(AREA_COUNT)}
    with open_store(url) as store:
        board = store.create_board("bench", areas).id
    with tempfile.TemporaryDirectory() as folder, Writers() as writers:
        order = {"do": "write", "url": url, "board": board, "count": count, "pause_s": pause_s}
        start = time.time() + 4.0
        paths = [Path(folder) / f"w{number}" for number in range(WRITER_COUNT)]
        begun = [
            writers.start(
                **order,
                # People do not all press in the same millisecond of every half second.
                start=start + pause_s * number / WRITER_COUNT,
                name=path.name,
                notes=str(path),
            )
            for number, path in enumerate(paths)
        ]
        failed = sum(writers.wait(one) != 0 for one in begun)
        took_s = time.time() - start
        seconds = np.array(
            [one["seconds"] for path in paths for one in notes(path) if "seconds" in one]
        )
    return {
        "errors": float(failed),
        "writes a second": len(seconds) / took_s,
        "p50 ms": float(np.percentile(seconds, 50)) * 1e3,
        "p99 ms": float(np.percentile(seconds, 99)) * 1e3,
        "max ms": float(seconds.max()) * 1e3,
    }


def long_history(store: Store) -> str:
    """Write a board of many areas, partners and events, as they come: take, say, release."""
    areas = {f"a{number:04d}": f"n{number // 10}" for number in range(AREA_COUNT)}
    at = store.now()
    state = BoardState("long", "bench")
    leader = Member(OPERATOR, "long", Role.FACILITATOR)
    events: list[Event] = []
    chance = np.random.default_rng(1)
    while len(events) < EVENT_COUNT:
        geoid = f"a{chance.integers(AREA_COUNT):04d}"
        partner = f"Partner {chance.integers(PARTNER_COUNT)}"
        held = state.claim(geoid) is not None
        change = (
            Put(section=Section.COMMENTS, value={"text": "Something said.", "subject": geoid})
            if chance.random() < 0.3
            else Release(areas=(geoid,))
            if held and chance.random() < 0.3
            else Take(areas=(geoid,), partner=partner)
        )
        scene = Scene(state, areas, tuple(areas), at, leader, lambda revision: events[revision - 1])
        with contextlib.suppress(RuntimeError):
            patch = difference(state, change.plan(scene))
            events.append(event_of(change, scene, patch, inverse_of(state, patch)))
            state = applied(state, events[-1:])
    card = Board("long", "bench", "Long", state.revision, at, at, len(areas))
    with store.database.writing() as connection:
        insert_board(connection, card)
        insert_areas(connection, card.id, areas)
        insert_member(connection, leader)
        insert_event(connection, *events)
        insert_entries(connection, state)
    return card.id


_OPEN = """
import sys, time
from gapmap.board.store import open_store
start = time.perf_counter()
with open_store(sys.argv[1]) as store:
    state = store.state("long")
    len(state.claims), len(state.as_json())
    print(time.perf_counter() - start)
"""


def opened_s(url: str) -> float:
    """Open that board in a process that has never seen it; imports are not counted."""
    command = [sys.executable, "-c", _OPEN, url]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(5)]
    return min(float(run.stdout) for run in runs)


def heard_ms(url: str) -> dict[str, float]:
    """Time from a write by one store to a listener of another."""
    with open_store(url) as writer, open_store(url) as reader, Feed(reader) as feed:
        board = writer.create_board("bench", {"a": None}).id
        heard: queue.Queue[float] = queue.Queue()
        feed.wait_until_live(10)
        time.sleep(0.5)
        feed.subscribe(lambda *_: heard.put(time.perf_counter()))
        waits = []
        for number in range(100):
            time.sleep(0.013)
            change = Put(section=Section.COMMENTS, id=f"c{number}", value={"text": "x"})
            writer.write(board, change, by=OPERATOR)
            written = time.perf_counter()
            waits.append(max(0.0, heard.get(timeout=10) - written))
    return {
        "p50 ms": float(np.percentile(waits, 50)) * 1e3,
        "p95 ms": float(np.percentile(waits, 95)) * 1e3,
    }


def timed(name: str, seconds: float) -> None:
    print(f"  {name:<44} {seconds:8.3f} s")


@contextlib.contextmanager
def addresses() -> Iterator[dict[str, str]]:
    from tests.board.postgres_server import postgres_server

    with tempfile.TemporaryDirectory(prefix="gapmap-bench-") as folder, postgres_server() as server:
        yield {"SQLite": f"sqlite:///{folder}/boards.db", "PostgreSQL": server.new_database()}


def main() -> None:
    with addresses() as urls:
        for name, url in urls.items():
            print(name)
            for what, count, pause_s in (("without a pause", 40, 0.0), ("twice a second", 20, 0.5)):
                found = writers_at_once(url, count=count, pause_s=pause_s)
                shown = ", ".join(f"{key} {value:,.1f}" for key, value in found.items())
                print(f"  {WRITER_COUNT} writers {what}: {shown}")
            with open_store(url) as store:
                long_history(store)
            timed("opened, 10,000 events of history", opened_s(url))
            with open_store(url) as store:
                start = time.perf_counter()
                store.state_at("long", EVENT_COUNT - 1)
                timed("the state before the last of them", time.perf_counter() - start)
                start = time.perf_counter()
                lines = archived(store, "long")
                timed("exported", time.perf_counter() - start)
                start = time.perf_counter()
                restored(store, lines, as_new=True)
                timed("imported", time.perf_counter() - start)
            news = heard_ms(url)
            shown = ", ".join(f"{key} {value:,.1f}" for key, value in news.items())
            print(f"  heard by another server: {shown}")


if __name__ == "__main__":
    main()
