"""``gapmap suggest`` as a person uses it, on the demo study."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from gapmap.cli import main


def suggested(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["suggest", *arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def test_five_places_for_the_bronx_one_refused_and_another_in_its_place() -> None:
    first = suggested("nyc", "--within", "Bronx", "-p", "5")
    assert len(first["order"]) == 5
    assert first["is_proven"]
    assert first["objective"] == pytest.approx(first["need_in_reach"], abs=1e-3)
    assert first["need_before"] < first["need_in_reach"] < first["need_total"]
    refused = first["order"][0]
    again = suggested("nyc", "--within", "Bronx", "-p", "5", "--exclude", refused)
    assert len(again["order"]) == 5
    assert refused not in again["order"]
    assert again["objective"] <= first["objective"]


def test_who_was_served_longest_ago_can_count_more() -> None:
    asked = ("nyc", "--within", "Bronx", "-p", "3", "--ignore-existing", "--effort", "quick")
    plain = suggested(*asked)
    waiting = suggested(
        *asked, "--equity", "time-since-served", "--equity-date", "2025-07-20",
        "--equity-weight", "4",
    )  # fmt: skip
    assert plain["equity"] is None
    assert waiting["equity_date"] == "2025-07-20"
    assert waiting["equity_days"] == 30
    # What is steered by it is the choice; need in reach is counted as ever.
    assert waiting["order"] != plain["order"]
    assert waiting["need_in_reach"] <= plain["need_in_reach"] < waiting["objective"]
    assert any("it is not known when they were last served" in note for note in waiting["notes"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nyc",), "needs a number of sites"),
        (("nyc", "-p", "2", "--within", "Bronks"), "Did you mean Bronx"),
        (("nyc", "-p", "2", "--need", "adults"), "no need measure called “adults”"),
        (("nyc", "-p", "2", "--cost", "x"), "“x” is no cost"),
        (("nyc", "-p", "2", "--within", "Bronx", "--force", "PS 1"), "no candidate called “PS 1”"),
        (
            ("nyc", "-p", "2", "--equity", "time-since-served", "--equity-date", "2020-01-01"),
            "nobody knows who was served when",
        ),
        (("nowhere", "-p", "2"), "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    arguments: tuple[str, ...], said: str
) -> None:
    result = CliRunner().invoke(main, ["suggest", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_van_s_week_fits_its_days() -> None:
    arguments = ["van", "nyc", "--within", "Bronx", "--minutes", "120", "--day", "tue", "--json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    (tuesday,) = facts["days"]
    assert len(tuesday["stops"]) > 0
    assert tuesday["minutes"] <= 120
    assert 0 < facts["need_reached"] < facts["need_open"]


def test_a_depot_that_is_no_place_is_refused() -> None:
    result = CliRunner().invoke(main, ["van", "nyc", "--depot", "here"])
    assert result.exit_code == 2
    assert "“here” is no place" in result.stderr
