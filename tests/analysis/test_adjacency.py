from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Voronoi

from gapmap.analysis.adjacency import Borders, shared_borders

if TYPE_CHECKING:
    from collections.abc import Sequence

DEGREE_M = 111_320.0
"""Metres in a degree both ways, on the equator, to within a street."""


def box(x_m: float, y_m: float, width_m: float = 1000.0, height_m: float = 1000.0) -> Any:
    """A rectangle on the equator by metres from (0, 0)."""
    sides = np.array([x_m, y_m, x_m + width_m, y_m + height_m]) / DEGREE_M
    return shapely.box(*sides)


def pairs(found: Borders) -> set[tuple[int, int]]:
    rows, columns = found.neighbours.tocoo().coords
    return {(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if a < b}


def length_m(found: Borders, one: int, other: int) -> float:
    return float(found.neighbours[one, other])


def cells(seed: int, count: int) -> list[Any]:
    """A square degree divided among random seeds, corners rounded as files round them."""
    random = np.random.default_rng(seed)
    place = random.random((count, 2))
    mirrored = [place]
    for axis, edge in ((0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0)):
        mirror = place.copy()
        mirror[:, axis] = 2 * edge - mirror[:, axis]
        mirrored.append(mirror)
    diagram = Voronoi(np.vstack(mirrored))
    return [
        shapely.Polygon(np.round(diagram.vertices[diagram.regions[diagram.point_region[row]]], 6))
        for row in range(count)
    ]


def by_shapely(shapes: Sequence[Any]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs that share a line, and pairs of which that cannot be said for sure."""
    sure, unsure = set(), set()
    for one in range(len(shapes)):
        for other in range(one + 1, len(shapes)):
            common = shapely.intersection(shapes[one].boundary, shapes[other].boundary).length
            if common > 20 / DEGREE_M:
                sure.add((one, other))
            elif common > 0:
                unsure.add((one, other))
    return sure, unsure


# -------------------------------------------------------------------------------- drawn alike


def test_squares_in_a_field_border_by_their_sides_and_not_by_their_corners() -> None:
    field = [box(1000 * x, 1000 * y) for y in range(2) for x in range(3)]
    found = shared_borders(field)
    assert pairs(found) == {(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)}
    assert found.count_alone == 0
    assert not found.is_near.any()
    assert found.of(4).tolist() == [1, 3, 5]


def test_the_length_of_a_border_is_in_metres() -> None:
    found = shared_borders([box(0, 0), box(1000, 0, 500, 1000)])
    assert length_m(found, 0, 1) == pytest.approx(1000, rel=0.01)
    assert length_m(found, 1, 0) == length_m(found, 0, 1)


def test_a_degree_of_longitude_is_half_as_long_at_sixty_north() -> None:
    far_north = [shapely.box(10, 60, 10.01, 60.01), shapely.box(10, 60.01, 10.01, 60.02)]
    assert length_m(shared_borders(far_north), 0, 1) == pytest.approx(557.8, rel=0.005)


def test_an_area_by_itself_is_counted_as_having_no_neighbour() -> None:
    found = shared_borders([box(0, 0), box(1000, 0), box(50_000, 0)])
    assert found.count_alone == 1
    assert found.of(2).size == 0


@pytest.mark.parametrize("shapes", [[], [None], [shapely.Polygon()], [None, box(0, 0)]])
def test_what_has_no_shape_has_no_neighbour(shapes: list[Any]) -> None:
    found = shared_borders(shapes)
    assert found.neighbours.shape == (len(shapes), len(shapes))
    assert found.count_alone == len(shapes)


def test_the_area_in_a_hole_borders_on_the_one_around_it() -> None:
    around = shapely.Polygon(box(0, 0, 3000, 3000).exterior, [box(1000, 1000).exterior])
    found = shared_borders([around, box(1000, 1000)])
    assert pairs(found) == {(0, 1)}
    assert length_m(found, 0, 1) == pytest.approx(4000, rel=0.01)


def test_each_part_of_an_area_has_its_neighbours_and_its_own_seams_are_none() -> None:
    # Two parts that touch, as a file may have them: the seam is no border.
    parts = shapely.MultiPolygon([box(0, 0), box(0, 1000), box(5000, 0)])
    found = shared_borders([parts, box(1000, 0), box(6000, 0)])
    assert pairs(found) == {(0, 1), (0, 2)}
    assert found.neighbours.diagonal().sum() == 0


def test_areas_that_lie_on_each_other_all_border_on_each_other() -> None:
    found = shared_borders([box(0, 0)] * 10)
    assert len(pairs(found)) == 45
    assert length_m(found, 3, 7) == pytest.approx(4000, rel=0.01)


def test_borders_across_the_antimeridian_are_found_however_they_are_drawn() -> None:
    east = shapely.box(179.99, 52.0, 180.0, 52.01)
    west = shapely.box(-180.0, 52.0, -179.99, 52.01)
    assert pairs(shared_borders([east, west])) == {(0, 1)}
    longer = shapely.box(-180.0, 52.0, -179.99, 52.017)
    found = shared_borders([east, longer])
    assert pairs(found) == {(0, 1)}
    assert not found.is_near.any()
    # Drawn alike, half a metre is enough: less than what is looked for along outlines.
    narrow = [shapely.box(x, 52.0, x + 0.01, 52.000005) for x in (179.99, -180.0)]
    assert pairs(shared_borders(narrow)) == {(0, 1)}
    apart = shapely.box(-179.9999, 52.0, -179.99, 52.01)
    assert pairs(shared_borders([east, apart])) == {(0, 1)}
    assert shared_borders([east, apart]).is_near.all()


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 40))
def test_on_random_tessellations_neighbours_are_those_that_share_a_line(
    seed: int, count: int
) -> None:
    shapes = cells(seed, count)
    found = pairs(shared_borders(shapes))
    sure, unsure = by_shapely(shapes)
    assert sure <= found <= sure | unsure


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(4, 30))
def test_neighbours_do_not_hang_on_the_order_the_direction_or_the_start_of_rings(
    seed: int, count: int
) -> None:
    shapes = cells(seed, count)
    random = np.random.default_rng(seed)
    turned = random.permutation(count)
    redrawn = []
    for row in turned:
        corners = shapely.get_coordinates(shapes[row])[:-1]
        corners = np.roll(corners, random.integers(len(corners)), axis=0)
        redrawn.append(shapely.Polygon(corners[::-1] if random.random() < 0.5 else corners))
    straight = shared_borders(shapes).neighbours.toarray()
    mixed = shared_borders(redrawn).neighbours.toarray()
    np.testing.assert_allclose(mixed, straight[turned][:, turned])


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_a_border_is_as_long_as_shapely_measures_it(seed: int, count: int) -> None:
    shapes = cells(seed, count)
    found = shared_borders(shapes)
    scale = [111_320 * np.cos(np.radians(0.5)), 110_574]
    flat = shapely.transform(np.array(shapes), lambda corners: corners * scale)
    for one, other in pairs(found):
        line = shapely.intersection(shapely.boundary(flat[one]), shapely.boundary(flat[other]))
        assert length_m(found, one, other) == pytest.approx(shapely.length(line), rel=0.01, abs=1)


# -------------------------------------------------------------------------------- drawn apart


def test_a_side_with_more_corners_than_its_neighbours_is_still_one_border() -> None:
    long = box(0, 1000, 3000, 1000)
    found = shared_borders([box(0, 0), box(1000, 0), box(2000, 0), long])
    assert pairs(found) == {(0, 1), (1, 2), (0, 3), (1, 3), (2, 3)}
    assert not found.is_near.any()
    assert length_m(found, 1, 3) == pytest.approx(1000, rel=0.01)


def test_two_drawings_of_one_border_are_one_border_within_the_tolerance() -> None:
    for gap_m, is_border in ((5, True), (-5, True), (19, True), (25, False)):
        found = shared_borders([box(0, 0), box(1000 + gap_m, 0)])
        assert pairs(found) == ({(0, 1)} if is_border else set())
        if is_border:
            assert found.are_near_only(0, 1)
            assert found.are_near_only(1, 0)
            assert length_m(found, 0, 1) == pytest.approx(1000, rel=0.05)
    assert pairs(shared_borders([box(0, 0), box(1005, 0)], tolerance_m=0)) == set()
    assert pairs(shared_borders([box(0, 0), box(1025, 0)], tolerance_m=30)) == {(0, 1)}


def test_a_corner_near_another_makes_no_border() -> None:
    assert pairs(shared_borders([box(0, 0), box(1003, 1003)])) == set()
    assert pairs(shared_borders([box(0, 0), box(1000, 1000)])) == set()
    # Side by side for 60 m only: less than the least.
    shifted = [box(0, 0), box(1003, 940)]
    assert pairs(shared_borders(shifted)) == set()
    assert pairs(shared_borders(shifted, least_m=50)) == {(0, 1)}


def test_two_files_simplified_apart_keep_their_neighbours_across_the_line() -> None:
    """A wavy line between two rows of areas, drawn with other corners and 2 m apart."""
    x = np.linspace(0, 4000, 201)
    wave = 1000 + 60 * np.sin(x / 150)

    def row(above: bool, every: int) -> list[Any]:
        areas = []
        for left, right in pairwise(range(0, 201, 50)):
            kept = np.unique([*range(left, right, every), right])
            line = np.column_stack([x[kept], wave[kept] + 2 * above])
            far = 2000.0 if above else 0.0
            ring = [*line, (x[right], far), (x[left], far)]
            areas.append(shapely.Polygon(np.array(ring) / DEGREE_M))
        return areas

    south, north = row(False, 3), row(True, 4)
    found = shared_borders([*south, *north])
    across = {pair for pair in pairs(found) if pair[0] < 4 <= pair[1]}
    assert across == {(0, 4), (1, 5), (2, 6), (3, 7)}
    assert all(found.are_near_only(*pair) for pair in across)
    along = pairs(found) - across
    assert along == {(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7)}
    assert not any(found.are_near_only(*pair) for pair in along)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(4, 25), st.floats(0, 360))
def test_shifting_one_file_by_a_few_metres_loses_no_long_border(
    seed: int, count: int, bearing: float
) -> None:
    shapes = cells(seed, count)
    before = shared_borders(shapes)
    shift = np.array([np.cos(np.radians(bearing)), np.sin(np.radians(bearing))]) * 6 / DEGREE_M
    moved = [
        shapely.transform(shape, lambda corners: corners + shift) if row % 2 else shape
        for row, shape in enumerate(shapes)
    ]
    after = pairs(shared_borders(moved))
    long = {pair for pair in pairs(before) if length_m(before, *pair) > 400}
    assert long <= after
    # And it makes none of areas that were far from each other.
    near = {
        (one, other)
        for one in range(count)
        for other in range(one + 1, count)
        if shapely.distance(shapes[one], shapes[other]) < 40 / DEGREE_M
    }
    assert after <= near
