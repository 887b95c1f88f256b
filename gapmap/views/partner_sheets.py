"""One printable page for a meeting: who takes what, and one sheet for each partner.

Self-contained and without a script; made for A4 and Letter, and for printers without colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.analysis.supply import partner_names
from gapmap.views.partner_marks import partner_marks
from gapmap.views.sheet_cover import cover
from gapmap.views.sheet_facts import partner_facts
from gapmap.views.sheet_maps import SheetMaps
from gapmap.views.sheet_parts import (
    STYLE,
    SheetContext,
    css_text,
    escaped,
    footer,
    headed,
    item_list,
    mark_html,
    notice,
    swatches,
)
from gapmap.views.sheet_tables import area_list, hand_overs, neighbourhood_table, site_tables
from gapmap.views.sheet_words import figure_lines, sheet_title
from gapmap.views.worksheet_words import capital, spelled_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gapmap.analysis.territory.values import Division
    from gapmap.model import GapAssessment, Study
    from gapmap.views.sheet_facts import PartnerFacts

__all__ = ["partner_sheets"]


def partner_sheets(
    division: Division,
    study: Study,
    *,
    today: date,
    title: str | None = None,
    assessment: GapAssessment | None = None,
    what_if: str = "",
    differences: Sequence[str] = (),
) -> str:
    """Return a self-contained HTML page to print: a cover and one sheet for each partner.

    Parameters
    ----------
    division
        Who holds what.
    study
        The study it is of, with the same site list.
    today
        The day that stands on the sheets.
    title
        Of the cover; by default what is divided.
    assessment
        The answer to the division's scenario for the whole study: with it, each site says whom
        it reaches.
    what_if, differences
        Name of the what-if that is divided, and what differs in it, a sentence each; without for
        the study as it is.
    """
    marks = partner_marks(division.request.names, partner_names(study.sites))
    context = SheetContext(
        division=division,
        study=study,
        marks=marks,
        maps=SheetMaps(division, study, marks),
        heading=title or sheet_title(division, study),
        day=spelled_day(today),
        what_if=what_if,
        differences=tuple(differences),
    )
    everybody = partner_facts(division, study, assessment)
    # A page of its own name a sheet: its second page says whose it is, too.
    names = "".join(
        f"@page p{row} {{ @bottom-left {{ content: "
        f"{css_text(f'{marks[one.territory.partner].letter} · {one.territory.partner}')}; "
        "font: 8pt system-ui, Helvetica, Arial, sans-serif; color: #43505e; } }\n"
        for row, one in enumerate(everybody)
    )
    sheets = "".join(_sheet(row, one, context) for row, one in enumerate(everybody))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escaped(context.heading)}</title>
<style>{STYLE}{names}</style>
</head>
<body>
{cover(context)}{sheets}</body>
</html>
"""


def _sheet(row: int, facts: PartnerFacts, context: SheetContext) -> str:
    one, study = facts.territory, context.study
    drawn = context.maps.territory(facts, f"Territory of {one.partner}")
    figures = "".join(
        f"<div><b>{escaped(figure)}</b><br>{escaped(said)}</div>"
        for figure, said in figure_lines(facts, context.division, study)
    )
    return (
        f'<section class="sheet" id="sheet-{row + 1}" style="page:p{row}"><header>'
        f"<h1>{mark_html(context.marks[one.partner])} {escaped(one.partner)}</h1>"
        f"<p>{escaped(capital(study.words.service))} · {escaped(context.where)} · "
        f"{escaped(context.day)}</p>{notice(context)}</header>\n"
        f'<div class="beside"><div>{drawn}{_map_key(facts, context) if drawn else ""}</div>'
        f'<div class="facts">{figures}</div></div>\n'
        f"{neighbourhood_table(facts, context)}{site_tables(facts, context)}"
        f"{hand_overs(facts, context)}"
        f"{headed('What it does everywhere', item_list(facts.activities))}"
        f"{headed('What others do here', item_list(_done_by_others(facts, context)))}"
        f"{area_list(facts, context)}{footer(context)}</section>\n"
    )


def _done_by_others(facts: PartnerFacts, context: SheetContext) -> list[str]:
    mine = facts.territory.partner
    activities = context.division.request.activities
    return [f"{what}: {who}" for what, who in activities if who != mine]


def _map_key(facts: PartnerFacts, context: SheetContext) -> str:
    words = context.study.words
    more = []
    if facts.numbered:
        whose = "its own" if context.division.request.are_named else "the"
        more.append(f"Numbers: {whose} {words.sites} of the list below.")
    if facts.others:
        more.append(f"Small circles: {words.sites} of others.")
    if facts.unknown_count:
        more.append("Hatched: not known.")
    if context.study.neighbourhoods is not None:
        more.append(f"Dashed: {words.neighbourhoods}.")
    lead = f"Open need by {words.area}:"
    return (
        f'<p class="small" style="margin:1mm 0 0">{escaped(lead)}</p>'
        f"{swatches(context.maps.gap_key, *more)}"
    )
