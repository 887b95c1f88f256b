"""Areas between partners: handed over, asked for, split and joined again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from gapmap.board.changes import Change, Scene, named_some
from gapmap.board.claims import OfAreas, conflict_with
from gapmap.board.matters import Ask
from gapmap.board.values import (
    PART_MARK,
    AreaId,
    Claim,
    ClaimState,
    Key,
    Name,
    Section,
    new_id,
)
from gapmap.errors import ConflictError, RequestError, UnknownNameError

if TYPE_CHECKING:
    from gapmap.board.values import Member, Patch

__all__ = ["Answer", "AskFor", "HandOver", "Rejoin", "Split"]

_Json: TypeAlias = dict[str, Any]


class HandOver(OfAreas):
    """Give held areas to another partner in one step, so that nobody takes them in between."""

    is_for_facilitator: ClassVar[bool] = True

    do: Literal["hand over"] = "hand over"
    to: Name

    def plan(self, scene: Scene) -> Patch:
        """Make the other partner the holder, as claimed."""
        changed: dict[str, _Json | None] = {}
        for key, claim in self.found(scene).items():
            if claim is None or claim.partner != self.to:
                new = Claim(
                    partner=self.to, state=ClaimState.CLAIMED, since=scene.at, note=self.note
                )
                changed[key] = new.as_json()
        return {Section.CLAIMS: changed}


class AskFor(OfAreas):
    """Ask the holders of areas to let go of them: one request a holder."""

    do: Literal["ask"] = "ask"
    partner: Name
    id: Key = Field(default_factory=new_id)

    def plan(self, scene: Scene) -> Patch:
        """Lay a request before each holder."""
        by_holder: dict[str, list[str]] = {}
        wrong: list[dict[str, str]] = []
        for key, claim in self.found(scene).items():
            if claim is None:
                wrong.append(conflict_with(key, None, "is open: take it"))
            elif claim.partner == self.partner:
                wrong.append(conflict_with(key, claim, f"is held by {self.partner} already"))
            else:
                by_holder.setdefault(claim.partner, []).append(key)
        if wrong:
            said = [f"{one['key']} {one['reason']}" for one in wrong]
            raise ConflictError(f"Nobody was asked: {named_some(said)}.", wrong)
        asked: dict[str, _Json | None] = {}
        for number, (holder, areas) in enumerate(by_holder.items(), 1):
            ask = Ask(
                asker=self.partner,
                holder=holder,
                areas=tuple(areas),
                asked=scene.at,
                text=self.note,
            )
            asked[self.id if number == 1 else f"{self.id}-{number}"] = ask.as_json()
        return {Section.ASKS: asked}


class Answer(Change):
    """Answer a request: yes hands the areas over to who asked, no keeps them."""

    do: Literal["answer"] = "answer"
    id: Key
    is_yes: bool

    def is_allowed_to(self, member: Member, scene: Scene) -> bool | None:
        """Only who was asked answers."""
        return _ask(scene, self.id).holder == member.partner

    def plan(self, scene: Scene) -> Patch:
        """Write the answer down and, if it is yes, hand over what is still held."""
        ask = _ask(scene, self.id)
        if ask.answer is not None:
            raise ConflictError(f"This request was answered already: {ask.answer}.")
        answered = ask.model_copy(
            update={"answer": "yes" if self.is_yes else "no", "reply": self.note}
        )
        asks: Patch = {Section.ASKS: {self.id: answered.as_json()}}
        if not self.is_yes:
            return asks
        new = Claim(partner=ask.asker, state=ClaimState.CLAIMED, since=scene.at).as_json()
        given: dict[str, _Json | None] = {}
        for key in ask.areas:
            claim = scene.state.claim(key)
            if claim is not None and claim.partner == ask.holder:
                given[key] = new
        if not given:
            raise ConflictError(
                f"{ask.holder} holds none of the areas any more that {ask.asker} asked for. "
                "Answer no, or undo what came between."
            )
        return {**asks, Section.CLAIMS: given}


class Split(Change):
    """Split an area into named parts, each to be claimed by itself.

    Who holds the area holds every part after it, and releases what somebody else shall take.
    """

    do: Literal["split"] = "split"
    area: AreaId
    parts: Annotated[tuple[Name, ...], Field(min_length=2, max_length=12)]

    def plan(self, scene: Scene) -> Patch:
        """Put the parts in the area's place."""
        if scene.keys([self.area]) != (self.area,) or PART_MARK in self.area:
            raise RequestError(f"{self.area} is split already. Rejoin it first.")
        if len(set(self.parts)) < len(self.parts) or any(PART_MARK in name for name in self.parts):
            raise RequestError(
                f"Each part needs a name of its own without {PART_MARK}: {', '.join(self.parts)}."
            )
        patch: dict[str, dict[str, _Json | None]] = {
            Section.PARTS: {self.area: {"names": list(self.parts)}}
        }
        claim = scene.state.claim(self.area)
        if claim is not None:
            parts = {f"{self.area}{PART_MARK}{name}": claim.as_json() for name in self.parts}
            patch[Section.CLAIMS] = {self.area: None, **parts}
        return patch


class Rejoin(Change):
    """Make one area of its parts again, if they are all open or all one partner's."""

    do: Literal["rejoin"] = "rejoin"
    area: AreaId

    def plan(self, scene: Scene) -> Patch:
        """Put the area in its parts' place; it is as far as the part that is least far."""
        keys = scene.keys([self.area])
        if keys == (self.area,) or PART_MARK in self.area:
            raise RequestError(f"{self.area} is not split: there is nothing to rejoin.")
        claims = {key: scene.state.claim(key) for key in keys}
        if len({claim.partner if claim else None for claim in claims.values()}) > 1:
            wrong = [
                conflict_with(key, one, f"is held by {one.partner}" if one else "is open")
                for key, one in claims.items()
            ]
            said = [f"{one['key']} {one['reason']}" for one in wrong]
            raise ConflictError(
                f"{self.area} was not rejoined: {named_some(said)}. One partner has to hold every "
                "part, or nobody.",
                wrong,
            )
        patch: dict[str, dict[str, _Json | None]] = {Section.PARTS: {self.area: None}}
        held = [claim for claim in claims.values() if claim is not None]
        if held:
            least = min(held, key=lambda claim: claim.state.rank)
            patch[Section.CLAIMS] = {**dict.fromkeys(keys), self.area: least.as_json()}
        return patch


def _ask(scene: Scene, ask: str) -> Ask:
    value = scene.state.value(Section.ASKS, ask)
    if value is None:
        raise UnknownNameError("request", ask, scene.state.section(Section.ASKS))
    return Ask.model_validate(value)
