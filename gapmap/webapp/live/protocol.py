"""The messages of a live board as JSON: what comes in is checked here, what goes out made.

The package's own description has them one by one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.values import Role, Section, area_of, json_time
from gapmap.board.words import sentence
from gapmap.errors import (
    ConflictError,
    GapmapError,
    NotAllowedError,
    RequestError,
    StoreError,
    UnknownNameError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gapmap.board.values import Event, Member

__all__ = [
    "SUBPROTOCOL",
    "Asked",
    "Closing",
    "Code",
    "event_json",
    "events_message",
    "person_of",
    "read_asked",
    "refused",
    "refused_for",
    "text_of",
    "you_of",
]

SUBPROTOCOL: Final = "gapmap.1"

_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


class Closing(IntEnum):
    """Why the server ends a socket."""

    NO_MESSAGE = 4400
    NOT_LET_IN = 4401
    NO_BOARD = 4404
    TOO_SLOW = 4408
    TOO_LARGE = 4413
    TOO_MANY = 4429
    GOING_DOWN = 1012


class Code(StrEnum):
    """Why something was refused, for programs."""

    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    REQUEST = "request"
    BUSY = "busy"
    STORE = "store"
    CLOSED = "closed"

    @property
    def status(self) -> int:
        """The status of an answer over HTTP."""
        return _STATUS[self]


_AREAS_TOLD: Final = 100
"""Of one event: enough to say in which neighbourhoods it was."""

_STATUS: Final = {
    Code.CONFLICT: 409,
    Code.FORBIDDEN: 403,
    Code.REQUEST: 400,
    Code.BUSY: 429,
    Code.STORE: 503,
    Code.CLOSED: 401,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody sent.

    Parameters
    ----------
    kind
        ``ping``, ``do`` or ``room``.
    id
        The sender's own name for it; empty for a ping.
    what
        The change of the board, or of the room, as JSON that is still to be checked.
    seen
        The revision that the sender looked at, if it matters.
    """

    kind: str
    id: str = ""
    what: Mapping[str, Any] | None = None
    seen: int | None = None


def read_asked(text: str | bytes) -> Asked:
    """Read a message from outside.

    Raises
    ------
    RequestError
        If it is none of ours.
    """
    try:
        given = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestError("This is no message of a board: it is not JSON.") from None
    kind = given.get("kind") if isinstance(given, dict) else None
    if kind == "ping":
        return Asked("ping")
    if kind not in ("do", "room"):
        raise RequestError("This is no message of a board. Send ping, do or room.")
    name = given.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise RequestError(
            "A message needs an id of its own: up to 80 letters, digits, and any of -_.:"
        )
    if kind == "room":
        what = {key: value for key, value in given.items() if key not in ("kind", "id")}
        return Asked("room", name, what)
    seen, change = given.get("seen"), given.get("change")
    if seen is not None and (type(seen) is not int or seen < 0):
        raise RequestError("“seen” is the number of a revision.")
    if not isinstance(change, dict):
        raise RequestError("“change” says what to do, as an object.")
    return Asked("do", name, change, seen)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def text_of(message: Mapping[str, Any]) -> str:
    """Return a message as it is sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def you_of(member: Member) -> dict[str, Any]:
    """Return what somebody is told of themselves."""
    is_facilitator = member.role is Role.FACILITATOR
    return {
        **person_of(member),
        "may_lead": is_facilitator,
        "may_write": is_facilitator or (member.role is Role.PARTNER and bool(member.partner)),
        "expires": None if member.expires is None else json_time(member.expires),
    }


def person_of(member: Member) -> dict[str, Any]:
    """Return what others are told of somebody."""
    return {
        "member": member.id,
        "name": member.name,
        "partner": member.partner,
        "role": str(member.role),
    }


def events_message(
    events: Sequence[Event], *, after: int, names: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Return what is new since a revision.

    Parameters
    ----------
    events
        What came after it, in order; none is an answer too.
    after
        The revision.
    names
        Display name by member, for those who may read them.
    now
        The server's time.
    """
    return {
        "kind": "events",
        "after": after,
        "revision": events[-1].revision if events else after,
        "now": json_time(now),
        "events": [event_json(one, names.get(one.member, "")) for one in events],
        "patch": _sum(events),
    }


def event_json(event: Event, author: str) -> dict[str, Any]:
    """Return what somebody is told of an event: a sentence, and not what it changed."""
    shown: dict[str, Any] = {
        "revision": event.revision,
        "kind": event.kind,
        "at": json_time(event.at),
        "member": event.member,
        "author": author,
        "partner": event.partner,
        "said": sentence(event),
    }
    areas = list(dict.fromkeys(area_of(key) for key in event.patch.get(Section.CLAIMS, {})))
    if areas:
        shown |= {"areas": areas[:_AREAS_TOLD], "area_count": len(areas)}
    if event.undoes is not None:
        shown["undoes"] = event.undoes
    return shown


def _sum(events: Iterable[Event]) -> dict[Section | str, dict[str, Any]]:
    """Return the patch that several events come to: of each key the last value counts."""
    found: dict[Section | str, dict[str, Any]] = {}
    for event in events:
        for section, values in event.patch.items():
            found.setdefault(section, {}).update(values)
    return found


def refused(name: str, code: Code, why: str) -> dict[str, Any]:
    """Return a refusal in our own words."""
    again = code in (Code.BUSY, Code.STORE)
    return {
        "kind": "refused",
        "id": name,
        "code": str(code),
        "why": why,
        "again": again,
        "conflicts": [],
    }


def refused_for(name: str, error: GapmapError) -> dict[str, Any]:
    """Return the refusal that an error is, with what stands in the way."""
    answer = refused(name, _code_of(error), str(error))
    if isinstance(error, ConflictError):
        answer["conflicts"] = list(error.conflicts)
    return answer


def _code_of(error: GapmapError) -> Code:
    if isinstance(error, ConflictError):
        return Code.CONFLICT
    if isinstance(error, NotAllowedError):
        return Code.FORBIDDEN
    if isinstance(error, StoreError):
        return Code.STORE
    if isinstance(error, UnknownNameError) and error.kind == "board":
        return Code.CLOSED
    return Code.REQUEST
