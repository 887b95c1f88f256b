"""The demonstration study as it is shipped: its files, and how sure its need is."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gapmap import assess_gaps, default_scenario, open_workspace
from gapmap.model import MEALS, WEEKDAYS

if TYPE_CHECKING:
    from gapmap.model import Study

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "data" / "nyc"
LAYERS = ROOT / "layers" / "nyc"
MEASURES = ["children", "children_low_income"]
BOROUGHS = {"Bronx", "Brooklyn", "Manhattan", "Queens", "Staten Island"}
KINDS = {"open", "restricted open", "closed", "camp"}


@pytest.fixture(scope="module")
def tracts() -> gpd.GeoDataFrame:
    return gpd.read_parquet(FILES / "tracts.parquet")


@pytest.fixture(scope="module")
def blocks() -> pd.DataFrame:
    return pd.read_parquet(FILES / "tax_blocks.parquet")


@pytest.fixture(scope="module")
def neighbourhoods() -> gpd.GeoDataFrame:
    return gpd.read_parquet(FILES / "neighbourhoods.parquet")


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    return pd.read_csv(FILES / "sites.csv", dtype={"meals": "str", "days": "str"})


def codes(cells: pd.Series) -> set[str]:
    return {code for cell in cells.dropna() for code in cell.split(";")}


# ------------------------------------------------------------------ need


def test_every_tract_of_2020_is_there_once_with_a_padded_geoid(tracts: gpd.GeoDataFrame) -> None:
    assert len(tracts) == 2_325
    assert tracts["geoid"].is_unique
    assert tracts["geoid"].str.fullmatch(r"36(005|047|061|081|085)\d{6}").all()
    assert tracts["name"].str.fullmatch(r"Census Tract [\d.]+, [A-Z][A-Za-z ]+").all()
    assert tracts["name"].is_unique


def test_every_neighbourhood_of_2020_is_there_once_with_its_borough(
    neighbourhoods: gpd.GeoDataFrame,
) -> None:
    assert len(neighbourhoods) == 262
    assert neighbourhoods["neighbourhood_id"].is_unique
    assert neighbourhoods["name"].notna().all()
    assert set(neighbourhoods["group"]) == BOROUGHS


def test_the_city_and_the_bronx_have_as_many_children_as_the_survey_counts(
    neighbourhoods: gpd.GeoDataFrame,
) -> None:
    by_borough = neighbourhoods.groupby("group")["children"].sum()

    assert by_borough.sum() == 1_740_197
    assert by_borough["Bronx"] == 350_869


@pytest.mark.parametrize("measure", MEASURES)
def test_spreading_loses_and_adds_nobody(
    measure: str,
    tracts: gpd.GeoDataFrame,
    blocks: pd.DataFrame,
    neighbourhoods: gpd.GeoDataFrame,
) -> None:
    home = blocks["geoid"].map(tracts.set_index("geoid")["neighbourhood_id"])
    published = neighbourhoods.set_index("neighbourhood_id")[measure].dropna()
    by_blocks = blocks[measure].groupby(home).sum().reindex(published.index, fill_value=0.0)
    by_tracts = tracts.groupby("neighbourhood_id")[measure].sum()[published.index]

    np.testing.assert_allclose(by_blocks, published, atol=0.05)
    np.testing.assert_allclose(by_tracts, by_blocks, atol=1e-6)


@pytest.mark.parametrize("measure", [*MEASURES, "population"])
def test_a_tract_is_the_sum_of_its_blocks(
    measure: str, tracts: gpd.GeoDataFrame, blocks: pd.DataFrame
) -> None:
    sums = blocks.groupby("geoid")[measure].sum(min_count=1)
    peopled = tracts.set_index("geoid")[measure].loc[sums.index]

    np.testing.assert_allclose(peopled, sums, atol=1e-6, equal_nan=True)


def test_a_tract_without_people_has_no_children_and_that_is_known(
    tracts: gpd.GeoDataFrame, blocks: pd.DataFrame
) -> None:
    empty = tracts[~tracts["geoid"].isin(blocks["geoid"])]

    assert len(empty) == 33
    assert (empty[["population", *MEASURES]] == 0).all().all()


def test_the_low_income_proxy_is_a_part_of_the_children_and_unknown_only_in_one_park(
    tracts: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame
) -> None:
    unknown = neighbourhoods[neighbourhoods["children_low_income"].isna()]

    assert unknown["name"].tolist() == ["Inwood Hill Park"]
    assert set(tracts.loc[tracts["children_low_income"].isna(), "neighbourhood_id"]) == {"MN1292"}
    assert tracts["children"].notna().all()
    known = tracts.dropna(subset="children_low_income")
    assert (known["children_low_income"] <= known["children"] + 1e-3).all()
    assert known["children_low_income"].sum() == pytest.approx(485_495, abs=1)


def test_margins_of_error_are_the_published_ones_and_only_by_neighbourhood(
    tracts: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame
) -> None:
    assert "children_moe" not in tracts.columns
    peopled = neighbourhoods[neighbourhoods["children"] > 0]
    assert (peopled["children_moe"] > 0).all()
    assert neighbourhoods.loc[neighbourhoods["children"] == 0, "children_moe"].isna().all()


def test_people_are_those_of_the_2020_count(blocks: pd.DataFrame) -> None:
    assert blocks["population"].sum() == pytest.approx(8_804_190, abs=1)
    assert (blocks["population"] > 0).all()


# ------------------------------------------------------------------ shapes


@pytest.mark.parametrize("name", ["tracts", "neighbourhoods"])
def test_shapes_are_valid_flat_and_share_their_borders(name: str) -> None:
    table = gpd.read_parquet(FILES / f"{name}.parquet")
    shapes = table.geometry.to_numpy()

    assert table.crs == "EPSG:4326"
    assert set(table.geom_type) <= {"Polygon", "MultiPolygon"}
    assert shapely.is_valid(shapes).all()
    assert not shapely.has_z(shapes).any()
    assert shapely.coverage_is_valid(shapes)


def test_neighbourhoods_are_exactly_their_tracts(
    tracts: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame
) -> None:
    parts = tracts.assign(area=shapely.area(tracts.geometry.to_numpy()))
    sums = parts.groupby("neighbourhood_id")["area"].sum()
    whole = pd.Series(
        shapely.area(neighbourhoods.geometry.to_numpy()), neighbourhoods["neighbourhood_id"]
    )

    assert set(sums.index) == set(whole.index)
    np.testing.assert_allclose(sums[whole.index], whole, rtol=1e-9)


def test_blocks_stand_in_their_tract(blocks: pd.DataFrame, tracts: gpd.GeoDataFrame) -> None:
    assert len(blocks) == 26_320
    assert not blocks.duplicated(["geoid", "tax_block"]).any()
    shapes = tracts.set_index("geoid").geometry.loc[blocks["geoid"]].to_numpy()
    points = shapely.points(blocks["longitude"], blocks["latitude"])
    outside = ~shapely.covers(shapes, points)

    # Lots whose tract in the city's file is not the one they lie in: across the street.
    assert outside.sum() <= 20
    assert shapely.distance(shapes[outside], points[outside]).max() < 0.0015


# ------------------------------------------------------------------ sites


def test_every_site_and_partner_says_that_it_is_made_up(sites: pd.DataFrame) -> None:
    assert 80 <= len(sites) <= 120
    assert sites["site_id"].is_unique
    assert sites["site_id"].str.startswith("ILL-").all()
    assert sites["name"].str.fullmatch(r"Illustrative site \d+, .+").all()
    assert sites["partner"].nunique() == 6
    assert sites["partner"].str.startswith("Illustrative ").all()
    assert sites["address"].isna().all()


def test_sites_speak_the_standard_words(sites: pd.DataFrame) -> None:
    assert set(sites["kind"]) == KINDS
    assert set(sites["service_model"].dropna()) == {"congregate"}
    assert set(sites["status"]) == {"active"}
    assert codes(sites["meals"]) <= set(MEALS)
    for meal in MEALS:
        if f"{meal}_days" not in sites:
            assert meal not in codes(sites["meals"])
            continue
        serves = sites["meals"].str.split(";").map(lambda own, meal=meal: meal in own, "ignore")
        assert serves[sites[f"{meal}_days"].notna()].all()
        assert serves[sites[f"{meal}_hours"].notna()].all()
        hours = sites[f"{meal}_hours"].dropna()
        assert hours.str.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d").all()
        assert (hours.str[:5] < hours.str[6:]).all()


def test_days_are_weekdays_in_the_order_of_the_week(sites: pd.DataFrame) -> None:
    for column in ["days", *(name for name in map(str, sites) if name.endswith("_days"))]:
        for cell in sites[column].dropna():
            days = cell.split(";")
            assert days == sorted(set(days), key=WEEKDAYS.index), f"{column}: {cell}"


def test_some_meals_days_hours_and_capacities_are_unknown(sites: pd.DataFrame) -> None:
    for column in ("meals", "days", "capacity", "service_model", "lunch_hours"):
        unknown = sites[column].isna().mean()
        assert 0 < unknown < 0.5, f"{unknown:.0%} of {column} are unknown"
    assert (sites["capacity"].dropna() > 0).all()


def test_sites_are_open_in_the_summer_of_2025(sites: pd.DataFrame) -> None:
    start, end = (pd.to_datetime(sites[name]) for name in ("start_date", "end_date"))

    assert start.min() >= pd.Timestamp("2025-06-27")
    assert end.max() <= pd.Timestamp("2025-09-05")
    assert (end - start).dt.days.min() > 28


def test_sites_stand_at_blocks_of_all_boroughs_but_most_in_the_bronx(
    sites: pd.DataFrame, blocks: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame
) -> None:
    people = set(zip(blocks["longitude"], blocks["latitude"], strict=True))
    assert set(zip(sites["longitude"], sites["latitude"], strict=True)) <= people
    assert not sites.duplicated(["longitude", "latitude"]).any()

    points = gpd.GeoDataFrame(
        sites, geometry=gpd.points_from_xy(sites["longitude"], sites["latitude"]), crs="EPSG:4326"
    )
    count = points.sjoin(neighbourhoods[["group", "geometry"]])["group"].value_counts()
    assert set(count.index) == BOROUGHS
    assert count.sum() == len(sites)
    assert count.idxmax() == "Bronx"


def test_there_are_gaps_and_overlaps_to_show(
    sites: pd.DataFrame, blocks: pd.DataFrame, tracts: gpd.GeoDataFrame
) -> None:
    half_mile_m = 804.672
    shrink = np.cos(np.radians(40.7))
    public = sites[sites["kind"].isin(["open", "restricted open"])]
    east = np.subtract.outer(blocks["longitude"].to_numpy(), public["longitude"].to_numpy())
    north = np.subtract.outer(blocks["latitude"].to_numpy(), public["latitude"].to_numpy())
    in_reach = np.hypot(east * shrink, north) * 111_195 <= half_mile_m
    home = blocks["geoid"].map(tracts.set_index("geoid")["neighbourhood_id"])

    reached = blocks["children"].where(in_reach.any(axis=1), 0.0).groupby(home).sum()
    children = blocks["children"].groupby(home).sum()
    bronx_gaps = children[(reached == 0) & children.index.str.startswith("BX")]
    assert (bronx_gaps > 3_000).sum() >= 3

    partners = [in_reach[:, (public["partner"] == name).to_numpy()].any(axis=1)
                for name in sorted(set(public["partner"]))]  # fmt: skip
    shared = blocks["children"][np.sum(partners, axis=0) >= 2].sum()
    assert shared > 50_000


# ------------------------------------------------------------------ descriptions


def test_each_layer_says_where_it_comes_from_and_what_it_is() -> None:
    layers = {path.stem: tomllib.loads(path.read_text()) for path in LAYERS.glob("*.toml")}
    study = layers.pop("study")

    assert study["need"] == "children"
    assert study["view"]["within"] in BOROUGHS
    assert {layer["role"] for layer in layers.values()} == {
        "need", "need_points", "neighbourhoods", "sites",
    }  # fmt: skip
    for name, layer in layers.items():
        assert layer["source"], name
        assert (ROOT / "data" / layer["file"]).is_file(), name
    assert layers["tracts"]["modelled"]
    assert layers["tax_blocks"]["modelled"]
    assert layers["sites"]["illustrative"]


def test_the_study_is_small_enough_to_live_in_the_repository() -> None:
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 5_000_000


def test_the_readme_names_every_file_and_every_archive() -> None:
    from scripts.nyc_archives import ARCHIVES

    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")

    for path in FILES.iterdir():
        assert f"nyc/{path.name}" in text
    for archive in ARCHIVES:
        assert archive.package in text
        assert archive.version in text
        assert archive.sha256 in text
    assert len(re.findall(r"^Copyright ", text, flags=re.MULTILINE)) == 2


# ------------------------------------------------------------------ how sure the need is


@pytest.fixture(scope="module")
def study() -> Study:
    return open_workspace().load_study("nyc")


def root_of_squares(margins: pd.Series) -> float:
    # Published by neighbourhood, and each neighbourhood's tracts rise and fall together.
    return math.sqrt(sum(moe**2 for moe in margins.dropna()))


@pytest.mark.parametrize("within", [None, *sorted(BOROUGHS)])
def test_the_margin_of_the_city_and_of_each_borough_is_that_of_its_neighbourhoods_together(
    within: str | None, study: Study, neighbourhoods: gpd.GeoDataFrame
) -> None:
    answer = assess_gaps(study, replace(default_scenario(study), within=within))
    mine = neighbourhoods if within is None else neighbourhoods[neighbourhoods["group"] == within]
    assert answer.need_total == pytest.approx(mine["children"].sum(), rel=1e-6)
    # A thousand draws find half of the middle 90 % to about 3 %.
    assert answer.need_moe == pytest.approx(root_of_squares(mine["children_moe"]), rel=0.1)
    assert answer.need_moe_method == "simulation"


def test_a_neighbourhood_has_its_published_margin_and_its_gap_the_part_out_of_reach(
    study: Study, neighbourhoods: gpd.GeoDataFrame
) -> None:
    found = assess_gaps(study).neighbourhoods.set_index("neighbourhood_id")
    published = neighbourhoods.set_index("neighbourhood_id").loc[found.index]
    assert (found["need_moe"].isna() == published["children_moe"].isna()).all()
    sure = published["children_moe"].notna()
    # A few need points stand on the far side of a border, and their children with them.
    expected = published["children_moe"] * found["need"] / published["children"]
    np.testing.assert_allclose(found["need_moe"][sure], expected[sure], rtol=2e-3)
    np.testing.assert_allclose(
        found["gap_moe"][sure],
        (found["need_moe"] * found["gap"] / found["need"])[sure],
        rtol=0.05,
        atol=0.01,
    )


def test_tracts_without_a_margin_are_those_of_neighbourhoods_without_one(
    study: Study, tracts: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame
) -> None:
    bare = neighbourhoods.loc[neighbourhoods["children_moe"].isna(), "neighbourhood_id"]
    answer = assess_gaps(study)
    assert answer.areas_without_moe == tracts["neighbourhood_id"].isin(bare).sum() > 0


def test_the_proxy_has_no_margin_and_says_so(study: Study) -> None:
    answer = assess_gaps(study, replace(default_scenario(study), measure="children_low_income"))
    assert math.isnan(answer.need_moe)
    assert answer.notes[-1].startswith("No margin of error is published")
