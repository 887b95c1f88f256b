"""What members ask for: done in the store or the room, and answered either way."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.agenda import read_change
from gapmap.board.together import AT_ONCE, Wanted, Written
from gapmap.errors import GapmapError, StoreError
from gapmap.webapp.live.limits import WRITES, Buckets
from gapmap.webapp.live.protocol import Code, refused, refused_for
from gapmap.webapp.live.room_commands import MoveView, read_command
from gapmap.webapp.live.rooms import command_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.board.store import Store
    from gapmap.board.together import Outcome
    from gapmap.webapp.live.protocol import Asked
    from gapmap.webapp.live.rooms import Room
    from gapmap.webapp.live.workers import Workers

__all__ = ["Desk"]

_LOG: Final = logging.getLogger(__name__)

_GOING_DOWN: Final = "The server is going down. This is sent again by itself to the next one."


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
        self._lines: dict[str, deque[_Place]] = {}  # of the boards that are written to now
        self._writing: set[asyncio.Task[None]] = set()
        self._rooms: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(
        self, board: str, member: str, asked: Asked
    ) -> tuple[dict[str, Any], Room | None]:
        """Do what a member asks; returns what to answer, and the room if that was changed."""
        if not self._writes.take(member):
            why = "Too many changes at once. This one is sent again by itself in a moment."
            return refused(asked.id, Code.BUSY, why), None
        try:
            if asked.kind == "do":
                return _answer(asked.id, await self._change(board, member, asked)), None
            # Who waits here holds no thread, no connection and no lock of the database meanwhile.
            async with self._rooms[board]:
                room = await self._workers.write(self._command, board, member, asked)
        except Exception as error:
            return _answer(asked.id, error), None
        return {"kind": "done", "id": asked.id, "version": room.version}, room

    async def _change(self, board: str, member: str, asked: Asked) -> Outcome:
        """Stand in a board's line until one's change was made, with all that wait by then."""
        mine = _Place(member, asked, asyncio.get_running_loop().create_future())
        line = self._lines.get(board)
        if line is not None:
            line.append(mine)
        else:
            line = self._lines[board] = deque([mine])
            task = asyncio.create_task(self._serve(board, line))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return await mine.outcome

    async def _serve(self, board: str, line: deque[_Place]) -> None:
        """Write for all that wait, until nobody does."""
        those: list[_Place] = []
        try:
            while line:
                those = [line.popleft() for _ in range(min(len(line), AT_ONCE))]
                outcomes = await self._workers.write(self._write, board, those)
                for place, outcome in zip(those, outcomes, strict=True):
                    if not place.outcome.done():  # its sender may have gone meanwhile
                        place.outcome.set_result(outcome)
        finally:
            del self._lines[board]
            for place in (*those, *line):
                if not place.outcome.done():
                    place.outcome.set_result(StoreError(_GOING_DOWN))

    def _write(self, board: str, those: Sequence[_Place]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        wanted: dict[int, Wanted] = {}
        for number, place in enumerate(those):
            asked = place.asked
            try:
                change = read_change(asked.what or {})
            except Exception as error:
                outcomes[number] = error
            else:
                wanted[number] = Wanted(change, place.member, asked.seen, asked.id)
        if wanted:
            written = self._store.write_together(board, tuple(wanted.values()))
            outcomes |= zip(wanted, written, strict=True)
        return [outcomes[number] for number in range(len(those))]

    def _command(self, board: str, member: str, asked: Asked) -> Room:
        command = read_command(asked.what or {})
        # Where a map is moved to is said many times a second, and twice is as good as once.
        request = None if isinstance(command, MoveView) else asked.id
        return command_room(self._store, board, command, by=member, request=request)


@dataclass(frozen=True, slots=True)
class _Place:
    """Somebody in the line of a board."""

    member: str
    asked: Asked
    outcome: asyncio.Future[Outcome]


def _answer(name: str, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Written):
        return {
            "kind": "done",
            "id": name,
            "revision": outcome.revision,
            "is_repeat": outcome.is_repeat,
        }
    if isinstance(outcome, GapmapError):
        return refused_for(name, outcome)
    _LOG.error("A message to a board failed", exc_info=outcome)
    why = "Something went wrong on the server; nothing was changed. It was written down."
    return refused(name, Code.REQUEST, why)
