"""Ground that belongs to a school, and ground that is rural."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely

from gapmap.analysis.reach import in_reach
from gapmap.errors import RequestError
from gapmap.geo import LocalPlane

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from gapmap.rules import EligibilityRules, RuralLayer, SchoolLayer

__all__ = ["GroundsOfSchools", "RuralGrounds", "SchoolAt"]

_ARC_SEGMENTS: Final = 32
_GEOID_DIGITS: Final = (12, 11, 5)
_COUNTS: Final = {12: "block group", 11: "tract", 5: "county"}


class SchoolAt(NamedTuple):
    """A school whose ground a place is on."""

    layer: SchoolLayer
    row: int
    share: float
    radius_m: float
    is_illustrative: bool


class GroundsOfSchools:
    """Schools, each with the ground on which its eligibility holds.

    That is its attendance area or, where only the school's place is known, a circle of the
    layer's radius, else of the radius of the rules. Without either a layer decides nothing.

    Parameters
    ----------
    layers
        The schools.
    rules
        The thresholds.
    made_up
        Layers that are made up for demonstration.
    """

    def __init__(
        self,
        layers: Sequence[SchoolLayer],
        rules: EligibilityRules,
        made_up: Collection[str] = (),
    ) -> None:
        self._threshold = rules.share
        self._made_up = frozenset(made_up)
        self._layers: list[tuple[SchoolLayer, float, shapely.STRtree | None]] = []
        self.are_silent = False
        for layer in layers:
            is_area = (layer.table.geom_type != "Point").to_numpy()
            radius_m = layer.radius_m or rules.school_radius_m
            if is_area.any():
                self._layers.append((layer, 0.0, shapely.STRtree(layer.table.geometry.to_numpy())))
            elif radius_m > 0:
                self._layers.append((layer, radius_m, None))
            elif len(layer.table):
                self.are_silent = True

    @property
    def can_decide(self) -> bool:
        """Whether any school has a ground."""
        return bool(self._layers)

    def open_at(
        self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Say of each point whether it is on the ground of a school that makes a site lawful.

        Returns
        -------
        1 where it is; NaN where it is only on that of a school whose share is unknown; else 0.
        """
        found = np.zeros(len(longitude))
        for layer, radius_m, tree in self._layers:
            share = layer.table["frp_share"].to_numpy(dtype=np.float64)
            for wanted, value in ((np.isnan(share), np.nan), (share >= self._threshold, 1.0)):
                if not wanted.any():
                    continue
                if tree is None:
                    points = layer.table.geometry[wanted]
                    inside = in_reach(longitude, latitude, points.x, points.y, radius_m)
                else:
                    point, school = tree.query(
                        shapely.points(longitude, latitude), predicate="intersects"
                    )
                    inside = np.zeros(len(found), dtype=bool)
                    inside[point[wanted[school]]] = True
                found[inside & ~(found == 1)] = value
        return found

    def at(self, longitude: float, latitude: float) -> list[SchoolAt]:
        """Return the schools whose ground a place is on, the largest share first."""
        found: list[SchoolAt] = []
        for layer, radius_m, tree in self._layers:
            if tree is None:
                places = layer.table.geometry
                rows = np.flatnonzero(
                    in_reach(places.x, places.y, [longitude], [latitude], radius_m)
                )
            else:
                rows = np.sort(
                    tree.query(shapely.Point(longitude, latitude), predicate="intersects")
                )
            share = layer.table["frp_share"].to_numpy(dtype=np.float64)
            is_made_up = layer.layer in self._made_up
            found += [
                SchoolAt(layer, int(row), float(share[row]), radius_m, is_made_up) for row in rows
            ]
        # A school whose share is unknown comes last.
        return sorted(found, key=lambda one: (one.share != one.share, -one.share))

    def surface_shares(
        self, shapes: NDArray[Any], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Measure what of some shapes is ground of schools.

        Parameters
        ----------
        shapes
            n polygons, degrees.
        rows
            Which of them to measure.

        Returns
        -------
        opened, unknown
            Share of each shape's surface that a school opens, and that lies on the ground of
            schools of unknown share only; 0 for shapes that were not asked for.
        """
        opened, unknown = np.zeros((2, len(shapes)))
        if not self._layers or not len(rows):
            return opened, unknown
        plane = LocalPlane.around(*(layer.table for layer, _, _ in self._layers))
        good: list[Any] = []
        unclear: list[Any] = []
        for layer, radius_m, tree in self._layers:
            ground = plane.project_shapes(layer.table.geometry.to_numpy())
            if tree is None:
                ground = shapely.buffer(ground, radius_m, quad_segs=_ARC_SEGMENTS)
            share = layer.table["frp_share"].to_numpy(dtype=np.float64)
            good += list(ground[share >= self._threshold])
            unclear += list(ground[np.isnan(share)])
        lawful = shapely.union_all(good)
        doubtful = shapely.difference(shapely.union_all(unclear), lawful)
        near = rows[self._are_near(shapes[rows])]
        metres = plane.project_shapes(shapes[near])
        surface = np.maximum(shapely.area(metres), 1e-9)
        for ground, part in ((lawful, opened), (doubtful, unknown)):
            shapely.prepare(ground)
            part[near] = np.clip(shapely.area(shapely.intersection(metres, ground)) / surface, 0, 1)
        return opened, unknown

    def _are_near(self, shapes: NDArray[Any]) -> NDArray[np.bool_]:
        # Shapes whose box comes near that of all schools: the plane is drawn around these.
        bounds = np.array([layer.table.total_bounds for layer, _, _ in self._layers])
        reach = max(radius for _, radius, _ in self._layers) / 111_000.0
        low, high = bounds[:, :2].min(axis=0) - reach, bounds[:, 2:].max(axis=0) + reach
        poleward = min(max(abs(low[1]), abs(high[1])), 89.0)
        east = reach / np.cos(np.radians(poleward))
        box = shapely.bounds(shapes)
        is_near: NDArray[np.bool_] = (
            (box[:, 0] <= high[0] + east)
            & (box[:, 2] >= low[0] - east)
            & (box[:, 1] <= high[1])
            & (box[:, 3] >= low[1])
        )
        return is_near


class RuralGrounds:
    """What is rural: whatever any layer calls rural, unless somebody has decided by hand.

    Raises
    ------
    RequestError
        If a GEOID is listed both as rural and as not rural.
    """

    def __init__(self, layers: Sequence[RuralLayer], rules: EligibilityRules) -> None:
        both = sorted(set(rules.rural) & set(rules.not_rural))
        if both:
            raise RequestError(
                f"{both[0]} is listed both as rural and as not rural. Take it out of one of the "
                "two lists under [eligibility] in study.toml."
            )
        self._layers = tuple(layers)
        self._decided = dict.fromkeys(rules.rural, True) | dict.fromkeys(rules.not_rural, False)

    def at(
        self, geoids: Sequence[str], longitude: float, latitude: float
    ) -> tuple[bool | None, str]:
        """Say whether a place is rural, None where nobody knows, and who says so.

        Parameters
        ----------
        geoids
            Areas the place is in.
        longitude, latitude
            The place, degrees.
        """
        decided = [name for name in self._decided if any(one.startswith(name) for one in geoids)]
        if decided:
            # The narrowest decision: a block group's before its county's.
            name = max(decided, key=len)
            is_rural = self._decided[name]
            return is_rural, f"decided by hand in the study: {name} is {_word(is_rural)}"
        if not self._layers:
            return None, "the study has no layer of what is rural"
        said = [
            (answer, where, layer)
            for layer in self._layers
            for answer, where in [_answer_of(layer, geoids, longitude, latitude)]
            if answer is not None
        ]
        if not said:
            return None, "no layer of what is rural knows this place"
        # Whatever any of them calls rural is rural.
        answer, where, layer = max(said, key=lambda one: one[0])
        return answer, f"{where} is {_word(answer)} in {layer.title} ({layer.vintage})"


def _answer_of(
    layer: RuralLayer, geoids: Sequence[str], longitude: float, latitude: float
) -> tuple[bool | None, str]:
    if layer.shapes is not None:
        point = shapely.Point(longitude, latitude)
        inside = len(layer.shapes.sindex.query(point, predicate="intersects")) > 0
        return inside, "the place"
    known = layer.by_geoid or {}
    for digits in _GEOID_DIGITS:
        for geoid in geoids:
            if len(geoid) >= digits and geoid[:digits] in known:
                return known[geoid[:digits]], f"{_COUNTS[digits]} {geoid[:digits]}"
    return None, ""


def _word(is_rural: bool | None) -> str:
    return "rural" if is_rural else "not rural"
