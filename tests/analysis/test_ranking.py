from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.usecases import assess_gaps
from gapmap.views.exports import summary
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import GapAssessment, Study

NAN = float("nan")


def town(needs: list[float], margins: list[float] | None = None) -> Study:
    squares = builders.areas(needs)
    if margins is not None:
        squares["children_moe"] = np.asarray(margins, dtype=float)
    # Far away: everybody is out of reach, so that the gap is the need.
    return builders.study(squares, builders.sites((90_000, 90_000)))


def ranked(answer: GapAssessment) -> list[tuple[str, int, int, int]]:
    rows = answer.areas.dropna(subset="rank").sort_values("rank")
    columns = ["name", "rank", "rank_low", "rank_high"]
    return [(name, *map(int, rest)) for name, *rest in rows[columns].itertuples(index=False)]


def test_without_neighbourhoods_the_areas_are_ranked_with_intervals() -> None:
    answer = assess_gaps(town([100, 300, 290, 5000], [10, 40, 40, 10]))
    assert ranked(answer) == [
        ("Tract 3", 1, 1, 1),
        ("Tract 1", 2, 2, 3),
        ("Tract 2", 3, 2, 3),
        ("Tract 0", 4, 4, 4),
    ]


def test_an_areas_gap_has_the_margin_of_its_need_where_nobody_is_in_reach() -> None:
    answer = assess_gaps(town([100, 300], [10, 40]))
    assert answer.areas["gap_moe"].tolist() == pytest.approx([10, 40], rel=0.02)


def test_an_area_of_unknown_need_has_no_rank() -> None:
    answer = assess_gaps(town([100, NAN, 300], [10, NAN, 40]))
    assert ranked(answer) == [("Tract 2", 1, 1, 1), ("Tract 0", 2, 2, 2)]
    assert answer.areas["reading"].iloc[1] == "Need unknown."


def test_without_margins_ranks_stand_and_say_that_nobody_knows_how_surely() -> None:
    answer = assess_gaps(town([100, 300]))
    assert ranked(answer) == [("Tract 1", 1, 1, 1), ("Tract 0", 2, 2, 2)]
    assert set(answer.areas["rank_reading"]) == {"Rank unsure: no margin of error published."}


def test_with_neighbourhoods_the_areas_are_not_ranked_as_well() -> None:
    study = builders.study(neighbourhoods=builders.neighbourhoods("West", "East"))
    assert "rank" not in assess_gaps(study).areas


def test_the_summary_names_the_areas_worst_off() -> None:
    study = town([100, 300, NAN], [10, 40, NAN])
    found = summary(assess_gaps(study), study)["ranked_areas"]
    assert [row["name"] for row in found] == ["Tract 1", "Tract 0"]
    assert found[0]["rank_low"] == 1
    assert found[0]["need_moe"] == 40


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.one_of(st.none(), st.integers(0, 300))),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=30)
def test_a_rank_lies_in_its_interval(areas: list[tuple[int, int | None]]) -> None:
    needs = [float(need) for need, _ in areas]
    margins = [NAN if moe is None else float(moe) for _, moe in areas]
    for _, rank, low, high in ranked(assess_gaps(town(needs, margins))):
        assert low <= rank <= high
