"""A small town that can be checked by hand.

Areas are squares of 1,000 m in a row from west to east, on the equator at longitude 0, so that
a degree is 111,320 m both ways to within the width of a street. Sites are put down in metres
from the south-west corner of the first square.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.geo import STORED_CRS, LocalPlane
from gapmap.model import Measure, Provenance, Reach, Role, Study, Words
from gapmap.rules import EligibilityAreas, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE_M = 1000.0
PLANE = LocalPlane(0.0, 0.0)
CHILDREN = Measure("children", "Children under 18", "children")


def to_degrees(x_m: Any, y_m: Any) -> tuple[Any, Any]:
    """Turn metres from the corner of the town into longitude and latitude."""
    return _from_plane().transform(np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float))


@functools.cache
def _from_plane() -> Any:
    """Metres to degrees: making this takes longer than all that is asked of it."""
    from pyproj import Transformer

    return Transformer.from_crs(PLANE.crs, STORED_CRS, always_xy=True)


def square(x_m: float, y_m: float, side_m: float = SIDE_M) -> shapely.Polygon:
    """Return a square by its south-west corner, in degrees."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    longitude, latitude = to_degrees(
        [x_m + side_m * dx for dx, _ in corners], [y_m + side_m * dy for _, dy in corners]
    )
    return shapely.Polygon(np.column_stack([longitude, latitude]))


def areas(needs: Sequence[float], **measures: Sequence[float]) -> gpd.GeoDataFrame:
    """Squares in a row, one a need; NaN where it is unknown."""
    return gpd.GeoDataFrame(
        {
            "geoid": [f"480010001{row:02d}" for row in range(len(needs))],
            "name": [f"Tract {row}" for row in range(len(needs))],
            "children": np.asarray(needs, dtype=float),
            **{name: np.asarray(values, dtype=float) for name, values in measures.items()},
        },
        geometry=[square(SIDE_M * row, 0) for row in range(len(needs))],
        crs=STORED_CRS,
    )


def sites(*places: tuple[float, float], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Sites at metres from the corner; any standard column can be given as a list."""
    count = len(places)
    x_m = [x for x, _ in places]
    y_m = [y for _, y in places]
    standard: dict[str, Any] = {
        "site_id": [f"s{row}" for row in range(count)],
        "name": [f"Site {row}" for row in range(count)],
        "partner": [f"Partner {'ABCDEFGH'[row % 8]}" for row in range(count)],
        "kind": ["open"] * count,
        "service_model": ["congregate"] * count,
        "meals": ["lunch"] * count,
        "days": ["mon;tue;wed;thu;fri"] * count,
        "start_date": pd.Series([pd.NaT] * count, dtype="datetime64[ns]"),
        "end_date": pd.Series([pd.NaT] * count, dtype="datetime64[ns]"),
        "capacity": np.full(count, np.nan),
        "address": [None] * count,
        "status": ["active"] * count,
        "source_row": list(range(2, count + 2)),
    }
    standard.update({name: list(values) for name, values in columns.items()})
    standard.setdefault("place_id", list(standard["site_id"]))
    longitude, latitude = to_degrees(x_m, y_m)
    return gpd.GeoDataFrame(
        standard, geometry=gpd.points_from_xy(longitude, latitude), crs=STORED_CRS
    )


def need_points(*points: tuple[float, float, str, float]) -> pd.DataFrame:
    """Need points as (x, y, geoid, weight), metres from the corner."""
    longitude, latitude = to_degrees([p[0] for p in points], [p[1] for p in points])
    return pd.DataFrame(
        {
            "geoid": [p[2] for p in points],
            "longitude": longitude,
            "latitude": latitude,
            "children": [float(p[3]) for p in points],
        }
    )


def neighbourhoods(
    *names: str, width_m: float = SIDE_M, groups: Sequence[str | None] | None = None
) -> gpd.GeoDataFrame:
    """Neighbourhoods in a row from the west, each of one width and 1,000 m high."""
    shapes = []
    for row in range(len(names)):
        longitude, latitude = to_degrees(
            [width_m * row, width_m * (row + 1), width_m * (row + 1), width_m * row],
            [0, 0, SIDE_M, SIDE_M],
        )
        shapes.append(shapely.Polygon(np.column_stack([longitude, latitude])))
    return gpd.GeoDataFrame(
        {
            "neighbourhood_id": [f"n{row}" for row in range(len(names))],
            "name": list(names),
            "group": list(groups or [None] * len(names)),
        },
        geometry=shapes,
        crs=STORED_CRS,
    )


def eligibility(
    children: Sequence[float], eligible: Sequence[float], **changes: Any
) -> EligibilityAreas:
    """Block groups that are the squares of :func:`areas`, with their children and eligible ones."""
    squares = areas(children)
    table = squares[["geoid", "name", "geometry"]].assign(
        geoid=squares["geoid"] + "1",
        name=[f"Block group {row}" for row in range(len(squares))],
        children_0_18=np.asarray(children, dtype=float),
        eligible_0_18=np.asarray(eligible, dtype=float),
    )
    known: dict[str, Any] = {
        "layer": "fns",
        "title": "Eligible block groups",
        "source": "Drawn for tests",
        "vintage": "2025",
        "level": Level.BLOCK_GROUP,
        "table": gpd.GeoDataFrame(table, crs=STORED_CRS),
    }
    return EligibilityAreas(**(known | changes))


def provenance(layer: str, role: Role, title: str, **changes: Any) -> Provenance:
    """Where a layer of the town came from."""
    known: dict[str, Any] = {
        "source": "Drawn for tests",
        "vintage": "2020",
        "licence": "MIT",
        "file": f"{layer}.parquet",
        "sha256": "0" * 64,
        "rows_in": 2,
        "rows_out": 2,
    }
    return Provenance(layer=layer, role=role, title=title, **(known | changes))


def study(
    town: gpd.GeoDataFrame | None = None,
    town_sites: gpd.GeoDataFrame | None = None,
    **changes: Any,
) -> Study:
    """Return a study of two squares with 100 and 300 children and one site, unless told else."""
    town = areas([100, 300]) if town is None else town
    town_sites = sites((500, 500)) if town_sites is None else town_sites
    known: dict[str, Any] = {
        "id": "town",
        "name": "Squaretown",
        "summary": "Squares in a row.",
        "measures": {"children": CHILDREN},
        "words": Words(),
        "reach": Reach(400.0),
        "areas": town,
        "sites": town_sites,
        "data_version": "0123456789abcdef",
        "provenance": (provenance("tracts", Role.NEED, "Squares"),),
    }
    known.update(changes)
    return Study(**known)
