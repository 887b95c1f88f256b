"""Made-up places to divide: lattices that can be checked by hand, and random tessellations."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gapmap.analysis.territory.graph import Graph
from gapmap.geo import STORED_CRS
from tests import builders

SIDE_M = 1000.0
DEGREE_M = 111_320.0


def lattice(columns: int, rows: int) -> Graph:
    """Squares of 1,000 m, numbered from the south-west, row by row."""
    return Graph.of_shapes(lattice_shapes(columns, rows), lattice_borders(columns, rows))


def lattice_shapes(columns: int, rows: int) -> Any:
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    west, south = x.ravel() * SIDE_M, y.ravel() * SIDE_M
    return shapely.box(west, south, west + SIDE_M, south + SIDE_M)


def lattice_borders(columns: int, rows: int) -> Any:
    from scipy.sparse import csr_array

    number = np.arange(columns * rows).reshape(rows, columns)
    pairs = [
        *zip(number[:, :-1].ravel(), number[:, 1:].ravel(), strict=True),
        *zip(number[:-1].ravel(), number[1:].ravel(), strict=True),
    ]
    table = np.zeros((columns * rows, columns * rows))
    for one, other in pairs:
        table[one, other] = table[other, one] = SIDE_M
    return csr_array(table)


def tessellation(seed: int, count: int, *, river: bool = False) -> Any:
    """Random cells that fill a square, in degrees at the equator; a river cuts it in two."""
    random = np.random.default_rng(seed)
    side = 0.3
    frame = shapely.box(0, 0, side, side)
    points = shapely.multipoints(random.uniform(0, side, (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    cells = shapely.intersection(cells, frame)
    if river:
        water = shapely.box(0.14, -1, 0.15, 1)
        cells = np.array([shapely.difference(cell, water) for cell in cells])
        cells = shapely.get_parts(cells)
    return cells[shapely.area(cells) > 1e-9]


def graph_of(cells: Any) -> Graph:
    """A graph of cells in degrees, joined by bridges where water is between them."""
    from gapmap.analysis.adjacency import shared_borders

    shapes_m = shapely.transform(cells, lambda degrees: degrees * DEGREE_M)
    return Graph.of_shapes(shapes_m, shared_borders(cells).neighbours).joined(shapes_m)


def block(columns: int, rows: int, needs: Any = None, **changes: Any) -> Any:
    """A study of squares in columns and rows, GEOID 48001 and six digits for column and row."""
    spots = [(column, row) for row in range(rows) for column in range(columns)]
    needs = np.full(len(spots), 100.0) if needs is None else np.asarray(needs, dtype=float)
    areas = gpd.GeoDataFrame(
        {
            "geoid": [f"48001{column:03d}{row:03d}" for column, row in spots],
            "name": [f"Tract {column}.{row}" for column, row in spots],
            "children": needs,
        },
        geometry=[builders.square(SIDE_M * column, SIDE_M * row) for column, row in spots],
        crs=STORED_CRS,
    )
    changes.setdefault("town_sites", builders.sites((-5000, -5000)))
    return builders.study(areas, **changes)


def geoid(column: int, row: int) -> str:
    return f"48001{column:03d}{row:03d}"
