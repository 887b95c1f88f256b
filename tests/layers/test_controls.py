from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest

from gapmap.errors import TableError
from gapmap.layers.catalogue import LayerSpec
from gapmap.layers.controls import standardise_controls
from gapmap.layers.standardise import standardise_areas
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Controls


def layer(**changes: Any) -> LayerSpec:
    return LayerSpec.model_validate(
        {
            "id": "tracts",
            "role": "need",
            "title": "Squares",
            "file": "squares.parquet",
            "source": "Drawn for tests",
            "vintage": "2020",
            "licence": "MIT",
            "measures": {"children": {"column": "kids"}},
            "controls": {
                "file": "towns.csv",
                "key": "town",
                "area_key": "in_town",
                "title": "Town totals",
                "measures": {"children": {"column": "all_kids", "moe": "moe"}},
            },
            **changes,
        }
    )


def squares(kids: list[float], towns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "GEOID": [f"480010001{row:02d}" for row in range(len(kids))],
            "kids": kids,
            "in_town": towns,
        },
        geometry=[builders.square(1000 * row, 0) for row in range(len(kids))],
        crs=4326,
    )


def totals(**towns: tuple[Any, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "town": list(towns),
            "all_kids": [str(estimate) for estimate, _ in towns.values()],
            "moe": [str(margin) for _, margin in towns.values()],
        }
    )


def read(raw: gpd.GeoDataFrame, published: pd.DataFrame, **changes: Any) -> Controls:
    spec = layer(**changes)
    return standardise_controls(raw, spec, standardise_areas(raw, spec).table, published)


def test_every_area_knows_its_total_and_every_total_its_margin() -> None:
    found = read(
        squares([60, 40, 7, 9], ["A", "A", "B", None]), totals(A=("100", "30"), B=("7", "**"))
    )
    assert found.of_area == ("A", "A", "B", None)
    assert found.title == "Town totals"
    assert found.table["control_id"].tolist() == ["A", "B"]
    assert found.table["children"].tolist() == [100, 7]
    assert found.table["children_moe"].tolist() == pytest.approx([30, math.nan], nan_ok=True)


def test_areas_left_out_at_the_door_do_not_shift_the_others() -> None:
    raw = squares([60, 40, 7], ["A", "A", "B"])
    raw.loc[0, "geometry"] = None
    found = read(raw, totals(A=(100, 30), B=(7, 2)))
    assert found.of_area == ("A", "B")


def test_the_table_of_a_layer_may_name_the_totals() -> None:
    raw = squares([60, 40], ["A", "B"])
    attributes = pd.DataFrame(
        {"key": ["48001000101", "48001000100"], "kids": [40, 60], "in_town": ["B", "A"]}
    )
    spec = layer(table={"file": "kids.csv", "key": "key"})
    areas = standardise_areas(raw.drop(columns="in_town"), spec, attributes).table
    shapes = raw.drop(columns="in_town")
    found = standardise_controls(shapes, spec, areas, totals(A=(60, 3), B=(40, 2)), attributes)
    assert found.of_area == ("A", "B")


def test_a_total_that_stands_twice_is_refused() -> None:
    twice = pd.concat([totals(A=(100, 30)), totals(A=(90, 30))])
    with pytest.raises(TableError, match="A more than once in town"):
        read(squares([60], ["A"]), twice)


def test_an_area_of_a_total_that_is_not_there_is_refused_with_its_name() -> None:
    with pytest.raises(TableError, match="not in town \\(C\\)"):
        read(squares([60, 40], ["A", "C"]), totals(A=(100, 30)))


def test_totals_smaller_than_what_was_spread_from_them_are_refused() -> None:
    with pytest.raises(TableError, match="A: 100 of 50"):
        read(squares([60, 40], ["A", "A"]), totals(A=(50, 30)))


def test_a_total_may_reach_beyond_the_study() -> None:
    assert read(squares([60], ["A"]), totals(A=(5000, 30))).of_area == ("A",)


def test_a_measure_that_the_layer_does_not_have_is_refused() -> None:
    controls = {
        **layer().model_dump()["controls"],
        "measures": {"adults": {"column": "all_kids", "moe": "moe"}},
    }
    with pytest.raises(TableError, match=r"controls\.measures\.adults.*It has children"):
        read(squares([60], ["A"]), totals(A=(60, 3)), controls=controls)
