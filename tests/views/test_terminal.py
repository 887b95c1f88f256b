from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gapmap import assess_gaps
from gapmap.views.terminal import print_answer
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Study


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("COLUMNS", "160")
    return builders.study(
        builders.areas([1200, 4, 0]),
        neighbourhoods=builders.neighbourhoods("West", "Middle", "East"),
    )


def printed(study: Study, capsys: pytest.CaptureFixture[str]) -> str:
    print_answer(assess_gaps(study), study)
    return capsys.readouterr().out


def test_with_margins_it_says_how_sure_the_need_and_the_ranks_are(
    town: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    sampled = replace(town, areas=town.areas.assign(children_moe=[30.0, 40.0, 12.0]))
    text = printed(sampled, capsys)
    # 30, 40 and 12 by the root of the sum of squares.
    assert "The 1,204 children are an estimate: 90 % sure, 1,153–1,255 (by formula)." in text
    assert "could be" in text
    assert "2–3" in text


def test_without_margins_it_does_not_pretend(
    town: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(town, capsys)
    assert "90 %" not in text
    assert "could be" not in text
    assert "No margin of error is published" in text


def test_small_counts_are_floored_and_sums_are_not(
    town: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(town, capsys)
    middle = next(line for line in text.splitlines() if "Middle" in line)
    assert middle.count("<10") == 2
    assert " 4 " not in middle
    east = next(line for line in text.splitlines() if "East" in line)
    assert "<10" not in east
    assert "1,204" in text
