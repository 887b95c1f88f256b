"""Published totals from which a model spread the need of smaller areas, made standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gapmap.errors import TableError
from gapmap.layers.table_cells import pad_geoids
from gapmap.layers.table_columns import (
    USUAL_GEOIDS,
    column_for,
    examples,
    figures,
    named_column,
    title_of,
)
from gapmap.model import Controls

if TYPE_CHECKING:
    import geopandas as gpd

    from gapmap.layers.catalogue import LayerSpec

__all__ = ["standardise_controls"]


def standardise_controls(
    raw: pd.DataFrame,
    spec: LayerSpec,
    areas: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    attributes: pd.DataFrame | None = None,
) -> Controls:
    """Make the published totals standard that a model spread over the areas of a ``need`` layer.

    Parameters
    ----------
    raw, attributes
        The layer's own table, and the one named in ``[table]``, if any: one of them says from
        which total each area's figure was spread.
    spec
        The layer, with ``[controls]``.
    areas
        The standard areas that were made of them.
    totals
        The table of totals.

    Raises
    ------
    TableError
        If a total is there twice, an area names one that is not there, or the areas of a total
        hold more than the total.
    """
    controls = spec.controls
    assert controls is not None
    what = f"{title_of(spec)}, totals {controls.file}"
    identifier = named_column(totals, controls.key, what).astype("string").str.strip()
    if identifier.duplicated().any():
        twice = identifier[identifier.duplicated()].iloc[0]
        raise TableError(f"{what} has {twice} more than once in {controls.key}.")
    table = pd.DataFrame({"control_id": identifier.astype(object).to_numpy()})
    for name, measure in controls.measures.items():
        if name not in spec.measures:
            raise TableError(
                f"{what}: [controls.measures.{name}] is for a measure that {spec.id} does not "
                f"have. It has {', '.join(spec.measures)}."
            )
        table[name], table[f"{name}_moe"] = figures(totals, measure.column, measure.moe, spec, what)
    of_area = _controls_of_areas(raw, spec, areas, attributes)
    known = set(identifier)
    strange = [one for one in of_area if one is not None and one not in known]
    if strange:
        raise TableError(
            f"{what}: areas name {len(strange):,} total(s) in {controls.area_key} that are not in "
            f"{controls.key}{examples(pd.Series(strange))}. They must be written alike."
        )
    for name in controls.measures:
        _check_totals(areas[name], of_area, table.set_index("control_id")[name], what)
    return Controls(table=table, of_area=of_area, title=controls.title)


def _controls_of_areas(
    raw: pd.DataFrame, spec: LayerSpec, areas: gpd.GeoDataFrame, attributes: pd.DataFrame | None
) -> tuple[str | None, ...]:
    """Return the identifier of each area's total, None for an area of none."""
    assert spec.controls is not None
    key = spec.controls.area_key
    if key not in raw.columns and attributes is not None and spec.table is not None:
        geoid = pad_geoids(named_column(attributes, spec.table.key, title_of(spec)))
        named = named_column(attributes, key, title_of(spec))
    else:
        geoid = pad_geoids(column_for(raw, spec, "geoid", USUAL_GEOIDS))
        named = named_column(raw, key, title_of(spec))
    text = named.astype("string").str.strip()
    by_geoid = dict(zip(geoid, text.where(text.notna() & (text != ""), None), strict=True))
    found = (by_geoid.get(one) for one in areas["geoid"])
    return tuple(None if one is None or one is pd.NA else str(one) for one in found)


def _check_totals(
    need: pd.Series, of_area: tuple[str | None, ...], totals: pd.Series, what: str
) -> None:
    """Refuse totals that are smaller than what was spread from them."""
    spread = need.groupby(list(of_area)).sum()
    published = totals.reindex(spread.index)
    too_much = spread > 1.01 * published + 1
    if too_much.any():
        worst = spread.index[too_much][0]
        raise TableError(
            f"{what}: the areas of {int(too_much.sum())} total(s) hold more {need.name} than the "
            f"total itself ({worst}: {spread[worst]:,.0f} of {published[worst]:,.0f}). "
            "These are not the totals that were spread."
        )
