"""Columns of a raw table, found by their names: texts, figures, and sums of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import TableError
from gapmap.geo import to_stored_crs
from gapmap.layers.table_cells import to_counts, to_margins
from gapmap.margins import moe_of_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = [
    "USUAL_GEOIDS",
    "column_for",
    "coordinates",
    "examples",
    "figures",
    "named_column",
    "names_of",
    "optional_column",
    "texts_or_none",
    "title_of",
    "with_crs",
]

USUAL_GEOIDS: Final = ("GEOID", "geoid", "GEOID20", "GEOID10")
"""What the column of GEOIDs is usually called."""


def title_of(spec: LayerSpec) -> str:
    """Return a layer's name for messages."""
    return f"Layer {spec.id} ({spec.title})"


def named_column(raw: pd.DataFrame, column: str, what: str) -> pd.Series:
    """Return a column by its name.

    Raises
    ------
    TableError
        With the columns there are, if there is none of that name.
    """
    if column not in raw.columns:
        raise TableError(f"{what}: there is no column “{column}”. There are {_listed(raw)}.")
    return raw[column]


def _listed(raw: pd.DataFrame) -> str:
    names = [str(name) for name in raw.columns if name != "geometry"]
    return ", ".join(names[:20]) + (", …" if len(names) > 20 else "")


def with_crs(raw: pd.DataFrame, spec: LayerSpec) -> gpd.GeoDataFrame:
    """Return the shapes of a table, in the CRS that the layer names or else the file's own."""
    if not isinstance(raw, gpd.GeoDataFrame):
        raise TableError(f"{title_of(spec)}: {spec.file} is a table without shapes.")
    if spec.crs is None:
        return raw
    return raw.set_crs(spec.crs, allow_override=True)


def coordinates(
    raw: pd.DataFrame, spec: LayerSpec, what: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude, from points or from two columns; NaN where there are none."""
    if isinstance(raw, gpd.GeoDataFrame):
        points = to_stored_crs(with_crs(raw, spec), what=what).geometry
        return points.x.to_numpy(), points.y.to_numpy()
    longitude = column_for(raw, spec, "longitude", ("longitude", "lon", "lng", "X"))
    latitude = column_for(raw, spec, "latitude", ("latitude", "lat", "Y"))
    return (
        pd.to_numeric(longitude, errors="coerce").to_numpy(dtype=np.float64),
        pd.to_numeric(latitude, errors="coerce").to_numpy(dtype=np.float64),
    )


def column_for(
    raw: pd.DataFrame, spec: LayerSpec, standard: str, usual: tuple[str, ...]
) -> pd.Series:
    """Return the column that stands for a standard one: as the layer names it, or as is usual."""
    named = spec.columns.get(standard)
    if named is not None:
        return named_column(raw, named, title_of(spec))
    for column in usual:
        if column in raw.columns:
            return raw[column]
    raise TableError(
        f"{title_of(spec)}: no column for {standard}. The file has {_listed(raw)}. "
        f'Name it under [columns]: {standard} = "…".'
    )


def optional_column(raw: pd.DataFrame, spec: LayerSpec, standard: str) -> pd.Series | None:
    """Return the column or the constant that stands for a standard one, or None."""
    if standard in spec.columns:
        return named_column(raw, spec.columns[standard], title_of(spec))
    if standard in spec.constants:
        return pd.Series([spec.constants[standard]] * len(raw), index=raw.index)
    return raw[standard] if standard in raw.columns else None


def names_of(raw: pd.DataFrame, spec: LayerSpec, geoid: pd.Series) -> NDArray[Any]:
    """Return the name of every area, its GEOID where it has none."""
    name = optional_column(raw, spec, "name")
    if name is None:
        return geoid.to_numpy()
    return name.astype("string").fillna(geoid.astype("string")).astype(object).to_numpy()


def texts_or_none(values: pd.Series | None, length: int) -> list[str | None]:
    """Return texts without blanks around them; None for what is blank or no text."""
    if values is None:
        return [None] * length
    return [
        str(text).strip() if isinstance(text, str | int) and str(text).strip() else None
        for text in values.tolist()
    ]


def figures(
    raw: pd.DataFrame,
    column: str | tuple[str, ...],
    moe: str | tuple[str, ...] | None,
    spec: LayerSpec,
    what: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the estimates of a measure and their margins of error, columns added up.

    A sum is unknown where one of its parts is.

    Raises
    ------
    TableError
        If a column is not there or holds no numbers, or if margins are named for some of the
        columns only.
    """
    columns = _several(column)
    estimates = np.column_stack(
        [to_counts(named_column(raw, name, what), spec, what) for name in columns]
    )
    total: NDArray[np.float64] = estimates.sum(axis=1)
    if moe is None:
        return total, None
    moes = _several(moe)
    if len(moes) != len(columns):
        raise TableError(
            f"{what}: {len(columns)} column(s) of estimates ({', '.join(columns)}) but "
            f"{len(moes)} of margins ({', '.join(moes)}). Name one margin for each."
        )
    margins = np.column_stack(
        [to_margins(named_column(raw, name, what), spec, what) for name in moes]
    )
    return total, margins[:, 0] if len(moes) == 1 else moe_of_sum(estimates, margins)


def _several(columns: str | tuple[str, ...]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else columns


def examples(values: pd.Series) -> str:
    """Return up to three values in brackets, after a space; empty where there are none."""
    return f" ({', '.join(str(value) for value in values.iloc[:3])})" if len(values) else ""
