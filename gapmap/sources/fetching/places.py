"""Named places to report by: cities and towns, or counties, and the rule that chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.geo import STORED_CRS, to_stored_crs
from gapmap.model import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gapmap.sources.fetching.counties import County

__all__ = ["NamedPlaces", "children_at", "county_neighbourhoods", "place_neighbourhoods"]

LARGEST_SHARE: Final = 0.5
"""A place with more than this share of the children says nothing about where among them."""

_PLACES: Final = (
    "Census places (cities, towns and unincorporated communities) where children live, cut to the "
    "study"
)


@dataclass(frozen=True, eq=False)
class NamedPlaces:
    """A layer of named polygons.

    Parameters
    ----------
    role
        ``neighbourhoods``, or ``context`` where they are only fit to look at.
    table
        EPSG:4326 ``neighbourhood_id``, ``name``, ``group`` and shapes, sorted by identifier.
    method
        What they are.
    rule
        Why they are neighbourhoods, or are not.
    is_of_places
        Whether they are cities and towns, rather than counties.
    """

    role: Role
    table: gpd.GeoDataFrame
    method: str
    rule: str
    is_of_places: bool


def children_at(
    areas: gpd.GeoDataFrame, points: pd.DataFrame
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return places where children live, as shapes, and how many at each.

    The children of an area stand at its points in proportion to their weights, or at a point
    inside it where it has none.
    """
    children = np.nan_to_num(areas["children"].to_numpy(dtype=np.float64))
    row = pd.Index(areas["geoid"]).get_indexer(pd.Index(points["geoid"]))
    weight = points["children"].to_numpy(dtype=np.float64)
    total = np.bincount(row, weight, len(areas))
    here = np.divide(weight, total[row], out=np.zeros(len(row)), where=total[row] > 0)
    bare = np.flatnonzero((total == 0) & (children > 0))
    inside = shapely.point_on_surface(areas.geometry.to_numpy()[bare])
    spots = shapely.points(points["longitude"].to_numpy(), points["latitude"].to_numpy())
    return np.concatenate([spots, inside]), np.concatenate([here * children[row], children[bare]])


def county_neighbourhoods(
    areas: gpd.GeoDataFrame, counties: Sequence[County], because: str
) -> NamedPlaces:
    """Return the counties as neighbourhoods, each the sum of its areas.

    Parameters
    ----------
    areas
        Areas of the study.
    counties
        Their counties.
    because
        Why counties.
    """
    shapes = _shapes_of_counties(areas)
    known = [county for county in counties if county.geoid in shapes]
    return NamedPlaces(
        Role.NEIGHBOURHOODS,
        _table(
            [county.geoid for county in known],
            [county.name for county in known],
            [None] * len(known),
            [shapes[county.geoid] for county in known],
        ),
        "Counties, each the sum of its areas, so that no area straddles two of them.",
        because,
        is_of_places=False,
    )


def place_neighbourhoods(
    raw_places: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    points: pd.DataFrame,
    counties: Sequence[County],
) -> NamedPlaces | None:
    """Return cities and towns as neighbourhoods if they divide the children, else as context.

    Parameters
    ----------
    raw_places
        ``GEOID``, ``NAME``, ``NAMELSAD`` and polygons of the places of the state.
    areas, points
        Areas of the study, with ``children``, and need points.
    counties
        Counties of the study.

    Returns
    -------
    None if no child of the study lives in a place. The rest of each county where children live
    is a neighbourhood too, so that nobody is forgotten.
    """
    spots, children = children_at(areas, points)
    of_county = _shapes_of_counties(areas)
    towns = _towns(to_stored_crs(raw_places, what="The places"), of_county, counties)
    at = _first_within(towns.geometry.to_numpy(), spots)
    held = np.bincount(at[at >= 0], children[at >= 0], len(towns))
    if not held.any():
        return None
    share = float(held.max() / children.sum())
    largest = str(towns["name"].iloc[int(held.argmax())])
    towns = towns[held > 0].reset_index(drop=True)
    if share > LARGEST_SHARE:
        return NamedPlaces(
            Role.CONTEXT,
            towns,
            f"{_PLACES}; to look at only.",
            f"{largest} holds {share:.0%} of the children, and a place with more than half of them "
            "does not say where among them help is missing.",
            is_of_places=True,
        )
    rest = _rest(towns, of_county, counties, spots[(at < 0) & (children > 0)])
    return NamedPlaces(
        Role.NEIGHBOURHOODS,
        gpd.GeoDataFrame(pd.concat([towns, rest], ignore_index=True), crs=areas.crs),
        f"{_PLACES}; what lies outside all of them is one neighbourhood a county.",
        f"None holds more than half of the children ({largest} holds {share:.0%}).",
        is_of_places=True,
    )


def _shapes_of_counties(areas: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the sum of the areas of each county, by its code."""
    prefix = areas["geoid"].str[:5]
    return {
        str(county): _polygonal(_sum(part.to_numpy()))
        for county, part in areas.geometry.groupby(prefix, sort=True)
    }


def _sum(shapes: NDArray[Any]) -> Any:
    """Return the sum of shapes that only share borders, as census areas do."""
    whole = shapely.coverage_union_all(shapes)
    areas = float(shapely.area(shapes).sum())
    if whole.is_valid and math.isclose(float(whole.area), areas, rel_tol=1e-9):
        return whole
    # They overlap somewhere: slower, and right whatever they do.
    return shapely.union_all(shapely.make_valid(shapes))


def _towns(
    raw: gpd.GeoDataFrame, of_county: dict[str, Any], counties: Sequence[County]
) -> gpd.GeoDataFrame:
    """Cut the places to the study; each belongs to the county that holds most of its surface."""
    raw = raw.sort_values("GEOID").reset_index(drop=True)
    shapes = shapely.make_valid(raw.geometry.to_numpy())
    names = {county.geoid: county.name for county in counties}
    pieces: dict[int, list[tuple[float, str, Any]]] = {}
    tree = shapely.STRtree(shapes)
    for code, shape in of_county.items():
        shapely.prepare(shape)
        for row in np.sort(tree.query(shape, predicate="intersects")).tolist():
            piece = _polygonal(shapely.intersection(shapes[row], shape))
            if not piece.is_empty:
                pieces.setdefault(row, []).append((float(piece.area), code, piece))
    rows = sorted(pieces)
    twice = raw["NAME"].iloc[rows].duplicated(keep=False).to_numpy()
    chosen = raw.iloc[rows]
    group = [names.get(max(pieces[row])[1]) if len(of_county) > 1 else None for row in rows]
    return _table(
        chosen["GEOID"].astype(str).tolist(),
        # A town and a community beside it may share a name: then the longer one, "Troy CDP".
        np.where(twice, chosen["NAMELSAD"], chosen["NAME"]).astype(str).tolist(),
        group,
        [shapely.union_all([piece for _, _, piece in pieces[row]]) for row in rows],
    )


def _rest(
    towns: gpd.GeoDataFrame,
    of_county: dict[str, Any],
    counties: Sequence[County],
    spots: NDArray[Any],
) -> gpd.GeoDataFrame:
    """Return what is left of each county where children live outside every place."""
    tree = shapely.STRtree(towns.geometry.to_numpy())
    found: list[tuple[str, str, str | None, Any]] = []
    for county in counties:
        shape = of_county.get(county.geoid)
        if shape is None:
            continue
        near = towns.geometry.to_numpy()[tree.query(shape, predicate="intersects")]
        rest = _polygonal(shapely.difference(shape, shapely.union_all(near)))
        shapely.prepare(rest)
        if shapely.intersects(rest, spots).any():
            group = county.name if len(of_county) > 1 else None
            found.append((county.geoid, f"Outside cities and towns, {county.name}", group, rest))
    codes, names, groups, shapes = zip(*found, strict=True) if found else ((), (), (), ())
    return _table(codes, names, groups, shapes)


def _first_within(shapes: NDArray[Any], spots: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each spot the first shape that holds it, or -1."""
    spot, shape = shapely.STRtree(shapes).query(spots, predicate="intersects")
    found = np.full(len(spots), -1, dtype=np.int64)
    order = np.lexsort((shape, spot))[::-1]
    found[spot[order]] = shape[order]
    return found


def _table(
    identifiers: Sequence[str],
    names: Sequence[str],
    groups: Sequence[str | None],
    shapes: Sequence[Any],
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "neighbourhood_id": pd.array(list(identifiers), dtype="str"),
            "name": pd.array(list(names), dtype="str"),
            "group": pd.array(list(groups), dtype="str"),
        },
        geometry=list(shapes),
        crs=STORED_CRS,
    )


def _polygonal(shape: Any) -> Any:
    """Keep the surface of a shape: cutting along shared borders leaves lines and points."""
    parts = shapely.get_parts(shapely.get_parts(np.array([shape], dtype=object)))
    surfaces = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(surfaces)
