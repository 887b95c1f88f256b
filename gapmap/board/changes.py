"""What every change of a board has in common: it plans a patch, and somebody may not make it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from gapmap.board.values import PART_MARK, Event, Note, area_of
from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gapmap.board.present import BoardState
    from gapmap.board.values import Member, Patch

__all__ = ["Change", "Scene", "event_of", "named_some"]

_SHOWN: Final = 5


@dataclass(frozen=True)
class Scene:
    """What a change finds when its turn has come.

    Parameters
    ----------
    state
        The board as it is now; nobody else changes it meanwhile.
    areas
        Neighbourhood by area; None where an area is in none.
    geoids
        The areas in order.
    at
        Now.
    member
        Who makes the change.
    event
        Finds an event of the board by its revision.
    """

    state: BoardState
    areas: Mapping[str, str | None]
    geoids: Sequence[str]
    at: datetime
    member: Member
    event: Callable[[int], Event]

    def keys(self, areas: Iterable[str], neighbourhoods: Iterable[str] = ()) -> tuple[str, ...]:
        """Return what is claimed when areas and neighbourhoods are: a split area's parts.

        Raises
        ------
        UnknownNameError
            If the board has no such area, part or neighbourhood.
        RequestError
            If nothing was named.
        """
        wanted = list(areas)
        for name in neighbourhoods:
            found = [geoid for geoid, place in self.areas.items() if place == name]
            if not found:
                known = sorted({place for place in self.areas.values() if place})
                raise UnknownNameError("neighbourhood", name, known)
            wanted.extend(found)
        if not wanted:
            raise RequestError("No area was named. Name one by its GEOID, or a neighbourhood.")
        keys: dict[str, None] = {}
        for key in wanted:
            keys.update(dict.fromkeys(self._pieces(key)))
        return tuple(keys)

    def _pieces(self, key: str) -> tuple[str, ...]:
        geoid = area_of(key)
        if geoid not in self.areas:
            at = bisect_left(self.geoids, geoid)
            raise UnknownNameError("area", geoid, self.geoids[max(0, at - 6) : at + 6])
        pieces = tuple(f"{geoid}{PART_MARK}{name}" for name in self.state.parts(geoid))
        if key == geoid:
            return pieces or (geoid,)
        if key not in pieces:
            raise UnknownNameError("part of an area", key, pieces or (geoid,))
        return (key,)


class Change(BaseModel):
    """Something that somebody asks of a board. Checked when it is made, whoever sent it.

    ``note`` is what is said with it, for the log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_for_facilitator: ClassVar[bool] = False
    """Whether only a facilitator may make it."""

    do: str
    note: Note = ""

    @property
    def undoes(self) -> int | None:
        """The revision that it takes back, if it does."""
        return None

    def plan(self, scene: Scene) -> Patch:
        """Return what it changes, or refuse; an empty patch changes nothing."""
        del scene
        raise RequestError(f"Nothing is known about a change called “{self.do}”.")

    def is_allowed_to(self, member: Member, scene: Scene) -> bool | None:
        """Tell whether somebody may, where the owner of what it changes does not decide it."""
        del member, scene
        return None


def named_some(names: Sequence[str]) -> str:
    """Return names for a sentence, the first few of many."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def event_of(
    change: Change, scene: Scene, patch: Patch, inverse: Patch, request: str | None = None
) -> Event:
    """Return a change whose turn has come as the board's next event."""
    return Event(
        board=scene.state.board,
        revision=scene.state.revision + 1,
        kind=change.do,
        at=scene.at,
        member=scene.member.id,
        partner=scene.member.partner or str(getattr(change, "partner", None) or ""),
        patch=patch,
        inverse=inverse,
        undoes=change.undoes,
        note=change.note,
        request=request,
    )
