"""Events in words, for the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapmap.board import matters
from gapmap.board.changes import named_some
from gapmap.board.values import Event, Section, area_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["sentence"]

_LAID = {
    Section.SITES: "a proposed site",
    Section.CORRECTIONS: "a correction",
    Section.COMMENTS: "a comment",
    Section.ACTIVITIES: "an activity",
    Section.DECISIONS: "a decision",
}


def sentence(event: Event, *, named: Callable[[Sequence[str]], str] = named_some) -> str:
    """Say in one line what an event did, without saying who.

    Parameters
    ----------
    event
        The event.
    named
        Names areas for people; by their identifiers otherwise, the first few of many.
    """
    claims = event.patch.get(Section.CLAIMS, {})
    said = _of_claims(event, claims, named) if claims else _of_the_rest(event, named)
    return f"{said}: {event.note}" if event.note and event.kind not in ("decide", "ask") else said


def _of_claims(
    event: Event,
    claims: Mapping[str, Mapping[str, Any] | None],
    named_areas: Callable[[Sequence[str]], str],
) -> str:
    named = named_areas(list(dict.fromkeys(area_of(key) for key in claims)))
    partners = sorted({str(one["partner"]) for one in claims.values() if one})
    before = sorted({str(one["partner"]) for one in _former(event).values() if one})
    states = {str(one["state"]) for one in claims.values() if one}
    match event.kind:
        case "take":
            return f"{' and '.join(partners)} took {named}"
        case "release":
            return f"{named_some(before)} released {named}"
        case "expire":
            return f"the claim of {named_some(before)} on {named} ran out"
        case "advance":
            return f"{named_some(partners)} {' or '.join(sorted(states))} {named}"
        case "answer":
            return f"{named_some(before)} handed {named} over to {named_some(partners)}"
        case "hand over":
            return f"{named} went to {named_some(partners)}"
        case "split" | "rejoin":
            return f"{named} was {'split' if event.kind == 'split' else 'rejoined'}"
    return f"revision {event.undoes} was undone: {named}" if event.undoes else f"{named} changed"


def _former(event: Event) -> Mapping[str, Mapping[str, Any] | None]:
    return event.inverse.get(Section.CLAIMS, {})


def _of_the_rest(event: Event, named: Callable[[Sequence[str]], str]) -> str:
    if event.undoes is not None:
        return f"revision {event.undoes} was undone"
    if event.kind == "create":
        return "the board was made"
    section, values = next(iter(event.patch.items()))
    key, value = next(iter(values.items()))
    place = Section(section)
    if place is Section.ABOUT:
        return _of_about(key, value or {})
    if place is Section.ASKS and value is not None:
        asked = f"{value['asker']} asked {value['holder']} for {named(value['areas'])}"
        return f"{asked}: {value['answer']}" if value.get("answer") else asked
    if place is Section.PARTS:
        return f"{named([key])} was {'rejoined' if value is None else 'split'}"
    if value is None:
        return f"{_LAID[place]} was taken off the board"
    was_there = event.inverse.get(section, {}).get(key) is not None
    if event.kind == "decide":
        return f"it was decided: {value.get('text')}"
    told = value.get("text") or value.get("name") or value.get("what") or value.get("should_be")
    return f"{_LAID[place]} {'changed' if was_there else 'was added'}: {told}"


def _of_about(key: str, value: Mapping[str, Any]) -> str:
    match key:
        case matters.ABOUT_CLAIMING:
            return f"claiming was {'opened' if value.get('is_open', True) else 'closed'}"
        case matters.ABOUT_TITLE:
            return f"the board is called “{value.get('text', '')}”"
        case matters.ABOUT_SCENARIO:
            partners = value.get("partners") or ()
            count = f"{len(partners)} partner{'' if len(partners) == 1 else 's'}"
            return f"the question and who sits at the table ({count}) were set"
    return f"{key} was changed"
