"""The part of the minutes that each partner takes home: what it holds, how far it is, its sites."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from gapmap.model import WEEKDAYS
from gapmap.views.area_names import shared_names
from gapmap.views.clock import day_words
from gapmap.views.numbers import counted, people
from gapmap.views.paper import Grid, Heading, Items, Text
from gapmap.views.schedules import days_text, meal_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gapmap.board.matters import ProposedSite
    from gapmap.views.minutes_facts import Held, Minutes
    from gapmap.views.minutes_maps import MinutesMaps
    from gapmap.views.paper import Block

__all__ = ["UNSAID", "partner_blocks", "site_words"]

UNSAID: Final = "not stated"


def partner_blocks(minutes: Minutes, maps: MinutesMaps) -> Iterator[Block]:
    """Return what each partner has taken upon itself, with a map."""
    words = minutes.study.words
    yield Heading("Claims and commitments by partner")
    if not minutes.partners:
        yield Text("Nobody holds anything yet.")
    for partner in minutes.partners:
        mark = minutes.marks[partner]
        yield Heading(partner, 3, (mark.colour, mark.ink, mark.letter))
        held = minutes.held.get(partner, ())
        yield Text(_holding(held, minutes))
        picture = maps.partner(partner, f"What {partner} holds")
        if picture is not None:
            yield picture
        if held:
            rows = _held_rows(held, minutes)
            heads = (
                "Where",
                words.areas.capitalize(),
                "How far",
                "Since",
                "Until",
                "Open need",
                "Said",
            )
            yield Grid(heads, rows, (18, 27, 11, 12, 13, 7, 12), ("Open need",))
        sites = [one for one in minutes.sites if one.partner == partner]
        if sites:
            yield Text("Sites that it proposes:")
            yield Items(tuple(f"{row}. {site_words(one)}" for row, one in enumerate(sites, 1)))


def _holding(held: tuple[Held, ...], minutes: Minutes) -> str:
    if not held:
        return "Holds no area."
    words = minutes.study.words
    said = f"Holds {counted(len(held), words.area, words.areas)}"
    if minutes.assessment is not None:
        known = [one for one in held if not math.isnan(one.gap)]
        unit = minutes.assessment.measure.unit
        said += (
            f" with {people(math.fsum(one.need for one in known) if known else math.nan)} {unit}, "
            f"{people(math.fsum(one.gap for one in known) if known else math.nan)} of them out of "
            "reach today"
        )
        if len(known) < len(held):
            said += f" (not known for {len(held) - len(known):,} of them)"
    return f"{said}."


def _held_rows(held: tuple[Held, ...], minutes: Minutes) -> tuple[tuple[str, ...], ...]:
    """Write what is held in the same way in the same neighbourhood as one row."""
    clock, words = minutes.clock, minutes.study.words
    alike: dict[tuple[str, ...], list[Held]] = {}
    for one in held:
        claim, until = one.claim, ""
        if claim.due is not None:
            until = f"due {day_words(claim.due)}"
        elif claim.expires is not None:
            until = f"runs out {clock.moment(claim.expires)}"
        step = f"{claim.state}, for {claim.group}" if claim.group else str(claim.state)
        row = (one.place, step, day_words(clock.day(claim.since)), until, claim.note)
        alike.setdefault(row, []).append(one)
    rows = []
    for (place, step, since, until, note), found in alike.items():
        known = [one.gap for one in found if not math.isnan(one.gap)]
        gap = people(math.fsum(known) if known else math.nan)
        names = shared_names(sorted(one.name for one in found), kind=words.area)
        rows.append((place, names, step, since, until, gap, note))
    return tuple(rows)


def site_words(site: ProposedSite) -> str:
    """Say in one line what is proposed; what is not known is said so."""
    meals = UNSAID if site.meals is None else ", ".join(map(meal_name, site.meals)) or "none"
    days = UNSAID if site.days is None else _days_words(site.days) or "none"
    first, last = day_words(site.first_day), day_words(site.last_day)
    if first or last:
        dates = " ".join(
            filter(None, [f"from {first}" if first else "", f"to {last}" if last else ""])
        )
    else:
        dates = UNSAID
    parts = [
        f"{site.name} ({site.latitude:.5f}, {site.longitude:.5f})",
        f"kind: {site.kind or UNSAID}",
        f"meals: {meals}",
        f"days: {days}",
        f"dates: {dates}",
    ]
    return "; ".join([*parts, *([site.note] if site.note else [])])


def _days_words(days: Sequence[str]) -> str:
    """Write days as spans; somebody may have written something else than days."""
    if all(day in WEEKDAYS for day in days):
        return days_text(";".join(days))
    return ", ".join(days)
