"""Which areas are eligible by census figures: by themselves, or averaged with their neighbours.

The rules (see :mod:`gapmap.rules`): an area is eligible by itself from a share of 50 %; a block
group below that may be averaged with block groups beside it, at most three in all, each of them
with at least 40 %, weighted by children: the sum of eligible children over the sum of children
must reach 50 %. Of all such sets that hold the area the best one is kept.

Nothing here is decided by rounding. Counts are taken to a thousandth of a child and thresholds
as fractions (0.4 is 2/5, not 0.40000000000000002), and everything is compared in whole numbers:
exactly half is eligible, and the order of the areas changes nothing but the last tie-break.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numba
import numpy as np

from gapmap.analysis.compiled import compiled, in_chunks, read_only
from gapmap.errors import RequestError
from gapmap.rules import Adjacency, Route

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from gapmap.rules import EligibilityRules

__all__ = ["UNKNOWN", "Judgement", "judge_areas"]

UNKNOWN: Final = -1
"""Route code of an area whose figures do not say: no children counted, or no figure at all."""

_ROUTES: Final = (Route.NONE, Route.CENSUS, Route.AVERAGING)
_NONE, _CENSUS, _AVERAGING = range(3)
_CHUNK: Final = 16_384
_THOUSANDTHS: Final = 1_000
# Sums of three counts, multiplied crosswise, must stay below 2^63.
_LARGEST_SUM: Final = 3_000_000_000
_FINEST_THRESHOLD: Final = 10_000


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the census figures of n areas say.

    Parameters
    ----------
    code
        0 not eligible, 1 eligible by itself, 2 eligible by averaging, -1 unknown.
    share
        Eligible share of each area, NaN where unknown.
    best_set
        Rows of the best set of each area, shape (n, 3): the area, then the others in order, then
        -1. All -1 where there is none: the area is unknown or below the floor. An area eligible
        by itself is its own best set.
    best_share
        Weighted share of the best set, whether or not it reaches the threshold; NaN without one.
    """

    code: NDArray[np.int8]
    share: NDArray[np.float64]
    best_set: NDArray[np.int64]
    best_share: NDArray[np.float64]

    def route(self, area: int) -> Route | None:
        """Return the route by which an area is eligible, or none; None where unknown."""
        code = int(self.code[area])
        return None if code == UNKNOWN else _ROUTES[code]

    def set_of(self, area: int) -> tuple[int, ...]:
        """Return the rows of the best set of an area, itself first."""
        return tuple(int(row) for row in self.best_set[area] if row >= 0)


def judge_areas(
    children: ArrayLike,
    eligible: ArrayLike,
    neighbours: csr_array | None,
    rules: EligibilityRules,
    *,
    may_average: bool,
    published: ArrayLike | None = None,
) -> Judgement:
    """Judge every area by itself and by the best set it can be averaged in.

    Parameters
    ----------
    children, eligible
        Counts of n areas, NaN where unknown. An area without children is unknown: no share can
        be shown for it.
    neighbours
        Symmetric sparse matrix of shape (n, n) of who borders on whom (see
        :func:`gapmap.analysis.adjacency.shared_borders`); None where nothing is averaged.
    rules
        Thresholds and what counts as adjacent.
    may_average
        Whether areas of this kind may be averaged: block groups may, tracts never.
    published
        True where the agency has published the area as eligible: that counts by itself.

    Raises
    ------
    RequestError
        If a count is negative or too large to be children of an area.
    """
    whole, part, known = _counts(children, eligible)
    count = len(whole)
    at_least = _fraction(rules.share)
    floor = _fraction(rules.floor)
    code = np.full(count, UNKNOWN, dtype=np.int8)
    code[known] = np.where(_reaches(part, whole, at_least), _CENSUS, _NONE)[known]
    if published is not None:
        code[np.asarray(published, dtype=bool)] = _CENSUS
    share = np.full(count, np.nan)
    share[known] = part[known] / whole[known]
    best_set = np.full((count, 3), -1, dtype=np.int64)
    may_join = known & _reaches(part, whole, floor)
    alone = (code == _CENSUS) | may_join
    best_set[alone, 0] = np.flatnonzero(alone)
    if may_average and neighbours is not None and rules.largest_set > 1:
        beside = neighbours if neighbours.has_sorted_indices else neighbours.sorted_indices()
        indptr, indices = (read_only(row, np.int64) for row in (beside.indptr, beside.indices))
        wanted = (code == _NONE) & may_join

        def search(start: int, stop: int) -> None:
            _find_best(
                whole,
                part,
                may_join,
                wanted,
                indptr,
                indices,
                rules.largest_set,
                rules.adjacency is Adjacency.CHAIN,
                start,
                stop,
                best_set,
            )

        in_chunks(search, count, size=_CHUNK)
    in_set = best_set >= 0
    total = np.where(in_set, whole[best_set], 0).sum(axis=1)
    of_them = np.where(in_set, part[best_set], 0).sum(axis=1)
    has_share = total > 0
    best_share = np.full(count, np.nan)
    best_share[has_share] = of_them[has_share] / total[has_share]
    if may_average:
        reaches = has_share & _reaches(of_them, total, at_least) & (code == _NONE)
        code[reaches] = _AVERAGING
    return Judgement(code, share, best_set, best_share)


def _counts(
    children: ArrayLike, eligible: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    # Whole numbers of a fraction of a child, 0 where unknown; and where both are known.
    given = np.array([children, eligible], dtype=np.float64)
    if (given < 0).any() or np.isinf(given).any():
        raise RequestError(
            "Counts of children that are negative or endless cannot be judged. "
            "Check the columns of the eligibility layer."
        )
    largest = float(np.nanmax(given, initial=0.0))
    scale = _THOUSANDTHS
    while 3 * largest * scale > _LARGEST_SUM and scale > 1:
        scale //= 10
    if 3 * largest > _LARGEST_SUM:
        raise RequestError(
            f"{largest:,.0f} children in one area cannot be judged. "
            "Check the columns of the eligibility layer."
        )
    whole, part = np.rint(np.nan_to_num(given) * scale).astype(np.int64)
    known = ~np.isnan(given).any(axis=0) & (whole > 0)
    whole[~known] = part[~known] = 0
    return read_only(whole, np.int64), read_only(part, np.int64), known


def _fraction(threshold: float) -> tuple[int, int]:
    exact = Fraction(str(threshold)).limit_denominator(_FINEST_THRESHOLD)
    return exact.numerator, exact.denominator


def _reaches(
    part: NDArray[np.int64], whole: NDArray[np.int64], threshold: tuple[int, int]
) -> NDArray[np.bool_]:
    numerator, denominator = threshold
    reaches: NDArray[np.bool_] = part * denominator >= whole * numerator
    return reaches


@compiled
def _find_best(
    whole: NDArray[np.int64],
    part: NDArray[np.int64],
    may_join: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    largest_set: int,
    is_chain: bool,
    start: int,
    stop: int,
    best_set: NDArray[np.int64],
) -> None:
    # The area alone is the set to beat: largest share first, then fewest areas, then the first
    # rows. Sets of two come before sets of three, and those of two in order of their rows: only
    # sets of three come in any order.
    for area in range(start, stop):
        if not wanted[area]:
            continue
        best_whole, best_part = whole[area], part[area]
        second, third = -1, -1
        for at in range(indptr[area], indptr[area + 1]):
            one = indices[at]
            if may_join[one] and one != area:
                total, of_them = whole[area] + whole[one], part[area] + part[one]
                if of_them * best_whole > best_part * total:
                    best_whole, best_part, second = total, of_them, one
        for at in range(indptr[area], indptr[area + 1] if largest_set > 2 else indptr[area]):
            one = indices[at]
            if not may_join[one] or one == area:
                continue
            # The third area: another neighbour of the first and, in a chain, of the second.
            beside_first = indptr[area + 1] - at - 1
            beside_second = indptr[one + 1] - indptr[one] if is_chain else 0
            for step in range(beside_first + beside_second):
                if step < beside_first:
                    other = indices[at + 1 + step]
                else:
                    other = indices[indptr[one] + step - beside_first]
                if not may_join[other] or other in (area, one):
                    continue
                if not is_chain and not _touch(indptr, indices, one, other):
                    continue
                total = whole[area] + whole[one] + whole[other]
                of_them = part[area] + part[one] + part[other]
                gain = of_them * best_whole - best_part * total
                low, high = min(one, other), max(one, other)
                comes_first = low < second or (low == second and high < third)
                if gain > 0 or (gain == 0 and third >= 0 and comes_first):
                    best_whole, best_part, second, third = total, of_them, low, high
        best_set[area, 1], best_set[area, 2] = second, third


@numba.njit(nogil=True)
def _touch(indptr: NDArray[np.int64], indices: NDArray[np.int64], area: int, other: int) -> bool:
    # Whether other is among the neighbours of area: they are sorted, so by halving.
    low, high = indptr[area], indptr[area + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < other:
            low = middle + 1
        else:
            high = middle
    return bool(low < indptr[area + 1] and indices[low] == other)
