"""The shortest way on average: p-median by interchange, its bound, and its proof.

The bound is Lagrangian: each row offers a price to be served, and the best p candidates take what
is offered beyond the way (Cornuejols, Fisher, Nemhauser 1977). The proof gives HiGHS what the bound
has not ruled out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.compiled import compiled
from gapmap.analysis.siting.exact import Choice
from gapmap.analysis.siting.interchange import interchanged, total_way
from gapmap.analysis.siting.programme import Programme
from gapmap.analysis.siting.values import Effort, Ended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.siting.interchange import DistanceTask
    from gapmap.analysis.siting.watch import Watch

__all__ = ["WayBound", "shortest_bound", "shortest_ways"]

_STEPS: Final = 300
_SMALL_PAIRS: Final = 20_000
"""Pairs of row and candidate up to which ``auto`` proves."""
_CLOSE: Final = 1e-9
_NEAR: Final = 0.005
"""Where nobody asks for a proof, a bound so near to the best found is near enough, as a share."""


def shortest_ways(task: DistanceTask, effort: Effort, watch: Watch) -> Choice:
    """Choose the candidates that make ways shortest on average."""
    rows, width = task.distance_m.shape
    facts = {"rows": rows, "candidates": width, "pairs": rows * width}
    if not rows or not task.most:
        nothing = np.empty(0, dtype=np.int64)
        total = total_way(task, nothing)
        return Choice(nothing, total, total, Ended.PROVEN, facts)
    chosen = interchanged(task, watch)
    best = total_way(task, chosen)
    watch.say("Interchange", best)
    proves = effort is Effort.PROOF or (effort is Effort.AUTO and rows * width <= _SMALL_PAIRS)
    limit = shortest_bound(task, best, watch, close=1e-8 if proves else _NEAR)
    bound = limit.value
    watch.say("Bound", best, bound)
    if best - bound <= 1e-7 * max(best, 1.0):
        return Choice(chosen, best, best, Ended.PROVEN, facts)
    if not proves or watch.is_over():
        ended = Ended.BOUNDED
        if proves:
            ended = Ended.CANCELLED if watch.is_cancelled() else Ended.OUT_OF_TIME
        return Choice(chosen, best, bound, ended, facts)
    hopeful = limit.hopeful(best)
    hopeful[chosen] = True
    left = np.flatnonzero(hopeful)
    facts["hopeful_candidates"] = len(left)
    better, proven, ended = _proof(task, left, chosen, watch)
    if total_way(task, better) < best:
        chosen, best = better, total_way(task, better)
    bound = best if ended is Ended.PROVEN else min(max(bound, proven), best)
    return Choice(np.sort(chosen), best, bound, ended, facts)


# ------------------------------------------------------------------------------------------ bound


@dataclass(frozen=True, eq=False)
class WayBound:
    """No choice has shorter ways than ``value``.

    ``take`` is what each candidate takes (0 or less) at the prices that show it, ``threshold``
    what the last one that fits takes: a candidate that takes less by more than best - ``value``
    is in no better choice.
    """

    value: float
    take: NDArray[np.float64]
    threshold: float

    def hopeful(self, best: float) -> NDArray[np.bool_]:
        """Say of each candidate whether it may be in a choice with ways shorter than ``best``."""
        slack = best - self.value + _CLOSE * max(best, 1.0)
        may: NDArray[np.bool_] = self.take <= self.threshold + slack
        return may


def shortest_bound(
    task: DistanceTask, best: float, watch: Watch, *, close: float = 1e-8
) -> WayBound:
    """Bound how short the ways of any choice can be.

    Parameters
    ----------
    task
        The choice to be made.
    best
        Ways of the best choice known.
    watch
        Its deadline.
    close
        Stop when the bound is that near to ``best``, as a share.
    """
    by_candidate = np.ascontiguousarray(task.distance_m.T)
    width = len(by_candidate)
    most = task.weight * task.base_m
    price = (
        np.minimum(most, task.weight * np.partition(task.distance_m, 1, axis=1)[:, 1] * 1.2)
        if width > 1
        else most.copy()
    )
    lowest, lowest_take, lowest_threshold = 0.0, np.full(width, -np.inf), 0.0
    take = np.empty(width)
    scale, since = 1.5, 0
    direction = np.zeros(len(price))
    for _ in range(_STEPS):
        if watch.is_over():
            break
        _takings(by_candidate, task.weight, price, take)
        taken, threshold, used = _best_takers(task, take)
        value = float(price.sum()) + taken
        since = 0 if value > lowest + 1e-4 * (best - lowest) else since + 1
        if value > lowest:
            lowest, lowest_take, lowest_threshold = value, take.copy(), threshold
        if best - lowest <= close * max(best, 1.0):
            break
        if since >= 5:
            scale, since = scale / 1.5, 0
        serving = np.zeros(len(price))
        _count_serving(by_candidate, task.weight, price, np.flatnonzero(used), used, serving)
        slope = 1.0 - serving
        slope[(price >= most) & (slope > 0)] = 0.0
        direction = slope + 0.6 * direction
        steepness = float(direction @ direction)
        if steepness <= 0:
            break
        step = scale * max(best - value, 1e-9 * best) / steepness
        price = np.clip(price + step * direction, 0.0, most)
    return WayBound(min(lowest, best), lowest_take, lowest_threshold)


def _best_takers(
    task: DistanceTask, take: NDArray[np.float64]
) -> tuple[float, float, NDArray[np.float64]]:
    used = np.zeros(len(take))
    count = task.most
    order = np.argsort(take, kind="stable")
    top = order[:count]
    value = float(take[top].sum())
    threshold = float(take[order[count - 1]]) if count < len(take) else 0.0
    used[top] = 1.0
    if task.budget is None:
        return value, threshold, used
    divisor = np.where(task.cost > 0, task.cost, 1.0)
    order = np.argsort(np.where(task.cost > 0, take / divisor, -np.inf), kind="stable")
    cost = task.cost[order]
    part = np.clip((task.budget - (np.cumsum(cost) - cost)) / divisor[order], 0.0, 1.0)
    part[cost == 0] = 1.0
    bought = float(take[order] @ part)
    if bought <= value:
        return value, np.inf, used
    used[order] = part
    return bought, np.inf, used


@compiled
def _takings(
    by_candidate: NDArray[np.float64],
    weight: NDArray[np.float64],
    price: NDArray[np.float64],
    take: NDArray[np.float64],
) -> None:
    for candidate in range(by_candidate.shape[0]):
        total = 0.0
        for row in range(weight.size):
            left = weight[row] * by_candidate[candidate, row] - price[row]
            if left < 0.0:
                total += left
        take[candidate] = total


@compiled
def _count_serving(
    by_candidate: NDArray[np.float64],
    weight: NDArray[np.float64],
    price: NDArray[np.float64],
    candidates: NDArray[np.int64],
    used: NDArray[np.float64],
    serving: NDArray[np.float64],
) -> None:
    for candidate in candidates:
        for row in range(weight.size):
            if weight[row] * by_candidate[candidate, row] < price[row]:
                serving[row] += used[candidate]


# ------------------------------------------------------------------------------------------ proof


def _proof(
    task: DistanceTask, left: NDArray[np.int64], start: NDArray[np.int64], watch: Watch
) -> tuple[NDArray[np.int64], float, Ended]:
    distance_m = task.distance_m[:, left]
    rows, width = distance_m.shape
    base_m = task.base_m
    nearer = 8
    while True:
        # Each row may choose among its nearest candidates. Farther ones are one way, as short as
        # the next: a bound at any rate, and the truth once nobody takes it.
        near = min(nearer, width)
        order = np.argpartition(distance_m, near - 1, axis=1)[:, :near]
        way_m = np.take_along_axis(distance_m, order, axis=1)
        beyond = np.full(rows, np.inf)
        if near < width:
            hidden = distance_m.copy()
            np.put_along_axis(hidden, order, np.inf, axis=1)
            beyond = hidden.min(axis=1)
        rest_m = np.minimum(beyond, base_m)
        row, place = np.nonzero(way_m < rest_m[:, None])
        programme = Programme()
        chosen = programme.variables(width, whole=True)
        saving = (rest_m[row] - way_m[row, place]) * task.weight[row]
        served = programme.variables(len(row), cost=-saving)
        once = programme.rows(rows, upper=1.0)
        programme.add(once[row], served, 1.0)
        only_open = programme.rows(len(row), upper=0.0)
        programme.add(only_open, served, 1.0)
        programme.add(only_open, chosen[order[row, place]], -1.0)
        if task.count is not None:
            programme.add(programme.rows(1, upper=float(task.count)), chosen, 1.0)
        if task.budget is not None:
            programme.add(programme.rows(1, upper=task.budget), chosen, task.cost[left])
        marks = np.zeros(width)
        marks[np.searchsorted(left, start)] = 1.0
        found = programme.least(watch, start=(chosen, marks), what="Proving the medians")
        constant = float(task.weight @ rest_m)
        if found.values is None:
            return start, constant + found.bound, found.ended
        better = left[np.flatnonzero(found.values[chosen] > 0.5)]
        bound = constant + found.bound
        gap = total_way(task, better) - (constant + found.objective)
        if found.ended is not Ended.PROVEN or gap <= 1e-7 * max(constant, 1.0) or near >= width:
            return better, bound, found.ended
        nearer *= 2
