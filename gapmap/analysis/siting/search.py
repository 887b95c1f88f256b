"""From a question laid out to a choice of hosts: what each model is given, and gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack

from gapmap.analysis.siting.capacities import (
    CapacityTask,
    least_cost_served,
    most_served,
    served,
    shortest_longest_way_served,
    shortest_ways_served,
)
from gapmap.analysis.siting.centers import shortest_longest_way
from gapmap.analysis.siting.covers import CoverTask
from gapmap.analysis.siting.exact import Choice, most_worth
from gapmap.analysis.siting.interchange import DistanceTask, ways
from gapmap.analysis.siting.medians import shortest_ways
from gapmap.analysis.siting.smallest import least_cost
from gapmap.analysis.siting.values import Effort, SitingModel
from gapmap.analysis.siting.watch import Watch
from gapmap.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.analysis.siting.demand import Demand
    from gapmap.analysis.siting.ground import Layout, StandingSites
    from gapmap.analysis.siting.values import SitingRequest

__all__ = ["Found", "Question", "compile_loops", "find", "served_by"]


@dataclass(frozen=True, eq=False)
class Question:
    """A request with everything that it is about."""

    request: SitingRequest
    demand: Demand
    hosts: pd.DataFrame
    standing: StandingSites
    layout: Layout

    @property
    def forced(self) -> NDArray[np.int64]:
        """Hosts that must be chosen."""
        named = self.hosts["candidate_id"].isin(self.request.forced).to_numpy()
        rows: NDArray[np.int64] = np.flatnonzero(named)
        return rows

    @property
    def free(self) -> NDArray[np.int64]:
        """Hosts that may be chosen."""
        return np.setdiff1d(np.arange(len(self.hosts)), self.forced)

    @property
    def limits(self) -> tuple[int | None, float | None]:
        """What is left of number and budget once the forced ones are chosen."""
        count, budget = self.request.count, self.request.budget
        cost = float(self.hosts["cost"].to_numpy()[self.forced].sum())
        if count is not None and len(self.forced) > count:
            raise RequestError(
                f"{len(self.forced)} candidates are forced, more than the {count} asked for."
            )
        if budget is not None and cost > budget:
            raise RequestError(
                f"The forced candidates cost {cost:g}, more than the budget of {budget:g}."
            )
        return (
            None if count is None else count - len(self.forced),
            None if budget is None else budget - cost,
        )


@dataclass(frozen=True, eq=False)
class Found:
    """Hosts chosen, forced ones included, with the model's own figures."""

    chosen: NDArray[np.int64]
    choice: Choice


def find(question: Question, watch: Watch) -> Found:
    """Answer a question.

    Raises
    ------
    RequestError
        If it cannot be answered within its limits.
    """
    request = question.request
    if request.capacity is not None:
        return _with_capacities(question, watch)
    if request.model in (SitingModel.P_MEDIAN, SitingModel.P_CENTER):
        return _by_distance(question, watch)
    if request.model is SitingModel.LSCP:
        return _least(question, watch)
    return _most(question, watch)


def compile_loops() -> None:
    """Have the compiled loops of the models ready: a puzzle in which prices have to move."""
    rows, width, count = 40, 12, 4
    random = np.random.default_rng(0)
    watch = Watch()
    worth, cost = random.integers(1, 9, rows).astype(np.float64), np.ones(width)
    way_m = random.random((rows, width))
    cover = csr_array(way_m < 0.3)
    most_worth(CoverTask(cover, worth, np.zeros(rows), cost, count), Effort.QUICK, watch)
    anywhere = np.full(rows, np.inf)
    shortest_ways(DistanceTask(way_m, worth, anywhere, cost, count), Effort.QUICK, watch)


def _task(question: Question) -> tuple[CoverTask, float]:
    # The task of the free hosts, and what is worth something without them.
    request, demand, layout = question.request, question.demand, question.layout
    count, budget = question.limits
    forced = layout.levels_of(question.forced)
    if request.model is SitingModel.BACKUP:
        level = layout.standing_levels + forced
        second_worth = request.second_weight * demand.worth
        first = np.select([level == 0, level == 1], [demand.worth, second_worth], 0.0)
        second = np.where(level == 0, second_worth, 0.0)
        before = float(demand.worth @ (level > 0) + second_worth @ (level > 1))
    else:
        first = np.where(forced > 0, 0.0, demand.worth * layout.open_share)
        second = np.zeros(len(demand))
        before = float(demand.worth.sum() - first.sum())
    free = question.free
    task = CoverTask(
        cover=csr_array(layout.by_host[:, free]),
        first=first,
        second=second,
        cost=question.hosts["cost"].to_numpy(dtype=np.float64)[free],
        count=count,
        budget=budget,
    )
    return task, before


def _most(question: Question, watch: Watch) -> Found:
    task, before = _task(question)
    choice = most_worth(task, question.request.effort, watch)
    choice = replace(choice, objective=choice.objective + before, bound=choice.bound + before)
    return _all_of(question, choice)


def _all_of(question: Question, choice: Choice) -> Found:
    chosen = np.concatenate([question.forced, question.free[choice.chosen]])
    return Found(np.sort(chosen), choice)


def _least(question: Question, watch: Watch) -> Found:
    request = question.request
    task, before = _task(question)
    reachable = float(task.first[np.diff(task.cover.indptr) > 0].sum())
    wanted = None
    if request.share < 1:
        wanted = max(request.share * (before + reachable) - before, 0.0)
    task = replace(task, budget=None)
    choice = least_cost(task, wanted, watch)
    forced_cost = float(question.hosts["cost"].to_numpy()[question.forced].sum())
    if choice is not None:
        cost = choice.objective + forced_cost
        choice = replace(choice, objective=cost, bound=choice.bound + forced_cost)
    too_dear = request.budget is not None and (choice is None or choice.objective > request.budget)
    if choice is None or too_dear:
        limit = f"{request.count} sites" if choice is None else f"a budget of {request.budget:g}"
        needs = "" if choice is None else f"; that takes {choice.objective:g}"
        raise RequestError(
            f"{request.share:.0%} of the need that can be reached cannot be had with {limit}"
            f"{needs}. Ask for a smaller share or more."
        )
    return _all_of(question, choice)


# ------------------------------------------------------------------------------------ by distance


def _by_distance(question: Question, watch: Watch) -> Found:
    request, demand, layout = question.request, question.demand, question.layout
    count, budget = question.limits
    ways_m = layout.ways_m
    nearest = layout.nearest_standing_m
    if len(question.forced):
        nearest = np.minimum(nearest, ways_m[:, question.forced].min(axis=1))
    free_m = ways_m[:, question.free]
    # Whom no way leads to anything is reported, not sited for.
    rows = np.flatnonzero(np.isfinite(nearest) | np.isfinite(free_m).any(axis=1))
    is_median = request.model is SitingModel.P_MEDIAN
    rows = rows[demand.worth[rows] > 0]
    known = np.concatenate([free_m[np.isfinite(free_m)], nearest[np.isfinite(nearest)]])
    no_way_m = 10.0 * float(known.max(initial=0.0)) + 1.0
    task = DistanceTask(
        distance_m=np.where(np.isfinite(free_m[rows]), free_m[rows], no_way_m),
        weight=demand.worth[rows] if is_median else np.ones(len(rows)),
        nearest_m=nearest[rows],
        cost=question.hosts["cost"].to_numpy(dtype=np.float64)[question.free],
        count=count,
        budget=budget,
    )
    if is_median:
        choice = shortest_ways(task, request.effort, watch)
    else:
        choice = shortest_longest_way(task, watch)
        choice = replace(choice, chosen=_filled(task, choice.chosen))
    if len(rows) and float(ways(task, choice.chosen).max()) >= no_way_m:
        raise RequestError(
            "Some need has no way to any of so few sites by the distance table. "
            "Ask for more sites, or complete the table."
        )
    return _all_of(question, choice)


def _filled(task: DistanceTask, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    # Where fewer sites than asked for make the longest way as short as it gets, the rest make
    # the others' ways shorter.
    left = np.inf if task.budget is None else task.budget - float(task.cost[chosen].sum())
    way_m = ways(task, chosen)
    more = list(chosen.tolist())
    while len(more) < task.most:
        saved = np.maximum(way_m[:, None] - task.distance_m, 0.0).sum(axis=0)
        saved[task.cost > left] = 0.0
        saved[more] = 0.0
        one = int(np.argmax(saved))
        if saved[one] <= 0:
            break
        more.append(one)
        left -= float(task.cost[one])
        way_m = np.minimum(way_m, task.distance_m[:, one])
    return np.array(sorted(more), dtype=np.int64)


# --------------------------------------------------------------------------------- with capacities


def served_by(question: Question, chosen: NDArray[np.int64], watch: Watch) -> float:
    """Return how many people a choice of hosts and the standing sites have room for."""
    task = _capacity_task(question)
    people = replace(task, first=task.people, second=np.zeros(len(task.people)))
    return served(people, chosen, watch)


def _capacity_task(question: Question) -> CapacityTask:
    request, demand, layout = question.request, question.demand, question.layout
    hosts, standing = question.hosts, question.standing
    is_standing = np.zeros(len(hosts) + len(standing), dtype=bool)
    is_standing[question.forced] = True
    is_standing[len(hosts) :] = True
    capacity = np.concatenate([hosts["capacity"].to_numpy(dtype=np.float64), standing.capacity])
    cover = csr_array(hstack([layout.by_host, layout.by_standing], format="csr"))
    second = request.second_weight if request.model is SitingModel.BACKUP else 0.0
    count, budget = question.limits
    return CapacityTask(
        cover=cover,
        people=demand.need,
        first=demand.worth,
        second=second * demand.worth,
        capacity=np.where(np.isnan(capacity), np.inf, capacity),
        is_standing=is_standing,
        cost=np.concatenate([hosts["cost"].to_numpy(dtype=np.float64), np.zeros(len(standing))]),
        count=count,
        budget=budget,
    )


def _with_capacities(question: Question, watch: Watch) -> Found:
    request, demand, layout = question.request, question.demand, question.layout
    hosts = question.hosts
    by_distance = request.model in (SitingModel.P_MEDIAN, SitingModel.P_CENTER)
    task = _capacity_task(question)
    kept = np.flatnonzero(demand.need > 0)
    if by_distance:
        metres = np.hstack([layout.ways_m, layout.standing_ways_m()])[kept]
        whole = replace(
            task,
            cover=csr_array(np.isfinite(metres)),
            people=demand.need[kept],
            first=demand.worth[kept],
            second=np.zeros(len(kept)),
        )
        search = (
            shortest_ways_served
            if request.model is SitingModel.P_MEDIAN
            else shortest_longest_way_served
        )
        choice = search(whole, metres, watch)
    elif request.model is SitingModel.LSCP:
        choice = least_cost_served(task, request.share, watch)
    else:
        choice = most_served(task, watch)
    if choice is None:
        raise RequestError(
            "The sites have no room for everybody within these limits, or no time was left to "
            "find out. Ask for more sites, more room or more time."
        )
    if request.model is SitingModel.LSCP:
        cost = float(hosts["cost"].to_numpy()[question.forced].sum())
        choice = replace(choice, objective=choice.objective + cost, bound=choice.bound + cost)
        if request.budget is not None and choice.objective > request.budget:
            raise RequestError(
                f"{request.share:.0%} of what can be served takes {choice.objective:g}, more than "
                f"the budget of {request.budget:g}."
            )
    chosen = np.sort(np.concatenate([question.forced, choice.chosen]))
    return Found(chosen, choice)
