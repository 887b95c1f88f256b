"""What a meeting needs beside the plan: a timer, whom everybody follows, a show of hands.

None of it is in the board's events: it is over when the meeting is, and what came of it is
written down as a decision. It is kept in the database all the same, so that every app server
shows it, and a restart does not lose a running timer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gapmap.board.matters import MapView
from gapmap.board.values import Key, Line, Note, json_time

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Following",
    "Hand",
    "Hands",
    "Raised",
    "RoomState",
    "Timer",
    "Value",
    "View",
    "room_of",
]

_AN_HOUR: Final = timedelta(hours=1)
_A_MEETING: Final = timedelta(hours=12)


class Value(BaseModel):
    """A part of a room. Checked when it is made, whoever sent it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hand(StrEnum):
    """What somebody says to a question."""

    FOR = "for"
    AGAINST = "against"
    ABSTAINED = "abstained"


class View(MapView):
    """What everybody is shown of the map.

    Parameters
    ----------
    revision
        As the board was after that one of its events; as it is now otherwise.
    decision
        The decision that was made on it, if that is what is shown.
    """

    revision: Annotated[int, Field(ge=1)] | None = None
    decision: Key | None = None


class Timer(Value):
    """A timer that runs, or stands with so much left."""

    seconds: float
    started: datetime
    ends: datetime
    label: Line = ""
    left_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as it is sent."""
        return {
            "label": self.label,
            "seconds": self.seconds,
            "started": json_time(self.started),
            "ends": json_time(self.ends),
            "left_s": self.left_s,
        }


class Following(Value):
    """Whose map everybody looks at, what is on it, and since when."""

    leader: str
    view: View
    moved: datetime


class Raised(Value):
    """One member's hand."""

    member: str
    partner: str
    answer: Hand


class Hands(Value):
    """A show of hands: one a member."""

    id: Key
    question: Note
    subject: Line = ""
    is_open: bool = True
    asked: datetime
    answers: tuple[Raised, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as it is sent, counted."""
        said = [one.answer for one in self.answers]
        return {
            "id": self.id,
            "question": self.question,
            "subject": self.subject,
            "is_open": self.is_open,
            "asked": json_time(self.asked),
            "counts": {str(hand): said.count(hand) for hand in Hand},
            "answers": [one.model_dump(mode="json") for one in self.answers],
        }


class RoomState(Value):
    """A meeting as it stands.

    ``door`` is since when everybody is shown how to join. ``requests`` are the senders' names of
    what was done last: sent twice, it is done once.
    """

    timer: Timer | None = None
    follow: Following | None = None
    hands: Hands | None = None
    door: datetime | None = None
    requests: tuple[str, ...] = ()

    def at(self, now: datetime) -> RoomState:
        """Return what of it is still of the meeting that goes on now."""
        timer, follow, hands = self.timer, self.follow, self.hands
        if timer is not None:
            ended = timer.started + _A_MEETING if timer.left_s is not None else timer.ends
            timer = timer if now < ended + _AN_HOUR else None
        if follow is not None and now >= follow.moved + _A_MEETING:
            follow = None
        if hands is not None and now >= hands.asked + _A_MEETING:
            hands = None
        door = self.door if self.door is not None and now < self.door + _A_MEETING else None
        kept = {"timer": timer, "follow": follow, "hands": hands, "door": door}
        return self.model_copy(update=kept)


def room_of(
    state: RoomState, version: int, names: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Return a room as it is sent.

    Parameters
    ----------
    state, version
        The room, and how often it was changed.
    names
        Display name by member, for those who may read them.
    now
        What is left over from a meeting long before is not sent.
    """
    state = state.at(now)
    follow = state.follow
    return {
        "version": version,
        "timer": None if state.timer is None else state.timer.as_json(),
        "follow": None
        if follow is None
        else {
            "leader": follow.leader,
            "name": names.get(follow.leader, ""),
            "view": follow.view.model_dump(mode="json", exclude_none=True),
        },
        "hands": None if state.hands is None else state.hands.as_json(),
        "door": state.door is not None,
    }
