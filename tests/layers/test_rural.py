from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.catalogue import LayerSpec
from gapmap.layers.rural import rural_layer, standardise_rural
from tests import builders


def spec(**changes: Any) -> LayerSpec:
    known = {
        "id": "rural",
        "role": "rural",
        "title": "Rural",
        "file": "rural.csv",
        "source": "USDA",
        "vintage": "2023",
        "licence": "public domain",
    }
    return LayerSpec.model_validate(known | changes)


def listed(geoids: list[Any], said: list[Any], **changes: Any) -> dict[str, bool] | None:
    raw = pd.DataFrame({"GEOID": geoids, "rural": said})
    described = spec(**changes)
    return rural_layer(standardise_rural(raw, described).table, described).by_geoid


def test_a_list_says_yes_and_no_in_words() -> None:
    assert listed(["48001", "48003", "48005"], ["Yes", "no", "Rural"]) == {
        "48001": True,
        "48003": False,
        "48005": True,
    }
    assert listed(["48001", "48003"], [True, False]) == {"48001": True, "48003": False}
    assert listed(["48001", "48003"], [1, 0]) == {"48001": True, "48003": False}


def test_codes_mean_what_the_layer_says() -> None:
    meaning = {"rural": {"1": "no", "2": "no", "4": "yes", "10": "yes"}}
    found = listed([48001, 48003, 6001, 48005], [1, 4.0, 10, "2"], values=meaning)
    assert found == {"48001": False, "48003": True, "06001": True, "48005": False}


@pytest.mark.parametrize("codes", [[1, 1], [1, 4], [4, 5], ["maybe", "no"]])
def test_a_code_that_nobody_explained_is_refused(codes: list[Any]) -> None:
    """In a list of rural-urban codes, 1 is the largest of cities and not a yes."""
    with pytest.raises(TableError, match=r"values\.rural"):
        listed(["48001", "48003"], codes)


def test_what_is_not_said_is_unknown_and_counted() -> None:
    raw = pd.DataFrame({"GEOID": ["48001", "48003"], "rural": ["yes", None]})
    found = standardise_rural(raw, spec())
    assert rural_layer(found.table, spec()).by_geoid == {"48001": True}
    assert any("1 row(s) do not say" in note for note in found.notes)


def test_tracts_and_block_groups_can_be_listed_too() -> None:
    assert listed(["48001000100", "48001000200"], ["yes", "no"]) is not None
    assert listed(["480010001001"], ["yes"]) == {"480010001001": True}
    with pytest.raises(TableError, match="GEOID of no county"):
        listed(["480"], ["yes"])
    with pytest.raises(TableError, match="more than once"):
        listed(["48001", "48001"], ["yes", "no"])


def test_a_map_has_shapes_and_no_list() -> None:
    raw = gpd.GeoDataFrame(geometry=[builders.square(0, 0)], crs=STORED_CRS)
    layer = rural_layer(standardise_rural(raw, spec()).table, spec())
    assert layer.by_geoid is None
    assert layer.shapes is not None
    assert len(layer.shapes) == 1


def test_a_table_that_says_nothing_about_rural_is_refused() -> None:
    with pytest.raises(TableError, match="no column says what is rural"):
        standardise_rural(pd.DataFrame({"GEOID": ["48001"]}), spec())
