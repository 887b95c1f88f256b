"""The stand-ins for the services are themselves held to what the real ones promise."""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import itertools
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_sources import (
    FakeSources,
    Fault,
    damaged,
    dropped,
    fine,
    html,
    no_content,
    renamed,
    server_error,
    short,
    slow,
    too_many,
    without,
)
from tests.fake_sources.__main__ import main
from tests.fake_sources.geocoder import read_form
from tests.fake_sources.lattice import Lattice, slices
from tests.fake_sources.region import make_region
from tests.fake_sources.site_list import CONTACT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
ACS = "/census/2024/acs/acs5"
TRAVIS = [("for", "tract:*"), ("in", "state:48"), ("in", "county:453"), ("key", "k")]
TRACTS_ZIP = "/geo/tiger/GENZ2024/shp/cb_2024_48_tract_500k.zip"
BLOCKS_ZIP = "/geo/tiger/TIGER2020PL/STATE/48_TEXAS/48453/tl_2020_48453_tabblock20.zip"
CENTRES_TXT = "/geo/docs/reference/cenpop2020/blkgrp/CenPop2020_Mean_BG48.txt"
SITES = "/arcgis/Summer_Meal_Site_Finder_2026/FeatureServer/0"


@pytest.fixture
def fake() -> Iterator[FakeSources]:
    with FakeSources() as running:
        yield running


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def content(self) -> Any:
        return json.loads(self.body)


def ask(
    fake: FakeSources,
    path: str,
    query: list[tuple[str, str]] | None = None,
    *,
    upload: tuple[str, bytes] | None = None,
    timeout_s: float = 20.0,
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=timeout_s)
    try:
        target = quote(path) + (f"?{urlencode(query)}" if query else "")
        if upload is None:
            connection.request("GET", target)
        else:
            kind, body = upload
            connection.request("POST", target, body, {"Content-Type": kind})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def table_of(reply: Reply) -> pd.DataFrame:
    header, *rows = reply.content
    return pd.DataFrame(rows, columns=header)


# -------------------------------------------------------------------------------------- geography


def test_every_area_lies_in_the_area_that_its_number_names(fake: FakeSources) -> None:
    for state in fake.region.states:
        levels = [fake.truth.areas(level, state=state) for level in ("county", "tract")]
        levels.append(fake.truth.areas("block group", state=state))
        for areas, digits in zip(levels, (5, 11, 12), strict=True):
            geoids = areas["GEOID"]
            assert geoids.is_unique
            assert geoids.is_monotonic_increasing
            assert geoids.str.fullmatch(rf"{state}\d{{{digits - 2}}}").all()
        for outer, inner in itertools.pairwise(levels):
            digits = len(outer["GEOID"].iat[0])
            parts = inner.dissolve(inner["GEOID"].str[:digits].to_numpy())
            assert list(parts.index) == list(outer["GEOID"])
            difference = shapely.symmetric_difference(outer.geometry.array, parts.geometry.array)
            assert shapely.area(difference).max() < 1e-15


def test_counties_are_as_large_as_small_ones_are(fake: FakeSources) -> None:
    tracts = fake.truth.areas("tract")
    per_county = tracts.groupby("COUNTYFP").size()
    assert per_county[["209", "453", "491"]].between(30, 60).all()
    groups = fake.truth.areas("block group")
    assert set(groups.groupby(groups["GEOID"].str[:11]).size()) == {1, 2, 3, 4}
    blocks = fake.truth.blocks("453")
    per_group = blocks.groupby(blocks["GEOID"].str[:12]).size()
    assert (per_group.min(), per_group.max()) == (3, 12)


def test_neighbours_share_their_borders_to_the_last_digit(fake: FakeSources) -> None:
    for level in ("county", "tract", "block group"):
        shapes = [fake.truth.areas(level, state=state).geometry for state in ("40", "48")]
        together = np.concatenate([one.to_numpy() for one in shapes])
        assert shapely.is_valid(together).all()
        assert shapely.coverage_is_valid(together)


def test_a_county_of_oklahoma_touches_one_of_texas_across_the_state_line(
    fake: FakeSources,
) -> None:
    (love,) = fake.truth.areas("county", state="40").geometry
    counties = fake.truth.areas("county").set_index("GEOID").geometry
    border = counties["48097"].intersection(love)
    assert border.length > 0.3
    assert border.area == 0
    assert counties["48453"].intersection(counties["48491"]).length > 0.3
    assert counties["48453"].intersection(counties["48209"]).length > 0.3


def test_places_do_not_keep_to_census_lines(fake: FakeSources) -> None:
    places = fake.truth.areas("place").set_index("NAME").geometry
    counties = fake.truth.areas("county").set_index("GEOID").geometry
    blocks = fake.truth.blocks("453")
    points = blocks[["longitude", "latitude"]].to_numpy()
    in_austin = shapely.contains_xy(places["Austin"], points)
    share = blocks.loc[in_austin, "children"].sum() / blocks["children"].sum()
    assert 0.5 < share < 0.8
    assert places["Austin"].intersection(counties["48491"]).area > 0
    in_williamson = places.within(counties["48491"])
    assert in_williamson.sum() >= 3
    tracts = fake.truth.areas("tract").geometry
    assert tracts.crosses(places["Austin"].boundary).sum() > 5
    lines = tracts.boundary.union_all()
    shared = shapely.intersection(places.boundary.to_numpy(), lines)
    assert shapely.length(shared).max() == 0


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(3, 12))
def test_slices_fill_their_cell_and_hold_their_points(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    lattice = Lattice.shaken(np.array([0.0, 0.02, 0.07]), np.array([0.0, 0.03, 0.04]), chance)
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    rings = lattice.rings(rows, columns)
    polygons, points = slices(rings, count)
    assert shapely.coverage_is_valid(shapely.polygons(rings))
    for cell, parts, inside in zip(shapely.polygons(rings), polygons, points, strict=True):
        assert shapely.coverage_is_valid(parts)
        assert shapely.area(parts).sum() == pytest.approx(cell.area)
        assert shapely.contains_properly(parts, shapely.points(inside)).all()


@pytest.mark.parametrize("tracts", [36, 100, 737])
def test_a_big_state_has_exactly_as_many_tracts_as_asked_for(tracts: int) -> None:
    state = make_region({"36": tracts}).state("36")
    assert state is not None
    assert len(state.tracts) == tracts
    assert state.tracts["GEOID"].is_unique
    assert shapely.coverage_is_valid(state.tracts.geometry.to_numpy())


def test_a_state_cannot_be_too_small_or_there_already() -> None:
    with pytest.raises(ValueError, match="30,000 tracts, not 3"):
        make_region({"36": 3})
    with pytest.raises(ValueError, match="State 48 is there already"):
        make_region({"48": 500})


# ---------------------------------------------------------------------------------------- figures


def total(figures: pd.DataFrame, table: str, *numbers: int | range) -> pd.Series:
    flat = [n for one in numbers for n in (one if isinstance(one, range) else (one,))]
    return figures[[f"{table}_{n:03d}E" for n in flat]].sum(axis=1, skipna=False)


def test_details_add_up_to_totals_and_tables_agree(fake: FakeSources) -> None:
    of_counties = fake.truth.estimates("county")
    of_tracts = fake.truth.estimates("tract").dropna()
    assert len(of_tracts) > 100
    for figures in (of_counties, of_tracts):
        children = total(figures, "B01001", range(3, 7), range(27, 31))
        sums = {
            "sexes": (total(figures, "B01001", 1), total(figures, "B01001", 2, 26)),
            "men": (total(figures, "B01001", 2), total(figures, "B01001", range(3, 26))),
            "all": (total(figures, "B01001", 1), total(figures, "B01003", 1)),
            "children": (children, total(figures, "B09001", 1)),
            "child ages": (
                total(figures, "B09001", 2),
                total(figures, "B09001", range(3, 10)),
            ),
            "poverty": (total(figures, "B17001", 1), total(figures, "B17001", 2, 31)),
            "universe": (total(figures, "B17001", 1), total(figures, "B17024", 1)),
            "ages": (total(figures, "B17024", 1), total(figures, "B17024", *range(2, 131, 13))),
            "ratios": (total(figures, "B17024", 2), total(figures, "B17024", range(3, 15))),
            "poor children": (
                total(figures, "B17001", range(4, 10), range(18, 24)),
                total(figures, "B17024", *(range(b + 1, b + 4) for b in (2, 15, 28))),
            ),
            "people below 1.85": (
                total(figures, "C17002", range(2, 7)),
                total(figures, "B17024", *(range(b + 1, b + 8) for b in range(2, 131, 13))),
            ),
            "ratios of all": (
                total(figures, "C17002", 1),
                total(figures, "C17002", range(2, 9)),
            ),
            "homes": (total(figures, "B08201", 1), total(figures, "B25044", 1)),
            "homes with stamps": (total(figures, "B22003", 2), total(figures, "B22010", 2)),
            "homes of stamps": (total(figures, "B22003", 1), total(figures, "B25044", 1)),
            "no vehicle": (total(figures, "B08201", 2), total(figures, "B25044", 3, 10)),
            "no vehicle by size": (
                total(figures, "B08201", 2),
                total(figures, "B08201", *range(8, 31, 6)),
            ),
            "tenure": (total(figures, "B25044", 1), total(figures, "B25044", 2, 9)),
        }
        for name, (whole, parts) in sums.items():
            assert (whole == parts).all(), name
            assert whole.sum() > 0, name
        assert (total(figures, "B17024", 2, 15, 28) <= children).all()


def test_counties_are_the_sums_of_their_tracts_and_those_of_their_block_groups(
    fake: FakeSources,
) -> None:
    counties = fake.truth.estimates("county", year=2023)
    for level in ("tract", "block group"):
        parts = fake.truth.estimates(level, year=2023)
        for code in ("B01001_003E", "B22010_002E", "B25044_003E"):
            sums = parts[code].groupby(parts.index.str[:5]).sum()
            assert (sums == counties[code]).all()


def test_years_differ_and_resemble_each_other(fake: FakeSources) -> None:
    older, newer = (fake.truth.estimates("tract", year=year) for year in (2022, 2024))
    assert not (older["B01001_001E"] == newer["B01001_001E"]).all()
    assert np.corrcoef(older["B01001_001E"], newer["B01001_001E"])[0, 1] > 0.98


def test_some_tracts_have_no_child_and_many_children_low_income(fake: FakeSources) -> None:
    tracts = fake.truth.estimates("tract")
    children = total(tracts, "B01001", range(3, 7), range(27, 31))
    low = total(tracts, "B17024", *(range(b + 1, b + 8) for b in (2, 15, 28)))
    assert 2 <= (children == 0).sum() <= 12
    share = low / children.where(children > 0)
    assert (share >= 0.5).mean() > 0.2
    assert (share < 0.4).mean() > 0.2
    assert ((share >= 0.4) & (share < 0.5)).sum() >= 3
    assert tracts["B17024_003E"].isna().sum() == 1


def test_blocks_of_2020_are_of_the_size_of_their_tracts(fake: FakeSources) -> None:
    blocks = pd.concat([fake.truth.blocks(county) for county in ("209", "453", "491")])
    assert (blocks["children"] <= blocks["total"]).all()
    assert (blocks["total"] == 0).any()
    people = blocks["total"].groupby(blocks["GEOID"].str[:11]).sum()
    survey = fake.truth.estimates("tract")["B01001_001E"].reindex(people.index)
    assert np.corrcoef(people, survey)[0, 1] > 0.95
    assert 0.8 < people.sum() / survey.sum() < 1.2


# ------------------------------------------------------------------------------------- Census API


def test_the_answer_is_a_list_of_rows_of_texts_with_the_area_s_number_last(
    fake: FakeSources,
) -> None:
    reply = ask(fake, ACS, [("get", "NAME,B01001_003E,B01001_003M"), *TRAVIS])
    assert reply.status == 200
    header, *rows = reply.content
    assert header == ["NAME", "B01001_003E", "B01001_003M", "state", "county", "tract"]
    assert all(isinstance(cell, str) for row in rows for cell in row)
    table = table_of(reply)
    assert table["NAME"].str.fullmatch(r"Census Tract \d+(\.\d\d)?; Travis County; Texas").all()
    geoid = table["state"] + table["county"] + table["tract"]
    truth = fake.truth.estimates("tract", counties=["453"])
    assert set(geoid) == set(truth.index)
    served = pd.Series(table["B01001_003E"].astype(float).array, index=geoid)
    assert (served.reindex(truth.index) == truth["B01001_003E"]).all()


def test_both_ways_to_name_a_county_and_several_counties_are_understood(
    fake: FakeSources,
) -> None:
    apart = ask(fake, ACS, [("get", "NAME"), *TRAVIS])
    together = [("get", "NAME"), ("for", "tract:*"), ("in", "state:48 county:453"), ("key", "k")]
    assert ask(fake, ACS, together).body == apart.body
    both = [("get", "NAME"), ("for", "tract:*"), ("in", "state:48 county:453,491"), ("key", "k")]
    assert set(table_of(ask(fake, ACS, both))["county"]) == {"453", "491"}
    state = [("get", "NAME"), ("for", "tract:*"), ("in", "state:48"), ("key", "k")]
    assert len(table_of(ask(fake, ACS, state))) == len(fake.truth.areas("tract"))
    groups = [("get", "NAME"), ("for", "block group:*"), ("in", "state:48 county:453 tract:*")]
    answer = table_of(ask(fake, ACS, [*groups, ("key", "k")]))
    assert len(answer) == len(fake.truth.areas("block group", counties=["453"]))


def test_two_questions_about_the_same_areas_differ_in_order(fake: FakeSources) -> None:
    first = table_of(ask(fake, ACS, [("get", "B01001_001E"), *TRAVIS]))
    second = table_of(ask(fake, ACS, [("get", "B01001_002E"), *TRAVIS]))
    assert set(first["tract"]) == set(second["tract"])
    assert list(first["tract"]) != list(second["tract"])


def test_what_is_not_known_comes_as_null_or_as_a_code(fake: FakeSources) -> None:
    variables = "B17024_003E,B17024_003M,B22003_002E,B22003_002M,B19013_001E"
    tracts = table_of(ask(fake, ACS, [("get", variables), *TRAVIS]))
    assert tracts["B17024_003E"].isna().sum() == tracts["B17024_003M"].isna().sum() == 1
    assert (tracts["B22003_002E"] == "-666666666").sum() == 1
    assert (tracts["B22003_002M"] == "-222222222").sum() == 1
    assert (tracts["B19013_001E"] == "-666666666").sum() >= 1
    hays = [("for", "tract:*"), ("in", "state:48 county:209"), ("key", "k")]
    margins = table_of(ask(fake, ACS, [("get", "B01001_003E,B01001_003M"), *hays]))
    assert (margins["B01001_003M"] == "-222222222").sum() == 1
    assert (margins["B01001_003E"].astype(int) >= 0).all()
    zero = margins[margins["B01001_003E"] == "0"]["B01001_003M"]
    assert set(zero) == {"12"}


def test_counties_are_held_to_known_totals(fake: FakeSources) -> None:
    query = [("get", "B01001_003M,B17024_003M"), ("for", "county:*"), ("in", "state:48")]
    counties = table_of(ask(fake, ACS, [*query, ("key", "k")]))
    assert set(counties["B01001_003M"]) == {"-555555555"}
    assert (counties["B17024_003M"].astype(int) > 0).all()
    assert (fake.truth.estimates("county")["B01001_003M"] == 0).all()


def test_a_table_of_tracts_has_only_nulls_for_block_groups(fake: FakeSources) -> None:
    query = [("get", "B17024_003E,B01001_003E"), ("for", "block group:*"), ("key", "k")]
    groups = table_of(ask(fake, ACS, [*query, ("in", "state:48 county:453")]))
    assert groups["B17024_003E"].isna().all()
    assert groups["B01001_003E"].notna().all()


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ([("get", "B01001_050E"), *TRAVIS], 400, "error: unknown variable 'B01001_050E'"),
        ([("get", "NAME,B99999_001E"), *TRAVIS], 400, "error: unknown variable 'B99999_001E'"),
        ([*TRAVIS], 400, "missing 'get'"),
        ([("get", "NAME"), ("key", "k")], 400, "missing 'for'"),
        ([("get", "NAME"), ("for", "ward:*"), ("key", "k")], 400, "geography heirarchy"),
        (
            [("get", "NAME"), ("for", "block group:*"), ("in", "state:48"), ("key", "k")],
            400,
            "geography heirarchy",
        ),
        (
            [("get", "NAME"), ("for", "tract:*"), ("in", "state:*"), ("key", "k")],
            400,
            "wildcard not allowed for 'state'",
        ),
        (
            [("get", ",".join(f"B17024_{n:03d}E" for n in range(1, 52))), *TRAVIS],
            400,
            "maximum of 50",
        ),
        (
            [("get", "NAME"), ("for", "tract:*"), ("in", "state:48 county:999"), ("key", "k")],
            204,
            "",
        ),
        ([("get", "NAME"), *TRAVIS[:3]], 200, "<title>Missing Key</title>"),
        ([("get", "NAME"), *TRAVIS[:3], ("key", "invalid")], 200, "<title>Invalid Key</title>"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_question_that_cannot_be_answered_is_answered_as_there(
    fake: FakeSources, query: list[tuple[str, str]], status: int, text: str
) -> None:
    reply = ask(fake, ACS, query)
    assert reply.status == status
    assert text in reply.text


def test_the_newest_year_is_the_last_that_is_described(fake: FakeSources) -> None:
    found = [ask(fake, f"/census/{year}/acs/acs5.json").status for year in range(2021, 2027)]
    assert found == [404, 200, 200, 200, 404, 404]
    assert ask(fake, "/census/2025/acs/acs5", [("get", "NAME"), *TRAVIS]).status == 404
    kind = ask(fake, f"{ACS}/variables/B01001_003E.json").content["predicateType"]
    assert kind == "int"


def test_blocks_give_everybody_and_the_grown_ups(fake: FakeSources) -> None:
    query = [("get", "P1_001N,P3_001N"), ("for", "block:*"), ("in", "state:48 county:453")]
    blocks = table_of(ask(fake, "/census/2020/dec/pl", [*query, ("key", "k")]))
    parts = ["state", "county", "tract", "block group", "block"]
    # A block's own number starts with that of its group.
    geoid = blocks["state"] + blocks["county"] + blocks["tract"] + blocks["block"]
    assert (blocks["block"].str[0] == blocks["block group"]).all()
    assert list(blocks.columns[-5:]) == parts
    children = blocks["P1_001N"].astype(int) - blocks["P3_001N"].astype(int)
    truth = fake.truth.blocks("453").set_index("GEOID")["children"]
    assert (pd.Series(children.array, index=geoid).reindex(truth.index) == truth).all()
    query[1] = ("for", "block group:*")
    groups = table_of(ask(fake, "/census/2020/dec/pl", [*query, ("key", "k")]))
    assert groups["P1_001N"].astype(int).sum() == blocks["P1_001N"].astype(int).sum()


# ------------------------------------------------------------------------------------- boundaries


@pytest.mark.parametrize(
    ("name", "digits", "level", "columns"),
    [
        ("48_tract", 11, "tract", {"TRACTCE", "NAMELSADCO", "COUNTYFP"}),
        ("48_bg", 12, "block group", {"TRACTCE", "BLKGRPCE", "COUNTYFP"}),
        ("48_place", 7, "place", {"PLACEFP", "STUSPS"}),
    ],
)
def test_a_zip_is_a_shapefile_in_the_bureau_s_reference_system(
    fake: FakeSources, name: str, digits: int, level: str, columns: set[str]
) -> None:
    for year, full in ((2022, "AFFGEOID"), (2024, "GEOIDFQ")):
        reply = ask(fake, f"/geo/tiger/GENZ{year}/shp/cb_{year}_{name}_500k.zip")
        areas = gpd.read_file(io.BytesIO(reply.body))
        assert areas.crs == "EPSG:4269"
        always = {"STATEFP", "GEOID", "NAME", "NAMELSAD", "LSAD", "ALAND", "AWATER", full}
        assert always | columns <= set(areas.columns)
        assert (areas["GEOID"].str.len() == digits).all()
        truth = fake.truth.areas(level)
        assert list(areas["GEOID"]) == list(truth["GEOID"])
        assert shapely.equals_identical(areas.normalize().array, truth.normalize().array).all()
        with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
            suffixes = {Path(entry).suffix for entry in archive.namelist()}
            (table,) = (entry for entry in archive.namelist() if entry.endswith(".dbf"))
            # The day of writing stands in the table: one day for all, or no two runs agree.
            assert tuple(archive.read(table)[1:4]) == (2024 - 1900, 1, 1)
            assert {entry.date_time[:3] for entry in archive.infolist()} == {(2024, 1, 1)}
        assert suffixes == {".shp", ".shx", ".dbf", ".prj", ".cpg"}


def test_counties_come_in_one_national_file(fake: FakeSources) -> None:
    reply = ask(fake, "/geo/tiger/GENZ2024/shp/cb_2024_us_county_500k.zip")
    counties = gpd.read_file(io.BytesIO(reply.body)).set_index("GEOID")
    assert counties.loc["48453", ["NAME", "NAMELSAD", "STUSPS"]].tolist() == [
        "Travis",
        "Travis County",
        "TX",
    ]
    assert counties.at["40085", "STUSPS"] == "OK"


def test_blocks_come_with_signed_points(fake: FakeSources) -> None:
    blocks = gpd.read_file(io.BytesIO(ask(fake, BLOCKS_ZIP).body))
    assert blocks["INTPTLAT20"].str.fullmatch(r"\+30\.\d{7}").all()
    assert blocks["INTPTLON20"].str.fullmatch(r"-09[78]\.\d{7}").all()
    assert {"GEOID20", "ALAND20", "AWATER20"} <= set(blocks.columns)
    points = shapely.points(blocks["INTPTLON20"].astype(float), blocks["INTPTLAT20"].astype(float))
    assert shapely.contains_properly(blocks.geometry.to_numpy(), points).all()
    truth = fake.truth.blocks("453")
    assert list(blocks["GEOID20"]) == list(truth["GEOID"])


@pytest.mark.parametrize(("kind", "level"), [("blkgrp", "block group"), ("tract", "tract")])
def test_centres_of_population_are_the_mean_of_people(
    fake: FakeSources, kind: str, level: str
) -> None:
    short_name = {"blkgrp": "BG", "tract": "TR"}[kind]
    path = f"/geo/docs/reference/cenpop2020/{kind}/CenPop2020_Mean_{short_name}48.txt"
    text = ask(fake, path).body.decode("utf-8-sig")
    centres = pd.read_csv(io.StringIO(text), dtype=str)
    parts = ["STATEFP", "COUNTYFP", "TRACTCE", *(["BLKGRPCE"] if kind == "blkgrp" else [])]
    assert list(centres.columns) == [*parts, "POPULATION", "LATITUDE", "LONGITUDE"]
    assert centres["LATITUDE"].str.fullmatch(r"\+\d\d\.\d{6}").all()
    assert centres["LONGITUDE"].str.fullmatch(r"-\d{3}\.\d{6}").all()
    geoid = centres[parts].agg("".join, axis=1)
    assert list(geoid) == list(fake.truth.areas(level)["GEOID"])
    blocks = fake.truth.blocks("453")
    of_area = blocks[blocks["GEOID"].str.startswith(geoid[geoid.str[2:5] == "453"].iloc[0])]
    by_hand = np.average(of_area["longitude"], weights=of_area["total"])
    row = centres[geoid.str[2:5] == "453"].iloc[0]
    assert float(row["LONGITUDE"]) == pytest.approx(by_hand, abs=1e-6)
    assert int(row["POPULATION"]) == of_area["total"].sum()


@pytest.mark.parametrize(
    "path",
    [
        "/geo/tiger/GENZ2021/shp/cb_2021_48_tract_500k.zip",
        "/geo/tiger/GENZ2024/shp/cb_2023_48_tract_500k.zip",
        "/geo/tiger/GENZ2024/shp/cb_2024_01_tract_500k.zip",
        "/geo/tiger/GENZ2024/shp/cb_2024_48_county_500k.zip",
        "/geo/tiger/TIGER2020PL/STATE/48_Texas/48453/tl_2020_48453_tabblock20.zip",
        "/geo/tiger/TIGER2020PL/STATE/48_OKLAHOMA/48453/tl_2020_48453_tabblock20.zip",
        "/geo/tiger/TIGER2020PL/STATE/48_TEXAS/48001/tl_2020_48001_tabblock20.zip",
        "/geo/docs/reference/cenpop2020/tract/CenPop2020_Mean_TR01.txt",
        "/elsewhere",
    ],
)
def test_what_is_not_there_is_not_found(fake: FakeSources, path: str) -> None:
    assert ask(fake, path).status == 404


def test_another_process_answers_with_the_same_bytes(fake: FakeSources) -> None:
    paths = [TRACTS_ZIP, BLOCKS_ZIP, CENTRES_TXT]
    query = urlencode([("get", "B01001_003E,B17024_009M"), *TRAVIS])
    targets = [*paths, f"{ACS}?{query}", f"{SITES}/query?where=1%3D1&outFields=*"]
    code = (
        "import hashlib, sys, urllib.request\n"
        "from tests.fake_sources import FakeSources\n"
        "with FakeSources() as fake:\n"
        "    for target in sys.argv[1:]:\n"
        "        with urllib.request.urlopen(fake.url + target) as reply:\n"
        "            print(hashlib.sha256(reply.read()).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, *targets],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    digests = []
    for target in targets:
        with urllib.request.urlopen(fake.url + target) as reply:
            digests.append(hashlib.sha256(reply.read()).hexdigest())
    assert other.stdout.split() == digests


# ------------------------------------------------------------------------------------------ sites


def features(fake: FakeSources, where: str, **more: str) -> list[dict[str, Any]]:
    """Walk through all pages."""
    found: list[dict[str, Any]] = []
    while True:
        query = {"where": where, "outFields": "*", "outSR": "4326", "f": "json"} | more
        query["resultOffset"] = str(len(found))
        content = ask(fake, f"{SITES}/query", list(query.items())).content
        found += content["features"]
        if not content.get("exceededTransferLimit"):
            return found


def test_sites_come_in_pages_that_hold_each_of_them_once(fake: FakeSources) -> None:
    sites = features(fake, "Site_State='TX'", orderByFields="FID")
    truth = fake.truth.sites(2026, postal="TX")
    assert [site["attributes"]["FID"] for site in sites] == truth["FID"].tolist()
    assert len(fake.requests) == 3 == -(-len(truth) // 15)
    assert len(features(fake, "1=1")) == len(fake.truth.sites(2026)) == 39
    fake.requests.clear()
    assert len(features(fake, "1=1", resultRecordCount="13")) == 39
    assert len(fake.requests) == 3  # the last full page says that it is the last
    assert len(features(fake, "Site_State IN ('OK')")) == 6


def test_a_service_is_found_among_others_and_its_columns_drift(fake: FakeSources) -> None:
    names = [
        service["name"] for service in ask(fake, "/arcgis", [("f", "json")]).content["services"]
    ]
    years = sorted(int(m[1]) for n in names if (m := re.search(r"summer.*meal.*(\d{4})", n, re.I)))
    assert years == [2019, 2025, 2026]
    assert len(names) > len(years)

    def fields(service: str) -> dict[str, str]:
        about = ask(fake, f"/arcgis/{service}/FeatureServer/0", [("f", "json")]).content
        assert about["maxRecordCount"] == 15
        return {field["name"]: field["type"] for field in about["fields"]}

    older, newer = (fields(f"Summer_Meal_Site_Finder_{year}") for year in (2025, 2026))
    assert set(newer) - set(older) == {
        "Breakfast_Time2",
        "Lunch_Time2",
        "Snack_Time_AM2",
        "Snack_Time_PM2",
        "Dinner_Supper_Time2",
    }
    assert older["Start_date"] == "esriFieldTypeDate"
    assert "siteState" in fields("Summer_Meal_Sites_2019")


def test_contacts_are_offered_and_whoever_asks_for_them_is_seen(fake: FakeSources) -> None:
    about = ask(fake, SITES, [("f", "json")]).content
    offered = {field["name"] for field in about["fields"]} & CONTACT_FIELDS
    assert offered == {
        "Contact_First_Name",
        "Contact_Last_Name",
        "Contact_Phone",
        "Site_Phone",
        "Ext",
    }
    polite = [("where", "1=1"), ("outFields", "Site_Name,Site_City")]
    ask(fake, f"{SITES}/query", polite)
    assert fake.asked_site_fields == {"Site_Name", "Site_City"}
    ask(fake, f"{SITES}/query", [("where", "1=1"), ("outFields", "Site_Name,Contact_Phone")])
    assert fake.asked_site_fields & CONTACT_FIELDS == {"Contact_Phone"}


def test_no_site_is_a_person_s(fake: FakeSources) -> None:
    for year in fake.truth.site_years:
        sites = fake.truth.sites(year)
        name = "siteName" if year == 2019 else "Site_Name"
        assert sites[name].str.startswith("Illustrative").all()
        for field in CONTACT_FIELDS & set(sites.columns):
            assert set(sites[field]) == {"NOT TO BE ASKED FOR"}


def test_a_wrong_question_about_sites_is_refused_inside_an_answer_of_200(
    fake: FakeSources,
) -> None:
    for query in (
        [("where", "1=1"), ("outFields", "Nothing")],
        [("where", "Nothing='x'"), ("outFields", "FID")],
        [("outFields", "FID")],
        [("where", "1=1"), ("outFields", "FID"), ("orderByFields", "Nothing")],
    ):
        reply = ask(fake, f"{SITES}/query", query)
        assert reply.status == 200
        assert reply.content["error"]["code"] == 400


def test_points_are_in_metres_unless_degrees_are_asked_for(fake: FakeSources) -> None:
    (degrees, *_), (metres, *_) = features(fake, "1=1"), features(fake, "1=1", outSR="")
    assert degrees["geometry"]["x"] == degrees["attributes"]["X"]
    there = gpd.GeoSeries.from_xy([degrees["geometry"]["x"]], [degrees["geometry"]["y"]], crs=4326)
    (web,) = there.to_crs(3857)
    assert (metres["geometry"]["x"], metres["geometry"]["y"]) == pytest.approx((web.x, web.y))


# --------------------------------------------------------------------------------------- geocoder


def batch(fake: FakeSources, rows: str, **fields: str) -> Reply:
    boundary = "b0undary"
    parts = {"benchmark": "Public_AR_Current"} | fields
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
        if value
    )
    if rows:
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="addressFile"; '
            f'filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n{rows}\r\n'
        )
    body += f"--{boundary}--\r\n"
    upload = (f"multipart/form-data; boundary={boundary}", body.encode())
    return ask(fake, "/geocoder/locations/addressbatch", upload=upload)


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("12 Example St,Austin,TX,78701", ["Match", "Exact"]),
        ("12 Example St,austin,tx,78701-1234", ["Match", "Exact"]),
        ("15 Example St,Austin,TX,78701", ["Match", "Non_Exact"]),
        ("12 Example St,Austin,TX,78999", ["Match", "Non_Exact"]),
        ("12 Example St,Marietta,OK,73448", ["Match", "Exact"]),
        ("17 Example St,Austin,TX,78701", ["Tie"]),
        ("19 Example St,Austin,TX,78701", ["No_Match"]),
        ("Example St,Austin,TX,78701", ["No_Match"]),
        ("12 Example St,Nowhere,TX,78701", ["No_Match"]),
        ("12 Example St,Austin,OK,78701", ["No_Match"]),
        ("12", ["No_Match"]),
    ],
)
def test_the_house_number_says_whether_an_address_is_found(
    fake: FakeSources, address: str, outcome: list[str]
) -> None:
    reply = batch(fake, f"7,{address}\n")
    assert reply.status == 200
    (row,) = csv.reader(io.StringIO(reply.text))
    assert row[0] == "7"
    assert row[2 : 2 + len(outcome)] == outcome
    assert len(row) == (8 if outcome[0] == "Match" else 3)
    assert batch(fake, f"7,{address}\n").body == reply.body


def test_a_match_lies_in_its_city_and_a_site_s_address_at_the_site(fake: FakeSources) -> None:
    rows = "".join(f"{n},{n}0 Example St,Austin,TX,78701\n" for n in range(1000, 1050))
    answers = list(csv.reader(io.StringIO(batch(fake, rows).text)))
    points = np.array([row[5].split(",") for row in answers], dtype=float)
    austin = fake.truth.areas("place").set_index("NAME").geometry["Austin"]
    assert shapely.contains_xy(austin, points).all()
    assert len(np.unique(points, axis=0)) == 50
    site = fake.truth.sites(2026).iloc[0]
    address = ",".join(site[["Site_Address1", "Site_City", "Site_State", "Site_Zip"]])
    (row,) = csv.reader(io.StringIO(batch(fake, f"1,{address}\n").text))
    assert row[5] == f"{site['X']},{site['Y']}"


def test_rows_come_back_in_an_order_of_their_own(fake: FakeSources) -> None:
    rows = "".join(f'{n},"{n} Example St, Unit 2",Austin,TX,78701\n' for n in range(100))
    numbers = [row[0] for row in csv.reader(io.StringIO(batch(fake, rows).text))]
    assert sorted(numbers, key=int) == [str(n) for n in range(100)]
    assert numbers != sorted(numbers, key=int)


def test_too_many_rows_or_missing_parts_are_refused(fake: FakeSources) -> None:
    rows = "".join(f"{n},{n} Example St,Austin,TX,78701\n" for n in range(10_001))
    assert batch(fake, rows).status == 400
    assert batch(fake, rows[: rows.rindex("10000,")]).status == 200
    assert batch(fake, "").status == 400
    assert batch(fake, "1,1 A St,Austin,TX,78701\n", benchmark="").status == 400
    assert batch(fake, "1,1 A St,Austin,TX,78701\n", benchmark="Old").status == 400
    assert ask(fake, "/geocoder/locations/addressbatch").status == 405
    broken = ("multipart/form-data", b"no boundary at all")
    assert ask(fake, "/geocoder/locations/addressbatch", upload=broken).status == 400


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1))
def test_an_upload_is_read_as_it_was_sent(text: str) -> None:
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="addressFile"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + text.encode() + b"\r\n--xyz--\r\n"
    )
    assert read_form('multipart/form-data; boundary="xyz"', body) == {"addressFile": text.encode()}


# ------------------------------------------------------------------------------------------ faults


@pytest.mark.parametrize(
    ("fault", "status", "start"),
    [
        (no_content(), 204, b""),
        (too_many(7), 429, b"Too Many"),
        (server_error(), 500, b"There was an error"),
        (server_error(503), 503, b"There was an error"),
        (html(), 200, b"<html"),
        (fine(), 200, b'[["NAME"'),
        (slow(0.01), 200, b'[["NAME"'),
    ],
)
def test_a_fault_meets_the_next_request_and_no_other(
    fake: FakeSources, fault: Fault, status: int, start: bytes
) -> None:
    fake.faults.add(r"/acs5\?.*tract", fault)
    good = ask(fake, TRACTS_ZIP)
    assert good.status == 200
    assert fake.faults.left == 1
    spoilt = ask(fake, ACS, [("get", "NAME"), *TRAVIS])
    assert spoilt.status == status
    assert spoilt.body.startswith(start)
    assert spoilt.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert fake.faults.left == 0
    assert ask(fake, ACS, [("get", "NAME"), *TRAVIS]).body.startswith(b'[["NAME"')


def test_faults_come_in_turn_until_cleared(fake: FakeSources) -> None:
    fake.faults.add("/arcgis", server_error(), fine(), too_many())
    found = [ask(fake, "/arcgis").status for _ in range(4)]
    assert found == [500, 200, 429, 200]
    fake.faults.always("/arcgis", server_error())
    assert [ask(fake, "/arcgis").status for _ in range(2)] == [500, 500]
    fake.faults.clear()
    assert ask(fake, "/arcgis").status == 200


def test_a_damaged_body_looks_whole_and_a_short_one_breaks_off(fake: FakeSources) -> None:
    whole = ask(fake, TRACTS_ZIP).body
    fake.faults.add("_tract_", damaged(0.5), short(0.5), dropped())
    half = ask(fake, TRACTS_ZIP)
    assert half.body == whole[: len(whole) // 2]
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(half.body))
    with pytest.raises(http.client.IncompleteRead):
        ask(fake, TRACTS_ZIP)
    with pytest.raises(ConnectionError):
        ask(fake, TRACTS_ZIP)
    assert ask(fake, TRACTS_ZIP).body == whole


def test_columns_can_be_missing_or_have_new_names_everywhere(fake: FakeSources) -> None:
    fake.faults.add(r"/acs5\?", without("B01001_003E"), renamed(tract="Tract"))
    query = [("get", "NAME,B01001_003E"), *TRAVIS]
    assert list(table_of(ask(fake, ACS, query))) == ["NAME", "state", "county", "tract"]
    assert list(table_of(ask(fake, ACS, query)))[-1] == "Tract"

    fake.faults.add("_tract_", without("COUNTYFP"), renamed(GEOID="GEOID20"))
    assert "COUNTYFP" not in gpd.read_file(io.BytesIO(ask(fake, TRACTS_ZIP).body))
    columns = set(gpd.read_file(io.BytesIO(ask(fake, TRACTS_ZIP).body)).columns)
    assert "GEOID20" in columns
    assert "GEOID" not in columns
    assert "GEOID" in gpd.read_file(io.BytesIO(ask(fake, TRACTS_ZIP).body))

    fake.faults.add("tabblock20", without("INTPTLAT20"))
    assert "INTPTLAT20" not in gpd.read_file(io.BytesIO(ask(fake, BLOCKS_ZIP).body))
    fake.faults.add("CenPop", without("POPULATION"))
    assert "POPULATION" not in ask(fake, CENTRES_TXT).text

    fake.faults.add("FeatureServer/0", renamed(Site_State="state"), without("Lunch_Time"))
    about = ask(fake, SITES, [("f", "json")]).content
    assert {"Site_State", "state"} & {field["name"] for field in about["fields"]} == {"state"}
    refused = ask(fake, f"{SITES}/query", [("where", "1=1"), ("outFields", "Lunch_Time")])
    assert refused.content["error"]["code"] == 400


# --------------------------------------------------------------------------------- log and server


def test_the_log_names_what_was_asked_and_never_the_key(fake: FakeSources) -> None:
    ask(fake, ACS, [("get", "NAME"), *TRAVIS[:3], ("key", "a-secret")])
    ask(fake, "/geo/nothing.zip")
    first, second = fake.requests
    assert first.asked == f"GET {ACS}?for=tract:*&get=NAME&in=county:453&in=state:48"
    assert (first.status, first.has_key, first.is_whole) == (200, True, True)
    assert (second.path, second.status, second.has_key) == ("/geo/nothing.zip", 404, False)
    assert "a-secret" not in repr(list(fake.requests))
    assert len(fake.requests.matching("tract:")) == 1


def test_what_was_fetched_twice_is_told_and_what_failed_is_not(fake: FakeSources) -> None:
    fake.faults.add("/arcgis", server_error(), damaged(), html())
    for _ in range(4):
        ask(fake, "/arcgis")
    assert fake.requests.counts() == {"GET /arcgis": 4}
    assert fake.requests.repeated() == {}
    ask(fake, "/arcgis")
    assert fake.requests.repeated() == {"GET /arcgis": 2}
    fake.requests.clear()
    assert len(fake.requests) == 0
    batch(fake, "1,1 A St,Austin,TX,78701\n")
    batch(fake, "2,1 A St,Austin,TX,78701\n")
    assert fake.requests.repeated() == {}
    batch(fake, "2,1 A St,Austin,TX,78701\n")
    assert list(fake.requests.repeated().values()) == [2]


def test_a_client_that_hung_up_has_had_no_answer(fake: FakeSources) -> None:
    fake.faults.add("/arcgis", slow(0.3))
    with pytest.raises(TimeoutError):
        ask(fake, "/arcgis", timeout_s=0.05)
    deadline = time.monotonic() + 10
    while len(fake.requests) == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    (left,) = fake.requests
    assert left.status == 0
    ask(fake, "/arcgis")
    assert fake.requests.repeated() == {}


def test_several_clients_are_served_at_once_and_counted(fake: FakeSources) -> None:
    fake.pace_s = 0.2
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: ask(fake, "/arcgis"), range(6)))
    assert {reply.status for reply in replies} == {200}
    assert 2 <= fake.requests.most_at_once <= 6


def test_the_services_fail_loudly_where_they_are_wrong_themselves() -> None:
    with pytest.raises(AssertionError, match="invalid literal"), FakeSources() as fake:  # noqa: PT012
        query = [("where", "1=1"), ("outFields", "FID"), ("resultOffset", "many")]
        assert ask(fake, f"{SITES}/query", query).status == 500


def test_a_server_that_was_stopped_answers_no_more() -> None:
    with FakeSources() as fake:
        port = fake.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/arcgis")
        connection.getresponse().read()  # and stays open
    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
    with pytest.raises(RuntimeError, match="not running"):
        _ = fake.url


def test_it_runs_by_itself_and_prints_the_settings() -> None:
    command = [sys.executable, "-m", "tests.fake_sources", "--port", "0", "--faulty"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            lines = []
            for line in running.stdout:
                lines.append(line.rstrip())
                if "Ctrl+C" in line:
                    break
            text = "\n".join(lines)
            settings = dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))
            assert set(settings) == {
                "CENSUS_API_KEY",
                "GAPMAP_BOUNDARIES_URL",
                "GAPMAP_CACHE",
                "GAPMAP_CENSUS_URL",
                "GAPMAP_GEOCODER_URL",
                "GAPMAP_SITES_URL",
                "GAPMAP_STUDIES",
            }
            assert "MADE UP" in text
            assert "Travis County" in text
            assert "gapmap fetch --state TX --county Travis --sites" in text
            url = urlsplit(settings["GAPMAP_CENSUS_URL"])
            assert url.hostname == "127.0.0.1"
            found = []
            for _ in range(3):
                connection = http.client.HTTPConnection("127.0.0.1", url.port or 0, timeout=20)
                connection.request("GET", f"{url.path}/2024/acs/acs5.json")
                found.append(connection.getresponse().status)
                connection.close()
            assert found == [200, 200, 429]  # the third one is spoilt
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0
    assert not Path(settings["GAPMAP_CACHE"]).parent.exists()


def test_a_port_in_use_is_said_and_not_fatal(
    fake: FakeSources, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", str(fake.port)]) == 1
    assert f"Port {fake.port} cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["06", "06=many", "48=500", "06=3"])
def test_a_big_state_that_cannot_be_made_is_said(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--port", "0", "--state", wrong])
    assert "--state" in capsys.readouterr().err
