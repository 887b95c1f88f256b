"""The made-up people: drawn once a block group and year, then counted into the census tables.

Tracts and counties are the sums of their block groups, as in the published tables.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from tests.fake_sources.region import NOBODY_LIVES_HERE, SEED
from tests.fake_sources.tables import AGES, OUTSIDE, count_households, count_people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fake_sources.region import StateOfRegion

__all__ = [
    "CONTROLLED",
    "NOT_BY_BLOCK_GROUP",
    "NULL",
    "YEARS",
    "Figures",
    "block_people",
    "figures_of",
]

YEARS = (2022, 2023, 2024)

NULL = np.iinfo(np.int64).min
"""Stands for the answer's null until the answer is written."""

NO_ESTIMATE, NO_MARGIN, CONTROLLED = -666_666_666, -222_222_222, -555_555_555

NOT_BY_BLOCK_GROUP = ("B08201", "B17001", "B17024", "B22003")
"""Published by tract and county only: a block group has null there."""

ODD_ONES = {
    # county and position of the area in it: table, what stands for estimate and margin
    ("453", 4): ("B17024", NULL, NULL),
    ("453", 9): ("B22003", NO_ESTIMATE, NO_MARGIN),
    ("491", 6): ("B08201", NO_ESTIMATE, NO_MARGIN),
    ("209", 3): ("B01001", None, NO_MARGIN),
    ("209", 8): ("C17002", NULL, NULL),
}
"""Areas below the county for which a table has nothing to say, or no margin."""


@dataclass(frozen=True)
class Figures:
    """Published figures of one state, year and level, jam values and nulls among them.

    Parameters
    ----------
    geoids
        Areas, sorted.
    estimates, margins
        By code without E or M, one value an area.
    """

    geoids: np.ndarray
    estimates: dict[str, np.ndarray]
    margins: dict[str, np.ndarray]

    def known(self) -> pd.DataFrame:
        """Return what is known as numbers: NaN for unknown, 0 for a controlled margin."""
        columns = {}
        for code, values in self.estimates.items():
            margins = self.margins[code]
            columns[f"{code}E"] = np.where(values < 0, np.nan, values)
            columns[f"{code}M"] = np.where(
                margins == CONTROLLED, 0.0, np.where(margins < 0, np.nan, margins)
            )
        return pd.DataFrame(columns, index=pd.Index(self.geoids, name="GEOID"))


class _Bases(NamedTuple):
    """What a block group is like, whatever the year: people, shares of children and of the poor."""

    people: np.ndarray
    children_share: np.ndarray
    low_income_share: np.ndarray


@functools.lru_cache(maxsize=8)
def _bases(fips: str, geoids: tuple[str, ...], lines: bytes) -> _Bases:
    chance = np.random.default_rng([SEED, 6, int(fips)])
    count = len(geoids)
    part, row, column = np.frombuffer(lines, dtype=np.int64).reshape(count, 3).T
    # Poor and rich quarters are some rows and columns wide.
    wave = np.sin(row / 2.3 + part) + np.sin(column / 2.9 + 1.0) + np.sin((row - column) / 3.7)
    tract = np.unique([geoid[:11] for geoid in geoids], return_inverse=True)[1]
    noise = chance.normal(0, 0.5, tract.max() + 1)[tract] + chance.normal(0, 0.4, count)
    low_income = 1 / (1 + np.exp(0.75 - 0.75 * wave - noise))
    people = np.clip(chance.lognormal(7.15, 0.38, count), 300, 4000)
    share = np.clip(chance.normal(0.17 + 0.13 * low_income, 0.035), 0.05, 0.36)
    # Tracts where nobody is a child: homes for the old, a campus; every fortieth or so.
    share[tract % 37 == 5] = 0.0
    people[[geoid[5:11] == NOBODY_LIVES_HERE for geoid in geoids]] = 0.0
    return _Bases(people, share, low_income)


def _bases_of(state: StateOfRegion) -> _Bases:
    geoids = tuple(state.block_groups["GEOID"])
    return _bases(state.fips, geoids, state.lines.astype(np.int64).tobytes())


def _ratio_shares(low_income: np.ndarray) -> np.ndarray:
    """Spread people over the ratios of income to poverty, given the share below 1.85."""
    below = np.array([0.21, 0.11, 0.13, 0.14, 0.15, 0.16, 0.10])
    above = np.array([0.07, 0.30, 0.22, 0.15, 0.26])
    return np.concatenate([low_income[:, None] * below, (1 - low_income)[:, None] * above], axis=1)


def _drawn_people(bases: _Bases, year: int, chance: np.random.Generator) -> np.ndarray:
    """Everybody by block group: (groups, ages * sexes * ratios)."""
    ends = np.array((0, *AGES), dtype=float)
    widths = np.diff(ends)
    child = ends[1:] <= 18
    old = np.clip((100 - ends[:-1]) / 80, 0.05, 1.0)
    weights = np.where(child, widths, np.minimum(widths, 15) * old)
    weights = np.where(child, weights / weights[child].sum(), weights / weights[~child].sum())
    drawn = []
    for start in range(0, len(bases.people), 1000):  # so that a big state takes little memory
        people, share, low = (values[start : start + 1000] for values in bases)
        people = people * (1 + 0.012 * (year - YEARS[0]))
        by_age = np.where(child, share[:, None], 1 - share[:, None]) * weights
        ratios = [
            np.concatenate(
                [_ratio_shares(part) * (1 - outside), np.full((len(part), 1), outside)], axis=1
            )
            for part, outside in ((np.minimum(low * 1.25, 0.97), 0.008), (low * 0.9, 0.02))
        ]
        by_ratio = np.where(child[None, :, None], ratios[0][:, None], ratios[1][:, None])
        mean = (people[:, None] * by_age)[:, :, None, None] * by_ratio[:, :, None, :] * 0.5
        mean = np.broadcast_to(mean, (len(people), len(AGES), 2, OUTSIDE + 1))
        drawn.append(chance.poisson(mean).reshape(len(people), -1).astype(np.float32))
    return np.concatenate(drawn)


def _drawn_homes(
    people: np.ndarray, low: np.ndarray, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Households by size, vehicles and tenure, and by food stamps, poverty and disability."""
    homes = chance.poisson(people / 2.6)
    size = np.array([0.27, 0.33, 0.17, 0.23])
    vehicles = np.stack(
        [
            0.02 + 0.16 * low,
            0.30 + 0.15 * low,
            0.42 - 0.17 * low,
            0.17 - 0.09 * low,
            0.06 - 0.035 * low,
            0.03 - 0.015 * low,
        ],
        axis=1,
    )
    rent = np.stack([0.75 - 0.5 * low, 0.25 + 0.5 * low], axis=1)
    odds = size[None, :, None, None] * vehicles[:, None, :, None] * rent[:, None, None, :]
    received = np.stack([0.03 + 0.32 * low, 0.97 - 0.32 * low], axis=1)
    poor = np.stack(
        [np.stack([0.3 + 0.3 * low, 0.7 - 0.3 * low]), np.stack([0.2 * low, 1 - 0.2 * low])]
    )
    ill = np.array([[0.44, 0.56], [0.22, 0.78]])
    stamps = (
        received[:, :, None, None] * poor.transpose(2, 0, 1)[:, :, :, None] * ill[None, :, None, :]
    )

    def spread(shares: np.ndarray) -> np.ndarray:
        flat = shares.reshape(len(homes), -1)
        return chance.multinomial(homes, flat / flat.sum(axis=1, keepdims=True))

    return spread(odds).astype(np.float32), spread(stamps).astype(np.float32)


@functools.lru_cache(maxsize=6)
def _counted(state: StateOfRegion, year: int) -> dict[str, np.ndarray]:
    """Estimates of every table by block group: (groups, figures)."""
    chance = np.random.default_rng([SEED, 7, int(state.fips), year])
    bases = _bases_of(state)
    people = _drawn_people(bases, year, chance)
    homes, stamps = _drawn_homes(people.sum(axis=1), bases.low_income_share, chance)
    counted = count_people(people) | count_households(homes, stamps)
    return {table: values.astype(np.int32) for table, values in counted.items()}


@functools.lru_cache(maxsize=16)
def figures_of(state: StateOfRegion, year: int, level: str) -> Figures:
    """Return the published figures of a state; levels as the service calls them."""
    counted = _counted(state, year)
    starts, areas = {
        "block group": (np.arange(len(state.block_groups)), state.block_groups["GEOID"]),
        "tract": (state.tract_starts, state.tracts["GEOID"]),
        "county": (state.county_starts, state.counties["GEOID"]),
        "state": (np.array([0]), pd.Series([state.fips])),
    }[level]
    geoids = areas.to_numpy(dtype=object)
    depth = ("state", "county", "tract", "block group").index(level)
    chance = np.random.default_rng([SEED, 8, int(state.fips), year, depth])
    estimates: dict[str, np.ndarray] = {}
    margins: dict[str, np.ndarray] = {}
    for table, by_group in counted.items():
        values = np.add.reduceat(by_group, starts, axis=0).astype(np.int64)
        moe = _margins(values, chance, level)
        if level in ("county", "state") and table in ("B01001", "B01003"):
            # Totals by age and sex are held to the Bureau's population estimates.
            held = [n for n in (1, 2, 3, 4, 5, 6, 26, 27, 28, 29, 30) if n <= values.shape[1]]
            moe[:, [n - 1 for n in held]] = CONTROLLED
        if level == "block group" and table in NOT_BY_BLOCK_GROUP:
            values[:], moe[:] = NULL, NULL
        for row, estimate, margin in _odd_rows(geoids, table, level):
            values[row] = values[row] if estimate is None else estimate
            moe[row] = margin
        for number in range(values.shape[1]):
            estimates[f"{table}_{number + 1:03d}"] = values[:, number]
            margins[f"{table}_{number + 1:03d}"] = moe[:, number]
    income, moe = _median_income(estimates, chance)
    estimates["B19013_001"], margins["B19013_001"] = income, moe
    return Figures(geoids, estimates, margins)


def _margins(values: np.ndarray, chance: np.random.Generator, level: str) -> np.ndarray:
    """Draw margins (90 %) as large as those of a sample of one household in eight."""
    total = np.maximum(values[:, :1], 1)
    deviation = np.sqrt(values * 8.0 * (1 - values / (total * 1.05)))
    moe = np.rint(1.645 * deviation * chance.uniform(0.85, 1.15, values.shape)).astype(np.int64)
    # An estimate of zero has a margin all the same, one for all areas of a kind.
    zero = {"block group": 12, "tract": 12, "county": 27, "state": 42}[level]
    return np.where(values == 0, zero, np.maximum(moe, 2))


def _odd_rows(geoids: np.ndarray, table: str, level: str) -> Iterable[tuple[int, int | None, int]]:
    if level not in ("tract", "block group"):
        return
    for (county, position), (odd_table, estimate, margin) in ODD_ONES.items():
        if odd_table == table:
            rows = [row for row, geoid in enumerate(geoids) if geoid[2:5] == county]
            yield from ((row, estimate, margin) for row in rows[position : position + 1])


def _median_income(
    estimates: dict[str, np.ndarray], chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    people = np.maximum(estimates["B01003_001"], 1)
    homes = estimates["B25044_001"]
    renters = estimates["B25044_009"] / np.maximum(homes, 1)
    income = np.rint(125_000 - 95_000 * renters + chance.normal(0, 4000, len(people)))
    few = homes < 60
    income = np.where(few, NO_ESTIMATE, np.clip(income, 2_499, 250_001)).astype(np.int64)
    return income, np.where(few, NO_MARGIN, np.rint(income * 0.12)).astype(np.int64)


@functools.lru_cache(maxsize=8)
def block_people(state: StateOfRegion) -> pd.DataFrame:
    """Return people and children of every block, as counted in 2020 (GEOID, total, adults)."""
    chance = np.random.default_rng([SEED, 9, int(state.fips)])
    bases = _bases_of(state)
    counts = state.blocks_per_group
    group = np.repeat(np.arange(len(counts)), counts)
    weight = chance.gamma(1.3, size=len(group)) * (chance.random(len(group)) > 0.12)
    sums = np.bincount(group, weight, len(counts))
    share = weight / np.where(sums > 0, sums, 1)[group]
    people = bases.people * chance.lognormal(-0.03, 0.05, len(counts))
    total = np.floor(share * people[group] + chance.random(len(group)) * (weight > 0))
    total = np.where(people[group] > 0, total, 0).astype(np.int64)
    childhood = np.clip(bases.children_share[group] * chance.normal(1, 0.25, len(group)), 0, 0.6)
    children = chance.binomial(total, childhood)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    number = np.arange(len(group)) - first[group]
    geoid = state.block_groups["GEOID"].to_numpy(dtype=object)[group]
    geoids = [f"{parent}{order:03d}" for parent, order in zip(geoid, number, strict=True)]
    return pd.DataFrame({"GEOID": geoids, "total": total, "adults": total - children})
