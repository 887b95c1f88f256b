"""The need side of a study, laid out once so that many questions can be measured against it.

Need is counted by area but lives at places. With need points, an area's need stands at its
points in proportion to their weights; without, it is spread evenly over the area. Either way it
is cut into *cells*, each in one area and in at most one neighbourhood, so that areas that
straddle a border are shared out by need and nothing is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import shapely

from gapmap.geo import LocalPlane
from gapmap.model import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from gapmap.analysis.circles import Rings
    from gapmap.model import Study

__all__ = ["Cells", "Ground"]

_Kept = TypeVar("_Kept")

_SLIVER_SHARE = 0.001
"""An overlap below this share of an area is a drawing difference, not a straddled border."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Pieces of need for one measure and method.

    Parameters
    ----------
    row
        Row of the coverage (a need point, or an area) whose share in reach applies; n integers.
    area, neighbourhood
        Row of the area, and of the neighbourhood or -1; n integers each.
    need
        People in need in the piece; n floats, no NaN.
    share
        The piece's share of its area's need; n floats that sum to 1 in every area.
    """

    row: NDArray[np.int64]
    area: NDArray[np.int64]
    neighbourhood: NDArray[np.int64]
    need: NDArray[np.float64]
    share: NDArray[np.float64]


class Ground:
    """The need side of one study, with its expensive parts made once, on first use.

    It depends on areas, need points and neighbourhoods only: another site list, reach or meal
    is measured on the same ground. Safe to share between threads, as making a part twice gives
    the same part.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._cells: dict[tuple[Method, str], Cells] = {}
        self._kept: dict[Hashable, Any] = {}

    def keep(self, key: Hashable, make: Callable[[], _Kept]) -> _Kept:
        """Return what was made under a key, or make it now.

        For what others derive from the need side alone, and would derive again at every question.
        """
        if key not in self._kept:
            self._kept[key] = make()
        kept: _Kept = self._kept[key]
        return kept

    @cached_property
    def plane(self) -> LocalPlane:
        """The metric plane of the study."""
        return LocalPlane.around(self._study.areas)

    @cached_property
    def shapes_m(self) -> NDArray[Any]:
        """Area polygons on the plane."""
        return self.plane.project_shapes(self._study.areas.geometry.to_numpy())

    @cached_property
    def rings(self) -> Rings:
        """Area polygons laid out for the exact circle overlay."""
        from gapmap.analysis.circles import Rings

        return Rings.of(self.shapes_m)

    @cached_property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Longitude, latitude and area row of every place where need stands.

        An area without need points gets one inside its surface, so that none is forgotten.
        """
        areas = self._study.areas
        given = self._study.need_points
        if given is None:
            area = np.empty(0, dtype=np.int64)
            longitude = latitude = np.empty(0)
        else:
            area = self._area_rows(given["geoid"].to_numpy())
            longitude = given["longitude"].to_numpy(dtype=np.float64)
            latitude = given["latitude"].to_numpy(dtype=np.float64)
        bare = np.setdiff1d(np.arange(len(areas)), area)
        inside = shapely.point_on_surface(areas.geometry.to_numpy()[bare])
        return (
            np.concatenate([longitude, shapely.get_x(inside)]),
            np.concatenate([latitude, shapely.get_y(inside)]),
            np.concatenate([area, bare]),
        )

    @property
    def areas_without_points(self) -> int:
        """How many areas have no need point of their own."""
        return len(self._study.areas) - len(np.unique(self.points[2][: self._given_count]))

    @cached_property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude of each area's centre of need, by the default measure."""
        longitude, latitude, area = self.points
        weight = self._point_shares(next(iter(self._study.measures)))
        count = len(self._study.areas)
        return (
            np.bincount(area, weight * longitude, count).astype(np.float64),
            np.bincount(area, weight * latitude, count).astype(np.float64),
        )

    @cached_property
    def neighbourhood_of_points(self) -> NDArray[np.int64]:
        """Row of the neighbourhood of every need point, -1 outside all of them."""
        places = self._study.neighbourhoods
        longitude, latitude, area = self.points
        found = np.full(len(longitude), -1, dtype=np.int64)
        if places is None:
            return found
        tree = shapely.STRtree(places.geometry.to_numpy())
        point, place = tree.query(shapely.points(longitude, latitude), predicate="intersects")
        order = np.lexsort((place, point))[::-1]
        found[point[order]] = place[order]
        # A point just off the drawn shore belongs where most of its area lies.
        lost = np.flatnonzero(found < 0)
        if len(lost):
            found[lost] = self.main_neighbourhoods[area[lost]]
        return found

    @cached_property
    def main_neighbourhoods(self) -> NDArray[np.int64]:
        """Row of the neighbourhood that holds most of each area's surface, or -1."""
        area, place, share = self._overlaps
        found = np.full(len(self._study.areas), -1, dtype=np.int64)
        order = np.lexsort((-place, share))
        found[area[order]] = place[order]
        return found

    @cached_property
    def neighbourhoods_of_areas(self) -> NDArray[np.int64]:
        """Row of the neighbourhood that holds most of each area's need, or -1."""
        if self._study.need_points is None:
            return self.main_neighbourhoods
        cells = self.cells(Method.POINTS, next(iter(self._study.measures)))
        weight = self._point_shares(next(iter(self._study.measures)))
        found = np.full(len(self._study.areas), -1, dtype=np.int64)
        if self._study.neighbourhoods is None:
            return found
        width = len(self._study.neighbourhoods) + 1
        key = cells.area * width + cells.neighbourhood + 1
        keys, inverse = np.unique(key, return_inverse=True)
        total = np.bincount(inverse, weight)
        order = np.argsort(total, kind="stable")
        found[keys[order] // width] = keys[order] % width - 1
        return found

    def cells(self, method: Method, measure: str) -> Cells:
        """Return the pieces of need of a measure, for a method."""
        key = (method, measure)
        if key not in self._cells:
            make = self._point_cells if method is Method.POINTS else self._surface_cells
            self._cells[key] = make(measure)
        return self._cells[key]

    def _point_cells(self, measure: str) -> Cells:
        area = self.points[2]
        share = self._point_shares(measure)
        return Cells(
            row=np.arange(len(area)),
            area=area,
            neighbourhood=self.neighbourhood_of_points,
            need=self._known_need(measure)[area] * share,
            share=share,
        )

    def _surface_cells(self, measure: str) -> Cells:
        if self._study.need_points is not None and self._study.neighbourhoods is not None:
            # The points know where in a straddling area people live; its surface does not.
            area, place = self.points[2], self.neighbourhood_of_points
            share = self._point_shares(measure)
        else:
            area, place, share = self._overlaps
            rest = 1 - np.bincount(area, share, len(self._study.areas))
            outside = np.flatnonzero(rest > _SLIVER_SHARE)
            area = np.concatenate([area, outside])
            place = np.concatenate([place, np.full(len(outside), -1)])
            share = np.concatenate([share, rest[outside]])
            share /= np.bincount(area, share, len(self._study.areas))[area]
        width = len(self._study.areas)
        keys, inverse = np.unique((place + 1) * width + area, return_inverse=True)
        merged = keys % width
        share = np.bincount(inverse, share).astype(np.float64)
        return Cells(
            row=merged,
            area=merged,
            neighbourhood=keys // width - 1,
            need=self._known_need(measure)[merged] * share,
            share=share,
        )

    def _known_need(self, measure: str) -> NDArray[np.float64]:
        need: NDArray[np.float64] = self._study.areas[measure].to_numpy(dtype=np.float64)
        return np.nan_to_num(need)

    @property
    def _given_count(self) -> int:
        return 0 if self._study.need_points is None else len(self._study.need_points)

    def _point_shares(self, measure: str) -> NDArray[np.float64]:
        """Share of its area's need that stands at each point; they sum to 1 in every area."""
        area = self.points[2]
        weight = np.ones(len(area))
        given = self._study.need_points
        if given is not None and measure in given.columns:
            known = given[measure].to_numpy(dtype=np.float64)
            weight[: len(known)] = np.nan_to_num(known)
        count = len(self._study.areas)
        total = np.bincount(area, weight, count)[area]
        points = np.bincount(area, minlength=count)[area]
        # Where no weight is known, every point of the area weighs the same.
        return np.divide(weight, total, out=1 / points, where=total > 0)

    def _area_rows(self, geoids: NDArray[Any]) -> NDArray[np.int64]:
        row = {geoid: position for position, geoid in enumerate(self._study.areas["geoid"])}
        return np.fromiter((row[geoid] for geoid in geoids), np.int64, len(geoids))

    @cached_property
    def _overlaps(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Area row, neighbourhood row and share of the area's surface, slivers left out."""
        places = self._study.neighbourhoods
        if places is None:
            none = np.empty(0, dtype=np.int64)
            return none, none, np.empty(0)
        place_shapes = self.plane.project_shapes(places.geometry.to_numpy())
        tree = shapely.STRtree(place_shapes)
        area, place = tree.query(self.shapes_m, predicate="intersects")
        common = shapely.area(shapely.intersection(self.shapes_m[area], place_shapes[place]))
        share = common / shapely.area(self.shapes_m)[area]
        kept = share > _SLIVER_SHARE
        return area[kept], place[kept], share[kept]
