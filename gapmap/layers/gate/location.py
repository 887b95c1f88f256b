"""Where the rows of a site list are, and which of them are nowhere to be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gapmap.geo import STORED_CRS, LocalPlane, to_stored_crs
from gapmap.layers.gate.columns import each
from gapmap.layers.gate.values import read_number, read_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.gate.columns import SiteColumns

__all__ = ["Located", "judge_places", "locate"]


@dataclass(frozen=True, eq=False)
class Located:
    """n longitudes and latitudes in degrees, NaN where there is none, and what was found."""

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    found: NDArray[Any]
    warnings: tuple[str, ...] = ()

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """Which rows name a place on earth; 0,0 is none."""
        return _is_place(self.longitude, self.latitude)


def locate(columns: SiteColumns, source: str) -> Located:
    """Read the place of each row: from its shape, else from the first columns that name a place."""
    table = columns.table
    count = len(table)
    longitude, latitude = np.full(count, np.nan), np.full(count, np.nan)
    found = np.full(count, "", dtype=object)
    warnings: tuple[str, ...] = ()

    def take(x: NDArray[np.float64], y: NDArray[np.float64], texts: NDArray[Any]) -> None:
        # A later pair counts where the earlier ones name no place on earth.
        open_rows = ~_is_place(longitude, latitude)
        better = open_rows & (_is_place(x, y) | (found == ""))
        longitude[better], latitude[better] = x[better], y[better]
        found[better] = texts[better]

    if isinstance(table, gpd.GeoDataFrame):
        x, y, warnings = _of_shapes(table, source)
        # Numbers as Python's own, so that they print as numbers.
        pairs = zip(x.tolist(), y.tolist(), strict=True)
        shown = ["" if np.isnan(one) else f"longitude {one}, latitude {two}" for one, two in pairs]
        take(x, y, np.array(shown, dtype=object))
    for one, other in columns.pairs:
        x_texts, y_texts = columns.column(one), columns.column(other)
        shown = [
            f"{one} {x or 'blank'}, {other} {y or 'blank'}" if x or y else ""
            for x, y in zip(x_texts, y_texts, strict=True)
        ]
        take(_numbers(x_texts), _numbers(y_texts), np.array(shown, dtype=object))
    if columns.has("point"):
        texts = columns.texts("point")
        points = each(texts, lambda text: read_point(text) or (np.nan, np.nan))
        xy = np.array(points.tolist(), dtype=np.float64).reshape(-1, 2)
        take(xy[:, 0], xy[:, 1], texts)
    return Located(longitude, latitude, found, warnings)


def _numbers(texts: NDArray[Any]) -> NDArray[np.float64]:
    numbers = each(texts, read_number)
    return np.array([np.nan if one is None else one for one in numbers], dtype=np.float64)


def _is_place(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.bool_]:
    on_earth = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    return np.asarray(on_earth & ~((longitude == 0) & (latitude == 0)))


def _of_shapes(
    table: gpd.GeoDataFrame, source: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    # In degrees already: one bad point then costs its row and not the file.
    stored = table if table.crs == STORED_CRS else to_stored_crs(table, what=source)
    shapes = stored.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    spread = (kinds > 0) & ~shapely.is_empty(shapes)
    warnings: tuple[str, ...] = ()
    if spread.any():
        shapes = shapes.copy()
        shapes[spread] = shapely.point_on_surface(shapes[spread])
        warnings = (
            f"{int(spread.sum()):,} shapes are no points; each was taken at a point inside it.",
        )
    is_point = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    x[is_point] = shapely.get_x(shapes[is_point])
    y[is_point] = shapely.get_y(shapes[is_point])
    return x, y, warnings


def judge_places(
    located: Located, *, study_area: Any, margin_m: float, is_us: bool
) -> NDArray[Any]:
    """Return for each row why its place cannot be used; "" where it can.

    Parameters
    ----------
    located
        n places.
    study_area
        Shape or shapes in EPSG:4326, or None to accept any place on earth.
    margin_m
        How far outside the study area a site may lie.
    is_us
        Whether east longitudes with south latitudes can only be exchanged ones.
    """
    x, y = located.longitude, located.latitude
    reason = np.full(len(x), "", dtype=object)
    unknown = np.isnan(x) | np.isnan(y)
    zero = (x == 0) & (y == 0)
    off = (np.abs(x) > 180) | (np.abs(y) > 90)
    swapped = off & (np.abs(x) <= 90) & (np.abs(y) <= 180)
    if is_us:
        swapped |= (x > 0) & (y < 0) & ~off
    outside = np.zeros(len(x), dtype=bool)
    placed = ~(unknown | zero | off)
    if study_area is not None:
        rows = np.flatnonzero(placed)
        outside[rows] = ~_within(study_area, x[rows], y[rows], margin_m)
        # Nobody need suspect: exchanged, the numbers lie in the study or they do not.
        rows = np.flatnonzero((outside | off) & (np.abs(x) <= 90))
        swapped = np.zeros(len(x), dtype=bool)
        swapped[rows] = _within(study_area, y[rows], x[rows], margin_m)
    reason[outside] = "outside the study"
    reason[off] = "coordinates off the earth"
    reason[swapped] = "latitude and longitude look swapped"
    reason[zero] = "coordinates 0,0"
    reason[unknown] = "no coordinates"
    return reason


def _within(
    study_area: Any, x: NDArray[np.float64], y: NDArray[np.float64], margin_m: float
) -> NDArray[np.bool_]:
    # The areas one by one: putting thousands of them together takes longer than all the rest.
    shapes = np.atleast_1d(np.asarray(study_area, dtype=object))
    within = np.zeros(len(x), dtype=bool)
    within[shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")[0]] = True
    if margin_m > 0 and not within.all():
        west, south, east, north = shapely.total_bounds(shapes)
        plane = LocalPlane((west + east) / 2, (south + north) / 2)
        rows = np.flatnonzero(~within)
        points = shapely.points(*plane.project(x[rows], y[rows]))
        tree = shapely.STRtree(plane.project_shapes(shapes))
        within[rows[tree.query(points, predicate="dwithin", distance=margin_m)[0]]] = True
    return within
