"""San Francisco's stores against what PySAL spopt publishes, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gapmap.cli.suggest import suggest

pytestmark = pytest.mark.real

LAYERS = Path(__file__).parent / "layers"
COUNTS = (1, 2, 3, 4, 5, 6)


@pytest.fixture(autouse=True)
def _real_studies(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPMAP_LAYERS", str(LAYERS))
    monkeypatch.setenv("GAPMAP_DATA", str(shared_data))


@pytest.fixture
def expected(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "peer_spopt_sf" / "expected_results.json").read_text()
    facts: dict[str, Any] = json.loads(text)
    return facts


def suggested(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(suggest, ["sf_stores", *arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


@pytest.mark.parametrize("count", COUNTS)
def test_every_optimum_is_the_published_one(count: int, expected: dict[str, Any]) -> None:
    best = expected["exact_by_enumeration_C(16,p)"][str(count)]
    most = suggested("--model", "mclp", "-p", str(count))
    assert most["objective"] == most["bound"] == most["need_in_reach"] == best["mclp_covered_pop"]
    assert most["chosen"] == sorted(best["mclp_sites"])
    assert most["need_total"] == 955_113
    assert most["is_proven"]
    median = suggested("--model", "p-median", "-p", str(count))
    assert median["objective"] == pytest.approx(best["pmedian_objective"], rel=1e-12)
    assert median["mean_m"] == pytest.approx(best["pmedian_weighted_mean_m"], abs=1e-3)
    assert median["chosen"] == sorted(best["pmedian_sites"])
    assert median["is_proven"]
    center = suggested("--model", "p-center", "-p", str(count))
    assert center["objective"] == pytest.approx(best["pcenter_max_m"], rel=1e-12)
    assert center["farthest_m"] == pytest.approx(best["pcenter_max_m"], abs=1e-3)
    assert center["is_proven"]


def test_the_fewest_stores_are_as_many_as_published(expected: dict[str, Any]) -> None:
    near = suggested("--model", "lscp")
    assert near["objective"] == near["bound"] == expected["lscp"]["p"] == 8
    assert near["need_in_reach"] == near["need_total"]
    far = suggested("--model", "lscp", "--reach", "8000m")
    assert far["objective"] == far["bound"] == 3


def test_several_reaches_give_an_answer_each() -> None:
    facts = suggested("-p", "4", "--reach", "5000m", "--reach", "3km")
    assert [answer["reach_m"] for answer in facts["answers"]] == [5000, 3000]
    assert facts["answers"][0]["need_in_reach"] == 875_247
