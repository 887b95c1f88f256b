"""A paper as one self-contained page to print, without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.views.paper import Grid, Heading, Items, Picture, Text
from gapmap.views.partner_marks import Mark
from gapmap.views.sheet_parts import STYLE, css_text, escaped, item_list, mark_html, swatches, table

if TYPE_CHECKING:
    from gapmap.views.paper import Block, Paper

__all__ = ["paper_html"]

_MORE_STYLE = """
h2 { border-top: .5mm solid #14202e; padding-top: 1.5mm; margin-top: 6mm; font-size: 13pt; }
h3 { font-size: 11pt; margin: 4mm 0 1mm; break-after: avoid; overflow-wrap: anywhere; }
.said { white-space: pre-line; overflow-wrap: anywhere; }
.strong { font-weight: 700; }
figure { margin: 0 0 1.5mm; break-inside: avoid; }
p:has(+ figure), p:has(+ .wide), p.strong, h3:has(+ p) { break-after: avoid; }
tbody tr:first-child { break-after: avoid; }
li { overflow-wrap: anywhere; }
@media screen and (max-width: 40rem) { figure { width: 100% !important; } }
"""


def paper_html(paper: Paper) -> str:
    """Write a paper as an HTML page."""
    lines = "".join(f"<p>{escaped(line)}</p>" for line in paper.lines)
    named = (
        f"@page {{ @bottom-left {{ content: {css_text(paper.title)}; "
        "font: 8pt system-ui, Helvetica, Arial, sans-serif; color: #43505e; } }\n"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escaped(paper.title)}</title>
<style>{STYLE}{_MORE_STYLE}{named}</style>
</head>
<body>
<header><h1>{escaped(paper.title)}</h1>{lines}</header>
<main>
{"".join(_block(block) for block in paper.blocks)}</main>
<footer>{escaped(paper.footer)}</footer>
</body>
</html>
"""


def _block(block: Block) -> str:
    match block:
        case Heading(text, level, mark):
            letter = "" if mark is None else f"{mark_html(Mark(*mark))} "
            return f"<h{level}>{letter}{escaped(text)}</h{level}>\n"
        case Text(text, kind):
            # Line by line: escaped() makes one line of whatever it is given.
            said = "\n".join(escaped(line) for line in text.splitlines())
            return f'<p class="said {kind}">{said}</p>\n'
        case Items(texts):
            return f"{item_list(texts)}\n"
        case Grid(heads, rows, widths, figures):
            cells = ([escaped(cell) for cell in row] for row in rows)
            return f"{table(heads, cells, figures=figures, widths=widths)}\n"
        case Picture(svg, width_share, key, more):
            words = swatches(key, *more) if key or more else ""
            return f'<figure style="width:{width_share:.0%}">{svg}{words}</figure>\n'
