"""The four downloaded layouts of Census tables, each read as the [table] of a layer."""

from __future__ import annotations

import csv
import json
import tomllib
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from gapmap.layers.catalogue import parse_study
from gapmap.sources.files import read_table
from gapmap.usecases import load_study

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.model import Study

pytestmark = pytest.mark.real

UNDER_18 = ("003", "004", "005", "006", "027", "028", "029", "030")


def load(folder: Path, table: Path, geoids: list[str], measures: str) -> Study:
    """A study of made-up squares with real GEOIDs, joined to a real download."""
    shapes = gpd.GeoDataFrame(
        {"GEOID": geoids},
        geometry=[
            shapely.box(0.01 * row, 0, 0.01 * row + 0.01, 0.01) for row in range(len(geoids))
        ],
        crs=4326,
    )
    shapes.to_file(folder / "shapes.geojson")
    places = {"shapes.geojson": folder / "shapes.geojson", table.name: table}
    layer = f"""
        role = "need"
        title = "Downloaded"
        file = "shapes.geojson"
        source = "Census Bureau"
        vintage = "as downloaded"
        licence = "public domain"
        [table]
        file = "{table.name}"
        key = "GEOID"
        {measures}
    """
    assert tomllib.loads(layer)
    spec = parse_study(
        "town",
        {
            "study.toml": 'name = "Town"\nsummary = "One."\nneed = "children"\n',
            "areas.toml": layer,
        },
    )
    return load_study(spec, lambda name: read_table(places[name]))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def notes(study: Study) -> str:
    return " / ".join(study.provenance[0].notes)


def columns(ending: str) -> str:
    return json.dumps([f"B01001_{number}{ending}" for number in UNDER_18])


def test_data_census_gov_with_its_mark_its_labels_and_eight_columns_of_children(
    shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "formats_census" / "datacensusgov_ACSDT5Y2023_B01001_duval_fl.csv"
    published = {row["GEO_ID"][9:]: row for row in rows(path)[1:]}
    assert len(published) == 219
    study = load(
        tmp_path,
        path,
        list(published),
        f"[measures.children]\ncolumn = {columns('E')}\nmoe = {columns('M')}",
    )
    areas = study.areas.set_index("geoid")
    for geoid, row in published.items():
        estimates = [int(row[f"B01001_{number}E"]) for number in UNDER_18]
        margins = [int(row[f"B01001_{number}M"]) for number in UNDER_18]
        zeros = [m for e, m in zip(estimates, margins, strict=True) if e == 0]
        others = [m for e, m in zip(estimates, margins, strict=True) if e != 0]
        squares = sum(m * m for m in others) + max(zeros, default=0) ** 2
        assert areas.loc[geoid, "children"] == sum(estimates)
        assert areas.loc[geoid, "children_moe"] == pytest.approx(squares**0.5)
    assert "read as the layout of data.census.gov" in notes(study)
    assert "the row of labels under the header left out" in notes(study)


def test_fact_finder_with_two_headers_and_annotations(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "formats_census" / "factfinder_S1701_davidson_tn_2017.csv"
    published = {row["GEO.id2"]: row for row in rows(path)[1:]}
    study = load(
        tmp_path,
        path,
        list(published),
        '[measures.children]\ncolumn = "HC01_EST_VC03"\nmoe = "HC01_MOE_VC03"\n'
        '[measures.share]\ncolumn = "HC03_EST_VC03"\nmoe = "HC03_MOE_VC03"',
    )
    areas = study.areas.set_index("geoid")
    assert len(areas) == len(published) > 100
    for geoid, row in published.items():
        assert areas.loc[geoid, "children"] == int(row["HC01_EST_VC03"])
        assert areas.loc[geoid, "children_moe"] == int(row["HC01_MOE_VC03"])
    # A percentage of nobody is published as “-” with the margin “**”: unknown, never 0.
    nobody = [geoid for geoid, row in published.items() if row["HC03_EST_VC03"] == "-"]
    assert nobody
    assert areas.loc[nobody, ["share", "share_moe"]].isna().all(axis=None)


def test_an_answer_of_the_api_with_split_keys_long_names_and_a_row_of_the_city(
    shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "formats_census" / "censusapi_B19049_baltimore_2017.csv"
    everything = rows(path)
    long_name = next(name for name in everything[0] if name.startswith("B19049_001E"))
    tracts = [row for row in everything if row["NAME"].startswith("Census Tract")]
    published = {
        f"{int(row['state']):02d}{int(row['county']):03d}{int(row['tract']):06d}": row[long_name]
        for row in tracts
    }
    assert len(everything) == len(tracts) + 1
    study = load(tmp_path, path, list(published), '[measures.children]\ncolumn = "B19049_001E"')
    areas = study.areas.set_index("geoid")["children"]
    known = {geoid: text for geoid, text in published.items() if text != "-666666666"}
    assert areas.isna().sum() == len(published) - len(known)
    assert {geoid: areas[geoid] for geoid in known} == {g: float(t) for g, t in known.items()}
    assert "read as an answer of the Census API" in notes(study)
    # The city's row carries the code of a tract that does not exist.
    assert "1 row(s) of totals refused" in notes(study)


def test_census_reporter_json(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "formats_census" / "censusreporter_acs_md_counties_subset.json"
    published: dict[str, Any] = json.loads(path.read_text())["data"]
    study = load(
        tmp_path,
        path,
        [geoid[7:] for geoid in published],
        f"[measures.children]\ncolumn = {columns('E')}\nmoe = {columns('M')}\n"
        '[measures.people]\ncolumn = "B01003_001E"\nmoe = "B01003_001M"',
    )
    areas = study.areas.set_index("geoid")
    for geoid, tables in published.items():
        figures = tables["B01001"]
        estimates = [figures["estimate"][f"B01001{number}"] for number in UNDER_18]
        margins = [figures["error"][f"B01001{number}"] for number in UNDER_18]
        found = areas.loc[geoid[7:]]
        assert found["children"] == sum(estimates)
        assert found["children_moe"] == pytest.approx(sum(m * m for m in margins) ** 0.5)
        assert found["people"] == tables["B01003"]["estimate"]["B01003001"]
        assert (tables["B01003"]["error"]["B01003001"] is None) == (
            found["people_moe"] != found["people_moe"]
        )
