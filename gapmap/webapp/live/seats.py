"""One connection of somebody who looks on: what waits to be sent to it, and why it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gapmap.board.values import Role
from gapmap.webapp.live.protocol import Closing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gapmap.board.values import Member

__all__ = ["Seat", "Sent"]

_WAITING_AT_MOST: Final = 256
_CHARACTERS_AT_MOST: Final = 8_000_000
_SEND_WITHIN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to everybody, encoded once for those who read names and once for the others.

    Parameters
    ----------
    named, nameless
        The two texts.
    revision
        The board's revision after it, where it is about the board: older ones are passed over.
    """

    named: str
    nameless: str
    revision: int | None = None

    def text(self, *, names: bool) -> str:
        """Return it for somebody who may read names, or not."""
        return self.named if names else self.nameless

    @classmethod
    def alike(cls, text: str) -> Sent:
        """Return a message that is the same for all."""
        return cls(text, text)


class Seat:
    """A connection, used in the event loop only.

    Parameters
    ----------
    member
        Who sits there.
    ends
        When they have to come in anew.
    is_counted
        Whether it is somebody, and not the wall that the board is projected on.
    """

    def __init__(self, member: Member, *, ends: datetime | None, is_counted: bool = True) -> None:
        self.member = member
        self.ends = ends
        self.is_counted = is_counted
        self.revision = 0
        self.closing: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._waiting: asyncio.Queue[Sent] = asyncio.Queue(_WAITING_AT_MOST)
        self._characters = 0

    @property
    def reads_names(self) -> bool:
        """Whether names of others are for them: not with a link that anybody may have."""
        return self.member.role is not Role.VIEWER

    def offer(self, sent: Sent) -> None:
        """Have a message sent, behind those that wait; too many, and the seat is given up."""
        if self.closing.done():
            return
        size = len(sent.named)
        is_too_much = self._characters > 0 and self._characters + size > _CHARACTERS_AT_MOST
        if is_too_much or self._waiting.full():
            self.close(Closing.TOO_SLOW)
            return
        self._characters += size
        self._waiting.put_nowait(sent)

    def close(self, why: Closing) -> None:
        """Give the seat up."""
        if not self.closing.done():
            self.closing.set_result(why)

    async def pump(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what waits, for ever; one that takes too long ends the seat."""
        while True:
            sent = await self._waiting.get()
            self._characters -= len(sent.named)
            if sent.revision is not None:
                if sent.revision <= self.revision:
                    continue  # it was in the first message already
                self.revision = sent.revision
            try:
                async with asyncio.timeout(_SEND_WITHIN_S):
                    await send(sent.text(names=self.reads_names))
            except TimeoutError:
                self.close(Closing.TOO_SLOW)
                return
