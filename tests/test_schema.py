from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely

from gapmap.errors import TableError
from gapmap.model import Role
from gapmap.schema import check_table
from tests import builders


def check(table: Any, role: Role, *measures: str) -> None:
    check_table(table, role, what="Layer town", measures=measures)


def test_the_builders_tables_keep_their_contracts() -> None:
    check(builders.areas([1, float("nan")]), Role.NEED, "children")
    check(builders.sites((0, 0), (100, 0)), Role.SITES)
    check(builders.neighbourhoods("West"), Role.NEIGHBOURHOODS)
    check(builders.need_points((1, 1, "48001000100", 2)), Role.NEED_POINTS, "children")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"geoid": 48001000100}, "48001000100 in geoid, expected text"),
        ({"geoid": ""}, "expected text"),
        ({"children": -1.0}, "-1.0 in children, expected a count of 0 or more"),
        ({"children": -666666666.0}, "expected a count of 0 or more"),
    ],
)
def test_an_area_that_breaks_its_contract_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        check(builders.areas([1]).assign(**change), Role.NEED, "children")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"days": "monday"}, "weekday codes"),
        ({"lunch_days": "mon,tue"}, "weekday codes"),
        ({"lunch_hours": "11:30 - 13:00"}, "hours such as"),
        ({"capacity": -5.0}, "0 or more"),
    ],
)
def test_a_site_that_breaks_its_contract_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        check(builders.sites((0, 0)).assign(**change), Role.SITES)


def test_a_site_that_stands_twice_is_refused() -> None:
    with pytest.raises(TableError, match="s0” stands more than once in site_id"):
        check(builders.sites((0, 0), (9, 9), site_id=["s0", "s0"]), Role.SITES)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TableError, match="there is no column “name”"):
        check(builders.areas([1]).drop(columns="name"), Role.NEED, "children")


def test_shapes_of_the_wrong_kind_or_place_are_refused() -> None:
    areas = builders.areas([1])
    points = areas.set_geometry(gpd.GeoSeries([shapely.Point(0, 0)], crs=4326))
    with pytest.raises(TableError, match="has Point; expected Polygon"):
        check(points, Role.NEED, "children")
    with pytest.raises(TableError, match="not in EPSG:4326"):
        check(areas.to_crs(3857), Role.NEED, "children")
    empty = areas.set_geometry(gpd.GeoSeries([shapely.Polygon()], crs=4326))
    with pytest.raises(TableError, match="1 rows without a shape"):
        check(empty, Role.NEED, "children")
    bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(TableError, match="1 invalid shapes"):
        check(areas.set_geometry(gpd.GeoSeries([bowtie], crs=4326)), Role.NEED, "children")
