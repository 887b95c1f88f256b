from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gapmap.geo import STORED_CRS
from gapmap.model import Role
from gapmap.sources.fetching.counties import County
from gapmap.sources.fetching.places import (
    children_at,
    county_neighbourhoods,
    place_neighbourhoods,
)
from tests import builders

COUNTIES = (County("48001", "West County"), County("48003", "East County"))


def two_counties() -> gpd.GeoDataFrame:
    """Four squares in a row, two a county."""
    town = builders.areas([100, 100, 100, 100])
    town["geoid"] = ["48001000100", "48001000200", "48003000100", "48003000200"]
    return town


def spots(*points: tuple[float, str]):
    """Need points in the middle of the row, each of weight 1."""
    return builders.need_points(*((x, 500.0, geoid, 1.0) for x, geoid in points))


MIDDLES = spots(
    (500, "48001000100"), (1500, "48001000200"), (2500, "48003000100"), (3500, "48003000200")
)


def drawn(*places: tuple[str, str, float, float]) -> gpd.GeoDataFrame:
    """Places as stripes of the row: code, name, from x to x."""
    shapes = []
    for _, _, west, east in places:
        longitude, latitude = builders.to_degrees([west, east, east, west], [-50, -50, 1050, 1050])
        shapes.append(shapely.Polygon(np.column_stack([longitude, latitude])))
    return gpd.GeoDataFrame(
        {
            "GEOID": [place[0] for place in places],
            "NAME": [place[1] for place in places],
            "NAMELSAD": [f"{place[1]} city" for place in places],
        },
        geometry=shapes,
        crs="EPSG:4269",
    )


def test_places_divide_the_study_when_none_holds_more_than_half() -> None:
    places = drawn(("4800001", "Weston", 0, 1000), ("4800002", "Eastham", 2000, 3000))
    named = place_neighbourhoods(places, two_counties(), MIDDLES, COUNTIES)
    assert named is not None
    assert named.role is Role.NEIGHBOURHOODS
    assert named.table["name"].tolist() == [
        "Weston",
        "Eastham",
        "Outside cities and towns, West County",
        "Outside cities and towns, East County",
    ]
    assert named.table["group"].tolist() == ["West County", "East County"] * 2
    assert "more than half" in named.rule


def test_places_and_the_rest_cover_the_study_once() -> None:
    areas = two_counties()
    places = drawn(("4800001", "Weston", 600, 1800), ("4800002", "Eastham", 2200, 2900))
    named = place_neighbourhoods(places, areas, MIDDLES, COUNTIES)
    assert named is not None
    whole = areas.geometry.union_all()
    shapes = named.table.geometry.to_numpy()
    assert shapely.area(shapes).sum() == pytest.approx(whole.area)
    assert shapely.union_all(shapes).symmetric_difference(whole).area < 1e-12
    assert named.table.crs == STORED_CRS


def test_a_place_with_more_than_half_of_the_children_is_only_to_look_at() -> None:
    places = drawn(("4800001", "Weston", 0, 3000), ("4800002", "Eastham", 3000, 4000))
    named = place_neighbourhoods(places, two_counties(), MIDDLES, COUNTIES)
    assert named is not None
    assert named.role is Role.CONTEXT
    assert "Weston holds 75%" in named.rule
    assert len(named.table) == 2


def test_exactly_half_still_divides() -> None:
    places = drawn(("4800001", "Weston", 0, 2000), ("4800002", "Eastham", 2000, 4000))
    named = place_neighbourhoods(places, two_counties(), MIDDLES, COUNTIES)
    assert named is not None
    assert named.role is Role.NEIGHBOURHOODS
    # Nobody lives outside: no rest.
    assert named.table["name"].tolist() == ["Weston", "Eastham"]


def test_places_without_children_of_the_study_are_left_out() -> None:
    places = drawn(("4800001", "Weston", 0, 1000), ("4800002", "Far", 90_000, 91_000))
    areas = two_counties()
    named = place_neighbourhoods(places, areas, MIDDLES, COUNTIES)
    assert named is not None
    assert "Far" not in set(named.table["name"])
    only_far = drawn(("4800002", "Far", 90_000, 91_000))
    assert place_neighbourhoods(only_far, areas, MIDDLES, COUNTIES) is None


def test_two_places_of_one_name_are_told_apart() -> None:
    places = drawn(("4800001", "Troy", 0, 1000), ("4800002", "Troy", 2000, 3000))
    places.loc[1, "NAMELSAD"] = "Troy CDP"
    named = place_neighbourhoods(places, two_counties(), MIDDLES, COUNTIES)
    assert named is not None
    assert named.table["name"].tolist()[:2] == ["Troy city", "Troy CDP"]


def test_in_one_county_the_county_goes_without_saying() -> None:
    areas = two_counties().iloc[:2]
    places = drawn(("4800001", "Weston", 0, 1000))
    named = place_neighbourhoods(places, areas, MIDDLES.iloc[:2], COUNTIES[:1])
    assert named is not None
    assert named.table["group"].isna().all()


def test_children_stand_at_their_points_and_none_is_lost() -> None:
    areas = two_counties()
    areas["children"] = [100.0, 40.0, float("nan"), 7.0]
    # Nothing at the second square; nobody counted in the first one's other point.
    some = spots((500, "48001000100"), (600, "48001000100"), (2500, "48003000100"))
    some["children"] = [3.0, 1.0, 1.0]
    _, children = children_at(areas, some)
    assert children.tolist() == [75.0, 25.0, 0.0, 40.0, 7.0]


def test_counties_are_the_sums_of_their_areas() -> None:
    areas = two_counties()
    named = county_neighbourhoods(areas, COUNTIES, "A whole state is reported by county.")
    assert named.table["name"].tolist() == ["West County", "East County"]
    for row, part in enumerate((areas.iloc[:2], areas.iloc[2:])):
        shape = named.table.geometry.iloc[row]
        assert shape.area == pytest.approx(part.geometry.union_all().area)
