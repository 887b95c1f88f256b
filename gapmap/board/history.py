"""A board as it was at any of its revisions, and what was done on the way, a piece at a time.

To walk through a long history, states on the way are remembered: from the nearest one before it,
any other is a few hundred events away.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.present import BoardState, applied
from gapmap.board.rows import board_row, events_of, steps_of
from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from gapmap.board.values import Event

__all__ = ["Done", "History"]

_APART: Final = 400
"""Events between two remembered states; so many are replayed in some milliseconds."""

_KEPT: Final = 120
"""Remembered states of all boards together: each shares what lies on it with the others."""


@dataclass(frozen=True, slots=True)
class Done:
    """One event of a history.

    Parameters
    ----------
    event
        What was done.
    undone_by
        The revision that took it back last; None if none did.
    """

    event: Event
    undone_by: int | None


class History:
    """What was, on the boards of one store. Safe to use from several threads.

    Parameters
    ----------
    store
        Whose boards.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, int], BoardState] = OrderedDict()
        self._guard = threading.Lock()

    def state_at(self, board: str, revision: int) -> BoardState:
        """Return a board as it was after one of its events.

        Raises
        ------
        UnknownNameError
            If there is no such board, or it has no such revision.
        """
        with self._store.database.reading() as connection:
            row = board_row(connection, board)
            if not 1 <= revision <= row.revision:
                raise UnknownNameError("revision", str(revision), ["1", str(row.revision)])
            state = self._nearest(board, revision) or BoardState(board, str(row.study))
            while state.revision < revision:
                # Up to the next one that is remembered, so that all are equally far apart.
                end = min(revision, state.revision - state.revision % _APART + _APART)
                state = applied(state, steps_of(connection, board, state.revision, end))
                if end % _APART == 0:
                    self._keep(state)
        return state

    def done(self, board: str, *, after: int, limit: int) -> tuple[tuple[Done, ...], int]:
        """Return what came after a revision, in order, and the board's newest revision.

        Parameters
        ----------
        board, after
            Of which board, and after which revision; 0 is before the first.
        limit
            At most so many.
        """
        undo = tables.event.c
        with self._store.database.reading() as connection:
            head = int(board_row(connection, board).revision)
            events = events_of(connection, board, after, head, limit)
            if not events:
                return (), head
            query = sa.select(undo.undoes, sa.func.max(undo.revision)).where(
                undo.board_id == board, undo.undoes.between(after + 1, events[-1].revision)
            )
            undone = {int(one): int(by) for one, by in connection.execute(query.group_by("undoes"))}
        return tuple(Done(event, undone.get(event.revision)) for event in events), head

    def _nearest(self, board: str, revision: int) -> BoardState | None:
        with self._guard:
            known = [at for of, at in self._kept if of == board and at <= revision]
            if not known:
                return None
            place = (board, max(known))
            self._kept.move_to_end(place)
            return self._kept[place]

    def _keep(self, state: BoardState) -> None:
        with self._guard:
            self._kept[state.board, state.revision] = state
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
