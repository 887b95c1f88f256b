"""Ranks, and the intervals they lie in when what is ranked is drawn again and again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["half_width", "rank_interval", "rank_readings"]

_LOW_PERCENT, _HIGH_PERCENT = 5, 95
_MOST_AT_ONCE: Final = 4_000_000
_SOMEBODY: Final = 0.5
_NUMBERS: Final = (
    *("none", "one", "two", "three", "four", "five"),
    *("six", "seven", "eight", "nine", "ten"),
)


def rank_readings(places: Mapping[str, NDArray[Any]], *, known: NDArray[np.bool_]) -> list[str]:
    """Say in one sentence each how sure the rank of a place is.

    Parameters
    ----------
    places
        ``need``, ``need_moe``, ``gap``, ``gap_moe``, ``rank_low`` and ``rank_high`` of all places,
        an array each.
    known
        Whether the need of each is known.
    """
    # Of three places, to be among the three worst says nothing.
    worst = min(10, max(1, len(known) // 2))
    surely = "Surely the worst." if worst == 1 else f"Surely among the {_NUMBERS[worst]} worst."
    any_margin = not np.isnan(places["need_moe"]).all()

    def reading(
        is_known: bool,
        need: float,
        need_moe: float,
        gap: float,
        gap_moe: float,
        low: int,
        high: int,
    ) -> str:
        has_no_margin = math.isnan(need_moe)
        if not is_known:
            return "Rank unsure: need unknown."
        if has_no_margin and (need >= _SOMEBODY or not any_margin):
            return "Rank unsure: no margin of error published."
        if gap < _SOMEBODY and (has_no_margin or gap_moe < _SOMEBODY):
            return "No gap to rank."
        if high <= worst:
            return surely
        if low == high:
            return f"Surely rank {low}."
        return f"Could be between rank {low} and {high}."

    columns = ("need", "need_moe", "gap", "gap_moe", "rank_low", "rank_high")
    rows = zip(known.tolist(), *(places[name].tolist() for name in columns), strict=True)
    return [reading(*row) for row in rows]


def half_width(drawn: NDArray[Any]) -> Floats:
    """Return half the width of the middle 90 % of every row."""
    low, high = _percentile_columns(drawn.shape[1])
    ordered = np.sort(drawn, axis=1)
    half: Floats = (ordered[:, high] - ordered[:, low]).astype(np.float64) / 2
    return half


def rank_interval(gaps: NDArray[Any]) -> tuple[Integers, Integers]:
    """Return the 5th and the 95th percentile of the rank of each row by its value, largest first.

    Values below zero count as zero, as nobody can be missing less than nobody. Ties go to the
    row that comes first, so hand the rows over in the order of the ranking itself. The interval
    always holds the row's own place in that order: where the draws say otherwise (of estimates
    equally uncertain one has to be first), it is widened.

    Parameters
    ----------
    gaps
        A row a place, in the order of the ranking; a column a draw.
    """
    count, draws = gaps.shape
    low, high = np.arange(1, count + 1), np.arange(1, count + 1)
    # Whoever never misses anybody stays last, in the order in which they come.
    rows = np.flatnonzero(gaps.max(axis=1, initial=0.0) > 0)
    moving = int(rows[-1]) + 1 if len(rows) else 0
    if not moving:
        return low, high
    ranks = np.empty((moving, draws), dtype=np.int32)
    own = np.arange(moving, dtype=np.int64)
    step = max(1, _MOST_AT_ONCE // moving)
    for start in range(0, draws, step):
        some = slice(start, min(start + step, draws))
        # A float32 of zero or more is ordered as its bits are; the row beside them settles ties.
        drawn = np.maximum(gaps[:moving, some], 0.0, dtype=np.float32) + np.float32(0.0)
        keys = drawn.view(np.int32).T.astype(np.int64, order="C")
        keys <<= 32
        keys = np.subtract(own, keys, out=keys)
        keys.sort(axis=1)
        keys &= 0xFFFF_FFFF
        ranks[keys, np.arange(start, some.stop)[:, None]] = own + 1
    ranks.sort(axis=1)
    first, last = _percentile_columns(draws)
    low[:moving] = np.minimum(low[:moving], ranks[:, first])
    high[:moving] = np.maximum(high[:moving], ranks[:, last])
    return low, high


def _percentile_columns(draws: int) -> tuple[int, int]:
    """Return where the 5th and the 95th percentile stand among ordered draws."""
    return -(-_LOW_PERCENT * draws // 100) - 1, -(-_HIGH_PERCENT * draws // 100) - 1
