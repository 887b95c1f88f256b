"""Which people and households each figure of each census table counts.

Everybody stands in one cell of age, sex and ratio of income to poverty, and every household in one
of size, vehicles and tenure and in one of food stamps. A table's figure is a sum of cells, so that
tables agree with each other as the published ones do.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AGES",
    "OUTSIDE",
    "TABLES",
    "Cell",
    "count_households",
    "count_people",
]

# Ends of the ages that any of the tables tells apart; sexes are male, female.
AGES = (
    *(3, 5, 6, 9, 10, 12, 15, 16, 18, 20, 21, 22, 25, 30, 35, 40, 45, 50, 55, 60),
    *(62, 65, 67, 70, 75, 80, 85, 120),
)
RATIOS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.85, 2.0, 3.0, 4.0, 5.0, np.inf)
OUTSIDE = len(RATIOS)
"""Those for whom poverty status is not determined: foster children, people in institutions."""


class Cell(NamedTuple):
    """Whom one figure counts: ages from, below; sexes; positions of ratios."""

    low: int = 0
    high: int = 120
    sexes: tuple[int, ...] = (0, 1)
    ratios: tuple[int, ...] = tuple(range(OUTSIDE + 1))


def _pairs(*ends: int) -> list[tuple[int, int]]:
    return list(itertools.pairwise(ends))


ALL_RATIOS = tuple(range(OUTSIDE))
POOR, NOT_POOR = tuple(range(3)), tuple(range(3, OUTSIDE))


def _b01001() -> Iterable[Cell]:
    ages = _pairs(0, 5, 10, 15, 18, 20, 21, 22, 25, 30, 35, 40, 45, 50, 55, 60, 62, 65, 67, 70)
    ages += _pairs(70, 75, 80, 85, 120)
    yield Cell()
    for sex in (0, 1):
        yield Cell(sexes=(sex,))
        yield from (Cell(low, high, (sex,)) for low, high in ages)


def _b09001() -> Iterable[Cell]:
    yield Cell(high=18)
    yield Cell(high=18, ratios=ALL_RATIOS)
    yield from (Cell(low, high, ratios=ALL_RATIOS) for low, high in _pairs(0, 3, 5, 6, 9, 12))
    yield from (Cell(low, high, ratios=ALL_RATIOS) for low, high in _pairs(12, 15, 18))
    yield Cell(high=18, ratios=(OUTSIDE,))


def _b17001() -> Iterable[Cell]:
    ages = _pairs(0, 5, 6, 12, 15, 16, 18, 25, 35, 45, 55, 65, 75, 120)
    yield Cell(ratios=ALL_RATIOS)
    for ratios in (POOR, NOT_POOR):
        yield Cell(ratios=ratios)
        for sex in (0, 1):
            yield Cell(sexes=(sex,), ratios=ratios)
            yield from (Cell(low, high, (sex,), ratios) for low, high in ages)


def _b17024() -> Iterable[Cell]:
    yield Cell(ratios=ALL_RATIOS)
    for low, high in _pairs(0, 6, 12, 18, 25, 35, 45, 55, 65, 75, 120):
        yield Cell(low, high, ratios=ALL_RATIOS)
        yield from (Cell(low, high, ratios=(ratio,)) for ratio in ALL_RATIOS)


def _c17002() -> Iterable[Cell]:
    yield Cell(ratios=ALL_RATIOS)
    for ratios in ((0,), (1, 2), (3,), (4,), (5, 6), (7,), (8, 9, 10, 11)):
        yield Cell(ratios=ratios)


PERSON_TABLES = {
    "B01001": tuple(_b01001()),
    "B01003": (Cell(),),
    "B09001": tuple(_b09001()),
    "B17001": tuple(_b17001()),
    "B17024": tuple(_b17024()),
    "C17002": tuple(_c17002()),
}

# Households by size (1, 2, 3, 4 and more), vehicles (0 to 5 and more) and tenure (own, rent), and
# by food stamps (received or not), poverty (below or not) and disability (somebody or nobody).
HOMES = np.arange(4 * 6 * 2).reshape(4, 6, 2)
STAMPS = np.arange(2 * 2 * 2).reshape(2, 2, 2)


def _b08201() -> list[np.ndarray]:
    def by_vehicles(homes: np.ndarray) -> list[np.ndarray]:
        return [homes.ravel(), *(homes[..., n, :].ravel() for n in range(4)), homes[..., 4:, :]]

    sizes = [part for size in range(4) for part in by_vehicles(HOMES[size])]
    return [part.ravel() for part in (*by_vehicles(HOMES), *sizes)]


def _b25044() -> list[np.ndarray]:
    rows = [HOMES.ravel()]
    for tenure in (0, 1):
        rows.append(HOMES[:, :, tenure].ravel())
        rows += [HOMES[:, vehicles, tenure].ravel() for vehicles in range(6)]
    return rows


def _stamps(axis: int) -> list[np.ndarray]:
    rows = [STAMPS.ravel()]
    for received in (0, 1):
        half = STAMPS[received]
        rows += [half.ravel(), half.take(0, axis=axis).ravel(), half.take(1, axis=axis).ravel()]
    return rows


HOME_TABLES = {"B08201": _b08201(), "B25044": _b25044()}
STAMP_TABLES = {"B22003": _stamps(0), "B22010": _stamps(1)}

TABLES = {
    **{table: len(cells) for table, cells in PERSON_TABLES.items()},
    **{table: len(cells) for table, cells in {**HOME_TABLES, **STAMP_TABLES}.items()},
    "B19013": 1,
}
"""Tables served, with how many figures each has."""


def count_people(people: np.ndarray) -> dict[str, np.ndarray]:
    """Fill the tables of people.

    Parameters
    ----------
    people
        (areas, ages * sexes * ratios), as ``float32``: sums of whole numbers below 2 ** 24.
    """
    return {table: people @ _matrix(cells).T for table, cells in PERSON_TABLES.items()}


def count_households(homes: np.ndarray, stamps: np.ndarray) -> dict[str, np.ndarray]:
    """Fill the tables of households, from the cells of ``HOMES`` and those of ``STAMPS``."""
    counted = {}
    for cells, tables in ((homes, HOME_TABLES), (stamps, STAMP_TABLES)):
        for table, rows in tables.items():
            wanted = np.zeros((len(rows), cells.shape[1]), dtype=np.float32)
            for position, row in enumerate(rows):
                wanted[position, row] = 1
            counted[table] = cells @ wanted.T
    return counted


def _matrix(cells: tuple[Cell, ...]) -> np.ndarray:
    """Which cells of the people each figure adds up."""
    starts = np.array((0, *AGES[:-1]))
    wanted = np.zeros((len(cells), len(AGES), 2, OUTSIDE + 1), dtype=np.float32)
    for position, cell in enumerate(cells):
        ages = np.flatnonzero((starts >= cell.low) & (starts < cell.high))
        wanted[position][np.ix_(ages, cell.sexes, cell.ratios)] = 1
    return wanted.reshape(len(wanted), -1)
