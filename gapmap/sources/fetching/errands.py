"""Errands done side by side, with progress told and a stop heard."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import CancelledError
from gapmap.sources.fetching.request import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Errands", "Line", "run"]

_AT_ONCE: Final = 8
"""Errands under way; the courier lets only some of them to one host."""

Errands = dict[Any, tuple[str, "Callable[[], Any]"]]
"""What to do by key: its name for people, and the work."""


class Line:
    """Where progress is told and a stop is heard.

    Parameters
    ----------
    tell
        Told of every step.
    is_cancelled
        Whether somebody stopped the fetch.
    """

    def __init__(self, tell: Callable[[Progress], None], is_cancelled: Callable[[], bool]) -> None:
        self._tell = tell
        self._is_cancelled = is_cancelled
        self._done = 0
        self.total = 2

    def begin(self, step: str) -> None:
        """Say what is being done now, unless somebody stopped it."""
        self.stop_if_cancelled()
        self._tell(Progress(step, self._done, self.total))

    def finish(self, step: str) -> None:
        """Say that a step is done."""
        self._done += 1
        self.total = max(self.total, self._done)
        self._tell(Progress(step, self._done, self.total))

    def stop_if_cancelled(self) -> None:
        """Raise if somebody stopped the fetch."""
        if self._is_cancelled():
            raise CancelledError("Stopped as asked.")


def run(errands: Mapping[Any, tuple[str, Callable[[], Any]]], line: Line) -> dict[Any, Any]:
    """Do errands side by side and return what they brought; the first that fails ends them all."""
    line.total += len(errands)
    found: dict[Any, Any] = {}
    line.begin("Downloading")
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gapmap-fetch") as pool:
        waiting = {pool.submit(work): (key, step) for key, (step, work) in errands.items()}
        try:
            for done in as_completed(waiting):
                key, step = waiting[done]
                found[key] = done.result()
                line.finish(step)
                line.stop_if_cancelled()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {key: found[key] for key in errands}
