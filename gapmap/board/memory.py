"""What a server remembers of boards, so that it reads only what is new."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from gapmap.board.present import BoardState, applied
from gapmap.board.rows import areas_of, board_row, entries_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection

__all__ = ["Ground", "Memory"]

_T = TypeVar("_T")

_KEPT_BOARDS: Final = 64
_CATCH_UP: Final = 2_000
"""Events that are added to a known state; of more the present is read anew."""


@dataclass(frozen=True)
class Ground:
    """What never changes of a board: its study, and what can be claimed, by area and in order."""

    study: str
    areas: Mapping[str, str | None]
    geoids: tuple[str, ...]


class Memory:
    """States of boards at the newest revision that was seen. Safe to use from several threads."""

    def __init__(self) -> None:
        self._states: dict[str, BoardState] = {}
        self._grounds: dict[str, Ground] = {}
        self._guard = threading.Lock()

    def knows(self, board: str) -> bool:
        """Tell whether some state of a board is remembered."""
        return board in self._states

    def ground(self, connection: Connection, board: str) -> Ground:
        """Return what never changes of a board, read once."""
        found = self._grounds.get(board)
        if found is None:
            study = str(board_row(connection, board).study)
            areas = areas_of(connection, board)
            found = Ground(study, areas, tuple(areas))
            with self._guard:
                _keep(self._grounds, board, found)
        return found

    def state(self, connection: Connection, board: str, head: int) -> BoardState:
        """Return the state at the newest revision, by whichever way is less work.

        Parameters
        ----------
        connection
            In a transaction that sees exactly that revision.
        board, head
            Which board, and its newest revision.
        """
        known = self._states.get(board)
        if known is not None and head - _CATCH_UP <= known.revision <= head:
            if known.revision == head:
                return known
            return applied(known, steps_of(connection, board, known.revision, head))
        sections = entries_of(connection, board)
        at = board_row(connection, board).changed
        return BoardState(board, self.ground(connection, board).study, head, at, sections)

    def remember(self, state: BoardState) -> None:
        """Keep a state that is in the database for good, if it is the newest one known."""
        with self._guard:
            known = self._states.get(state.board)
            if known is None or known.revision < state.revision:
                _keep(self._states, state.board, state)


def _keep(kept: dict[str, _T], board: str, value: _T) -> None:
    """Keep something as the newest, and forget the oldest of too many."""
    kept.pop(board, None)
    kept[board] = value
    while len(kept) > _KEPT_BOARDS:
        kept.pop(next(iter(kept)))
