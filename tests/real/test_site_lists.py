"""Import reports of real lists, counted by hand beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from gapmap.layers.sites import CheckedSites, standardise_sites
from gapmap.model import Role
from gapmap.schema import check_table
from gapmap.sources.files import read_table, read_upload

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def folder_or_skip(shared_data: Path, name: str) -> Path:
    folder = shared_data / name
    if not folder.is_dir():
        pytest.skip(f"the shared data has no {name}")
    return folder


@pytest.fixture
def travis(shared_data: Path) -> CheckedSites:
    folder = folder_or_skip(shared_data, "travis_tx")
    tracts = gpd.read_file(folder / "tracts_2010v_tiger2019.geojson")
    return standardise_sites(
        read_table(folder / "summer_sites_2025.csv").table,
        source="summer_sites_2025.csv",
        study_area=shapely.union_all(tracts.geometry.to_numpy()),
        study_name="Travis County",
    )


def test_the_list_of_travis_county_is_recognised_and_counted(travis):
    report = travis.report
    assert report.format == "Texas Department of Agriculture"
    assert (report.rows_in, report.rows_kept) == (114, 110)
    assert report.left_out_counts == {"outside the study": 2, "terminated": 2}
    assert report.left_out["row"].tolist() == [29, 62, 67, 81]
    assert report.duplicates.empty
    assert report.unparsed.empty
    assert report.personal_columns == ()
    check_table(travis.sites, Role.SITES, what="travis")


def test_the_sites_of_travis_county_are_what_the_list_says(travis):
    sites = travis.sites
    kinds = sites["kind"].value_counts().to_dict()
    assert kinds == {"open": 97, "restricted open": 8, "camp": 3, "closed": 2}
    assert sites["partner"].nunique() == 11
    assert sites["meals"].str.contains("lunch").all()
    assert sites["days"].notna().all()
    assert sites["lunch_hours"].notna().all()
    assert sites["start_date"].notna().all()
    # The site's number alone is not unique: sponsors number their sites for themselves.
    assert sites["site_id"].str.fullmatch(r"\d{5}-\d{4}").all()


def test_an_upload_of_the_list_gives_the_same_sites(travis, shared_data):
    content = (shared_data / "travis_tx" / "summer_sites_2025.csv").read_bytes()
    raw = read_upload(content, "summer_sites_2025.csv")
    again = standardise_sites(raw.table, source=raw.file_name)
    assert again.report.left_out_counts == {"terminated": 2}
    assert set(travis.sites["site_id"]) <= set(again.sites["site_id"])


def test_a_list_without_a_known_layout_is_read_by_its_column_map(shared_data):
    folder = folder_or_skip(shared_data, "baltimore")
    raw = read_table(folder / "meal_sites_schools_2020_03.csv")
    names = ["name", "address", "longitude", "latitude", "partner", "meals", "hours"]
    answer = standardise_sites(
        raw.table,
        source=raw.file_name,
        columns={name: name for name in names} | {"start_date": "start"},
        constants={"kind": "open"},
    )
    assert answer.report.format == "column map"
    assert (answer.report.rows_in, answer.report.rows_kept) == (10, 10)
    assert answer.report.unparsed.empty
    assert set(answer.sites["lunch_hours"]) == {"10:00-14:00"}
    assert set(answer.sites["meals"]) == {"breakfast;lunch"}


def test_places_drawn_on_a_map_are_read_as_sites(shared_data):
    folder = folder_or_skip(shared_data, "baltimore")
    raw = read_upload(
        (folder / "rec_centers_2023.geojson").read_bytes(), "rec_centers_2023.geojson"
    )
    answer = standardise_sites(raw.table, source=raw.file_name, constants={"kind": "open"})
    assert (answer.report.rows_in, answer.report.rows_kept) == (48, 48)
