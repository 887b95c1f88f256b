"""The cover of the partners' sheets: the whole division, how even it is, what it rests on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from gapmap.model import Role
from gapmap.views.divisions import division_headline
from gapmap.views.numbers import count
from gapmap.views.provenance import layer_facts
from gapmap.views.sentences import what_figures_are
from gapmap.views.sheet_parts import (
    SheetContext,
    escaped,
    footer,
    headed,
    item_list,
    mark_html,
    notice,
    table,
)
from gapmap.views.sheet_words import areas_text, gap_meaning, target_words
from gapmap.views.worksheet_words import capital

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division, Territory

__all__ = ["cover"]

_SOURCES: Final = (Role.NEED, Role.NEED_POINTS, Role.NEIGHBOURHOODS, Role.SITES)
_MOST_LISTED: Final = 60
_HINT: Final = (
    "To print: Ctrl+P, or Cmd+P on a Mac; A4 or Letter, with or without colour. Every partner's "
    "sheet begins a page of its own."
)


def cover(context: SheetContext) -> str:
    """Write the cover as one section."""
    division, study = context.division, context.study
    where = context.where
    activities = [
        [escaped(what), escaped(who), escaped(f"all of {where}")]
        for what, who in division.request.activities
    ]
    return (
        f'<section class="cover"><header><h1>{escaped(context.heading)}</h1>'
        f"<p>{escaped(capital(study.words.service))} · {escaped(where)} · "
        f"{len(division.territories)} partners · {escaped(context.day)}</p>{notice(context)}"
        f"<p>{escaped(division_headline(division, study))}</p>"
        f'<p class="hint">{escaped(_HINT)}</p></header>\n'
        f"{context.maps.overview(f'{where}: who holds what')}{_under_the_map(division)}\n"
        f"{headed('Who takes what', _balance(context))}"
        f"{headed('Done everywhere', table(['What', 'Who', 'Where'], activities))}"
        f"{headed('What differs from today', item_list(context.differences))}"
        f"{headed('Still to settle', item_list(_open_ends(context)))}"
        f"{headed(f'Shared {study.words.neighbourhoods}', _cut(context))}"
        f"{headed('How to read this', item_list(_method(context)))}"
        f"{headed('Where the figures come from', _sources(context))}"
        f"{footer(context)}</section>\n"
    )


def _under_the_map(division: Division) -> str:
    said = "Each letter is a partner of the table below."
    if division.unassigned:
        said += " Hatched: nobody's."
    return f'<p class="small">{said}</p>'


def _balance(context: SheetContext) -> str:
    division, unit = context.division, context.division.measure.unit
    need, gap = unit[:1].upper() + unit[1:], "Open need"
    heads = ["Partner", "Share of target", "Of target", need, gap, "Areas", "Sites"]
    if division.request.are_named:
        heads.append("Its own")
    most = max(1.25, 1.05 * max((one.share_of_target for one in division.territories), default=1))
    rows = []
    for number, one in enumerate(division.territories, 1):
        cells = [
            f'<div class="who">{mark_html(context.marks[one.partner])} '
            f'<a href="#sheet-{number}">{escaped(one.partner)}</a></div>',
            _bar(one, division.request.tolerance, most),
            escaped(f"{one.share_of_target:.0%}"),
            escaped(count(one.need)),
            escaped(count(one.gap)),
            escaped(f"{one.area_count:,}{_pieces(one)}"),
            escaped(f"{one.site_count:,}"),
        ]
        own = [escaped(f"{one.own_site_count:,}")] if division.request.are_named else []
        rows.append([*cells, *own])
    even = (
        f"{target_words(division)} The thick stroke is the target, the thin ones what was allowed."
    )
    return f'{table(heads, rows, figures=heads[2:])}<p class="small">{escaped(even)}</p>'


def _bar(one: Territory, tolerance: float, most: float) -> str:
    share = 0.0 if math.isnan(one.share_of_target) else one.share_of_target
    low, high = max(0.0, 1 - tolerance) / most, min(most, 1 + tolerance) / most
    return (
        f'<span class="bar" role="img" aria-label="{share:.0%} of the target">'
        f'<i style="width:{100 * share / most:.1f}%"></i>'
        f'<s style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></s>'
        f'<u style="left:{100 / most:.1f}%"></u></span>'
    )


def _pieces(one: Territory) -> str:
    return f", {one.piece_count} pieces" if one.is_contiguous is False else ""


def _open_ends(context: SheetContext) -> list[str]:
    division, study = context.division, context.study
    said = [f"{one.sentence} {one.relaxation}" for one in division.obstacles]
    if division.unassigned:
        listed = ", ".join(division.unassigned[:_MOST_LISTED])
        rest = len(division.unassigned) - _MOST_LISTED
        said.append(
            f"{areas_text(len(division.unassigned), study)} held by nobody: {listed}"
            f"{f' and {rest:,} more' if rest > 0 else ''}."
        )
    return said


def _cut(context: SheetContext) -> str:
    """Name the neighbourhoods that more than one partner holds, with the letters of who does."""
    areas = context.division.areas
    named = []
    for name in context.division.cut_neighbourhoods:
        held = areas["partner"][areas["neighbourhood"] == name]
        letters = sorted(
            (context.marks[who].letter for who in held.dropna().unique()),
            key=lambda letter: (len(letter), letter),
        )
        named.append(f"{name}: {', '.join(letters)}")
    return f"<p>{escaped('; '.join(named))}.</p>" if named else ""


def _method(context: SheetContext) -> list[str]:
    division, study = context.division, context.study
    how = what_figures_are(division.measure, study)
    return [gap_meaning(division, study), *([how] if how else []), *division.notes]


def _sources(context: SheetContext) -> str:
    layers = [layer for layer in context.study.provenance if layer.role in _SOURCES]
    rows = []
    for layer in layers:
        facts = layer_facts(layer)
        # Some layers say in their title what they are.
        new = [label for label in facts.labels if label not in facts.title]
        labels = f" ({', '.join(new)})" if new else ""
        rows.append(
            [escaped(f"{facts.title}{labels}"), escaped(facts.vintage), escaped(facts.source)]
        )
    return table(["Layer", "Of when", "Whose"], rows, widths=(28, 28, 44))
