"""What may be asked of a room, and by whom: each command makes another room of the one there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from gapmap.board.values import Key, Line, Member, Note, Role, new_id
from gapmap.errors import ConflictError, NotAllowedError, RequestError
from gapmap.webapp.live.room_state import (
    Following,
    Hand,
    Hands,
    Raised,
    RoomState,
    Timer,
    Value,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AnyCommand",
    "AskHands",
    "ChangeTimer",
    "EndHands",
    "Lead",
    "LetGo",
    "MoveView",
    "Raise",
    "Scene",
    "ShowDoor",
    "StartTimer",
    "check_member",
    "read_command",
]

_A_DAY_S: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Scene:
    """What a command finds when its turn has come: the room, who speaks, and the time."""

    room: RoomState
    member: Member
    at: datetime


class _Command(Value):
    """Something that somebody asks of a room."""

    is_for_facilitator: ClassVar[bool] = True

    def done(self, scene: Scene) -> RoomState:
        """Return the room after it, or refuse."""
        return scene.room


class StartTimer(_Command):
    """Start a timer; one that runs is replaced."""

    do: Literal["timer"]
    seconds: Annotated[float, Field(ge=1, le=_A_DAY_S, allow_inf_nan=False)]
    label: Line = ""

    def done(self, scene: Scene) -> RoomState:
        """Start it now."""
        ends = scene.at + timedelta(seconds=self.seconds)
        timer = Timer(seconds=self.seconds, started=scene.at, ends=ends, label=self.label)
        return _with(scene, timer=timer)


class ChangeTimer(_Command):
    """Pause, resume or stop the timer."""

    do: Literal["pause", "resume", "stop"]

    def done(self, scene: Scene) -> RoomState:
        """Do that, if there is a timer."""
        timer = scene.room.timer
        if self.do == "stop":
            return _with(scene, timer=None)
        if timer is None:
            raise RequestError(f"There is no timer to {self.do}. Start one.")
        if self.do == "pause" and timer.left_s is None:
            left_s = max(0.0, (timer.ends - scene.at).total_seconds())
            return _with(scene, timer=timer.model_copy(update={"left_s": left_s}))
        if self.do == "resume" and timer.left_s is not None:
            ends = scene.at + timedelta(seconds=timer.left_s)
            return _with(scene, timer=timer.model_copy(update={"left_s": None, "ends": ends}))
        return scene.room


class Lead(_Command):
    """Show everybody one's own map from now on, whoever led before."""

    do: Literal["lead"]
    view: View

    def done(self, scene: Scene) -> RoomState:
        """Take the lead."""
        return _with(
            scene, follow=Following(leader=scene.member.id, view=self.view, moved=scene.at)
        )


class MoveView(_Command):
    """Move the map that everybody follows."""

    do: Literal["view"]
    view: View

    def done(self, scene: Scene) -> RoomState:
        """Move it, unless somebody else leads by now."""
        follow = scene.room.follow
        if follow is None or follow.leader != scene.member.id:
            raise ConflictError("You do not lead the map now. Take the lead to show yours.")
        return _with(scene, follow=follow.model_copy(update={"view": self.view, "moved": scene.at}))


class LetGo(_Command):
    """Let everybody look for themselves."""

    do: Literal["let go"]

    def done(self, scene: Scene) -> RoomState:
        """Nobody leads."""
        return _with(scene, follow=None)


class AskHands(_Command):
    """Ask for a show of hands; the one before is gone."""

    do: Literal["ask hands"]
    question: Annotated[Note, Field(min_length=1, max_length=1000)]
    subject: Line = ""

    def done(self, scene: Scene) -> RoomState:
        """Ask."""
        hands = Hands(id=new_id(), question=self.question, subject=self.subject, asked=scene.at)
        return _with(scene, hands=hands)


class Raise(_Command):
    """Raise a hand, change one's mind, or take the hand down again."""

    is_for_facilitator: ClassVar[bool] = False

    do: Literal["hand"]
    of: Key
    answer: Hand | None

    def done(self, scene: Scene) -> RoomState:
        """Count it, if this question is still open."""
        hands = scene.room.hands
        if hands is None or hands.id != self.of or not hands.is_open:
            raise ConflictError("This show of hands is over. Look at the question again.")
        others = tuple(one for one in hands.answers if one.member != scene.member.id)
        mine: tuple[Raised, ...] = ()
        if self.answer is not None:
            partner = scene.member.partner
            mine = (Raised(member=scene.member.id, partner=partner, answer=self.answer),)
        return _with(scene, hands=hands.model_copy(update={"answers": (*others, *mine)}))


class EndHands(_Command):
    """Take no more answers, or put the question away."""

    do: Literal["end hands", "clear hands"]

    def done(self, scene: Scene) -> RoomState:
        """End it."""
        hands = scene.room.hands
        if self.do == "clear hands" or hands is None:
            return _with(scene, hands=None)
        return _with(scene, hands=hands.model_copy(update={"is_open": False}))


class ShowDoor(_Command):
    """Show everybody how to join, or no more. With what they join is asked for apart."""

    do: Literal["show door", "hide door"]

    def done(self, scene: Scene) -> RoomState:
        """Show it from now on, or hide it."""
        return _with(scene, door=scene.at if self.do == "show door" else None)


AnyCommand: TypeAlias = (
    StartTimer | ChangeTimer | Lead | MoveView | LetGo | AskHands | Raise | EndHands | ShowDoor
)
"""Everything that may be asked of a room."""

_ANY: Final[TypeAdapter[AnyCommand]] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="do")])


def read_command(given: Mapping[str, Any]) -> AnyCommand:
    """Make a command of JSON from outside.

    Raises
    ------
    RequestError
        If it is none, with the first thing that is wrong.
    """
    try:
        return _ANY.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "do"
        raise RequestError(f"The room cannot do this. {place}: {first['msg']}.") from None


def check_member(command: AnyCommand, member: Member, at: datetime) -> None:
    """Refuse what somebody of this role may not ask of a room.

    Raises
    ------
    NotAllowedError
        With the reason.
    """
    if member.has_left:
        raise NotAllowedError("You have left this board. Join again with a code.")
    if member.expires is not None and member.expires <= at:
        raise NotAllowedError("Your time on this board is over. Join again with a code.")
    if member.role is Role.FACILITATOR:
        return
    if command.is_for_facilitator:
        raise NotAllowedError("Only a facilitator leads the meeting. Ask one.")
    if member.role is not Role.PARTNER:
        raise NotAllowedError("You are here to look on, and are not counted. Ask the facilitator.")


def _with(scene: Scene, **changed: Any) -> RoomState:
    return scene.room.model_copy(update=changed)
