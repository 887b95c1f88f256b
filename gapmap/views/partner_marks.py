"""How partners are told apart, on every map, on sheets and in tables.

A fill and a letter each, never a colour alone. The twelve fills stay apart for every kind of
colour vision (protan, deutan, tritan) and on a projector; later partners get tints of them, and
the letter is anybody's only once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LIGHT_INK", "Mark", "contrast", "listed_marks", "partner_marks"]

LIGHT_INK: Final = "#ffffff"
_DARK_INK: Final = "#0b1f33"
_LEAST_CONTRAST: Final = 4.5
"""Of text on its ground, as WCAG 2 asks it of text of ordinary size."""

# Chosen one after the other, each as far as can be from those before it in OKLab, the nearest of
# four kinds of colour vision counting (Machado et al. 2009): few partners differ most.
_FILLS: Final = (
    "#da7281",
    "#1d44a3",
    "#ecd368",
    "#9a3d24",
    "#6392f8",
    "#2bd6e5",
    "#79649e",
    "#c3aa3b",
    "#5e9619",
    "#bac4a0",
    "#a987bf",
    "#9e5a63",
)
_TINTS: Final = ((LIGHT_INK, 0.45), (_DARK_INK, 0.35), (LIGHT_INK, 0.7))
"""What fills are mixed with from the thirteenth partner on, and how much of it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a partner is known by.

    Parameters
    ----------
    colour
        Fill, ``#rrggbb``.
    ink
        Colour of text on it: white or nearly black, whichever reads.
    letter
        A to Z, then AA, AB and so on.
    """

    colour: str
    ink: str
    letter: str


def partner_marks(partners: Iterable[str], listed: Iterable[str] = ()) -> dict[str, Mark]:
    """Give every partner its mark.

    Whoever is added at the end changes nobody else's.

    Parameters
    ----------
    partners
        Names, each once.
    listed
        Partners of the study's site list: by alphabet they come first, so that a partner has
        one mark in every view.
    """
    places: dict[str, int] = {}
    for partner in [*sorted(set(listed), key=str.casefold), *(names := list(partners))]:
        places.setdefault(partner, len(places))
    return {partner: _mark(places[partner]) for partner in names}


def listed_marks(partners: Iterable[str]) -> dict[str, Mark]:
    """Give every partner of a study's site list its mark, by alphabet.

    Parameters
    ----------
    partners
        The partner of each site.
    """
    listed = sorted(set(partners), key=str.casefold)
    return partner_marks(listed, listed)


def _mark(place: int) -> Mark:
    colour = _fill(place)
    return Mark(colour, _ink(colour), _letter(place))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it: 1 for none, 21 for most."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _letter(place: int) -> str:
    text, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def _fill(place: int) -> str:
    turn, row = divmod(place, len(_FILLS))
    plain = _FILLS[row]
    if turn == 0:
        return plain
    other, share = _TINTS[(turn - 1) % len(_TINTS)]
    mixed = _mixed(plain, other, share)
    # Between light and dark no ink reads well: go on until one does.
    while share < 1 and contrast(mixed, _ink(mixed)) < _LEAST_CONTRAST:
        share += 0.02
        mixed = _mixed(plain, other, share)
    return mixed


def _ink(colour: str) -> str:
    return max((LIGHT_INK, _DARK_INK), key=lambda ink: contrast(colour, ink))


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * min(share, 1)):02x}" for one, two in pairs)


def _luminance(colour: str) -> float:
    def linear(part: int) -> float:
        light = part / 255
        return light / 12.92 if light <= 0.04045 else float(((light + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
