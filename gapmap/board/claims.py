"""Taking areas and giving them back: open, claimed, committed, opened, verified.

Several areas at once are all taken or none; what stands in the way is listed with its holder.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field

from gapmap.board.changes import Change, Scene, named_some
from gapmap.board.values import (
    AreaId,
    Claim,
    ClaimState,
    Line,
    Member,
    Name,
    Section,
    json_time,
)
from gapmap.errors import ConflictError, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.board.values import Patch

__all__ = [
    "Advance",
    "Expire",
    "OfAreas",
    "Release",
    "Take",
    "conflict_with",
]

_Areas: TypeAlias = Annotated[tuple[AreaId, ...], Field(max_length=100_000)]
_Neighbourhoods: TypeAlias = Annotated[tuple[Name, ...], Field(max_length=1000)]

_Json: TypeAlias = dict[str, Any]

_LONGEST_HOLD: timedelta = timedelta(days=366)

_STEP_BEFORE = {
    ClaimState.COMMITTED: ClaimState.CLAIMED,
    ClaimState.OPENED: ClaimState.COMMITTED,
    ClaimState.VERIFIED: ClaimState.OPENED,
}


def conflict_with(key: str, claim: Claim | None, reason: str) -> dict[str, str]:
    """Return what stands in the way of a change, in plain words."""
    found = {"key": key, "reason": reason}
    if claim is not None:
        found |= {
            "holder": claim.partner,
            "state": str(claim.state),
            "since": json_time(claim.since),
        }
        if claim.group:
            found["group"] = claim.group
    return found


class OfAreas(Change):
    """A change of several areas, named one by one or by neighbourhood, or both."""

    areas: _Areas = ()
    neighbourhoods: _Neighbourhoods = ()

    def found(self, scene: Scene) -> dict[str, Claim | None]:
        """Return the claim on each area or part that was named."""
        keys = scene.keys(self.areas, self.neighbourhoods)
        return {key: scene.state.claim(key) for key in keys}


class Take(OfAreas):
    """Take areas for a partner; what it holds already stays as it is.

    Parameters
    ----------
    partner, group
        Who takes them, and on whose behalf.
    expires, hours
        When they are open again unless committed before, or after how many hours; never without.
    """

    do: Literal["take"] = "take"
    partner: Name
    group: Line = ""
    expires: datetime | None = None
    hours: Annotated[float, Field(gt=0, le=366 * 24)] | None = None

    def plan(self, scene: Scene) -> Patch:
        """Claim what is open; refuse all if anybody else holds any of it."""
        found = self.found(scene)
        held = {
            key: claim
            for key, claim in found.items()
            if claim is not None and claim.partner != self.partner
        }
        if held:
            raise _held_by_others(held, len(found))
        new = Claim(
            partner=self.partner,
            state=ClaimState.CLAIMED,
            since=scene.at,
            group=self.group,
            expires=self._end(scene.at),
            note=self.note,
        )
        changed: dict[str, _Json | None] = {}
        for key, claim in found.items():
            if claim is None:
                changed[key] = new.as_json()
            elif claim.state is ClaimState.CLAIMED and (claim.expires, claim.group) != (
                new.expires,
                new.group,
            ):
                # Taken again: held for longer, or for somebody else; still since the first time.
                renewed = claim.model_copy(update={"expires": new.expires, "group": new.group})
                changed[key] = renewed.as_json()
        return {Section.CLAIMS: changed}

    def _end(self, at: datetime) -> datetime | None:
        end = at + timedelta(hours=self.hours) if self.hours is not None else self.expires
        if end is None:
            return None
        if end.tzinfo is None or not at < end <= at + _LONGEST_HOLD:
            raise RequestError(
                f"A claim cannot run out at {end:%Y-%m-%d %H:%M}. Give a moment with its time "
                "zone, from now to a year ahead."
            )
        return end


class Release(OfAreas):
    """Give areas back; those that nobody holds are passed over.

    ``partner`` says whose they are thought to be: another's are not touched.
    """

    do: Literal["release"] = "release"
    partner: Name | None = None

    def plan(self, scene: Scene) -> Patch:
        """Open what is held; refuse all if any of it is not this partner's."""
        found = self.found(scene)
        others = {
            key: claim
            for key, claim in found.items()
            if claim is not None and self.partner not in (None, claim.partner)
        }
        if others:
            raise _held_by_others(others, len(found))
        return {Section.CLAIMS: {key: None for key, claim in found.items() if claim is not None}}


class Advance(OfAreas):
    """Go one step on with areas: commit, say that they are open, verify it."""

    do: Literal["advance"] = "advance"
    to: ClaimState
    partner: Name | None = None
    due: date | None = None

    def is_allowed_to(self, member: Member, scene: Scene) -> bool | None:
        """Nobody verifies its own work: only a facilitator does."""
        del member, scene
        return False if self.to is ClaimState.VERIFIED else None

    def plan(self, scene: Scene) -> Patch:
        """Move every area one step on, or none."""
        before = _STEP_BEFORE.get(self.to)
        if before is None:
            raise RequestError("An area is claimed by taking it. Advance it to committed after.")
        changed: dict[str, _Json | None] = {}
        wrong: list[dict[str, str]] = []
        for key, claim in self.found(scene).items():
            if claim is None:
                wrong.append(conflict_with(key, None, "is open: nobody holds it"))
            elif self.partner not in (None, claim.partner):
                wrong.append(conflict_with(key, claim, f"is held by {claim.partner}"))
            elif claim.state not in (before, self.to):
                wrong.append(conflict_with(key, claim, f"is {claim.state}, not {before}"))
            else:
                step: _Json = {"state": self.to, "expires": None, "due": self.due or claim.due}
                if self.note:
                    step["note"] = self.note
                changed[key] = claim.model_copy(update=step).as_json()
        if wrong:
            said = [f"{one['key']} {one['reason']}" for one in wrong]
            raise ConflictError(
                f"Nothing was {self.to}: {named_some(said)}. An area is {before} before it is "
                f"{self.to}.",
                wrong,
            )
        return {Section.CLAIMS: changed}


class Expire(Change):
    """Open the claims that have run out; the store makes it by itself."""

    do: Literal["expire"] = "expire"

    def plan(self, scene: Scene) -> Patch:
        """Take away every claim whose time is over."""
        return {Section.CLAIMS: dict.fromkeys(scene.state.expired(scene.at))}


def _held_by_others(held: Mapping[str, Claim], asked_count: int) -> ConflictError:
    wrong = [conflict_with(key, one, f"is held by {one.partner}") for key, one in held.items()]
    cure = "Ask for it to be released, or choose another."
    if asked_count == 1:
        ((key, claim),) = held.items()
        return ConflictError(f"{key} is held by {_whose(claim)}. {cure}", wrong)
    said = [f"{key} by {_whose(claim)}" for key, claim in held.items()]
    return ConflictError(
        f"{len(held)} of {asked_count} areas are held by others: {named_some(said)}. Nothing was "
        "changed. Leave them out, or ask for them to be released.",
        wrong,
    )


def _whose(claim: Claim) -> str:
    behalf = f", for {claim.group}" if claim.group else ""
    return f"{claim.partner} ({claim.state} since {claim.since:%Y-%m-%d %H:%M} UTC{behalf})"
