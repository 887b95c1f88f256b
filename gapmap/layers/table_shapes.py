"""Shapes of a raw table: repaired, brought to degrees, and found by a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.geo import to_stored_crs

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["area_at", "valid_shapes"]


def valid_shapes(raw: gpd.GeoDataFrame, what: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return the rows that have a shape, valid and in EPSG:4326, and what was done in sentences."""
    notes: tuple[str, ...] = ()
    shapes = shapely.force_2d(raw.geometry.to_numpy())
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if invalid.any():
        shapes = shapes.copy()
        shapes[invalid] = [_polygonal(shape) for shape in shapely.make_valid(shapes[invalid])]
        notes += (f"{int(invalid.sum())} invalid shape(s) repaired",)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        notes += (f"{int(empty.sum())} row(s) without a shape left out",)
    table = raw.set_geometry(gpd.GeoSeries(shapes, index=raw.index, crs=raw.crs))
    return to_stored_crs(table[~empty].reset_index(drop=True), what=what), notes


def _polygonal(shape: Any) -> Any:
    """Keep the surface of a repaired shape: make_valid may leave lines and points beside it."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = [part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def area_at(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], areas: gpd.GeoDataFrame
) -> pd.Series:
    """Return the GEOID of the area each point lies in, None outside all of them."""
    tree = shapely.STRtree(areas.geometry.to_numpy())
    point, area = tree.query(shapely.points(longitude, latitude), predicate="intersects")
    found = np.full(len(longitude), -1, dtype=np.int64)
    # A point on a shared border lies in both areas; the first one in the table takes it.
    order = np.lexsort((area, point))[::-1]
    found[point[order]] = area[order]
    geoid = areas["geoid"].to_numpy(dtype=object)
    return pd.Series([None if row < 0 else geoid[row] for row in found], dtype=object)
