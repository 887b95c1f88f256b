"""``gapmap compare``, and ``--what-if`` of other commands, on the demo study."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner

from gapmap.cli import main
from gapmap.whatifs import SiteAdded, WhatIf, to_text
from gapmap.wiring import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.model import Study

TRIAL = (
    WhatIf("Two closed", "nyc")
    .closing("ILL-001")
    .closing("ILL-006")
    .adding(SiteAdded("new-hall", "Hall", -73.886, 40.815, partner="Chapel", meals=("lunch",)))
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(to_text(TRIAL), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def demo() -> Study:
    return open_workspace().load_study("nyc")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, demo: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPMAP_WHAT_IFS", str(tmp_path / "saved"))
    # A study never changes: once read is enough for all of these tests.
    monkeypatch.setattr(Workspace, "load_study", lambda *_: demo)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments])


def facts(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_one_what_if_is_compared_with_now(plan: Path) -> None:
    found = facts("compare", "nyc", str(plan), "--within", "Bronx")
    assert (found["first"]["name"], found["second"]["name"]) == ("now", "Two closed")
    assert found["second"]["within"] == "Bronx"
    assert found["no_longer_in_reach"] > found["newly_in_reach"] >= 0
    sums = sum(place["need_in_reach_difference"] for place in found["neighbourhoods"])
    assert sums == pytest.approx(found["need_in_reach_difference"], abs=0.01)
    other = facts("compare", "nyc", str(plan), "now", "--within", "Bronx")
    assert other["need_in_reach_difference"] == -found["need_in_reach_difference"]


def test_saved_what_ifs_are_compared_by_name_and_written(tmp_path: Path) -> None:
    workspace = open_workspace()
    workspace.save_what_if(TRIAL)
    workspace.save_what_if(TRIAL.reopening("ILL-006").renamed("One closed"))
    assert [card.name for card in workspace.what_ifs("nyc")] == ["One closed", "Two closed"]
    out = tmp_path / "areas.csv"
    result = run("compare", "nyc", "two closed", "One closed", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert f"Written: {out}" in result.stdout
    assert "more children live within half a mile" in result.stdout
    rows = pd.read_csv(out, dtype={"GEOID": str})
    assert len(rows) == 2325
    workspace.remove_what_if("nyc", "One closed")
    refused = run("compare", "nyc", "One closed")
    assert refused.exit_code == 2
    assert "There is no what-if called “One closed”" in refused.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "X"\nstudy = "nyc"\nclose = ["ILL-999"]\n', "plan.toml, close: there is no meal"),
        ('name = "X"\nstudy = "nyc"\nclsoe = []\n', "“clsoe” is not a word that gapmap knows"),
        ('name = "X"\nstudy = "la"\n', "plan.toml is about the study “la”, not about “nyc”"),
        (
            'name = "X"\nstudy = "nyc"\n[question]\nwithin = "Bronks"\n',
            "plan.toml, question, within: there is no",
        ),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(plan: Path, text: str, said: str) -> None:
    plan.write_text(text, encoding="utf-8")
    result = run("compare", "nyc", str(plan))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_an_ending_that_cannot_be_written_is_refused_before_anything_is_read(plan: Path) -> None:
    result = run("compare", "nyc", str(plan), "--out", "x.pdf")
    assert result.exit_code == 2
    assert "the ending must be one of .csv, .xlsx" in result.stderr


def test_assess_answers_as_the_second_side_of_a_comparison(plan: Path) -> None:
    side = facts("compare", "nyc", str(plan))["second"]
    answer = facts("assess", "nyc", "--what-if", str(plan))
    assert answer["what_if"] == {
        "name": "Two closed",
        "differs": [
            "Closes Illustrative site 1, Co-op City",
            "Closes Illustrative site 6, Highbridge",
            "Adds Hall by Chapel, which serves lunch",
        ],
    }
    for figure in ("need_in_reach", "sites_used", "data_version"):
        assert answer[figure] == side[figure]
    assert facts("assess", "nyc")["what_if"] is None


def test_an_option_wins_over_the_question_of_a_what_if(plan: Path) -> None:
    asking = TRIAL.asking(meal="supper", within="Queens", who="all", count_unknown=True)
    plan.write_text(to_text(asking), encoding="utf-8")
    as_told = facts("assess", "nyc", "--what-if", str(plan))
    assert (as_told["meal"], as_told["within"], as_told["who"]) == ("supper", "Queens", "all")
    assert as_told["count_unknown"]
    other = facts("assess", "nyc", "--what-if", str(plan), "--within", "Bronx", "--who", "public")
    assert (other["meal"], other["within"], other["who"]) == ("supper", "Bronx", "public")


def test_suggestions_are_for_the_sites_of_the_what_if(plan: Path) -> None:
    first = facts("suggest", "nyc", "--within", "Bronx", "-p", "1")
    (best,) = first["suggestions"]
    hosts = TRIAL.adding(
        SiteAdded(
            "new-best",
            best["name"],
            best["longitude"],
            best["latitude"],
            from_candidate=best["candidate_id"],
        )
    )
    plan.write_text(to_text(WhatIf("Accepted", "nyc", added=hosts.added[:1])), encoding="utf-8")
    after = facts("suggest", "nyc", "--within", "Bronx", "-p", "1", "--what-if", str(plan))
    assert after["what_if"]["name"] == "Accepted"
    assert after["need_before"] == pytest.approx(first["need_in_reach"], abs=1.0)
    assert after["order"] != first["order"]


def test_territory_is_divided_by_the_gaps_of_the_what_if(plan: Path, demo: Study) -> None:
    arguments = ("divide", "nyc", "--partners", "2", "--within", "Staten Island")
    close_all = WhatIf("None left", "nyc")
    for site_id in demo.sites["site_id"]:
        close_all = close_all.closing(site_id)
    plan.write_text(to_text(close_all), encoding="utf-8")
    today, without = facts(*arguments), facts(*arguments, "--what-if", str(plan))
    assert without["load_total"] > today["load_total"]
    assert without["what_if"]["name"] == "None left"
    assert today["what_if"] is None
