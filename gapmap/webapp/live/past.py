"""What is told of a board's past: the board as it was, and what was done, a piece at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gapmap.board.values import Role, Section, json_time
from gapmap.webapp.live.protocol import event_json, text_of

if TYPE_CHECKING:
    from gapmap.board.history import Done, History
    from gapmap.board.store import Store
    from gapmap.board.values import Member

__all__ = ["EVENTS_AT_ONCE", "log_text", "past_text"]

EVENTS_AT_ONCE: Final = 200


def past_text(store: Store, history: History, board: str, member: Member, revision: int) -> str:
    """Return a board as it was, with the event that made it so.

    Parameters
    ----------
    store, history
        The boards, and what is remembered of their past.
    board, member
        Of which board, and for whom.
    revision
        After which of its events.

    Raises
    ------
    UnknownNameError
        If there is no such revision.
    """
    state = history.state_at(board, revision)
    (last,), head = history.done(board, after=revision - 1, limit=1)
    names = _names(store, board, member)
    return text_of(
        {
            "kind": "past",
            "revision": revision,
            "head": head,
            "now": json_time(store.now()),
            "event": _told(last, names),
            "areas": list(last.event.patch.get(Section.CLAIMS, {})),
            "state": state.as_json(),
        }
    )


def log_text(store: Store, history: History, board: str, member: Member, after: int) -> str:
    """Return what was done after a revision, as much as is sent at once."""
    found, head = history.done(board, after=after, limit=EVENTS_AT_ONCE)
    names = _names(store, board, member)
    return text_of(
        {
            "kind": "log",
            "after": after,
            "head": head,
            "now": json_time(store.now()),
            "events": [_told(one, names) for one in found],
        }
    )


def _names(store: Store, board: str, member: Member) -> dict[str, str]:
    """Return display names by member, for those who may read them."""
    if member.role is Role.VIEWER:
        return {}
    return {one.id: one.name for one in store.members(board)}


def _told(done: Done, names: dict[str, str]) -> dict[str, Any]:
    told = event_json(done.event, names.get(done.event.member, ""))
    return told if done.undone_by is None else told | {"undone_by": done.undone_by}
