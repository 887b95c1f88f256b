"""The minutes of a board: what was decided, who does what until when, what is still open.

:func:`minutes_paper` says it once; :func:`minutes_page` writes it as HTML, and
:func:`gapmap.views.paper_pdf.paper_pdf` as PDF.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from gapmap.board.values import ClaimState
from gapmap.board.words import sentence
from gapmap.model import Role
from gapmap.views.minutes_facts import author, brief, clock_words, day_words
from gapmap.views.minutes_maps import MinutesMaps
from gapmap.views.numbers import people
from gapmap.views.paper import Grid, Heading, Items, Paper, Text
from gapmap.views.paper_html import paper_html
from gapmap.views.provenance import layer_facts
from gapmap.views.schedules import meal_name
from gapmap.views.sentences import map_notices, question, what_figures_are
from gapmap.views.worksheet_words import spelled_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gapmap.board.matters import ProposedSite
    from gapmap.board.values import Event
    from gapmap.views.minutes_facts import Decided, Held, Minutes
    from gapmap.views.paper import Block

__all__ = ["minutes_page", "minutes_paper"]

_SOURCES: Final = (Role.NEED, Role.NEED_POINTS, Role.NEIGHBOURHOODS, Role.SITES)
_MOST_HISTORY: Final = 60
_MOST_OPEN: Final = 25
_UNSAID: Final = "not stated"


def minutes_page(minutes: Minutes) -> str:
    """Return the minutes as one self-contained HTML page to print."""
    return paper_html(minutes_paper(minutes))


def minutes_paper(minutes: Minutes) -> Paper:
    """Return the minutes as blocks of plain text and small maps."""
    state, study = minutes.state, minutes.study
    maps = MinutesMaps(minutes)
    blocks: list[Block] = [
        *_summary(minutes, maps),
        *_decisions(minutes, maps),
        *_partners(minutes, maps),
        *_who_does_what(minutes),
        *_open(minutes),
        *_said(minutes),
        *_history(minutes),
        *_sources(minutes),
    ]
    changed = f", last changed {clock_words(state.changed)}" if state.changed else ""
    title = state.title or study.name
    return Paper(
        f"Minutes: {title}",
        (
            f"{study.name} · {spelled_day(minutes.today)}",
            f"Board {state.board} at revision {state.revision:,}{changed}.",
        ),
        tuple(blocks),
        f"{title} · board {state.board}, revision {state.revision} · "
        f"{spelled_day(minutes.today)} · data version {study.data_version[:12]} · gapmap",
    )


def _summary(minutes: Minutes, maps: MinutesMaps) -> Iterator[Block]:
    notices = map_notices(minutes.study)
    if minutes.what_if:
        notices.insert(0, f"Need as in what-if “{minutes.what_if}”, not as it is today")
    if notices:
        yield Text(f"{'. '.join(notices)}.", "notice")
    words = minutes.study.words
    claims = minutes.state.claims.values()
    steps = [
        f"{sum(claim.state is step for claim in claims):,} {step}"
        for step in ClaimState
        if any(claim.state is step for claim in claims)
    ]
    how_far = f" ({', '.join(steps)})" if steps else ""
    left = sum(len(place.keys) for place in minutes.open_places)
    yield Text(
        f"{_counted(len(minutes.decisions), 'decision', 'decisions')}; "
        f"{_counted(len(minutes.held), 'partner holds', 'partners hold')} "
        f"{_counted(len(claims), words.area, words.areas)} or parts of one"
        f"{how_far}; {left:,} of {len(minutes.areas):,} are "
        "nobody's yet.",
        "strong",
    )
    if maps.can_draw:
        yield maps.everybody(minutes.state.claims, f"Who holds what on {minutes.state.title}")


def _decisions(minutes: Minutes, maps: MinutesMaps) -> Iterator[Block]:
    yield Heading("Decisions")
    if not minutes.decisions:
        yield Text("Nothing was decided.")
    for number, one in enumerate(minutes.decisions, 1):
        yield Text(f"{number}. {one.decision.text}", "strong")
        yield Text(_decision_line(one, minutes), "small")
        if maps.can_draw and one.state is not None:
            yield maps.everybody(
                one.state.claims,
                f"Who held what when decision {number} was made",
                about=one.decision.geoids,
                width_px=420,
                height_px=260,
                width_share=0.55,
            )


def _decision_line(one: Decided, minutes: Minutes) -> str:
    decision = one.decision
    parts = []
    if one.at is not None:
        parts.append(f"Decided {clock_words(one.at)}")
    parts.append(f"on the board as it was at revision {decision.on_revision}")
    if decision.due is not None:
        parts.append(f"due {day_words(decision.due)}")
    if decision.hands is not None:
        hands = decision.hands
        parts.append(
            f"{hands.for_count} for, {hands.against_count} against, "
            f"{hands.abstained_count} abstained"
        )
    if decision.geoids:
        named = [minutes.name(key) for key in decision.geoids[:12]]
        rest = len(decision.geoids) - len(named)
        parts.append(f"about {'; '.join(named)}{f' and {rest:,} more' if rest > 0 else ''}")
    return f"{'; '.join(parts)}."


def _partners(minutes: Minutes, maps: MinutesMaps) -> Iterator[Block]:
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
            rows = _held_rows(held)
            heads = (
                "Where",
                words.areas.capitalize(),
                "How far",
                "Since",
                "Until",
                "Open need",
                "Said",
            )
            yield Grid(heads, rows, (15, 33, 11, 10, 12, 7, 12), ("Open need",))
        sites = [one for one in minutes.sites if one.partner == partner]
        if sites:
            yield Text("Sites that it proposes:")
            yield Items(tuple(f"{row}. {_site_words(one)}" for row, one in enumerate(sites, 1)))


def _holding(held: tuple[Held, ...], minutes: Minutes) -> str:
    if not held:
        return "Holds no area."
    words = minutes.study.words
    said = f"Holds {_counted(len(held), words.area, words.areas)}"
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


def _held_rows(held: tuple[Held, ...]) -> tuple[tuple[str, ...], ...]:
    """Write what is held in the same way in the same neighbourhood as one row."""
    alike: dict[tuple[str, ...], list[Held]] = {}
    for one in held:
        claim, until = one.claim, ""
        if claim.due is not None:
            until = f"due {day_words(claim.due)}"
        elif claim.expires is not None:
            until = f"runs out {clock_words(claim.expires)}"
        step = f"{claim.state}, for {claim.group}" if claim.group else str(claim.state)
        row = (one.place, step, day_words(claim.since.date()), until, claim.note)
        alike.setdefault(row, []).append(one)
    rows = []
    for (place, step, since, until, note), found in alike.items():
        known = [one.gap for one in found if not math.isnan(one.gap)]
        gap = people(math.fsum(known) if known else math.nan)
        names = "; ".join(sorted(one.name for one in found))
        rows.append((place, names, step, since, until, gap, note))
    return tuple(rows)


def _site_words(site: ProposedSite) -> str:
    meals = _UNSAID if site.meals is None else ", ".join(map(meal_name, site.meals)) or "none"
    days = _UNSAID if site.days is None else ", ".join(site.days) or "none"
    first, last = day_words(site.first_day), day_words(site.last_day)
    if first or last:
        dates = " ".join(
            filter(None, [f"from {first}" if first else "", f"to {last}" if last else ""])
        )
    else:
        dates = _UNSAID
    parts = [
        f"{site.name} ({site.latitude:.5f}, {site.longitude:.5f})",
        f"kind: {site.kind or _UNSAID}",
        f"meals: {meals}",
        f"days: {days}",
        f"dates: {dates}",
    ]
    return "; ".join([*parts, *([site.note] if site.note else [])])


def _who_does_what(minutes: Minutes) -> Iterator[Block]:
    yield Heading("Who does what")
    rows = tuple(
        (
            one.what,
            one.partner or "the whole table",
            one.where,
            "done" if one.is_done else day_words(one.due) or "no day set",
            one.note,
        )
        for one in minutes.activities
    )
    if rows:
        yield Grid(("What", "Who", "Where", "Until", "Said"), rows, (26, 20, 18, 14, 22))
    else:
        yield Text("Nothing was shared out but areas.")
    nobodys = [one for one in minutes.sites if not one.partner]
    if nobodys:
        yield Text("Sites that are proposed by nobody in particular:")
        yield Items(tuple(_site_words(one) for one in nobodys))


def _open(minutes: Minutes) -> Iterator[Block]:
    words = minutes.study.words
    yield Heading("Still open")
    if not minutes.open_places:
        yield Text("Every area is somebody's.")
    elif minutes.assessment is None:
        rows = tuple((one.name, f"{len(one.keys):,}") for one in minutes.open_places)
        yield Text("Their need was not worked out here.", "small")
        yield Grid(("Where", "Areas"), rows, (80, 20), ("Areas",))
    else:
        unit = minutes.assessment.measure.unit
        yield Text(
            f"Nobody holds these yet. Need and open need: {unit}; open need is those of them whom "
            f"no {words.site} that counts reaches today.",
            "small",
        )
        places = tuple(
            (
                one.name,
                f"{len(one.keys):,}",
                people(one.need),
                people(one.gap),
                f"{one.unknown_count:,}" if one.unknown_count else "",
            )
            for one in minutes.open_places
        )
        heads = ("Where", "Areas", "Need", "Open need", "Areas not known")
        yield Grid(heads, places, (44, 12, 14, 15, 15), heads[1:])
        keys = [key for one in minutes.open_places for key in one.keys]
        worst = sorted(
            (key for key in keys if minutes.figures(key)[1] >= 1),
            key=lambda key: (-minutes.figures(key)[1], key),
        )
        if worst:
            yield Text(f"Where most is open, of {len(keys):,}:")
            shown = worst[:_MOST_OPEN]
            yield Grid(
                ("Area", "Where", "Need", "Open need"),
                tuple(
                    (f"{minutes.name(key)} ({key})", minutes.place(key), people(need), people(gap))
                    for key in shown
                    for need, gap in [minutes.figures(key)]
                ),
                (44, 26, 15, 15),
                ("Need", "Open need"),
            )
    for ask in minutes.asks:
        named = "; ".join(minutes.name(key) for key in ask.areas)
        said = f": {ask.text}" if ask.text else ""
        yield Text(
            f"Not answered yet: {ask.asker} asked {ask.holder} for {named} on "
            f"{clock_words(ask.asked)}{said}"
        )


def _said(minutes: Minutes) -> Iterator[Block]:
    if minutes.corrections:
        yield Heading("Corrections to the figures and lists")
        yield Grid(
            ("About", "What", "Found", "Should be", "Said", "By"),
            tuple(
                (
                    minutes.subject(one.subject),
                    one.field,
                    one.found or _UNSAID,
                    one.should_be,
                    one.note,
                    _by(event, one.partner, minutes),
                )
                for one, event in minutes.corrections
            ),
            (20, 14, 14, 16, 20, 16),
        )
    if minutes.comments:
        yield Heading("Comments")
        yield Grid(
            ("About", "Said", "By"),
            tuple(
                (minutes.subject(one.subject), one.text, _by(event, one.partner, minutes))
                for one, event in minutes.comments
            ),
            (24, 56, 20),
        )


def _by(event: Event | None, partner: str, minutes: Minutes) -> str:
    when = "" if event is None else day_words(event.at.date())
    return ", ".join(filter(None, [author(event, minutes.names) or partner, when]))


def _history(minutes: Minutes) -> Iterator[Block]:
    yield Heading("History in brief")
    shown = minutes.events[-_MOST_HISTORY:]
    earlier = len(minutes.events) - len(shown)
    if earlier:
        yield Text(f"The last {len(shown)} changes; {earlier:,} came before them.", "small")
    rows = tuple(
        (f"{one.revision}", clock_words(one.at), author(one, minutes.names), brief(sentence(one)))
        for one in shown
    )
    yield Grid(("Rev.", "When", "Who", "What"), rows, (7, 19, 18, 56))


def _sources(minutes: Minutes) -> Iterator[Block]:
    study, assessment = minutes.study, minutes.assessment
    yield Heading("Sources and method")
    if assessment is not None:
        yield Text(f"Need: {question(assessment, study)}.")
        how = what_figures_are(assessment.measure, study)
        if how:
            yield Text(how)
    yield Text(
        "Who holds what is as this board has it; it is an agreement among partners, not data."
    )
    rows = []
    for layer in study.provenance:
        if layer.role in _SOURCES:
            facts = layer_facts(layer)
            new = [label for label in facts.labels if label not in facts.title]
            labels = f" ({', '.join(new)})" if new else ""
            rows.append((f"{facts.title}{labels}", facts.vintage, facts.source))
    if rows:
        yield Grid(("Layer", "Of when", "Whose"), tuple(rows), (28, 28, 44))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
