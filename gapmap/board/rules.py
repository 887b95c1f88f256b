"""Who may do what. Asked by the store at every write, with the member as the store knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gapmap.board.changes import named_some
from gapmap.board.claims import conflict_with
from gapmap.board.values import Claim, Role, Section
from gapmap.errors import ConflictError, NotAllowedError, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gapmap.board.changes import Change, Scene
    from gapmap.board.present import BoardState
    from gapmap.board.values import Event, Member, Patch

__all__ = [
    "LARGEST_SECTION",
    "check_member",
    "check_own",
    "check_patch",
    "check_room",
    "check_seen",
    "owners",
]

LARGEST_SECTION: Final = 5_000
"""Comments, sites and the like on one board: far more than a table ever says."""


def check_member(change: Change, scene: Scene) -> None:
    """Refuse a change that somebody of this role may not even plan.

    Raises
    ------
    NotAllowedError
        With the reason.
    """
    member = scene.member
    if member.has_left:
        raise NotAllowedError("You have left this board. Join again with a code.")
    if member.expires is not None and member.expires <= scene.at:
        raise NotAllowedError("Your time on this board is over. Join again with a code.")
    if member.role is Role.FACILITATOR:
        return
    if member.role is not Role.PARTNER or not member.partner:
        raise NotAllowedError(
            "You are here to look on. Ask the facilitator for a code of your partner."
        )
    if change.is_for_facilitator or change.is_allowed_to(member, scene) is False:
        raise NotAllowedError(
            f"{member.partner} may not do this ({change.do}). Ask the facilitator."
        )


def check_patch(change: Change, scene: Scene, patch: Patch, inverse: Patch) -> None:
    """Refuse a change of what is not the member's own.

    A facilitator may change anything. A partner may change what is its own and make what is its
    own, judged by what the change does to the board and not by what it calls itself.

    Raises
    ------
    NotAllowedError
        With the reason, and whose it is.
    """
    member = scene.member
    if member.role is Role.FACILITATOR:
        return
    if not scene.state.is_claiming_open and (Section.CLAIMS in patch or Section.PARTS in patch):
        raise NotAllowedError("Claiming is closed. Wait until the facilitator opens it.")
    if change.is_allowed_to(member, scene):
        return
    others = sorted(owners(patch, inverse) - {member.partner})
    if others:
        named = [name for name in others if name]
        whose = named_some(named) if named else "the whole table"
        raise NotAllowedError(
            f"This belongs to {whose}, and you act for {member.partner}. Ask them, or the "
            "facilitator."
        )


def check_room(state: BoardState, patch: Patch) -> None:
    """Refuse to lay still more on a board on which much lies: everybody gets all of it.

    Claims and parts need no such limit: the board's areas are one.

    Raises
    ------
    RequestError
        With what there is too much of.
    """
    for section, values in patch.items():
        if section in (Section.CLAIMS, Section.PARTS):
            continue
        there = state.sections.get(section, {})
        new = sum(value is not None and key not in there for key, value in values.items())
        if new and len(there) + new > LARGEST_SECTION:
            raise RequestError(
                f"There are {len(there):,} {section} on this board, and no more than "
                f"{LARGEST_SECTION:,} have room. Take some away first."
            )


def owners(patch: Patch, inverse: Patch) -> set[str]:
    """Return the partners whose things a change touches, before it and after it.

    Empty text stands for the whole table: a title, a decision.
    """
    found: set[str] = set()
    has_claims = bool(patch.get(Section.CLAIMS))
    for side in (patch, inverse):
        for section, values in side.items():
            if section == Section.PARTS and has_claims:
                continue  # the claims that go with them say whose the area is
            found.update(_owner(value) for value in values.values() if value is not None)
    return found


def _owner(value: Mapping[str, Any]) -> str:
    return str(value.get("partner") or value.get("asker") or "")


def check_seen(state: BoardState, patch: Patch, seen: int | None) -> None:
    """Refuse to write over what somebody changed after the writer looked.

    Raises
    ------
    ConflictError
        With what changed, and who holds it.
    """
    if seen is None:
        return
    wrong: list[dict[str, str]] = []
    for section, values in patch.items():
        for key in values:
            entry = state.sections.get(section, {}).get(key)
            if entry is not None and entry.revision > seen:
                claim = Claim.model_validate(entry.value) if section == Section.CLAIMS else None
                wrong.append(conflict_with(key, claim, f"changed in revision {entry.revision}"))
    if wrong:
        said = ", ".join(
            one["key"] + (f" (held by {one['holder']})" if "holder" in one else "")
            for one in wrong[:5]
        )
        raise ConflictError(
            f"The board has changed since revision {seen} that you looked at: {said}. Look again, "
            "and ask once more if you still want it.",
            wrong,
        )


def check_own(done: Event, member: Member) -> None:
    """Refuse a request under a name that somebody else used."""
    if done.member != member.id:
        raise ConflictError("Somebody else sent a change under this name. Send it under another.")
