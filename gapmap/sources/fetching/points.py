"""Places where the people of an area live: 2020 census blocks, or centres of population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.layers.table_shapes import area_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["NeedPoints", "need_points", "points_of_blocks", "points_of_centres"]

_OF_BLOCKS: Final = (
    "Each area's need stands at its 2020 census blocks: need counted in children in proportion to "
    "the people under 18 (total minus 18 and over), other need in proportion to all people. Block "
    "counts carry noise that the Census Bureau adds to protect people; they are weights only."
)
_OF_CENTRES: Final = (
    "Each area's need stands at the centres of population of its 2020 block groups, in proportion "
    "to all people there: how many of them are children is not known from this file."
)


@dataclass(frozen=True, eq=False)
class NeedPoints:
    """Need points with how they were made.

    Parameters
    ----------
    table
        ``geoid``, ``longitude``, ``latitude``, ``children``, ``people``; sorted by area.
    method
        One or two sentences.
    warnings
        Who was left out.
    """

    table: pd.DataFrame
    method: str
    warnings: tuple[str, ...] = ()


def need_points(
    blocks: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    centres: pd.DataFrame | None,
    areas: gpd.GeoDataFrame,
    *,
    codes_match: bool,
) -> NeedPoints:
    """Return the need points of a study, of blocks where they were had and of centres elsewhere.

    Parameters
    ----------
    blocks
        People and places of the blocks of each county.
    centres
        Centres of population for the other counties; None if there are no others.
    areas
        Areas of the study.
    codes_match
        As in :func:`points_of_blocks`.
    """
    parts, lost = [], 0
    for people, places in blocks:
        table, missed = points_of_blocks(people, places, areas, codes_match=codes_match)
        parts.append(table)
        lost += missed
    if centres is not None:
        parts.append(points_of_centres(centres, areas, codes_match=codes_match))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    sentences = [_OF_BLOCKS] if blocks else []
    if centres is not None:
        sentences.append(_OF_CENTRES)
    warnings: tuple[str, ...] = ()
    if lost:
        warnings = (
            f"{lost:,} children of 2020 live in blocks outside every area of the study, or without "
            "a place; their blocks are left out.",
        )
    table = table.sort_values("geoid", kind="stable").reset_index(drop=True)
    return NeedPoints(table, " ".join(sentences), warnings)


def points_of_blocks(
    blocks: pd.DataFrame, places: pd.DataFrame, areas: gpd.GeoDataFrame, *, codes_match: bool
) -> tuple[pd.DataFrame, int]:
    """Return the blocks in which somebody lives, each with its area.

    Parameters
    ----------
    blocks
        ``GEOID`` of 2020 census blocks, their ``total`` people and ``children``.
    places
        ``GEOID``, ``longitude`` and ``latitude`` of the same blocks.
    areas
        Areas of the study, with ``geoid``.
    codes_match
        Whether a block's code begins with that of its area: it does for areas drawn for the 2020
        census, save where counties were changed since. Other blocks are found by their place.

    Returns
    -------
    ``geoid``, ``longitude``, ``latitude``, ``children``, ``people``; and how many children live
    in blocks without a place or outside every area.
    """
    joined = blocks.merge(places, on="GEOID", how="left").sort_values("GEOID")
    joined = joined[joined["total"] > 0]
    points = pd.DataFrame(
        {
            "geoid": joined["GEOID"].astype(str),
            "longitude": joined["longitude"].astype(np.float64),
            "latitude": joined["latitude"].astype(np.float64),
            "children": joined["children"].astype(np.float64),
            "people": joined["total"].astype(np.float64),
        }
    )
    return _in_areas(points, areas, codes_match)


def points_of_centres(
    centres: pd.DataFrame, areas: gpd.GeoDataFrame, *, codes_match: bool
) -> pd.DataFrame:
    """Return centres of population as need points; nobody knows the children among the people.

    Parameters
    ----------
    centres
        ``GEOID`` of 2020 block groups, their ``population`` and its centre in ``longitude`` and
        ``latitude``.
    areas, codes_match
        As in :func:`points_of_blocks`.
    """
    inhabited = centres[centres["population"] > 0].sort_values("GEOID")
    people = inhabited["population"].astype(np.float64)
    points = pd.DataFrame(
        {
            "geoid": inhabited["GEOID"].astype(str),
            "longitude": inhabited["longitude"].astype(np.float64),
            "latitude": inhabited["latitude"].astype(np.float64),
            "children": people,
            "people": people,
        }
    )
    # Those outside are other counties of the state: nobody of the study is lost with them.
    return _in_areas(points, areas, codes_match)[0]


def _in_areas(
    points: pd.DataFrame, areas: gpd.GeoDataFrame, codes_match: bool
) -> tuple[pd.DataFrame, int]:
    points = points.reset_index(drop=True)
    length = int(areas["geoid"].str.len().max())
    code = points["geoid"].str[:length].astype(object)
    known = code.isin(areas["geoid"]) if codes_match else pd.Series(False, index=points.index)
    is_placed = points["longitude"].notna() & points["latitude"].notna()
    # Another county's points stay out, unless counties of the study have codes that no point has.
    counties, county = set(areas["geoid"].str[:5]), points["geoid"].str[:5]
    is_ours = county.isin(counties) | (not counties <= set(county))
    strays = points.index[~known & is_placed & (is_ours if codes_match else True)]
    if len(strays):
        code.loc[strays] = area_at(
            points.loc[strays, "longitude"].to_numpy(),
            points.loc[strays, "latitude"].to_numpy(),
            areas,
        ).to_numpy()
    points["geoid"] = code
    kept = is_placed & points["geoid"].isin(areas["geoid"])
    lost = int(points.loc[~kept, "children"].sum())
    # Stable: within an area the points stay in the order of their codes.
    return points[kept].sort_values("geoid", kind="stable").reset_index(drop=True), lost
