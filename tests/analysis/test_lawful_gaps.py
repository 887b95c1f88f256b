from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.model import GapAssessment, Method, Reach, Study
from gapmap.rules import EligibilityRules
from gapmap.usecases import assess_gaps, default_scenario, prepare, prepare_eligibility
from tests import builders

NAN = float("nan")


def ask(study: Study, reach_m: float = 100.0, **changes: object) -> GapAssessment:
    return assess_gaps(study, replace(default_scenario(study), reach=Reach(reach_m), **changes))


def town(eligible: list[float], children: list[float], needs: list[float], **more: object) -> Study:
    squares = builders.areas(needs)
    # One block group a square, with the square's GEOID and a digit.
    return builders.study(
        squares,
        builders.sites((500, 500)),
        eligibility=(builders.eligibility(children, eligible),),
        neighbourhoods=builders.neighbourhoods("West", "East"),
        **more,
    )


def test_need_out_of_reach_counts_where_a_site_would_be_lawful() -> None:
    # The only site is in the west, with a reach that covers next to nothing.
    answer = ask(town([60, 10], [100, 100], [1000, 500]), reach_m=0.001)
    assert answer.eligible_gap == pytest.approx(1000, rel=1e-6)
    assert answer.eligible_gap_unknown == 0
    by_name = answer.neighbourhoods.set_index("name")["eligible_gap"]
    assert by_name["West"] == pytest.approx(1000, rel=1e-6)
    assert by_name["East"] == 0
    assert answer.areas["eligible_share"].tolist() == [1, 0]


def test_what_is_in_reach_is_not_unserved() -> None:
    answer = ask(town([60, 60], [100, 100], [1000, 500]), reach_m=800)
    assert answer.eligible_gap == pytest.approx(answer.need_out_of_reach)
    west = answer.neighbourhoods.set_index("name").loc["West"]
    assert west["eligible_gap"] == pytest.approx(west["gap"])
    assert west["eligible_gap"] < 100


def test_where_nobody_knows_it_is_counted_apart_and_never_as_zero() -> None:
    answer = ask(town([60, NAN], [100, NAN], [1000, 500]), reach_m=0.001)
    assert answer.eligible_gap == pytest.approx(1000, rel=1e-6)
    assert answer.eligible_gap_unknown == pytest.approx(500)
    assert np.isnan(answer.neighbourhoods.set_index("name").loc["East", "eligible_gap"])
    assert np.isnan(answer.areas["eligible_share"].iloc[1])


def test_a_study_without_eligibility_says_nothing_of_it() -> None:
    answer = ask(builders.study(neighbourhoods=builders.neighbourhoods("West", "East")))
    assert np.isnan(answer.eligible_gap)
    assert np.isnan(answer.eligible_gap_unknown)
    assert answer.neighbourhoods["eligible_gap"].isna().all()
    assert answer.areas["eligible_gap"].isna().all()


def test_an_area_of_unknown_need_has_no_eligible_gap() -> None:
    answer = ask(town([60, 60], [100, 100], [1000, NAN]))
    assert np.isnan(answer.areas["eligible_gap"].iloc[1])


def test_a_need_point_is_judged_where_it_stands_and_not_by_its_area() -> None:
    # One area of two block groups; three of four children live in the one that is eligible.
    squares = builders.areas([400]).assign(geoid=["48001000100"])
    groups = builders.eligibility([100, 100], [80, 0])
    points = builders.need_points((500, 500, "48001000100", 3), (1500, 500, "48001000100", 1))
    both = builders.square(0, 0).union(builders.square(1000, 0))
    squares = squares.set_geometry([both], crs=4326)
    study = builders.study(
        squares, builders.sites((5000, 500)), eligibility=(groups,), need_points=points
    )
    answer = ask(study, method=Method.POINTS)
    assert answer.eligible_gap == pytest.approx(300)
    assert answer.areas["eligible_share"].iloc[0] == pytest.approx(0.75)


def test_stricter_rules_on_the_same_ground_are_not_answered_from_memory() -> None:
    study = town([60, 10], [100, 100], [1000, 500])
    ground, scenario = prepare(study), replace(default_scenario(study), reach=Reach(0.001))
    usual = assess_gaps(study, scenario, ground, prepare_eligibility(study))
    rules = EligibilityRules(share=0.7)
    strict = assess_gaps(study, scenario, ground, prepare_eligibility(study, rules))
    assert usual.eligible_gap == pytest.approx(1000, rel=1e-6)
    assert strict.eligible_gap == 0


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=2),
    st.floats(1, 3000),
    st.sampled_from([None, "North", "South"]),
)
@settings(max_examples=30)
def test_eligible_and_unknown_are_parts_of_the_gap(
    figures: list[tuple[int, int]], reach_m: float, within: str | None
) -> None:
    children = [float(one + other) for one, other in figures]
    study = town(
        [float(one) for one, _ in figures],
        children,
        [100, 300],
    )
    study = replace(
        study, neighbourhoods=builders.neighbourhoods("West", "East", groups=["North", "South"])
    )
    answer = ask(study, reach_m=reach_m, within=within)
    total = answer.eligible_gap + answer.eligible_gap_unknown
    assert total <= answer.need_out_of_reach + 1e-6
    assert answer.neighbourhoods["eligible_gap"].sum() == pytest.approx(answer.eligible_gap)
    assert answer.areas["eligible_gap"].sum() == pytest.approx(answer.eligible_gap)
