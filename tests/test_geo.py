from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gapmap.errors import TableError
from gapmap.geo import LocalPlane, chord_m, earth_centred, to_stored_crs

GEOD = Geod(ellps="GRS80")


@given(
    st.floats(-180, 180),
    st.floats(-89, 89),
    st.floats(0, 360),
    st.floats(10, 16_000),
)
def test_the_chord_through_the_earth_is_the_distance_along_it(
    longitude: float, latitude: float, bearing: float, distance_m: float
) -> None:
    there = GEOD.fwd(longitude, latitude, bearing, distance_m)
    ends = earth_centred([longitude, there[0]], [latitude, there[1]])
    measured = float(np.linalg.norm(ends[1] - ends[0]))
    # The mean radius stands for the local one: within 1e-5 of the distance at 16 km.
    assert measured == pytest.approx(chord_m(distance_m), rel=1e-5)


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(-73.9, 40.8), (-97.7, 30.3), (-149.9, 61.2), (179.99, -16.5)]
)
def test_a_circle_on_the_plane_is_a_true_circle_to_a_thousandth_of_its_area(
    longitude: float, latitude: float
) -> None:
    # The circle as the earth has it, 20 km from the centre of the plane.
    east, north, _ = GEOD.fwd(longitude, latitude, 70, 20_000)
    rim = [GEOD.fwd(east, north, bearing, 1609.344)[:2] for bearing in np.arange(0, 360, 0.5)]
    plane = LocalPlane(longitude, latitude)
    ring = shapely.Polygon(np.column_stack(plane.project(*np.transpose(rim))))
    assert ring.area == pytest.approx(math.pi * 1609.344**2, rel=1e-3)


def test_a_plane_across_the_antimeridian_has_its_centre_there() -> None:
    fiji = gpd.GeoDataFrame(
        geometry=[shapely.box(177, -18, 179.9, -16), shapely.box(-179.9, -18, -178, -16)],
        crs=4326,
    )
    plane = LocalPlane.around(fiji.iloc[:1], fiji.iloc[1:])
    assert abs(plane.longitude) > 177


def test_a_table_without_crs_is_refused_with_the_cure() -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)])
    with pytest.raises(TableError, match='crs = "EPSG:4326"'):
        to_stored_crs(table, what="Layer sites")


def test_metres_that_call_themselves_degrees_are_refused() -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.Point(620_000, 3_350_000)], crs=4326)
    with pytest.raises(TableError, match="off the earth"):
        to_stored_crs(table, what="Layer sites")


def test_a_projected_table_is_brought_to_degrees() -> None:
    there = gpd.GeoDataFrame(geometry=[shapely.Point(-97.7, 30.3)], crs=4326)
    back = to_stored_crs(there.to_crs(32614), what="Layer sites")
    assert back.crs == "EPSG:4326"
    assert back.geometry.iloc[0].distance(there.geometry.iloc[0]) < 1e-8
