"""Rooms in the boards' database: each changed by one after the other, whichever server they use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from gapmap.board import tables
from gapmap.board.rows import board_row, member_of
from gapmap.webapp.live.room_commands import Scene, check_member
from gapmap.webapp.live.room_state import RoomState
from gapmap.webapp.live.signals import signal

if TYPE_CHECKING:
    from collections.abc import Collection

    from gapmap.board.store import Store
    from gapmap.webapp.live.room_commands import AnyCommand

__all__ = ["Room", "command_room", "rooms_of"]


_REQUESTS_KEPT: Final = 200
"""A whole table's hands twice over."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room, and how often it was changed."""

    version: int = 0
    state: RoomState = field(default_factory=RoomState)


def rooms_of(store: Store, boards: Collection[str]) -> dict[str, Room]:
    """Return the rooms of boards; one that nobody used yet is empty."""
    query = sa.select(tables.room).where(tables.room.c.board_id.in_(boards))
    found = dict.fromkeys(boards, Room())
    with store.database.reading() as connection:
        for row in connection.execute(query):
            found[row.board_id] = Room(row.version, _state_of(row.state))
    return found


def command_room(
    store: Store, board: str, command: AnyCommand, *, by: str, request: str | None = None
) -> Room:
    """Do something to a room, or refuse it.

    Parameters
    ----------
    store, board
        Which room.
    command
        What to do.
    by
        The member who asks; the role is looked up, never believed.
    request
        The sender's own name for it: sent again after a lost answer, it is not done again.

    Raises
    ------
    NotAllowedError
        If the member may not.
    ConflictError
        If somebody else leads by now, or the question is over.
    StoreError
        If the database did not take it.
    """
    mine = tables.room.c.board_id == board
    insert = sqlite.insert if store.database.is_sqlite else postgresql.insert
    with store.database.writing() as connection:
        board_row(connection, board)
        member = member_of(connection, board, by)
        connection.execute(
            insert(tables.room)
            .values(board_id=board, version=0, state={})
            .on_conflict_do_nothing(index_elements=["board_id"])
        )
        row = connection.execute(sa.select(tables.room).where(mine).with_for_update()).one()
        at = store.now()
        before = _state_of(row.state).at(at)
        check_member(command, member, at)
        if request is not None and request in before.requests:
            return Room(row.version, before)
        after = command.done(Scene(room=before, member=member, at=at))
        if after == before:
            return Room(row.version, before)
        if request is not None:
            kept = (*before.requests, request)[-_REQUESTS_KEPT:]
            after = after.model_copy(update={"requests": kept})
        connection.execute(
            sa.update(tables.room)
            .where(mine)
            .values(version=row.version + 1, state=after.model_dump(mode="json"))
        )
        signal(store, connection, board)
    return Room(row.version + 1, after)


def _state_of(kept: dict[str, Any]) -> RoomState:
    """Read a room; one that another version of gapmap wrote differently is an empty one."""
    try:
        return RoomState.model_validate(kept)
    except ValidationError:
        return RoomState()
