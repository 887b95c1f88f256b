"""Short ways at once: candidates chosen by distance, exchanged while that helps.

Interchange tries every candidate against every chosen site in one pass over the rows, as
FasterPAM does (Schubert and Rousseeuw 2021), from a greedy start and a few random ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.siting.watch import Watch

__all__ = ["DistanceTask", "interchanged", "total_way", "ways"]

_SEED: Final = 20
_STARTS: Final = 4


@dataclass(frozen=True, eq=False)
class DistanceTask:
    """A choice of candidates by distance.

    Parameters
    ----------
    distance_m
        Shape (n, m), metres from row to candidate; finite.
    weight
        n floats more than 0: what a metre of the row's way counts.
    nearest_m
        n floats: way to the nearest site that stands anyway; infinite without.
    cost
        m floats.
    count, budget
        Limits, None for none.
    """

    distance_m: NDArray[np.float64]
    weight: NDArray[np.float64]
    nearest_m: NDArray[np.float64]
    cost: NDArray[np.float64]
    count: int | None = None
    budget: float | None = None

    @property
    def most(self) -> int:
        """The largest number of candidates that can be chosen."""
        width = int(self.distance_m.shape[1])
        return width if self.count is None else min(self.count, width)

    @property
    def base_m(self) -> NDArray[np.float64]:
        """Way without any choice: finite, and longer than any other where no site stands."""
        return np.minimum(self.nearest_m, 10.0 * float(self.distance_m.max(initial=0.0)) + 1.0)


def ways(task: DistanceTask, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each row's way to its nearest site."""
    if not len(chosen):
        return task.base_m
    nearest: NDArray[np.float64] = np.minimum(
        task.base_m, task.distance_m[:, chosen].min(axis=1, initial=np.inf)
    )
    return nearest


def total_way(task: DistanceTask, chosen: NDArray[np.int64]) -> float:
    """Return the sum of ways times weights."""
    return float(task.weight @ ways(task, chosen))


def interchanged(task: DistanceTask, watch: Watch) -> NDArray[np.int64]:
    """Choose candidates with short ways at once, without any promise."""
    distance_m = np.ascontiguousarray(task.distance_m)
    by_candidate = np.ascontiguousarray(distance_m.T)
    budget = np.inf if task.budget is None else task.budget
    random = np.random.default_rng(_SEED)
    best, best_way = np.empty(0, dtype=np.int64), np.inf
    for start in range(_STARTS):
        if start and watch.is_over():
            break
        chosen = _greedy_medians(task, by_candidate, by_cost=task.budget is not None and start == 1)
        if start > 1 or (start == 1 and task.budget is None):
            if task.budget is not None:
                break
            chosen = np.sort(random.permutation(task.distance_m.shape[1])[: task.most])
        _interchange(by_candidate, task.weight, task.base_m, task.cost, budget, chosen)
        way = total_way(task, chosen)
        if way < best_way:
            best, best_way = np.sort(chosen), way
    return best


def _greedy_medians(
    task: DistanceTask, by_candidate: NDArray[np.float64], *, by_cost: bool
) -> NDArray[np.int64]:
    way_m = task.base_m.copy()
    left = np.inf if task.budget is None else task.budget
    chosen: list[int] = []
    saved = np.empty(len(by_candidate))
    while len(chosen) < task.most:
        _savings(by_candidate, task.weight, way_m, saved)
        score = saved / np.maximum(task.cost, 1e-12) if by_cost else saved.copy()
        score[task.cost > left] = -1.0
        score[chosen] = -1.0
        one = int(np.argmax(score))
        if score[one] < 0 or (score[one] == 0 and task.budget is not None):
            break
        chosen.append(one)
        left -= float(task.cost[one])
        np.minimum(way_m, by_candidate[one], out=way_m)
    return np.array(chosen, dtype=np.int64)


@compiled
def _savings(
    by_candidate: NDArray[np.float64],
    weight: NDArray[np.float64],
    way_m: NDArray[np.float64],
    saved: NDArray[np.float64],
) -> None:
    for candidate in range(by_candidate.shape[0]):
        total = 0.0
        for row in range(weight.size):
            if by_candidate[candidate, row] < way_m[row]:
                total += weight[row] * (way_m[row] - by_candidate[candidate, row])
        saved[candidate] = total


@compiled
def _interchange(
    by_candidate: NDArray[np.float64],
    weight: NDArray[np.float64],
    base_m: NDArray[np.float64],
    cost: NDArray[np.float64],
    budget: float,
    chosen: NDArray[np.int64],
) -> int:
    width, rows = by_candidate.shape
    count = chosen.size
    is_chosen = np.zeros(width, dtype=np.bool_)
    left = budget
    for one in chosen:
        is_chosen[one] = True
        left -= cost[one]
    nearest = np.empty(rows)
    next_m = np.empty(rows)
    holder = np.empty(rows, dtype=np.int64)
    loss = np.empty(count)
    change = np.empty(count)
    swaps = 0
    stale = True
    candidate, tried = 0, 0
    while tried < width and count > 0:
        if stale:
            # The nearest two of each row; the sites that stand anyway have no place in the list.
            loss[:] = 0.0
            total = 0.0
            for row in range(rows):
                nearest[row], next_m[row], holder[row] = base_m[row], base_m[row], -1
                for place in range(count):
                    way = by_candidate[chosen[place], row]
                    if way < nearest[row]:
                        next_m[row], nearest[row], holder[row] = nearest[row], way, place
                    elif way < next_m[row]:
                        next_m[row] = way
                total += weight[row] * nearest[row]
                if holder[row] >= 0:
                    loss[holder[row]] += weight[row] * (next_m[row] - nearest[row])
            stale = False
        if not is_chosen[candidate]:
            change[:] = loss
            gain = 0.0
            for row in range(rows):
                way = by_candidate[candidate, row]
                if way < nearest[row]:
                    gain += weight[row] * (nearest[row] - way)
                    if holder[row] >= 0:
                        change[holder[row]] -= weight[row] * (next_m[row] - nearest[row])
                elif way < next_m[row] and holder[row] >= 0:
                    change[holder[row]] -= weight[row] * (next_m[row] - way)
            best = -1
            for place in range(count):
                fits = cost[candidate] <= left + cost[chosen[place]]
                if fits and (best < 0 or change[place] < change[best]):
                    best = place
            if best >= 0 and change[best] - gain < -1e-9 * max(total, 1.0):
                left += cost[chosen[best]] - cost[candidate]
                is_chosen[chosen[best]] = False
                chosen[best] = candidate
                is_chosen[candidate] = True
                swaps += 1
                tried = 0
                stale = True
        candidate += 1
        if candidate == width:
            candidate = 0
        tried += 1
    return swaps
