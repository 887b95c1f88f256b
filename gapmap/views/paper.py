"""What a printed paper is made of: plain text in blocks, before it is HTML or PDF.

Nothing here is markup but the pictures, which are drawn by :mod:`gapmap.views.small_maps`;
whoever writes a paper out escapes its texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Block", "Grid", "Heading", "Items", "Paper", "Picture", "Text"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading.

    Parameters
    ----------
    text
        What it says.
    level
        2 for a part of the paper, 3 for something in it.
    mark
        Fill, ink and letter of the partner that it is about; None for no partner.
    """

    text: str
    level: Literal[2, 3] = 2
    mark: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; its line breaks are kept."""

    text: str
    kind: Literal["plain", "small", "notice", "strong"] = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Parameters
    ----------
    heads
        Headings of the columns.
    rows
        Cells.
    widths
        Percent of each column.
    figures
        Headings of the columns that hold numbers.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A small map.

    Parameters
    ----------
    svg
        One ``<svg>`` element.
    width_share
        Of the width of the paper.
    key
        What its fills mean: ``#rrggbb`` and words.
    more
        What else is on it, in words.
    """

    svg: str
    width_share: float
    key: tuple[tuple[str, str], ...] = ()
    more: tuple[str, ...] = ()


Block: TypeAlias = Heading | Text | Items | Grid | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper.

    Parameters
    ----------
    title
        What it is.
    lines
        What stands below it: of what, of when.
    blocks
        The rest, in order.
    footer
        What stands at the end, and in a PDF on every page.
    """

    title: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    footer: str
