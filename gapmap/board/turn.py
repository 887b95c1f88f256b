"""A writer's turn on a board: nobody else changes it until the transaction ends.

Changes are made one after the other in memory, each on the state that the one before it left, and
written down together at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from gapmap.board.changes import Scene, event_of
from gapmap.board.claims import Expire
from gapmap.board.present import BoardState, applied, difference, inverse_of
from gapmap.board.rows import advance, events_of, insert_event, lay
from gapmap.board.rules import check_member, check_own, check_patch, check_room, check_seen
from gapmap.board.together import Written
from gapmap.board.values import Event, Member, Role
from gapmap.errors import NotAllowedError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from gapmap.board.changes import Change
    from gapmap.board.memory import Ground
    from gapmap.board.together import Outcome, Wanted

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
        self._before = state
        self._events: list[Event] = []
        self.state = state

    def outcome(
        self, wanted: Wanted, members: Mapping[str, Member], done: Mapping[str, Event], at: datetime
    ) -> Outcome:
        """Make a change that somebody asks for, or say why not; the state is as it was then.

        Parameters
        ----------
        wanted
            The change.
        members
            Those of the board, by identifier.
        done
            The events of requests that were done before this turn.
        at
            Now.
        """
        try:
            return self._answer(wanted, members, done, at)
        except SQLAlchemyError:
            raise  # the transaction is over: nothing more can be made in it
        except Exception as error:
            return error

    def expire(self, at: datetime) -> None:
        """Open the claims that have run out, if any have; that too is an event, and nobody's."""
        if self.state.expired(at):
            nobody = Member("", self.state.board, Role.FACILITATOR)
            self._make(Expire(), nobody, at)

    def keep(self, new: Event) -> Event:
        """Add an event, to be written down with the others."""
        self.state = applied(self.state, [new])
        self._events.append(new)
        return new

    def write(self) -> None:
        """Write down what was made, and the state that it leads to."""
        if self._events:
            insert_event(self._connection, *self._events)
            lay(self._connection, self._before, self.state, self._events)
            advance(self._connection, self.state)

    def _answer(
        self, wanted: Wanted, members: Mapping[str, Member], done: Mapping[str, Event], at: datetime
    ) -> Written:
        member = members.get(wanted.by)
        if member is None:
            raise NotAllowedError("You are not at this board. Join it with a code.")
        if wanted.request is not None:
            before = done.get(wanted.request) or self._done_by(wanted.request)
            if before is not None:
                check_own(before, member)
                return Written(self.state.revision, before, self.state, is_repeat=True)
        event = self._make(wanted.change, member, at, seen=wanted.seen, request=wanted.request)
        return Written(self.state.revision, event, self.state)

    def _make(
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
        check_room(scene.state, patch)
        check_seen(self.state, patch, seen)
        return self.keep(event_of(change, scene, patch, inverse, request))

    def _done_by(self, request: str) -> Event | None:
        return next((one for one in self._events if one.request == request), None)

    def _scene(self, member: Member, at: datetime) -> Scene:
        return Scene(self.state, self._ground.areas, self._ground.geoids, at, member, self._event)

    def _event(self, revision: int) -> Event:
        if not 1 <= revision <= self.state.revision:
            raise UnknownNameError("revision", str(revision), ["1", str(self.state.revision)])
        if revision > self._before.revision:
            return self._events[revision - self._before.revision - 1]
        (found,) = events_of(self._connection, self.state.board, revision - 1, revision)
        return found
