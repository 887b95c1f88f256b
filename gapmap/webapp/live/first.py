"""The first message of somebody who comes or comes back: the whole board, or what was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gapmap.board.values import Role, json_time
from gapmap.webapp.live.protocol import events_message, text_of

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from gapmap.board.values import Event, Member
    from gapmap.webapp.live.gathering import Gathering
    from gapmap.webapp.live.workers import Workers

__all__ = ["first_message", "news"]

_EVENTS_AT_ONCE: Final = 500
"""More than these since somebody was here, and a snapshot is less to send."""


async def first_message(
    store: Store, workers: Workers, gathering: Gathering, member: Member, since: int | None
) -> tuple[str, int]:
    """Return what somebody is sent first, and the revision that they have then.

    Parameters
    ----------
    store, workers
        The boards, and who reads them.
    gathering
        Those who look at the board already.
    member
        Who comes.
    since
        The revision that they have; None for nothing.
    """
    beside = gathering.beside(member, store.now())
    if since:
        events = await workers.read(_missed, store, gathering.board, since)
        if events is not None:
            names = gathering.names if member.role is not Role.VIEWER else {}
            message = events_message(events, after=since, names=names, now=store.now())
            return text_of(message | beside), message["revision"]
    async with gathering.reading:
        known = gathering.snapshot
        gathering.snapshot = await workers.read(_snapshot, store, gathering.board, known)
        revision, state = gathering.snapshot
    head = text_of({"kind": "snapshot", "revision": revision, "now": json_time(store.now())})
    return f'{head[:-1]},"state":{state},{text_of(beside)[1:]}', revision


def news(store: Store, board: str, after: int) -> tuple[Event, ...]:
    """Return what came after a revision, as much as is sent at once."""
    return store.events(board, after=after, limit=_EVENTS_AT_ONCE)


def _missed(store: Store, board: str, since: int) -> tuple[Event, ...] | None:
    """Return the events since a revision; None where a snapshot is the better answer."""
    if not 0 <= store.board(board).revision - since <= _EVENTS_AT_ONCE:
        return None  # long ago, or of a board that was restored to an earlier state
    return news(store, board, since)


def _snapshot(store: Store, board: str, known: tuple[int, str]) -> tuple[int, str]:
    """Return a board as JSON with its revision, written anew only if it has changed."""
    state = store.state(board)
    return known if known[0] == state.revision else (state.revision, text_of(state.as_json()))
