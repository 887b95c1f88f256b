"""Schools with their share of children eligible for free or reduced-price meals, made standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.errors import LayerError, TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.standardise import StandardTable
from gapmap.layers.table_cells import to_counts
from gapmap.layers.table_columns import (
    column_for,
    coordinates,
    optional_column,
    title_of,
    with_crs,
)
from gapmap.layers.table_shapes import valid_shapes
from gapmap.model import Reach, Role
from gapmap.rules import SchoolLayer
from gapmap.schema import check_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = ["school_layer", "standardise_schools"]

_NAMES: Final = ("name", "NAME", "Name", "school", "School", "SCH_NAME")
_SHARES: Final = ("frp_share", "frp", "FRP", "frl_share")
_UNITS: Final = {"share": 1.0, "percent": 100.0}


def standardise_schools(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make attendance areas, or schools as points, standard.

    The share is read from ``frp_share`` (0 to 1, or percent: the file or ``[constants] frp_unit``
    must say which) or made of ``frp_count`` and ``enrolled``.

    Raises
    ------
    LayerError
        If a radius is given for attendance areas.
    TableError
        If shares could be either shares or percentages, or points and polygons are mixed.
    """
    what = title_of(spec)
    rows_in = len(raw)
    table, shapes, notes = _placed(raw, spec, what)
    kinds = {kind.removeprefix("Multi") for kind in shapes.geom_type}
    if kinds - {"Point", "Polygon"} or len(kinds) > 1:
        raise TableError(
            f"{what} has {' and '.join(sorted(kinds))}. Schools are points or attendance areas: "
            "make a layer of each."
        )
    if kinds == {"Polygon"} and spec.radius is not None:
        raise LayerError(
            f"{what} has attendance areas and a radius of {spec.radius}. Leave the radius out: "
            "it stands in for attendance areas that are not known."
        )
    identifier = optional_column(table, spec, "school_id")
    if identifier is None:
        identifier = pd.Series([f"{spec.id}-{row}" for row in range(1, len(table) + 1)])
    enrolled = optional_column(table, spec, "enrolled")
    schools = gpd.GeoDataFrame(
        {
            "school_id": identifier.astype(str).to_numpy(),
            "name": column_for(table, spec, "name", _NAMES).astype(str).to_numpy(),
            "frp_share": _shares(table, spec, what),
            "enrolled": np.full(len(table), np.nan)
            if enrolled is None
            else to_counts(enrolled, spec, what).to_numpy(),
        },
        geometry=shapes.to_numpy(),
        crs=STORED_CRS,
    )
    unknown = int(schools["frp_share"].isna().sum())
    if unknown:
        notes += (f"the share is unknown for {unknown:,} of {len(schools):,} schools",)
    check_table(schools, Role.SCHOOLS, what=what)
    return StandardTable(schools, rows_in, notes)


def school_layer(table: gpd.GeoDataFrame, spec: LayerSpec) -> SchoolLayer:
    """Put a standard table and its description together."""
    return SchoolLayer(
        layer=spec.id,
        title=spec.title,
        source=spec.source,
        vintage=spec.vintage,
        table=table,
        radius_m=0.0 if spec.radius is None else Reach.parse(spec.radius).metres,
        determined=spec.determined,
    )


def _placed(
    raw: pd.DataFrame, spec: LayerSpec, what: str
) -> tuple[pd.DataFrame, gpd.GeoSeries, tuple[str, ...]]:
    # Rows that have a place, their shapes, and how many have none.
    if isinstance(raw, gpd.GeoDataFrame):
        with_shape, notes = valid_shapes(with_crs(raw, spec), what)
        return with_shape, with_shape.geometry, notes
    longitude, latitude = coordinates(raw, spec, what)
    placed = np.isfinite(longitude) & np.isfinite(latitude)
    points = gpd.GeoSeries(shapely.points(longitude[placed], latitude[placed]), crs=STORED_CRS)
    lost = int((~placed).sum())
    notes = (f"{lost} rows without coordinates left out",) if lost else ()
    return raw[placed].reset_index(drop=True), points, notes


def _shares(table: pd.DataFrame, spec: LayerSpec, what: str) -> NDArray[np.float64]:
    count = optional_column(table, spec, "frp_count")
    enrolled = optional_column(table, spec, "enrolled")
    if count is not None and enrolled is not None and "frp_share" not in spec.columns:
        eligible = to_counts(count, spec, what).to_numpy()
        of_all = to_counts(enrolled, spec, what).to_numpy()
        shares = np.divide(
            eligible, of_all, out=np.full(len(table), np.nan), where=np.nan_to_num(of_all) > 0
        )
        return _checked(shares, 1.0, "frp_count of enrolled", what)
    raw = column_for(table, spec, "frp_share", _SHARES)
    text = raw.astype("string").str.strip()
    has_sign = text.str.endswith("%").fillna(False).astype(bool)
    plain: Any = raw if not has_sign.any() else text.str.rstrip("% ").rename(str(raw.name))
    numbers = to_counts(plain, spec, what).to_numpy()
    return _checked(numbers, _unit(numbers, has_sign.to_numpy(), raw, spec, what), raw.name, what)


def _unit(
    numbers: NDArray[np.float64],
    has_sign: NDArray[np.bool_],
    raw: pd.Series,
    spec: LayerSpec,
    what: str,
) -> float:
    # What the numbers are to be divided by.
    said = spec.constants.get("frp_unit")
    if said is not None:
        if said not in _UNITS:
            raise LayerError(f"{what}: frp_unit is “{said}”. It can be share or percent.")
        return _UNITS[said]
    known = ~np.isnan(numbers)
    if has_sign.any() and has_sign[known].all():
        return _UNITS["percent"]
    is_fraction = known & (numbers > 0) & (numbers < 1)
    if not has_sign.any() and not (numbers[known] > 1).any() and is_fraction.any():
        return _UNITS["share"]
    # One to the hundred and no fractions below 1: percentages. Only 0 and 1: either.
    if not has_sign.any() and (numbers[known] > 1).any() and not is_fraction.any():
        return _UNITS["percent"]
    if not known.any():
        return _UNITS["share"]
    raise TableError(
        f"{what}: {raw.name} runs from {numbers[known].min():g} to {numbers[known].max():g}, "
        "which could be shares of 0 to 1 or percentages. Say which under [constants]: "
        'frp_unit = "share" or frp_unit = "percent".'
    )


def _checked(
    numbers: NDArray[np.float64], unit: float, column: object, what: str
) -> NDArray[np.float64]:
    if (numbers > unit).any():
        raise TableError(
            f"{what}: {column} has {np.nanmax(numbers):g}, which is more than all children "
            f"({unit:g}). Check the column."
        )
    shares: NDArray[np.float64] = numbers / unit
    return shares
