from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
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


def test_an_ending_nobody_knows_is_refused_with_those_there_are(town: Study) -> None:
    with pytest.raises(RequestError, match=r"\.csv, \.xlsx"):
        export_bytes(assess_gaps(town), town, ".docx")


def test_every_format_has_a_media_type() -> None:
    assert all("/" in media_type for media_type in FORMATS.values())
