"""The command line as a person uses it, on a small study written to disk as TOML and files."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner

from gapmap.cli import main
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

STUDY = """
name = "Squaretown"
summary = "Squares in a row."
need = "children"
reach = "400m"
"""
TRACTS = """
role = "need"
title = "Squares"
file = "town/squares.parquet"
vintage = "2020"
source = "Drawn for tests"
licence = "MIT"

[measures.children]
column = "children"
label = "Children under 18"
unit = "children"
"""
NEIGHBOURHOODS = """
role = "neighbourhoods"
title = "Sides"
file = "town/sides.geojson"
vintage = "2020"
source = "Drawn for tests"
licence = "MIT"
"""
SITES = """
role = "sites"
title = "Meal sites"
file = "town/sites.csv"
vintage = "2025"
source = "Made up for tests"
licence = "MIT"
illustrative = true
crs = "EPSG:4326"
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study on disk; returns the folder that holds layers/ and data/."""
    study, files = tmp_path / "layers" / "town", tmp_path / "data" / "town"
    study.mkdir(parents=True)
    files.mkdir(parents=True)
    (study / "study.toml").write_text(STUDY)
    (study / "tracts.toml").write_text(TRACTS)
    (study / "neighbourhoods.toml").write_text(NEIGHBOURHOODS)
    (study / "sites.toml").write_text(SITES)
    builders.areas([100, 300]).rename(columns={"geoid": "GEOID"}).to_parquet(
        files / "squares.parquet"
    )
    builders.neighbourhoods("West", "East").to_file(files / "sides.geojson", driver="GeoJSON")
    site_list([(500, 500), (1500, 500)], kind=["open", "closed"]).to_csv(
        files / "sites.csv", index=False
    )
    monkeypatch.setenv("GAPMAP_LAYERS", str(tmp_path / "layers"))
    monkeypatch.setenv("GAPMAP_DATA", str(tmp_path / "data"))
    return tmp_path


def site_list(spots: list[tuple[float, float]], **columns: list[Any]) -> pd.DataFrame:
    longitude, latitude = builders.to_degrees([x for x, _ in spots], [y for _, y in spots])
    return pd.DataFrame(
        {
            "site_id": [f"s{row}" for row in range(len(spots))],
            "name": [f"Site {row}" for row in range(len(spots))],
            "partner": "Illustrative partner",
            "meals": "lunch",
            "days": "mon;tue",
            "longitude": longitude,
            "latitude": latitude,
            **columns,
        }
    )


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> dict[str, Any]:
    result = run("assess", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


@pytest.mark.usefixtures("town")
def test_studies_lists_the_demo_and_those_of_the_environment() -> None:
    result = run("studies", "--json")
    cards = {card["id"]: card for card in json.loads(result.stdout)}
    assert cards["town"]["name"] == "Squaretown"
    assert cards["nyc"]["problem"] is None


def test_a_study_with_a_missing_file_is_listed_with_its_problem(town: Path) -> None:
    (town / "data" / "town" / "sites.csv").unlink()
    result = run("studies")
    assert result.exit_code == 0
    assert "There is no file town/sites.csv" in result.stdout


@pytest.mark.usefixtures("town")
def test_assess_prints_one_object_with_every_promised_key() -> None:
    facts = answer("town")
    assert {
        "study", "method", "reach_m", "who", "need_total", "need_in_reach",
        "need_in_reach_share", "need_out_of_reach", "areas", "areas_without_site", "sites_used",
        "sites_left_out", "neighbourhoods", "provenance", "data_version",
    } <= set(facts)  # fmt: skip
    assert facts["need_in_reach"] == pytest.approx(100 * math.pi * 0.16, abs=0.01)
    assert facts["sites_left_out"] == {"not open to the public": 1}
    assert [place["name"] for place in facts["neighbourhoods"]] == ["East", "West"]


@pytest.mark.usefixtures("town")
def test_options_change_the_question() -> None:
    assert answer("town", "--who", "all")["sites_used"] == 2
    assert answer("town", "--reach", "0.25mi")["reach_m"] == pytest.approx(402.336)
    assert answer("town", "--meal", "supper")["sites_used"] == 0
    assert answer("town", "--day", "sat")["sites_used"] == 0
    assert answer("town", "--meal", "lunch", "--day", "tue")["sites_used"] == 1


def test_another_site_list_can_be_used_and_changes_the_data_version(town: Path) -> None:
    mine = town / "mine.csv"
    site_list([(500, 500), (1500, 500), (90_000, 500)]).to_csv(mine, index=False)
    facts = answer("town", "--sites", mine)
    assert facts["sites_used"] == 2
    assert facts["sites_left_out"] == {"outside the study": 1}
    assert facts["data_version"] != answer("town")["data_version"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson", "gpkg", "parquet", "html"])
def test_out_writes_every_format(town: Path, suffix: str) -> None:
    out = town / f"answer.{suffix}"
    result = run("assess", "town", "--out", out)
    assert result.exit_code == 0, result.stderr
    assert out.stat().st_size > 500
    assert not list(town.glob(".*.part"))


@pytest.mark.usefixtures("town")
def test_without_json_the_answer_is_a_sentence_and_a_table() -> None:
    result = run("assess", "town")
    assert "350 of 400 children live farther than 400 m from any meal site" in result.stdout
    assert "Illustrative, not real: Meal sites." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["assess", "twon"], "Did you mean town?"),
        (["assess", "town", "--reach", "far"], "is not a distance"),
        (["assess", "town", "--need", "pupils"], "no need measure called “pupils”"),
        (["assess", "town", "--method", "points"], "no need points"),
        (["assess", "town", "--meal", "brunch"], "no meal called “brunch”"),
        (["assess", "town", "--partner", "Nobody"], "no partner called “Nobody”"),
        (["assess", "town", "--within", "Bronx"], "no district"),
        (["assess", "town", "--out", "answer.docx"], "the ending must be one of"),
    ],
)
@pytest.mark.usefixtures("town")
def test_a_refusal_is_one_sentence_with_status_2(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_layer_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPMAP_LAYERS", "/nowhere/at/all")
    result = run("studies")
    assert result.exit_code == 2
    assert "/nowhere/at/all does not exist" in result.stderr


def test_sites_check_reports_and_writes_what_it_rejects(
    town: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    mine = town / "mine.csv"
    rows = site_list(
        [(500, 500), (500, 510), (1500, 500), (0, 0)], name=["A", "A", "=1+1", "Test Site"]
    )
    rows.loc[2, ["longitude", "latitude"]] = None
    rows.assign(Contact_Phone="555-0100").to_csv(mine, index=False)
    result = run("sites", "check", mine, "--study", "town")
    assert result.exit_code == 0, result.stderr
    assert "4 rows read, 2 kept" in result.stdout
    assert "1 × no coordinates" in result.stdout
    assert "Contact_Phone" in result.stdout
    rejected = (here / "mine-rejected.csv").read_text(encoding="utf-8-sig")
    assert "no coordinates" in rejected
    assert "555-0100" not in rejected
    assert "'=1+1" in rejected


def test_an_unknown_layout_is_read_with_a_column_map(town: Path) -> None:
    mine = town / "mine.csv"
    rows = site_list([(500, 500)]).rename(
        columns={"name": "Where", "longitude": "East", "latitude": "North"}
    )
    rows[["Where", "East", "North"]].to_csv(mine, index=False)
    refused = run("sites", "check", mine)
    assert refused.exit_code == 2
    assert "Where, East, North" in refused.stderr
    columns = ["name=Where", "longitude=East", "latitude=North"]
    accepted = run("sites", "check", mine, *(f"--column={pair}" for pair in columns), "--json")
    assert accepted.exit_code == 0, accepted.stderr
    assert json.loads(accepted.stdout)["rows_kept"] == 1


class TestAnotherService:
    """The same engine for clinics over the same need: TOML alone, no code."""

    def clinics(self, town: Path) -> None:
        study = town / "layers" / "clinics"
        study.mkdir()
        (study / "study.toml").write_text(
            STUDY.replace("Squaretown", "Clinics of Squaretown")
            + 'public_kinds = ["health centre"]\n'
            + '[words]\nservice = "primary care"\nsite = "clinic"\nsites = "clinics"\n'
            + 'people = "patients"\nmeal = "service"\nmeals = ["dental", "primary_care"]\n'
        )
        (study / "tracts.toml").write_text(TRACTS)
        (study / "clinics.toml").write_text(
            """
role = "sites"
title = "Clinics"
file = "town/clinics.csv"
vintage = "2025"
source = "Made up for tests"
licence = "MIT"
crs = "EPSG:4326"

[columns]
name = "CLINIC"
kind = "TYPE"
meals = "OFFERS"
longitude = "LON"
latitude = "LAT"

[constants]
partner = "Illustrative health service"

[values.kind]
"FQHC" = "health centre"
"Private practice" = "private"

[values.meals]
"Teeth" = "dental"
"All" = "dental;primary_care"
"""
        )
        longitude, latitude = builders.to_degrees([500, 1500, 1500], [500, 500, 500])
        pd.DataFrame(
            {
                "CLINIC": ["North clinic", "South clinic", "Doctor"],
                "TYPE": ["FQHC", "FQHC", "Private practice"],
                "OFFERS": ["All", "Teeth", "All"],
                "LON": longitude,
                "LAT": latitude,
            }
        ).to_csv(town / "data" / "town" / "clinics.csv", index=False)

    def test_its_sites_kinds_and_offers_come_from_toml(self, town: Path) -> None:
        self.clinics(town)
        facts = answer("clinics")
        assert facts["sites_used"] == 2
        assert facts["sites_left_out"] == {"not open to the public": 1}
        assert answer("clinics", "--meal", "primary_care")["sites_used"] == 1
        assert answer("clinics", "--meal", "dental")["sites_used"] == 2

    def test_its_own_words_are_used(self, town: Path) -> None:
        self.clinics(town)
        result = run("assess", "clinics")
        assert "from any clinic" in result.stdout
        assert "meal" not in result.stdout
