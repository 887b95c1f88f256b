"""The smallest (or cheapest) choice that covers everything, or a share of it.

Covering everything falls apart where no candidate reaches from one side to the other: each
connected piece is solved on its own. Before that, rows that are covered whenever another one is
go, columns that another one beats go, and what only one column covers chooses it; again and
again until nothing changes. Greedy choices are poor here, so HiGHS decides what is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import block_array, csr_array
from scipy.sparse.csgraph import connected_components

from gapmap.analysis.siting.bounds import upper_bound
from gapmap.analysis.siting.covers import merged, without_beaten
from gapmap.analysis.siting.exact import Choice
from gapmap.analysis.siting.greedy import Columns, greedy_choice
from gapmap.analysis.siting.programme import Programme
from gapmap.analysis.siting.values import Ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gapmap.analysis.siting.covers import CoverTask
    from gapmap.analysis.siting.watch import Watch

__all__ = ["least_cost"]

_BOUND_STEPS: Final = 120
"""Enough for a bound within a few per cent, at the least where it is asked for ten times."""


def least_cost(
    task: CoverTask, wanted: float | None, watch: Watch, stop_at: float | None = None
) -> Choice | None:
    """Choose the cheapest columns that cover what is wanted.

    Parameters
    ----------
    task
        The columns; a ``count`` limits how many may be chosen.
    wanted
        Worth to be covered; None for every row that any column covers.
    watch
        Its deadline and whom to tell.
    stop_at
        A cost that is good enough.

    Returns
    -------
    The choice, or None if the count does not allow what is wanted.
    """
    small, _ = merged(task)
    facts = {
        "rows": int(task.cover.shape[0]),
        "merged_rows": int(small.cover.shape[0]),
        "pairs": int(small.cover.nnz),
        "candidates": int(task.cover.shape[1]),
    }
    if wanted is not None and wanted <= 0:
        # What stands already covers as much: nothing to choose, and nothing to divide by.
        return Choice(np.empty(0, dtype=np.int64), 0.0, 0.0, Ended.PROVEN, facts)
    total = float(small.first.sum())
    watch.say("Searching")
    if wanted is not None and wanted < total * (1 - 1e-12):
        return _share(small, wanted, facts, watch)
    if task.count is not None:
        return _within_count(small, facts, watch, stop_at)
    chosen, bound, ended = _everything(small, watch)
    cost = float(task.cost[chosen].sum())
    return Choice(
        np.sort(chosen), cost, cost if ended is Ended.PROVEN else min(bound, cost), ended, facts
    )


def _everything(task: CoverTask, watch: Watch) -> tuple[NDArray[np.int64], float, Ended]:
    small, kept, forced = _reduced(task)
    chosen, bound, ended = [forced], float(task.cost[forced].sum()), Ended.PROVEN
    for piece, columns in _pieces(small):
        found, least, how = _piece(piece, watch)
        chosen.append(kept[columns[found]])
        bound += least
        if how is not Ended.PROVEN:
            ended = how
    return np.concatenate(chosen), bound, ended


def _reduced(
    task: CoverTask,
) -> tuple[CoverTask, NDArray[np.int64], NDArray[np.int64]]:
    # A smaller task, the columns it keeps, and those that every choice needs.
    kept = np.arange(task.cover.shape[1])
    forced: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    while True:
        before = task.cover.shape
        columns = without_beaten(replace(task, second=np.zeros(len(task.first))))
        task, kept = task.with_columns(columns), kept[columns]
        task, _ = merged(task)
        size = np.diff(task.cover.indptr)
        needed = np.unique(task.cover.indices[np.repeat(size == 1, size)])
        if len(needed):
            forced.append(kept[needed])
            is_needed = np.zeros(len(kept))
            is_needed[needed] = 1.0
            rows = np.flatnonzero(task.cover.astype(np.float64) @ is_needed == 0)
            others = np.flatnonzero(is_needed == 0)
            task, kept = _with_rows(task, rows).with_columns(others), kept[others]
        task = _with_rows(task, _hardest_rows(task))
        if task.cover.shape == before:
            return task, kept, np.concatenate(forced)


def _with_rows(task: CoverTask, rows: NDArray[np.int64]) -> CoverTask:
    return replace(
        task, cover=csr_array(task.cover[rows]), first=task.first[rows], second=task.second[rows]
    )


def _hardest_rows(task: CoverTask) -> NDArray[np.int64]:
    # A row is covered anyway if every column of some other row covers it too.
    size = np.diff(task.cover.indptr)
    ones = csr_array(
        (np.ones(task.cover.nnz, np.int32), task.cover.indices, task.cover.indptr),
        shape=task.cover.shape,
    )
    common = (ones @ ones.T).tocoo()
    one, other = common.coords
    holds = (common.data == size[other]) & (one != other)
    easy = np.zeros(len(size), dtype=bool)
    # Equal rows were merged before, so that two rows never hold each other.
    easy[one[holds]] = True
    return np.flatnonzero(~easy)


def _pieces(task: CoverTask) -> Iterator[tuple[CoverTask, NDArray[np.int64]]]:
    rows, width = task.cover.shape
    if not rows:
        return
    ones = csr_array(
        (np.ones(task.cover.nnz), task.cover.indices, task.cover.indptr), shape=(rows, width)
    )
    count, label = connected_components(block_array([[None, ones], [ones.T, None]]), directed=False)
    row_order = np.argsort(label[:rows], kind="stable")
    column_order = np.argsort(label[rows:], kind="stable")
    row_ends = np.searchsorted(label[:rows][row_order], np.arange(count + 1))
    column_ends = np.searchsorted(label[rows:][column_order], np.arange(count + 1))
    for number in range(count):
        mine = row_order[row_ends[number] : row_ends[number + 1]]
        columns = column_order[column_ends[number] : column_ends[number + 1]]
        if len(mine):
            yield _with_rows(task, mine).with_columns(columns), columns


def _greedy_cover(task: CoverTask) -> NDArray[np.int64]:
    # By what a column adds for its cost; every row counts alike, so that none is left.
    even = replace(task, first=np.ones(len(task.first)), second=np.zeros(len(task.first)))
    even = replace(even, count=None, budget=float(task.cost.sum()) + 1.0)
    chosen = greedy_choice(even, Columns.of(even))
    return _without_spare(task, chosen)


def _without_spare(task: CoverTask, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    # Columns whose rows are all covered by others, the dearest first, are not needed.
    by_column = task.cover.tocsc()
    hits = np.zeros(task.cover.shape[0], dtype=np.int64)
    rows = {int(one): by_column.indices[slice(*by_column.indptr[one : one + 2])] for one in chosen}
    for mine in rows.values():
        hits[mine] += 1
    stays = []
    for one in sorted(rows, key=lambda number: (-task.cost[number], -number)):
        if (hits[rows[one]] > 1).all():
            hits[rows[one]] -= 1
        else:
            stays.append(one)
    return np.sort(np.array(stays, dtype=np.int64))


def _piece(task: CoverTask, watch: Watch) -> tuple[NDArray[np.int64], float, Ended]:
    start = _greedy_cover(task)
    least = float(task.cost.min())
    if len(start) == 1 and task.cost[start[0]] <= least:
        return start, float(task.cost[start].sum()), Ended.PROVEN
    if watch.is_over():
        ended = Ended.CANCELLED if watch.is_cancelled() else Ended.OUT_OF_TIME
        return start, least, ended
    programme, chosen = _cover_programme(task)
    found = programme.least(
        watch, start=(chosen, _marks(start, len(chosen))), step=_step(task.cost)
    )
    if found.values is None:
        return start, max(least, found.bound), found.ended
    better = np.flatnonzero(found.values[chosen] > 0.5)
    cost = float(task.cost[better].sum())
    if cost > float(task.cost[start].sum()):
        better, cost = start, float(task.cost[start].sum())
    return better, cost if found.ended is Ended.PROVEN else max(found.bound, least), found.ended


def _within_count(
    task: CoverTask, facts: dict[str, int], watch: Watch, stop_at: float | None
) -> Choice | None:
    if not task.cover.shape[0]:
        return Choice(np.empty(0, dtype=np.int64), 0.0, 0.0, Ended.PROVEN, facts)
    count = int(task.count or 0)
    start = _greedy_cover(task)
    cost = float(task.cost[start].sum())
    fits = len(start) <= count
    if fits and stop_at is not None and cost <= stop_at:
        return Choice(start, cost, 0.0, Ended.BOUNDED, facts)
    kept = without_beaten(replace(task, second=np.zeros(len(task.first))))
    small, _ = merged(task.with_columns(kept))
    small = _with_rows(small, _hardest_rows(small))
    programme, chosen = _cover_programme(small)
    programme.add(programme.rows(1, upper=float(count)), chosen, 1.0)
    begin = None
    if fits and np.isin(start, kept).all():
        begin = (chosen, _marks(np.searchsorted(kept, start), len(kept)))
    found = programme.least(watch, start=begin, step=_step(task.cost), stop_at=stop_at)
    if found.is_infeasible:
        return None
    if found.values is None:
        return Choice(start, np.inf, found.bound, found.ended, facts)
    better = kept[np.flatnonzero(found.values[chosen] > 0.5)]
    cost = float(task.cost[better].sum())
    bound = cost if found.ended is Ended.PROVEN else min(found.bound, cost)
    return Choice(better, cost, bound, found.ended, facts)


def _cover_programme(task: CoverTask) -> tuple[Programme, NDArray[np.int64]]:
    programme = Programme()
    chosen = programme.variables(task.cover.shape[1], cost=task.cost, whole=True)
    row = programme.rows(task.cover.shape[0], lower=1.0)
    size = np.diff(task.cover.indptr)
    programme.add(np.repeat(row, size), chosen[task.cover.indices], 1.0)
    return programme, chosen


def _share(task: CoverTask, wanted: float, facts: dict[str, int], watch: Watch) -> Choice | None:
    kept = without_beaten(replace(task, second=np.zeros(len(task.first))))
    small, _ = merged(task.with_columns(kept))
    small = replace(small, second=np.zeros(len(small.first)), budget=None)
    # Never a hair more than there is, whatever the order of the sums.
    wanted = min(wanted, float(small.first.sum()))
    order = greedy_choice(replace(small, count=None))
    reached = _reached(small, order)
    enough = min(int(np.searchsorted(reached, wanted * (1 - 1e-12))), len(order))
    start = order[:enough]
    watch.say("Bounding", float(small.cost[start].sum()))
    least = _least_cost_of(small, wanted, reached[: enough + 1], watch)
    if float(small.cost[start].sum()) <= least and (task.count is None or enough <= task.count):
        cost = float(small.cost[start].sum())
        return Choice(np.sort(kept[start]), cost, cost, Ended.PROVEN, facts)
    programme = Programme()
    chosen = programme.variables(len(kept), cost=small.cost, whole=True)
    covered = programme.variables(len(small.first))
    row = programme.rows(len(small.first), upper=0.0)
    programme.add(row, covered, 1.0)
    size = np.diff(small.cover.indptr)
    programme.add(np.repeat(row, size), chosen[small.cover.indices], -1.0)
    # In shares of what is wanted, so that the solver's tolerance is one of a share too.
    programme.add(programme.rows(1, lower=1.0), covered, small.first / wanted)
    if task.count is not None:
        programme.add(programme.rows(1, upper=float(task.count)), chosen, 1.0)
    begin = None
    if task.count is None or len(start) <= task.count:
        begin = (chosen, _marks(start, len(kept)))
    found = programme.least(watch, start=begin, step=_step(task.cost))
    if found.is_infeasible:
        return None
    if found.values is None:
        cost = float(small.cost[start].sum())
        return Choice(np.sort(kept[start]), cost, max(found.bound, least), found.ended, facts)
    better = np.flatnonzero(found.values[chosen] > 0.5)
    cost = float(small.cost[better].sum())
    bound = cost if found.ended is Ended.PROVEN else min(max(found.bound, least), cost)
    return Choice(kept[better], cost, bound, found.ended, facts)


def _reached(task: CoverTask, order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what the first 0, 1, 2, ... columns of an order cover; every row has a column."""
    turn = np.full(task.cover.shape[1], len(order))
    turn[order] = np.arange(len(order))
    first_turn = np.minimum.reduceat(turn[task.cover.indices], task.cover.indptr[:-1])
    gained = np.bincount(first_turn, task.first, len(order) + 1)[: len(order)]
    return np.concatenate([[0.0], np.cumsum(gained)])


def _least_cost_of(
    task: CoverTask, wanted: float, reached: NDArray[np.float64], watch: Watch
) -> float:
    # So many columns cannot cover what is wanted if not even their bound does: the largest such
    # number is looked for by halving. Where costs differ it says nothing that is worth the time.
    if np.ptp(task.cost) > 0:
        return 0.0
    columns = Columns.of(task)
    too_few, enough = 0, len(reached) - 1
    while enough - too_few > 1 and not watch.is_over():
        number = (too_few + enough) // 2
        bound = upper_bound(
            replace(task, count=number),
            float(reached[number]),
            columns,
            steps=_BOUND_STEPS,
            is_over=watch.is_over,
        )
        if bound.value < wanted * (1 - 1e-9):
            too_few = number
        else:
            enough = number
    return float(task.cost[0]) * (too_few + 1) if len(reached) > 1 else 0.0


def _marks(chosen: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    marks = np.zeros(width)
    marks[chosen] = 1.0
    return marks


def _step(cost: NDArray[np.float64]) -> float:
    return 1.0 if bool(np.all(cost == np.rint(cost))) else 0.0
