from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner

from gapmap.cli import main
from gapmap.whatifs import WhatIf, to_text

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Illustrative Food Bank", "Illustrative Public Library", "Illustrative Faith Coalition")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["divide", "nyc", *arguments])


def facts(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_bronx_among_six_is_even_and_whole() -> None:
    found = facts("--partners", "6", "--within", "Bronx")
    assert len(found["territories"]) == 6
    assert all(one["contiguous"] for one in found["territories"])
    assert found["worst_deviation"] <= 0.05
    assert found["unassigned"] == []
    assert sum(one["load"] for one in found["territories"]) == pytest.approx(found["load_total"])


def test_a_division_goes_out_is_locked_and_comes_back(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    result = run("--partners", ",".join(NAMES), "--within", "Staten Island", "--out", str(plan))
    assert result.exit_code == 0, result.stderr
    assert f"Written: {plan}" in result.stdout
    before = pd.read_csv(plan, dtype=str).set_index("GEOID")["partner"]
    locks = tmp_path / "locks.csv"
    before[before == NAMES[0]].to_csv(locks)
    again = tmp_path / "again.csv"
    asked = ("--partners", ",".join(NAMES), "--within", "Staten Island", "--seed", "7")
    assert run(*asked, "--lock", str(locks), "--out", str(again)).exit_code == 0
    after = pd.read_csv(again, dtype=str).set_index("GEOID")["partner"]
    assert (after[before == NAMES[0]] == NAMES[0]).all()
    rebalanced = facts(*asked, "--begin", str(plan))
    assert rebalanced["worst_deviation"] <= 0.05


def test_sheets_are_written_beside_the_other_files(tmp_path: Path) -> None:
    sheets, plan = tmp_path / "sheets.html", tmp_path / "plan.csv"
    asked = ("--partners", ",".join(NAMES), "--within", "Staten Island", "--out", str(plan))
    result = run(*asked, "--sheets", str(sheets))
    assert result.exit_code == 0, result.stderr
    assert f"Written: {plan}\nWritten: {sheets}\n" in result.stdout
    page = sheets.read_text(encoding="utf-8")
    assert page.count('<section class="sheet"') == 3
    assert "By it alone" in page
    assert "Illustrative meal sites: not real" in page
    refused = run("--partners", "3", "--sheets", str(tmp_path / "sheets.pdf"))
    assert refused.exit_code == 2
    assert "name it .html" in refused.stderr


def test_sheets_of_a_what_if_say_so(tmp_path: Path) -> None:
    plan, sheets = tmp_path / "plan.toml", tmp_path / "sheets.html"
    plan.write_text(to_text(WhatIf("One closed", "nyc").closing("ILL-001")), encoding="utf-8")
    asked = ("--partners", "2", "--within", "Staten Island", "--what-if", str(plan))
    assert run(*asked, "--sheets", str(sheets)).exit_code == 0
    page = sheets.read_text(encoding="utf-8")
    assert page.count("What-if “One closed”, not as it is today.") == 3
    assert "<li>Closes Illustrative site 1, Co-op City" in page


def test_a_tolerance_that_is_asked_for_is_met_or_refused_with_one_that_works() -> None:
    asked = ("--partners", "5", "--within", "Staten Island")
    refused = run(*asked, "--tolerance", "0.00001")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    share = float(refused.stderr.rstrip().rstrip(".").rpartition(" ")[2].rstrip("%")) / 100
    assert facts(*asked, "--tolerance", f"{share:.4f}")["worst_deviation"] <= share + 1e-9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say who shares"),
        (("--partners", "1"), "2 to 500 partners"),
        (("--partners", "3", "--capacity", "1,a,2"), "no capacities"),
        (("--partners", "3", "--not-here", "Partner 1"), "PARTNER=GEOID"),
        (("--partners", "3", "--within", "Bronxx"), "Did you mean Bronx"),
        (("--partners", "3", "--out", "plan.docx"), ".csv, .gpkg"),
    ],
)
def test_a_slip_is_refused_in_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
