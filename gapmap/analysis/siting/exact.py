"""The best choice of columns, proven: covering models for HiGHS.

What is covered may be a continuous variable, as whole sites make it whole. Before HiGHS sees a
model, equal rows are one, beaten columns are gone, and so are columns that prices show to be in
no choice better than the one that greedy and swaps found; that choice is where HiGHS starts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.siting.bounds import upper_bound
from gapmap.analysis.siting.covers import merged, without_beaten, worth_of
from gapmap.analysis.siting.greedy import Columns, greedy_choice, swapped
from gapmap.analysis.siting.programme import Programme
from gapmap.analysis.siting.values import Effort, Ended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.siting.covers import CoverTask
    from gapmap.analysis.siting.watch import Watch

__all__ = ["Choice", "most_worth"]

_LARGE_PAIRS: Final = 500_000
"""Pairs of row and column from which ``auto`` is content with a bound."""
_LARGE_SWAPS: Final = 20_000_000
_FEW_PASSES: Final = 6


@dataclass(frozen=True, eq=False)
class Choice:
    """Chosen columns, what they are worth (or cost), and how much better it could be."""

    chosen: NDArray[np.int64]
    objective: float
    bound: float
    ended: Ended
    facts: dict[str, int]


def most_worth(task: CoverTask, effort: Effort, watch: Watch) -> Choice:
    """Choose the columns that are worth most together.

    Parameters
    ----------
    task
        The choice to be made.
    effort
        Whether a good choice with a bound will do.
    watch
        Its deadline and whom to tell.
    """
    small, _ = merged(task)
    facts = {
        "rows": int(task.cover.shape[0]),
        "merged_rows": int(small.cover.shape[0]),
        "pairs": int(small.cover.nnz),
        "candidates": int(task.cover.shape[1]),
    }
    is_large = small.cover.nnz > _LARGE_PAIRS
    quick = effort is Effort.QUICK or (effort is Effort.AUTO and is_large)
    kept = np.arange(task.cover.shape[1]) if is_large else without_beaten(small)
    if len(kept) < task.cover.shape[1]:
        # Rows that only beaten columns told apart are one row now.
        small, _ = merged(small.with_columns(kept))
    columns = Columns.of(small)
    passes = _FEW_PASSES if small.most * len(kept) > _LARGE_SWAPS else 20
    chosen = swapped(small, greedy_choice(small, columns), columns, passes)
    best = worth_of(small, chosen)
    watch.say("Greedy choice", best)
    limit = upper_bound(small, best, columns, is_over=watch.is_over)
    watch.say("Bound", best, limit.value)
    step = _step(small)
    if limit.value - best <= max(0.999 * step, 1e-9 * best):
        return _found(task, kept[chosen], best, Ended.PROVEN, facts)
    if quick or watch.is_over():
        ended = Ended.BOUNDED
        if not quick:
            ended = Ended.CANCELLED if watch.is_cancelled() else Ended.OUT_OF_TIME
        return _found(task, kept[chosen], limit.value, ended, facts)
    hopeful = limit.hopeful(best)
    hopeful[chosen] = True
    left = np.flatnonzero(hopeful)
    facts["hopeful_candidates"] = len(left)
    inner = np.searchsorted(left, chosen)
    better, bound, ended = _proof(small.with_columns(left), inner, step, watch)
    if worth_of(small, left[better]) > best:
        chosen = left[better]
    return _found(task, kept[chosen], min(bound, limit.value), ended, facts)


def _found(
    task: CoverTask, chosen: NDArray[np.int64], bound: float, ended: Ended, facts: dict[str, int]
) -> Choice:
    worth = worth_of(task, chosen)
    return Choice(
        chosen, worth, worth if ended is Ended.PROVEN else max(bound, worth), ended, facts
    )


def _step(task: CoverTask) -> float:
    # Two choices of whole people differ by a whole person.
    worths = np.concatenate([task.first, task.second])
    return 1.0 if worths.size and bool(np.all(worths == np.rint(worths))) else 0.0


def _proof(
    task: CoverTask, start: NDArray[np.int64], step: float, watch: Watch
) -> tuple[NDArray[np.int64], float, Ended]:
    # The best choice of a task that is small enough, from a good one.
    task, _ = merged(task)
    width = int(task.cover.shape[1])
    size = np.diff(task.cover.indptr)
    # A row of one column, counted once, is that column's own worth.
    is_own = (size == 1) & (task.second == 0)
    own = np.bincount(task.cover.indices[np.repeat(is_own, size)], task.first[is_own], width)
    rest = replace(
        task,
        cover=task.cover[np.flatnonzero(~is_own)],
        first=task.first[~is_own],
        second=task.second[~is_own],
    )
    programme = Programme()
    chosen = programme.variables(width, cost=-own, whole=True)
    first = programme.variables(len(rest.first), cost=-rest.first)
    row = programme.rows(len(rest.first), upper=0.0)
    programme.add(row, first, 1.0)
    programme.add(np.repeat(row, np.diff(rest.cover.indptr)), chosen[rest.cover.indices], -1.0)
    twice = np.flatnonzero(rest.second)
    second = programme.variables(len(twice), cost=-rest.second[twice])
    programme.add(row[twice], second, 1.0)
    if task.count is not None:
        programme.add(programme.rows(1, upper=float(task.count)), chosen, 1.0)
    if task.budget is not None:
        programme.add(programme.rows(1, upper=task.budget), chosen, task.cost)
    is_started = np.zeros(width)
    is_started[start] = 1.0
    found = programme.least(watch, start=(chosen, is_started), step=step, shown=-1.0)
    if found.values is None:
        return start, np.inf, found.ended
    better = np.flatnonzero(found.values[chosen] > 0.5)
    return better, -found.bound, found.ended
