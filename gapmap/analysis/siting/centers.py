"""The shortest longest way: p-center by halving the distances that can be the answer.

Whether a distance is enough is a question of covering: do the limits allow every row to have a
site within it? Distances are tried in the middle of those still open (Minieka 1970).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from gapmap.analysis.siting.covers import CoverTask
from gapmap.analysis.siting.exact import Choice
from gapmap.analysis.siting.interchange import interchanged, ways
from gapmap.analysis.siting.smallest import least_cost
from gapmap.analysis.siting.values import Ended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.siting.interchange import DistanceTask
    from gapmap.analysis.siting.watch import Watch

__all__ = ["shortest_longest_way"]


def shortest_longest_way(task: DistanceTask, watch: Watch) -> Choice:
    """Choose the candidates that make the longest way shortest; weights are not looked at."""
    rows, width = task.distance_m.shape
    facts = {"rows": rows, "candidates": width, "pairs": rows * width}
    nothing = np.empty(0, dtype=np.int64)
    if not rows or not task.most:
        longest = float(task.nearest_m.max(initial=0.0)) if rows else 0.0
        return Choice(nothing, longest, longest, Ended.PROVEN, facts)
    base_m = task.base_m
    chosen = interchanged(replace(task, weight=np.ones(rows)), watch)
    longest = float(ways(task, chosen).max())
    # Nobody can be nearer than to the nearest place of all.
    least = float(np.minimum(base_m, task.distance_m.min(axis=1)).max())
    steps = np.unique(np.concatenate([task.distance_m.ravel(), base_m]))
    steps = steps[(steps >= least) & (steps <= longest)]
    low, high = 0, len(steps) - 1
    ended = Ended.PROVEN
    while low < high:
        if watch.is_over():
            ended = Ended.CANCELLED if watch.is_cancelled() else Ended.OUT_OF_TIME
            break
        middle = (low + high) // 2
        found = _within(task, float(steps[middle]), watch)
        if found is None:
            low = middle + 1
        elif found.ended in (Ended.OUT_OF_TIME, Ended.CANCELLED) and not _fits(task, found.chosen):
            ended = found.ended
            break
        else:
            chosen = found.chosen
            high = int(np.searchsorted(steps, float(ways(task, chosen).max())))
        watch.say("Halving", float(steps[high]), float(steps[low]))
    longest = float(ways(task, chosen).max())
    bound = longest if ended is Ended.PROVEN else float(steps[low])
    return Choice(np.sort(chosen), longest, min(bound, longest), ended, facts)


def _fits(task: DistanceTask, chosen: NDArray[np.int64]) -> bool:
    cheap = task.budget is None or float(task.cost[chosen].sum()) <= task.budget
    return cheap and len(chosen) <= task.most


def _within(task: DistanceTask, longest_m: float, watch: Watch) -> Choice | None:
    # A choice that leaves nobody farther than that, or None if there is none.
    open_rows = np.flatnonzero(task.base_m > longest_m)
    rows = len(open_rows)
    cover = CoverTask(
        cover=csr_array(task.distance_m[open_rows] <= longest_m),
        first=np.ones(rows),
        second=np.zeros(rows),
        cost=np.ones(task.distance_m.shape[1]) if task.budget is None else task.cost,
        count=None if task.budget is None else task.count,
    )
    if task.budget is not None:
        found = least_cost(cover, None, watch, stop_at=task.budget)
        if found is None or (found.bound > task.budget and found.objective > task.budget):
            return None
        return found
    limit = float(task.most)
    found = least_cost(cover, None, watch)
    if found is None or found.bound > limit:
        return None
    return found
