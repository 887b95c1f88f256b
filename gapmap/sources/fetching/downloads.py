"""Everything that a study needs from the services, asked for side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import SourceError
from gapmap.rules import Level
from gapmap.sources.failures import AnswerError, StatusError
from gapmap.sources.fetching.blocks import block_errands, blocks_and_centres
from gapmap.sources.fetching.counties import listed_counties, territory_of
from gapmap.sources.fetching.desk import open_desk
from gapmap.sources.fetching.errands import run
from gapmap.sources.fetching.tables import eligibility_figures, figures_of, needed_cells
from gapmap.sources.states import STATES, find_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from gapmap.sources.fetching.counties import Territory
    from gapmap.sources.fetching.desk import Desk
    from gapmap.sources.fetching.errands import Errands, Line
    from gapmap.sources.fetching.ledger import Ledger
    from gapmap.sources.fetching.request import FetchRequest, Services

__all__ = ["Downloads", "Survey", "download", "survey"]

_YEARS_BACK: Final = 3
"""How far behind the newest figures their boundaries may lag."""

_ABSENT: Final = (204, 404)


@dataclass(frozen=True, eq=False)
class Downloads:
    """What came back.

    Parameters
    ----------
    territory, year, level
        What it is of.
    estimates
        ``GEOID``, ``NAME`` and published cells of the level's areas.
    shapes
        Polygons of the same areas.
    tract_estimates, tract_shapes
        The same of census tracts, for what is published by tract only.
    blocks
        Per 2020 county: its blocks' people, and their places.
    centres
        Centres of population of block groups, where blocks are not used.
    places
        Cities and towns; None for a whole state, or where there are none.
    sites
        The published list of sites and its year; None if not wanted, or not to be had.
    ledgers
        Every answer used, by ``census``, ``boundaries`` and ``sites``.
    warnings, notes_on_points
        What was done otherwise than usual, and what of that is about the blocks.
    """

    territory: Territory
    year: int
    level: Level
    estimates: pd.DataFrame
    shapes: gpd.GeoDataFrame
    tract_estimates: pd.DataFrame
    tract_shapes: gpd.GeoDataFrame
    blocks: tuple[tuple[pd.DataFrame, pd.DataFrame], ...]
    centres: pd.DataFrame | None
    places: gpd.GeoDataFrame | None
    sites: tuple[pd.DataFrame, int] | None
    ledgers: Mapping[str, Ledger]
    warnings: tuple[str, ...] = ()
    notes_on_points: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known once the counties are: enough to say where the study will lie.

    Parameters
    ----------
    desk
        The services.
    territory
        What the study covers.
    newest
        The year asked for, or the newest with figures.
    """

    desk: Desk
    territory: Territory
    newest: int


def survey(request: FetchRequest, services: Services, line: Line) -> Survey:
    """Ask which counties there are, and find those wanted.

    Raises
    ------
    UnknownNameError, RequestError
        If the state or a county is none, or could be several.
    SourceError
        If the service does not answer, or not as it should.
    """
    desk = open_desk(services)
    state = find_state(request.state)
    step = f"Counties of {STATES[state][1]}"
    line.begin(step)
    newest = request.year or desk.census.newest_year()
    territory = _territory(desk, request, state, newest)
    line.finish(step)
    return Survey(desk, territory, newest)


def _territory(desk: Desk, request: FetchRequest, state: str, year: int) -> Territory:
    known = listed_counties(desk.census.counties(state, year))
    postal, name = STATES[state]
    return territory_of(state, postal, name, known, request.counties)


def download(request: FetchRequest, surveyed: Survey, line: Line) -> Downloads:
    """Ask the services for everything that a study needs.

    Raises
    ------
    SourceError
        If a service does not answer, or not as it should.
    CancelledError
        If somebody stopped it.
    """
    desk, territory, newest = surveyed.desk, surveyed.territory, surveyed.newest
    for year in range(newest, newest - _YEARS_BACK, -1):
        if year != newest:
            # Counties change, too: Connecticut's did in 2022.
            territory = _territory(desk, request, territory.state, year)
            desk.warnings[:] = [
                f"Figures of {newest} are published, their boundaries are not yet: "
                f"those of {year} were fetched, of both."
            ]
            desk.notes_on_points.clear()
        made = _gather(desk, request, territory, year, line)
        if made is not None:
            return made
    raise SourceError(
        f"There are no boundaries for {newest}, nor for the {_YEARS_BACK - 1} years before. "
        "Ask for an earlier year with --year."
    )


def _gather(
    desk: Desk, request: FetchRequest, territory: Territory, year: int, line: Line
) -> Downloads | None:
    """Ask for everything of one year side by side; None if its boundaries are not there yet."""
    state, asked = territory.state, territory.asked
    errands: Errands = {}

    def figures(level: Level, cells: Mapping[str, tuple[str, ...]]) -> None:
        for table, codes in cells.items():
            errands["figures", level, table] = (
                f"Table {table} by {level}",
                lambda codes=codes: desk.census.estimates(year, level, state, asked, codes),  # type: ignore[misc]
            )

    level = request.level
    errands["shapes"] = (
        f"Boundaries of {level}s",
        lambda: _shapes(desk, year, level, state, may_lag=request.year is None),
    )
    if level is Level.TRACT:
        figures(level, needed_cells(figures_of(level) + eligibility_figures()))
    else:
        figures(level, needed_cells(figures_of(level)))
        figures(Level.TRACT, needed_cells(eligibility_figures()))
        errands["tracts"] = (
            "Boundaries of tracts",
            lambda: desk.boundaries.areas(year, Level.TRACT, state),
        )
    if not territory.is_whole_state:
        errands["places"] = ("Cities and towns", lambda: _places(desk, year, state))
    errands |= block_errands(desk, territory)
    if request.sites:
        errands["sites"] = ("Meal sites", lambda: _sites(desk, state))
    found = run(errands, line)
    if found["shapes"] is None:
        return None
    inside = [county.geoid for county in territory.counties]
    shapes = _of_counties(found["shapes"], inside)
    blocks, centres = blocks_and_centres(desk, territory, shapes, found, line)
    estimates = _joined(found, level)
    tracts = estimates if level is Level.TRACT else _joined(found, Level.TRACT)
    return Downloads(
        territory=territory,
        year=year,
        level=level,
        estimates=estimates,
        shapes=shapes,
        tract_estimates=tracts,
        tract_shapes=_of_counties(found.get("tracts", shapes), inside),
        blocks=blocks,
        centres=centres,
        places=found.get("places"),
        sites=found.get("sites"),
        ledgers=desk.ledgers,
        warnings=tuple(sorted(desk.warnings)),
        notes_on_points=tuple(sorted(desk.notes_on_points)),
    )


def _shapes(
    desk: Desk, year: int, level: Level, state: str, *, may_lag: bool
) -> gpd.GeoDataFrame | None:
    try:
        return desk.boundaries.areas(year, level, state)
    except StatusError as error:
        if may_lag and _is_absent(error):
            return None
        raise


def _joined(found: Mapping[Any, Any], level: Level) -> pd.DataFrame:
    """Put the tables of one level side by side."""
    tables: list[pd.DataFrame] = [
        table for key, table in found.items() if key[:2] == ("figures", level)
    ]
    joined = tables[0]
    for table in tables[1:]:
        joined = joined.merge(table.drop(columns="NAME"), on="GEOID", how="outer")
    return joined.sort_values("GEOID").reset_index(drop=True)


def _of_counties(shapes: gpd.GeoDataFrame, counties: list[str]) -> gpd.GeoDataFrame:
    return shapes[shapes["GEOID"].str[:5].isin(counties)]


def _places(desk: Desk, year: int, state: str) -> gpd.GeoDataFrame | None:
    try:
        return desk.boundaries.areas(year, "place", state)
    except StatusError as error:
        if not _is_absent(error):
            raise
        desk.warnings.append(f"No boundaries of cities and towns are published for {year}.")
        return None


def _sites(desk: Desk, state: str) -> tuple[pd.DataFrame, int] | None:
    try:
        return desk.sites.sites(state)
    except AnswerError as error:
        # The list has changed beyond reading; need, boundaries and blocks are there all the same.
        desk.warnings.append(f"The study has no sites. {error}")
        return None


def _is_absent(error: StatusError) -> bool:
    return error.status in _ABSENT
