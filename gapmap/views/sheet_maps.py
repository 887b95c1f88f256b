"""The maps on partners' sheets: who holds what, and each territory with its gaps and sites."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.analysis.gaps import SLIVER_SHARE
from gapmap.views import numbers
from gapmap.views.colours import rounded_breaks
from gapmap.views.division_layers import territory_shapes
from gapmap.views.small_maps import Frame, Layer, Look, MapGround, Name, Pin, inner_point, small_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.views.partner_marks import Mark
    from gapmap.views.sheet_facts import PartnerFacts

__all__ = ["SheetMaps"]

_GAP_FILLS: Final = ("#fddcae", "#fdb274", "#ef7a4a", "#b02a1a")
"""From light to dark without colour as well: 224, 192, 152 and 80 of 255 in greys."""
_UNKNOWN_HATCH: Final = "#6b7785"
_NONE: Final = "#ffffff"
_FAINT: Final = "#f1f3f5"
_LINE: Final = "#8894a2"
_INK: Final = "#0b1f33"
_FAR_INK: Final = "#56667a"

_OVERVIEW_PX: Final = (700, 560)
_TERRITORY_PX: Final = (480, 430)
_SHORTEST_NAME_PX: Final = 22.0
"""A neighbourhood narrower than this gets no name."""


class SheetMaps:
    """Draws the maps of one division; shapes are laid out and put together once.

    Parameters
    ----------
    division, study
        What is drawn.
    marks
        Letter and colour of each partner.
    """

    def __init__(self, division: Division, study: Study, marks: Mapping[str, Mark]) -> None:
        self._division, self._study, self._marks = division, study, marks
        self._ground = MapGround.of(study)
        row_of = {geoid: row for row, geoid in enumerate(study.areas["geoid"])}
        rows = np.array([row_of[geoid] for geoid in division.areas["geoid"]], dtype=np.int64)
        self._areas_m = self._ground.areas_m[rows]
        self._territories = territory_shapes(division, self._areas_m)
        self._is_unknown = division.areas["gap"].isna().to_numpy()
        gap = np.round(np.nan_to_num(division.areas["gap"].to_numpy(dtype=np.float64)))
        need = np.nan_to_num(division.areas["need"].to_numpy(dtype=np.float64))
        # A class below 1 would be empty: nobody is part of a person.
        self._breaks = tuple(edge for edge in rounded_breaks(gap, 3) if edge > 1)
        is_none = (gap < 1) | (gap < SLIVER_SHARE * need)
        self._class = np.where(is_none, -1, np.digitize(gap, self._breaks))
        points = study.sites.geometry
        degrees = list(zip(points.x.tolist(), points.y.tolist(), strict=True))
        metres = self._ground.at(points.x, points.y) if degrees else np.empty((0, 2))
        self._site_at = dict(zip(degrees, metres.tolist(), strict=True))

    @property
    def gap_key(self) -> tuple[tuple[str, str], ...]:
        """Fill and range of each class of the territory maps, least first."""
        edges = [1.0, *self._breaks]
        labels = [
            f"{numbers.count(low)}–{numbers.count(high - 1)}" if high - low > 1 else f"{low:.0f}"
            for low, high in itertools.pairwise(edges)
        ]
        labels.append(f"{numbers.count(edges[-1])} or more")
        return ((_NONE, "none"), *zip(self._fills, labels, strict=True))

    @property
    def _fills(self) -> tuple[str, ...]:
        return _GAP_FILLS[-(len(self._breaks) + 1) :]

    def overview(self, title: str) -> str:
        """Draw who holds what, each territory with its letter."""
        layers = [
            Layer(self._ground.areas_m, Look(fill=_FAINT)),
            *(
                Layer(np.array([shape]), Look(fill=self._marks[name].colour))
                for name, shape in self._territories.items()
                if name is not None
            ),
            Layer(self._ground.places_m, Look(stroke="#ffffff", width_px=0.5)),
        ]
        nobody = self._territories.get(None)
        if nobody is not None:
            layers.append(
                Layer(np.array([nobody]), Look(fill=_NONE, stroke=_INK, width_px=1.2, hatch=_INK))
            )
        whole = [shape for name, shape in self._territories.items() if name is not None]
        layers.append(Layer(np.array(whole), Look(stroke=_INK, width_px=1.3)))
        pins = [
            Pin(x, y, mark.letter, mark.colour, mark.ink, radius_px=9.5)
            for name, shape in self._territories.items()
            if name is not None
            for mark in [self._marks[name]]
            for x, y, _ in [inner_point(shape)]
        ]
        frame = Frame.around(self._areas_m, width_px=_OVERVIEW_PX[0], height_px=_OVERVIEW_PX[1])
        return small_map(layers, frame, title=title, pins=pins, unit=self._unit)

    def territory(self, facts: PartnerFacts, title: str) -> str:
        """Draw one territory: open need by area, neighbourhoods, its own sites numbered."""
        partner = facts.territory.partner
        shape = self._territories.get(partner)
        if shape is None:
            return ""
        mine = (self._division.areas["partner"] == partner).to_numpy()
        others = [whole for name, whole in self._territories.items() if name != partner]
        places, place_names = self._places_in(shape)
        inside = np.array([shapely.union_all(shapely.boundary(places))])
        layers = [
            Layer(self._ground.areas_m, Look(fill=_FAINT)),
            Layer(np.array(others), Look(stroke=_LINE, width_px=1.2)),
            *self._gap_layers(mine),
            Layer(self._areas_m[mine], Look(stroke=_LINE, width_px=0.4)),
            Layer(inside, Look(stroke=_INK, width_px=0.9, dash="4 2")),
            Layer(np.array([shape]), Look(stroke=_INK, width_px=2.0)),
        ]
        frame = Frame.around(
            np.array([shape]), width_px=_TERRITORY_PX[0], height_px=_TERRITORY_PX[1]
        )
        names = [
            *_names_of(places, place_names, frame),
            *self._neighbour_names(partner, frame),
        ]
        pins = self._site_pins(facts)
        return small_map(layers, frame, title=title, pins=pins, names=names, unit=self._unit)

    @property
    def _unit(self) -> str:
        return self._division.request.scenario.reach.unit

    def _gap_layers(self, mine: NDArray[np.bool_]) -> list[Layer]:
        known = mine & ~self._is_unknown
        found = [
            Layer(self._areas_m[known & (self._class == number)], Look(fill=fill))
            for number, fill in enumerate((_NONE, *self._fills), -1)
        ]
        unknown = self._areas_m[mine & self._is_unknown]
        return [*found, Layer(unknown, Look(fill=_NONE, hatch=_UNKNOWN_HATCH))]

    def _site_pins(self, facts: PartnerFacts) -> list[Pin]:
        small = 6.5 if len(facts.numbered) <= 30 else 5.0
        found: dict[tuple[float, float], Pin] = {}
        for sites in (facts.others, facts.numbered):
            for site in sites:
                x_m, y_m = self._site_at[site.longitude, site.latitude]
                found[x_m, y_m] = (
                    Pin(x_m, y_m, radius_px=2.6, may_move=False)
                    if site.number is None
                    else Pin(x_m, y_m, str(site.number), "#ffffff", _INK, small)
                )
        return list(found.values())

    def _places_in(self, territory: Any) -> tuple[NDArray[Any], list[str]]:
        """Return what of each neighbourhood lies in a territory, largest first, and the names."""
        places = self._study.neighbourhoods
        if places is None:
            return np.empty(0, dtype=object), []
        near = shapely.intersects(self._ground.places_m, territory)
        shapes = shapely.make_valid(self._ground.places_m[near])
        parts = np.array(
            [_polygons(part) for part in shapely.intersection(shapes, territory)], dtype=object
        )
        surface = shapely.area(parts)
        order = np.argsort(-surface, kind="stable")
        order = order[surface[order] > 0]
        names = places["name"].to_numpy(dtype=object)[near]
        return parts[order], [str(name) for name in names[order]]

    def _neighbour_names(self, partner: str, frame: Frame) -> list[Name]:
        """Letters of the territories around, each inside what is in sight of it."""
        box = shapely.box(*frame.box_m(-16.0))
        found = []
        for name, shape in self._territories.items():
            if name in (None, partner):
                continue
            seen = _polygons(shapely.intersection(shape, box))
            if shapely.area(seen) > 0:
                x_m, y_m, _ = inner_point(seen)
                found.append(
                    Name(x_m, y_m, self._marks[str(name)].letter, size_px=14.0, ink=_FAR_INK)
                )
        return found


def _names_of(shapes_m: NDArray[Any], names: Sequence[str], frame: Frame) -> list[Name]:
    """Return the names of shapes that are wide enough for one."""
    bounds = shapely.bounds(shapes_m).reshape(-1, 4)
    is_wide = (bounds[:, 2] - bounds[:, 0]) / frame.metres_per_px >= _SHORTEST_NAME_PX
    found = []
    for row in np.flatnonzero(is_wide).tolist():
        x_m, y_m, _ = inner_point(shapes_m[row])
        found.append(Name(x_m, y_m, names[row], size_px=8.5))
    return found


def _polygons(shape: Any) -> Any:
    """Return the polygons of a shape; what else an intersection left is dropped."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
