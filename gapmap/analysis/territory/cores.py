"""The areas a territory has to hold, and ways between them, so that each can be one piece."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.territory.graph import pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gapmap.analysis.territory.problem import Problem

__all__ = ["Contradiction", "cores", "way_between"]

_ORDERS: Final = 12


class Contradiction(Exception):  # noqa: N818  (never shown: it is turned into an obstacle)
    """Locks that leave no division in one piece each.

    Parameters
    ----------
    partner
        Whose territory cannot be one piece; None if there is nobody to hold some areas.
    areas
        The areas it is about.
    """

    def __init__(self, partner: int | None, areas: NDArray[np.int64]) -> None:
        super().__init__(partner, areas)
        self.partner = partner
        self.areas = areas


def cores(
    problem: Problem, extra: NDArray[np.int64], kept: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return each partner's settled areas, joined to one piece by ways through free ones.

    Parameters
    ----------
    problem
        What is to be divided.
    extra
        Partner of areas that are settled on top of the locks, -1 for the others.
    kept
        Partner of areas that stay where they are; no way of another one runs through them.

    Raises
    ------
    Contradiction
        If a partner's areas cannot be joined, in any order of the partners that was tried.
    """
    settled = problem.settled
    settled = np.where(settled >= 0, settled, extra)
    begun = settled if kept is None else np.where(settled >= 0, settled, kept)
    _, piece = pieces_of(problem.graph.neighbours, begun)
    asking = [
        partner
        for partner in np.unique(settled[settled >= 0]).tolist()
        if len(np.unique(piece[begun == partner])) > 1
    ]
    refused: Contradiction | None = None
    for turn in range(min(max(len(asking), 1), _ORDERS)):
        core = begun.copy()
        try:
            for partner in [*asking[turn:], *asking[:turn]]:
                _join(problem, core, settled, partner)
        except Contradiction as contradiction:
            refused = refused or contradiction
            continue
        return core
    assert refused is not None
    raise refused


def _join(
    problem: Problem, core: NDArray[np.int64], settled: NDArray[np.int64], partner: int
) -> None:
    # Writes core: the areas of a way become the partner's.
    mean = problem.load.sum() / problem.partner_count

    def price(area: int) -> float:
        if not problem.allowed[area, partner]:
            return np.inf
        if settled[area] >= 0 and settled[area] != partner:
            return np.inf
        if core[area] >= 0:
            return np.inf if core[area] != partner else 0.0
        return 0.05 + float(problem.load[area] / mean)

    while True:
        _, piece = pieces_of(problem.graph.neighbours, core)
        mine = np.flatnonzero(core == partner)
        parts = np.unique(piece[mine])
        if len(parts) < 2:
            return
        begin = mine[piece[mine] == parts[0]]
        rest = mine[piece[mine] != parts[0]]
        way = way_between(problem, begin, rest, price)
        if way is None:
            raise Contradiction(partner, rest)
        core[way] = partner


def way_between(
    problem: Problem,
    begin: NDArray[np.int64],
    goal: NDArray[np.int64],
    price: Callable[[int], float],
) -> list[int] | None:
    """Return the cheapest way over borders from some areas to others, both ends included.

    Parameters
    ----------
    price
        What it costs to pass an area; infinite where there is no way.
    """
    neighbours = problem.graph.neighbours
    indptr, indices = neighbours.indptr, neighbours.indices
    wanted = set(goal.tolist())
    came_from = {int(area): -1 for area in begin}
    cost = dict.fromkeys(came_from, 0.0)
    heap = [(0.0, int(area)) for area in begin]
    heapq.heapify(heap)
    done: set[int] = set()
    while heap:
        so_far, area = heapq.heappop(heap)
        if area in done:
            continue
        done.add(area)
        if area in wanted:
            way = [area]
            while came_from[way[-1]] >= 0:
                way.append(came_from[way[-1]])
            return way
        for other in indices[indptr[area] : indptr[area + 1]].tolist():
            step = so_far + (0.0 if other in wanted else price(other))
            if step < cost.get(other, np.inf):
                cost[other] = step
                came_from[other] = area
                heapq.heappush(heap, (step, other))
    return None
