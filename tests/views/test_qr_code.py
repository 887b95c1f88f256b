"""A QR code is drawn as its standard has it, with the quiet border that cameras need."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import segno

from gapmap.views.qr_code import qr_path, qr_svg

LINK = "https://meals.example.org/gapmap/room/qzgckvk6pc?view=partner#3GQR-FB54-D5MV-V8W7"


def squares(path: str) -> set[tuple[int, int]]:
    """The dark squares of a path, drawn again."""
    found: set[tuple[int, int]] = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        found |= {(int(x) + step, int(y)) for step in range(int(width))}
    return found


def test_its_squares_are_those_of_the_code_and_four_on_each_side_are_free():
    path, size = qr_path(LINK)
    code = segno.make(LINK, error="m", micro=False)
    there = {
        (x + 4, y + 4) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark
    }
    assert squares(path) == there
    assert size == len(code.matrix) + 8


def test_as_an_svg_it_says_what_it_is_and_its_label_is_text():
    drawn = ElementTree.fromstring(qr_svg(LINK, label='<b>"A link"</b>'))
    assert drawn.get("aria-label") == '<b>"A link"</b>'
    assert [one.tag.rpartition("}")[2] for one in drawn] == ["rect", "path"]
