"""How long a search may take, who may stop it, and whom it tells how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SearchProgress", "Watch"]


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search is: the step, seconds since it began, best and bound (NaN: not yet)."""

    step: str
    seconds: float
    objective: float = float("nan")
    bound: float = float("nan")


def _say_nothing(_: SearchProgress) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """A clock with a deadline.

    Parameters
    ----------
    time_limit_s
        Seconds from now until the search should end with what it has.
    progress
        Told how far it is, from whatever thread it runs in.
    is_cancelled
        Asked now and then whether to end at once with what there is.
    """

    time_limit_s: float = 30.0
    progress: Callable[[SearchProgress], None] = _say_nothing
    is_cancelled: Callable[[], bool] = _never
    start_s: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds since the watch was made."""
        return time.perf_counter() - self.start_s

    @property
    def left_s(self) -> float:
        """Seconds left, 0 or more."""
        return max(self.time_limit_s - self.seconds, 0.0)

    @property
    def is_listened_to(self) -> bool:
        """Whether anybody asks to be told, or may stop it."""
        return self.progress is not _say_nothing or self.is_cancelled is not _never

    def is_over(self) -> bool:
        """Say whether to end with what there is."""
        return self.left_s <= 0 or self.is_cancelled()

    def say(self, step: str, objective: float = float("nan"), bound: float = float("nan")) -> None:
        """Tell how far the search is."""
        self.progress(SearchProgress(step, self.seconds, objective, bound))
