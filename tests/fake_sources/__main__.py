"""Run the fake services by themselves: ``python -m tests.fake_sources --port 8099``."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fake_sources import (
    FakeSources,
    Fault,
    damaged,
    dropped,
    fine,
    html,
    server_error,
    short,
    too_many,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MISCHIEF = (too_many(1), server_error(), html(), damaged(), short(), dropped())
"""Faults that ``--faulty`` walks through, with good answers in between."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl+C."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fake_sources",
        description="Local stand-ins for the services that gapmap fetches from. "
        "Every figure, border and site that they answer is made up.",
    )
    parser.add_argument("--port", type=int, default=8099, help="port on this machine (8099)")
    parser.add_argument("--slow", action="store_true", help="take a second for every answer")
    parser.add_argument("--faulty", action="store_true", help="spoil every third answer")
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="FIPS=TRACTS",
        help="serve one more whole state, for example 06=5000",
    )
    chosen = parser.parse_args(arguments)
    try:
        states = {fips: int(tracts) for fips, _, tracts in (s.partition("=") for s in chosen.state)}
        fake = FakeSources(states=states, pace_s=1.0 if chosen.slow else 0.0, port=chosen.port)
    except ValueError as error:
        parser.error(f"--state: {error}")
    if chosen.faulty:
        _misbehave(fake)
    try:
        fake.start()
    except OSError as error:
        print(f"Port {chosen.port} cannot be used ({error}). Try --port 0.", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    folder = Path(tempfile.mkdtemp(prefix="gapmap-made-up-"))
    _print_settings(fake, folder)
    stop.wait()
    fake.stop()
    for problem in fake.problems:
        print(problem, file=sys.stderr)
    with contextlib.suppress(OSError):
        folder.rmdir()  # it goes where nothing was fetched, and stays where something was
    return 1 if fake.problems else 0


def _misbehave(fake: FakeSources) -> None:
    turns = itertools.cycle(MISCHIEF)
    line: list[Fault] = [fault for _ in range(5000) for fault in (fine(), fine(), next(turns))]
    fake.faults.add("", *line)


def _print_settings(fake: FakeSources, folder: Path) -> None:
    settings = fake.environment | {
        "GAPMAP_CACHE": str(folder / "cache"),
        "GAPMAP_STUDIES": str(folder / "studies"),
    }
    served = [
        f"#   {state.name}: " + ", ".join(state.counties["NAMELSAD"])
        for state in filter(None, map(fake.region.state, fake.region.states))
    ]
    lines = [
        "# Everything served here is MADE UP: no figure, border or site is real.",
        "# Copy these lines to another terminal, then try the two below:",
        *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
        "#   gapmap fetch --state TX --county Travis --sites",
        "#   gapmap assess travis-tx",
        "# Counties served:",
        *served,
        "# Studies and answers stay in that temporary folder, apart from real ones. Ctrl+C ends.",
    ]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
