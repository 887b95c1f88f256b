from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gapmap.views.division_layers import division_layers, territory_shapes
from gapmap.views.divisions import division_bytes
from tests.views.sheet_towns import division, town

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

APART = ("Aid", "Bank", "Aid", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


@pytest.fixture(scope="module")
def apart(study: Study) -> Division:
    return division(study, APART)


def test_a_territory_is_the_ground_of_its_areas_and_no_more(apart: Division, study: Study) -> None:
    shapes = study.areas.geometry.to_numpy()
    found = territory_shapes(apart, shapes)
    assert list(found) == ["Aid", "Bank", None]
    for name, shape in found.items():
        mine = shapes[np.array([who == name for who in APART])]
        assert shapely.area(shape) == pytest.approx(shapely.area(mine).sum())
        assert shapely.equals(shapely.union_all(mine), shape)


def test_the_layer_of_territories_has_a_row_a_partner_with_its_figures(
    apart: Division, study: Study
) -> None:
    layer = division_layers(apart, study)["territories"].set_index("partner")
    # Cleo holds nothing, and has no shape.
    assert layer.index.tolist()[:2] == ["Aid", "Bank"]
    assert layer.index.isna().tolist() == [False, False, True]
    ann, bob = apart.territories[:2]
    assert layer["load"].tolist() == [ann.load, bob.load, 0.0]
    assert layer["target"].tolist()[:2] == [ann.target, bob.target]
    assert layer["area_count"].tolist() == [2, 3, 1]
    assert layer["piece_count"].tolist()[:2] == [2, 2]
    assert layer["gains"].tolist()[:2] == [ann.gains, bob.gains]
    assert set(layer["load_is"]) == {"children"}
    assert set(layer["data_version"]) == {study.data_version}
    assert set(layer.geom_type) == {"MultiPolygon"}
    assert len(shapely.get_parts(layer.geometry.iloc[0])) == 2


def test_a_geopackage_has_both_layers_and_they_agree(
    apart: Division, study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(division_bytes(apart, study, ".gpkg"))
    areas = gpd.read_file(path, layer="division")
    territories = gpd.read_file(path, layer="territories")
    assert areas.crs == territories.crs == "EPSG:4326"
    sums = areas.groupby("partner")[["load", "need", "gap"]].sum()
    held = territories.dropna(subset="partner").set_index("partner")
    assert held[["load", "need", "gap"]].to_numpy() == pytest.approx(sums.to_numpy())
    dissolved = areas.dropna(subset="partner").dissolve("partner").geometry
    assert shapely.area(
        shapely.symmetric_difference(dissolved.to_numpy(), held.geometry.to_numpy())
    ) == pytest.approx(0, abs=1e-12)


def test_nothing_that_is_nobody_s_needs_a_row(study: Study) -> None:
    whole = division(study, ("Aid", "Aid", "Bank", "Bank", "Cleo", "Cleo"))
    layer = division_layers(whole, study)["territories"]
    assert layer["partner"].tolist() == ["Aid", "Bank", "Cleo"]
