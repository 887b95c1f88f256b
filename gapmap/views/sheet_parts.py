"""The pieces that every part of a printed page is made of; all text is escaped here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gapmap.views.map_signs import escaped
from gapmap.views.sentences import map_notices, place_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.views.partner_marks import Mark
    from gapmap.views.sheet_maps import SheetMaps

__all__ = [
    "STYLE",
    "SheetContext",
    "css_text",
    "escaped",
    "footer",
    "headed",
    "item_list",
    "mark_html",
    "notice",
    "swatches",
    "table",
]

STYLE: Final = """
@page { margin: 12mm 12mm 14mm; }
@page { @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt system-ui, Helvetica, Arial, sans-serif; color: #43505e; } }
* { box-sizing: border-box; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0 auto; max-width: 50rem; padding: 1rem; color: #14202e; background: #fff;
  font: 10pt/1.35 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 16pt; margin: 0 0 1mm; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 11.5pt; margin: 4mm 0 1mm; break-after: avoid; }
p, ul, dl { margin: 0 0 1.5mm; orphans: 2; widows: 2; }
ul { padding-left: 5mm; }
svg { display: block; width: 100%; height: auto; border: .3mm solid #c9d1d9; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5mm; }
th, td { border-bottom: .3mm solid #c9d1d9; padding: .6mm 2.5mm .6mm 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
th { font-size: 8.5pt; font-weight: 600; color: #43505e; vertical-align: bottom;
  overflow-wrap: normal; hyphens: manual; }
thead { display: table-header-group; }
.fixed { table-layout: fixed; }
tr, .key, .whole { break-inside: avoid; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  overflow-wrap: normal; }
th.figure { white-space: normal; }
.short { white-space: nowrap; }
.sheet { break-before: page; }
.mark { display: inline-block; min-width: 1.6em; padding: 0 .3em; text-align: center;
  font-weight: 700; border: .3mm solid #14202e; border-radius: .3em; }
.beside { display: grid; grid-template-columns: 65fr 35fr; gap: 5mm; align-items: start; }
.facts div { border-bottom: .3mm solid #c9d1d9; padding: .4mm 0 .8mm; }
.facts b { font-size: 13pt; line-height: 1.15; font-variant-numeric: tabular-nums; }
.key { display: flex; flex-wrap: wrap; gap: .5mm 4mm; font-size: 8.5pt; margin: 1mm 0; }
.key i { display: inline-block; width: 4.5mm; height: 3mm; border: .3mm solid #43505e;
  margin-right: 1mm; vertical-align: -.3mm; }
.bar { position: relative; display: block; height: 3mm; width: 36mm; margin-top: .7mm;
  border: .2mm solid #8894a2; }
.bar * { position: absolute; top: 0; bottom: 0; }
.bar i { left: 0; background: #8f9cab; }
.bar s { border: solid #14202e; border-width: 0 .2mm; }
.bar u { top: -.9mm; bottom: -.9mm; border-left: .5mm solid #14202e; }
.notice { border: .5mm solid #14202e; padding: .7mm 2mm; font-weight: 700; }
div.who { padding-left: 2.3em; text-indent: -2.3em; }
.who .mark { text-indent: 0; }
.hint { color: #43505e; }
a { color: inherit; }
.small { font-size: 8.5pt; color: #43505e; }
.geoids { font-size: 7.5pt; line-height: 1.35; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 4mm; }
dt { color: #43505e; }
dd { margin: 0; overflow-wrap: anywhere; }
footer { border-top: .3mm solid #c9d1d9; margin-top: 3mm; padding-top: 1mm; color: #43505e;
  font-size: 8pt; break-inside: avoid; }
@media screen { .sheet { border-top: .6mm solid #14202e; margin-top: 8mm; padding-top: 6mm; } }
@media screen and (max-width: 40rem) { .beside { grid-template-columns: 1fr; }
  .wide { overflow-x: auto; } .wide table { min-width: 38rem; } }
@media print { .hint { display: none; } a { text-decoration: none; } }
@media print { body { max-width: none; padding: 0; font-size: 9pt; line-height: 1.28; } }
"""


@dataclass(frozen=True, eq=False)
class SheetContext:
    """What all sheets of a division have in common.

    Parameters
    ----------
    marks
        Letter and colour of each partner.
    maps
        Draws the maps.
    heading
        Title of the whole.
    day
        The day that stands on the sheets, spelled out.
    what_if
        Name of the what-if that is divided; empty for the study as it is.
    differences
        What differs in it, a sentence each.
    """

    division: Division
    study: Study
    marks: Mapping[str, Mark]
    maps: SheetMaps
    heading: str
    day: str
    what_if: str = ""
    differences: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """What is divided, by name."""
        return place_name(self.study, self.division.request.scenario.within)


def css_text(said: object) -> str:
    """Write a text as a string of a style sheet, whatever is in it."""
    one_line = " ".join(str(said).split())
    safe = (sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):x} " for sign in one_line)
    return f'"{"".join(safe)}"'


def mark_html(mark: Mark) -> str:
    """Draw a partner's letter on its colour."""
    return (
        f'<span class="mark" style="background:{escaped(mark.colour)};color:{escaped(mark.ink)}">'
        f"{escaped(mark.letter)}</span>"
    )


def headed(heading: str, content: str) -> str:
    """Put a heading over something; nothing over nothing."""
    return f"<h2>{escaped(heading)}</h2>{content}\n" if content else ""


def item_list(texts: Iterable[str]) -> str:
    """Write texts as a list; empty without any."""
    items = "".join(f"<li>{escaped(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    figures: Sequence[str] = (),
    widths: Sequence[int] = (),
) -> str:
    """Write a table whose cells are HTML already; empty without rows.

    Parameters
    ----------
    heads
        Headings, plain text.
    rows
        Cells as HTML: whoever makes them escapes them.
    figures
        Headings of the columns that hold numbers.
    widths
        Percent of each column; by default as wide as their texts ask for.
    """
    kinds = [' class="figure"' if head in figures else "" for head in heads]

    def line(tag: str, cells: Sequence[str]) -> str:
        pairs = zip(kinds, cells, strict=True)
        return "".join(f"<{tag}{kind}>{cell}</{tag}>" for kind, cell in pairs)

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    if not body:
        return ""
    head = line("th", [escaped(head) for head in heads])
    columns = "".join(f'<col style="width:{width}%">' for width in widths)
    return (
        f'<div class="wide"><table{" class=fixed" if widths else ""}>'
        f"<colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def swatches(key: Iterable[tuple[str, str]], *more: str) -> str:
    """Explain fills, each with its words; then what else is on a map, in words."""
    boxes = [
        f'<span><i style="background:{escaped(fill)}"></i>{escaped(said)}</span>'
        for fill, said in key
    ]
    words = [f"<span>{escaped(said)}</span>" for said in more]
    return f'<div class="key">{"".join([*boxes, *words])}</div>'


def notice(context: SheetContext) -> str:
    """Say in a frame what is supposed, made up or modelled; empty where nothing is."""
    supposed = f"What-if “{context.what_if}”, not as it is today" if context.what_if else ""
    said = ". ".join(filter(None, [supposed, *map_notices(context.study)]))
    return f'<p class="notice">{escaped(said)}.</p>' if said else ""


def footer(context: SheetContext) -> str:
    """Say on every sheet what it belongs to."""
    return (
        f"<footer>{escaped(context.heading)} · {escaped(context.day)} · data version "
        f"{escaped(context.division.data_version[:12])} · gapmap. A proposal to talk about; it "
        "binds nobody.</footer>"
    )
