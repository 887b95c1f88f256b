"""QR codes: an address that a telephone reads from the wall or from paper."""

from __future__ import annotations

from html import escape
from itertools import groupby

import segno

__all__ = ["qr_path", "qr_svg"]


def qr_path(text: str) -> tuple[str, int]:
    """Draw a text as a QR code.

    Parameters
    ----------
    text
        What a telephone reads from it.

    Returns
    -------
    The dark squares as the path of an SVG, and how many squares a side has, the quiet border
    around it included.
    """
    # A hand or a glare over a seventh of it does no harm.
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=4)]
    drawn = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                drawn.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return "".join(drawn), len(rows)


def qr_svg(text: str, *, label: str) -> str:
    """Return a QR code as an SVG, black on white whatever is around it.

    Parameters
    ----------
    text
        As for :func:`qr_path`.
    label
        What it is, for those who do not see it.
    """
    path, size = qr_path(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{8 * size}" '
        f'height="{8 * size}" role="img" aria-label="{escape(label)}" '
        'shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )
