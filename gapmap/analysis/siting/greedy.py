"""Good choices of columns at once, at any size.

The lazy greedy choice looks again only at candidates that may be the best one (Minoux 1978); it
is worth at least 63 % of the best for a number of sites (Nemhauser, Wolsey, Fisher 1978), and
swaps then bring it near. How near says :mod:`gapmap.analysis.siting.bounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.compiled import compiled
from gapmap.analysis.siting.covers import worth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from gapmap.analysis.siting.covers import CoverTask

__all__ = ["Columns", "greedy_choice", "swapped"]

_SWAP_PASSES: Final = 20


@dataclass(frozen=True, eq=False)
class Columns:
    """The cover of a task by row and by column, as the compiled loops want it."""

    row_start: NDArray[np.int64]
    row_column: NDArray[np.int64]
    column_start: NDArray[np.int64]
    column_row: NDArray[np.int64]

    @classmethod
    def of(cls, task: CoverTask) -> Columns:
        """Lay out the cover of a task."""
        by_column: csc_array = task.cover.tocsc()
        return cls(
            np.ascontiguousarray(task.cover.indptr, np.int64),
            np.ascontiguousarray(task.cover.indices, np.int64),
            np.ascontiguousarray(by_column.indptr, np.int64),
            np.ascontiguousarray(by_column.indices, np.int64),
        )


def greedy_choice(task: CoverTask, columns: Columns | None = None) -> NDArray[np.int64]:
    """Choose columns one by one, each time the one that adds most, in the order chosen.

    With a budget the choice is made twice, by what a column adds and by what it adds for its
    cost, and the better one is kept.
    """
    columns = columns or Columns.of(task)
    choices = [_greedy(task, columns, by_cost=False)]
    if task.budget is not None:
        choices.append(_greedy(task, columns, by_cost=True))
    return max(choices, key=lambda choice: worth_of(task, choice))


def _greedy(task: CoverTask, columns: Columns, *, by_cost: bool) -> NDArray[np.int64]:
    chosen = np.empty(task.most, dtype=np.int64)
    budget = np.inf if task.budget is None else task.budget
    count = _lazy_greedy(
        columns.column_start,
        columns.column_row,
        task.first,
        task.second,
        task.cost,
        budget,
        by_cost,
        chosen,
    )
    return chosen[:count]


def swapped(
    task: CoverTask,
    chosen: NDArray[np.int64],
    columns: Columns | None = None,
    passes: int = _SWAP_PASSES,
) -> NDArray[np.int64]:
    """Exchange columns one for one while that helps; the choice is never worth less."""
    columns = columns or Columns.of(task)
    better = chosen.copy()
    budget = np.inf if task.budget is None else task.budget
    _swap(
        columns.row_start,
        columns.row_column,
        columns.column_start,
        columns.column_row,
        task.first,
        task.second,
        task.cost,
        budget,
        better,
        passes,
    )
    return better if worth_of(task, better) > worth_of(task, chosen) else chosen


@compiled
def _lazy_greedy(
    column_start: NDArray[np.int64],
    column_row: NDArray[np.int64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    cost: NDArray[np.float64],
    budget: float,
    by_cost: bool,
    chosen: NDArray[np.int64],
) -> int:
    width = column_start.size - 1
    level = np.zeros(first.size, dtype=np.int8)
    key = np.empty(width)
    seen = np.zeros(width, dtype=np.int64)
    heap = np.arange(width)
    size = width
    for column in range(width):
        gain = 0.0
        for entry in range(column_start[column], column_start[column + 1]):
            gain += first[column_row[entry]]
        key[column] = gain / max(cost[column], 1e-12) if by_cost else gain
    turn = 0
    place = size // 2 - 1
    settling = True
    while turn < chosen.size and size > 0:
        if settling:
            if place < 0:
                settling = False
                continue
            at = place
            place -= 1
        else:
            column = heap[0]
            if cost[column] > budget or key[column] <= 0.0:
                size -= 1
                heap[0] = heap[size]
            elif seen[column] == turn:
                chosen[turn] = column
                turn += 1
                budget -= cost[column]
                for entry in range(column_start[column], column_start[column + 1]):
                    if level[column_row[entry]] < 2:
                        level[column_row[entry]] += 1
                size -= 1
                heap[0] = heap[size]
            else:
                gain = 0.0
                for entry in range(column_start[column], column_start[column + 1]):
                    row = column_row[entry]
                    if level[row] == 0:
                        gain += first[row]
                    elif level[row] == 1:
                        gain += second[row]
                key[column] = gain / max(cost[column], 1e-12) if by_cost else gain
                seen[column] = turn
            at = 0
        # Let what stands at `at` sink to its place; of equals the first column is the larger.
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            right = child + 1
            if right < size and (
                key[heap[right]] > key[heap[child]]
                or (key[heap[right]] == key[heap[child]] and heap[right] < heap[child])
            ):
                child = right
            above, below = heap[at], heap[child]
            if key[below] > key[above] or (key[below] == key[above] and below < above):
                heap[at], heap[child] = below, above
                at = child
            else:
                break
    return turn


@compiled
def _swap(
    row_start: NDArray[np.int64],
    row_column: NDArray[np.int64],
    column_start: NDArray[np.int64],
    column_row: NDArray[np.int64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    cost: NDArray[np.float64],
    budget: float,
    chosen: NDArray[np.int64],
    passes: int,
) -> int:
    width = column_start.size - 1
    level = np.zeros(first.size, dtype=np.int64)
    is_chosen = np.zeros(width, dtype=np.bool_)
    left = budget
    scale = 0.0
    for column in chosen:
        is_chosen[column] = True
        left -= cost[column]
        for entry in range(column_start[column], column_start[column + 1]):
            level[column_row[entry]] += 1
    gain = np.zeros(width)
    for row in range(first.size):
        next_worth = first[row] if level[row] == 0 else second[row] if level[row] == 1 else 0.0
        scale = max(scale, first[row])
        if next_worth > 0.0:
            for entry in range(row_start[row], row_start[row + 1]):
                gain[row_column[entry]] += next_worth
    swaps = 0
    for _ in range(passes):
        moved = False
        for place in range(chosen.size):
            old = chosen[place]
            loss = 0.0
            for entry in range(column_start[old], column_start[old + 1]):
                row = column_row[entry]
                level[row] -= 1
                now = first[row] if level[row] == 0 else second[row] if level[row] == 1 else 0.0
                before = second[row] if level[row] == 0 else 0.0
                loss += now
                if now != before:
                    for other in range(row_start[row], row_start[row + 1]):
                        gain[row_column[other]] += now - before
            is_chosen[old] = False
            new, best = old, loss + 1e-9 * max(scale, 1.0)
            room = left + cost[old]
            for column in range(width):
                if gain[column] > best and not is_chosen[column] and cost[column] <= room:
                    new, best = column, gain[column]
            if new != old:
                moved = True
                swaps += 1
            left = room - cost[new]
            is_chosen[new] = True
            chosen[place] = new
            for entry in range(column_start[new], column_start[new + 1]):
                row = column_row[entry]
                before = first[row] if level[row] == 0 else second[row] if level[row] == 1 else 0.0
                now = second[row] if level[row] == 0 else 0.0
                level[row] += 1
                if now != before:
                    for other in range(row_start[row], row_start[row + 1]):
                        gain[row_column[other]] += now - before
        if not moved:
            break
    return swaps
