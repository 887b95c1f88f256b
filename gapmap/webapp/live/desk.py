"""What members ask for: done in the store or the room, and answered either way."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.agenda import read_change
from gapmap.errors import GapmapError
from gapmap.webapp.live.limits import WRITES, Buckets
from gapmap.webapp.live.protocol import Code, refused, refused_for
from gapmap.webapp.live.room_commands import MoveView, read_command
from gapmap.webapp.live.rooms import command_room

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from gapmap.webapp.live.protocol import Asked
    from gapmap.webapp.live.rooms import Room
    from gapmap.webapp.live.workers import Workers

__all__ = ["Desk"]

_LOG: Final = logging.getLogger(__name__)


class Desk:
    """Takes changes of boards and commands to rooms, no faster than is allowed.

    Parameters
    ----------
    store, workers
        Where they are done, and by whom.
    """

    def __init__(self, store: Store, workers: Workers) -> None:
        self._store = store
        self._workers = workers
        self._writes = Buckets(WRITES)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(
        self, board: str, member: str, asked: Asked
    ) -> tuple[dict[str, Any], Room | None]:
        """Do what a member asks; returns what to answer, and the room if that was changed."""
        if not self._writes.take(member):
            why = "Too many changes at once. This one is sent again by itself in a moment."
            return refused(asked.id, Code.BUSY, why), None
        try:
            # On one board only one writes at a time. Those who wait here wait in their order, and
            # hold no thread, no connection and no lock of the database meanwhile.
            async with self._turns[board]:
                if asked.kind == "do":
                    return await self._workers.write(self._write, board, member, asked), None
                room = await self._workers.write(self._command, board, member, asked)
        except GapmapError as error:
            return refused_for(asked.id, error), None
        except Exception:
            _LOG.exception("A message to board %s failed", board)
            why = "Something went wrong on the server; nothing was changed. It was written down."
            return refused(asked.id, Code.REQUEST, why), None
        return {"kind": "done", "id": asked.id, "version": room.version}, room

    def _write(self, board: str, member: str, asked: Asked) -> dict[str, Any]:
        change = read_change(asked.what or {})
        written = self._store.write(board, change, by=member, seen=asked.seen, request=asked.id)
        return {
            "kind": "done",
            "id": asked.id,
            "revision": written.revision,
            "is_repeat": written.is_repeat,
        }

    def _command(self, board: str, member: str, asked: Asked) -> Room:
        command = read_command(asked.what or {})
        # Where a map is moved to is said many times a second, and twice is as good as once.
        request = None if isinstance(command, MoveView) else asked.id
        return command_room(self._store, board, command, by=member, request=request)
