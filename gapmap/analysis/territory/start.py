"""A first division: every territory one piece, loads roughly right.

Centres come from cutting the areas in two again and again, by load. Partners go to the centres
nearest to their locks and sites. Then territories grow from the centres like water from springs,
over borders only, each area to whomever it is nearest in terms of distance squared less a
handicap; handicaps and centres are adjusted and everything is grown again. Without borders that
would be a balanced power diagram (Aurenhammer 1987); with them each territory is one piece by
construction.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from gapmap.analysis.compiled import compiled, read_only
from gapmap.analysis.territory.cores import Contradiction, cores
from gapmap.analysis.territory.graph import pieces_of
from gapmap.analysis.territory.seats import first_centres, load_centres, seats, seeded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.problem import Problem

__all__ = ["absorbed", "first_division"]

_TURNS: Final = 20
_EVEN_ENOUGH: Final = 0.03
_SITE_SHARE: Final = 0.3
"""What a metre from the own sites counts against a metre from the territory's centre."""
_REPAIRS: Final = 12


def first_division(problem: Problem, variant: int = 0) -> NDArray[np.int64]:
    """Divide roughly, every territory in one piece.

    Parameters
    ----------
    variant
        Another number gives another division, as good at first sight: 0 heeds the partners' own
        sites most, odd ones cut the other way first.

    Returns
    -------
    Row of the partner of each area; n integers.

    Raises
    ------
    Contradiction
        If the locks leave no division at all.
    """
    extra = np.full(len(problem), -1, dtype=np.int64)
    core = cores(problem, extra)
    tried: dict[int, list[int]] = {}
    lost = np.empty(0, dtype=np.int64)
    for _ in range(_REPAIRS):
        holder = _grown(problem, core, variant)
        lost = np.flatnonzero(holder < 0)
        if not len(lost):
            return holder
        # Whoever may hold it did not come by: it becomes part of a core, and a way is found.
        area = int(lost[np.argmax(problem.load[lost])])
        for partner in _nearest_allowed(problem, holder, area):
            if partner in tried.setdefault(area, []):
                continue
            tried[area].append(partner)
            extra[area] = partner
            try:
                core = cores(problem, extra)
                break
            except Contradiction:
                extra[area] = -1
        else:
            break
    raise Contradiction(None, lost)


def absorbed(problem: Problem, holder: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make a division of one that has holes or broken pieces, and change little.

    Of each territory the settled areas and what hangs together with them stay, else its heaviest
    piece; the rest goes to whoever is beside it.

    Raises
    ------
    Contradiction
        If the locks leave no division at all.
    """
    may_stay = holder >= 0
    may_stay[may_stay] = problem.allowed[np.flatnonzero(may_stay), holder[may_stay]]
    kept = np.where(may_stay, holder, -1)
    settled = problem.settled
    kept = np.where(settled >= 0, settled, kept)
    _, piece = pieces_of(problem.graph.neighbours, kept)
    weight = np.bincount(piece, problem.load + 1e-9)
    has_settled = np.bincount(piece, settled >= 0) > 0
    for partner in range(problem.partner_count):
        mine = np.unique(piece[kept == partner])
        if len(mine) < 2:
            continue
        best = mine[np.lexsort((weight[mine], has_settled[mine]))[-1]]
        kept[(kept == partner) & (piece != best) & (settled < 0)] = -1
    try:
        core = cores(problem, np.full(len(problem), -1, dtype=np.int64), kept)
    except Contradiction:
        return first_division(problem)
    if (np.bincount(core[core >= 0], minlength=problem.partner_count) == 0).any():
        return first_division(problem)
    x_m, y_m = problem.graph.x_m, problem.graph.y_m
    centre = load_centres(problem, core, np.zeros((problem.partner_count, 2)))
    reward = np.zeros(problem.partner_count)
    filled = _flood(
        *_sides(problem),
        x_m,
        y_m,
        centre,
        reward,
        problem.away_m,
        _SITE_SHARE,
        problem.allowed,
        core.copy(),
    )
    if (filled < 0).any():
        return first_division(problem)
    return np.asarray(filled)


def _sides(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    neighbours = problem.graph.neighbours
    return read_only(neighbours.indptr, np.int64), read_only(neighbours.indices, np.int64)


def _grown(problem: Problem, core: NDArray[np.int64], variant: int) -> NDArray[np.int64]:
    x_m, y_m = problem.graph.x_m, problem.graph.y_m
    indptr, indices = _sides(problem)
    _, pocket = pieces_of(problem.graph.neighbours, np.where(core >= 0, core, -1))
    seat = seats(problem, core, pocket)
    centre = first_centres(problem, core, seat, turned=variant % 2 == 1)
    site_share = 0.0 if variant else _SITE_SHARE
    reward = np.zeros(problem.partner_count)
    best = None
    best_deviation = np.inf
    for turn in range(_TURNS):
        begun = seeded(problem, core, pocket, seat, centre)
        holder = _flood(
            indptr,
            indices,
            x_m,
            y_m,
            centre,
            reward,
            problem.away_m,
            site_share,
            problem.allowed,
            begun,
        )
        deviation = problem.deviation(holder)
        worst = float(np.abs(deviation).max()) + 100.0 * float((holder < 0).sum())
        if worst < best_deviation:
            best, best_deviation = holder, worst
        if turn >= _TURNS // 2 and best_deviation <= max(problem.tolerance, _EVEN_ENOUGH):
            break
        if turn < _TURNS // 2:
            whose = _rematched(problem, pocket, seat, holder)
            holder = np.where(holder >= 0, whose[holder], -1)
            back = np.argsort(whose)
            reward, deviation = reward[back], deviation[back]
            centre = _middles(problem, holder, centre[back])
        # A handicap moves a border by about itself over the distance of two centres: what is
        # right in the open country would drown a town.
        held = np.maximum(holder, 0)
        surface = np.bincount(held, problem.graph.area_m2, problem.partner_count)
        reward = reward - np.clip(deviation, -1.0, 1.0) * surface / np.pi * 0.6
    assert best is not None
    whose = _rematched(problem, pocket, seat, best)
    return np.where(best >= 0, whose[best], -1)


def _rematched(
    problem: Problem,
    pocket: NDArray[np.int64],
    seat: NDArray[np.int64],
    holder: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return whose each territory had better be, so that people are nearer to own sites.

    Only partners of one size, in one pocket and without wishes of their own change places.
    """
    count = problem.partner_count
    whose = np.arange(count)
    if not problem.away_m.any():
        return whose
    home = np.full(count, -1, dtype=np.int64)
    named = np.flatnonzero(seat >= 0)
    home[seat[named]] = pocket[named]
    is_easy = (home >= 0) & (problem.allowed | (problem.locked >= 0)[:, None]).all(axis=0)
    held = holder >= 0
    cost = np.column_stack(
        [
            np.bincount(holder[held], (problem.load * problem.away_m[:, one])[held], count)
            for one in range(count)
        ]
    )
    easy = np.flatnonzero(is_easy)
    keys = np.column_stack([np.round(problem.target[easy], 9), home[easy]])
    for key in np.unique(keys, axis=0):
        alike = easy[(keys == key).all(axis=1)]
        territory, partner = linear_sum_assignment(cost[np.ix_(alike, alike)])
        whose[alike[territory]] = alike[partner]
    return whose


def _middles(
    problem: Problem, holder: NDArray[np.int64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the middle of each territory's surface, shape (k, 2)."""
    held = holder >= 0
    mine, surface = holder[held], problem.graph.area_m2[held]
    total = np.bincount(mine, surface, problem.partner_count)
    centre = otherwise.copy()
    has = total > 0
    for axis, values in enumerate((problem.graph.x_m, problem.graph.y_m)):
        sums = np.bincount(mine, surface * values[held], problem.partner_count)
        centre[has, axis] = sums[has] / total[has]
    return centre


def _nearest_allowed(problem: Problem, holder: NDArray[np.int64], area: int) -> list[int]:
    """Return the partners who may hold an area, those whose territories are nearest first."""
    x_m, y_m = problem.graph.x_m, problem.graph.y_m
    away = np.hypot(x_m - x_m[area], y_m - y_m[area])
    nearest = [
        (float(away[holder == partner].min(initial=np.inf)), int(partner))
        for partner in np.flatnonzero(problem.allowed[area])
    ]
    return [partner for _, partner in sorted(nearest)]


@compiled
def _flood(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    centre: NDArray[np.float64],
    reward: NDArray[np.float64],
    away_m: NDArray[np.float64],
    site_share: float,
    allowed: NDArray[np.bool_],
    holder: NDArray[np.int64],
) -> NDArray[np.int64]:
    # Every free area to whoever comes first, the nearest first. holder is written.
    heap: list[tuple[float, np.int64, np.int64]] = [(0.0, np.int64(0), np.int64(0))]
    heap.pop()
    for row in range(len(holder)):
        if holder[row] >= 0:
            owner = holder[row]
            for at in range(indptr[row], indptr[row + 1]):
                other = indices[at]
                if holder[other] < 0 and allowed[other, owner]:
                    dx, dy = x_m[other] - centre[owner, 0], y_m[other] - centre[owner, 1]
                    key = dx * dx + dy * dy + site_share * away_m[other, owner] ** 2
                    heapq.heappush(heap, (key - reward[owner], other, owner))
    while len(heap) > 0:
        _, area, owner = heapq.heappop(heap)
        if holder[area] >= 0:
            continue
        holder[area] = owner
        for at in range(indptr[area], indptr[area + 1]):
            other = indices[at]
            if holder[other] < 0 and allowed[other, owner]:
                dx, dy = x_m[other] - centre[owner, 0], y_m[other] - centre[owner, 1]
                key = dx * dx + dy * dy + site_share * away_m[other, owner] ** 2
                heapq.heappush(heap, (key - reward[owner], other, owner))
    return holder
