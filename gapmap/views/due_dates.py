"""The days by which partners have promised something, as an iCalendar file."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Calendar, Event

from gapmap.board.matters import Activity
from gapmap.board.values import ClaimState, Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gapmap.views.minutes_facts import Minutes

__all__ = ["due_calendar"]

_NAMESPACE: Final = uuid.UUID("8a6ed4f0-77cf-57d2-8f5e-6c1b0d5b9e14")
_MOST_NAMED: Final = 60
_LOOKED_AT_EVERY: Final = timedelta(hours=1)
# A calendar line knows no controls but a tab; texts of a board have none but this and line ends.
_CONTROLS: Final = re.compile(r"[\r\t]")


def due_calendar(minutes: Minutes) -> bytes:
    """Return an all-day entry for everything that is due on a day and is not done.

    What a partner opens on one day is one entry. An entry keeps its name for good, so that a
    calendar that reads the file again changes it instead of adding another.
    """
    state = minutes.state
    calendar = Calendar()
    calendar.add("prodid", "-//gapmap//board//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    title = state.title or minutes.study.name
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    # Who follows it looks again after so long; the older programs know the second name.
    calendar.add("refresh-interval", _LOOKED_AT_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    stamp = state.changed or minutes.clock.begin(minutes.today)
    for name, day, summary, said in _entries(minutes):
        entry = Event()
        entry.add("uid", f"{uuid.uuid5(_NAMESPACE, f'{state.board}/{name}')}@gapmap")
        entry.add("dtstamp", stamp)
        entry.add("last-modified", stamp)
        entry.add("sequence", state.revision)
        entry.add("dtstart", day)
        entry.add("dtend", day + timedelta(days=1))
        entry.add("summary", _CONTROLS.sub(" ", " ".join(summary.split())))
        entry.add("description", _CONTROLS.sub(" ", said))
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written


def _entries(minutes: Minutes) -> Iterator[tuple[str, date, str, str]]:
    """Return name, day, summary and description of each entry, by day."""
    found = [*_commitments(minutes), *_activities(minutes), *_decisions(minutes)]
    yield from sorted(found, key=lambda one: (one[1], one[0]))


def _commitments(minutes: Minutes) -> Iterator[tuple[str, date, str, str]]:
    words, title = minutes.study.words, minutes.state.title
    for partner, held in minutes.held.items():
        by_day: dict[date, list[str]] = {}
        for one in held:
            if one.claim.due is not None and one.claim.state.rank < ClaimState.OPENED.rank:
                by_day.setdefault(one.claim.due, []).append(one.name)
        for day, names in by_day.items():
            what = words.area if len(names) == 1 else words.areas
            rest = len(names) - _MOST_NAMED
            more = [f"and {rest:,} more"] if rest > 0 else []
            said = "\n".join([f"Board: {title}", *sorted(names)[:_MOST_NAMED], *more])
            yield (
                f"claims/{day}/{partner}",
                day,
                f"{partner}: {len(names):,} {what} to be open",
                said,
            )


def _activities(minutes: Minutes) -> Iterator[tuple[str, date, str, str]]:
    for key, entry in minutes.state.section(Section.ACTIVITIES).items():
        one = Activity.model_validate(entry.value)
        if one.due is not None and not one.is_done:
            said = "\n".join(filter(None, [f"Board: {minutes.state.title}", one.where, one.note]))
            yield f"activities/{key}", one.due, f"{one.partner or 'Everybody'}: {one.what}", said


def _decisions(minutes: Minutes) -> Iterator[tuple[str, date, str, str]]:
    for one in minutes.decisions:
        if one.decision.due is not None:
            first, _, _ = one.decision.text.partition("\n")
            short = first if len(first) <= 80 else f"{first[:79]}…"
            said = f"Board: {minutes.state.title}\n{one.decision.text}"
            yield f"decisions/{one.id}", one.decision.due, f"Decided: {short}", said
