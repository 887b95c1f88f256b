"""What siting brings along: distance tables, candidates' costs and capacities, areas of points.

A study may know ways better than a straight line: a table of metres from its areas to its
candidates and sites. A study may also know its areas as points only; then each gets a surface to
be drawn with, the ground that is nearer to its point than to any other (Voronoi 1908).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.standardise import (
    StandardTable,
    standardise_areas,
    standardise_candidates,
)
from gapmap.layers.table_cells import pad_geoids
from gapmap.layers.table_columns import column_for, coordinates, examples, optional_column, title_of
from gapmap.model import METRES_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = [
    "standardise_areas_of_points",
    "standardise_distances",
    "standardise_hosts",
]

_MARGIN: Final = 0.05
"""How far drawn areas go beyond the outermost points, as a share of the extent."""


def standardise_distances(
    raw: pd.DataFrame, spec: LayerSpec, *, geoids: Collection[str], places: Collection[str]
) -> StandardTable:
    """Make a table of ways standard: ``geoid``, ``to_id``, ``metres``, sorted, one row a pair.

    Parameters
    ----------
    raw
        One row a pair of an area and a candidate or site.
    spec
        The layer; ``[constants] unit = "mi"`` says what a number stands for, metres otherwise.
    geoids
        Areas of the study.
    places
        Identifiers of its candidates and sites.

    Raises
    ------
    TableError
        If ways cannot be read, are negative or contradict each other, or if none leads from an
        area of the study to a place of it.
    """
    what = title_of(spec)
    unit = spec.constants.get("unit", "m")
    if unit not in METRES_PER_UNIT:
        raise TableError(f"{what}: “{unit}” is not a unit. Use {', '.join(METRES_PER_UNIT)}.")
    geoid = pad_geoids(column_for(raw, spec, "geoid", ("geoid", "GEOID")))
    to_id = column_for(raw, spec, "to_id", ("to_id", "candidate_id", "site_id"))
    given = column_for(raw, spec, "distance", ("distance", "metres", "meters"))
    metres = pd.to_numeric(given, errors="coerce") * METRES_PER_UNIT[unit]
    is_bad = (metres < 0).to_numpy() | np.isinf(metres.to_numpy(dtype=np.float64))
    if is_bad.any():
        raise TableError(
            f"{what}: {int(is_bad.sum()):,} distances are negative or infinite, "
            f"{given[is_bad].iloc[0]!r} for one. Leave a pair out that nobody can travel."
        )
    table = pd.DataFrame(
        {
            "geoid": geoid.to_numpy(),
            "to_id": to_id.astype("string").str.strip().astype(object).to_numpy(),
            "metres": metres.to_numpy(dtype=np.float64),
        }
    )
    notes = []
    unknown = int(table["metres"].isna().sum())
    if unknown:
        notes.append(f"{unknown:,} pairs without a distance left out: nobody travels there")
    table = table[table["metres"].notna()]
    strangers = ~(table["geoid"].isin(geoids) & table["to_id"].isin(places))
    if strangers.any():
        ends = table["geoid"].where(~table["geoid"].isin(geoids), table["to_id"])[strangers]
        notes.append(f"{int(strangers.sum()):,} pairs of unknown places left out{examples(ends)}")
    table = table[~strangers].sort_values(["geoid", "to_id"], kind="stable", ignore_index=True)
    if table.empty:
        raise TableError(
            f"{what}: none of its {len(raw):,} rows leads from an area of the study to one of "
            "its candidates or sites. Check the columns geoid and to_id."
        )
    twice = table.duplicated(["geoid", "to_id"])
    if twice.any():
        one = table[twice].iloc[0]
        raise TableError(
            f"{what} has the way from {one['geoid']} to {one['to_id']} more than once. Keep one."
        )
    missing = sorted(set(geoids) - set(table["geoid"]))
    if missing:
        notes.append(
            f"{len(missing):,} areas have no way to anywhere{examples(pd.Series(missing))}"
        )
    return StandardTable(table, len(raw), tuple(notes))


def standardise_hosts(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make candidates standard, with ``cost`` and ``capacity`` where the layer has them."""
    standard = standardise_candidates(raw, spec)
    longitude, latitude = coordinates(raw, spec, title_of(spec))
    placed = ~(np.isnan(longitude) | np.isnan(latitude))
    table = standard.table
    for name in ("cost", "capacity"):
        column = optional_column(raw, spec, name)
        if column is not None:
            table = table.assign(**{name: _amounts(column, name, spec)[placed]})
    return StandardTable(table, standard.rows_in, standard.notes)


def _amounts(column: pd.Series, name: str, spec: LayerSpec) -> NDArray[np.float64]:
    amounts = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    if (amounts < 0).any():
        raise TableError(f"{title_of(spec)}: a {name} is {amounts.min():g}; expected 0 or more.")
    return amounts


def standardise_areas_of_points(
    raw: pd.DataFrame, spec: LayerSpec, attributes: pd.DataFrame | None = None
) -> StandardTable:
    """Make areas standard that the file knows as points: each gets the ground nearest to it.

    Raises
    ------
    TableError
        If points have no place or share one, or there are fewer than three.
    """
    what = title_of(spec)
    longitude, latitude = coordinates(raw, spec, what)
    points = shapely.points(longitude, latitude)
    unplaced = int(np.isnan(longitude + latitude).sum())
    if unplaced:
        raise TableError(f"{what}: {unplaced:,} of its {len(raw):,} points have no coordinates.")
    if len(np.unique(np.column_stack([longitude, latitude]), axis=0)) < max(len(raw), 3):
        raise TableError(
            f"{what}: to draw areas around points there must be three or more, each at a place "
            f"of its own; two of these {len(raw):,} share one, or they are too few."
        )
    west, south, east, north = shapely.total_bounds(points)
    reach = _MARGIN * max(east - west, north - south)
    frame = shapely.box(west - reach, south - reach, east + reach, north + reach)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame, ordered=True)
    )
    drawn = gpd.GeoDataFrame(
        pd.DataFrame(raw).drop(columns="geometry", errors="ignore"),
        geometry=shapely.intersection(cells, frame),
        crs=STORED_CRS,
    )
    as_shapes = spec.model_copy(update={"crs": None})
    standard = standardise_areas(drawn, as_shapes, attributes)
    note = "surfaces are drawn around points, to look at: only the points are facts"
    return StandardTable(standard.table, standard.rows_in, (note, *standard.notes))
