"""What is behind the answers, as tables, so that a test can count for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tests.fake_sources.boundaries import centres
from tests.fake_sources.people import YEARS, block_people, figures_of
from tests.fake_sources.site_list import SITE_YEARS, sites_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from tests.fake_sources.region import Region, StateOfRegion

__all__ = ["Truth"]


class Truth:
    """Tables behind the answers. Levels: ``state``, ``county``, ``tract``, ``block group``.

    Counties are given by three digits; none means all of the state.
    """

    years = YEARS
    site_years = (2019, *SITE_YEARS)

    def __init__(self, region: Region) -> None:
        self.region = region

    def _state(self, fips: str) -> StateOfRegion:
        state = self.region.state(fips)
        if state is None:
            raise KeyError(f"State {fips} is not served; there are {self.region.states}.")
        return state

    def estimates(
        self,
        level: str = "tract",
        *,
        state: str = "48",
        counties: Sequence[str] = (),
        year: int = YEARS[-1],
    ) -> pd.DataFrame:
        """Return every figure (B01001_003E, B01001_003M...) by GEOID.

        Unknown is NaN; a controlled margin is 0.
        """
        known = figures_of(self._state(state), year, level).known()
        return known[_is_of(known.index, counties)]

    def areas(
        self, level: str = "tract", *, state: str = "48", counties: Sequence[str] = ()
    ) -> gpd.GeoDataFrame:
        """Return areas by level, or ``place``, with GEOID, NAME, NAMELSAD, ALAND, geometry."""
        of_state = self._state(state)
        if level == "place":
            return of_state.places
        areas = {
            "county": of_state.counties,
            "tract": of_state.tracts,
            "block group": of_state.block_groups,
        }[level]
        wanted = _is_of(areas["GEOID"], counties)
        return areas[wanted].reset_index(drop=True)

    def blocks(self, county: str, *, state: str = "48") -> pd.DataFrame:
        """Return blocks of a county: GEOID, longitude, latitude, total, children."""
        of_state = self._state(state)
        people = block_people(of_state)
        people = people.assign(children=people["total"] - people["adults"])
        points = of_state.blocks(county)[["GEOID", "longitude", "latitude"]]
        return pd.DataFrame(points.merge(people.drop(columns="adults"), on="GEOID", validate="1:1"))

    def centres(self, level: str = "tract", *, state: str = "48") -> pd.DataFrame:
        """Return centres of population: GEOID, population, longitude, latitude."""
        return centres(self._state(state), {"tract": 11, "block group": 12}[level])

    def sites(self, year: int = SITE_YEARS[-1], *, postal: str | None = None) -> pd.DataFrame:
        """Return all sites of a year, or those of one state (TX)."""
        sites = sites_of(self.region, year)
        if postal is not None:
            state = "Site_State" if "Site_State" in sites else "siteState"
            sites = sites[sites[state] == postal].reset_index(drop=True)
        return sites


def _is_of(geoids: pd.Index[str] | pd.Series[str], counties: Sequence[str]) -> np.ndarray:
    """Which areas lie in the counties; all do where none is named."""
    return np.array([not counties or geoid[2:5] in counties for geoid in geoids], dtype=bool)
