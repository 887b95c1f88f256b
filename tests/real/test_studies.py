"""Two real cities, described by TOML alone, against an independent computation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from gapmap.cli import main
from gapmap.wiring import open_workspace

pytestmark = pytest.mark.real

LAYERS = Path(__file__).parent / "layers"
MILE_M = 1609.344


@pytest.fixture(autouse=True)
def _real_studies(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPMAP_LAYERS", str(LAYERS))
    monkeypatch.setenv("GAPMAP_DATA", str(shared_data))


def assess(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["assess", *arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


@pytest.fixture
def travis_overlay(shared_data: Path) -> Any:
    """Share of Travis children in reach, by the plainest geopandas there is."""
    folder = shared_data / "travis_tx"
    tracts = gpd.read_file(folder / "tracts_2010v_tiger2019.geojson").to_crs(26914)
    table = pd.read_csv(folder / "fara2015_tracts.csv", dtype={"CensusTract": str})
    tracts = tracts.merge(table, left_on="GEOID", right_on="CensusTract")
    rows = pd.read_csv(folder / "summer_sites_2025.csv", dtype=str)
    places = gpd.GeoDataFrame(
        rows,
        geometry=gpd.points_from_xy(
            rows["longitude"].astype(float), rows["latitude"].astype(float)
        ),
        crs=4326,
    ).to_crs(26914)
    public = places[
        places["sitetype"].isin(["Open", "Open Restricted", "Restricted Open"])
        & places["siteterminationstatus"].isna()
        & places.within(tracts.union_all())
    ]

    def share(miles: float) -> float:
        circles = public.buffer(miles * MILE_M, quad_segs=256).union_all()
        covered = gpd.overlay(
            tracts.assign(whole=tracts.area),
            gpd.GeoDataFrame(geometry=[circles], crs=tracts.crs),
            how="intersection",
        )
        part = covered.area / covered["whole"]
        return float((part * covered["TractKids"]).sum() / tracts["TractKids"].sum())

    return share


@pytest.mark.parametrize(("miles", "expected"), [(0.5, 0.22), (1, 0.47), (2, 0.66)])
def test_travis_equals_a_plain_overlay_to_a_hundredth_of_a_point(
    miles: float, expected: float, travis_overlay: Any
) -> None:
    facts = assess("travis", "--method", "areal", "--who", "public", "--reach", f"{miles}mi")
    assert facts["need_total"] == 245_037
    assert facts["need_in_reach_share"] == pytest.approx(expected, abs=0.005)
    assert facts["need_in_reach_share"] == pytest.approx(travis_overlay(miles), abs=1e-4)


def test_travis_leaves_out_sites_by_reason() -> None:
    left_out = assess("travis")["sites_left_out"]
    assert left_out == {"not open to the public": 5, "outside the study": 2, "terminated": 2}


def test_baltimore_is_described_by_toml_alone() -> None:
    facts = assess("baltimore")
    assert facts["method"] == "points"
    assert facts["need_total"] == 133_445
    assert facts["sites_used"] == 10
    names = [place["name"] for place in facts["neighbourhoods"]]
    assert "Cherry Hill" in names
    notes = {entry["layer"]: entry["notes"] for entry in facts["provenance"]}
    assert any("invalid shape(s) repaired" in note for note in notes["communities"])


def test_baltimore_neighbourhoods_add_up_to_the_city() -> None:
    facts = assess("baltimore", "--method", "areal")
    total = sum(place["need"] for place in facts["neighbourhoods"])
    assert total == pytest.approx(facts["need_total"], rel=0.002)


def test_the_2010_table_does_not_join_the_2020_tracts(tmp_path: Path) -> None:
    study = tmp_path / "mixed"
    study.mkdir()
    (study / "study.toml").write_text(
        'name = "Mixed"\nsummary = "Two vintages."\nneed = "people"\n'
    )
    (study / "tracts.toml").write_text(
        """
role = "need"
title = "2020 tracts with a 2010 table"
file = "baltimore/tracts_2020.geojson"
vintage = "2020 and 2010, by mistake"
source = "Census"
licence = "US public domain"
[columns]
geoid = "geoid"
name = "namelsad"
[table]
file = "baltimore/tract2010_need_acs1418_fara2019.csv"
key = "GEOID"
[measures.people]
column = "pop_acs1418"
"""
    )
    result = CliRunner(env={"GAPMAP_LAYERS": str(tmp_path)}).invoke(main, ["assess", "mixed"])
    assert result.exit_code == 2
    assert "shapes have no row" in result.stderr
    assert "different vintages" in result.stderr


def test_every_real_study_can_be_opened() -> None:
    cards = {card.id: card for card in open_workspace().studies()}
    assert cards["travis"].problem is None
    assert cards["baltimore"].problem is None
