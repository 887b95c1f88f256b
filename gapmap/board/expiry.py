"""Claims that have run out are open again, whether anybody looks at their board or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.values import Section, read_time

if TYPE_CHECKING:
    from gapmap.board.store import Store

__all__ = ["open_expired"]


def open_expired(store: Store) -> tuple[str, ...]:
    """Open every claim of every board that has run out by now; return those boards."""
    found = _boards_with_expired(store)
    for board in found:
        store.expire(board)
    return found


def _boards_with_expired(store: Store) -> tuple[str, ...]:
    entry = tables.entry.c
    # Both databases keep JSON as it was written; few claims have an end.
    has_an_end = sa.cast(entry.value, sa.Text).like('%"expires"%')
    query = sa.select(entry.board_id, entry.value).where(
        entry.section == str(Section.CLAIMS), has_an_end
    )
    now = store.now()
    with store.database.reading() as connection:
        found = {
            str(row.board_id)
            for row in connection.execute(query)
            if (text := row.value.get("expires")) is not None and read_time(text) <= now
        }
    return tuple(sorted(found))
