"""What changed on a board since a day: as text for a letter, and as an Atom feed."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from gapmap.board.values import ClaimState, json_time
from gapmap.views.clock import day_words
from gapmap.views.minutes_facts import author, brief
from gapmap.views.numbers import counted, people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gapmap.board.present import BoardState
    from gapmap.board.values import Event
    from gapmap.views.minutes_facts import Minutes

__all__ = ["digest_feed", "digest_text"]

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NAMESPACE: Final = uuid.UUID("5a0de2a2-0a58-5a63-9d5e-3f6a3f0c2b71")
_SOON: Final = timedelta(days=14)
_MOST_ENTRIES: Final = 200

# What no XML may hold, even written as a number.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def digest_text(minutes: Minutes, *, since: date) -> str:
    """Write what changed since a day, what is due soon or late, and what is open.

    Parameters
    ----------
    minutes
        The board.
    since
        The first day that counts, by the study's own time zone.
    """
    state, events = minutes.state, _events_since(minutes, since)
    title = f"{state.title or minutes.study.name}: changes since {day_words(since)}"
    lines = [title, "=" * len(title), ""]
    who = {one.partner for one in events if one.partner}
    lines.append(
        f"{counted(len(events), 'change', 'changes')} by "
        f"{counted(len(who), 'partner', 'partners')}; the board is at revision {state.revision:,}."
        if events
        else f"Nothing changed. The board is at revision {state.revision:,}."
    )
    lines.append(minutes.clock.said)
    lines += _paragraph("Decided", _decided(minutes, since))
    lines += _paragraph("Late", _due(minutes, late=True))
    lines += _paragraph("Due within two weeks", _due(minutes, late=False))
    lines += _paragraph("Waiting for an answer", _waiting(minutes))
    lines += _paragraph("Most open need that nobody holds", _open(minutes))
    earlier = len(events) - _MOST_ENTRIES
    if earlier > 0:
        lines += ["", f"The newest {_MOST_ENTRIES:,} changes; {earlier:,} came before them."]
    for day, changes in groupby(events[-_MOST_ENTRIES:], key=lambda one: minutes.clock.day(one.at)):
        told = (
            f"{minutes.clock.hour(one.at)}, {author(one, minutes.names)}: "
            f"{brief(minutes.told(one))}"
            for one in changes
        )
        lines += _paragraph(day_words(day), told)
    return "\n".join([*lines, ""])


def digest_feed(minutes: Minutes, *, since: date, address: str = "", page: str = "") -> bytes:
    """Write what changed since a day as an Atom feed, the newest first.

    Parameters
    ----------
    minutes
        The board.
    since
        The first day that counts, by the study's own time zone.
    address, page
        Where the feed itself is, and the page of the board; empty where it is a file.
    """
    state = minutes.state
    feed = ElementTree.Element("feed", {"xmlns": _ATOM})
    _add(feed, "id", _name(state, "feed"))
    _add(feed, "title", f"{state.title or minutes.study.name}: changes")
    changed = state.changed or minutes.clock.begin(since)
    _add(feed, "updated", json_time(changed))
    _add(ElementTree.SubElement(feed, "author"), "name", state.title or minutes.study.name)
    _add(feed, "generator", "gapmap")
    for rel, href in (("self", address), ("alternate", page)):
        if href:
            ElementTree.SubElement(feed, "link", {"rel": rel, "href": _clean(href)})
    for event in reversed(_events_since(minutes, since)[-_MOST_ENTRIES:]):
        _entry(feed, event, minutes)
    ElementTree.indent(feed)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ElementTree.Element, event: Event, minutes: Minutes) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    said = minutes.told(event)
    _add(entry, "id", _name(minutes.state, str(event.revision)))
    _add(entry, "title", said if len(said) <= 120 else f"{said[:119]}…")
    _add(entry, "updated", json_time(event.at))
    _add(ElementTree.SubElement(entry, "author"), "name", author(event, minutes.names))
    ElementTree.SubElement(entry, "category", {"term": event.kind})
    at = minutes.clock.moment(event.at)
    _add(entry, "content", f"{said}\n{at}, revision {event.revision}")


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    kind = {"type": "text"} if name in ("title", "content") else {}
    ElementTree.SubElement(parent, name, kind).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _name(state: BoardState, what: str) -> str:
    """Return a name that stays the same for good, wherever the feed lies."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{state.board}/{what}')}"


def _events_since(minutes: Minutes, since: date) -> tuple[Event, ...]:
    begin = minutes.clock.begin(since)
    return tuple(one for one in minutes.events if one.at >= begin)


def _paragraph(heading: str, lines: Iterator[str]) -> list[str]:
    items = [f"- {' '.join(line.split())}" for line in lines]
    return ["", heading, "-" * len(heading), *items] if items else []


def _decided(minutes: Minutes, since: date) -> Iterator[str]:
    begin = minutes.clock.begin(since)
    for one in minutes.decisions:
        if one.at is not None and one.at >= begin:
            due = f" (due {day_words(one.decision.due)})" if one.decision.due else ""
            yield f"{brief(one.decision.text)}{due}"


def _due(minutes: Minutes, *, late: bool) -> Iterator[str]:
    today = minutes.today
    found: list[tuple[date, str]] = []
    for partner, held in minutes.held.items():
        by_day: dict[date, list[str]] = {}
        for one in held:
            if one.claim.due is not None and one.claim.state.rank < ClaimState.OPENED.rank:
                by_day.setdefault(one.claim.due, []).append(one.name)
        found += [(day, f"{partner} opens {_some(names)}") for day, names in by_day.items()]
    found += [
        (one.due, f"{one.partner or 'the whole table'}: {one.what}")
        for one in minutes.activities
        if one.due is not None and not one.is_done
    ]
    found += [
        (one.decision.due, f"decided: {brief(one.decision.text)}")
        for one in minutes.decisions
        if one.decision.due is not None and not late
    ]
    for day, said in sorted(found):
        if day < today if late else today <= day <= today + _SOON:
            yield f"{day_words(day)}: {said}"


def _waiting(minutes: Minutes) -> Iterator[str]:
    for ask in minutes.asks:
        named = _some([minutes.name(key) for key in ask.areas])
        yield f"{ask.holder}, asked by {ask.asker} for {named} on {minutes.clock.moment(ask.asked)}"


def _open(minutes: Minutes) -> Iterator[str]:
    if minutes.assessment is None:
        return
    unit = minutes.assessment.measure.unit
    for place in minutes.open_places[:5]:
        if place.gap >= 1:
            yield f"{place.name}: {people(place.gap)} {unit} in {len(place.keys):,} areas"


def _some(names: list[str]) -> str:
    shown = "; ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
