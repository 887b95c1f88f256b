"""The made-up region: counties, tracts, block groups, blocks and places where no file is needed.

The names and numbers of states, counties and cities are the real ones, and they lie about where
they lie; every border, tract and figure is made up.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.fake_sources.lattice import Lattice, crowded, slices
from tests.fake_sources.plans import (
    METRO,
    METRO_PLACES,
    NAMES,
    PLACED,
    RED_RIVER_OKLAHOMA,
    RED_RIVER_OKLAHOMA_PLACES,
    RED_RIVER_TEXAS,
    RED_RIVER_TEXAS_PLACES,
    CountyPlan,
    PlacePlan,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CRS", "NOBODY_LIVES_HERE", "SEED", "Region", "StateOfRegion", "make_region"]

CRS = "EPSG:4269"
SEED = 20260701

NOBODY_LIVES_HERE = "980000"
"""Tract numbers from 9800 on are airports, parks and the like; a county has one or none."""

WINDOW = 2
"""Tracts are made from windows of two by two block groups."""

BIG_COUNTY = 12
"""Rows and columns of block groups of a county of a big state."""


@dataclass(frozen=True, eq=False)
class StateOfRegion:
    """One state of the region.

    Parameters
    ----------
    fips, postal, name
        How the state is called.
    counties, tracts, block_groups, places
        Areas with GEOID, NAME, NAMELSAD and the parts of their number, sorted by GEOID.
    rings
        Open rings of the block groups, in their order.
    lines
        Row numbers of the block groups on their lattice, column numbers likewise: neighbours on
        the ground have neighbouring numbers.
    """

    fips: str
    postal: str
    name: str
    counties: gpd.GeoDataFrame
    tracts: gpd.GeoDataFrame
    block_groups: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    rings: np.ndarray
    lines: np.ndarray

    @functools.cached_property
    def tract_starts(self) -> np.ndarray:
        """Position of each tract's first block group."""
        return np.flatnonzero(~self.block_groups["GEOID"].str[:11].duplicated().to_numpy())

    @functools.cached_property
    def county_starts(self) -> np.ndarray:
        """Position of each county's first block group."""
        return np.flatnonzero(~self.block_groups["GEOID"].str[:5].duplicated().to_numpy())

    @functools.cached_property
    def blocks_per_group(self) -> np.ndarray:
        """How many blocks each block group has, 3 to 12."""
        chance = np.random.default_rng([SEED, int(self.fips), 4])
        return chance.integers(3, 13, len(self.block_groups))

    def blocks(self, county: str) -> gpd.GeoDataFrame:
        """Blocks of one county (three digits): GEOID, longitude, latitude, area, geometry."""
        groups = self.block_groups
        chosen = np.flatnonzero((groups["COUNTYFP"] == county).to_numpy())
        geoids = groups["GEOID"].to_numpy(dtype=object)
        counts = self.blocks_per_group[chosen]
        parts = []
        for count in np.unique(counts):
            rows = chosen[counts == count]
            polygons, points = slices(self.rings[rows], int(count))
            numbers = [f"{geoids[row]}{number:03d}" for row in rows for number in range(count)]
            where = points.reshape(-1, 2)
            columns = {"GEOID": numbers, "longitude": where[:, 0], "latitude": where[:, 1]}
            parts.append(gpd.GeoDataFrame(columns, geometry=polygons.ravel(), crs=CRS))
        table = pd.concat(parts).sort_values("GEOID", ignore_index=True)
        return _with_land(table)


@dataclass(frozen=True)
class Region:
    """All states of the region, each made when it is first asked for."""

    big_states: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        for fips, tracts in self.big_states:
            if fips in ("40", "48"):
                raise ValueError(f"State {fips} is there already; name another one for scale.")
            if not BIG_COUNTY**2 // WINDOW**2 <= tracts <= 30_000:
                raise ValueError(f"A big state has 36 to 30,000 tracts, not {tracts}.")

    @property
    def states(self) -> tuple[str, ...]:
        """FIPS codes of the states served."""
        return tuple(sorted(["40", "48", *dict(self.big_states)]))

    def state(self, fips: str) -> StateOfRegion | None:
        """One state, or None when it is not served."""
        if fips not in self.states:
            return None
        return _state(fips, dict(self.big_states).get(fips, 0))


def make_region(states: Mapping[str, int] | None = None) -> Region:
    """Return the small region, with whole big states of so many tracts where asked for."""
    return Region(tuple(sorted((states or {}).items())))


@functools.cache
def _state(fips: str, tracts: int) -> StateOfRegion:
    postal, name = NAMES.get(fips, (f"X{fips[-1]}", f"State {fips}"))
    if fips == "48":
        parts = [
            _grown(_metro(), METRO, METRO_PLACES, fips),
            _grown(_red_river(), RED_RIVER_TEXAS, RED_RIVER_TEXAS_PLACES, fips),
        ]
    elif fips == "40":
        parts = [_grown(_red_river(), RED_RIVER_OKLAHOMA, RED_RIVER_OKLAHOMA_PLACES, fips)]
    else:
        parts = [_grown_big(fips, tracts)]
    return _assembled(fips, postal, name, parts)


def _metro() -> Lattice:
    y = [
        crowded(8, 29.80, 30.13, centre=30.03),
        crowded(8, 30.13, 30.50, centre=30.27)[1:],
        crowded(8, 30.50, 30.86, centre=30.54)[1:],
    ]
    chance = np.random.default_rng([SEED, 1])
    x = crowded(18, -98.27, -97.35, centre=-97.75)
    return Lattice.shaken(x, np.concatenate(y), chance)


def _red_river() -> Lattice:
    chance = np.random.default_rng([SEED, 2])
    x = crowded(6, -97.45, -96.97, centre=-97.15)
    return Lattice.shaken(x, crowded(6, 33.50, 34.02, centre=33.72), chance)


@dataclass(frozen=True)
class _Part:
    """Cells of one lattice with the tract and block group that each is."""

    cells: pd.DataFrame
    rings: np.ndarray
    counties: dict[str, str]
    places: tuple[PlacePlan, ...]


def _grown(
    lattice: Lattice,
    plans: tuple[CountyPlan, ...],
    places: tuple[PlacePlan, ...],
    state: str,
    *,
    split: int | None = None,
) -> _Part:
    """Number the tracts and block groups of counties on one lattice."""
    chance = np.random.default_rng([SEED, 3, int(state), len(plans)])
    windows = [
        (plan, row, column)
        for plan in plans
        for row in plan.rows[::WINDOW]
        for column in plan.columns[::WINDOW]
    ]
    is_split = chance.random(len(windows)) < 0.62
    if split is not None:
        is_split = np.isin(np.arange(len(windows)), chance.permutation(len(windows))[:split])
    ways = chance.integers(0, 4, len(windows))
    cells = []
    last: dict[str, int] = {}
    airfields = {plan.fips: (plan.rows[-2], plan.columns[-2]) for plan in plans}
    for (plan, row, column), splits, way in zip(windows, is_split, ways, strict=True):
        square = [(row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)]
        groups = [square]
        if splits:
            groups = [
                [square[:2], square[2:]],
                [square[::2], square[1::2]],
                [square[:1], square[1:]],
                [square[:3], square[3:]],
            ][way]
        for suffix, group in enumerate(groups, 1 if splits else 0):
            if suffix < 2:
                last[plan.fips] = last.get(plan.fips, 0) + 1
            tract = f"{last[plan.fips]:04d}{suffix:02d}"
            if suffix == 0 and (row, column) == airfields[plan.fips]:
                tract = NOBODY_LIVES_HERE
            for number, (r, c) in enumerate(group, 1):
                cells.append((plan.fips, tract, number, r, c))
    table = pd.DataFrame(cells, columns=["county", "tract", "group", "row", "column"])
    rings = lattice.rings(table["row"].to_numpy(), table["column"].to_numpy())
    return _Part(table, rings, {plan.fips: plan.name for plan in plans}, places)


def _grown_big(fips: str, tracts: int) -> _Part:
    windows_each = (BIG_COUNTY // WINDOW) ** 2
    # Each window is one tract or two: as many are split as the number asked for needs.
    count = min(max(1, round(tracts / 1.62 / windows_each)), tracts // windows_each)
    count = max(count, -(-tracts // (2 * windows_each)))
    wide = int(np.ceil(np.sqrt(count)))
    tall = -(-count // wide)
    west, south = PLACED.get(fips, (-101.0, 39.0))
    chance = np.random.default_rng([SEED, 5, int(fips)])
    x = west + 0.02 * np.arange(wide * BIG_COUNTY + 1)
    y = south + 0.02 * np.arange(tall * BIG_COUNTY + 1)
    plans = tuple(
        CountyPlan(
            f"{2 * number + 1:03d}",
            f"Illustrative {number + 1}",
            range(number // wide * BIG_COUNTY, (number // wide + 1) * BIG_COUNTY),
            range(number % wide * BIG_COUNTY, (number % wide + 1) * BIG_COUNTY),
        )
        for number in range(count)
    )
    places = tuple(
        PlacePlan(
            f"{1000 + 10 * number:05d}",
            f"Illustrative City {number + 1}",
            plan.rows[3:9],
            plan.columns[3:9],
        )
        for number, plan in enumerate(plans)
    )
    lattice = Lattice.shaken(x, y, chance)
    return _grown(lattice, plans, places, fips, split=tracts - count * windows_each)


def _assembled(fips: str, postal: str, name: str, parts: list[_Part]) -> StateOfRegion:
    cells = pd.concat([part.cells for part in parts], ignore_index=True)
    cells["part"] = np.repeat(np.arange(len(parts)), [len(part.cells) for part in parts])
    rings = np.concatenate([part.rings for part in parts])
    cells["GEOID"] = fips + cells["county"] + cells["tract"] + cells["group"].astype(str)
    order = np.argsort(cells["GEOID"].to_numpy())
    cells, rings = cells.iloc[order].reset_index(drop=True), rings[order]
    shapes = shapely.polygons(rings)
    county_names = {number: label for part in parts for number, label in part.counties.items()}

    groups = gpd.GeoDataFrame(
        {
            "STATEFP": fips,
            "COUNTYFP": cells["county"],
            "TRACTCE": cells["tract"],
            "BLKGRPCE": cells["group"].astype(str),
            "GEOID": cells["GEOID"],
            "NAME": cells["group"].astype(str),
            "NAMELSAD": "Block Group " + cells["group"].astype(str),
        },
        geometry=shapes,
        crs=CRS,
    )
    tracts = _united(groups, ["STATEFP", "COUNTYFP", "TRACTCE"])
    label = tracts["TRACTCE"].map(_tract_label)
    tracts = tracts.assign(NAME=label, NAMELSAD="Census Tract " + label)
    counties = _united(tracts, ["STATEFP", "COUNTYFP"])
    label = counties["COUNTYFP"].map(county_names)
    counties = counties.assign(NAME=label, NAMELSAD=label + " County")
    return StateOfRegion(
        fips=fips,
        postal=postal,
        name=name,
        counties=_with_land(counties),
        tracts=_with_land(tracts),
        block_groups=_with_land(groups),
        places=_with_land(_places(fips, cells, shapes, parts)),
        rings=rings,
        lines=cells[["part", "row", "column"]].to_numpy(),
    )


def _tract_label(number: str) -> str:
    """Speak a tract's number as the Bureau does: 000102 is 1.02, 000100 is 1."""
    return str(int(number[:4])) + (f".{number[4:]}" if number[4:] != "00" else "")


def _united(areas: gpd.GeoDataFrame, parts: list[str]) -> gpd.GeoDataFrame:
    """Join the areas of the same number; borders inside go, borders outside stay as they are."""
    key = areas[parts].agg("".join, axis=1)
    starts = np.flatnonzero(~key.duplicated().to_numpy())
    shapes = np.array(areas.geometry.to_numpy(), dtype=object)
    joined = [
        piece[0] if len(piece) == 1 else shapely.coverage_union_all(piece)
        for piece in np.split(shapes, starts[1:])
    ]
    table = areas[parts].iloc[starts].reset_index(drop=True)
    return gpd.GeoDataFrame(table.assign(GEOID=key.iloc[starts].array), geometry=joined, crs=CRS)


def _places(
    fips: str, cells: pd.DataFrame, shapes: np.ndarray, parts: list[_Part]
) -> gpd.GeoDataFrame:
    rows = []
    for number, part in enumerate(parts):
        for plan in part.places:
            inside = (
                (cells["part"] == number)
                & cells["row"].isin(plan.rows)
                & cells["column"].isin(plan.columns)
            )
            shape = shapely.coverage_union_all(shapes[inside.to_numpy()])
            # A town's border does not keep to census lines: it ends a little inside of them.
            shape = shapely.set_precision(shape.buffer(-0.002).simplify(0.001), 1e-6)
            rows.append((plan.fips, plan.name, f"{plan.name} {plan.kind}", shape))
    table = pd.DataFrame(rows, columns=["PLACEFP", "NAME", "NAMELSAD", "geometry"])
    table = table.sort_values("PLACEFP", ignore_index=True)
    table.insert(0, "STATEFP", fips)
    table.insert(2, "GEOID", fips + table["PLACEFP"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def _with_land(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    land = _area_sqm(areas.geometry.to_numpy())
    return areas.assign(ALAND=land, AWATER=np.int64(0))


def _area_sqm(shapes: np.ndarray) -> np.ndarray:
    """Area in square metres, on a sphere, by the width of a degree at the shape's middle."""
    latitude = shapely.get_y(shapely.centroid(shapes))
    square_degree = 111_195.0**2 * np.cos(np.radians(latitude))
    return np.asarray((shapely.area(shapes) * square_degree).round(), dtype=np.int64)
