"""Everybody of this process who looks at one board, and what they were told last."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.values import Role, json_time
from gapmap.webapp.live.limits import (
    SEATS_FOR_THE_TABLE,
    SEATS_OF_A_BOARD,
    SEATS_OF_A_MEMBER,
)
from gapmap.webapp.live.presence import presence_of
from gapmap.webapp.live.protocol import Closing, text_of, you_of
from gapmap.webapp.live.room_state import room_of
from gapmap.webapp.live.rooms import Room
from gapmap.webapp.live.seats import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gapmap.board.values import Member
    from gapmap.webapp.live.seats import Seat

__all__ = ["Gathering"]

_POLLS_COUNT_FOR_S: Final = 15.0


class Gathering:
    """A board as this process shows it. Used in the event loop only.

    Parameters
    ----------
    board
        Which board.
    """

    def __init__(self, board: str) -> None:
        self.board = board
        self.seats: set[Seat] = set()
        self.members: Mapping[str, Member] = {}
        self.revision: int | None = None
        """The last one that was sent; None until the board was read for the first time."""
        self.head = 0
        """The newest one that was heard of."""
        self.room = Room()
        self.everywhere: Counter[str] = Counter()
        self.snapshot: tuple[int, str] = (-1, "")
        self.opening = asyncio.Lock()
        self.reading = asyncio.Lock()
        self.is_catching_up = False
        self._polls: dict[str, float] = {}
        self._presence = ""

    @property
    def is_empty(self) -> bool:
        """Whether nobody looks on from here."""
        return not self.seats and not self._polls

    @property
    def is_behind(self) -> bool:
        """Whether there is something that nobody here was told yet."""
        return self.revision is not None and self.head > self.revision

    @property
    def names(self) -> dict[str, str]:
        """Display names by member."""
        return {one.id: one.name for one in self.members.values()}

    # ------------------------------------------------------------------------------- who is here

    def is_full_for(self, member: Member) -> bool:
        """Tell whether there is no seat for one more connection of somebody."""
        # A public link that goes round must not keep those out who sit at the table.
        kept = SEATS_FOR_THE_TABLE if member.role is Role.VIEWER else 0
        if len(self.seats) >= SEATS_OF_A_BOARD - kept:
            return True
        mine = sum(seat.member.id == member.id for seat in self.seats)
        return member.role is not Role.VIEWER and mine >= SEATS_OF_A_MEMBER

    def polled(self, member: str, now_s: float) -> None:
        """Note that somebody asks instead of listening; counts for a while."""
        self._polls[member] = now_s + _POLLS_COUNT_FOR_S

    def seats_here(self, now_s: float) -> Counter[str]:
        """Return how many connections of this process each member has."""
        self._polls = {one: until for one, until in self._polls.items() if until > now_s}
        found = Counter(seat.member.id for seat in self.seats if seat.is_counted)
        for member in self._polls:
            found[member] = max(found[member], 1)
        return found

    def end(self, why: Closing) -> None:
        """Let everybody go."""
        for seat in tuple(self.seats):
            seat.close(why)

    # --------------------------------------------------------------------------- what they are told

    def say(self, sent: Sent) -> None:
        """Send one message to everybody."""
        for seat in tuple(self.seats):
            seat.offer(sent)

    def learn_room(self, room: Room, now: datetime) -> None:
        """Show a room, unless a newer one was shown."""
        if room.version <= self.room.version:
            return
        self.room = room
        beside = {"kind": "room", "now": json_time(now)}
        self.say(
            Sent(
                text_of(beside | self.room_for(now, reads_names=True)),
                text_of(beside | self.room_for(now, reads_names=False)),
            )
        )

    def learn_presence(self, everywhere: Counter[str]) -> None:
        """Show who is here, if that is news."""
        self.everywhere = everywhere
        text = text_of({"kind": "presence", **self.presence_for(reads_names=True)})
        if text == self._presence:
            return
        self._presence = text
        nameless = {"kind": "presence", **self.presence_for(reads_names=False)}
        self.say(Sent(text, text_of(nameless)))

    def learn_members(self, members: Mapping[str, Member], now: datetime) -> None:
        """Take over who may do what; whoever was sent away or whose time is over has to go."""
        self.members = members
        for seat in tuple(self.seats):
            known = members.get(seat.member.id)
            ends = [seat.ends, None if known is None else known.expires]
            is_over = any(end is not None and end <= now for end in ends)
            if known is None or known.has_left or is_over:
                seat.close(Closing.NOT_LET_IN)
            elif known != seat.member:
                seat.member = known
                seat.offer(Sent.alike(text_of({"kind": "you", "you": you_of(known)})))

    def room_for(self, now: datetime, *, reads_names: bool) -> dict[str, Any]:
        """Return the room as it is sent."""
        names = self.names if reads_names else {}
        return room_of(self.room.state, self.room.version, names, now)

    def presence_for(self, *, reads_names: bool) -> dict[str, Any]:
        """Return who is here as it is sent."""
        shown = presence_of(self.everywhere, self.members)
        return shown if reads_names else shown | {"people": []}

    def beside(self, member: Member, now: datetime) -> dict[str, Any]:
        """Return what a first message has beside the board itself."""
        reads_names = member.role is not Role.VIEWER
        return {
            "you": you_of(member),
            "presence": self.presence_for(reads_names=reads_names),
            "room": self.room_for(now, reads_names=reads_names),
        }
