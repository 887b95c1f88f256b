"""A public link to a board: to look on, without a code and without a name.

A facilitator makes it and withdraws it. Everybody who comes by it is the same viewer of the board,
about whom nothing is kept; when the link is withdrawn that viewer has left, and whoever looks on
by it at that moment is let go. A link that was withdrawn never opens again: a new one is another.

It is no part of the plan: no event, and in no archive. A board that is restored is not public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.rows import board_row, insert_member, member_of
from gapmap.board.values import Member, Role, new_id
from gapmap.errors import NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from gapmap.board.store import Store

__all__ = ["PUBLIC_NAME", "Publication", "publication", "publication_of", "publish", "unpublish"]

PUBLIC_NAME: Final = "The public link"
"""What stands in the list of those who are here for whoever looks on by it."""

_KEY_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Publication:
    """A public link.

    Parameters
    ----------
    key
        What stands in its address; nobody guesses it.
    board
        Where it leads.
    member
        Identifier of the viewer that everybody is who comes by it.
    made, ended
        When it was made, and when it was withdrawn; None for not yet.
    """

    key: str
    board: str
    member: str
    made: datetime
    ended: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still leads anywhere."""
        return self.ended is None


def publish(store: Store, board: str, *, by: str) -> Publication:
    """Make the public link of a board; the one that there is, if it has one already.

    Parameters
    ----------
    store, board
        Which board.
    by
        The member who does it; only a facilitator may.
    """
    with store.database.writing() as connection:
        _check_facilitator(store, connection, board, by)
        there = _open(connection, board)
        if there:
            return there[0]
        viewer = Member(new_id(12), board, Role.VIEWER, name=PUBLIC_NAME)
        insert_member(connection, viewer)
        made = Publication(new_id(_KEY_LENGTH), board, viewer.id, store.now())
        connection.execute(
            sa.insert(tables.publication).values(
                key=made.key, board_id=board, member=made.member, made=made.made, ended=None
            )
        )
    return made


def unpublish(store: Store, board: str, *, by: str) -> bool:
    """Withdraw the public link of a board; False if it had none.

    Parameters
    ----------
    store, board, by
        As for :func:`publish`.
    """
    with store.database.writing() as connection:
        _check_facilitator(store, connection, board, by)
        there = _open(connection, board)
        link, member = tables.publication.c, tables.member.c
        for one in there:
            connection.execute(
                sa.update(tables.publication).where(link.key == one.key).values(ended=store.now())
            )
            connection.execute(
                sa.update(tables.member)
                .where(member.board_id == board, member.id == one.member)
                .values(has_left=True)
            )
    return bool(there)


def publication_of(store: Store, board: str) -> Publication | None:
    """Return the public link of a board, None if it has none now."""
    with store.database.reading() as connection:
        board_row(connection, board)
        found = _open(connection, board)
    return found[0] if found else None


def publication(store: Store, key: str) -> Publication | None:
    """Return a public link by its key, withdrawn or not; None if there never was one."""
    query = sa.select(tables.publication).where(tables.publication.c.key == key)
    with store.database.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else _as_publication(row)


def _open(connection: Connection, board: str) -> list[Publication]:
    link = tables.publication.c
    query = sa.select(tables.publication).where(link.board_id == board, link.ended.is_(None))
    return [_as_publication(row) for row in connection.execute(query.order_by(link.made))]


def _check_facilitator(store: Store, connection: Connection, board: str, member: str) -> None:
    # The board's row is locked: two who publish at once make one link.
    board_row(connection, board, lock=True)
    found = member_of(connection, board, member)
    is_over = found.expires is not None and found.expires <= store.now()
    if found.role is not Role.FACILITATOR or found.has_left or is_over:
        raise NotAllowedError("Only a facilitator of this board may publish it. Ask one.")


def _as_publication(row: Row[Any]) -> Publication:
    return Publication(row.key, row.board_id, row.member, row.made, row.ended)
