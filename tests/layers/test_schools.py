from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gapmap.errors import LayerError, TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.catalogue import LayerSpec
from gapmap.layers.schools import school_layer, standardise_schools
from tests import builders

if TYPE_CHECKING:
    from gapmap.layers.standardise import StandardTable


def spec(**changes: Any) -> LayerSpec:
    known = {
        "id": "schools",
        "role": "schools",
        "title": "Schools",
        "file": "schools.csv",
        "source": "State agency",
        "vintage": "2024",
        "licence": "public domain",
    }
    return LayerSpec.model_validate(known | changes)


def points(shares: list[Any], column: str = "frp_share", **columns: Any) -> pd.DataFrame:
    longitude, latitude = builders.to_degrees(500.0 * np.arange(len(shares)), [500.0] * len(shares))
    names = [f"School {row}" for row in range(len(shares))]
    table = {
        "name": names,
        "longitude": longitude,
        "latitude": np.broadcast_to(latitude, len(names)),
    }
    return pd.DataFrame({**table, column: shares, **columns})


def standard(raw: pd.DataFrame, **changes: Any) -> StandardTable:
    return standardise_schools(raw, spec(**changes))


def shares(raw: pd.DataFrame, **changes: Any) -> list[float]:
    return [float(share) for share in standard(raw, **changes).table["frp_share"]]


def test_shares_are_read_as_shares_and_percentages_as_percentages() -> None:
    assert shares(points([0.25, 1.0, 0])) == [0.25, 1.0, 0.0]
    assert shares(points([25, 100, 0])) == [0.25, 1.0, 0.0]
    assert shares(points(["25%", "100 %", "0%"])) == [0.25, 1.0, 0.0]
    assert shares(points(["49.9", "50.0"])) == pytest.approx([0.499, 0.5])


@pytest.mark.parametrize("given", [[0, 1], [1, 1], [0.6, 45], [0, 0], ["30%", 0.4]])
def test_what_could_be_either_is_refused_until_somebody_says(given: list[Any]) -> None:
    with pytest.raises(TableError, match="frp_unit"):
        shares(points(given))


def test_the_layer_can_say_which_it_is() -> None:
    assert shares(points([0, 1]), constants={"frp_unit": "share"}) == [0, 1]
    assert shares(points([0.6, 45]), constants={"frp_unit": "percent"}) == [0.006, 0.45]
    with pytest.raises(LayerError, match="share or percent"):
        shares(points([0, 1]), constants={"frp_unit": "half"})


def test_a_share_of_more_than_all_is_refused() -> None:
    with pytest.raises(TableError, match="more than all children"):
        shares(points([25, 130]))
    with pytest.raises(TableError, match="more than all children"):
        shares(points([12.0, 0.3]), constants={"frp_unit": "share"})


def test_a_count_of_the_enrolled_makes_a_share() -> None:
    raw = points([30, 10, 5], "frp_count", enrolled=[60, 0, 10])
    found = standard(raw).table
    np.testing.assert_array_equal(found["frp_share"], [0.5, np.nan, 0.5])
    assert found["enrolled"].tolist() == [60, 0, 10]


def test_an_unknown_share_stays_unknown_and_is_counted() -> None:
    found = standard(points([25, None, "*"]))
    assert np.isnan(found.table["frp_share"][1:]).all()
    assert any("unknown for 2 of 3" in note for note in found.notes)
    assert np.isnan(found.table["enrolled"]).all()


def test_schools_without_a_place_are_left_out_and_counted() -> None:
    raw = points([25, 30])
    raw.loc[0, "longitude"] = np.nan
    found = standard(raw)
    assert found.table["name"].tolist() == ["School 1"]
    assert found.rows_in == 2
    assert any("1 rows without coordinates" in note for note in found.notes)


def test_points_have_the_radius_of_the_layer() -> None:
    described = spec(radius="0.5mi")
    layer = school_layer(standardise_schools(points([25, 30]), described).table, described)
    assert layer.radius_m == pytest.approx(804.672)
    assert school_layer(standard(points([25])).table, spec()).radius_m == 0


def areas(given: list[float], shape: Any = None) -> gpd.GeoDataFrame:
    squares = [shape or builders.square(1000 * row, 0) for row in range(len(given))]
    names = [f"School {row}" for row in range(len(given))]
    return gpd.GeoDataFrame({"name": names, "frp": given}, geometry=squares, crs=STORED_CRS)


def test_attendance_areas_are_polygons_and_take_no_radius() -> None:
    found = standard(areas([25.0, 60.0]))
    assert set(found.table.geom_type) == {"Polygon"}
    assert found.table["school_id"].is_unique
    with pytest.raises(LayerError, match="Leave the radius out"):
        standard(areas([25.0, 60.0]), radius="1km")


def test_points_and_polygons_are_not_mixed() -> None:
    mixed = areas([25.0, 60.0])
    mixed.loc[0, "geometry"] = mixed.geometry.iloc[0].centroid
    with pytest.raises(TableError, match="make a layer of each"):
        standard(mixed)
