"""How good a choice can be at best: bounds by prices.

Each row's worth is split between what nobody has to earn and a price paid to whoever covers it.
Whatever the prices, no choice is worth more than what is not paid plus what the best-paid columns
get (Lagrangian relaxation; Galvão and ReVelle 1996 for this model). Prices are moved towards the
lowest such bound by subgradient steps with momentum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.compiled import compiled
from gapmap.analysis.siting.greedy import Columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gapmap.analysis.siting.covers import CoverTask

__all__ = ["Bound", "upper_bound"]

_CLOSE: Final = 1e-9
_MOMENTUM: Final = 0.8
_PATIENCE: Final = 3
_SLOWER: Final = 1.5
_FIRST_STEP: Final = 1.8
_START: Final = 0.7
"""Share of the mean worth of a chosen column that the last one is taken to earn, at the start."""
_SMALL: Final = 0.3
"""Columns that cover less than this share of it are looked at all together."""


@dataclass(frozen=True, eq=False)
class Bound:
    """No choice is worth more than ``value``.

    ``pay`` is what each column is paid at most at the prices that show it, and ``threshold``
    what the last column that fits is paid: a column paid less by more than ``value`` - best is
    in no better choice.
    """

    value: float
    pay: NDArray[np.float64]
    threshold: float

    def hopeful(self, best: float) -> NDArray[np.bool_]:
        """Say of each column whether it may be in a choice worth more than ``best``."""
        slack = (self.value - best) * (1 + _CLOSE) + _CLOSE * max(abs(best), 1.0)
        may: NDArray[np.bool_] = self.pay >= self.threshold - slack
        return may


def upper_bound(
    task: CoverTask,
    best: float,
    columns: Columns | None = None,
    *,
    steps: int = 220,
    close: float = 1e-6,
    is_over: Callable[[], bool] = lambda: False,
) -> Bound:
    """Bound what any choice is worth.

    Parameters
    ----------
    task
        The choice to be made.
    best
        Worth of the best choice known; the nearer to the best there is, the better the bound.
    columns
        Its cover, if laid out already.
    steps
        How often prices are moved at most.
    close
        Stop when the bound is that near to ``best``, as a share.
    is_over
        Asked before each step.
    """
    width, count = int(task.cover.shape[1]), task.most
    total = float(task.first.sum() + task.second.sum())
    if not width or not count:
        return Bound(0.0, np.zeros(width), 0.0)
    columns = columns or Columns.of(task)
    size = _pay(columns, task.first + task.second)
    start = _START * best / count
    small = np.flatnonzero(size < _SMALL * start)
    small_size = 0.0
    kept = np.arange(width)
    if task.budget is None and len(small) > width // 2:
        kept = np.flatnonzero(size >= _SMALL * start)
        small_size = float(size[small].max())
        task = task.with_columns(kept)
        columns = Columns.of(task)
    first, second = task.first, task.second
    price = _start_prices(columns, first, second, start)
    lowest, lowest_pay, lowest_threshold = total, size, 0.0
    scale, since = _FIRST_STEP, 0
    direction = np.zeros(len(price))
    for _ in range(steps):
        if is_over():
            break
        pay = _pay(columns, price)
        bought, threshold, used = _best_paid(task, pay, count)
        # Whatever is left aside is paid no more than it covers.
        bought += count * max(small_size - threshold, 0.0) if small_size else 0.0
        hits = np.zeros(len(price))
        _add_columns(columns.column_start, columns.column_row, np.flatnonzero(used), used, hits)
        unpaid, steepness = _turn(first, second, price, hits, direction, _MOMENTUM)
        value = bought + unpaid
        since = 0 if value < lowest * (1 - 1e-4) else since + 1
        if value < lowest:
            lowest, lowest_threshold = value, threshold
            lowest_pay = size.copy()
            lowest_pay[kept] = pay
        if since >= _PATIENCE:
            scale, since = scale / _SLOWER, 0
        if steepness <= 0 or lowest - best <= close * max(abs(best), 1.0):
            break
        _move(price, direction, scale * max(value - best, 0.0) / steepness, first)
    return Bound(max(lowest, best), lowest_pay, lowest_threshold)


def _start_prices(
    columns: Columns,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    threshold: float,
) -> NDArray[np.float64]:
    # No column is paid more than the threshold: each row pays the share its dearest column may.
    dearest = np.zeros(len(first))
    _row_maxima(columns.row_start, columns.row_column, _pay(columns, first), dearest)
    share = np.minimum(1.0, threshold / np.maximum(dearest, 1e-300))
    prices: NDArray[np.float64] = np.maximum(first * share, np.minimum(second, first))
    return prices


def _pay(columns: Columns, price: NDArray[np.float64]) -> NDArray[np.float64]:
    pay = np.empty(len(columns.column_start) - 1)
    _column_sums(columns.column_start, columns.column_row, price, pay)
    return pay


def _best_paid(
    task: CoverTask, pay: NDArray[np.float64], count: int
) -> tuple[float, float, NDArray[np.float64]]:
    # The most that columns within the limits can be paid, what the last of them is paid, and how
    # much of each is used. A budget is spent on the best paid for their cost, the last in part.
    used = np.zeros(len(pay))
    if count < len(pay):
        top = np.argpartition(pay, len(pay) - count)[len(pay) - count :]
        threshold = float(pay[top].min())
    else:
        top, threshold = np.arange(len(pay)), 0.0
    value = float(pay[top].sum())
    used[top] = 1.0
    if task.budget is None:
        return value, threshold, used
    cost = task.cost
    divisor = np.where(cost > 0, cost, 1.0)
    order = np.argsort(-np.where(cost > 0, pay / divisor, np.inf), kind="stable")
    spent = np.cumsum(cost[order])
    part = np.clip((task.budget - (spent - cost[order])) / divisor[order], 0.0, 1.0)
    part[cost[order] == 0] = 1.0
    bought = float(pay[order] @ part)
    # Where costs differ no column is hopeless by its pay alone.
    if bought >= value:
        return value, -np.inf, used
    used[order] = part
    return bought, -np.inf, used


@compiled
def _column_sums(
    column_start: NDArray[np.int64],
    column_row: NDArray[np.int64],
    price: NDArray[np.float64],
    pay: NDArray[np.float64],
) -> None:
    for column in range(column_start.size - 1):
        total = 0.0
        for entry in range(column_start[column], column_start[column + 1]):
            total += price[column_row[entry]]
        pay[column] = total


@compiled
def _row_maxima(
    row_start: NDArray[np.int64],
    row_column: NDArray[np.int64],
    pay: NDArray[np.float64],
    largest: NDArray[np.float64],
) -> None:
    for row in range(row_start.size - 1):
        for entry in range(row_start[row], row_start[row + 1]):
            largest[row] = max(largest[row], pay[row_column[entry]])


@compiled
def _add_columns(
    column_start: NDArray[np.int64],
    column_row: NDArray[np.int64],
    column: NDArray[np.int64],
    used: NDArray[np.float64],
    count: NDArray[np.float64],
) -> None:
    for one in column:
        for entry in range(column_start[one], column_start[one + 1]):
            count[column_row[entry]] += used[one]


@compiled
def _turn(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    price: NDArray[np.float64],
    hits: NDArray[np.float64],
    direction: NDArray[np.float64],
    momentum: float,
) -> tuple[float, float]:
    # What rows keep for themselves; and the direction of the next step, with its square length.
    unpaid = steepness = 0.0
    for row in range(price.size):
        slope = hits[row]
        if price[row] < first[row]:
            slope -= 1.0
            unpaid += first[row] - price[row]
        if price[row] < second[row]:
            slope -= 1.0
            unpaid += second[row] - price[row]
        # At the end of its range a price can only come back.
        if (price[row] <= 0.0 and slope > 0.0) or (price[row] >= first[row] and slope < 0.0):
            slope = 0.0
        direction[row] = slope + momentum * direction[row]
        steepness += direction[row] * direction[row]
    return unpaid, steepness


@compiled
def _move(
    price: NDArray[np.float64],
    direction: NDArray[np.float64],
    step: float,
    most: NDArray[np.float64],
) -> None:
    for row in range(price.size):
        price[row] = min(max(price[row] - step * direction[row], 0.0), most[row])
