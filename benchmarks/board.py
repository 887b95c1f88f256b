"""Time the shared board: writers at once, a long history opened, news from another process.

Everything is on this machine; PostgreSQL is the server that the tests start, with a disk that it
waits for.

Run it with ``python -m benchmarks.board``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gapmap.board.agenda import Put
from gapmap.board.archive import archived, restored
from gapmap.board.changes import Scene, event_of
from gapmap.board.claims import Release, Take
from gapmap.board.feed import Feed
from gapmap.board.history import History
from gapmap.board.present import BoardState, applied, difference, inverse_of
from gapmap.board.rows import (
    insert_areas,
    insert_board,
    insert_entries,
    insert_event,
    insert_member,
)
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.together import Wanted, Written
from gapmap.board.values import Board, Event, Member, Role, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

WRITER_COUNT = 30
AREA_COUNT, PARTNER_COUNT, EVENT_COUNT = 1_000, 60, 10_000


def threads_at_once(url: str, *, together: bool) -> dict[str, float]:
    """Let the threads of one app server write without a pause.

    ``together`` is the way it is done; otherwise each has a transaction of its own, as it was.
    """
    count = 40
    with open_store(url) as store:
        board = store.create_board("bench", areas()).id
        # A server is timed that has written before: statements are put together at the first.
        store.write_together(board, [Wanted(comment(f"first-{one}"), OPERATOR) for one in "12"])
        store.write(board, comment("first-3"), by=OPERATOR, request="first")
        ready = threading.Barrier(WRITER_COUNT)

        def work(number: int) -> list[float]:
            taken_s = []
            ready.wait()
            for turn in range(count):
                key = f"{number}-{turn}"
                wanted = Wanted(comment(key), OPERATOR, request=key)
                start = time.perf_counter()
                if together:
                    store.write(board, wanted.change, by=wanted.by, request=wanted.request)
                else:
                    (found,) = store.write_together(board, [wanted])
                    assert isinstance(found, Written), found
                taken_s.append(time.perf_counter() - start)
            return taken_s

        with ThreadPoolExecutor(WRITER_COUNT) as threads:
            start = time.perf_counter()
            found = list(threads.map(work, range(WRITER_COUNT)))
            took_s = time.perf_counter() - start
        assert store.board(board).revision == 4 + WRITER_COUNT * count
    return figures(np.concatenate(found), took_s)


def processes_at_once(
    url: str, *, processes: int = WRITER_COUNT, count: int, pause_s: float = 0.0
) -> dict[str, float]:
    """Let processes write at once; with fewer than writers, each from so many threads."""
    from tests.board.writers import Writers, notes

    with open_store(url) as store:
        board = store.create_board("bench", areas()).id
    with tempfile.TemporaryDirectory() as folder, Writers() as writers:
        order = {"do": "write", "url": url, "board": board, "count": count, "pause_s": pause_s}
        if processes < WRITER_COUNT:
            order["threads"] = WRITER_COUNT // processes
        start = time.time() + 4.0
        paths = [Path(folder) / f"w{number}" for number in range(processes)]
        begun = [
            writers.start(
                **order,
                # People do not all press in the same millisecond of every half second.
                start=start + pause_s * number / processes,
                name=path.name,
                notes=str(path),
            )
            for number, path in enumerate(paths)
        ]
        failed = sum(writers.wait(one) != 0 for one in begun)
        took_s = time.time() - start
        seconds = [one["seconds"] for path in paths for one in notes(path) if "seconds" in one]
    assert failed == 0
    assert len(seconds) == WRITER_COUNT * count
    return figures(np.array(seconds), took_s)


def areas() -> dict[str, str | None]:
    return {f"a{number:04d}": f"n{number // 10}" for number in range(AREA_COUNT)}


def comment(key: str) -> Put:
    return Put(section=Section.COMMENTS, id=key, value={"text": f"said by {key}"})


def figures(seconds: NDArray[np.float64], took_s: float) -> dict[str, float]:
    return {
        "p50 ms": float(np.percentile(seconds, 50)) * 1e3,
        "p99 ms": float(np.percentile(seconds, 99)) * 1e3,
        "worst ms": float(seconds.max()) * 1e3,
        "a second": len(seconds) / took_s,
    }


def long_history(store: Store) -> str:
    """Write a board of many areas, partners and events, as they come: take, say, release."""
    ground = areas()
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
        scene = Scene(
            state, ground, tuple(ground), at, leader, lambda revision: events[revision - 1]
        )
        with contextlib.suppress(RuntimeError):
            patch = difference(state, change.plan(scene))
            events.append(event_of(change, scene, patch, inverse_of(state, patch)))
            state = applied(state, events[-1:])
    card = Board("long", "bench", "Long", state.revision, at, at, len(ground))
    with store.database.writing() as connection:
        insert_board(connection, card)
        insert_areas(connection, card.id, ground)
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


def walked_s(store: Store) -> dict[str, float]:
    """Show that board as it was: once from the start, then here and there as a hand draws along."""
    history, took = History(store), list[float]()
    chance = np.random.default_rng(2)
    for revision in (EVENT_COUNT - 1, *chance.integers(1, EVENT_COUNT, 200).tolist()):
        start = time.perf_counter()
        history.state_at("long", revision)
        took.append(time.perf_counter() - start)
    return {
        "the state before the last of them": took[0],
        "another state of its history, p50": float(np.percentile(took[1:], 50)),
        "another state of its history, p95": float(np.percentile(took[1:], 95)),
    }


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
            writer.write(board, comment(f"c{number}"), by=OPERATOR)
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


WAYS: dict[str, Callable[[str], dict[str, float]]] = {
    "threads of one server, each by itself": lambda url: threads_at_once(url, together=False),
    "threads of one server, together": lambda url: threads_at_once(url, together=True),
    "threads of two servers": lambda url: processes_at_once(url, processes=2, count=40),
    "processes": lambda url: processes_at_once(url, count=40),
    "processes, twice a second": lambda url: processes_at_once(url, count=20, pause_s=0.5),
}
"""How 30 write at once."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3, help="how often 30 write at once")
    options.add_argument("--writers-only", action="store_true", help="nothing of a long history")
    asked = options.parse_args()
    with addresses() as urls:
        for name, url in urls.items():
            print(name)
            # One way after the other and again: what else the machine does disturbs all alike.
            rounds = [{way: work(url) for way, work in WAYS.items()} for _ in range(asked.rounds)]
            for way in WAYS:
                print(f"  {WRITER_COUNT} write, {way}:")
                for found in sorted((one[way] for one in rounds), key=lambda one: one["p99 ms"]):
                    print("    " + ", ".join(f"{key} {value:,.1f}" for key, value in found.items()))
            print(f"  load {os.getloadavg()[0]:.1f}")
            if not asked.writers_only:
                history(url)


def history(url: str) -> None:
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
    print(f"  heard by another server: {shown}", flush=True)


if __name__ == "__main__":
    main()
