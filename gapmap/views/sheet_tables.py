"""The tables of one partner's sheet: its neighbourhoods, its sites, what changes hands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gapmap.views.numbers import people
from gapmap.views.sentences import reach_words
from gapmap.views.sheet_parts import escaped, headed, item_list, table
from gapmap.views.sheet_words import (
    gap_meaning,
    hand_over_lines,
    lettered,
    near_text,
    overlap_meaning,
    service_dates,
    site_kind,
)
from gapmap.views.worksheet_words import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.views.sheet_facts import PartnerFacts, PlaceFacts
    from gapmap.views.sheet_parts import SheetContext
    from gapmap.views.sheet_sites import SiteFacts

__all__ = ["area_list", "hand_overs", "neighbourhood_table", "site_tables"]


def neighbourhood_table(facts: PartnerFacts, context: SheetContext) -> str:
    """List a partner's neighbourhoods, most open need first, those without people in one line."""
    study, unit = context.study, context.division.measure.unit
    words = study.words
    if study.neighbourhoods is None:
        return ""
    empty = [one for one in facts.places if one.need == 0]
    heads = [
        capital(words.neighbourhood),
        "Open need",
        capital(unit),
        capital(words.areas),
        "Shared with",
    ]
    rows = [
        [
            escaped(_place_name(one, context)),
            escaped(people(one.gap)),
            escaped(people(one.need)),
            escaped(f"{len(one.geoids):,}"),
            escaped(_shared(one, context)),
        ]
        for one in facts.places
        if one not in empty
    ]
    drawn = table(heads, rows, figures=heads[1:4], widths=(33, 10, 10, 10, 37))
    if empty:
        names = ", ".join(_place_name(one, context) for one in empty)
        drawn += f"<p>{escaped(f'Also, where no {unit} are counted: {names}.')}</p>"
    if drawn:
        drawn += f'<p class="small">{escaped(gap_meaning(context.division, study))}</p>'
    return headed(f"Its {words.neighbourhoods}, most open need first", drawn)


def site_tables(facts: PartnerFacts, context: SheetContext) -> str:
    """List the sites in a territory, and the partner's own ones outside it."""
    words, is_named = context.study.words, context.division.request.are_named
    listed = _numbered(facts.numbered, context)
    if not listed:
        nobody = f"None of its own {words.sites} is" if is_named else f"There is no {words.site}"
        listed = f"<p>{escaped(f'{nobody} here.')}</p>"
    own = f"Its own {words.sites} here" if is_named else f"{capital(words.sites)} here"
    return (
        headed(own, listed)
        + headed(f"{capital(words.sites)} of others here", _of_others(facts.others, context))
        + headed(f"Its own {words.sites} outside its territory", _elsewhere(facts, context))
    )


def hand_overs(facts: PartnerFacts, context: SheetContext) -> str:
    """Say what comes from whom and what goes to whom, against today."""
    division, study = context.division, context.study
    comes = item_list(hand_over_lines(facts.takes_over, division, study, "From"))
    goes = item_list(hand_over_lines(facts.hands_over, division, study, "To"))
    meaning = (
        f"Today: each {study.words.area} counts as served by the partner of its nearest "
        f"{study.words.site}."
    )
    note = f'<p class="small">{escaped(meaning)}</p>'
    drawn = headed("What comes to it, against today", comes)
    drawn += headed("What it hands over, against today", goes)
    return drawn + note if drawn else ""


def area_list(facts: PartnerFacts, context: SheetContext) -> str:
    """List a partner's areas by their identifiers, neighbourhood by neighbourhood."""
    study = context.study
    parts = []
    for one in sorted(facts.places, key=lambda place: (place.name is None, place.name or "")):
        lead = ""
        if study.neighbourhoods is not None:
            lead = f"<strong>{escaped(capital(_place_name(one, context)))}:</strong> "
        parts.append(f'<p class="geoids">{lead}{escaped(", ".join(one.geoids))}</p>')
    return headed(f"Its {study.words.areas} by number", "".join(parts))


def _numbered(sites: Sequence[SiteFacts], context: SheetContext) -> str:
    division, study = context.division, context.study
    is_named = division.request.are_named
    is_measured = any(not math.isnan(site.need_in_reach) for site in sites)
    letters = {name: mark.letter for name, mark in context.marks.items()}
    columns = [("No.", 4), (capital(study.words.site), 21), ("Who may come", 12)]
    columns += [("Meals, days, hours", 16), ("Dates", 10)]
    columns += [("In reach", 7), ("By it alone", 7)] if is_measured else []
    columns += [("Overlaps with", 100 - sum(width for _, width in columns))]
    rows = [
        [
            escaped(site.number),
            _site_name(site) if is_named else f"{_site_name(site)}<br>{escaped(site.partner)}",
            escaped(site_kind(site)),
            escaped(site.schedule or "not stated"),
            escaped(service_dates(site)),
            *(_reached(site) if is_measured else []),
            escaped(near_text(site, division, letters)),
        ]
        for site in sites
    ]
    heads = [head for head, _ in columns]
    drawn = table(
        heads,
        rows,
        figures=("No.", "In reach", "By it alone"),
        widths=[width for _, width in columns],
    )
    if not drawn:
        return ""
    notes = [overlap_meaning(division, study), _letter_key(sites, context)]
    if is_measured:
        far = reach_words(division.request.scenario.reach)
        notes.insert(
            0,
            f"In reach: {division.measure.unit} within {far}; by it alone: those whom no other "
            f"{study.words.site} that counts reaches.",
        )
    return f'{drawn}<p class="small">{escaped(" ".join(filter(None, notes)))}</p>'


def _of_others(sites: Sequence[SiteFacts], context: SheetContext) -> str:
    rows = [
        [
            _site_name(site),
            escaped(site.partner),
            escaped(site_kind(site)),
            escaped(site.schedule or "not stated"),
            escaped(service_dates(site)),
        ]
        for site in sites
    ]
    heads = [capital(context.study.words.site), "Partner", "Who may come", "Meals, days, hours"]
    return table([*heads, "Dates"], rows, widths=(28, 20, 17, 23, 12))


def _elsewhere(facts: PartnerFacts, context: SheetContext) -> str:
    """Name a partner's sites on other people's ground; all about them is on the others' sheets."""
    words = context.study.words
    by_holder: dict[str | None, list[str]] = {}
    for site in facts.elsewhere:
        if site.is_inside:
            by_holder.setdefault(site.holder, []).append(site.name)
    order = [*context.division.request.names, None]
    said = [
        f"<p><strong>{escaped(_whose(holder, context))}:</strong> "
        f"{escaped('; '.join(by_holder[holder]))}.</p>"
        for holder in order
        if holder in by_holder
    ]
    away = sum(not site.is_inside for site in facts.elsewhere)
    if away:
        sites = words.site if away == 1 else words.sites
        said.append(f"<p>{escaped(f'Outside {context.where}: {away:,} {sites}.')}</p>")
    return "".join(said)


def _site_name(site: SiteFacts) -> str:
    name = escaped(site.name)
    return f'{name}<br><span class="small">{escaped(site.address)}</span>' if site.address else name


def _reached(site: SiteFacts) -> list[str]:
    if site.because:
        return ["–", "–"]
    return [escaped(people(site.need_in_reach)), escaped(people(site.unique_need))]


def _letter_key(sites: Sequence[SiteFacts], context: SheetContext) -> str:
    used = {near.partner for site in sites for near in site.near}
    named = [lettered(partner, context.marks) for partner in context.marks if partner in used]
    return f"{'; '.join(named)}." if named else ""


def _whose(holder: str | None, context: SheetContext) -> str:
    if holder is None:
        return f"On nobody's {context.study.words.areas}"
    return f"With {lettered(holder, context.marks)}"


def _place_name(one: PlaceFacts, context: SheetContext) -> str:
    return one.name or f"outside of {context.study.words.neighbourhoods}"


def _shared(one: PlaceFacts, context: SheetContext) -> str:
    others = [lettered(name, context.marks) for name in one.others]
    return "; ".join([*others, *(["nobody yet"] if one.has_free_areas else [])])
