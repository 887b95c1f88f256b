"""The map of eligibility: where an open site may be, and by which route.

It depends on the study's eligibility layers alone, never on the question: made once, by whoever
asks for it first, and fetched by a browser when it is first shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from gapmap.errors import RequestError
from gapmap.geo import STORED_CRS
from gapmap.rules import Route
from gapmap.views.colours import colour_eligibility
from gapmap.views.layers import eligibility_layer

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.lawful import Standing
    from gapmap.model import Study
    from gapmap.views.colours import Colouring
    from gapmap.views.layers import LayerFile

__all__ = ["PROXY", "LawfulMap", "is_proxy", "lawful_map"]

PROXY: Final = "Proxy, not a determination"
"""What is said wherever figures only stand in for those of the rule."""

_MARGIN_SHARE: Final = 0.05


@dataclass(frozen=True, eq=False)
class LawfulMap:
    """Areas of eligibility, laid out to be drawn.

    Parameters
    ----------
    file
        Their shapes and what is said of each, see :func:`gapmap.views.layers.eligibility_layer`.
    colouring
        The class of each and the legend, with how many are in each class.
    per
        What the areas are and where their figures come from, for the legend.
    notices
        What is said on the map itself.
    """

    file: LayerFile
    colouring: Colouring
    per: str
    notices: tuple[str, ...]


def is_proxy(study: Study) -> bool:
    """Say whether a study's eligibility rests on figures that only stand in for the rule's."""
    known = [areas for areas in study.eligibility if areas.has(study.rules.basis)]
    return bool(known) and all(areas.is_proxy for areas in known)


def lawful_map(standing: Standing) -> LawfulMap:
    """Lay out the map of eligibility, as far as the study can be seen.

    Parameters
    ----------
    standing
        A study judged by the rules, with a table of areas that decides.
    """
    deciding = standing.deciding
    if deciding is None:
        raise RequestError(f"{standing.study.name} has no areas of eligibility to draw.")
    judged = standing.areas
    near = np.flatnonzero(_near(deciding.shapes, judged, standing.study.areas.total_bounds))
    judged = judged.iloc[near].reset_index(drop=True)
    table = gpd.GeoDataFrame(judged, geometry=deciding.shapes[near], crs=STORED_CRS)
    table["route"] = _routes(standing, table)
    # A best set is kept for those whom it does not help, too: it opens nothing there.
    opens = table["route"] == Route.AVERAGING
    table["best_set"] = [
        best if mine else () for best, mine in zip(table["best_set"], opens, strict=True)
    ]
    source = deciding.source
    colouring = colour_eligibility(table, source.level, is_proxy=source.is_proxy)
    per = f"{source.level}s · {source.title} ({source.vintage})"
    if (table["route"] == Route.SCHOOL).any():
        per += " · schools: at the middle of each area, exact where you click"
    return LawfulMap(
        file=eligibility_layer(table, colouring.classes, standing.rules.share),
        colouring=colouring,
        per=per,
        notices=(PROXY,) if source.is_proxy else (),
    )


def _routes(standing: Standing, table: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the route that opens each area, by every layer that knows it and by schools."""
    routes: NDArray[np.object_] = table["route"].to_numpy(dtype=object).copy()
    inside = shapely.point_on_surface(table.geometry.to_numpy())
    longitude, latitude = shapely.get_x(inside), shapely.get_y(inside)
    is_open = standing.open_share_of_points(longitude, latitude)
    by_census = np.isin(routes.astype(str), [Route.CENSUS, Route.AVERAGING])
    routes[(is_open == 0) & ~by_census] = Route.NONE
    routes[np.isnan(is_open) & ~by_census] = None
    # The others are opened by a school, or by a table that is asked after the first one.
    for row in np.flatnonzero((is_open == 1) & ~by_census):
        routes[row] = standing.at(float(longitude[row]), float(latitude[row])).status
    return routes


def _near(shapes: NDArray[Any], judged: pd.DataFrame, bounds: ArrayLike) -> NDArray[np.bool_]:
    """Say which areas are in sight of the study, or in a set with one that is."""
    west, south, east, north = np.asarray(bounds, dtype=np.float64)
    pad = _MARGIN_SHARE * max(east - west, north - south)
    frame = shapely.box(west - pad, south - pad, east + pad, north + pad)
    near: NDArray[np.bool_] = shapely.intersects(shapes, frame)
    opens = near & (judged["route"] == Route.AVERAGING).to_numpy()
    partners = {geoid for best in judged["best_set"][opens] for geoid in best}
    together: NDArray[np.bool_] = near | judged["geoid"].isin(partners).to_numpy()
    return together
