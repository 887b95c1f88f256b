"""Where a small map looks: a study's shapes on a plane, and the frame around some of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gapmap.geo import LocalPlane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gapmap.model import Study

__all__ = ["Frame", "MapGround", "inner_point"]


@dataclass(frozen=True, eq=False)
class MapGround:
    """The shapes of a study on a plane, made once for all its small maps.

    Parameters
    ----------
    plane
        The metric plane.
    areas_m
        Shape of each area of the study, metres.
    places_m
        Shape of each neighbourhood; empty without.
    """

    plane: LocalPlane
    areas_m: NDArray[Any]
    places_m: NDArray[Any]

    @classmethod
    def of(cls, study: Study) -> MapGround:
        """Lay a study's shapes out on its own plane."""
        plane = LocalPlane.around(study.areas)
        places = study.neighbourhoods
        return cls(
            plane,
            plane.project_shapes(study.areas.geometry.to_numpy()),
            np.empty(0, dtype=object)
            if places is None
            else plane.project_shapes(places.geometry.to_numpy()),
        )

    def at(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
        """Return places in degrees as rows of x and y, metres."""
        return np.column_stack(self.plane.project(longitude, latitude))


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the plane a map shows, and how large.

    Parameters
    ----------
    west_m, north_m
        The corner at the upper left.
    metres_per_px
        The scale.
    width_px, height_px
        Size of the picture.
    """

    west_m: float
    north_m: float
    metres_per_px: float
    width_px: int
    height_px: int

    @classmethod
    def around(
        cls, shapes_m: ArrayLike, *, width_px: int, height_px: int, margin_px: float = 14.0
    ) -> Frame:
        """Frame shapes as large as they fit, in the middle.

        Parameters
        ----------
        shapes_m
            What must be in sight; at least one shape.
        width_px, height_px
            Size of the picture.
        margin_px
            Left free on every side.
        """
        west, south, east, north = shapely.total_bounds(np.asarray(shapes_m, dtype=object))
        scale = max(
            (east - west) / (width_px - 2 * margin_px),
            (north - south) / (height_px - 2 * margin_px),
            0.01,
        )
        return cls(
            float((west + east) / 2 - scale * width_px / 2),
            float((south + north) / 2 + scale * height_px / 2),
            float(scale),
            width_px,
            height_px,
        )

    def px(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return rows of x and y on the plane as pixels from the upper left corner."""
        return np.column_stack(
            [
                (points_m[:, 0] - self.west_m) / self.metres_per_px,
                (self.north_m - points_m[:, 1]) / self.metres_per_px,
            ]
        )

    def box_m(self, beyond_px: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north of what is in sight and some pixels beyond."""
        beyond = beyond_px * self.metres_per_px
        return (
            self.west_m - beyond,
            self.north_m - self.height_px * self.metres_per_px - beyond,
            self.west_m + self.width_px * self.metres_per_px + beyond,
            self.north_m + beyond,
        )


def inner_point(shape_m: Any) -> tuple[float, float, float]:
    """Return a point well inside the largest part of a shape, and how far the border is.

    Returns
    -------
    x, y and the distance, all metres.
    """
    parts = shapely.get_parts(shape_m)
    part = parts[int(np.argmax(shapely.area(parts)))]
    tolerance = max(math.sqrt(shapely.area(part)) / 50, 1e-6)
    ray = shapely.maximum_inscribed_circle(part, tolerance)
    x_m, y_m = shapely.get_coordinates(ray)[0]
    return float(x_m), float(y_m), float(shapely.length(ray))
