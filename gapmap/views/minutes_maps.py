"""The small maps of minutes: who holds what on a board, now or when something was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import shapely

from gapmap.board.values import ClaimState, area_of
from gapmap.views.minutes_facts import proposed_sites
from gapmap.views.paper import Picture
from gapmap.views.small_maps import Frame, Layer, Look, MapGround, Pin, inner_point, small_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gapmap.board.matters import ProposedSite
    from gapmap.board.present import BoardState
    from gapmap.views.minutes_facts import Minutes
    from gapmap.views.partner_marks import Mark

__all__ = ["MinutesMaps"]

_INK: Final = "#0b1f33"
_FAINT: Final = "#f1f3f5"
_LINE: Final = "#8894a2"
_NONE: Final = "#ffffff"
_SHARED: Final = "#6b7785"

Corners: TypeAlias = tuple[tuple[float, float], tuple[float, float]]

_LETTER_PX: Final = 8.0
_SITE_PX: Final = 3.2
_MOST_LETTERS: Final = 6

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
        state: BoardState,
        title: str,
        *,
        about: Iterable[str] = (),
        seen: Corners | None = None,
        width_px: int = 640,
        height_px: int = 460,
        width_share: float = 1.0,
    ) -> Picture:
        """Draw who holds what, each partner's areas with its letter, and what is proposed.

        Parameters
        ----------
        state
            The board, as it is or as it was.
        title
            What the map shows.
        about
            Areas to outline.
        seen
            What was in sight then: south-western and north-eastern corner as latitude and
            longitude. The whole board where it is None, or lay in sight as a whole.
        width_px, height_px, width_share
            How large.
        """
        holders: dict[int, set[str]] = {}
        for key, claim in state.claims.items():
            row = self._row_of.get(area_of(key))
            if row is not None:
                holders.setdefault(row, set()).add(claim.partner)
        by_partner: dict[str, list[int]] = {}
        for row, partners in holders.items():
            if len(partners) == 1:
                by_partner.setdefault(next(iter(partners)), []).append(row)
        shared = [row for row, partners in holders.items() if len(partners) > 1]
        marks = self._minutes.marks
        # By letter, as the key reads.
        shapes = {who: self._union(by_partner[who]) for who in marks if who in by_partner}
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
        window = None if seen is None else self._window(seen)
        if window is None:
            frame = Frame.around(self._board_m, width_px=width_px, height_px=height_px)
        else:
            frame = Frame.around([window], width_px=width_px, height_px=height_px, margin_px=0.0)
            # Each letter and each word of the key is of what is in sight.
            shapes = {
                who: part
                for who, shape in shapes.items()
                for part in [shapely.intersection(shape, shapely.box(*frame.box_m()))]
                if part.area > 0
            }
        pins = [pin for who, shape in shapes.items() for pin in _letters(shape, marks[who], frame)]
        west, south, east, north = frame.box_m()
        sites = [
            Pin(x, y, radius_px=_SITE_PX, may_move=False)
            for x, y in self._ground.at(*_places(proposed_sites(state))).tolist()
            if west < x < east and south < y < north
        ]
        more = ["White: nobody's yet."]
        if sites:
            more.append("Dots: proposed sites.")
        if window is not None:
            more.append("The part that was looked at.")
        if shared:
            more.append("Hatched: shared in parts.")
        if about_rows:
            more.append("Dashed: what it is about.")
        legend = tuple((marks[who].colour, f"{marks[who].letter} {who}") for who in shapes)
        svg = small_map(layers, frame, title=title, pins=[*pins, *sites], unit="mi")
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
        return Picture(svg, 0.5, key, more)

    def _window(self, seen: Corners) -> Any:
        """Return what was in sight as a box on the plane, None where that is no part of the board.

        A map that went around the world is where it was: the plane knows no turns.
        """
        (south, west), (north, east) = seen
        points = self._ground.at([west, east], [south, north])
        window = shapely.box(*points[0], *points[1])
        board = shapely.box(*shapely.total_bounds(self._board_m))
        if window.area <= 0 or window.contains(board) or not window.intersects(board):
            return None
        return window

    def _rows(self, keys: Iterable[str]) -> list[int]:
        found = {self._row_of.get(area_of(key)) for key in keys}
        return sorted(row for row in found if row is not None)

    def _union(self, rows: Iterable[int]) -> Any:
        chosen = frozenset(rows)
        if chosen not in self._unions:
            shapes: NDArray[Any] = self._ground.areas_m[sorted(chosen)]
            self._unions[chosen] = shapely.union_all(shapely.make_valid(shapes))
        return self._unions[chosen]


def _places(sites: Sequence[ProposedSite]) -> tuple[list[float], list[float]]:
    return [one.longitude for one in sites], [one.latitude for one in sites]


def _letters(shape_m: Any, mark: Mark, frame: Frame) -> list[Pin]:
    """Return a letter for every piece of a territory with room for it, the largest pieces first.

    A territory whose pieces are all too small has one that may stand beside its largest.
    """
    parts = shapely.get_parts(shape_m)
    parts = parts[np.argsort(-shapely.area(parts))][:_MOST_LETTERS]
    places = [inner_point(part) for part in parts if part.area > 0]
    roomy = [place for place in places if place[2] >= _LETTER_PX * frame.metres_per_px]
    return [
        Pin(x, y, mark.letter, mark.colour, mark.ink, _LETTER_PX, may_move=not roomy)
        for x, y, _ in roomy or places[:1]
    ]
