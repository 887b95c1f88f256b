from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gapmap.analysis.ranks import half_width, rank_interval, rank_readings


def counted_one_by_one(gaps: np.ndarray) -> tuple[list[int], list[int]]:
    """Rank intervals by comparing every row with every other one."""
    count, draws = gaps.shape
    seen: list[list[int]] = [[] for _ in range(count)]
    for draw in range(draws):
        gap = [max(float(value), 0.0) for value in gaps[:, draw]]
        for row in range(count):
            ahead = sum(
                gap[other] > gap[row] or (gap[other] == gap[row] and other < row)
                for other in range(count)
            )
            seen[row].append(1 + ahead)
    low, high = [], []
    for row, ranks in enumerate(seen):
        ranks.sort()
        low.append(min(row + 1, ranks[math.ceil(0.05 * draws) - 1]))
        high.append(max(row + 1, ranks[math.ceil(0.95 * draws) - 1]))
    return low, high


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 40)),
        # Few values, so that there are ties; on both sides of zero.
        elements=st.sampled_from([-3.0, -0.0, 0.0, 1.0, 2.0, 2.5, 1e6]),
    )
)
def test_it_equals_counting_one_by_one(gaps: np.ndarray) -> None:
    low, high = rank_interval(gaps)
    assert (low.tolist(), high.tolist()) == counted_one_by_one(gaps)


def test_all_draws_at_once_and_a_few_at_a_time_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gaps = np.random.default_rng(3).normal(10, 9, (30, 100)).astype(np.float32)
    whole = rank_interval(gaps)
    monkeypatch.setattr("gapmap.analysis.ranks._MOST_AT_ONCE", 210)
    for at_once, a_few in zip(whole, rank_interval(gaps), strict=True):
        np.testing.assert_array_equal(at_once, a_few)


def test_no_places_have_no_ranks() -> None:
    low, high = rank_interval(np.empty((0, 10), dtype=np.float32))
    assert low.tolist() == high.tolist() == []


def test_without_errors_every_rank_is_its_own() -> None:
    low, high = rank_interval(np.repeat([[5.0], [5.0], [0.0]], 10, axis=1))
    assert low.tolist() == high.tolist() == [1, 2, 3]


def test_half_of_the_middle_ninety_percent() -> None:
    # Of 0 to 99 the 5th value is 4 and the 95th 94.
    drawn = np.arange(100.0)[None, ::-1]
    assert half_width(drawn).tolist() == [45.0]


def reading(count: int = 30, is_known: bool = True, **changes: float) -> str:
    place = {"need": 100, "need_moe": 10, "gap": 50, "gap_moe": 5, "rank_low": 3, "rank_high": 14}
    first = place | changes
    columns = {name: np.array([first[name]] + [place[name]] * (count - 1)) for name in place}
    known = np.array([is_known] + [True] * (count - 1))
    return rank_readings(columns, known=known)[0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Could be between rank 3 and 14."),
        ({"rank_low": 1, "rank_high": 10}, "Surely among the ten worst."),
        ({"rank_low": 1, "rank_high": 11}, "Could be between rank 1 and 11."),
        ({"count": 6, "rank_low": 1, "rank_high": 3}, "Surely among the three worst."),
        ({"count": 3, "rank_low": 1, "rank_high": 1}, "Surely the worst."),
        ({"rank_low": 17, "rank_high": 17}, "Surely rank 17."),
        ({"need_moe": math.nan, "gap_moe": math.nan}, "Rank unsure: no margin of error published."),
        ({"is_known": False, "need_moe": math.nan, "need": 0.0}, "Rank unsure: need unknown."),
        ({"gap": 0.0, "gap_moe": 0.0}, "No gap to rank."),
        ({"need": 0.0, "gap": 0.0, "need_moe": math.nan, "gap_moe": math.nan}, "No gap to rank."),
    ],
)
def test_a_sentence_says_how_sure_a_rank_is(changes: dict[str, float], sentence: str) -> None:
    assert reading(**changes) == sentence


def test_where_nobody_has_a_margin_every_rank_is_unsure() -> None:
    columns = {
        "need": np.array([9.0, 0.0]),
        "need_moe": np.full(2, math.nan),
        "gap": np.array([9.0, 0.0]),
        "gap_moe": np.full(2, math.nan),
        "rank_low": np.array([1, 2]),
        "rank_high": np.array([1, 2]),
    }
    readings = rank_readings(columns, known=np.array([True, True]))
    assert readings == ["Rank unsure: no margin of error published."] * 2
