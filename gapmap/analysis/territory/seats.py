"""Where territories begin: a centre and a first area for each partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gapmap.analysis.compiled import compiled
from gapmap.analysis.territory.cores import Contradiction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.problem import Problem

__all__ = ["first_centres", "load_centres", "seats", "seeded"]


def first_centres(
    problem: Problem, core: NDArray[np.int64], seat: NDArray[np.int64], *, turned: bool
) -> NDArray[np.float64]:
    """Return a centre for each partner, shape (k, 2): cut by load, then the nearest to each."""
    place = np.column_stack([problem.graph.x_m, problem.graph.y_m])
    _, region = connected_components(problem.graph.neighbours, directed=False)
    centre = np.zeros((problem.partner_count, 2))
    weight = problem.load + problem.load.sum() * 1e-6 / len(problem) + 1e-12
    home = load_centres(problem, core, np.full((problem.partner_count, 2), np.nan))
    region_of = np.array(
        [
            region[np.flatnonzero(core == partner)[0]]
            if (core == partner).any()
            else region[np.flatnonzero(seat == partner)[0]]
            for partner in range(problem.partner_count)
        ]
    )
    for part in np.unique(region_of):
        mine = np.flatnonzero(region == part)
        partners = np.flatnonzero(region_of == part)
        found = _cut_centres(place[mine], weight[mine], len(partners), turned=turned)
        # How far each partner would rather be from each centre: by its core, or by what pulls it.
        cost = np.zeros((len(partners), len(found)))
        _, nearest = cKDTree(place[mine]).query(found)
        for row, partner in enumerate(partners):
            if not np.isnan(home[partner]).any():
                cost[row] = 4 * np.hypot(*(found - home[partner]).T) / problem.radius_m
            else:
                cost[row] = problem.away_m[mine[nearest], partner] / problem.radius_m
        chosen, target = linear_sum_assignment(cost)
        centre[partners[chosen]] = found[target]
    has_home = ~np.isnan(home).any(axis=1)
    centre[has_home] = (centre[has_home] + home[has_home]) / 2
    return centre


def _cut_centres(
    place: NDArray[np.float64], weight: NDArray[np.float64], count: int, *, turned: bool
) -> NDArray[np.float64]:
    """Cut places in two along their longest axis, again and again; return the parts' centres."""
    centres: list[NDArray[np.float64]] = []
    waiting = [(np.arange(len(place)), count)]
    while waiting:
        rows, share = waiting.pop()
        middle = np.average(place[rows], axis=0, weights=weight[rows])
        if share == 1 or len(rows) < 2:
            centres.extend([middle] * share)
            continue
        around = place[rows] - middle
        spread = (around * weight[rows, None]).T @ around
        axis = np.linalg.eigh(spread)[1][:, 0 if turned and share == count else -1]
        # The direction of an axis is anybody's choice: the same one each time.
        axis = axis if axis[np.argmax(np.abs(axis))] > 0 else -axis
        order = rows[np.argsort(around @ axis, kind="stable")]
        reached = np.cumsum(weight[order])
        low = share // 2
        cut = int(np.searchsorted(reached, reached[-1] * low / share)) + 1
        cut = min(max(cut, 1), len(order) - 1)
        waiting.append((order[:cut], low))
        waiting.append((order[cut:], share - low))
    return np.array(centres)


def seats(problem: Problem, core: NDArray[np.int64], piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which partners without core may begin where: a partner a free pocket, else -1.

    Free areas fall into pockets where settled ones lie between them. Each partner without core
    gets the pocket with most load that nobody beside it can take. Of each pocket's areas as many
    as there are partners seated in it carry a name, so that nobody is forgotten.
    """
    seat = np.full(len(problem), -1, dtype=np.int64)
    newcomers = [z for z in range(problem.partner_count) if not (core == z).any()]
    free = np.flatnonzero(core < 0)
    if not newcomers:
        return seat
    if len(free) < len(newcomers):
        raise Contradiction(None, free)
    pockets = np.unique(piece[free])
    unserved = np.array([problem.load[free][piece[free] == one].sum() for one in pockets])
    entries = problem.graph.neighbours.tocoo()
    rest = problem.target - np.bincount(
        core[core >= 0], problem.load[core >= 0], problem.partner_count
    )
    for partner in np.unique(core[core >= 0]):
        beside = np.unique(piece[entries.col[(core[entries.row] == partner)]])
        touched = np.flatnonzero(np.isin(pockets, beside))
        if len(touched):
            weight = np.maximum(unserved[touched], 1e-12)
            unserved[touched] -= max(rest[partner], 0.0) * weight / weight.sum()
    mean_away = [problem.away_m[free[piece[free] == one]].mean(axis=0) for one in pockets]
    choice = np.minimum(problem.allowed[free].sum(axis=0), len(newcomers))
    # Who can be in few places chooses first, then the largest.
    for partner in sorted(newcomers, key=lambda z: (choice[z], -problem.target[z], z)):
        rows = free[problem.allowed[free, partner] & (seat[free] < 0)]
        open_to = np.flatnonzero(np.isin(pockets, piece[rows]))
        if not len(open_to):
            raise Contradiction(partner, np.empty(0, dtype=np.int64))
        # A pocket that needs somebody first; among those alike the one that the partner is nearer.
        away = np.array([mean_away[row][partner] for row in open_to])
        need = np.minimum(unserved[open_to], problem.target[partner])
        best = open_to[np.lexsort((away, -np.round(need / problem.target[partner], 2)))[0]]
        unserved[best] -= problem.target[partner]
        seat[rows[piece[rows] == pockets[best]][0]] = partner
    return seat


def seeded(
    problem: Problem,
    core: NDArray[np.int64],
    piece: NDArray[np.int64],
    seat: NDArray[np.int64],
    centre: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return the areas that territories begin with: cores, and for the others one area each."""
    named = np.flatnonzero(seat >= 0)
    return np.asarray(
        _put_down(
            problem.graph.x_m,
            problem.graph.y_m,
            problem.allowed,
            piece,
            named[np.argsort(seat[named])],
            seat.copy(),
            centre,
            core.copy(),
        )
    )


@compiled
def _put_down(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    piece: NDArray[np.int64],
    order: NDArray[np.int64],
    spoken_for: NDArray[np.int64],
    centre: NDArray[np.float64],
    begun: NDArray[np.int64],
) -> NDArray[np.int64]:
    # To each partner in turn the area nearest to its centre that is free and that no later one
    # was promised. spoken_for and begun are written.
    for promised in order:
        partner = spoken_for[promised]
        spoken_for[promised] = -1
        nearest, least = promised, np.inf
        for area in range(len(begun)):
            if piece[area] != piece[promised] or begun[area] >= 0 or spoken_for[area] >= 0:
                continue
            dx, dy = x_m[area] - centre[partner, 0], y_m[area] - centre[partner, 1]
            away = dx * dx + dy * dy
            if away < least and allowed[area, partner]:
                nearest, least = area, away
        begun[nearest] = partner
    return begun


def load_centres(
    problem: Problem, holder: NDArray[np.int64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the load-weighted middle of each territory, shape (k, 2)."""
    held = holder >= 0
    mine = holder[held]
    weight = problem.load[held] + problem.load.sum() * 1e-6 / len(problem) + 1e-12
    count = problem.partner_count
    total = np.bincount(mine, weight, count)
    centre = otherwise.copy()
    has = total > 0
    for axis, values in enumerate((problem.graph.x_m, problem.graph.y_m)):
        centre[has, axis] = np.bincount(mine, weight * values[held], count)[has] / total[has]
    return centre
