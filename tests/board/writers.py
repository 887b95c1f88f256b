"""Processes that write to boards and may be killed: everything is imported once, each is a fork.

Reads one order a line from standard input and answers with the number of the process that works
on it; ``{"wait": PID}`` answers with how it ended. What a writer was told that it wrote, it notes
in a file at once, before it goes on: after a kill, that file is what was acknowledged.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parent.parent.parent


class Writers:
    """Starts writers, and ends them."""

    def __enter__(self) -> Writers:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.board.writers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def start(self, **order: Any) -> int:
        """Start a writer; returns its process."""
        return int(self._say(order))

    def wait(self, process: int) -> int:
        """Return how a writer ended: its exit status, or minus the signal."""
        return int(self._say({"wait": process}))

    def _say(self, order: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def notes(path: Path) -> list[dict[str, Any]]:
    """What a writer noted: whole lines only, the last one may be half-written."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if "\n" in line]


def _main() -> None:
    for module in (
        "gapmap.board.agenda",
        "gapmap.board.store",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
    ):
        import_module(module)

    gc.freeze()  # what is there now is shared by all, and never looked at again
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os._exit(_work(order))
        print(child, flush=True)


def _work(order: dict[str, Any]) -> int:
    from gapmap.board.store import open_store

    file = os.open(order["notes"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(**what: Any) -> None:
        os.write(file, (json.dumps(what) + "\n").encode())

    try:
        with open_store(order["url"]) as store:
            if "threads" in order:
                _in_threads(store, order, note)
            else:
                (_race if order["do"] == "race" else _write)(store, order, note)
    except BaseException:
        note(problem=traceback.format_exc())
        return 1
    return 0


def _race(store: Any, order: dict[str, Any], note: Any) -> None:
    """Try for one area after the other, each when all racers are ready for it."""
    from gapmap.board.claims import Take
    from gapmap.board.store import OPERATOR
    from gapmap.errors import ConflictError

    partner = order["partner"]
    store.state(order["board"])
    ready = os.open(order["ready"], os.O_RDWR)
    for turn, area in enumerate(order["areas"], 1):
        # One byte a racer in a file that all see: at which try it is.
        os.pwrite(ready, bytes([turn]), order["place"])
        patience = time.monotonic() + 20
        while min(os.pread(ready, order["racers"], 0)) < turn:
            if time.monotonic() > patience:
                raise TimeoutError("another racer has given up")
            time.sleep(0)
        try:
            store.write(order["board"], Take(areas=(area,), partner=partner), by=OPERATOR)
            note(area=area, won=True)
        except ConflictError as refused:
            note(area=area, won=False, holder=refused.conflicts[0]["holder"])


def _in_threads(store: Any, order: dict[str, Any], note: Any) -> None:
    """Write from several threads, as an app server does: those at the same moment together."""
    names = [f"{order['name']}.{number}" for number in range(order["threads"])]
    with ThreadPoolExecutor(len(names)) as threads:
        begun = [threads.submit(_write, store, order | {"name": name}, note) for name in names]
        for one in begun:
            one.result()


def _write(store: Any, order: dict[str, Any], note: Any) -> None:
    """Take areas and say things, so many times or for ever; note what was acknowledged."""
    from gapmap.board.agenda import Put
    from gapmap.board.store import OPERATOR
    from gapmap.board.values import Section

    if "start" in order:
        # A server is timed that has written before: statements are put together at the first.
        greeting = Put(section=Section.COMMENTS, id=order["name"], value={"text": "here"})
        store.write(order["board"], greeting, by=OPERATOR)
        time.sleep(max(0.0, order["start"] - time.time()))
    number = 0
    while number != order.get("count"):
        key = f"{order['name']}-{number}"
        change = Put(section=Section.COMMENTS, id=key, value={"text": f"said by {key}"})
        began = time.perf_counter()
        written = store.write(order["board"], change, by=OPERATOR, request=key)
        note(key=key, revision=written.revision, seconds=time.perf_counter() - began)
        number += 1
        time.sleep(order.get("pause_s", 0.0))


if __name__ == "__main__":
    _main()
