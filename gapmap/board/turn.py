"""A writer's turn on a board: nobody else changes it until the transaction ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.board.changes import Scene, event_of
from gapmap.board.claims import Expire
from gapmap.board.present import BoardState, applied, difference, inverse_of
from gapmap.board.rows import advance, events_of, insert_event, lay
from gapmap.board.rules import check_member, check_patch, check_seen
from gapmap.board.values import Event, Member, Role
from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from gapmap.board.changes import Change
    from gapmap.board.memory import Ground

__all__ = ["Turn"]


class Turn:
    """What is done to a board between taking its lock and giving it back.

    Parameters
    ----------
    connection
        In the transaction that holds the lock.
    ground
        What never changes of the board.
    state
        The board as it is in that transaction; :attr:`state` is the newest one after each step.
    """

    def __init__(self, connection: Connection, ground: Ground, state: BoardState) -> None:
        self._connection = connection
        self._ground = ground
        self.state = state

    def make(
        self,
        change: Change,
        member: Member,
        at: datetime,
        *,
        seen: int | None = None,
        request: str | None = None,
    ) -> Event | None:
        """Make a change if rules and facts allow it; None where everything is so already."""
        scene = self._scene(member, at)
        check_member(change, scene)
        patch = difference(self.state, change.plan(scene))
        if not patch:
            return None
        inverse = inverse_of(self.state, patch)
        check_patch(change, scene, patch, inverse)
        check_seen(self.state, patch, seen)
        return self.keep(event_of(change, scene, patch, inverse, request))

    def expire(self, at: datetime) -> None:
        """Open the claims that have run out, if any have; that too is an event, and nobody's."""
        if self.state.expired(at):
            nobody = Member("", self.state.board, Role.FACILITATOR)
            self.make(Expire(), nobody, at)

    def keep(self, new: Event) -> Event:
        """Write an event and the state that it leads to, together."""
        after = applied(self.state, [new])
        insert_event(self._connection, new)
        lay(self._connection, self.state, new)
        advance(self._connection, after)
        self.state = after
        return new

    def _scene(self, member: Member, at: datetime) -> Scene:
        return Scene(self.state, self._ground.areas, self._ground.geoids, at, member, self._event)

    def _event(self, revision: int) -> Event:
        if not 1 <= revision <= self.state.revision:
            raise UnknownNameError("revision", str(revision), ["1", str(self.state.revision)])
        (found,) = events_of(self._connection, self.state.board, revision - 1, revision)
        return found
