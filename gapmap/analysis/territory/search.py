"""From a first division to a good one, round by round, so that somebody may watch and stop it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.compiled import read_only
from gapmap.analysis.territory.cores import Contradiction
from gapmap.analysis.territory.graph import Graph
from gapmap.analysis.territory.measures import polsby_popper, sums
from gapmap.analysis.territory.moves import Pieces, State, Weights, anneal
from gapmap.analysis.territory.problem import Problem
from gapmap.analysis.territory.start import absorbed, first_division

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Search", "Step", "compile_loops", "proposals"]

_HOT: Final = 0.012
_COLD: Final = 0.0004
_TYPICAL: Final = 200
"""Areas of a territory for which the temperatures were found."""
_TRIES_PER_AREA: Final = 48
_LEAST_TRIES: Final = 20_000
_LARGE: Final = 20_000
"""From so many areas on one start is enough to wait for."""
_MENDS: Final = 40
_GENTLE: Final = 4
_IN_VAIN: Final = 16
"""Mends without any gain after which the tolerance is taken for too tight."""
_MEND_HEATS: Final = (0.01, 0.03, 0.1, 0.3)
"""In shares of a load: what may be off for a while."""
_COLDEST: Final = 1e-4
_FEW: Final = 400
_MEND_TRIES: Final = 2_000_000
_TEPID: Final = 0.003
_STEP_SHARE: Final = 0.0025
"""What is off beyond the tolerance is counted in steps of so much: less of it is not worth a
ragged shape."""


@dataclass(frozen=True, eq=False)
class Step:
    """The best division after a round.

    Parameters
    ----------
    done, total
        Rounds.
    holder
        Partner of each area.
    worst_deviation, polsby_popper
        How far the worst load is off, and mean compactness.
    """

    done: int
    total: int
    holder: NDArray[np.int64]
    worst_deviation: float
    polsby_popper: float


def proposals(problem: Problem, first: NDArray[np.int64] | None = None) -> Iterator[Step]:
    """Improve a first division; where that costs little or sites pull, a second one as well.

    Parameters
    ----------
    problem
        What is divided.
    first
        Result of ``first_division(problem)``, to save time.

    Yields
    ------
    The best division after each round.

    Raises
    ------
    Contradiction
        If the locks leave no division at all.
    """
    starts = 1
    if len(problem) <= _FEW or (problem.away_m.any() and len(problem) <= _LARGE):
        starts = 2
    best: Search | None = None
    for variant in range(starts):
        holder = first if variant == 0 and first is not None else None
        try:
            holder = first_division(problem, variant) if holder is None else holder
        except Contradiction:
            if best is None:
                raise
            # A way of beginning that the locks do not allow; another one they did.
            return
        search = Search(problem, holder)
        for step in search.steps():
            is_better = best is None or search.rank < best.rank
            shown = step if is_better or best is None else best.step(step.done, step.total)
            yield replace(shown, done=step.done + variant * step.total, total=starts * step.total)
        if best is None or search.rank < best.rank:
            best = search


def compile_loops() -> None:
    """Have the compiled loops of a division ready: sixteen squares, shared by two."""
    squares = [shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(4)]
    borders = shared_borders(squares).neighbours
    borders.data[:] = 1.0
    graph = Graph.of_shapes(squares, borders)
    problem = Problem.of(graph, np.ones(16), [0.5, 0.5])
    for step in proposals(problem):
        absorbed(problem, step.holder)


class Search:
    """Improves one division. Deterministic: no clock, and random numbers from the seed.

    Parameters
    ----------
    problem
        What is divided.
    holder
        A division in which every territory is one piece and everything is held by whom may.
    stay
        What it costs on top that a partner holds an area; shape (n, k).
    hot
        Temperature to begin at.
    """

    def __init__(
        self,
        problem: Problem,
        holder: NDArray[np.int64],
        *,
        stay: NDArray[np.float64] | None = None,
        hot: float = _HOT,
    ) -> None:
        self._problem = problem
        self._hot = hot
        # The more areas a territory has, the less one of them changes its shape: as warm as for a
        # few, every border would melt.
        self._calm = min(1.0, _TYPICAL * problem.partner_count / max(len(problem), 1))
        graph = problem.graph
        neighbours = graph.neighbours
        place_total = int(problem.place.max(initial=-1)) + 1
        self._has_places = place_total > 0
        placed = problem.place >= 0
        self._pieces = Pieces(
            indptr=read_only(neighbours.indptr, np.int64),
            indices=read_only(neighbours.indices, np.int64),
            border_m=read_only(neighbours.data, np.float64),
            area_m2=read_only(graph.area_m2, np.float64),
            outline_m=read_only(_without_inlets(graph), np.float64),
            load=read_only(problem.load, np.float64),
            target=read_only(problem.target, np.float64),
            pull=read_only(problem.pull if stay is None else problem.pull + stay, np.float64),
            allowed=read_only(problem.allowed, np.bool_),
            is_fixed=read_only(problem.settled >= 0, np.bool_),
            place=read_only(problem.place, np.int64),
            place_size=read_only(
                np.bincount(problem.place[placed], minlength=max(place_total, 1)), np.float64
            ),
        )
        self._state = self._begin(holder, max(place_total, 1))
        self.best = holder.copy()
        self.rank = self._rank()
        """How good the best is, the less the better: beyond tolerance first, then cost."""

    def _begin(self, holder: NDArray[np.int64], place_total: int) -> State:
        problem, graph = self._problem, self._problem.graph
        count, size = problem.partner_count, len(problem)
        one, other, border_m = graph.entries
        within = holder[one] == holder[other]
        shared = np.bincount(holder[one[within]], border_m[within], minlength=count)
        place_count = np.zeros((place_total, count))
        placed = problem.place >= 0
        np.add.at(place_count, (problem.place[placed], holder[placed]), 1.0)
        return State(
            holder=holder.astype(np.int64).copy(),
            load=sums(holder, problem.load, count),
            area_m2=sums(holder, graph.area_m2, count),
            outline_m=sums(holder, self._pieces.outline_m, count) - shared,
            area_count=np.bincount(holder, minlength=count).astype(np.int64),
            place_count=place_count,
            mark=np.zeros(size, dtype=np.int64),
            queue=np.zeros(size, dtype=np.int64),
            chunk=np.zeros(size, dtype=np.int64),
            ticket=np.zeros(1, dtype=np.int64),
            random=np.array([_scattered(problem.seed)], dtype=np.uint64),
        )

    def steps(self, rounds: int = 10) -> Iterator[Step]:
        """Improve in rounds, cooler and cooler; then bring loads within the tolerance if need be.

        Yields
        ------
        The best division after each round.
        """
        tries = max(_TRIES_PER_AREA * len(self._problem), _LEAST_TRIES)
        heat = np.geomspace(self._hot, _COLD, rounds + 1) * self._calm
        for done in range(rounds):
            anneal(
                self._pieces,
                self._state,
                self._weights(strict=1.0 if done < rounds - 2 else 3.0),
                tries,
                float(heat[done]),
                float(heat[done + 1]),
            )
            self._keep_if_best()
            yield self.step(done + 1, rounds)
        yield from self._mend(tries, rounds)

    def _mend(self, tries: int, rounds: int) -> Iterator[Step]:
        if self.rank[0] <= 0:
            return
        heats = _MEND_HEATS if len(self._problem) <= _FEW else _MEND_HEATS[:2]
        in_vain = 0
        for turn in range(max(min(_MENDS, _MEND_TRIES // tries), 4)):
            if self.rank[0] <= 0 or in_vain == _IN_VAIN:
                break
            before = self.rank[0]
            # Not there yet. At first with an eye on the shapes; then loads above all, now and
            # then so warm that everything is in question.
            self._return_to_best()
            weights, heat = self._weights(strict=10.0), _TEPID * (1 + turn % 2)
            if turn >= _GENTLE:
                weights = self._mending_weights(0.3 if turn < 2 * _GENTLE else 0.02)
                heat = heats[turn % len(heats)]
            anneal(self._pieces, self._state, weights, tries, heat, _COLDEST)
            self._keep_if_best()
            in_vain = 0 if self.rank[0] < before else in_vain + 1
            yield self.step(rounds, rounds)
        # Loads are what they can be: now the shapes again.
        for _ in range(2):
            self._return_to_best()
            anneal(self._pieces, self._state, self._weights(strict=10.0), tries, _TEPID, _COLD)
            self._keep_if_best()
        yield self.step(rounds, rounds)

    def _weights(self, *, strict: float) -> Weights:
        return Weights(
            goal=0.85 * self._problem.tolerance,
            over=2.0 * strict,
            over_square=20.0 * strict,
            deviation=0.5,
            compactness=1.0,
            whole=0.06 if self._has_places else 0.0,
            chunk_share=0.15 if self._has_places else 0.0,
        )

    def _mending_weights(self, compactness: float) -> Weights:
        return Weights(
            goal=0.0,
            over=1.0,
            over_square=0.0,
            deviation=0.0,
            compactness=compactness,
            whole=0.0,
            chunk_share=0.0,
        )

    def _rank(self) -> tuple[float, float]:
        """Return how good the state is, the less the better: beyond tolerance first, then cost."""
        state = self._state
        worst = float(np.abs(state.load / self._problem.target - 1).max())
        rows = np.arange(len(state.holder))
        cost = float((1 - _roundness(state)).sum())
        cost += float(self._pieces.pull[rows, state.holder].sum())
        if self._has_places:
            share = state.place_count / np.maximum(self._pieces.place_size, 1)[:, None]
            cost += 0.06 * float(np.sqrt(share).sum())
        over = max(worst - self._problem.tolerance - 1e-9, 0.0)
        return float(np.ceil(over / _STEP_SHARE)), cost

    def _keep_if_best(self) -> None:
        rank = self._rank()
        if rank < self.rank:
            self.rank = rank
            self.best = self._state.holder.copy()

    def _return_to_best(self) -> None:
        random = self._state.random
        self._state = self._begin(self.best, len(self._pieces.place_size))
        self._state.random[:] = random

    def step(self, done: int, total: int) -> Step:
        """Return the best division so far."""
        problem = self._problem
        roundness = polsby_popper(problem.graph, self.best, problem.partner_count)
        return Step(
            done,
            total,
            self.best.copy(),
            float(np.abs(problem.deviation(self.best)).max()),
            float(np.nanmean(roundness)),
        )


def _without_inlets(graph: Graph) -> NDArray[np.float64]:
    # Shore that nobody else borders on counts up to the outline of a disk: a ragged coast is
    # nobody's choice, and would hide how ragged the borders are that are.
    shared = np.asarray(graph.neighbours.sum(axis=1)).ravel()
    shore = np.maximum(graph.outline_m - shared, 0.0)
    outline_m: NDArray[np.float64] = shared + np.minimum(
        shore, 2.0 * np.sqrt(np.pi * graph.area_m2)
    )
    return outline_m


def _roundness(state: State) -> NDArray[np.float64]:
    outline_m = np.maximum(state.outline_m, 1e-9)
    roundness: NDArray[np.float64] = 4 * np.pi * state.area_m2 / outline_m**2
    return roundness


def _scattered(seed: int) -> int:
    # A generator of this kind must not begin at 0. Source: splitmix64, Steele et al. (2014).
    mixed = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) % 2**64
    return (mixed ^ (mixed >> 31)) or 1
