"""Raw tables made standard: one function a role, each telling what it changed and left out.

Everything here is pure: a raw table and its description go in, a standard table and sentences
about it come out. Site lists have a module of their own, :mod:`gapmap.layers.sites`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS, to_stored_crs
from gapmap.layers.table_cells import pad_geoids, rows_of_totals, to_counts
from gapmap.layers.table_shapes import area_at, valid_shapes
from gapmap.model import Role
from gapmap.schema import check_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = [
    "StandardTable",
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
    what = _what(spec)
    shapes, notes = valid_shapes(_with_crs(raw, spec), what)
    geoid = pad_geoids(_column(shapes, spec, "geoid", ("GEOID", "geoid", "GEOID20", "GEOID10")))
    if attributes is None:
        counts, is_total = shapes, rows_of_totals(shapes, geoid)
    else:
        counts, joined = _join(geoid, attributes, spec)
        notes += joined
        is_total = np.zeros(len(shapes), dtype=bool)
    areas = gpd.GeoDataFrame(
        {"geoid": geoid.to_numpy(), "name": _names(shapes, spec, geoid)},
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    for name, measure in spec.measures.items():
        for target, column in ((name, measure.column), (f"{name}_moe", measure.moe)):
            if column is not None:
                raw_counts = _named_column(counts, column, what)
                areas[target] = to_counts(raw_counts, spec, what).to_numpy()
    if is_total.any():
        areas = areas[~is_total].reset_index(drop=True)
        notes += (f"{int(is_total.sum())} row(s) of totals refused",)
    for name in spec.measures:
        unknown = int(areas[name].isna().sum())
        if unknown:
            notes += (f"{name} is unknown in {unknown:,} of {len(areas):,} areas",)
    check_table(areas, Role.NEED, what=what, measures=tuple(spec.measures))
    return StandardTable(areas, len(raw), notes)


def standardise_need_points(
    raw: pd.DataFrame, spec: LayerSpec, areas: gpd.GeoDataFrame
) -> StandardTable:
    """Make weighted points standard, each with the area it lies in.

    Points that name no area are placed by their coordinates. Points outside every area are left
    out and counted.
    """
    what = _what(spec)
    longitude, latitude = _coordinates(raw, spec, what)
    known = pd.Index(areas["geoid"])
    column = spec.columns.get("geoid") or ("geoid" if "geoid" in raw.columns else None)
    geoid = None if column is None else pad_geoids(_named_column(raw, column, what))
    if geoid is None or not geoid.isin(known).any():
        geoid = area_at(longitude, latitude, areas)
    points = pd.DataFrame({"geoid": geoid.to_numpy(), "longitude": longitude, "latitude": latitude})
    for name, measure in spec.measures.items():
        weights = to_counts(_named_column(raw, measure.column, what), spec, what)
        points[name] = weights.to_numpy()
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
    what = _what(spec)
    shapes, notes = valid_shapes(_with_crs(raw, spec), what)
    name = _column(shapes, spec, "name", ("name", "NAME", "Name")).astype(str).str.strip()
    identifier = _optional(shapes, spec, "neighbourhood_id")
    table = gpd.GeoDataFrame(
        {
            "neighbourhood_id": (name if identifier is None else identifier.astype(str)).to_numpy(),
            "name": name.to_numpy(),
            "group": _text_or_none(_optional(shapes, spec, "group"), len(shapes)),
        },
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    check_table(table, Role.NEIGHBOURHOODS, what=what)
    return StandardTable(table, len(raw), notes)


def standardise_candidates(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make places where a site could open standard. Rows without coordinates are counted out."""
    what = _what(spec)
    longitude, latitude = _coordinates(raw, spec, what)
    name = _column(raw, spec, "name", ("name", "NAME", "Name")).astype(str)
    identifier = _optional(raw, spec, "candidate_id")
    if identifier is None:
        identifier = pd.Series([f"{spec.id}-{row}" for row in range(1, len(raw) + 1)])
    table = gpd.GeoDataFrame(
        {
            "candidate_id": identifier.astype(str).to_numpy(),
            "name": name.to_numpy(),
            "kind": _text_or_none(_optional(raw, spec, "kind"), len(raw)),
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
    what = _what(spec)
    shapes, notes = valid_shapes(_with_crs(raw, spec), what)
    name = _optional(shapes, spec, "name")
    table = gpd.GeoDataFrame(
        {"name": _text_or_none(name, len(shapes))},
        geometry=shapes.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    check_table(table, Role.CONTEXT, what=what)
    return StandardTable(table, len(raw), notes)


def _join(
    geoid: pd.Series, attributes: pd.DataFrame, spec: LayerSpec
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    assert spec.table is not None
    what = f"{_what(spec)}, table {spec.table.file}"
    key = pad_geoids(_named_column(attributes, spec.table.key, what))
    is_total = rows_of_totals(attributes, key)
    attributes, key = attributes[~is_total], key[~is_total]
    twice = key[key.duplicated()]
    if len(twice):
        raise TableError(f"{what} has {twice.iloc[0]} more than once in {spec.table.key}.")
    notes: tuple[str, ...] = ()
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
            f"{_examples(missing)}, and {len(strangers):,} of {len(key):,} rows have no shape"
            f"{_examples(strangers)}. Shapes and table are probably of different vintages "
            f"(2010 and 2020 tracts, say). Use matching ones, or set unmatched = {unmatched} "
            "under [table] after looking at them."
        )
    if unmatched:
        notes += (f"{len(missing)} shapes without a row, {len(strangers)} rows without a shape",)
    return attributes.set_axis(pd.Index(key), axis=0).reindex(geoid.to_numpy()), notes


def _examples(values: pd.Series) -> str:
    return f" ({', '.join(str(value) for value in values.iloc[:3])})" if len(values) else ""


def _with_crs(raw: pd.DataFrame, spec: LayerSpec) -> gpd.GeoDataFrame:
    if not isinstance(raw, gpd.GeoDataFrame):
        raise TableError(f"{_what(spec)}: {spec.file} is a table without shapes.")
    if spec.crs is None:
        return raw
    return raw.set_crs(spec.crs, allow_override=True)


def _coordinates(
    raw: pd.DataFrame, spec: LayerSpec, what: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(raw, gpd.GeoDataFrame):
        points = to_stored_crs(_with_crs(raw, spec), what=what).geometry
        return points.x.to_numpy(), points.y.to_numpy()
    longitude = _column(raw, spec, "longitude", ("longitude", "lon", "lng", "X"))
    latitude = _column(raw, spec, "latitude", ("latitude", "lat", "Y"))
    return (
        pd.to_numeric(longitude, errors="coerce").to_numpy(dtype=np.float64),
        pd.to_numeric(latitude, errors="coerce").to_numpy(dtype=np.float64),
    )


def _column(raw: pd.DataFrame, spec: LayerSpec, standard: str, usual: tuple[str, ...]) -> pd.Series:
    named = spec.columns.get(standard)
    if named is not None:
        return _named_column(raw, named, _what(spec))
    for column in usual:
        if column in raw.columns:
            return raw[column]
    raise TableError(
        f"{_what(spec)}: no column for {standard}. The file has {_listed(raw)}. "
        f'Name it under [columns]: {standard} = "…".'
    )


def _named_column(raw: pd.DataFrame, column: str, what: str) -> pd.Series:
    if column not in raw.columns:
        raise TableError(f"{what}: there is no column “{column}”. There are {_listed(raw)}.")
    return raw[column]


def _listed(raw: pd.DataFrame) -> str:
    names = [str(column) for column in raw.columns if column != "geometry"]
    return ", ".join(names[:20]) + (", …" if len(names) > 20 else "")


def _optional(raw: pd.DataFrame, spec: LayerSpec, standard: str) -> pd.Series | None:
    if standard in spec.columns:
        return _named_column(raw, spec.columns[standard], _what(spec))
    if standard in spec.constants:
        return pd.Series([spec.constants[standard]] * len(raw), index=raw.index)
    return raw[standard] if standard in raw.columns else None


def _names(raw: pd.DataFrame, spec: LayerSpec, geoid: pd.Series) -> NDArray[Any]:
    name = _optional(raw, spec, "name")
    if name is None:
        return geoid.to_numpy()
    return name.astype("string").fillna(geoid.astype("string")).astype(object).to_numpy()


def _text_or_none(values: pd.Series | None, length: int) -> list[str | None]:
    if values is None:
        return [None] * length
    texts: Mapping[int, Any] = dict(enumerate(values.tolist()))
    return [
        str(text).strip() if isinstance(text, str | int) and str(text).strip() else None
        for text in texts.values()
    ]


def _what(spec: LayerSpec) -> str:
    return f"Layer {spec.id} ({spec.title})"
