"""The small maps of minutes: who holds what on a board, now or when something was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.board.values import ClaimState, area_of
from gapmap.views.paper import Picture
from gapmap.views.small_maps import Frame, Layer, Look, MapGround, Pin, inner_point, small_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from gapmap.board.values import Claim
    from gapmap.views.minutes_facts import Minutes

__all__ = ["MinutesMaps"]

_INK: Final = "#0b1f33"
_FAINT: Final = "#f1f3f5"
_LINE: Final = "#8894a2"
_NONE: Final = "#ffffff"
_SHARED: Final = "#6b7785"

_STEP_FILLS: Final = {
    ClaimState.CLAIMED: "#fbe5c8",
    ClaimState.COMMITTED: "#f3b562",
    ClaimState.OPENED: "#c96a1f",
    ClaimState.VERIFIED: "#6b2d06",
}
"""From light to dark without colour as well."""


class MinutesMaps:
    """Draws the maps of one board's minutes; shapes are laid out once.

    Parameters
    ----------
    minutes
        What is drawn.
    """

    def __init__(self, minutes: Minutes) -> None:
        self._minutes = minutes
        self._ground = MapGround.of(minutes.study)
        self._row_of = {geoid: row for row, geoid in enumerate(minutes.study.areas["geoid"])}
        rows = [self._row_of[geoid] for geoid in minutes.areas if geoid in self._row_of]
        self._board_m = self._ground.areas_m[np.array(rows, dtype=np.int64)]
        self._unions: dict[frozenset[int], Any] = {}

    @property
    def can_draw(self) -> bool:
        """Whether the study has any of the board's areas."""
        return len(self._board_m) > 0

    def everybody(
        self,
        claims: Mapping[str, Claim],
        title: str,
        *,
        about: Iterable[str] = (),
        width_px: int = 640,
        height_px: int = 460,
        width_share: float = 1.0,
    ) -> Picture:
        """Draw who holds what, each partner's areas with its letter.

        Parameters
        ----------
        claims
            By area or part.
        title
            What the map shows.
        about
            Areas to outline.
        width_px, height_px, width_share
            How large.
        """
        holders: dict[int, set[str]] = {}
        for key, claim in claims.items():
            row = self._row_of.get(area_of(key))
            if row is not None:
                holders.setdefault(row, set()).add(claim.partner)
        by_partner: dict[str, list[int]] = {}
        for row, partners in holders.items():
            if len(partners) == 1:
                by_partner.setdefault(next(iter(partners)), []).append(row)
        shared = [row for row, partners in holders.items() if len(partners) > 1]
        marks = self._minutes.marks
        shapes = {who: self._union(by_partner[who]) for who in sorted(by_partner) if who in marks}
        about_rows = self._rows(about)
        layers = [
            Layer(self._ground.areas_m, Look(fill=_FAINT)),
            Layer(self._board_m, Look(fill=_NONE, stroke="#c9d1d9", width_px=0.4)),
            *(
                Layer(np.array([shape]), Look(fill=marks[who].colour))
                for who, shape in shapes.items()
            ),
            Layer(self._ground.areas_m[shared], Look(fill=_NONE, hatch=_SHARED)),
            Layer(self._ground.places_m, Look(stroke=_LINE, width_px=0.5)),
            Layer(np.array(list(shapes.values())), Look(stroke=_INK, width_px=1.0)),
        ]
        if about_rows:
            outline = np.array([self._union(about_rows)])
            layers.append(Layer(outline, Look(stroke=_INK, width_px=3.0, dash="6 2")))
        pins = [
            Pin(x, y, marks[who].letter, marks[who].colour, marks[who].ink, radius_px=8.0)
            for who, shape in shapes.items()
            for x, y, _ in [inner_point(shape)]
        ]
        frame = Frame.around(self._board_m, width_px=width_px, height_px=height_px)
        more = ["White: nobody's yet."]
        if shared:
            more.append("Hatched: shared in parts.")
        if about_rows:
            more.append("Dashed: what it is about.")
        legend = tuple((marks[who].colour, f"{marks[who].letter} {who}") for who in shapes)
        svg = small_map(layers, frame, title=title, pins=pins, unit="mi")
        return Picture(svg, width_share, legend, tuple(more))

    def partner(self, partner: str, title: str) -> Picture | None:
        """Draw what one partner holds and how far it is; None where it holds nothing."""
        steps: dict[ClaimState, list[int]] = {}
        for one in self._minutes.held.get(partner, ()):
            row = self._row_of.get(area_of(one.key))
            if row is not None:
                steps.setdefault(one.claim.state, []).append(row)
        rows = sorted({row for found in steps.values() for row in found})
        if not rows:
            return None
        shape = self._union(rows)
        numbered = [one for one in self._minutes.sites if one.partner == partner]
        layers = [
            Layer(self._ground.areas_m, Look(fill=_FAINT)),
            Layer(self._board_m, Look(fill=_NONE, stroke="#c9d1d9", width_px=0.4)),
            # The farthest step last: an area in parts shows the part that is farthest.
            *(
                Layer(
                    self._ground.areas_m[steps[step]],
                    Look(fill=fill, stroke=_LINE, width_px=0.4),
                )
                for step, fill in _STEP_FILLS.items()
                if step in steps
            ),
            Layer(self._ground.places_m, Look(stroke=_LINE, width_px=0.6, dash="4 2")),
            Layer(np.array([shape]), Look(stroke=_INK, width_px=1.6)),
        ]
        pins = []
        for number, site in enumerate(numbered, 1):
            ((x_m, y_m),) = self._ground.at([site.longitude], [site.latitude]).tolist()
            pins.append(Pin(x_m, y_m, str(number)))
        frame = Frame.around(np.array([shape]), width_px=420, height_px=300, margin_px=26.0)
        svg = small_map(layers, frame, title=title, pins=pins, unit="mi")
        key = tuple((fill, str(step)) for step, fill in _STEP_FILLS.items() if step in steps)
        more = ("Numbers: its proposed sites.",) if pins else ()
        return Picture(svg, 0.6, key, more)

    def _rows(self, keys: Iterable[str]) -> list[int]:
        found = {self._row_of.get(area_of(key)) for key in keys}
        return sorted(row for row in found if row is not None)

    def _union(self, rows: Iterable[int]) -> Any:
        chosen = frozenset(rows)
        if chosen not in self._unions:
            shapes: NDArray[Any] = self._ground.areas_m[sorted(chosen)]
            self._unions[chosen] = shapely.union_all(shapely.make_valid(shapes))
        return self._unions[chosen]
