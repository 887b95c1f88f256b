"""One a process: hears what is new in the boards' database and tells everybody who looks on.

Everything about connections happens in the event loop, everything about the database in threads.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.expiry import open_expired
from gapmap.board.history import History
from gapmap.board.values import json_time, new_id
from gapmap.errors import GapmapError, StoreError, UnknownNameError
from gapmap.webapp.live import access, presence
from gapmap.webapp.live.desk import Desk
from gapmap.webapp.live.first import first_message, news
from gapmap.webapp.live.gathering import Gathering
from gapmap.webapp.live.protocol import (
    Closing,
    events_message,
    text_of,
)
from gapmap.webapp.live.rooms import Room, rooms_of
from gapmap.webapp.live.seats import Sent
from gapmap.webapp.live.signals import SigningFeed
from gapmap.webapp.live.workers import Workers

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Coroutine

    from gapmap.board.store import Store
    from gapmap.board.values import Event, Member
    from gapmap.webapp.live.protocol import Asked
    from gapmap.webapp.live.seats import Seat

__all__ = ["Hub"]

_LOG: Final = logging.getLogger(__name__)

_BEAT_S: Final = 10.0
_BEATS_A_ROUND: Final = 6
"""How often those boards are looked after that nobody looks at."""

_SOON_S: Final = 0.25
_RETRY_S: Final = 1.0
_GATHER_S: Final = 0.03
"""The first change is told at once; those that come right behind it are told together."""


class Hub:
    """The live side of the boards of one store, in one process and one event loop.

    Parameters
    ----------
    store
        The boards. Stays the caller's to close, after the hub.
    beat_s
        How often the hub says that it is still here, and looks whose time is over.
    """

    def __init__(self, store: Store, *, beat_s: float = _BEAT_S) -> None:
        self.store = store
        self.history = History(store)
        self.name = new_id()
        self._beat_s = beat_s
        self._gatherings: dict[str, Gathering] = {}
        # In one file only one writes at a time: more threads would only be in each other's way.
        self._workers = Workers(writers_count=1 if store.database.is_sqlite else 12)
        self._desk = Desk(store, self._workers)
        self._feed = SigningFeed(store, self._on_sign)
        self._feed.subscribe(self._on_change)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = False
        self._look_again = False
        self._telling: set[str] = set()

    # ---------------------------------------------------------------------------- its own life

    async def start(self) -> None:
        """Begin to listen; asked for again, it only waits until that is so."""
        if self._starting is None:
            self._loop = asyncio.get_running_loop()
            self._starting = self._loop.create_task(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        try:
            await self._workers.read(self._feed.start)
        except StoreError:
            self._starting = None
            raise
        self._spawn(self._beat())

    async def close(self) -> None:
        """Let everybody go, and end."""
        for gathering in self._gatherings.values():
            gathering.end(Closing.GOING_DOWN)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._starting is not None:
            with suppress(StoreError):
                await self._workers.write(presence.leave, self.store, self.name)
            await self._workers.read(self._feed.close)
        await self._workers.close()

    @property
    def is_live(self) -> bool:
        """Whether the boards' database is being listened to now."""
        return self._feed.is_live

    # ------------------------------------------------------------------------------- for routes

    async def admit(self, token: str, board: str) -> access.Pass:
        """Let somebody in, or raise why not."""
        return await self._workers.read(access.admitted, self.store, token, board)

    async def enter(self, board: str, seat: Seat, since: int | None) -> str | None:
        """Give somebody a seat; returns the first message, None if there is no room.

        From now on the seat is told everything that comes after that message.
        """
        gathering = await self._gathered(board)
        if gathering.is_full_for(seat.member):
            return None
        gathering.seats.add(seat)
        try:
            text, revision = await self._first(gathering, seat.member, since)
        except BaseException:
            self.leave(board, seat)
            raise
        seat.revision = revision
        self._say_presence_soon(board)
        return text

    def leave(self, board: str, seat: Seat) -> None:
        """Take a seat away."""
        gathering = self._gatherings.get(board)
        if gathering is not None:
            gathering.seats.discard(seat)
            self._say_presence_soon(board)

    async def since(
        self, board: str, member: Member, since: int | None, *, is_counted: bool = True
    ) -> str:
        """Answer somebody who asks what is new instead of listening."""
        gathering = await self._gathered(board)
        if is_counted:
            gathering.polled(member.id, asyncio.get_running_loop().time())
        if is_counted and member.id not in gathering.everywhere:
            self._say_presence_soon(board)
        text, _ = await self._first(gathering, member, since)
        return text

    async def answer(self, board: str, member: str, asked: Asked) -> dict[str, Any]:
        """Do what a member asks; returns what to answer."""
        if asked.kind == "ping":
            return self.pong(board)
        answer, room = await self._desk.answer(board, member, asked)
        if room is not None:
            self._learn_room(board, room)
        return answer

    def pong(self, board: str) -> dict[str, Any]:
        """Answer a ping."""
        gathering = self._gatherings.get(board)
        return {
            "kind": "pong",
            "now": json_time(self.store.now()),
            "revision": gathering.revision if gathering else None,
            "is_live": self.is_live,
        }

    async def look_at_members(self, board: str) -> None:
        """Take over at once that somebody left, or may do more or less."""
        gathering = self._gatherings.get(board)
        if gathering is not None:
            await self._refresh(gathering)

    # ------------------------------------------------------------------------------- in threads

    def _members(self, board: str) -> dict[str, Member]:
        return {one.id: one for one in self.store.members(board)}

    def _looked(self, boards: tuple[str, ...]) -> tuple[dict[str, Room], dict[str, Counter[str]]]:
        return rooms_of(self.store, boards), presence.here(self.store, boards)

    # ----------------------------------------------------------------------------- first messages

    async def _gathered(self, board: str) -> Gathering:
        """Return those who look at a board, its room and members read if they are the first."""
        gathering = self._gatherings.setdefault(board, Gathering(board))
        async with gathering.opening:
            if gathering.revision is None:
                try:
                    with suppress(StoreError):  # the next beat comes for sure
                        await self._workers.write(self.store.expire, board)
                    gathering.members = await self._workers.read(self._members, board)
                    rooms, here = await self._workers.read(self._looked, (board,))
                    card = await self._workers.read(self.store.board, board)
                except BaseException:
                    self._gatherings.pop(board, None)
                    raise
                gathering.learn_room(rooms[board], self.store.now())
                gathering.learn_presence(here[board])
                gathering.revision = card.revision
                self._catch_up_soon(gathering)
        # It may have been cleared away while this was being read.
        return self._gatherings.setdefault(board, gathering)

    async def _first(
        self, gathering: Gathering, member: Member, since: int | None
    ) -> tuple[str, int]:
        """Return what somebody is sent who has seen a revision, or nothing, and its revision."""
        if member.id not in gathering.members:
            await self._refresh(gathering)
        return await first_message(self.store, self._workers, gathering, member, since)

    # ------------------------------------------------------------------------- what the feed tells

    def _on_change(self, board: str, revision: int) -> None:
        self._call_soon(self._heard, board, revision)

    def _on_sign(self) -> None:
        self._call_soon(self._look_soon)

    def _call_soon(self, work: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: everybody has gone
                self._loop.call_soon_threadsafe(work, *arguments)

    def _heard(self, board: str, revision: int) -> None:
        gathering = self._gatherings.get(board)
        if gathering is not None:
            gathering.head = max(gathering.head, revision)
            self._catch_up_soon(gathering)

    def _catch_up_soon(self, gathering: Gathering) -> None:
        if gathering.is_behind and not gathering.is_catching_up:
            gathering.is_catching_up = True
            self._spawn(self._catch_up(gathering))

    async def _catch_up(self, gathering: Gathering) -> None:
        """Tell everybody what came since they were told last, until there is nothing left."""
        try:
            while gathering.is_behind and self._gatherings.get(gathering.board) is gathering:
                after = gathering.revision or 0
                try:
                    events = await self._workers.read(news, self.store, gathering.board, after)
                    authors = {one.member for one in events} - {""}  # empty: the server itself
                    if not authors <= gathering.members.keys():
                        await self._refresh(gathering)
                except GapmapError:
                    await asyncio.sleep(_RETRY_S)
                    continue
                if not events:
                    gathering.head = after
                    return
                gathering.revision = events[-1].revision
                self._say_events(gathering, events, after)
                await asyncio.sleep(_GATHER_S)
        finally:
            gathering.is_catching_up = False

    def _say_events(self, gathering: Gathering, events: tuple[Event, ...], after: int) -> None:
        now = self.store.now()
        named = events_message(events, after=after, names=gathering.names, now=now)
        nameless = named | {"events": [one | {"author": ""} for one in named["events"]]}
        gathering.say(Sent(text_of(named), text_of(nameless), events[-1].revision))

    # -------------------------------------------------------------------------- rooms and presence

    def _look_soon(self) -> None:
        """Read rooms and presence of the open boards, once more if there was a sign meanwhile."""
        self._look_again = True
        if not self._looking and self._gatherings:
            self._looking = True
            self._spawn(self._look())

    async def _look(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                boards = tuple(self._gatherings)
                try:
                    rooms, here = await self._workers.read(self._looked, boards)
                except StoreError:
                    return  # the next sign or beat comes for sure
                for board in boards:
                    self._learn_room(board, rooms[board])
                    await self._learn_presence(board, here[board])
                await asyncio.sleep(0.05)
        finally:
            self._looking = False

    def _learn_room(self, board: str, room: Room) -> None:
        gathering = self._gatherings.get(board)
        if gathering is not None:
            gathering.learn_room(room, self.store.now())

    def _say_presence_soon(self, board: str) -> None:
        """Write down who is here, once for all who come or go in the same moment."""
        if board not in self._telling:
            self._telling.add(board)
            self._spawn(self._say_presence(board, _SOON_S))

    async def _say_presence(self, board: str, wait_s: float) -> None:
        try:
            await asyncio.sleep(wait_s)
        finally:
            self._telling.discard(board)
        gathering = self._gatherings.get(board)
        if gathering is None:
            return
        seats = gathering.seats_here(asyncio.get_running_loop().time())
        try:
            await self._workers.write(presence.tell, self.store, board, self.name, seats)
            here = await self._workers.read(presence.here, self.store, (board,))
        except GapmapError:
            return  # the next beat comes for sure
        await self._learn_presence(board, here[board])

    async def _learn_presence(self, board: str, everywhere: Counter[str]) -> None:
        gathering = self._gatherings.get(board)
        if gathering is None:
            return
        if any(member not in gathering.members for member in everywhere):
            await self._refresh(gathering)  # somebody who joined a moment ago, anywhere
        gathering.learn_presence(everywhere)

    async def _refresh(self, gathering: Gathering) -> None:
        with suppress(GapmapError):  # the next beat comes for sure
            members = await self._workers.read(self._members, gathering.board)
            gathering.learn_members(members, self.store.now())

    async def _beat(self) -> None:
        """Say that we are still here, let those go whose time is over, open what has run out."""
        for beat in itertools.count():
            await asyncio.sleep(self._beat_s)
            if beat % _BEATS_A_ROUND == 0:
                await self._open_expired()
            for board, gathering in tuple(self._gatherings.items()):
                try:
                    await self._workers.write(self.store.expire, board)
                    await self._refresh(gathering)
                    await self._say_presence(board, 0.0)
                except UnknownNameError:
                    gathering.end(Closing.NO_BOARD)
                except GapmapError as error:
                    _LOG.warning("Board %s was not looked after: %s", board, error)
                except Exception:
                    # Whatever is wrong with one board, the others are looked after.
                    _LOG.exception("Board %s was not looked after", board)
                if gathering.is_empty and not gathering.opening.locked():
                    self._gatherings.pop(board, None)

    async def _open_expired(self) -> None:
        try:
            await self._workers.read(open_expired, self.store)
        except Exception:
            _LOG.exception("Claims that have run out were not opened everywhere")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("The live boards are not looked after as they should be", exc_info=error)
