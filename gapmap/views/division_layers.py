"""A division as layers for GIS: its areas, and one shape for each territory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gapmap.geo import STORED_CRS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

__all__ = ["division_layers", "territory_shapes"]


def division_layers(division: Division, study: Study) -> dict[str, gpd.GeoDataFrame]:
    """Return what a GeoPackage of a division holds, by layer.

    Returns
    -------
    ``division``, one row an area: what comes back when the file is read again. ``territories``,
    one row a partner: its shape and its figures; last, without a partner, what nobody holds.
    """
    return {"division": _areas(division, study), "territories": _territories(division, study)}


def territory_shapes(division: Division, shapes: NDArray[Any]) -> dict[str | None, Any]:
    """Put each partner's areas together to one shape.

    Parameters
    ----------
    division
        Who holds what.
    shapes
        The shape of each row of the division's areas, in any coordinates.

    Returns
    -------
    Shape by partner, in their order; under None what nobody holds. Without those of no area.
    """
    partner = division.areas["partner"]
    found: dict[str | None, Any] = {}
    for name in (*division.request.names, None):
        mine = (partner.isna() if name is None else partner == name).to_numpy(dtype=np.bool_)
        if mine.any():
            found[name] = shapely.union_all(shapely.make_valid(shapes[mine]))
    return found


def _common(division: Division, study: Study) -> dict[str, Any]:
    """Say on every row what its figures are."""
    return {
        "load_is": division.unit,
        "measure": division.measure.label,
        "need_is": "modelled" if division.measure.is_modelled else "as published",
        "sites_are": "illustrative" if study.has_illustrative_sites else "as listed",
        "reach": str(division.request.scenario.reach),
        "tolerance": division.request.tolerance,
        "seed": division.request.seed,
        "data_version": division.data_version,
    }


def _shapes(division: Division, study: Study) -> NDArray[Any]:
    shapes = study.areas.set_index("geoid").geometry.reindex(division.areas["geoid"])
    return np.asarray(shapes.to_numpy(), dtype=object)


def _areas(division: Division, study: Study) -> gpd.GeoDataFrame:
    facts = {one.partner: one for one in division.territories}
    holder = [facts.get(name) for name in division.areas["partner"].tolist()]
    layer = gpd.GeoDataFrame(
        division.areas.drop(columns="geoid").assign(
            territory_load=[math.nan if one is None else one.load for one in holder],
            territory_share=[math.nan if one is None else one.share_of_target for one in holder],
            **_common(division, study),
        ),
        geometry=_shapes(division, study),
        crs=STORED_CRS,
    )
    layer.insert(0, "GEOID", division.areas["geoid"].to_numpy())
    return layer


def _territories(division: Division, study: Study) -> gpd.GeoDataFrame:
    shapes = territory_shapes(division, _shapes(division, study))
    rows: list[dict[str, Any]] = [
        {
            "partner": one.partner,
            "load": one.load,
            "target": one.target,
            "share_of_target": one.share_of_target,
            "area_count": one.area_count,
            "need": one.need,
            "gap": one.gap,
            "piece_count": one.piece_count,
            "polsby_popper": one.polsby_popper,
            "mean_distance_m": one.mean_distance_m,
            "mean_site_distance_m": one.mean_site_distance_m,
            "site_count": one.site_count,
            "own_site_count": one.own_site_count,
            "gains": one.gains,
            "gives_up": one.gives_up,
        }
        for one in division.territories
        if one.partner in shapes
    ]
    if None in shapes:
        nobody = division.areas[division.areas["partner"].isna()]
        sums = {name: nobody[name].sum(min_count=1) for name in ("load", "need", "gap")}
        rows.append({"partner": None, "area_count": len(nobody), **sums})
    # A layer has one kind of shape: a territory of one piece is a collection of one.
    pieces = [
        shapely.multipolygons(
            [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) == 3]
        )
        for shape in shapes.values()
    ]
    table = gpd.GeoDataFrame(rows, geometry=pieces, crs=STORED_CRS)
    return table.assign(**_common(division, study))
