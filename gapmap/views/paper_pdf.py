"""A paper as PDF, its letters inside: it looks the same wherever it is opened.

Letters are those of Fira Sans: Latin, Greek and Cyrillic. What it lacks is printed as a box, and
the paper says how many there are; the HTML page shows them all.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    HRFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from gapmap.views.numbers import counted
from gapmap.views.paper import Grid, Heading, Items, Picture, Text
from gapmap.views.pdf_pictures import SvgPicture

if TYPE_CHECKING:
    from gapmap.views.paper import Block, Paper

__all__ = ["paper_pdf"]

_FONT: Final = "GapmapSans"
_BOLD: Final = "GapmapSansBold"
_INK: Final = HexColor("#14202e")
_SOFT: Final = HexColor("#43505e")
_LINE: Final = HexColor("#c9d1d9")
_LACKING: Final = "\u25af"
_SIDE: Final = 14 * mm
_LONGEST_TITLE: Final = 90
_FRAME_PADDING: Final = 6
_BEGUN: Final = 30 * mm
"""A table begins on a page only where its heading and some rows of it fit."""

_STYLES: Final = {
    name: ParagraphStyle(name, textColor=_INK, splitLongWords=1, embeddedHyphenation=1, **given)
    for name, given in {
        "title": {"fontName": _BOLD, "fontSize": 16, "leading": 20, "spaceAfter": 3},
        "line": {"fontName": _FONT, "fontSize": 9.5, "leading": 12.5},
        "plain": {"fontName": _FONT, "fontSize": 9.5, "leading": 12.5, "spaceAfter": 3},
        "small": {"fontName": _FONT, "fontSize": 8, "leading": 10.5, "spaceAfter": 3},
        "strong": {
            **{"fontName": _BOLD, "fontSize": 9.5, "leading": 12.5, "spaceAfter": 3},
            **{"keepWithNext": 1},
        },
        "notice": {
            **{"fontName": _BOLD, "fontSize": 9.5, "leading": 12.5, "borderWidth": 1.2},
            **{"borderColor": _INK, "borderPadding": 3, "spaceBefore": 6, "spaceAfter": 8},
            **{"leftIndent": 4, "rightIndent": 4},
        },
        "h2": {
            **{"fontName": _BOLD, "fontSize": 12.5, "leading": 15.5, "spaceBefore": 3},
            **{"spaceAfter": 3, "keepWithNext": 1},
        },
        "h3": {
            **{"fontName": _BOLD, "fontSize": 10.5, "leading": 13.5, "spaceBefore": 7},
            **{"spaceAfter": 2, "keepWithNext": 1},
        },
        "cell": {"fontName": _FONT, "fontSize": 8, "leading": 10},
        "figure": {"fontName": _FONT, "fontSize": 8, "leading": 10, "alignment": TA_RIGHT},
        "head": {"fontName": _BOLD, "fontSize": 7.5, "leading": 9.5},
        "headfigure": {"fontName": _BOLD, "fontSize": 7.5, "leading": 9.5, "alignment": TA_RIGHT},
    }.items()
}


def paper_pdf(paper: Paper, *, size: str = "letter") -> bytes:
    """Write a paper as the bytes of a PDF, the same for the same paper.

    Parameters
    ----------
    paper
        What to write.
    size
        ``letter`` or ``a4``.
    """
    letters = _Letters()
    width, height = {"letter": LETTER, "a4": A4}[size]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=(width, height),
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=14 * mm,
        bottomMargin=17 * mm,
        title=paper.title,
        author="gapmap",
        lang="en",
        invariant=1,
        pageCompression=1,
    )
    inner = width - 2 * _SIDE - 2 * _FRAME_PADDING
    story: list[Any] = [letters.paragraph(paper.title, "title")]
    story += [letters.paragraph(line, "line") for line in paper.lines]
    story.append(Spacer(0, 5))
    for block, after in zip(paper.blocks, (*paper.blocks[1:], None), strict=True):
        made = _flowables(block, inner, letters)
        if isinstance(block, Text) and isinstance(after, Picture):
            # What a map is about stands over it, not at the foot of the page before.
            made[-1].keepWithNext = 1
        if isinstance(block, (Heading, Text)) and isinstance(after, Grid):
            # Kept together a table moves to the next page as a whole, and leaves this one white.
            for one in made:
                one.keepWithNext = 0
            made.insert(0, CondPageBreak(_BEGUN))
        story += made
    story += [Spacer(0, 6), letters.paragraph(paper.footer, "small")]
    if letters.lacking_count:
        signs = counted(letters.lacking_count, "character is", "characters are")
        story.append(
            letters.paragraph(
                f"{signs} not in the font of this PDF and shown as a box; the HTML page of the "
                "same minutes shows every one.",
                "small",
            )
        )
    foot = letters.printable(" ".join(paper.title.split()))[:_LONGEST_TITLE]
    document.build(story, canvasmaker=_numbered(foot, width))
    return buffer.getvalue()


class _Letters:
    """Writes texts with the letters that there are, and counts those that there are not."""

    def __init__(self) -> None:
        self._known = _register_fonts()
        self.lacking_count = 0

    def printable(self, text: str) -> str:
        """Return a text with a box for every letter that the font lacks."""
        lacking = [sign for sign in text if ord(sign) not in self._known and sign not in "\n\t"]
        self.lacking_count += len(lacking)
        for sign in set(lacking):
            text = text.replace(sign, _LACKING)
        return text

    def paragraph(self, text: str, style: str) -> Paragraph:
        """Return a paragraph that says a text letter by letter."""
        # A paragraph reads markup: what people typed must not be any.
        lines = [escape(self.printable(" ".join(line.split()))) for line in text.splitlines()]
        return Paragraph("<br/>".join(lines), _STYLES[style])


@cache
def _register_fonts() -> frozenset[int]:
    """Register the fonts and return the characters that both of them have."""
    from fontpkg_fira_sans import ROOT

    known = []
    for name, file in ((_FONT, "FiraSans-Regular.ttf"), (_BOLD, "FiraSans-Bold.ttf")):
        font = TTFont(name, str(ROOT / "files" / file))
        pdfmetrics.registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


def _flowables(block: Block, inner: float, letters: _Letters) -> list[Any]:
    match block:
        case Heading(text, level, mark):
            if level == 2:
                rule = HRFlowable(
                    width="100%", thickness=1.2, color=_INK, spaceBefore=9, spaceAfter=1
                )
                rule.keepWithNext = 1
                return [rule, letters.paragraph(text, "h2")]
            if mark is None:
                return [letters.paragraph(text, "h3")]
            colour, ink, letter = mark
            said = (
                f'<font color="{escape(ink)}" backColor="{escape(colour)}">&nbsp;{escape(letter)}'
                f"&nbsp;</font> {escape(letters.printable(text))}"
            )
            return [Paragraph(said, _STYLES["h3"])]
        case Text(text, kind):
            return [letters.paragraph(text, kind)]
        case Items(texts):
            return [letters.paragraph(f"• {text}", "plain") for text in texts]
        case Grid():
            return [_table(block, inner, letters), Spacer(0, 4)]
        case Picture(svg, width_share, key, more):
            drawn = SvgPicture(
                svg,
                inner * width_share,
                font=_FONT,
                bold_font=_BOLD,
                printable=letters.printable,
            )
            drawn.hAlign = "LEFT"
            gap = Spacer(0, 2)
            # One after the other: a group of its own would not stay with what is before it.
            drawn.keepWithNext = gap.keepWithNext = 1
            return [drawn, gap, _key(key, more, letters)]


def _key(key: tuple[tuple[str, str], ...], more: tuple[str, ...], letters: _Letters) -> Paragraph:
    boxes = [
        # A thin line around a fill: white and pale ones are seen on white paper too.
        f'<font backColor="{escape(fill)}" color="{escape(fill)}">&nbsp;&nbsp;&nbsp;</font>&nbsp;'
        f"{_unbroken(letters.printable(said))}"
        for fill, said in key
    ]
    words = [_unbroken(letters.printable(said)) for said in more]
    return Paragraph(" &nbsp; ".join([*boxes, *words]), _STYLES["small"])


def _unbroken(text: str) -> str:
    """Keep the words of a key together: a line must not end between a swatch and its name."""
    return escape(text).replace(" ", "&nbsp;")


def _table(grid: Grid, inner: float, letters: _Letters) -> Table:
    numbers = [head in grid.figures for head in grid.heads]
    heads = [
        letters.paragraph(head, "headfigure" if is_number else "head")
        for head, is_number in zip(grid.heads, numbers, strict=True)
    ]
    rows = [
        [
            letters.paragraph(cell, "figure" if is_number else "cell")
            for cell, is_number in zip(row, numbers, strict=True)
        ]
        for row in grid.rows
    ]
    return Table(
        [heads, *rows],
        colWidths=[inner * width / sum(grid.widths) for width in grid.widths],
        repeatRows=1,
        splitByRow=1,
        # A row may be longer than a page: people write as much as they like.
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ],
    )


def _numbered(foot: str, width: float) -> type[Canvas]:
    """Return a canvas that writes “3 / 7” on every page once it knows how many there are."""

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self._done: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._done.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._done, 1):
                self.__dict__.update(page)
                self.setFont(_FONT, 7.5)
                self.setFillColor(_SOFT)
                self.drawString(_SIDE, 9 * mm, foot)
                self.drawRightString(width - _SIDE, 9 * mm, f"{number} / {len(self._done)}")
                super().showPage()
            super().save()

    return Numbered
