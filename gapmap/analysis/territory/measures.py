"""How good a division is: balance, compactness, pieces, cut neighbourhoods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gapmap.analysis.territory.graph import pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.graph import Graph
    from gapmap.analysis.territory.problem import Problem

__all__ = [
    "balance_index",
    "bridges_within",
    "cut_places",
    "mean_distances_m",
    "piece_counts",
    "polsby_popper",
    "sums",
]


def sums(
    holder: NDArray[np.int64], values: NDArray[np.float64], partner_count: int
) -> NDArray[np.float64]:
    """Add up values by holder; what nobody holds is left out."""
    held = holder >= 0
    return np.bincount(holder[held], values[held], partner_count).astype(np.float64)


def balance_index(problem: Problem, holder: NDArray[np.int64]) -> float:
    """Return 1 - half the sum of |share of the load - share that it should be|.

    It is 1 where every territory has its target, and 0 where one that should have nothing has
    all (the index of dissimilarity, Duncan and Duncan 1955, turned round). Load that nobody holds
    counts as missing.
    """
    total = problem.load.sum()
    if total <= 0:
        return float("nan")
    held = sums(holder, problem.load, problem.partner_count)
    missing = total - held.sum()
    off = np.abs(held - problem.target).sum() + missing
    return float(1 - off / (2 * total))


def polsby_popper(
    graph: Graph, holder: NDArray[np.int64], partner_count: int
) -> NDArray[np.float64]:
    """Return 4 pi area / perimeter^2 of each territory, NaN for one without area.

    Source: D. D. Polsby and R. D. Popper, The Third Criterion (1991). The perimeter is the
    areas' outlines less the borders inside, twice: shores, lakes and holes count.
    """
    one, other, border_m = graph.entries
    within = (holder[one] == holder[other]) & (holder[one] >= 0)
    shared = np.bincount(holder[one[within]], border_m[within], partner_count)
    outline_m = sums(holder, graph.outline_m, partner_count) - shared
    area_m2 = sums(holder, graph.area_m2, partner_count)
    roundness: NDArray[np.float64] = np.divide(
        4 * np.pi * area_m2,
        outline_m**2,
        out=np.full(partner_count, np.nan),
        where=(area_m2 > 0) & (outline_m > 0),
    )
    return roundness


def piece_counts(graph: Graph, holder: NDArray[np.int64], partner_count: int) -> NDArray[np.int64]:
    """Count the pieces of each territory, bridges included."""
    _, piece = pieces_of(graph.neighbours, holder)
    held = holder >= 0
    pairs = np.unique(np.column_stack([holder[held], piece[held]]), axis=0)
    counts: NDArray[np.int64] = np.bincount(pairs[:, 0], minlength=partner_count)
    return counts


def mean_distances_m(problem: Problem, holder: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the load-weighted mean distance to each territory's load-weighted centre, metres."""
    graph, count = problem.graph, problem.partner_count
    load = sums(holder, problem.load, count)
    has = load > 0
    centre = np.full((count, 2), np.nan)
    for axis, values in enumerate((graph.x_m, graph.y_m)):
        moment = sums(holder, problem.load * values, count)
        centre[has, axis] = moment[has] / load[has]
    held = np.maximum(holder, 0)
    away = np.hypot(graph.x_m - centre[held, 0], graph.y_m - centre[held, 1])
    total = sums(holder, problem.load * np.nan_to_num(away), count)
    mean_m: NDArray[np.float64] = np.divide(total, load, out=np.full(count, np.nan), where=has)
    return mean_m


def cut_places(holder: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the neighbourhoods that more than one partner holds areas of, in order."""
    known = (holder >= 0) & (place >= 0)
    pairs = np.unique(np.column_stack([place[known], holder[known]]), axis=0)
    places, counts = np.unique(pairs[:, 0], return_counts=True)
    return places[counts > 1].astype(np.int64)


def bridges_within(graph: Graph, holder: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the bridges that a territory needs to be one piece, in order.

    One that joins areas which hang together by land as well is not needed.
    """
    one, other = graph.bridges[:, 0], graph.bridges[:, 1]
    inside = np.flatnonzero((holder[one] == holder[other]) & (holder[one] >= 0))
    if not len(inside):
        return inside
    _, piece = pieces_of(graph.part(np.arange(len(graph))).neighbours, holder)
    apart: NDArray[np.int64] = inside[piece[one[inside]] != piece[other[inside]]]
    return apart
