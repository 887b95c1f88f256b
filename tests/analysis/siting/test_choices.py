"""Every model against counting through all choices, on problems small enough for that."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gapmap.analysis.siting.bounds import upper_bound
from gapmap.analysis.siting.capacities import (
    CapacityTask,
    least_cost_served,
    most_served,
    served,
    shortest_longest_way_served,
    shortest_ways_served,
)
from gapmap.analysis.siting.centers import shortest_longest_way
from gapmap.analysis.siting.covers import CoverTask, merged, without_beaten, worth_of
from gapmap.analysis.siting.exact import most_worth
from gapmap.analysis.siting.greedy import greedy_choice, swapped
from gapmap.analysis.siting.interchange import DistanceTask, total_way, ways
from gapmap.analysis.siting.medians import shortest_bound, shortest_ways
from gapmap.analysis.siting.smallest import least_cost
from gapmap.analysis.siting.values import Effort, Ended
from gapmap.analysis.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SOME = settings(max_examples=60)
FEW = settings(max_examples=25)


@st.composite
def covers(draw: st.DrawFn, backup: bool = False) -> CoverTask:
    """Up to 9 rows and 6 columns, with or without costs and a budget."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, width = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    whole = draw(st.booleans())
    first = random.integers(0, 20, rows).astype(float) + (0 if whole else random.random(rows))
    with_cost = draw(st.booleans())
    return CoverTask(
        cover=csr_array(random.random((rows, width)) < draw(st.sampled_from([0.2, 0.4, 0.7]))),
        first=first,
        second=first * random.choice([0.0, 0.5, 1.0], rows) if backup else np.zeros(rows),
        cost=random.integers(0, 5, width).astype(float) if with_cost else np.ones(width),
        count=draw(st.one_of(st.none(), st.integers(1, width))) if with_cost else 1 + width // 3,
        budget=float(draw(st.integers(0, 10))) if with_cost else None,
    )


@st.composite
def distances(draw: st.DrawFn) -> DistanceTask:
    """Up to 9 rows and 6 candidates, with or without standing sites and a budget."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, width = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    with_cost = draw(st.booleans())
    standing = draw(st.booleans())
    return DistanceTask(
        distance_m=np.round(random.random((rows, width)) * 1000, 1),
        weight=random.integers(1, 20, rows).astype(float),
        nearest_m=random.random(rows) * 1000 if standing else np.full(rows, np.inf),
        cost=random.integers(1, 5, width).astype(float) if with_cost else np.ones(width),
        count=None if with_cost else draw(st.integers(1, width)),
        budget=float(draw(st.integers(0, 9))) if with_cost else None,
    )


@st.composite
def rooms(draw: st.DrawFn) -> tuple[CapacityTask, NDArray[np.float64]]:
    """Up to 6 rows and 5 columns with little room, some of them standing; and distances."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, width = draw(st.integers(1, 6)), draw(st.integers(2, 5))
    people = random.integers(1, 10, rows).astype(float)
    capacity = random.integers(1, 15, width).astype(float)
    capacity[random.random(width) < 0.2] = np.inf
    is_standing = random.random(width) < 0.3
    is_standing[0] = False
    task = CapacityTask(
        cover=csr_array(random.random((rows, width)) < 0.6),
        people=people,
        first=people * random.choice([1.0, 2.0], rows),
        second=people * 0.5 * draw(st.booleans()),
        capacity=capacity,
        is_standing=is_standing,
        cost=np.ones(width),
        count=draw(st.integers(1, 3)),
    )
    return task, np.round(random.random((rows, width)) * 100, 1)


def every_choice(task: Any, width: int) -> Iterator[NDArray[np.int64]]:
    """Every choice within the limits."""
    most = width if task.count is None else min(task.count, width)
    for size in range(most + 1):
        for columns in itertools.combinations(range(width), size):
            chosen = np.array(columns, dtype=np.int64)
            if task.budget is None or task.cost[chosen].sum() <= task.budget + 1e-9:
                yield chosen


def best_worth(task: CoverTask) -> float:
    return max(worth_of(task, chosen) for chosen in every_choice(task, task.cover.shape[1]))


@given(st.booleans().flatmap(lambda backup: covers(backup)))
@SOME
def test_most_worth_is_what_counting_through_finds(task: CoverTask) -> None:
    found = most_worth(task, Effort.PROOF, Watch(30.0))
    assert found.ended is Ended.PROVEN
    assert found.objective == pytest.approx(best_worth(task))
    assert found.bound == pytest.approx(found.objective)
    assert worth_of(task, found.chosen) == pytest.approx(found.objective)
    assert len(found.chosen) <= task.most
    assert task.budget is None or task.cost[found.chosen].sum() <= task.budget


@given(st.booleans().flatmap(lambda backup: covers(backup)))
@SOME
def test_greedy_then_swaps_then_the_best_then_the_bound(task: CoverTask) -> None:
    greedy = greedy_choice(task)
    better = swapped(task, greedy)
    quick = most_worth(task, Effort.QUICK, Watch(30.0))
    best = best_worth(task)
    slack = 1e-9 * max(best, 1.0)
    assert worth_of(task, greedy) <= worth_of(task, better) <= best + slack
    assert worth_of(task, better) <= quick.objective + slack <= best + 2 * slack
    assert best <= quick.bound + slack
    assert best <= upper_bound(task, worth_of(task, greedy)).value + slack


@given(st.booleans().flatmap(lambda backup: covers(backup)), st.integers(0, 2**32 - 1))
@SOME
def test_a_column_that_the_bound_rules_out_is_in_no_better_choice(
    task: CoverTask, seed: int
) -> None:
    choices = list(every_choice(task, task.cover.shape[1]))
    best = worth_of(task, choices[np.random.default_rng(seed).integers(len(choices))])
    bound = upper_bound(task, best)
    hopeful = bound.hopeful(best)
    for chosen in choices:
        if worth_of(task, chosen) > best + 1e-6:
            assert worth_of(task, chosen) <= bound.value + 1e-6
            assert hopeful[chosen].all()


@given(covers(backup=True))
@SOME
def test_one_more_column_never_lowers_the_worth(task: CoverTask) -> None:
    width = task.cover.shape[1]
    worths = [worth_of(task, np.arange(number)) for number in range(width + 1)]
    assert worths == sorted(worths)


@given(covers(backup=True))
@SOME
def test_a_merged_task_is_worth_the_same(task: CoverTask) -> None:
    smaller, row = merged(task)
    assert smaller.cover.shape[0] == len(set(row.tolist()) - {-1})
    for chosen in every_choice(task, task.cover.shape[1]):
        assert worth_of(smaller, chosen) == pytest.approx(worth_of(task, chosen))


@given(covers())
@SOME
def test_columns_left_out_as_beaten_are_not_missed(task: CoverTask) -> None:
    kept = without_beaten(task)
    assert best_worth(task.with_columns(kept)) == pytest.approx(best_worth(task))


@given(covers(), st.sampled_from([None, 0.3, 0.7, 0.95]))
@SOME
def test_the_cheapest_cover_is_what_counting_through_finds(
    task: CoverTask, share: float | None
) -> None:
    task = replace(task, budget=None)
    total = worth_of(task, np.arange(task.cover.shape[1]))
    wanted = total if share is None else share * total
    fitting = [
        float(task.cost[chosen].sum())
        for chosen in every_choice(task, task.cover.shape[1])
        if worth_of(task, chosen) >= wanted - 1e-9
    ]
    found = least_cost(task, None if share is None else wanted, Watch(30.0))
    if not fitting:
        assert found is None
        return
    assert found is not None
    assert found.ended is Ended.PROVEN
    assert found.objective == pytest.approx(min(fitting))
    assert worth_of(task, found.chosen) >= wanted - 1e-6


@given(distances())
@SOME
def test_the_shortest_ways_are_what_counting_through_finds(task: DistanceTask) -> None:
    found = shortest_ways(task, Effort.PROOF, Watch(30.0))
    best = min(total_way(task, c) for c in every_choice(task, task.distance_m.shape[1]))
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert total_way(task, found.chosen) == pytest.approx(best)


@given(distances())
@SOME
def test_the_bound_on_ways_holds_without_a_proof(task: DistanceTask) -> None:
    found = shortest_ways(task, Effort.QUICK, Watch(30.0))
    best = min(total_way(task, c) for c in every_choice(task, task.distance_m.shape[1]))
    assert found.bound <= best * (1 + 1e-9) + 1e-9
    assert best <= found.objective + 1e-9
    assert task.budget is None or task.cost[found.chosen].sum() <= task.budget


@given(distances(), st.integers(0, 2**32 - 1))
@SOME
def test_a_candidate_that_the_bound_rules_out_is_in_no_choice_with_shorter_ways(
    task: DistanceTask, seed: int
) -> None:
    choices = list(every_choice(task, task.distance_m.shape[1]))
    best = total_way(task, choices[np.random.default_rng(seed).integers(len(choices))])
    bound = shortest_bound(task, best, Watch(30.0))
    for chosen in choices:
        if total_way(task, chosen) < best - 1e-6:
            assert bound.value <= total_way(task, chosen) + 1e-6
            assert bound.hopeful(best)[chosen].all()


@given(distances())
@SOME
def test_the_shortest_longest_way_is_what_counting_through_finds(task: DistanceTask) -> None:
    found = shortest_longest_way(task, Watch(30.0))
    choices = every_choice(task, task.distance_m.shape[1])
    best = min(float(ways(task, chosen).max()) for chosen in choices)
    assert found.ended is Ended.PROVEN
    assert found.objective == pytest.approx(best)


@given(rooms())
@FEW
def test_the_most_served_is_what_counting_through_finds(
    case: tuple[CapacityTask, NDArray[np.float64]],
) -> None:
    task, _ = case
    found = most_served(task, Watch(30.0))
    assert found.ended is Ended.PROVEN
    best = max(
        served(task, chosen, Watch(30.0))
        for chosen in every_choice(task, task.cover.shape[1])
        if not task.is_standing[chosen].any()
    )
    assert found.objective == pytest.approx(best, abs=1e-5)
    assert served(task, found.chosen, Watch(30.0)) == pytest.approx(best, abs=1e-5)


@given(rooms(), st.sampled_from([0.5, 0.8, 1.0]))
@FEW
def test_the_cheapest_room_is_what_counting_through_finds(
    case: tuple[CapacityTask, NDArray[np.float64]], share: float
) -> None:
    task = replace(case[0], second=np.zeros(len(case[0].people)), count=None)
    width = task.cover.shape[1]
    free = np.flatnonzero(~task.is_standing)
    wanted = share * served(task, free, Watch(30.0))
    found = least_cost_served(task, share, Watch(30.0))
    enough = [
        len(chosen)
        for chosen in every_choice(task, width)
        if not task.is_standing[chosen].any() and served(task, chosen, Watch(30.0)) >= wanted - 1e-6
    ]
    assert found is not None
    assert found.objective == pytest.approx(min(enough))


@given(rooms())
@FEW
def test_ways_to_sites_with_little_room_are_what_counting_through_finds(
    case: tuple[CapacityTask, NDArray[np.float64]],
) -> None:
    task, distance_m = case
    rows, width = distance_m.shape
    task = replace(
        task, cover=csr_array(np.ones((rows, width))), second=np.zeros(rows), first=task.people
    )
    ways_found = shortest_ways_served(task, distance_m, Watch(30.0))
    longest_found = shortest_longest_way_served(task, distance_m, Watch(30.0))
    fitting = [
        chosen
        for chosen in every_choice(task, width)
        if not task.is_standing[chosen].any()
        and served(task, chosen, Watch(30.0)) >= task.people.sum() - 1e-6
    ]
    if not fitting:
        assert ways_found is None
        assert longest_found is None
        return
    assert ways_found is not None
    assert longest_found is not None

    def shortest(chosen: NDArray[np.int64]) -> float:
        fixed = task.is_standing.copy()
        fixed[chosen] = True
        found = shortest_ways_served(
            replace(task, is_standing=fixed, count=0), distance_m, Watch(30.0)
        )
        assert found is not None
        return found.objective

    def is_near_enough(chosen: NDArray[np.int64], longest: float) -> bool:
        near = replace(task, cover=csr_array(distance_m <= longest))
        return bool(served(near, chosen, Watch(30.0)) >= task.people.sum() - 1e-6)

    assert ways_found.objective == pytest.approx(min(map(shortest, fitting)), abs=1e-4)
    longest = longest_found.objective
    assert any(is_near_enough(chosen, longest) for chosen in fitting)
    shorter = np.unique(distance_m)
    shorter = shorter[shorter < longest]
    if len(shorter):
        assert not any(is_near_enough(chosen, float(shorter[-1])) for chosen in fitting)


def test_a_search_that_is_cancelled_gives_back_what_it_has() -> None:
    random = np.random.default_rng(1)
    cover = csr_array(random.random((400, 120)) < 0.08)
    task = CoverTask(cover, random.random(400), np.zeros(400), np.ones(120), 12)
    told: list[str] = []
    watch = Watch(30.0, lambda at: told.append(at.step), lambda: len(told) >= 2)
    found = most_worth(task, Effort.PROOF, watch)
    assert found.ended is Ended.CANCELLED
    assert told[:2] == ["Greedy choice", "Bound"]
    assert 0 < found.objective < found.bound


def test_a_search_out_of_time_says_how_far_from_the_best_it_may_be() -> None:
    random = np.random.default_rng(1)
    cover = csr_array(random.random((2000, 400)) < 0.03)
    task = CoverTask(cover, random.random(2000), np.zeros(2000), np.ones(400), 40)
    found = most_worth(task, Effort.PROOF, Watch(0.3))
    assert found.ended is Ended.OUT_OF_TIME
    assert worth_of(task, found.chosen) == found.objective < found.bound
