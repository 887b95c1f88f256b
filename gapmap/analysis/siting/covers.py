"""Who would reach what: rows of demand against candidates, as small as they can be made.

What a model decides on is independent of maps: rows with a worth, columns with a cost, and which
column covers which row. Before anything is searched, rows that nobody covers or that are worth
nothing go, rows covered by the same columns become one, and columns that another one beats go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CoverTask", "merged", "row_keys", "without_beaten", "worth_of"]

_SEED: Final = 20


@dataclass(frozen=True, eq=False)
class CoverTask:
    """A choice of columns to be made.

    Parameters
    ----------
    cover
        Sparse, shape (n, m): which column covers which row. Its values are not looked at.
    first, second
        n floats: what the first, and a second, column covering a row is worth; second <= first.
    cost
        m floats, 0 or more.
    count
        How many columns may be chosen at most; None for any number.
    budget
        What they may cost together; None for anything.
    """

    cover: csr_array
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    cost: NDArray[np.float64]
    count: int | None = None
    budget: float | None = None

    @property
    def has_backup(self) -> bool:
        """Whether a second cover is worth anything anywhere."""
        return bool(self.second.any())

    @property
    def most(self) -> int:
        """The largest number of columns that a choice can have."""
        width = int(self.cover.shape[1])
        return width if self.count is None else min(self.count, width)

    def with_columns(self, kept: NDArray[np.int64]) -> CoverTask:
        """Return the task with some of its columns."""
        return replace(self, cover=csr_array(self.cover[:, kept]), cost=self.cost[kept])


def worth_of(task: CoverTask, chosen: NDArray[np.int64]) -> float:
    """Return what a choice of columns is worth, counted afresh."""
    levels = _levels(task, chosen)
    return float(task.first @ (levels > 0) + task.second @ (levels > 1))


def _levels(task: CoverTask, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    is_chosen = np.zeros(task.cover.shape[1], dtype=np.int64)
    is_chosen[chosen] = 1
    hits = np.concatenate([[0], np.cumsum(is_chosen[task.cover.indices])])
    levels: NDArray[np.int64] = hits[task.cover.indptr[1:]] - hits[task.cover.indptr[:-1]]
    return levels


def row_keys(cover: csr_array) -> NDArray[np.uint64]:
    """Return a number a row, the same for rows covered by the same columns.

    Each column has a random number of 64 bits, and a row has their sum. Two different rows among
    a million meet with a probability of 3 in 100 million.
    """
    random = np.random.default_rng(_SEED)
    of_column = random.integers(0, 2**63, cover.shape[1], dtype=np.uint64)
    of_column = of_column * np.uint64(2) + np.uint64(1)
    sums = np.concatenate(
        [np.zeros(1, np.uint64), np.cumsum(of_column[cover.indices], dtype=np.uint64)]
    )
    keys: NDArray[np.uint64] = sums[cover.indptr[1:]] - sums[cover.indptr[:-1]]
    return keys


def merged(task: CoverTask) -> tuple[CoverTask, NDArray[np.int64]]:
    """Make one row of those that the same columns cover, and drop those without cover or worth.

    Returns
    -------
    task
        The smaller task: any choice of columns is worth the same in both.
    row
        Row of the smaller task for each row of the larger, -1 for those dropped.
    """
    kept = np.flatnonzero((np.diff(task.cover.indptr) > 0) & (task.first > 0))
    keys, first_of, inverse = np.unique(
        row_keys(task.cover)[kept], return_index=True, return_inverse=True
    )
    row = np.full(task.cover.shape[0], -1, dtype=np.int64)
    row[kept] = inverse
    count = len(keys)
    smaller = replace(
        task,
        cover=csr_array(task.cover[kept[first_of]]),
        first=np.bincount(inverse, task.first[kept], count).astype(np.float64),
        second=np.bincount(inverse, task.second[kept], count).astype(np.float64),
    )
    return smaller, row


def without_beaten(task: CoverTask) -> NDArray[np.int64]:
    """Return the columns worth looking at: no other one covers as much for no more cost.

    Of equal columns the first stays. Where a second cover counts every column that covers
    anything stays, as the beaten one may be the second.
    """
    size = np.bincount(task.cover.indices, minlength=task.cover.shape[1])
    beaten = size == 0
    if task.has_backup:
        return _numbers(~beaten)
    ones = csr_array(
        (np.ones(task.cover.nnz, np.int32), task.cover.indices, task.cover.indptr),
        shape=task.cover.shape,
    )
    common = (ones.T @ ones).tocoo()
    one, other = common.coords
    is_inside = (common.data == size[one]) & (one != other) & (task.cost[one] >= task.cost[other])
    is_equal = (size[one] == size[other]) & (task.cost[one] == task.cost[other])
    beaten[one[is_inside & (~is_equal | (one > other))]] = True
    return _numbers(~beaten)


def _numbers(is_kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = np.flatnonzero(is_kept)
    return numbers
