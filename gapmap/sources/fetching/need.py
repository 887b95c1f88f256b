"""Areas with their counts: published cells summed, with margins of error, joined to shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import SourceError
from gapmap.geo import to_stored_crs
from gapmap.margins import moe_of_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.sources.fetching.tables import FigureSpec

__all__ = ["area_table", "with_figures"]

_MOST_LOST_SHARE: Final = 0.01
"""Share of the children whose areas may have no shape before the vintages are called different."""


def with_figures(estimates: pd.DataFrame, figures: Sequence[FigureSpec]) -> pd.DataFrame:
    """Return each figure and its 90 % margin of error by area.

    Parameters
    ----------
    estimates
        ``GEOID`` and the published cells, estimates ending in E and margins in M; NaN unknown.
    figures
        Sums of cells.

    Returns
    -------
    ``geoid``, and for each figure its column and ``<column>_moe``. A sum with an unknown part is
    unknown.
    """
    columns: dict[str, object] = {"geoid": estimates["GEOID"].astype(str).to_numpy()}
    for figure in figures:
        counts = estimates[[f"{cell}E" for cell in figure.cells]].to_numpy(dtype=np.float64)
        margins = estimates[[f"{cell}M" for cell in figure.cells]].to_numpy(dtype=np.float64)
        columns[figure.id] = counts.sum(axis=1)
        columns[f"{figure.id}_moe"] = moe_of_sum(counts, margins)
    return pd.DataFrame(columns)


def area_table(
    counts: pd.DataFrame, names: pd.Series, shapes: gpd.GeoDataFrame, *, has_one_county: bool
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Join counts to shapes; return the areas of a study and sentences about what did not join.

    Parameters
    ----------
    counts
        Result of :func:`with_figures`, with a column ``children``.
    names
        Published names of the same rows, for example ``Census Tract 1.01; Travis County; Texas``.
    shapes
        ``GEOID``, ``NAMELSAD`` and polygons of the same counties.
    has_one_county
        Whether the county goes without saying in an area's name.

    Raises
    ------
    SourceError
        If so many children have no shape that the two are of different vintages.
    """
    shapes = to_stored_crs(shapes, what="The boundary file").sort_values("GEOID")
    geoid = shapes["GEOID"].astype(str).to_numpy()
    joined = counts.set_index("geoid").reindex(geoid)
    said = pd.Series(names.to_numpy(), index=counts["geoid"]).reindex(geoid)
    fallback = shapes["NAMELSAD"].astype(str).to_numpy()
    areas = gpd.GeoDataFrame(
        {
            "geoid": geoid,
            "name": [
                _short_name(name, has_one_county) if isinstance(name, str) else other
                for name, other in zip(said, fallback, strict=True)
            ],
            **{column: joined[column].to_numpy() for column in joined.columns},
        },
        geometry=shapes.geometry.to_numpy(),
        crs=shapes.crs,
    )
    return areas, _unjoined(counts, geoid)


def _unjoined(counts: pd.DataFrame, geoid: Sequence[str]) -> tuple[str, ...]:
    warnings: tuple[str, ...] = ()
    lost = counts[~counts["geoid"].isin(geoid)]
    # Areas of water alone are published with nobody in them, and are not drawn.
    children, total = lost["children"].sum(), counts["children"].sum()
    if children > _MOST_LOST_SHARE * total:
        examples = ", ".join(lost.loc[lost["children"] > 0, "geoid"].head(3))
        raise SourceError(
            f"{children:,.0f} of {total:,.0f} children live in areas that the boundary file does "
            f"not have ({examples}): figures and boundaries are of different vintages. "
            "Ask for another year."
        )
    if children > 0:
        warnings += (f"{children:,.0f} children live in areas without a shape and are left out.",)
    bare = len(set(geoid) - set(counts["geoid"]))
    if bare:
        warnings += (f"{bare:,} areas have no published figures; their need is unknown.",)
    return warnings


def _short_name(name: str, has_one_county: bool) -> str:
    """Leave the state out of a published name, and a county that goes without saying."""
    parts = re.split(r"\s*[;,]\s*", name.strip())
    kept = parts[: -2 if has_one_county else -1]
    return ", ".join(kept or parts)
