"""Those who write at the same moment, written together.

A transaction waits for the disk, and one board takes one transaction after the other. So whoever
comes first writes for all that wait by then: each change is made on the state that the one before
it left, and each is answered by itself, with its own revision or its own refusal.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from gapmap.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gapmap.board.changes import Change
    from gapmap.board.present import BoardState
    from gapmap.board.values import Event

__all__ = ["AT_ONCE", "Outcome", "Queue", "Wanted", "Written"]

AT_ONCE: Final = 100
"""Changes in one transaction at most: those behind them wait for the next."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that somebody asks for.

    Parameters
    ----------
    change
        What to do.
    by
        Identifier of the member who asks.
    seen
        The revision that the member looked at, if it matters.
    request
        The sender's own name for it.
    """

    change: Change
    by: str
    seen: int | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a change.

    Parameters
    ----------
    revision
        The board's revision after it.
    event
        The event; None where everything was as asked already.
    state
        The board after it.
    is_repeat
        Whether it was sent before and done then.
    """

    revision: int
    event: Event | None
    state: BoardState
    is_repeat: bool = False


Outcome: TypeAlias = Written | Exception
"""What a change comes to: written, or why not."""


class Queue:
    """Threads that wait to write, in a line for each board."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._lines: dict[str, deque[_Place]] = {}  # those that somebody writes for now

    def write(
        self, board: str, wanted: Wanted, write: Callable[[Sequence[Wanted]], Sequence[Outcome]]
    ) -> Written:
        """Write a change, with others that wait or by one of them; raises what it comes to.

        Parameters
        ----------
        board
            Which line.
        wanted
            The change.
        write
            Writes several, in their order, and returns what each comes to.
        """
        mine = _Place(wanted)
        with self._guard:
            leads = board not in self._lines
            line = self._lines.setdefault(board, deque())
            line.append(mine)
        if not leads:
            mine.turn.acquire()
        if mine.outcome is None:
            self._lead(board, line, write)
        assert mine.outcome is not None
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        return mine.outcome

    def _lead(
        self,
        board: str,
        line: deque[_Place],
        write: Callable[[Sequence[Wanted]], Sequence[Outcome]],
    ) -> None:
        """Write for all that wait, oneself in front, and let the next one do so."""
        with self._guard:
            those = [line.popleft() for _ in range(min(len(line), AT_ONCE))]
        outcomes: Sequence[Outcome] = [_interrupted() for _ in those]
        try:
            outcomes = write([one.wanted for one in those])
        finally:
            with self._guard:
                following = line[0] if line else None
                if following is None:
                    del self._lines[board]
            if following is not None:
                following.turn.release()
            for place, outcome in zip(those, outcomes, strict=True):
                place.outcome = outcome
            for place in those[1:]:
                place.turn.release()


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Place:
    """A thread in the line: woken when it was written for, or has to write."""

    wanted: Wanted
    turn: threading.Lock = field(default_factory=_taken)
    outcome: Outcome | None = None


def _interrupted() -> StoreError:
    return StoreError("The server was stopped while it wrote. Send the change again.")
