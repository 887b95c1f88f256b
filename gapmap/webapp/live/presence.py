"""Who is here: each app server keeps a row a board of those who are connected to it.

A row holds identifiers and no names, and counts for as long as its server renews it: a server
that was killed is forgotten by the others within half a minute.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.values import Member, Role
from gapmap.webapp.live.protocol import person_of
from gapmap.webapp.live.signals import signal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gapmap.board.store import Store

__all__ = ["GOOD_FOR", "here", "leave", "presence_of", "tell"]

GOOD_FOR: Final = timedelta(seconds=30)
"""How long a row counts; a server renews its own three times as often."""

_FORGOTTEN_AFTER: Final = timedelta(minutes=10)


def tell(store: Store, board: str, server: str, seats: Mapping[str, int]) -> None:
    """Write down who is connected to one app server.

    Parameters
    ----------
    store, board
        Where.
    server
        The app server's own name.
    seats
        How many connections each member has there; nobody takes the row away.
    """
    row = tables.attendance.c
    mine = sa.and_(row.board_id == board, row.server == server)
    at = store.now()
    with store.database.writing() as connection:
        connection.execute(
            sa.delete(tables.attendance).where(sa.or_(mine, row.seen < at - _FORGOTTEN_AFTER))
        )
        if seats:
            connection.execute(
                sa.insert(tables.attendance).values(
                    board_id=board, server=server, seats=dict(seats), seen=at
                )
            )
        signal(store, connection, board)


def leave(store: Store, server: str) -> None:
    """Take away everything that an app server wrote, when it goes down."""
    with store.database.writing() as connection:
        connection.execute(sa.delete(tables.attendance).where(tables.attendance.c.server == server))


def here(store: Store, boards: Collection[str]) -> dict[str, Counter[str]]:
    """Return how many connections each member has, on all app servers together, by board."""
    row = tables.attendance.c
    query = sa.select(tables.attendance).where(
        row.board_id.in_(boards), row.seen > store.now() - GOOD_FOR
    )
    found = {board: Counter[str]() for board in boards}
    with store.database.reading() as connection:
        for one in connection.execute(query):
            found[one.board_id].update(one.seats)
    return found


def presence_of(seats: Mapping[str, int], members: Mapping[str, Member]) -> dict[str, Any]:
    """Return who is here, for those who may read names.

    Somebody with two tabs is one person. A link to look on is opened by many, so each of its
    connections counts.

    Parameters
    ----------
    seats
        Connections by member.
    members
        The members by identifier; one who is not among them counts, and has no name.
    """
    known = [members[member] for member in seats if member in members]
    viewers = [one for one in known if one.role is Role.VIEWER]
    count = len(seats) + sum(seats[one.id] - 1 for one in viewers)
    known.sort(key=lambda one: (one.role is Role.VIEWER, one.partner, one.name, one.id))
    return {
        "count": count,
        "people": [person_of(one) for one in known],
        "partners": sorted({one.partner for one in known if one.partner}),
    }
