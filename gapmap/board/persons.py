"""Who signed in, and which member of a board they are: so that they come back without a code.

Of a person only a keyed digest is kept, another one on every board, and only until they leave.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gapmap.board import tables

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from gapmap.board.store import Store

__all__ = ["forget_person", "member_known_as", "person_digest", "remember_person"]


def person_digest(store: Store, board: str, person: str) -> str:
    """Return what is kept of somebody who signed in, on one board.

    Parameters
    ----------
    store, board
        Where.
    person
        Who they are, as whoever they sign in at calls them for good.
    """
    return hmac.new(store.secret(), f"{board} {person}".encode(), hashlib.sha256).hexdigest()


def remember_person(connection: Connection, board: str, digest: str, member: str) -> None:
    """Keep which member of a board somebody is who signed in."""
    connection.execute(sa.insert(tables.known).values(board_id=board, person=digest, member=member))


def member_known_as(connection: Connection, board: str, digest: str) -> str | None:
    """Return which member of a board somebody is who signed in; None for nobody."""
    query = sa.select(tables.known.c.member).where(
        tables.known.c.board_id == board, tables.known.c.person == digest
    )
    found: str | None = connection.execute(query).scalar()
    return found


def forget_person(connection: Connection, board: str, member: str) -> None:
    """Keep no longer who a member is."""
    mine = sa.and_(tables.known.c.board_id == board, tables.known.c.member == member)
    connection.execute(sa.delete(tables.known).where(mine))
