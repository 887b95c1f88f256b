"""Margins of error against the Census Bureau's worked examples, and what holds for all of them.

The examples are those of the handbook "Understanding and Using American Community Survey Data:
What All Data Users Need to Know", chapter 8: never-married women and men in Fairfax County,
Arlington County and Alexandria, Virginia; and single-family homes in the United States.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap import margins
from gapmap.margins import Grade

WOMEN = [135_173, 43_104, 24_842], [3_860, 2_642, 1_957]

counts = st.integers(1, 10_000)
moes = st.integers(0, 3_000)


class TestHandbook:
    def test_the_sum_of_three_counties(self) -> None:
        assert sum(WOMEN[0]) == 203_119
        assert round(float(margins.moe_of_sum(*WOMEN))) == 5_070

    def test_its_coefficient_of_variation(self) -> None:
        variation = margins.coefficient_of_variation(203_119, 5_070)
        assert 100 * variation == pytest.approx(1.5, abs=0.05)
        assert margins.grade(variation) == Grade.HIGH

    def test_a_proportion(self) -> None:
        assert margins.moe_of_proportion(203_119, 5_070, 630_498, 831) == pytest.approx(
            0.008, abs=5e-5
        )

    def test_a_ratio(self) -> None:
        assert margins.moe_of_ratio(226_840, 5_556, 203_119, 5_070) == pytest.approx(
            0.039, abs=1e-4
        )

    def test_a_change_is_a_ratio(self) -> None:
        assert margins.moe_of_ratio(139_301, 4_047, 135_173, 3_860) == pytest.approx(
            0.042, abs=5e-5
        )

    def test_a_product(self) -> None:
        found = margins.moe_of_product(74_506_512, 228_238, 0.824, 0.001)
        assert round(float(found)) == 202_289

    def test_a_difference(self) -> None:
        assert margins.moe_of_difference(4_047, 3_860) == pytest.approx(5_592.7, abs=0.1)


class TestSums:
    def test_of_several_zeros_only_the_largest_margin_counts_and_counts_once(self) -> None:
        # By hand: 3 and 4 are squared as they are, of 12, 13 and 11 only the 13.
        found = margins.moe_of_sum([50, 0, 0, 20, 0], [3, 12, 13, 4, 11])
        assert found == pytest.approx(math.sqrt(9 + 16 + 169))

    def test_a_single_zero_counts_like_any_other(self) -> None:
        assert margins.moe_of_sum([0, 5], [12, 5]) == 13

    @pytest.mark.parametrize("estimates", [[10, 20], [0, 0], [0, 20]])
    def test_an_unknown_margin_makes_the_sum_unknown(self, estimates: list[float]) -> None:
        assert math.isnan(margins.moe_of_sum(estimates, [math.nan, 1]))

    def test_an_unknown_estimate_makes_the_sum_unknown(self) -> None:
        assert math.isnan(margins.moe_of_sum([math.nan, 1], [2, 2]))

    def test_nothing_has_no_error(self) -> None:
        assert margins.moe_of_sum([], []) == 0

    def test_the_axis_can_be_chosen(self) -> None:
        estimates, errors = np.array([[1, 2], [3, 4]]), np.array([[3, 6], [4, 8]])
        assert margins.moe_of_sum(estimates, errors, axis=0).tolist() == [5, 10]
        assert margins.moe_of_sum(estimates, errors).tolist() == pytest.approx(
            [math.hypot(3, 6), math.hypot(4, 8)]
        )

    @given(
        st.lists(
            st.tuples(
                st.one_of(st.just(0), counts, st.just(math.nan)),
                st.one_of(moes, st.just(math.nan)),
                st.integers(-1, 3),
            ),
            max_size=30,
        )
    )
    def test_by_group_is_each_group_s_own_sum(self, rows: list[tuple[float, float, int]]) -> None:
        group = np.array([row[2] for row in rows], dtype=np.int64)
        estimates = np.array([row[0] for row in rows], dtype=float)
        errors = np.array([row[1] for row in rows], dtype=float)
        found = margins.moe_of_sums(estimates, errors, group, 4)
        alone = [
            margins.moe_of_sum(estimates[group == one], errors[group == one]) for one in range(4)
        ]
        np.testing.assert_allclose(found, np.array(alone, dtype=float))

    @given(st.lists(st.tuples(counts, moes), min_size=1, max_size=20))
    def test_a_sum_is_never_surer_than_its_least_sure_part_nor_worse_than_all_together(
        self, parts: list[tuple[int, int]]
    ) -> None:
        estimates, errors = zip(*parts, strict=True)
        found = float(margins.moe_of_sum(estimates, errors))
        assert max(errors) - 1e-9 <= found <= sum(errors) + 1e-9


class TestShares:
    def test_where_the_root_would_be_negative_the_ratio_takes_over(self) -> None:
        # 10² - (0.9 x 50)² is below zero.
        found = margins.moe_of_proportion(90, 10, 100, 50)
        assert found == pytest.approx(math.sqrt(10**2 + (0.9 * 50) ** 2) / 100)
        assert found == margins.moe_of_ratio(90, 10, 100, 50)

    @pytest.mark.parametrize(
        "asked",
        [
            margins.moe_of_proportion(0, 12, 0, 12),
            margins.moe_of_ratio(1, 1, 0, 1),
            margins.moe_of_proportion(1, math.nan, 2, 1),
            margins.moe_of_product(1, 1, 2, math.nan),
            margins.moe_of_difference(math.nan, 1),
            margins.coefficient_of_variation(0, 12),
            margins.coefficient_of_variation(5, math.nan),
            margins.probability_at_least(math.nan, 0, 0.5),
            margins.probability_at_least(0.5, math.nan, 0.5),
        ],
    )
    def test_what_is_unknown_stays_unknown(self, asked: np.ndarray) -> None:
        assert math.isnan(asked)

    @given(counts, moes, counts, moes)
    def test_a_ratio_is_never_surer_than_the_proportion_of_the_same_numbers(
        self, part: int, part_moe: int, whole: int, whole_moe: int
    ) -> None:
        ratio = margins.moe_of_ratio(part, part_moe, whole, whole_moe)
        assert ratio >= margins.moe_of_proportion(part, part_moe, whole, whole_moe) - 1e-12


class TestGrades:
    @pytest.mark.parametrize(
        ("variation", "grade"),
        [
            (0.0, Grade.HIGH),
            (0.12, Grade.HIGH),
            (0.1201, Grade.MEDIUM),
            (0.40, Grade.MEDIUM),
            (0.4001, Grade.LOW),
            (3.0, Grade.LOW),
            (math.nan, None),
        ],
    )
    def test_a_limit_belongs_to_the_better_grade(
        self, variation: float, grade: Grade | None
    ) -> None:
        assert margins.grade([variation]).tolist() == [grade]


class TestProbability:
    @pytest.mark.parametrize(
        ("share", "moe", "expected"),
        [
            (0.5, 0.1, 0.5),
            # One standard error and 1.645 of them above the threshold, from a table.
            (0.6, 0.1645, 0.8413),
            (0.6, 0.1, 0.95),
            (0.4, 0.1, 0.05),
            (0.5, 0.0, 1.0),
            (0.499, 0.0, 0.0),
        ],
    )
    def test_it_is_the_normal_one(self, share: float, moe: float, expected: float) -> None:
        assert margins.probability_at_least(share, moe, 0.5) == pytest.approx(expected, abs=1e-4)

    def test_a_share_at_the_threshold_does_not_miss_it_by_the_last_bit(self) -> None:
        assert margins.probability_at_least(1 - 0.9, 0, 0.1) == 1

    @given(st.floats(0, 1), st.floats(0.001, 1), st.floats(0, 1))
    def test_to_reach_it_and_to_miss_it_are_one_together(
        self, share: float, moe: float, threshold: float
    ) -> None:
        above = margins.probability_at_least(share, moe, threshold)
        below = margins.probability_at_least(1 - share, moe, 1 - threshold)
        assert above + below == pytest.approx(1)


def test_an_interval_of_a_count_stops_at_zero() -> None:
    low, high = margins.interval([5, 100, math.nan], [12, 10, 1])
    np.testing.assert_array_equal(low, [0, 90, math.nan])
    np.testing.assert_array_equal(high, [17, 110, math.nan])
