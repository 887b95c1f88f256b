"""What holds of every division, on random tessellations."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.analysis.territory import measures
from gapmap.analysis.territory.infeasible import Labels, begin_or_refuse, too_tight
from gapmap.analysis.territory.problem import Problem
from gapmap.analysis.territory.search import Search, proposals
from gapmap.analysis.territory.start import absorbed, first_division
from gapmap.errors import RequestError
from tests.analysis.territory import towns


@dataclass(frozen=True, eq=False)
class Case:
    problem: Problem
    labels: Labels


@st.composite
def cases(draw: Any, *, wishes: bool = True) -> Case:
    """A random place with or without a river, partners of random sizes, locks and exclusions."""
    seed = draw(st.integers(0, 10_000))
    random = np.random.default_rng(seed)
    cells = towns.tessellation(seed, draw(st.integers(8, 70)), river=draw(st.booleans()))
    graph = towns.graph_of(cells)
    count = len(graph)
    partner_count = draw(st.integers(2, min(8, count // 3)))
    load = random.gamma(1.5, 100, count) * (random.random(count) > 0.15)
    load[0] += 1.0
    shares = random.uniform(0.5, 2.0, partner_count)
    locked = np.full(count, -1)
    allowed = np.ones((count, partner_count), dtype=bool)
    if wishes:
        settled = random.choice(count, draw(st.integers(0, 5)), replace=False)
        locked[settled] = random.integers(0, partner_count, len(settled))
        allowed = random.random(allowed.shape) > draw(st.sampled_from([0.0, 0.05]))
    away_m = random.uniform(0, 9_000, (count, partner_count)) * draw(st.booleans())
    place = random.integers(-1, 5, count) if draw(st.booleans()) else None
    problem = Problem.of(
        graph,
        load,
        shares / shares.sum(),
        tolerance=draw(st.sampled_from([0.02, 0.05, 0.2])),
        seed=seed,
        locked=locked,
        allowed=allowed,
        away_m=away_m,
        place=place,
    )
    labels = Labels(
        tuple(f"g{row}" for row in range(count)),
        tuple(f"Tract {row}" for row in range(count)),
        tuple(f"Partner {row}" for row in range(partner_count)),
    )
    return Case(problem, labels)


def refusal_of(case: Case) -> str:
    try:
        begin_or_refuse(case.problem, case.labels)
    except RequestError as refusal:
        return str(refusal)
    return ""


def assert_is_a_division(problem: Problem, holder: np.ndarray) -> None:
    assert holder.shape == (len(problem),)
    assert ((holder >= 0) & (holder < problem.partner_count)).all(), "an area without holder"
    pieces = measures.piece_counts(problem.graph, holder, problem.partner_count)
    assert pieces.tolist() == [1] * problem.partner_count, "a territory in pieces, or none"
    is_locked = problem.locked >= 0
    assert (holder[is_locked] == problem.locked[is_locked]).all(), "a lock that was not kept"
    rows = np.arange(len(problem))
    assert problem.allowed[rows, holder].all(), "an area held by whom it must not be"


@given(cases())
@settings(max_examples=60)
def test_it_is_a_partition_into_single_pieces_that_keeps_locks_or_a_reason(case: Case) -> None:
    problem = case.problem
    if refusal_of(case):
        assert len(refusal_of(case).split(". ")) >= 2, "a refusal says what to do next"
        return
    best = None
    for step in proposals(problem):
        assert_is_a_division(problem, step.holder)
        assert step.worst_deviation == pytest.approx(np.abs(problem.deviation(step.holder)).max())
        best = step
    assert best is not None
    assert best.done == best.total
    reason = too_tight(problem, best.holder, case.labels)
    assert (best.worst_deviation <= problem.tolerance + 1e-9) == (reason is None)
    if reason is not None:
        assert reason.tolerance is not None
        assert reason.tolerance >= best.worst_deviation - 1e-9


@given(cases(wishes=False))
@settings(max_examples=15)
def test_without_wishes_there_is_always_a_division(case: Case) -> None:
    assert_is_a_division(case.problem, first_division(case.problem))


@given(cases(wishes=False), st.integers(1, 3))
@settings(max_examples=15)
def test_every_way_to_begin_is_a_division(case: Case, variant: int) -> None:
    assert_is_a_division(case.problem, first_division(case.problem, variant))


@given(cases())
@settings(max_examples=15)
def test_the_same_question_has_the_same_answer(case: Case) -> None:
    if refusal_of(case):
        return
    first, second = ([step.holder.tolist() for step in proposals(case.problem)] for _ in range(2))
    assert first == second


@given(cases(wishes=False))
@settings(max_examples=15)
def test_no_round_makes_it_worse(case: Case) -> None:
    search = Search(case.problem, first_division(case.problem))
    ranks = [search.rank]
    for _ in search.steps():
        ranks.append(search.rank)
    assert all(later <= earlier for earlier, later in itertools.pairwise(ranks))
    fresh = Search(case.problem, search.best)
    # Its running sums are what the division it names adds up to.
    assert fresh.rank == pytest.approx(search.rank)


@given(cases(), st.integers(0, 1_000))
@settings(max_examples=30)
def test_a_spoilt_division_is_mended(case: Case, seed: int) -> None:
    problem = case.problem
    if refusal_of(case):
        return
    holder = begin_or_refuse(problem, case.labels)
    random = np.random.default_rng(seed)
    spoilt = holder.copy()
    rows = random.choice(len(holder), len(holder) // 5, replace=False)
    spoilt[rows] = random.integers(-1, problem.partner_count, len(rows))
    mended = absorbed(problem, spoilt)
    assert_is_a_division(problem, mended)


def test_a_whole_division_is_left_alone() -> None:
    problem = Problem.of(towns.lattice(6, 4), np.ones(24), [0.5, 0.5])
    holder = np.array(([0] * 2 + [1] * 4) * 4)
    assert absorbed(problem, holder).tolist() == holder.tolist()


def test_a_gap_goes_to_whoever_is_beside_it() -> None:
    problem = Problem.of(towns.lattice(6, 1), np.ones(6), [0.5, 0.5])
    assert absorbed(problem, np.array([0, 0, -1, -1, 1, 1])).tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("columns", [8, 12])
def test_a_lattice_is_cut_into_equal_squares(columns: int) -> None:
    problem = Problem.of(
        towns.lattice(columns, columns), np.ones(columns**2), [0.25] * 4, tolerance=0.01
    )
    *_, last = proposals(problem)
    assert last.worst_deviation == pytest.approx(0)
    assert last.polsby_popper == pytest.approx(np.pi / 4, abs=0.08)


def test_sizes_follow_capacities() -> None:
    problem = Problem.of(towns.lattice(9, 8), np.ones(72), [4 / 6, 1 / 6, 1 / 6], tolerance=0.01)
    *_, last = proposals(problem)
    assert np.bincount(last.holder).tolist() == [48, 12, 12]


def test_partners_get_what_is_near_their_sites() -> None:
    graph = towns.lattice(8, 4)
    # The first one's sites are in the east.
    away_m = np.column_stack([8_000 - graph.x_m, graph.x_m])
    problem = Problem.of(graph, np.ones(32), [0.5, 0.5], away_m=away_m, tolerance=0.01)
    *_, last = proposals(problem)
    assert set(last.holder[graph.x_m > 6_000]) == {0}
    assert set(last.holder[graph.x_m < 2_000]) == {1}


def test_it_costs_nothing_to_be_the_nearest_and_more_to_be_farther() -> None:
    graph = towns.lattice(4, 1)
    away_m = np.column_stack([graph.x_m, np.full(4, 1_000.0)])
    pull = Problem.of(graph, [1.0, 1.0, 1.0, 3.0], [0.5, 0.5], away_m=away_m).pull
    assert (pull.min(axis=1) == 0).all()
    assert pull[3, 0] > pull[2, 0] > pull[1, 0] > 0
    # Three times the people, and 2,500 m too far instead of 1,500 m.
    assert pull[3, 0] / pull[2, 0] == pytest.approx(3 * 2_500 / 1_500)


def test_what_it_costs_to_move_can_be_more_than_any_gain() -> None:
    problem = Problem.of(towns.lattice(6, 6), np.ones(36), [0.5, 0.5], tolerance=0.2)
    ragged = np.array(([0] * 4 + [1] * 2 + [0] * 2 + [1] * 4) * 3)
    stay = np.full((36, 2), 50.0)
    stay[np.arange(36), ragged] = 0.0
    for held, is_kept in ((stay, True), (None, False)):
        *_, last = Search(problem, ragged, stay=held).steps()
        assert (last.holder == ragged).all() == is_kept


def test_neighbourhoods_stay_whole_if_they_shall() -> None:
    graph = towns.lattice(9, 6)
    # Three strips for two partners: whole strips are a third off, halves are even.
    place = (graph.x_m // 3_000).astype(int)
    cut = {}
    for kept in (True, False):
        problem = Problem.of(
            graph, np.ones(54), [0.5, 0.5], place=place if kept else None, tolerance=0.4
        )
        *_, last = proposals(problem)
        cut[kept] = len(measures.cut_places(last.holder, place))
        assert last.worst_deviation <= 0.4
    assert cut[True] == 0
    assert cut[False] > 0


def connected_sets(problem: Problem) -> set[int]:
    neighbours = problem.graph.neighbours
    beside = [
        sum(1 << int(other) for other in neighbours.indices[start:stop])
        for start, stop in zip(neighbours.indptr[:-1], neighbours.indptr[1:], strict=True)
    ]
    found = set()
    for areas in range(1, 1 << len(problem)):
        reached = front = areas & -areas
        while front:
            around = 0
            for row in range(len(problem)):
                if front >> row & 1:
                    around |= beside[row]
            front = around & areas & ~reached
            reached |= front
        if reached == areas:
            found.add(areas)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_in_a_small_place_the_least_deviation_that_there_is_is_nearly_found(seed: int) -> None:
    load = np.random.default_rng(seed).integers(1, 100, 12).astype(float)
    problem = Problem.of(towns.lattice(4, 3), load, [0.5, 0.5], tolerance=1e-6)
    pieces = connected_sets(problem)
    everything = (1 << 12) - 1
    sums = {
        areas: sum(load[row] for row in range(12) if areas >> row & 1)
        for areas in pieces
        if everything ^ areas in pieces
    }
    least = min(abs(2 * total / load.sum() - 1) for total in sums.values())
    *_, last = proposals(problem)
    assert last.worst_deviation >= least - 1e-9
    assert last.worst_deviation <= least + 0.02
