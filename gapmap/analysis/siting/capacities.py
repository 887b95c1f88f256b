"""Sites that can serve only so many: who is served where is decided together with the sites.

People of one row may be served at several sites. A row's people in reach of sites without room
are in reach and not served, and count for nothing here. Sites that stand have their own room;
one of unknown capacity has room for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from gapmap.analysis.siting.covers import row_keys
from gapmap.analysis.siting.exact import Choice
from gapmap.analysis.siting.programme import Programme
from gapmap.analysis.siting.values import Ended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.siting.programme import Solution
    from gapmap.analysis.siting.watch import Watch

__all__ = [
    "CapacityTask",
    "least_cost_served",
    "most_served",
    "served",
    "shortest_longest_way_served",
    "shortest_ways_served",
]

_TINY: Final = 1e-6


@dataclass(frozen=True, eq=False)
class CapacityTask:
    """A choice of columns with room for so many people each.

    Parameters
    ----------
    cover
        Sparse, shape (n, m): which column may serve which row.
    people
        n floats more than 0.
    first, second
        n floats: what it is worth to serve all people of the row once, and a second time.
    capacity
        m floats: people that a column can serve, infinite where nobody says.
    is_standing
        m booleans: columns that are there anyway, at no cost.
    cost
        m floats.
    count, budget
        Limits for the columns that are not; None for none.
    """

    cover: csr_array
    people: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    capacity: NDArray[np.float64]
    is_standing: NDArray[np.bool_]
    cost: NDArray[np.float64]
    count: int | None = None
    budget: float | None = None

    def merged(self) -> CapacityTask:
        """Make one row of those that the same columns serve and whose people count alike."""
        kept = np.flatnonzero((np.diff(self.cover.indptr) > 0) & (self.people > 0))
        alike = np.column_stack(
            [
                np.unique(row_keys(self.cover)[kept], return_inverse=True)[1],
                self.first[kept] / self.people[kept],
                self.second[kept] / self.people[kept],
            ]
        )
        _, one, row = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        row = row.ravel()

        def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.bincount(row, values[kept], len(one)).astype(np.float64)

        return replace(
            self,
            cover=csr_array(self.cover[kept[one]]),
            people=total(self.people),
            first=total(self.first),
            second=total(self.second),
        )


def served(task: CapacityTask, chosen: NDArray[np.int64], watch: Watch) -> float:
    """Return the worth of the people that a choice can serve."""
    layout = _Layout(task.merged(), fixed=chosen)
    return -layout.programme.least(watch).objective


def most_served(task: CapacityTask, watch: Watch) -> Choice:
    """Choose the columns that serve the most worth."""
    task = task.merged()
    layout = _Layout(task)
    start = _filled_greedily(task)
    watch.say("Greedy choice")
    found = layout.solve(watch, start, shown=-1.0)
    if found.values is None:
        worth = served(task, start, replace(watch, time_limit_s=watch.time_limit_s + 60))
        return Choice(start, worth, float(task.first.sum()), found.ended, layout.facts)
    bound = -found.objective if found.ended is Ended.PROVEN else -found.bound
    return Choice(layout.chosen(found.values), -found.objective, bound, found.ended, layout.facts)


def least_cost_served(task: CapacityTask, share: float, watch: Watch) -> Choice | None:
    """Choose the cheapest columns that serve a share of what all of them can serve.

    Returns None if the limits do not allow it.
    """
    task = task.merged()
    everybody = replace(task, count=None, budget=None)
    possible = served(everybody, np.flatnonzero(~task.is_standing), watch)
    layout = _Layout(replace(task, budget=None), costs=True)
    if possible > 0:
        layout.ask_for(share * possible * (1 - 1e-9))
    found = layout.solve(watch, None)
    if found.is_infeasible:
        return None
    if found.values is None:
        every = np.flatnonzero(~task.is_standing)
        return Choice(every, float(task.cost[every].sum()), 0.0, found.ended, layout.facts)
    chosen = layout.chosen(found.values)
    cost = float(task.cost[chosen].sum())
    bound = cost if found.ended is Ended.PROVEN else min(found.bound, cost)
    return Choice(chosen, cost, bound, found.ended, layout.facts)


def shortest_ways_served(
    task: CapacityTask, distance_m: NDArray[np.float64], watch: Watch
) -> Choice | None:
    """Choose the columns that serve everybody at the shortest ways, weighted by worth.

    Parameters
    ----------
    task
        Every row served by every column that is any way off.
    distance_m
        Shape (n, m), metres; looked at where the column may serve the row.
    watch
        Its deadline and whom to tell.

    Returns
    -------
    The choice, or None if there is not room enough within the limits.
    """
    layout = _Layout(task, way_m=distance_m)
    found = layout.solve(watch, None)
    if found.is_infeasible or found.values is None:
        return None
    bound = found.objective if found.ended is Ended.PROVEN else found.bound
    return Choice(layout.chosen(found.values), found.objective, bound, found.ended, layout.facts)


def shortest_longest_way_served(
    task: CapacityTask, distance_m: NDArray[np.float64], watch: Watch
) -> Choice | None:
    """Choose the columns that serve everybody with the shortest longest way.

    Takes and returns what :func:`shortest_ways_served` does.
    """
    steps = np.unique(distance_m[np.isfinite(distance_m)])
    low, high = 0, len(steps)
    best: Choice | None = None
    everybody = float(task.people.sum())
    ended = Ended.PROVEN
    while low < high:
        middle = (low + high) // 2
        near = csr_array(distance_m <= steps[middle])
        inner = replace(task, cover=near, first=task.people, second=np.zeros(len(task.people)))
        if float(inner.people[np.diff(near.indptr) == 0].sum()) > 0:
            low = middle + 1
            continue
        found = most_served(inner, watch)
        if found.objective >= everybody * (1 - _TINY):
            best, high = found, middle
        elif found.ended is Ended.PROVEN or found.bound < everybody * (1 - _TINY):
            low = middle + 1
        else:
            ended = found.ended
            break
    if best is None:
        return None
    longest = float(steps[high])
    return Choice(best.chosen, longest, float(steps[low]), ended, best.facts)


class _Layout:
    """The programme of a task: columns opened, people served pair by pair."""

    def __init__(
        self,
        task: CapacityTask,
        *,
        fixed: NDArray[np.int64] | None = None,
        costs: bool = False,
        way_m: NDArray[np.float64] | None = None,
    ) -> None:
        self._task = task
        rows, width = task.cover.shape
        size = np.diff(task.cover.indptr)
        row, column = np.repeat(np.arange(rows), size), task.cover.indices
        self.facts = {"rows": rows, "candidates": width, "pairs": int(task.cover.nnz)}
        self.programme = programme = Programme()
        open_at_least = task.is_standing.astype(np.float64)
        open_at_most = np.ones(width)
        if fixed is not None:
            open_at_least[fixed] = 1.0
            open_at_most = open_at_least
        self._open = programme.variables(
            width,
            cost=np.where(task.is_standing, 0.0, task.cost) if costs else 0.0,
            lower=open_at_least,
            upper=open_at_most,
            whole=fixed is None,
        )
        per_head = task.first / task.people
        way_cost = 0.0 if way_m is None else per_head[row] * way_m[row, column]
        pair = programme.variables(len(row), cost=way_cost, upper=task.people[row])
        # Nobody is served at a site that is not there, and no site serves more than it has room.
        there = programme.rows(len(row), upper=0.0)
        programme.add(there, pair, 1.0)
        programme.add(there, self._open[column], -task.people[row])
        limited = np.isfinite(task.capacity)
        room = programme.rows(width, upper=0.0)
        programme.add(room[column[limited[column]]], pair[limited[column]], 1.0)
        named = np.flatnonzero(limited)
        programme.add(room[named], self._open[named], -task.capacity[named])
        free = self._open[~task.is_standing]
        if fixed is None and task.count is not None:
            programme.add(programme.rows(1, upper=float(task.count)), free, 1.0)
        if fixed is None and task.budget is not None:
            limit = programme.rows(1, upper=task.budget)
            programme.add(limit, free, task.cost[~task.is_standing])
        if way_m is not None:
            all_of_them = programme.rows(rows, lower=task.people, upper=task.people)
            programme.add(all_of_them[row], pair, 1.0)
            return
        gain = 0.0 if costs else -per_head
        self._once = programme.variables(rows, cost=gain, upper=task.people)
        balance = programme.rows(rows, upper=0.0)
        programme.add(balance, self._once, 1.0)
        programme.add(balance[row], pair, -1.0)
        twice = np.flatnonzero(task.second)
        if len(twice) and not costs:
            again = -task.second[twice] / task.people[twice]
            second = programme.variables(len(twice), cost=again, upper=task.people[twice])
            programme.add(balance[twice], second, 1.0)

    def ask_for(self, worth: float) -> None:
        """Ask for so much worth to be served."""
        task = self._task
        row = self.programme.rows(1, lower=1.0)
        self.programme.add(row, self._once, task.first / task.people / worth)

    def solve(self, watch: Watch, start: NDArray[np.int64] | None, shown: float = 1.0) -> Solution:
        """Find the best choice, from a good one if there is one."""
        marks = None
        if start is not None:
            values = self._task.is_standing.astype(np.float64)
            values[start] = 1.0
            marks = (self._open, values)
        return self.programme.least(watch, start=marks, shown=shown)

    def chosen(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the columns that a solution opens."""
        found: NDArray[np.int64] = np.flatnonzero(
            (values[self._open] > 0.5) & ~self._task.is_standing
        )
        return found


def _filled_greedily(task: CapacityTask) -> NDArray[np.int64]:
    # One column after the other takes in whom it has room for, the worthiest first.
    by_column = task.cover.tocsc()
    left = task.people.copy()
    per_head = task.first / task.people
    rows_of = np.split(by_column.indices, by_column.indptr[1:-1])

    def fill(column: int) -> tuple[float, NDArray[np.int64], NDArray[np.float64]]:
        rows = rows_of[column][np.argsort(-per_head[rows_of[column]], kind="stable")]
        taken = np.diff(np.minimum(np.cumsum(left[rows]), task.capacity[column]), prepend=0.0)
        return float(per_head[rows] @ taken), rows, taken

    for column in np.flatnonzero(task.is_standing):
        _, rows, taken = fill(int(column))
        left[rows] -= taken
    budget = np.inf if task.budget is None else task.budget
    free = [int(column) for column in np.flatnonzero(~task.is_standing)]
    chosen: list[int] = []
    while free and (task.count is None or len(chosen) < task.count):
        free = [column for column in free if task.cost[column] <= budget]
        gains = [fill(column)[0] for column in free]
        if not gains or max(gains) <= 0:
            break
        best = free.pop(int(np.argmax(gains)))
        _, rows, taken = fill(best)
        left[rows] -= taken
        budget -= float(task.cost[best])
        chosen.append(best)
    return np.array(chosen, dtype=np.int64)
