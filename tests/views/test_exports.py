from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from gapmap import assess_gaps
from gapmap.errors import RequestError
from gapmap.model import Role
from gapmap.views.exports import FORMATS, export_bytes, safe_text, summary
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gapmap.model import Study

FORMULA = '=HYPERLINK("http://example.org","x")'


@pytest.fixture
def town() -> Study:
    sites = builders.sites((500, 500), (1500, 500), name=[FORMULA, "+1+1"])
    places = builders.neighbourhoods("@West", "East", groups=["North", "South"])
    study = builders.study(town_sites=sites, neighbourhoods=places)
    made_up = builders.provenance("sites", Role.SITES, "Made-up sites", is_illustrative=True)
    return replace(study, provenance=(*study.provenance, made_up))


def export(town: Study, suffix: str) -> io.BytesIO:
    return io.BytesIO(export_bytes(assess_gaps(town), town, suffix))


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", lambda path: pd.read_csv(path, dtype={"geoid": str})),
        (".geojson", gpd.read_file),
        (".parquet", gpd.read_parquet),
        (".gpkg", lambda path: gpd.read_file(path, layer="areas")),
        (
            ".xlsx",
            lambda path: pd.read_excel(path, sheet_name="Census tracts", dtype={"geoid": str}),
        ),
    ],
)
def test_every_table_says_the_same_figures_and_what_they_are(
    town: Study, suffix: str, read: Callable[[Path], pd.DataFrame], tmp_path: Path
) -> None:
    answer = assess_gaps(town)
    path = tmp_path / f"town{suffix}"
    path.write_bytes(export_bytes(answer, town, suffix))
    table = read(path)
    assert table["geoid"].tolist() == answer.areas["geoid"].tolist()
    assert table["gap"].tolist() == pytest.approx(answer.areas["gap"].tolist())
    assert set(table["sites_are"]) == {"illustrative"}
    assert set(table["method"]) == {"areal"}


def test_a_workbook_has_a_sheet_for_everything(town: Study) -> None:
    book = openpyxl.load_workbook(export(town, ".xlsx"))
    assert book.sheetnames == [
        "Summary", "Neighbourhoods", "Census tracts", "Partners", "Sites", "Sources",
    ]  # fmt: skip


def test_no_text_becomes_a_formula(town: Study) -> None:
    archive = zipfile.ZipFile(export(town, ".xlsx"))
    sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)
    csv = pd.read_csv(export(town, ".csv"))
    assert csv["nearest_site"].tolist() == [f"'{FORMULA}", "'+1+1"]
    assert csv["neighbourhood"].tolist() == ["'@West", "East"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert safe_text(text) == f"'{text}"


def test_plain_text_is_left_alone() -> None:
    assert safe_text("Elm St - Annex") == "Elm St - Annex"


def test_a_geopackage_has_areas_neighbourhoods_sites_and_sources(
    town: Study, tmp_path: Path
) -> None:
    path = tmp_path / "town.gpkg"
    path.write_bytes(export_bytes(assess_gaps(town), town, ".gpkg"))
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"areas", "neighbourhoods", "sites", "sources"}


def test_a_geojson_carries_its_question_and_sources(town: Study) -> None:
    content = json.loads(export_bytes(assess_gaps(town), town, ".geojson"))
    assert content["gapmap"]["reach_m"] == 400
    assert content["gapmap"]["provenance"][1]["is_illustrative"] is True


def test_the_summary_is_plain_json_without_nan(town: Study) -> None:
    nobody = replace(town, areas=town.areas.assign(children=float("nan")))
    text = json.dumps(summary(assess_gaps(nobody), nobody), allow_nan=False)
    facts = json.loads(text)
    assert facts["need_in_reach_share"] is None
    assert facts["areas_with_unknown_need"] == 2


@pytest.fixture
def sampled(town: Study) -> Study:
    """The town with margins of error: 100 ± 30 and 300 ± 40."""
    return replace(town, areas=town.areas.assign(children_moe=[30.0, 40.0]))


def test_the_summary_has_the_interval_of_the_need_and_of_every_rank(sampled: Study) -> None:
    facts = json.loads(json.dumps(summary(assess_gaps(sampled), sampled), allow_nan=False))
    assert facts["need_moe"] == 50
    assert (facts["need_low"], facts["need_high"]) == (350, 450)
    assert facts["need_moe_method"] == "formula"
    assert facts["areas_without_moe"] == 0
    east, west = facts["neighbourhoods"]
    assert east["name"] == "East"
    assert east["need_moe"] == pytest.approx(40)
    assert east["gap_moe"] > 0
    assert (east["rank_low"], east["rank_high"]) == (west["rank_low"] - 1, 1) == (1, 1)
    assert east["rank_reading"] == "Surely the worst."
    assert west["rank_reading"] == "Surely rank 2."


def test_the_summary_of_need_without_margins_says_null_and_ranks_as_they_are(town: Study) -> None:
    facts = json.loads(json.dumps(summary(assess_gaps(town), town), allow_nan=False))
    for name in ("need_moe", "need_low", "need_high", "need_moe_method"):
        assert facts[name] is None
    assert facts["areas_without_moe"] == 2
    for row in facts["neighbourhoods"]:
        assert row["need_moe"] is row["gap_moe"] is None
        assert row["rank_low"] == row["rank"] == row["rank_high"]
        assert row["rank_reading"] == "Rank unsure: no margin of error published."


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", pd.read_csv),
        (".geojson", gpd.read_file),
        (".parquet", gpd.read_parquet),
        (".gpkg", lambda path: gpd.read_file(path, layer="areas")),
        (".xlsx", lambda path: pd.read_excel(path, sheet_name="Census tracts")),
    ],
)
def test_every_table_of_areas_has_margins_and_grades(
    sampled: Study, suffix: str, read: Callable[[Path], pd.DataFrame], tmp_path: Path
) -> None:
    path = tmp_path / f"town{suffix}"
    path.write_bytes(export_bytes(assess_gaps(sampled), sampled, suffix))
    table = read(path)
    assert table["need_moe"].tolist() == [30, 40]
    assert table["need_cv"].tolist() == pytest.approx([30 / 164.5, 40 / 493.5])
    assert table["certainty"].tolist() == ["medium", "high"]


def test_the_sheet_of_neighbourhoods_has_the_intervals_of_the_ranks(sampled: Study) -> None:
    sheet = pd.read_excel(export(sampled, ".xlsx"), sheet_name="Neighbourhoods")
    assert sheet["rank_low"].tolist() == sheet["rank_high"].tolist() == [1, 2]
    assert sheet["need_moe"].tolist() == pytest.approx([40, 30])


def test_the_sources_say_what_is_a_proxy_and_when_it_was_fetched(town: Study) -> None:
    own = replace(town.provenance[0], is_proxy=True, fetched=date(2026, 1, 2))
    town = replace(town, provenance=(own, *town.provenance[1:]))
    facts = summary(assess_gaps(town), town)["provenance"]
    assert (facts[0]["is_proxy"], facts[0]["fetched"]) == (True, "2026-01-02")
    assert (facts[1]["is_proxy"], facts[1]["fetched"]) == (False, None)
    sheet = pd.read_excel(export(town, ".xlsx"), sheet_name="Sources")
    assert sheet["is a proxy"].tolist() == [True, False]
    assert sheet["fetched"].tolist()[0] == "2026-01-02"


def test_an_ending_nobody_knows_is_refused_with_those_there_are(town: Study) -> None:
    with pytest.raises(RequestError, match=r"\.csv, \.xlsx"):
        export_bytes(assess_gaps(town), town, ".docx")


def test_every_format_has_a_media_type() -> None:
    assert all("/" in media_type for media_type in FORMATS.values())
