"""How often somebody may guess: kept in the store, so that all servers count together.

Counted by where the guesses come from, and of that only a keyed digest is kept, for an hour.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gapmap.board import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from gapmap.board.store import Store

__all__ = ["guesses_left", "note_guess", "place_of"]

# A room behind one address may mistype twenty times at once, and ten times a minute.
_GUESSES: Final = 20.0
_GUESSES_PER_S: Final = 1 / 6
_FORGOTTEN_AFTER: Final = timedelta(hours=1)

_OF_ONE_HAND: Final = 64
"""Bits of an IPv6 address that one household or machine has to itself."""


def place_of(store: Store, source: str, what: str) -> str:
    """Return under which name guesses from somewhere are counted.

    Parameters
    ----------
    store
        The boards: the digest is keyed, so that nobody can look for an address in it.
    source
        An address, or any other name of where somebody sits.
    what
        What is guessed: the same hand is counted anew for something else.
    """
    where = f"{what} {_hand_of(source)}"
    return hmac.new(store.secret(), where.encode(), hashlib.sha256).hexdigest()


def _hand_of(source: str) -> str:
    """Return what stands for everybody who can send from an address at will."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _OF_ONE_HAND), strict=False))
    return str(address)


def guesses_left(connection: Connection, place: str, at: datetime) -> float:
    """Return how many wrong guesses may still come from somewhere, its row locked."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(tables.attempt)
        .values(source=place, tokens=_GUESSES, at=at)
        .on_conflict_do_nothing(index_elements=["source"])
    )
    query = sa.select(tables.attempt).where(tables.attempt.c.source == place).with_for_update()
    row = connection.execute(query).one()
    passed_s: float = max(0.0, (at - row.at).total_seconds())
    return min(_GUESSES, float(row.tokens) + passed_s * _GUESSES_PER_S)


def note_guess(connection: Connection, place: str, left: float, at: datetime) -> None:
    """Count a wrong guess, and forget where nobody has guessed for long."""
    connection.execute(
        sa.update(tables.attempt)
        .where(tables.attempt.c.source == place)
        .values(tokens=max(0.0, left - 1), at=at)
    )
    connection.execute(sa.delete(tables.attempt).where(tables.attempt.c.at < at - _FORGOTTEN_AFTER))
