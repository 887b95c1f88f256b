"""What stands on a small map where there is room: pins, names, a scale bar, an arrow."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gapmap.model import METRES_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.views.map_frame import Frame

__all__ = [
    "FINE",
    "INK",
    "Box",
    "Name",
    "Pin",
    "drawn_names",
    "drawn_pins",
    "escaped",
    "north_arrow",
    "scale_bar",
]

FINE: Final = 10
"""Steps a pixel: coordinates are whole numbers of them."""
INK: Final = "#0b1f33"

_LETTER_WIDTH: Final = 0.56
"""Of the height of a letter, on average."""
_LINE_HEIGHT: Final = 1.15
_LONGEST_LINE: Final = 15
_BAR_SHARE: Final = 0.25
_SCALE_TEXT_PX: Final = 9.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A place with a disc on it, or beside it on a line where another one is in its way.

    Parameters
    ----------
    x_m, y_m
        Where.
    text
        What stands in the disc: a number, a letter, or nothing.
    fill, ink
        Colour of the disc and of what stands in it.
    radius_px
        Of the disc; a longer text makes it wider.
    may_move
        Whether the disc may give way to others; one that may not is drawn first.
    """

    x_m: float
    y_m: float
    text: str = ""
    fill: str = "#ffffff"
    ink: str = INK
    radius_px: float = 6.5
    may_move: bool = True


@dataclass(frozen=True, slots=True)
class Name:
    """A name at a place, left out where there is no room for it.

    Parameters
    ----------
    x_m, y_m
        The middle of the text.
    text
        The name.
    size_px
        Height of its letters.
    ink
        Their colour.
    """

    x_m: float
    y_m: float
    text: str
    size_px: float = 9.0
    ink: str = INK


class Box(NamedTuple):
    """What something takes up of a picture, pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Say whether two boxes have anything in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_within(self, width: float, height: float) -> bool:
        """Say whether all of it is inside a picture."""
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height


def drawn_pins(pins: Sequence[Pin], frame: Frame, taken: list[Box]) -> str:
    """Draw pins where there is room; what they take up is added to what is taken."""
    if not pins:
        return ""
    places = frame.px(np.array([[pin.x_m, pin.y_m] for pin in pins]))
    lines, discs = [], []
    order = sorted(range(len(pins)), key=lambda row: pins[row].may_move)
    for row in order:
        pin, (x, y) = pins[row], places[row]
        if not Box(x, y, x, y).is_within(frame.width_px, frame.height_px):
            continue
        radius = pin.radius_px + max(len(pin.text) - 2, 0) * 0.3 * pin.radius_px
        at_x, at_y = (x, y) if not pin.may_move else _room(x, y, radius, frame, taken)
        if (at_x, at_y) != (x, y):
            lines.append(
                f'<path d="M{_at(x)} {_at(y)}L{_at(at_x)} {_at(at_y)}" stroke="{INK}" '
                f'stroke-width="8"/><circle cx="{_at(x)}" cy="{_at(y)}" r="15" fill="{INK}"/>'
            )
        taken.append(_around(at_x, at_y, radius))
        discs.append(
            f'<circle cx="{_at(at_x)}" cy="{_at(at_y)}" r="{_at(radius)}" '
            f'fill="{escaped(pin.fill)}" stroke="{INK}" stroke-width="8"/>'
        )
        if pin.text:
            size = 1.25 * pin.radius_px
            discs.append(_line(at_x, at_y + 0.35 * size, pin.text, size, pin.ink, weight=700))
    return "".join([*lines, *discs])


def _room(
    x: float, y: float, radius: float, frame: Frame, taken: Sequence[Box]
) -> tuple[float, float]:
    """Find the nearest place for a disc that no other one is at; its own where there is none."""
    for far in (0.0, 2.0, 3.0, 4.2, 5.6):
        for turn in range(1 if far == 0 else 12):
            angle = math.tau * (turn / 12 - 1 / 4)
            at = (x + far * radius * math.cos(angle), y + far * radius * math.sin(angle))
            box = _around(*at, radius)
            is_free = far == 0 or box.is_within(frame.width_px, frame.height_px)
            if is_free and not any(box.meets(other) for other in taken):
                return at
    return x, y


def _around(x: float, y: float, radius: float) -> Box:
    return Box(x - radius, y - radius, x + radius, y + radius)


def drawn_names(names: Sequence[Name], frame: Frame, taken: list[Box]) -> str:
    """Draw names where there is room; what they take up is added to what is taken."""
    if not names:
        return ""
    places = frame.px(np.array([[name.x_m, name.y_m] for name in names]))
    drawn = []
    for name, (x, y) in zip(names, places, strict=True):
        rows = _in_two(name.text)
        half = _LETTER_WIDTH * name.size_px * max(len(row) for row in rows) / 2
        high = _LINE_HEIGHT * name.size_px * len(rows)
        for shift in (0.0, -1.0, 1.0, -2.0, 2.0):
            top = y - high / 2 + shift * name.size_px
            box = Box(x - half, top, x + half, top + high)
            if not box.is_within(frame.width_px, frame.height_px):
                continue
            if any(box.meets(other) for other in taken):
                continue
            taken.append(box)
            for number, row in enumerate(rows):
                base = top + (number + 0.85) * _LINE_HEIGHT * name.size_px
                drawn.append(_line(x, base, row, name.size_px, name.ink, halo=True))
            break
    return "".join(drawn)


def _in_two(text: str) -> list[str]:
    """Break a long name near its middle."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST_LINE:
        return [line]
    gaps = [place + 1 for place, sign in enumerate(line) if sign in " -/" and place > 2]
    if not gaps:
        return [line]
    middle = min(gaps, key=lambda place: abs(place - len(line) / 2))
    return [line[:middle].strip(), line[middle:].strip()]


def _line(
    x: float, y: float, text: str, size: float, ink: str, *, weight: int = 400, halo: bool = False
) -> str:
    edge = ' stroke="#ffffff" stroke-width="25" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{_at(x)}" y="{_at(y)}" font-size="{_at(size)}" font-weight="{weight}" '
        f'text-anchor="middle" fill="{escaped(ink)}"{edge}>{escaped(text)}</text>'
    )


def scale_bar(frame: Frame, unit: str) -> tuple[str, Box]:
    """Draw a round length of at most a quarter of the width, at the lower left."""
    shown = "mi" if unit in ("mi", "ft") else "km"
    most = _BAR_SHARE * frame.width_px * frame.metres_per_px / METRES_PER_UNIT[shown]
    power = 10.0 ** math.floor(math.log10(most))
    amount = max(step * power for step in (1, 2, 5) if step * power <= most)
    length = amount * METRES_PER_UNIT[shown] / frame.metres_per_px
    word = shown if shown == "km" else "mile" if amount <= 1 else "miles"
    text = f"{amount:g} {word}"
    wide = max(length, _LETTER_WIDTH * _SCALE_TEXT_PX * len(text))
    box = Box(0.0, frame.height_px - 27.0, wide + 16.0, float(frame.height_px))
    middle, base = box.right / 2, box.bottom - 8.0
    bar = (
        f'<path d="M0 {_at(box.top)}h{_at(box.right)}V{_at(box.bottom)}H0z" fill="#ffffff" '
        'fill-opacity="0.85"/>'
        f'<path d="M{_at(middle - length / 2)} {_at(base - 4)}v40h{_at(length)}v-40" fill="none" '
        f'stroke="{INK}" stroke-width="12"/>'
        f"{_line(middle, base - 6, text, _SCALE_TEXT_PX, INK)}"
    )
    return bar, box


def north_arrow(box: Box) -> str:
    """Draw an arrow to the north in a box."""
    middle = (box.left + box.right) / 2
    return (
        f'<path d="M{_at(middle)} {_at(box.top + 2)}l45 130l-45 -30l-45 30z" fill="{INK}" '
        f'stroke="#ffffff" stroke-width="10" paint-order="stroke"/>'
        f"{_line(middle, box.top + 26, 'N', 10, INK, weight=700, halo=True)}"
    )


def _at(pixels: float) -> str:
    return str(round(pixels * FINE))


def escaped(said: object) -> str:
    """Write a text on one line so that a page shows it letter by letter."""
    return html.escape(" ".join(str(said).split()))
