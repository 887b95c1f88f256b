from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap import assess_gaps, default_scenario, prepare
from gapmap.analysis.ranks import half_width
from gapmap.analysis.uncertainty import DRAWS, FORMULA, SIMULATION, Draws
from gapmap.margins import Grade
from gapmap.model import Controls, Method, Reach
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import GapAssessment, Study

NOISE = 0.10
"""By how much a margin from 1,000 draws may miss the true one: more than three times the standard
error of half the width of the middle 90 %, which is 3 %."""


def town(needs: list[float], moes: list[float] | None, **changes: Any) -> Study:
    """Squares in a row, each a neighbourhood of its own unless told else."""
    margins = {} if moes is None else {"children_moe": moes}
    names = [f"N{row}" for row in range(len(needs))]
    changes.setdefault("neighbourhoods", builders.neighbourhoods(*names))
    changes.setdefault("town_sites", builders.sites((-50_000, 0)))
    return builders.study(builders.areas(needs, **margins), **changes)


def spread(needs: list[float], of_area: list[str | None], totals: dict[str, Any]) -> Study:
    """Squares over which a model spread totals: ``{name: (estimate, margin)}``."""
    table = pd.DataFrame(
        {
            "control_id": list(totals),
            "children": [float(total) for total, _ in totals.values()],
            "children_moe": [float(moe) for _, moe in totals.values()],
        }
    )
    controls = Controls(table=table, of_area=tuple(of_area), title="county totals")
    return town(needs, None, controls=controls)


def ask(study: Study, **question: Any) -> GapAssessment:
    return assess_gaps(study, replace(default_scenario(study), **question))


class TestFormula:
    def test_whole_published_areas_follow_the_census_formula(self) -> None:
        answer = ask(town([100, 0, 300, 0], [30, 12, 40, 13]))
        # Of the two zeros the larger margin counts, once.
        assert answer.need_moe == pytest.approx(math.sqrt(30**2 + 40**2 + 13**2))
        assert answer.need_moe_method == FORMULA
        assert answer.areas_without_moe == 0

    def test_so_do_the_neighbourhoods(self) -> None:
        places = builders.neighbourhoods("West", "East", width_m=2000)
        answer = ask(town([100, 0, 300, 0], [30, 12, 40, 13], neighbourhoods=places))
        by_name = answer.neighbourhoods.set_index("name")["need_moe"]
        assert by_name["West"] == pytest.approx(math.hypot(30, 12))
        assert by_name["East"] == pytest.approx(math.hypot(40, 13))

    def test_an_area_without_a_margin_is_exact_and_counted(self) -> None:
        answer = ask(town([100, 300], [30, math.nan]))
        assert answer.need_moe == pytest.approx(30)
        assert answer.areas_without_moe == 1
        assert any("1 census tracts have no margin" in note for note in answer.notes)
        assert math.isnan(answer.areas["need_moe"][1])

    def test_an_area_of_unknown_need_is_neither_exact_nor_counted(self) -> None:
        answer = ask(town([100, math.nan], [30, 50]))
        assert answer.need_moe == pytest.approx(30)
        assert answer.areas_without_moe == 0

    def test_only_the_group_in_question_counts_whatever_was_asked_before(self) -> None:
        places = builders.neighbourhoods("West", "East", groups=["North", "South"])
        study = town([100, 300], [30, 40], neighbourhoods=places)
        ground = prepare(study)
        for within, moe in ((None, 50), ("South", 40), ("North", 30)):
            question = replace(default_scenario(study), within=within)
            answer = assess_gaps(study, question, ground)
            assert answer.need_moe == pytest.approx(moe)
            assert answer.need_moe_method == FORMULA


class TestSimulation:
    def test_areas_below_one_total_rise_and_fall_together(self) -> None:
        # Four equal areas of one total: 100 ± 40 in all, not 40 / 2.
        study = spread([25, 25, 25, 25], ["c"] * 4, {"c": (100, 40)})
        answer = ask(study)
        assert answer.need_moe == pytest.approx(40, rel=NOISE)
        assert answer.need_moe_method == SIMULATION
        assert answer.areas["need_moe"].tolist() == pytest.approx([10] * 4)
        assert set(answer.areas["certainty"]) == {Grade.MEDIUM}

    def test_totals_are_independent_of_each_other(self) -> None:
        study = spread([50, 50, 100, 200], ["a", "a", "b", "b"], {"a": (100, 30), "b": (300, 40)})
        assert ask(study).need_moe == pytest.approx(50, rel=NOISE)

    def test_a_part_of_a_total_has_its_part_of_the_error(self) -> None:
        # Half of the total lies outside the study.
        study = spread([30, 20], ["c", "c"], {"c": (100, 40)})
        assert ask(study).need_moe == pytest.approx(20, rel=NOISE)

    def test_an_area_of_no_total_or_of_one_without_margin_is_exact(self) -> None:
        study = spread([60, 20, 20], ["c", None, "d"], {"c": (60, 12), "d": (20, math.nan)})
        answer = ask(study)
        assert answer.need_moe == pytest.approx(12, rel=NOISE)
        assert answer.areas_without_moe == 2

    def test_the_note_says_that_the_spread_has_no_error_of_its_own(self) -> None:
        note = ask(spread([60], ["c"], {"c": (60, 12)})).notes[-1]
        assert "county totals" in note
        assert "no published error" in note

    def test_totals_of_another_measure_do_not_make_this_one_simulated(self) -> None:
        study = spread([60, 40], ["c", "c"], {"c": (100, 12)})
        assert study.controls is not None
        others = study.controls.table.rename(columns={"children": "old", "children_moe": "old_moe"})
        answer = ask(replace(study, controls=replace(study.controls, table=others)))
        assert math.isnan(answer.need_moe)

    def test_an_area_that_a_border_splits_is_simulated(self) -> None:
        places = builders.neighbourhoods("West", "East", width_m=1500, groups=["North", "South"])
        study = town([100, 300], [30, 40], neighbourhoods=places)
        west = ask(study, within="North")
        # All of the first area and half of the second.
        assert west.need_moe_method == SIMULATION
        assert west.need_moe == pytest.approx(math.hypot(30, 20), rel=NOISE)
        assert west.areas["need_moe"].tolist() == pytest.approx([30, 20], rel=1e-3)
        by_name = ask(study).neighbourhoods.set_index("name")["need_moe"]
        assert by_name["East"] == pytest.approx(20, rel=NOISE)
        # Over both neighbourhoods every area is whole.
        assert ask(study).need_moe == pytest.approx(50)

    def test_of_several_zeros_in_a_sum_only_the_widest_is_drawn(self) -> None:
        places = builders.neighbourhoods("West", "East", width_m=2500)
        study = town([0, 0, 0, 400], [12, 12, 12, 5], neighbourhoods=places)
        by_name = ask(study).neighbourhoods.set_index("name")
        assert by_name["need_moe"]["West"] == pytest.approx(12, rel=NOISE)
        assert by_name["gap_moe"]["West"] == pytest.approx(12, rel=NOISE)


class TestGaps:
    def test_the_gap_has_the_error_of_the_need_that_is_out_of_reach(self) -> None:
        # 400 m around the middle of a square of 1,000 m: half of it is in reach.
        missing = 1 - math.pi * 400**2 / 1000**2
        study = town([100, 300], [20, 60], town_sites=builders.sites((500, 500)))
        by_name = ask(study).neighbourhoods.set_index("name")["gap_moe"]
        assert by_name["N0"] == pytest.approx(20 * missing, rel=NOISE)
        assert by_name["N1"] == pytest.approx(60, rel=NOISE)

    def test_where_all_are_in_reach_there_is_no_error_left(self) -> None:
        study = town([100, 300], [20, 60], town_sites=builders.sites((1000, 500)))
        answer = ask(study, reach=Reach(3000.0))
        assert answer.neighbourhoods["gap_moe"].tolist() == [0, 0]
        assert set(answer.neighbourhoods["rank_reading"]) == {"No gap to rank."}
        assert answer.need_moe == pytest.approx(math.hypot(20, 60))


class TestRanks:
    def test_far_apart_they_are_sure_and_close_together_they_swap(self) -> None:
        answer = ask(town([1000, 110, 100, 10], [50, 30, 30, 3]))
        low, high = answer.neighbourhoods["rank_low"], answer.neighbourhoods["rank_high"]
        assert low.tolist() == [1, 2, 2, 4]
        assert high.tolist() == [1, 3, 3, 4]
        assert answer.neighbourhoods["rank_reading"].tolist() == [
            "Surely among the two worst.",
            "Could be between rank 2 and 3.",
            "Could be between rank 2 and 3.",
            "Surely rank 4.",
        ]

    def test_how_often_two_swap_is_what_the_normal_distribution_says(self) -> None:
        # Two standard errors of the difference apart: they swap in 2.3 of 100 draws, and no
        # 90 % interval notices; one apart, in 16 of 100.
        moe = 1.645 * 10 / math.sqrt(2)
        assert ask(town([120, 100], [moe, moe])).neighbourhoods["rank_high"].tolist() == [1, 2]
        assert ask(town([110, 100], [moe, moe])).neighbourhoods["rank_high"].tolist() == [2, 2]

    def test_without_margins_a_rank_is_itself_and_says_so(self) -> None:
        answer = ask(town([100, 300, math.nan], None))
        places = answer.neighbourhoods
        assert math.isnan(answer.need_moe)
        assert answer.need_moe_method == ""
        assert places["rank_low"].tolist() == places["rank_high"].tolist() == [1, 2, 3]
        assert places["need_moe"].isna().all()
        assert places["rank_reading"].tolist() == [
            "Rank unsure: no margin of error published.",
            "Rank unsure: no margin of error published.",
            "Rank unsure: need unknown.",
        ]
        assert answer.notes[-1].startswith("No margin of error is published")

    @settings(max_examples=15)
    @given(
        st.lists(
            st.tuples(
                st.one_of(st.just(math.nan), st.integers(0, 500)),
                st.one_of(st.just(math.nan), st.integers(0, 300)),
            ),
            min_size=1,
            max_size=8,
        ),
        st.floats(50, 4000),
    )
    def test_a_rank_lies_in_its_interval_whatever_the_margins(
        self, figures: list[tuple[float, float]], reach_m: float
    ) -> None:
        needs, moes = zip(*figures, strict=True)
        sites = builders.sites((700, 300), (2600, 500))
        places = ask(
            town(list(needs), list(moes), town_sites=sites), reach=Reach(reach_m)
        ).neighbourhoods
        count = len(places)
        assert (places["rank_low"] <= places["rank"]).all()
        assert (places["rank"] <= places["rank_high"]).all()
        assert places["rank_low"].between(1, count).all()
        assert places["rank_high"].between(1, count).all()
        sure = places["gap_moe"].notna()
        assert (places["gap_moe"] <= places["need_moe"] * (1 + NOISE) + 1e-6)[sure].all()
        assert places["rank_reading"].str.endswith(".").all()


class TestDraws:
    def many(self, count: int) -> Study:
        random = np.random.default_rng(7)
        areas = pd.DataFrame(
            {
                "children": random.integers(0, 900, count).astype(float),
                "children_moe": random.integers(10, 300, count).astype(float),
            }
        )
        return SimpleNamespace(areas=areas, controls=None)  # type: ignore[return-value]

    def test_they_have_the_mean_and_the_spread_that_was_published(self) -> None:
        study = self.many(400)
        drawn = Draws(study, "children").of_areas
        assert drawn.shape == (400, DRAWS)
        error = study.areas["children_moe"].to_numpy() / 1.645
        off = (drawn.mean(axis=1) - study.areas["children"].to_numpy()) / error * math.sqrt(DRAWS)
        assert np.abs(off).max() < 4.5
        np.testing.assert_allclose(drawn.std(axis=1) / error, 1, atol=0.1)

    def test_every_estimate_alone_has_exactly_its_published_margin(self) -> None:
        study = self.many(400)
        half = half_width(Draws(study, "children").of_areas)
        np.testing.assert_allclose(half, study.areas["children_moe"], rtol=1e-3)

    def test_areas_are_drawn_independently_of_each_other(self) -> None:
        drawn = Draws(self.many(200), "children").of_areas
        alike = np.corrcoef(drawn) - np.eye(200)
        assert np.abs(alike).max() < 0.2
        assert abs(alike.mean()) < 0.005

    def test_the_same_seed_gives_the_same_draws_and_another_one_others(self) -> None:
        study = self.many(50)
        first = Draws(study, "children").of_areas
        np.testing.assert_array_equal(first, Draws(study, "children").of_areas)
        assert (first != Draws(study, "children", seed=1).of_areas).mean() > 0.99

    def test_threads_do_not_disturb_each_other(self) -> None:
        study = self.many(300)
        expected = Draws(study, "children").of_areas
        shared = Draws(study, "children")
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: shared.of_areas, range(16)))
        for drawn in found:
            np.testing.assert_array_equal(drawn, expected)

    def test_what_is_not_kept_is_drawn_the_same_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # More areas than one block holds.
        study = self.many(5000)
        kept = Draws(study, "children", count=20).of_areas
        monkeypatch.setattr("gapmap.analysis.uncertainty._MOST_KEPT", 0)
        drawn_anew = Draws(study, "children", count=20)
        np.testing.assert_array_equal(drawn_anew.of_areas, kept)
        np.testing.assert_array_equal(drawn_anew.of_areas, kept)

    def test_no_two_blocks_are_drawn_alike(self) -> None:
        study = self.many(5000)
        (_, first), (_, second) = Draws(study, "children").deviates()
        alike = [np.corrcoef(first[row], second[row])[0, 1] for row in range(len(second))]
        assert np.abs(alike).max() < 0.2

    def test_sums_block_by_block_are_sums(self) -> None:
        from scipy import sparse

        study = self.many(5000)
        draws = Draws(study, "children", count=20)
        weights = sparse.random_array((3, 5000), density=0.1, format="csr", rng=4)
        error = study.areas["children_moe"].to_numpy() / 1.645
        need = study.areas["children"].to_numpy()
        expected = weights @ (draws.of_areas - need[:, None])
        found = draws.deviations((weights * error[None, :]).tocsr())
        np.testing.assert_allclose(found, expected, atol=0.05)

    def test_another_reach_draws_nothing_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        study = town([100, 300], [30, 40], town_sites=builders.sites((500, 500)))
        ground = prepare(study)
        drawn: list[int] = []
        original = Draws._drawn

        def counting(self: Draws, start: int) -> Any:
            drawn.append(start)
            return original(self, start)

        monkeypatch.setattr(Draws, "_drawn", counting)
        for metres in (100.0, 200.0, 300.0):
            assess_gaps(study, replace(default_scenario(study), reach=Reach(metres)), ground)
        assert drawn == [0]


def test_points_and_surface_give_the_same_error_of_need() -> None:
    points = builders.need_points(
        (500, 500, "48001000100", 1), (500, 950, "48001000100", 3), (1500, 500, "48001000101", 1)
    )
    study = town([100, 300], [30, 40], need_points=points)
    for method in Method:
        answer = ask(study, method=method)
        assert answer.need_moe == pytest.approx(50)
        assert answer.need_moe_method == FORMULA


@pytest.mark.parametrize(
    ("moe", "grade"), [(19.7, Grade.HIGH), (20, Grade.MEDIUM), (65, Grade.MEDIUM), (66, Grade.LOW)]
)
def test_an_area_has_a_grade(moe: float, grade: Grade) -> None:
    areas = ask(town([100], [moe])).areas
    assert areas["need_cv"][0] == pytest.approx(moe / 1.645 / 100)
    assert areas["certainty"][0] is grade
