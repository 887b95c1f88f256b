"""Where people live: the blocks of the 2020 census, or what stands in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gapmap.rules import Level
from gapmap.sources.failures import AnswerError, StatusError
from gapmap.sources.fetching.errands import Errands, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from gapmap.sources.fetching.counties import Territory
    from gapmap.sources.fetching.desk import Desk
    from gapmap.sources.fetching.errands import Line

__all__ = ["BLOCKS_YEAR", "block_errands", "blocks_and_centres"]

BLOCKS_YEAR: Final = 2020
"""The census whose blocks say where people live."""

_MOST_COUNTIES: Final = 10
"""Beyond, the blocks are some hundred megabytes and centres of population do as well."""

Blocks = tuple["pd.DataFrame", "pd.DataFrame"]
"""People of the blocks of a county, and their places."""


def block_errands(desk: Desk, territory: Territory) -> Errands:
    """Return what to ask for at first: blocks of each county, or centres for many counties."""
    if territory.is_whole_state or len(territory.counties) > _MOST_COUNTIES:
        return {"centres": ("Centres of population", lambda: _centres(desk, territory))}
    return _of_counties(desk, territory.state, [(one.fips, one.name) for one in territory.counties])


def blocks_and_centres(
    desk: Desk,
    territory: Territory,
    shapes: gpd.GeoDataFrame,
    found: dict[Any, Any],
    line: Line,
) -> tuple[tuple[Blocks, ...], pd.DataFrame | None]:
    """Return the blocks that were had, and centres of population for where they were not.

    Counties change: Connecticut's did in 2022, and its blocks are filed by those of before. A
    county without blocks is therefore looked for among those of 2020 first.

    Parameters
    ----------
    desk, territory, line
        Who is asked, for what, and where progress is told.
    shapes
        Areas of the study.
    found
        What :func:`block_errands` brought.
    """
    state = territory.state
    had = {key[1]: one for key, one in found.items() if key[0] == "blocks"}
    if not had:
        return (), found["centres"]
    lost = _lost(had)
    if lost:
        changed, older = _counties_then(desk, state, lost, shapes)
        brought = run(_of_counties(desk, state, older), line)
        had = {code: one for code, one in had.items() if code not in changed}
        had |= {key[1]: one for key, one in brought.items()}
        lost = _lost(had)
    blocks = tuple(one for _, one in sorted(had.items()) if one is not None)
    if not lost:
        return blocks, None
    desk.notes_on_points.append(
        "Where the blocks of a county cannot be had or are too large to download, centres of "
        "population of its block groups stand in for them."
    )
    line.begin("Centres of population")
    centres = _centres(desk, territory)
    county = centres["GEOID"].str[2:5]
    # Centres of a county that was drawn otherwise in 2020 have other codes: all are looked at.
    return blocks, centres[county.isin(lost)] if lost <= set(county) else centres


def _lost(had: Mapping[str, Blocks | None]) -> set[str]:
    return {code for code, one in had.items() if one is None}


def _counties_then(
    desk: Desk, state: str, lost: set[str], shapes: gpd.GeoDataFrame
) -> tuple[set[str], list[tuple[str, str]]]:
    """Return which counties did not exist in 2020, and code and name of those in their place."""
    try:
        drawn = desk.boundaries.areas(BLOCKS_YEAR, "county", state)
    except StatusError:
        return set(), []
    changed = lost - set(drawn["GEOID"].str[2:])
    ground = shapes[shapes["GEOID"].str[2:5].isin(changed)].geometry
    rows = np.unique(drawn.sindex.query(ground, predicate="intersects")[1])
    near = drawn.iloc[rows]
    older = list(zip(near["GEOID"].str[2:], near["NAMELSAD"], strict=True))
    return (changed, older) if len(older) <= _MOST_COUNTIES else (set(), [])


def _of_counties(desk: Desk, state: str, counties: Sequence[tuple[str, str]]) -> Errands:
    return {
        ("blocks", code): (
            f"Census blocks of {name}",
            lambda code=code: _blocks(desk, state, code),  # type: ignore[misc]
        )
        for code, name in counties
    }


def _blocks(desk: Desk, state: str, county: str) -> Blocks | None:
    """Return the people and places of a county's blocks, None if they cannot be had at all."""
    try:
        people = desk.census.block_children(state, county)
        return people, desk.boundaries.block_points(state, county)
    except AnswerError:
        # Asking again would not mend it; a service that is merely down ends the fetch instead.
        return None


def _centres(desk: Desk, territory: Territory) -> pd.DataFrame:
    return desk.boundaries.centres(Level.BLOCK_GROUP, territory.state)
