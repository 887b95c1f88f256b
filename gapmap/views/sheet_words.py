"""What partners' sheets say, in words: plain text, escaped by whoever puts it on a page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gapmap.analysis.territory.values import Load
from gapmap.views.numbers import count, distance, people, share
from gapmap.views.sentences import reach_words, site_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gapmap.analysis.territory.values import Division, Territory
    from gapmap.model import Study
    from gapmap.views.partner_marks import Mark
    from gapmap.views.sheet_facts import HandOver, PartnerFacts
    from gapmap.views.sheet_sites import SiteFacts

__all__ = [
    "areas_text",
    "figure_lines",
    "gap_meaning",
    "hand_over_lines",
    "in_pieces",
    "lettered",
    "near_text",
    "overlap_meaning",
    "service_dates",
    "sheet_title",
    "site_kind",
    "target_words",
]


def sheet_title(division: Division, study: Study) -> str:
    """Say what is divided."""
    return f"{division.request.scenario.within or study.name}: who takes what"


def areas_text(number: int, study: Study) -> str:
    """Count areas in the study's own word."""
    return f"{number:,} {study.words.area if number == 1 else study.words.areas}"


def gap_meaning(division: Division, study: Study) -> str:
    """Say what open need is in this division."""
    scenario = division.request.scenario
    return (
        f"Open need: {division.measure.unit} who live farther than {reach_words(scenario.reach)} "
        f"(straight line) from every {site_kinds(scenario, study)} that counts, whoever runs it."
    )


def target_words(division: Division) -> str:
    """Say how the load is shared out."""
    how = "in proportion to capacity" if division.request.capacities else "in equal shares"
    return (
        f"Shared out: {division.unit}, {how}; "
        f"{division.request.tolerance:.1%} more or less was allowed."
    )


def figure_lines(facts: PartnerFacts, division: Division, study: Study) -> list[tuple[str, str]]:
    """Return the figures of a sheet's head with what each of them counts."""
    one, unit, words = facts.territory, division.measure.unit, study.words
    lines = [
        (people(one.need), f"{unit} live here"),
        (people(one.gap), f"of them out of reach (open need, {share(_quotient(one))})"),
    ]
    of_target = f"of its target of {count(one.target)} {division.unit}"
    if division.request.load is Load.MEALS:
        lines.append((count(one.load), division.unit))
    lines.append((f"{one.share_of_target:.0%}", of_target))
    here = f"{words.sites} that count stand here"
    if one.site_count == 1:
        here = f"{words.site} that counts stands here"
    if division.request.are_named and one.site_count:
        here += f", {one.own_site_count:,} of them its own"
    lines.append((f"{one.site_count:,}", here))
    lines.append((f"{one.area_count:,}", f"{_area_word(one, study)}{in_pieces(one)}"))
    if facts.unknown_count:
        lines.append(
            (f"{facts.unknown_count:,}", f"of these {words.areas} without a known count of {unit}")
        )
    if not math.isnan(one.mean_distance_m):
        way = distance(one.mean_distance_m, _long_unit(division))
        lines.append((way, "mean way to the middle of the territory, weighted by what is shared"))
    return lines


def in_pieces(one: Territory) -> str:
    """Say whether a territory is one piece; empty for one of no area."""
    if one.is_contiguous is None:
        return ""
    return ", one piece" if one.is_contiguous else f", in {one.piece_count} pieces"


def site_kind(site: SiteFacts) -> str:
    """Say who may come to a site, and why it does not count if it does not."""
    kind = site.kind or "not stated"
    return f"{kind}; not counted: {site.because}" if site.because else kind


def lettered(partner: str, marks: Mapping[str, Mark]) -> str:
    """Name a partner with its letter in front."""
    return f"{marks[partner].letter} – {partner}"


def service_dates(site: SiteFacts) -> str:
    """Write a site's first and last day; what is not stated is said."""
    first, last = site.first_day, site.last_day
    if first is None and last is None:
        return "dates not stated"
    if first is None or last is None:
        return f"from {_day(first)}" if first else f"until {_day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b}–{_day(last)}"
    return f"{_day(first)}–{_day(last)}"


def near_text(site: SiteFacts, division: Division, letters: Mapping[str, str]) -> str:
    """Name the other partners' sites whose reach overlaps a site's own.

    Parameters
    ----------
    letters
        Letter of each partner of the division; the others are named in full.
    """
    if site.because:
        return ""
    if not site.near_count:
        return "nobody"
    unit = division.request.scenario.reach.unit
    named = [
        f"{letters.get(near.partner, near.partner)}: {near.site} ({distance(near.metres, unit)})"
        for near in site.near
    ]
    more = site.near_count - len(named)
    return "; ".join([*named, *([f"{more} more"] if more else [])])


def overlap_meaning(division: Division, study: Study) -> str:
    """Say what an overlap is."""
    reach = division.request.scenario.reach
    return (
        f"Overlaps: sites of others closer than {distance(2 * reach.metres, reach.unit)}, so that "
        f"some {study.words.people} may have both within {reach_words(reach)}, the nearest first. "
        "It is information, not a fault."
    )


def hand_over_lines(
    changes: tuple[HandOver, ...], division: Division, study: Study, word: str
) -> list[str]:
    """Say from or to whom areas go, a line a partner.

    Parameters
    ----------
    word
        ``From`` or ``To``.
    """
    nobody = {"From": "From others than these partners, or nobody", "To": "To nobody yet"}
    return [
        f"{nobody[word] if one.partner is None else f'{word} {one.partner}'}: "
        f"{areas_text(one.area_count, study)}, {count(one.load)} {division.unit}"
        for one in changes
    ]


def _quotient(one: Territory) -> float:
    return one.gap / one.need if one.need > 0 else math.nan


def _area_word(one: Territory, study: Study) -> str:
    return study.words.area if one.area_count == 1 else study.words.areas


def _long_unit(division: Division) -> str:
    return "mi" if division.request.scenario.reach.unit in ("mi", "ft") else "km"


def _day(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%b %Y}"
