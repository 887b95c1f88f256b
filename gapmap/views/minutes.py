"""The minutes of a board: what was decided, who does what until when, what is still open.

:func:`minutes_paper` says it once; :func:`minutes_page` writes it as HTML, and
:func:`gapmap.views.paper_pdf.paper_pdf` as PDF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gapmap.board.values import PART_MARK, ClaimState
from gapmap.model import Role
from gapmap.views.area_names import shared_names
from gapmap.views.clock import day_words
from gapmap.views.minutes_facts import author, brief
from gapmap.views.minutes_maps import MinutesMaps
from gapmap.views.minutes_partners import UNSAID, partner_blocks, site_words
from gapmap.views.numbers import counted, people
from gapmap.views.paper import Grid, Heading, Items, Paper, Text
from gapmap.views.paper_html import paper_html
from gapmap.views.provenance import layer_facts
from gapmap.views.sentences import map_notices, question, what_figures_are
from gapmap.views.worksheet_words import spelled_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gapmap.board.values import Event
    from gapmap.views.minutes_facts import Decided, Minutes
    from gapmap.views.paper import Block

__all__ = ["minutes_page", "minutes_paper"]

_SOURCES: Final = (Role.NEED, Role.NEED_POINTS, Role.NEIGHBOURHOODS, Role.SITES)
_MOST_HISTORY: Final = 60
_MOST_OPEN: Final = 25


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
        *partner_blocks(minutes, maps),
        *_who_does_what(minutes),
        *_open(minutes),
        *_said(minutes),
        *_history(minutes),
        *_sources(minutes),
    ]
    changed = f", last changed {minutes.clock.moment(state.changed)}" if state.changed else ""
    title = state.title or study.name
    return Paper(
        f"Minutes: {title}",
        (
            f"{study.name} · {spelled_day(minutes.today)}",
            f"Board {state.board} at revision {state.revision:,}{changed}. {minutes.clock.said}",
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
    or_parts = " or parts of one" if any(PART_MARK in key for key in minutes.state.claims) else ""
    how_far = f" ({', '.join(steps)})" if steps else ""
    left = sum(len(place.keys) for place in minutes.open_places)
    yield Text(
        f"{counted(len(minutes.decisions), 'decision', 'decisions')}; "
        f"{counted(len(minutes.held), 'partner holds', 'partners hold')} "
        f"{counted(len(claims), words.area, words.areas)}{or_parts}"
        f"{how_far}; {left:,} of {len(minutes.areas):,} are "
        "nobody's yet.",
        "strong",
    )
    if maps.can_draw:
        title = f"Who holds what on {minutes.state.title}"
        yield maps.everybody(minutes.state, title, width_share=0.68)


def _decisions(minutes: Minutes, maps: MinutesMaps) -> Iterator[Block]:
    yield Heading("Decisions")
    if not minutes.decisions:
        yield Text("Nothing was decided.")
    for number, one in enumerate(minutes.decisions, 1):
        yield Text(f"{number}. {one.decision.text}", "strong")
        yield Text(_decision_line(one, minutes), "small")
        if maps.can_draw and one.state is not None:
            view = one.decision.view
            yield maps.everybody(
                one.state,
                f"Who held what when decision {number} was made",
                about=one.decision.geoids or (view.selection if view else ()),
                seen=view.bounds if view else None,
                width_px=420,
                height_px=236,
                width_share=0.5,
            )


def _decision_line(one: Decided, minutes: Minutes) -> str:
    decision = one.decision
    parts = []
    if one.at is not None:
        parts.append(f"Decided {minutes.clock.moment(one.at)}")
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
        named = shared_names([minutes.name(key) for key in decision.geoids[:12]])
        rest = len(decision.geoids) - 12
        parts.append(f"about {named}{f' and {rest:,} more' if rest > 0 else ''}")
    return f"{'; '.join(parts)}."


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
        yield Items(tuple(site_words(one) for one in nobodys))


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
        named = shared_names([minutes.name(key) for key in ask.areas])
        said = f": {ask.text}" if ask.text else ""
        yield Text(
            f"Not answered yet: {ask.asker} asked {ask.holder} for {named} on "
            f"{minutes.clock.moment(ask.asked)}{said}"
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
                    one.found or UNSAID,
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
    when = "" if event is None else day_words(minutes.clock.day(event.at))
    return ", ".join(filter(None, [author(event, minutes.names) or partner, when]))


def _history(minutes: Minutes) -> Iterator[Block]:
    yield Heading("History in brief")
    shown = minutes.events[-_MOST_HISTORY:]
    earlier = len(minutes.events) - len(shown)
    if earlier:
        yield Text(f"The last {len(shown)} changes; {earlier:,} came before them.", "small")
    rows = tuple(
        (
            f"{one.revision}",
            minutes.clock.moment(one.at),
            author(one, minutes.names),
            brief(minutes.told(one)),
        )
        for one in shown
    )
    yield Grid(("Rev.", "When", "Who", "What"), rows, (6, 17, 25, 52))


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
