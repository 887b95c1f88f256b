"""A meeting on loopback: everybody connected to the app, one claim a second, every delay measured.

The app is the real one (``gapmap serve``), in processes of its own; who looks on is a socket that
keeps to the protocol. A delay is from the sending of a claim to its arrival at one viewer.

``python -m benchmarks.live`` takes six minutes; ``--full`` lasts five minutes a meeting.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

from benchmarks.app import free_port, resident_mib, wait_for
from gapmap.board import joining
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from tests.board.postgres_server import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from websockets.asyncio.client import ClientConnection

ROOT = Path(__file__).parent.parent
AREAS = {f"3600500{number:04d}": f"Neighbourhood {number // 20}" for number in range(1000)}
PARTNERS = [f"Partner {number}" for number in range(1, 61)]

SETUPS = ("sqlite", "postgresql", "postgresql, two servers")


@dataclass
class Viewer:
    """A socket that notes when it came to know each revision."""

    line: ClientConnection
    partner: str
    revision: int = 0
    seen_at: dict[int, float] = field(default_factory=dict)
    answers: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    async def read(self) -> None:
        """Read until the line ends."""
        async for text in self.line:
            message = json.loads(text)
            if message["kind"] in ("events", "snapshot"):
                now = time.perf_counter()
                for revision in range(self.revision + 1, message["revision"] + 1):
                    self.seen_at[revision] = now
                self.revision = max(self.revision, message["revision"])
            elif message.get("id") in self.answers:
                self.answers.pop(message["id"]).set_result(message)

    async def do(self, name: str, change: dict[str, Any]) -> Any:
        """Change the board and wait for the answer."""
        answer = self.answers[name] = asyncio.get_running_loop().create_future()
        await self.line.send(json.dumps({"kind": "do", "id": name, "change": change}))
        return await asyncio.wait_for(answer, 30)


@dataclass(frozen=True)
class Meeting:
    """What a meeting took.

    Parameters
    ----------
    delays_s
        Of every claim at every viewer.
    lost_count
        How many of these never came.
    write_s
        How long each claim took to be answered.
    idle_share, grown_mib
        Of the app servers together: of one core while nothing happens, and by how much their
        memory grew from the first minute to the end.
    """

    delays_s: Sequence[float]
    lost_count: int
    write_s: Sequence[float]
    idle_share: float
    grown_mib: float


def main() -> None:
    """Hold the meetings and print a line of each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="five minutes a meeting")
    options.add_argument("--seconds", type=int, default=20, help="how long a meeting lasts")
    options.add_argument("--viewers", default="30,200", help="how many look on")
    options.add_argument("--setups", default=";".join(SETUPS), help="separated by ;")
    options.add_argument("--rounds", type=int, default=3, help="how often 30 write at once")
    options.add_argument("--writers-only", action="store_true", help="no meetings")
    asked = options.parse_args()
    seconds = 300 if asked.full else asked.seconds
    print(
        "| setup | viewers | claims | p50 | p95 | worst | lost | a write, p50, p99 |"
        " idle | memory grew |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for setup in asked.setups.split(";"):
        with _servers(setup) as (url, ports, processes):
            for viewers in () if asked.writers_only else map(int, asked.viewers.split(",")):
                meeting = asyncio.run(_meet(url, ports, processes, viewers, seconds))
                _print(f"{setup} | {viewers}", meeting)
            for pace_s, words in ((0.5, "twice a second each"), (0.0, "without a pause")):
                for _ in range(asked.rounds):
                    writes_s = asyncio.run(_all_at_once(url, ports, 30, 30, pace_s))
                    print(
                        f"30 writers at once, {words}, {setup}: {len(writes_s)} writes, "
                        f"p50 {_ms(_at(writes_s, 0.5))}, p99 {_ms(_at(writes_s, 0.99))}, "
                        f"worst {_ms(max(writes_s))}, load {os.getloadavg()[0]:.1f}",
                        flush=True,
                    )


@contextlib.contextmanager
def _servers(setup: str) -> Iterator[tuple[str, list[int], list[int]]]:
    with contextlib.ExitStack() as stack:
        if setup == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{folder}/boards.db"
        else:
            url = stack.enter_context(postgres_server()).new_database()
        ports = [free_port() for _ in range(2 if setup.endswith("two servers") else 1)]
        processes = []
        for port in ports:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gapmap.cli", "serve"),
                    *("--port", str(port), "--database-url", url),
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            processes.append(process.pid)
        for port, number in zip(ports, processes, strict=True):
            wait_for(f"http://127.0.0.1:{port}/")
            _until_quiet(number)
        yield url, ports, processes


def _until_quiet(process: int) -> None:
    """Wait until an app has done what it does after it started."""
    while True:
        before = _cpu_s([process])
        time.sleep(1)
        if _cpu_s([process]) - before < 0.05:
            return


async def _meet(
    url: str, ports: list[int], processes: list[int], count: int, seconds: int
) -> Meeting:
    board, tokens = await asyncio.to_thread(_people, url, count)
    async with contextlib.AsyncExitStack() as stack:
        viewers = await _join(stack, ports, board, tokens)
        await asyncio.sleep(3)
        idle_share = await _idle(processes)
        sent_at: dict[int, float] = {}
        writes_s: list[float] = []
        grown_from = 0.0
        for number, viewer in zip(range(seconds), itertools.cycle(viewers), strict=False):
            if number == min(60, seconds // 4):
                grown_from = _memory_mib(processes)
            start = time.perf_counter()
            area = list(AREAS)[number * 7 % len(AREAS)]
            taking = {"do": "take", "areas": [area], "partner": viewer.partner}
            answer = await viewer.do(f"claim-{number}", taking)
            assert answer["kind"] == "done", answer
            writes_s.append(time.perf_counter() - start)
            sent_at[answer["revision"]] = start
            await asyncio.sleep(max(0.0, start + 1 - time.perf_counter()))
        await asyncio.sleep(2)
        grown_mib = _memory_mib(processes) - grown_from
    delays_s = [
        viewer.seen_at[revision] - start
        for viewer in viewers
        for revision, start in sent_at.items()
        if revision in viewer.seen_at
    ]
    lost_count = len(viewers) * len(sent_at) - len(delays_s)
    return Meeting(delays_s, lost_count, writes_s, idle_share, grown_mib)


async def _all_at_once(
    url: str, ports: list[int], count: int, each: int, pace_s: float
) -> list[float]:
    """Let many write at once; returns how long each write took to be answered."""
    board, tokens = await asyncio.to_thread(_people, url, count)
    areas = list(AREAS)
    async with contextlib.AsyncExitStack() as stack:
        writers = await _join(stack, ports, board, tokens)

        async def work(number: int, writer: Viewer) -> list[float]:
            taken_s = []
            await asyncio.sleep(random.random() * pace_s)
            for turn in range(each):
                area = areas[(number * each + turn) % len(areas)]
                taking = {"do": "take", "areas": [area], "partner": writer.partner}
                start = time.perf_counter()
                answer = await writer.do(f"w-{number}-{turn}", taking)
                taken_s.append(time.perf_counter() - start)
                assert answer["kind"] == "done", answer
                await asyncio.sleep(max(0.0, start + pace_s - time.perf_counter()))
            return taken_s

        found = await asyncio.gather(*(work(*pair) for pair in enumerate(writers)))
    return list(itertools.chain.from_iterable(found))


def _people(url: str, count: int) -> tuple[str, list[tuple[str, str]]]:
    """Make a board and let people join it; returns the board, and token and partner of each."""
    with open_store(url) as store:
        board = store.create_board("town", AREAS, title="Round table").id
        code = joining.offer(store, board, Role.PARTNER, by=OPERATOR).code
        people = []
        for number, partner in zip(range(count), itertools.cycle(PARTNERS), strict=False):
            name = f"Person {number}"
            joined = joining.join(store, code, name, partner=partner, source=name)
            people.append((joined.token, partner))
    return board, people


async def _join(
    stack: contextlib.AsyncExitStack,
    ports: list[int],
    board: str,
    people: Sequence[tuple[str, str]],
) -> list[Viewer]:
    viewers = []
    for (token, partner), port in zip(people, itertools.cycle(ports), strict=False):
        line = await stack.enter_async_context(
            connect(
                f"ws://127.0.0.1:{port}/gapmap/board/{board}/live",
                subprotocols=["gapmap.1", f"token.{token}"],  # type: ignore[list-item]
                compression=None,
                proxy=None,
                max_size=None,
            )
        )
        viewer = Viewer(line, partner)
        reader = asyncio.create_task(viewer.read())
        stack.callback(reader.cancel)
        viewers.append(viewer)
    while not all(viewer.revision for viewer in viewers):
        await asyncio.sleep(0.01)
    return viewers


async def _idle(processes: list[int], seconds: float = 10.0) -> float:
    """Return what the app servers use of one core while nothing happens."""
    before = _cpu_s(processes)
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    return (_cpu_s(processes) - before) / (time.perf_counter() - start)


def _cpu_s(processes: Sequence[int]) -> float:
    """Return the seconds that processes have worked so far."""
    ticks = 0
    for process in processes:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    return ticks / float(os.sysconf("SC_CLK_TCK"))


def _memory_mib(processes: Sequence[int]) -> float:
    return sum(map(resident_mib, processes))


def _print(title: str, meeting: Meeting) -> None:
    delays = meeting.delays_s
    print(
        f"| {title} | {len(meeting.write_s)} | {_ms(statistics.median(delays))} "
        f"| {_ms(_at(delays, 0.95))} | {_ms(max(delays))} | {meeting.lost_count} of "
        f"{len(delays) + meeting.lost_count:,} | {_ms(_at(meeting.write_s, 0.5))}, "
        f"{_ms(_at(meeting.write_s, 0.99))} | {meeting.idle_share:.1%} "
        f"| {meeting.grown_mib:.1f} MiB |",
        flush=True,
    )


def _at(values: Sequence[float], share: float) -> float:
    """Return a quantile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
