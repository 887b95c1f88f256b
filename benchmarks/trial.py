"""One timing in a process of its own, so that its peak of memory is its own too."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Trial", "best_of", "report", "run"]


@dataclass(frozen=True)
class Trial:
    """What a timing found.

    Parameters
    ----------
    seconds
        The best of the runs, compilation and reading of files left out.
    figures
        Whatever else is worth a line, by name.
    peak_mib
        Peak of the process's memory, its input included.
    """

    seconds: float
    figures: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0


def best_of(count: int, work: Callable[[], object]) -> float:
    """Time some work a few times over and return the least of the seconds."""
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def run(module: str, arguments: Sequence[str], *, timeout_s: float) -> Trial | None:
    """Run a module that reports a trial; None if it takes too long."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        return None
    return Trial(**json.loads(done.stdout.splitlines()[-1]))


def report(trial: Trial) -> None:
    """Print a trial, with the peak of this process, for the process that waits for it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    mib = peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    print(json.dumps(asdict(trial) | {"peak_mib": mib}))
