"""Boundaries and points, from the fake services and from archives made up here."""

from __future__ import annotations

import math
import zipfile
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from gapmap.errors import SourceError, UnsafeFileError
from gapmap.rules import Level
from gapmap.sources.boundaries import Boundaries
from gapmap.sources.failures import StatusError
from gapmap.sources.http import Courier
from tests.fake_sources import (
    FakeSources,
    Fault,
    damaged,
    dropped,
    html,
    server_error,
    short,
    without,
)
from tests.fake_sources.answers import Answer
from tests.fake_sources.boundaries import zipped_shapefile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = {Level.TRACT: 11, Level.BLOCK_GROUP: 12, "county": 5, "place": 7}
TRACTS = r"_48_tract_500k\.zip"
BLOCKS = r"tabblock20\.zip"
CENTRES = r"CenPop2020"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeSources) -> FakeSources:
    running.faults.clear()
    running.requests.clear()
    return running


def boundaries_of(fake: FakeSources, folder: Path) -> Boundaries:
    courier = Courier(folder, sleep=lambda _: None, today=date(2026, 7, 1))
    return Boundaries(courier, fake.environment["GAPMAP_BOUNDARIES_URL"])


@pytest.fixture
def boundaries(fake: FakeSources, tmp_path: Path) -> Boundaries:
    return boundaries_of(fake, tmp_path)


def sends(body: bytes) -> Fault:
    return Fault(instead=Answer(200, body, "application/zip"))


def tracts(**changes: Any) -> gpd.GeoDataFrame:
    columns = {
        "STATEFP": ["48", "48"],
        "COUNTYFP": ["453", "453"],
        "GEOID": ["48453000200", "48453000100"],
        "NAME": ["2", "1"],
        "NAMELSAD": ["Census Tract 2", "Census Tract 1"],
    } | changes
    return gpd.GeoDataFrame(
        {name: column for name, column in columns.items() if column is not None},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
        crs="EPSG:4269",
    )


def packed(**files: bytes) -> bytes:
    """Zip files named by suffix: ``shp=b"..."``."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, content in files.items():
            archive.writestr(f"tracts.{suffix}", content)
    return written.getvalue()


def unpacked(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(body)) as archive:
        return {name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()}


# ------------------------------------------------------------------------------------------ areas


@pytest.mark.parametrize("kind", KINDS)
def test_areas_are_those_published(kind: Any, boundaries: Boundaries, fake: FakeSources) -> None:
    table = boundaries.areas(2024, kind, "TX")
    truth = fake.truth.areas(str(kind)).sort_values("GEOID", ignore_index=True)
    assert table["GEOID"].tolist() == truth["GEOID"].tolist()
    assert {len(geoid) for geoid in table["GEOID"]} == {KINDS[kind]}
    assert table["NAMELSAD"].tolist() == truth["NAMELSAD"].tolist()
    assert table.crs == "EPSG:4269"
    assert table.geometry.normalize().geom_equals_exact(truth.geometry.normalize(), 1e-6).all()
    columns = ["GEOID", "NAME", "NAMELSAD", "COUNTYFP", "geometry"]
    assert list(table.columns) == [
        name for name in columns if (name, kind) != ("COUNTYFP", "place")
    ]


def test_of_all_counties_only_those_of_the_state_are_kept(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    both = tracts(STATEFP=["48", "40"], GEOID=["48453", "40001"])
    fake.faults.add("us_county", sends(zipped_shapefile(both, "cb_2024_us_county_500k")))
    assert boundaries.areas(2024, "county", "Texas")["GEOID"].tolist() == ["48453"]


@pytest.mark.parametrize(
    ("kind", "geoids", "names"),
    [
        (Level.TRACT, ["48453000200", "48453000100"], ["Census Tract 1", "Census Tract 2"]),
        (Level.BLOCK_GROUP, ["484530002001", "484530001001"], ["Block Group 1", "Block Group 2"]),
        ("county", ["48455", "48453"], ["1", "2"]),
    ],
)
def test_older_files_without_the_full_name_get_one(
    kind: Any, geoids: list[str], names: list[str], boundaries: Boundaries, fake: FakeSources
) -> None:
    older = tracts(NAMELSAD=None, GEOID=geoids)
    fake.faults.add("_500k", sends(zipped_shapefile(older, "older")))
    assert boundaries.areas(2018, kind, "TX")["NAMELSAD"].tolist() == names


def test_a_file_that_does_not_name_its_reference_system_is_in_the_bureau_s(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    files = unpacked(zipped_shapefile(tracts(), "tracts"))
    del files["prj"]
    fake.faults.add(TRACTS, sends(packed(**files)))
    assert boundaries.areas(2024, Level.TRACT, "TX").crs == "EPSG:4269"


def test_a_file_is_downloaded_once(fake: FakeSources, tmp_path: Path) -> None:
    first = boundaries_of(fake, tmp_path).areas(2024, Level.TRACT, "TX")
    second = boundaries_of(fake, tmp_path).areas(2024, Level.TRACT, "48")
    assert first.equals(second)
    assert len(fake.requests) == 1


def test_a_year_without_boundaries_says_so(boundaries: Boundaries) -> None:
    with pytest.raises(StatusError, match="boundaries of tracts in Texas, 2027") as refusal:
        boundaries.areas(2027, Level.TRACT, "TX")
    assert refusal.value.status == 404


@pytest.mark.parametrize("column", ["GEOID", "NAME", "STATEFP", "COUNTYFP"])
def test_a_column_that_is_missing_is_named(
    column: str, boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(TRACTS, without(column))
    with pytest.raises(SourceError, match=rf"has no column {column}; it has .*NAMELSAD"):
        boundaries.areas(2024, Level.TRACT, "TX")
    assert len(fake.requests) == 1
    # What was wrong is not kept: the next time all is well.
    assert len(boundaries.areas(2024, Level.TRACT, "TX")) == len(fake.truth.areas())


@pytest.mark.parametrize("geoid", ["4845300010", "40453000100", "4845300010X", None])
def test_a_geoid_that_is_none_of_the_state_is_named(
    geoid: str | None, boundaries: Boundaries, fake: FakeSources
) -> None:
    table = tracts(GEOID=["48453000200", geoid])
    fake.faults.add(TRACTS, sends(zipped_shapefile(table, "tracts")))
    with pytest.raises(SourceError, match="no GEOID of 11 digits that begins with 48"):
        boundaries.areas(2024, Level.TRACT, "TX")


def test_an_area_that_is_there_twice_is_named(boundaries: Boundaries, fake: FakeSources) -> None:
    table = tracts(GEOID=["48453000100"] * 2)
    fake.faults.add(TRACTS, sends(zipped_shapefile(table, "tracts")))
    with pytest.raises(SourceError, match="48453000100 is in the file twice"):
        boundaries.areas(2024, Level.TRACT, "TX")


def test_a_file_about_another_state_holds_none(boundaries: Boundaries, fake: FakeSources) -> None:
    other = tracts(STATEFP=["40", "40"])
    fake.faults.add(TRACTS, sends(zipped_shapefile(other, "tracts")))
    with pytest.raises(SourceError, match="holds none"):
        boundaries.areas(2024, Level.TRACT, "TX")


# --------------------------------------------------------------------------------------- archives


@pytest.mark.parametrize(
    "fault",
    [html(), damaged(), damaged(0.0), damaged(0.99), short(), dropped(), server_error(503)],
    ids=["page", "cut", "empty", "almost", "short", "dropped", "503"],
)
def test_passing_troubles_leave_no_trace(
    fault: Fault, boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(TRACTS, fault, fault)
    assert len(boundaries.areas(2024, Level.TRACT, "TX")) == len(fake.truth.areas())
    assert len(fake.requests) == 3


def flipped(body: bytes) -> bytes:
    middle = body.index(b"PK\x03\x04") + 200
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


@pytest.mark.parametrize("spoilt", ["cut", "flipped"])
def test_an_archive_that_stays_damaged_is_refused_and_never_kept(
    spoilt: str, fake: FakeSources, tmp_path: Path
) -> None:
    whole = zipped_shapefile(tracts(), "tracts")
    body = whole[: len(whole) // 2] if spoilt == "cut" else flipped(whole)
    fake.faults.add(TRACTS, *[sends(body)] * 4)
    with pytest.raises(SourceError, match=r"Asked 127.0.0.1 for the boundaries.*damaged"):
        boundaries_of(fake, tmp_path).areas(2024, Level.TRACT, "TX")
    assert len(fake.requests) == 4
    assert not list(tmp_path.iterdir())


def test_a_page_instead_of_an_archive_is_called_one(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(TRACTS, *[html("Scheduled Maintenance")] * 4)
    with pytest.raises(
        SourceError, match=r"web page \(“Scheduled Maintenance”\) instead of a file"
    ):
        boundaries.areas(2024, Level.TRACT, "TX")


def test_an_archive_that_unpacks_to_too_much_is_refused_at_once(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    bomb = packed(shp=b"\0" * 60_000_000, shx=b"", dbf=b"")
    assert len(bomb) < 100_000
    fake.faults.add(TRACTS, sends(bomb))
    with pytest.raises(UnsafeFileError, match="packed"):
        boundaries.areas(2024, Level.TRACT, "TX")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("part", ["shp", "shx", "dbf"])
def test_a_part_that_is_missing_is_named(
    part: str, boundaries: Boundaries, fake: FakeSources
) -> None:
    files = unpacked(zipped_shapefile(tracts(), "tracts"))
    del files[part]
    fake.faults.add(TRACTS, *[sends(packed(**files))] * 4)
    with pytest.raises(SourceError, match=rf"lacks \.{part}"):
        boundaries.areas(2024, Level.TRACT, "TX")


@pytest.mark.parametrize("part", ["shp", "dbf"])
def test_a_part_that_is_something_else_is_not_given_to_gdal(
    part: str, boundaries: Boundaries, fake: FakeSources
) -> None:
    files = unpacked(zipped_shapefile(tracts(), "tracts"))
    other_file = "<OGRVRTDataSource><OGRVRTLayer name='x'></OGRVRTLayer></OGRVRTDataSource>"
    files[part] = other_file.encode()
    fake.faults.add(TRACTS, *[sends(packed(**files))] * 4)
    with pytest.raises(SourceError, match=rf"holds a \.{part} that is none"):
        boundaries.areas(2024, Level.TRACT, "TX")


def test_an_archive_that_gdal_cannot_read_is_refused(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    files = unpacked(zipped_shapefile(tracts(), "tracts"))
    files["shp"] = files["shp"][:40]
    files["shx"] = b""
    fake.faults.add(TRACTS, *[sends(packed(**files))] * 4)
    with pytest.raises(SourceError, match=r"Asked 127.0.0.1 for the boundaries"):
        boundaries.areas(2024, Level.TRACT, "TX")
    assert len(fake.requests) == 4


def test_two_layers_in_one_archive_are_not_chosen_between(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    written = BytesIO(zipped_shapefile(tracts(), "tracts"))
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("other.shp", b"\x00\x00\x27\x0a")
    fake.faults.add(TRACTS, *[sends(written.getvalue())] * 4)
    with pytest.raises(SourceError, match=r"two files \.shp"):
        boundaries.areas(2024, Level.TRACT, "TX")


# ----------------------------------------------------------------------------------------- points


@pytest.mark.parametrize("county", ["453", "48453"])
def test_blocks_lie_where_the_bureau_says(
    county: str, boundaries: Boundaries, fake: FakeSources
) -> None:
    table = boundaries.block_points("TX", county)
    truth = fake.truth.blocks("453").sort_values("GEOID", ignore_index=True)
    assert list(table.columns) == ["GEOID", "longitude", "latitude"]
    assert table["GEOID"].tolist() == truth["GEOID"].tolist()
    assert table["longitude"].to_numpy() == pytest.approx(truth["longitude"], abs=1e-6)
    assert table["latitude"].to_numpy() == pytest.approx(truth["latitude"], abs=1e-6)


def test_shapes_of_blocks_are_not_even_unpacked(boundaries: Boundaries, fake: FakeSources) -> None:
    blocks = tracts(
        GEOID20=["484530001001000", "484530001001001"],
        INTPTLAT20=["+30.1", "+30.2"],
        INTPTLON20=["-097.5", "-097.6"],
    )
    files = unpacked(zipped_shapefile(blocks, "blocks"))
    body = packed(dbf=files["dbf"], shp=b"\0" * 60_000_000)
    fake.faults.add(BLOCKS, sends(body))
    table = boundaries.block_points("TX", "453")
    assert table["longitude"].tolist() == [-97.5, -97.6]


def test_a_block_without_a_place_is_named(boundaries: Boundaries, fake: FakeSources) -> None:
    blocks = tracts(
        GEOID20=["484530001001000", "484530001001001"],
        INTPTLAT20=["+30.1", "unknown"],
        INTPTLON20=["-097.5", "-097.6"],
    )
    fake.faults.add(BLOCKS, sends(zipped_shapefile(blocks, "blocks")))
    with pytest.raises(SourceError, match="484530001001001 has no place on earth"):
        boundaries.block_points("TX", "453")


def test_a_county_without_blocks_says_so(boundaries: Boundaries) -> None:
    with pytest.raises(StatusError, match="blocks of county 999 in Texas") as refusal:
        boundaries.block_points("TX", "999")
    assert refusal.value.status == 404


@pytest.mark.parametrize("column", ["GEOID20", "INTPTLAT20", "INTPTLON20"])
def test_a_column_of_blocks_that_is_missing_is_named(
    column: str, boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(BLOCKS, without(column))
    with pytest.raises(SourceError, match=rf"has no column {column}"):
        boundaries.block_points("TX", "453")


@pytest.mark.parametrize("level", Level)
def test_centres_are_those_published(
    level: Level, boundaries: Boundaries, fake: FakeSources
) -> None:
    table = boundaries.centres(level, "TX")
    truth = fake.truth.centres(level.value).sort_values("GEOID", ignore_index=True)
    assert list(table.columns) == ["GEOID", "population", "longitude", "latitude"]
    assert table["GEOID"].tolist() == truth["GEOID"].tolist()
    assert table["population"].tolist() == truth["population"].tolist()
    pd.testing.assert_frame_equal(
        table[["longitude", "latitude"]], truth[["longitude", "latitude"]], atol=1e-6
    )


def test_centres_in_another_order_keep_their_people(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    text = (
        "STATEFP,COUNTYFP,TRACTCE,POPULATION,LATITUDE,LONGITUDE\n"
        "48,453,000200,20,+30.2,-097.2\n"
        "48,453,000100,,+30.1,-097.1\n"
    )
    fake.faults.add(CENTRES, Fault(instead=Answer(200, text.encode(), "text/plain")))
    table = boundaries.centres(Level.TRACT, "TX")
    assert table["GEOID"].tolist() == ["48453000100", "48453000200"]
    assert table["population"].tolist() == pytest.approx([math.nan, 20.0], nan_ok=True)
    assert table["latitude"].tolist() == [30.1, 30.2]


def test_a_column_of_centres_that_is_missing_is_named(
    boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(CENTRES, without("LATITUDE"))
    with pytest.raises(SourceError, match="has no column LATITUDE"):
        boundaries.centres(Level.TRACT, "TX")


@pytest.mark.parametrize("fault", [html(), damaged(), damaged(0.0)], ids=["page", "cut", "empty"])
def test_a_text_that_is_cut_is_asked_for_again(
    fault: Fault, boundaries: Boundaries, fake: FakeSources
) -> None:
    fake.faults.add(CENTRES, fault)
    assert len(boundaries.centres(Level.TRACT, "TX")) == len(fake.truth.centres())
    assert len(fake.requests) == 2
