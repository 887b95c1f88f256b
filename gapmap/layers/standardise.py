"""Raw tables made standard: one function a role, each telling what it changed and left out.

Everything here is pure: a raw table and its description go in, a standard table and sentences
about it come out. Site lists have a module of their own, :mod:`gapmap.layers.sites`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.table_cells import pad_geoids, rows_of_totals
from gapmap.layers.table_columns import (
    USUAL_GEOIDS,
    column_for,
    coordinates,
    examples,
    figures,
    named_column,
    names_of,
    optional_column,
    texts_or_none,
    title_of,
    with_crs,
)
from gapmap.layers.table_shapes import area_at, valid_shapes
from gapmap.model import Role
from gapmap.schema import check_table

if TYPE_CHECKING:
    from gapmap.layers.catalogue import LayerSpec

__all__ = [
    "StandardTable",
    "join_attributes",
    "standardise_areas",
    "standardise_candidates",
    "standardise_context",
    "standardise_need_points",
    "standardise_neighbourhoods",
]


@dataclass(frozen=True, eq=False)
class StandardTable:
    """A standard table, the rows that came in, and what was done to them in sentences."""

    table: pd.DataFrame
    rows_in: int
    notes: tuple[str, ...] = ()


def standardise_areas(
    raw: pd.DataFrame, spec: LayerSpec, attributes: pd.DataFrame | None = None
) -> StandardTable:
    """Make the areas of a ``need`` layer standard.

    Parameters
    ----------
    raw
        Polygons, with the measures or to be joined with ``attributes``.
    spec
        The layer.
    attributes
        The table named in ``[table]``, if any.

    Raises
    ------
    TableError
        If shapes and table do not join, or a count cannot be read.
    """
    what = title_of(spec)
    shapes, notes = valid_shapes(with_crs(raw, spec), what)
    geoid = pad_geoids(column_for(shapes, spec, "geoid", USUAL_GEOIDS))
    if attributes is None:
        counts, is_total = shapes, rows_of_totals(shapes, geoid)
    else:
        counts, joined = join_attributes(geoid, attributes, spec)
        notes += joined
        is_total = np.zeros(len(shapes), dtype=bool)
    areas = gpd.GeoDataFrame(
        {"geoid": geoid.to_numpy(), "name": names_of(shapes, spec, geoid)},
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    for name, measure in spec.measures.items():
        estimates, margins = figures(counts, measure.column, measure.moe, spec, what)
        areas[name] = estimates
        if margins is not None:
            areas[f"{name}_moe"] = margins
    if is_total.any():
        areas = areas[~is_total].reset_index(drop=True)
        notes += (f"{int(is_total.sum())} row(s) of totals refused",)
    for name, measure in spec.measures.items():
        unknown = int(areas[name].isna().sum())
        if unknown:
            notes += (f"{measure.label}: unknown in {unknown:,} of {len(areas):,} areas",)
    check_table(areas, Role.NEED, what=what, measures=tuple(spec.measures))
    return StandardTable(areas, len(raw), notes)


def standardise_need_points(
    raw: pd.DataFrame, spec: LayerSpec, areas: gpd.GeoDataFrame
) -> StandardTable:
    """Make weighted points standard, each with the area it lies in.

    Points that name no area are placed by their coordinates. Points outside every area are left
    out and counted.
    """
    what = title_of(spec)
    longitude, latitude = coordinates(raw, spec, what)
    known = pd.Index(areas["geoid"])
    column = spec.columns.get("geoid") or ("geoid" if "geoid" in raw.columns else None)
    geoid = None if column is None else pad_geoids(named_column(raw, column, what))
    if geoid is None or not geoid.isin(known).any():
        geoid = area_at(longitude, latitude, areas)
    points = pd.DataFrame({"geoid": geoid.to_numpy(), "longitude": longitude, "latitude": latitude})
    for name, measure in spec.measures.items():
        points[name], _ = figures(raw, measure.column, None, spec, what)
    placed = points["geoid"].isin(known) & points["longitude"].notna() & points["latitude"].notna()
    notes: tuple[str, ...] = ()
    if not placed.all():
        notes = (f"{int((~placed).sum()):,} points outside every area left out",)
    points = points[placed].reset_index(drop=True)
    if points.empty:
        raise TableError(
            f"{what}: none of its {len(raw):,} points lies in an area of the study. "
            "Check the vintage of the GEOIDs and the order of longitude and latitude."
        )
    check_table(points, Role.NEED_POINTS, what=what, measures=tuple(spec.measures))
    return StandardTable(points, len(raw), notes)


def standardise_neighbourhoods(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make named polygons standard."""
    what = title_of(spec)
    shapes, notes = valid_shapes(with_crs(raw, spec), what)
    name = column_for(shapes, spec, "name", ("name", "NAME", "Name")).astype(str).str.strip()
    identifier = optional_column(shapes, spec, "neighbourhood_id")
    table = gpd.GeoDataFrame(
        {
            "neighbourhood_id": (name if identifier is None else identifier.astype(str)).to_numpy(),
            "name": name.to_numpy(),
            "group": texts_or_none(optional_column(shapes, spec, "group"), len(shapes)),
        },
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    check_table(table, Role.NEIGHBOURHOODS, what=what)
    return StandardTable(table, len(raw), notes)


def standardise_candidates(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make places where a site could open standard. Rows without coordinates are counted out."""
    what = title_of(spec)
    longitude, latitude = coordinates(raw, spec, what)
    name = column_for(raw, spec, "name", ("name", "NAME", "Name")).astype(str)
    identifier = optional_column(raw, spec, "candidate_id")
    if identifier is None:
        identifier = pd.Series([f"{spec.id}-{row}" for row in range(1, len(raw) + 1)])
    table = gpd.GeoDataFrame(
        {
            "candidate_id": identifier.astype(str).to_numpy(),
            "name": name.to_numpy(),
            "kind": texts_or_none(optional_column(raw, spec, "kind"), len(raw)),
        },
        geometry=gpd.points_from_xy(longitude, latitude),
        crs=STORED_CRS,
    )
    placed = ~(np.isnan(longitude) | np.isnan(latitude))
    notes = () if placed.all() else (f"{int((~placed).sum())} rows without coordinates left out",)
    table = table[placed].reset_index(drop=True)
    check_table(table, Role.CANDIDATES, what=what)
    return StandardTable(table, len(raw), notes)


def standardise_context(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make shapes that are only shown standard."""
    what = title_of(spec)
    shapes, notes = valid_shapes(with_crs(raw, spec), what)
    name = optional_column(shapes, spec, "name")
    table = gpd.GeoDataFrame(
        {"name": texts_or_none(name, len(shapes))},
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    check_table(table, Role.CONTEXT, what=what)
    return StandardTable(table, len(raw), notes)


def join_attributes(
    geoid: pd.Series, attributes: pd.DataFrame, spec: LayerSpec
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the row of a table for each shape, and what was done in sentences.

    Parameters
    ----------
    geoid
        GEOID of every shape.
    attributes
        The table named in ``[table]``.
    spec
        The layer.

    Raises
    ------
    TableError
        If more shapes and rows have no partner than the layer says.
    """
    assert spec.table is not None
    what = f"{title_of(spec)}, table {spec.table.file}"
    notes: tuple[str, ...] = ()
    key = pad_geoids(named_column(attributes, spec.table.key, what))
    is_total = rows_of_totals(attributes, key)
    attributes, key = attributes[~is_total], key[~is_total]
    twice = key[key.duplicated()]
    if len(twice):
        raise TableError(f"{what} has {twice.iloc[0]} more than once in {spec.table.key}.")
    if is_total.any():
        notes += (f"{int(is_total.sum())} row(s) of totals refused",)
    # A table of the whole state is fine for one county; a hole inside the county is not.
    counties = set(geoid.dropna().str[:5])
    strangers = key[~key.isin(set(geoid)) & key.str[:5].isin(counties)]
    missing = geoid[~geoid.isin(set(key))]
    unmatched = max(len(strangers), len(missing))
    if unmatched > spec.table.unmatched:
        raise TableError(
            f"{what}: {len(missing):,} of {len(geoid):,} shapes have no row"
            f"{examples(missing)}, and {len(strangers):,} of {len(key):,} rows have no shape"
            f"{examples(strangers)}. Shapes and table are probably of different vintages "
            f"(2010 and 2020 tracts, say). Use matching ones, or set unmatched = {unmatched} "
            "under [table] after looking at them."
        )
    if unmatched:
        notes += (f"{len(missing)} shapes without a row, {len(strangers)} rows without a shape",)
    return attributes.set_axis(pd.Index(key), axis=0).reindex(geoid.to_numpy()), notes
