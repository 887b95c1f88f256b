"""Small maps on a PDF page: the few kinds of strokes that :mod:`gapmap.views.small_maps` draws."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SvgPicture"]

_STEP: Final = re.compile(r"([MLlhvHVz])|(-?\d+(?:\.\d+)?)")
_ARGUMENTS: Final = {"M": 2, "L": 2, "l": 2, "h": 1, "v": 1, "H": 1, "V": 1, "z": 0}


class SvgPicture(Flowable):  # type: ignore[misc]
    """One ``<svg>`` of a small map, as wide as it is asked to be.

    Parameters
    ----------
    svg
        What :func:`gapmap.views.small_maps.small_map` drew.
    width_pt
        How wide.
    font, bold_font
        Names of registered fonts.
    printable
        Writes a text with nothing that the font lacks.
    """

    def __init__(
        self,
        svg: str,
        width_pt: float,
        *,
        font: str,
        bold_font: str,
        printable: Callable[[str], str],
    ) -> None:
        super().__init__()
        self._root = ElementTree.fromstring(svg)
        _, _, wide, high = (float(part) for part in self._root.attrib["viewBox"].split())
        self._scale = width_pt / wide
        self._height_units = high
        self.width, self.height = width_pt, high * self._scale
        self._font, self._bold, self._printable = font, bold_font, printable

    def wrap(self, *available: float) -> tuple[float, float]:
        """Say how large it is."""
        del available
        return self.width, self.height

    def draw(self) -> None:
        """Draw it at the origin of the canvas."""
        canvas = self.canv
        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(0, 0, self.width, self.height)
        canvas.clipPath(frame, stroke=0, fill=0)
        canvas.translate(0, self.height)
        canvas.scale(self._scale, -self._scale)
        canvas.setLineJoin(1)
        for element in self._root:
            self._element(element)
        canvas.restoreState()
        canvas.saveState()
        canvas.setStrokeColor(HexColor("#c9d1d9"))
        canvas.setLineWidth(0.6)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        canvas.restoreState()

    def _element(self, element: ElementTree.Element) -> None:
        kind = element.tag.rpartition("}")[2]
        canvas = self.canv
        canvas.saveState()
        if kind == "text":
            self._text(element)
        else:
            fill, stroke = self._look(element.attrib)
            if kind == "circle":
                x, y, radius = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
                canvas.circle(x, y, radius, fill=fill, stroke=stroke)
            else:
                path = _path(canvas, element.attrib["d"])
                canvas.drawPath(path, fill=fill, stroke=stroke, fillMode=0)
        canvas.restoreState()

    def _look(self, given: dict[str, str]) -> tuple[int, int]:
        canvas = self.canv
        fill, stroke = given.get("fill", "#000000"), given.get("stroke", "none")
        if fill != "none":
            canvas.setFillColor(HexColor(fill))
            canvas.setFillAlpha(float(given.get("fill-opacity", "1")))
        if stroke != "none":
            canvas.setStrokeColor(HexColor(stroke))
            canvas.setLineWidth(float(given.get("stroke-width", "1")))
            if "stroke-dasharray" in given:
                canvas.setDash([float(part) for part in given["stroke-dasharray"].split()])
        return int(fill != "none"), int(stroke != "none")

    def _text(self, element: ElementTree.Element) -> None:
        canvas, given = self.canv, element.attrib
        text = self._printable(element.text or "")
        font = self._bold if given.get("font-weight") == "700" else self._font
        size = float(given["font-size"])
        # The page is drawn upside down, as SVG counts; letters are not.
        canvas.translate(float(given["x"]), float(given["y"]))
        canvas.scale(1, -1)
        left = -canvas.stringWidth(text, font, size) / 2
        if "stroke" in given:
            canvas.setStrokeColor(HexColor(given["stroke"]))
            canvas.setLineWidth(float(given["stroke-width"]))
            self._letters(text, left, font, size, mode=1)
        canvas.setFillColor(HexColor(given.get("fill", "#000000")))
        self._letters(text, left, font, size, mode=0)

    def _letters(self, text: str, left: float, font: str, size: float, *, mode: int) -> None:
        written = self.canv.beginText(left, 0)
        written.setFont(font, size)
        written.setTextRenderMode(mode)
        written.textOut(text)
        written.setTextRenderMode(0)
        self.canv.drawText(written)


def _path(canvas: Any, told: str) -> Any:
    path = canvas.beginPath()
    command = ""
    numbers: list[float] = []
    x = y = start_x = start_y = 0.0
    for sign, number in _STEP.findall(told):
        if sign:
            command, numbers = sign, []
        else:
            numbers.append(float(number))
        if len(numbers) < _ARGUMENTS[command]:
            continue
        match command, numbers:
            case "M", [x, y]:
                start_x, start_y = x, y
                path.moveTo(x, y)
                # As SVG has it: points after a move are lines.
                command = "L"
            case "z", _:
                path.close()
                x, y = start_x, start_y
            case _:
                x, y = _next(command, numbers, x, y)
                path.lineTo(x, y)
        numbers = []
    return path


def _next(command: str, numbers: list[float], x: float, y: float) -> tuple[float, float]:
    match command, numbers:
        case "l", [dx, dy]:
            return x + dx, y + dy
        case "h", [dx]:
            return x + dx, y
        case "v", [dy]:
            return x, y + dy
        case "H", [at_x]:
            return at_x, y
        case "V", [at_y]:
            return x, at_y
    at_x, at_y = numbers
    return at_x, at_y
