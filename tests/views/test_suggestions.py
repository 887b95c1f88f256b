from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gapmap.analysis.siting.values import Effort, Ended, SitingModel, SitingRequest, SitingResult
from gapmap.usecases import default_scenario, propose_sites
from gapmap.views.suggestions import headline, print_suggestions, suggestion_facts
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Study


@pytest.fixture
def study() -> Study:
    return builders.study(builders.areas([100, 300, 200]), builders.sites((500, 500)))


@pytest.fixture
def result(study: Study) -> SitingResult:
    return propose_sites(study, SitingRequest(default_scenario(study), count=1))


def test_the_headline_says_what_is_gained_and_that_it_is_proven(
    study: Study, result: SitingResult
) -> None:
    assert headline(result, study) == (
        "1 new meal site brings 300 children in reach: 400 of 600 (66.7%) at 400 m. "
        "Proven: no other choice is better."
    )


def test_the_headline_says_how_far_from_the_best_it_may_be(
    study: Study, result: SitingResult
) -> None:
    open_end = replace(result, bound=result.objective * 1.25, ended=Ended.BOUNDED)
    assert headline(open_end, study).endswith("No other choice is more than 20.00% better.")


def test_the_headline_of_ways_names_the_average_and_the_farthest(study: Study) -> None:
    request = SitingRequest(default_scenario(study), SitingModel.P_MEDIAN, 2)
    text = headline(propose_sites(study, request), study)
    assert "0 m on average and 0 m at most" in text


def test_the_facts_are_json_and_hold_what_was_promised(study: Study, result: SitingResult) -> None:
    facts = json.loads(json.dumps(suggestion_facts(result, study), allow_nan=False))
    promised = {"objective", "bound", "gap", "chosen", "need_in_reach", "need_total", "order"}
    assert promised <= set(facts)
    assert (facts["objective"], facts["bound"], facts["gap"]) == (400, 400, 0)
    assert facts["suggestions"][0]["sentences"]
    assert facts["curve"][0] == {
        "sites": 0,
        "need_in_reach": 100,
        "need_added": 0,
        "is_beyond": False,
    }


def test_no_figure_is_infinite_in_json(study: Study) -> None:
    request = SitingRequest(
        default_scenario(study), count=1, capacity=float("inf"), effort=Effort.QUICK
    )
    facts = suggestion_facts(propose_sites(study, request), study)
    assert json.dumps(facts, allow_nan=False)
    assert facts["capacity"] is None


def test_the_terminal_shows_reasons_and_what_came_next(
    study: Study, result: SitingResult, capsys: pytest.CaptureFixture[str]
) -> None:
    print_suggestions(result, study)
    shown = capsys.readouterr().out
    assert "Brings 300 children in reach" in shown
    assert "The next ones would add +200 children." in shown
