"""Shapes that share borders: made to share every vertex of them, and simplified as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from gapmap.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METRIC_CRS", "STORED_CRS", "noded_coverage", "simplified_coverage"]

STORED_CRS: Final = "EPSG:4326"
METRIC_CRS: Final = "EPSG:32118"
"""NAD83 / New York Long Island, metres."""
GRID_DEGREES: Final = 1e-6
"""About a tenth of a metre in New York."""
TOLERANCE_M: Final = 1.0


def noded_coverage(shapes: NDArray[Any], *, grid: float = GRID_DEGREES) -> NDArray[Any]:
    """Rebuild shapes that share borders so that they share every vertex of those borders.

    All borders are laid on one grid and cut where they meet; each resulting face goes to the
    shape it lies in. A face that lies in no shape stays a hole.

    Parameters
    ----------
    shapes
        n polygons or multipolygons in degrees that do not overlap.
    grid
        Size of the grid, degrees.

    Returns
    -------
    n shapes in the order given, a valid coverage.

    Raises
    ------
    InputError
        If a shape is smaller than the grid and would be lost.
    """
    borders = shapely.union_all(shapely.boundary(shapes), grid_size=grid)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([borders])), dtype=object)
    face, shape = shapely.STRtree(shapes).query(
        shapely.point_on_surface(faces), predicate="intersects"
    )
    owners = np.full(len(faces), -1)
    # From the back: of two shapes that overlap, the one listed first keeps the face.
    owners[face[::-1]] = shape[::-1]
    rebuilt = np.empty(len(shapes), dtype=object)
    for index in range(len(shapes)):
        own = faces[owners == index]
        if len(own) == 0:
            raise InputError(f"Shape {index} is smaller than the grid of {grid} degrees.")
        rebuilt[index] = shapely.coverage_union_all(own)
    return rebuilt


def simplified_coverage(
    shapes: NDArray[Any], *, tolerance_m: float = TOLERANCE_M, grid: float = GRID_DEGREES
) -> NDArray[Any]:
    """Simplify a coverage in degrees without opening gaps between neighbours.

    Vertices are taken away (Visvalingam-Whyatt, the same on both sides of a border) on a metric
    plane; those that stay are put back on the grid they came from.
    """
    metres = gpd.GeoSeries(shapes, crs=STORED_CRS).to_crs(METRIC_CRS).to_numpy()
    simple = shapely.coverage_simplify(metres, tolerance_m)
    degrees = gpd.GeoSeries(simple, crs=METRIC_CRS).to_crs(STORED_CRS).to_numpy()
    decimals = round(-np.log10(grid))
    rounded: NDArray[Any] = shapely.transform(degrees, lambda xy: np.round(xy, decimals))
    if not (shapely.is_valid(rounded).all() and shapely.coverage_is_valid(rounded)):
        raise InputError("The simplified shapes overlap or leave gaps. Use a smaller tolerance.")
    return rounded
