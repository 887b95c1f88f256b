"""How app servers learn that something beside the events has changed: who is here, the room.

It goes the way that events go. On SQLite a commit is seen by itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from gapmap.board.database import CHANNEL
from gapmap.board.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from gapmap.board.store import Store

__all__ = ["SigningFeed", "signal"]

_REST_S: Final = 0.02


class SigningFeed(Feed):
    """A feed that also says whenever anything at all may have changed.

    Parameters
    ----------
    store
        Whose boards.
    on_sign
        Called in the feed's thread; it must return soon.
    """

    def __init__(self, store: Store, on_sign: Callable[[], None]) -> None:
        super().__init__(store)
        self._on_sign = on_sign

    def _tell(self) -> None:
        super()._tell()
        self._on_sign()
        # While many write, a few looks at once are as good as one after each, and leave the
        # processor to those who write.
        time.sleep(_REST_S)


def signal(store: Store, connection: Connection, board: str) -> None:
    """Wake every app server's feed when the transaction that is open is written."""
    if not store.database.is_sqlite:
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, f"{board} room")))
