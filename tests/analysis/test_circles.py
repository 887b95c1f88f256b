from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from gapmap.analysis.circles import Rings, circle_shares, depth_area
from gapmap.errors import RequestError

SQUARE = box(0, 0, 100, 100)
QUAD_SEGMENTS = 256  # circles of 1,024 sides


def covered(shape, sites, reach_m, *, owner=None, at_least=1):
    """Area of one shape inside circles, square metres."""
    x, y = np.array(sites, dtype=float).reshape(-1, 2).T
    owners = np.arange(len(x)) if owner is None else owner
    return depth_area(Rings.of([shape]), x, y, owners, reach_m, at_least=at_least)[0]


def many_sided(x, y, reach_m):
    return Point(x, y).buffer(reach_m, quad_segs=QUAD_SEGMENTS)


def sides_allowance(shape, reach_m):
    """Area that circles of 1,024 sides may lack: their sagitta along the border and then some."""
    sagitta = reach_m * (1 - math.cos(math.pi / (4 * QUAD_SEGMENTS)))
    return 1e-5 * shape.area + sagitta * shape.length


@st.composite
def shapes(draw):
    """Build a star-shaped polygon on a grid, perhaps with a hole, perhaps of two parts."""
    middle = draw(st.tuples(st.integers(-5, 5), st.integers(-5, 5)))
    count = draw(st.integers(4, 9))
    lengths = draw(st.lists(st.integers(2, 6), min_size=count, max_size=count))
    turn = np.arange(count) / count * 2 * np.pi
    spokes = np.column_stack([np.cos(turn), np.sin(turn)]) * np.array(lengths)[:, None]
    # Rounded to the grid that sites stand on: corners and sites fall on top of each other.
    shape = shapely.make_valid(Polygon(np.round(spokes) * 100 + np.array(middle) * 100))
    if draw(st.booleans()):
        hole = Polygon(spokes * 35 + np.array(middle) * 100)
        shape = shape.difference(hole)
    if draw(st.booleans()):
        west, south = draw(st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
        shape = shape.union(box(west * 100, south * 100, west * 100 + 200, south * 100 + 300))
    return shape


@st.composite
def circle_lists(draw, at_most=6):
    """Draw centres (on a grid or anywhere, some of them twice), owners and a radius."""
    on_grid = st.integers(-10, 10).map(lambda step: step * 100.0)
    anywhere = st.floats(-1_000, 1_000)
    centre = st.one_of(st.tuples(on_grid, on_grid), st.tuples(anywhere, anywhere))
    centres = draw(st.lists(centre, max_size=at_most))
    if centres and draw(st.booleans()):
        centres.append(draw(st.sampled_from(centres)))
    owner = draw(st.lists(st.integers(0, 2), min_size=len(centres), max_size=len(centres)))
    reach_m = draw(st.sampled_from([50.0, 100.0, 500.0, 1_000.0]) | st.floats(20.0, 2_000.0))
    x, y = np.array(centres).reshape(-1, 2).T
    return x, y, np.array(owner, dtype=int), reach_m


def test_a_circle_inside_a_square_is_a_true_circle():
    assert covered(SQUARE, [(50, 50)], 10) == pytest.approx(math.pi * 100, rel=1e-14)


@pytest.mark.parametrize(
    ("site", "part"), [((50, 0), 1 / 2), ((0, 0), 1 / 4), ((100, 100), 1 / 4), ((0, 30), 1 / 2)]
)
def test_a_site_on_an_edge_or_corner_covers_its_part_of_a_circle(site, part):
    assert covered(SQUARE, [site], 20) == pytest.approx(part * math.pi * 400, rel=1e-12)


def test_two_crossing_circles_cover_their_sum_less_the_lens():
    reach, apart = 20.0, 24.0
    lens = 2 * reach**2 * math.acos(apart / 2 / reach) - apart / 2 * math.sqrt(
        4 * reach**2 - apart**2
    )
    sites = [(38, 50), (38 + apart, 50)]
    circle = math.pi * reach**2
    assert covered(SQUARE, sites, reach) == pytest.approx(2 * circle - lens, rel=1e-12)
    assert covered(SQUARE, sites, reach, at_least=2) == pytest.approx(lens, rel=1e-12)
    assert covered(SQUARE, sites, reach, owner=[0, 0], at_least=2) == 0.0


def test_a_hole_is_not_covered():
    ring = SQUARE.difference(box(40, 40, 60, 60))
    assert covered(ring, [(50, 50)], 30) == pytest.approx(math.pi * 900 - 400, rel=1e-12)
    assert covered(ring, [(50, 50)], 5) == 0.0


def test_a_circle_round_the_hole_is_cut_out_whole():
    ring = SQUARE.difference(many_sided(50, 50, 20))
    assert covered(ring, [(50, 50)], 19.9) == 0.0


def test_all_parts_of_a_multipolygon_and_of_a_collection_count():
    parts = MultiPolygon([SQUARE, box(200, 0, 300, 100)])
    mixed = GeometryCollection([parts, LineString([(0, 0), (500, 500)])])
    assert covered(parts, [(150, 50)], 1_000) == parts.area
    assert covered(mixed, [(0, 0), (300, 0)], 20) == pytest.approx(math.pi * 200, rel=1e-12)


@pytest.mark.parametrize("nothing", [Polygon(), None, LineString([(0, 0), (9, 9)]), MultiPolygon()])
def test_what_has_no_area_has_no_share(nothing):
    rings = Rings.of([nothing, SQUARE])
    found = circle_shares(rings, [50.0], [50.0], [0], 1_000)
    assert found.share.tolist() == [0.0, 1.0]
    assert found.overlap_share.tolist() == [0.0, 0.0]


def test_a_circle_through_all_corners_covers_exactly_everything():
    assert covered(box(-3, -4, 3, 4), [(0, 0)], 5) == 48.0


def test_a_circle_that_touches_all_edges_covers_its_own_area():
    assert covered(SQUARE, [(50, 50)], 50) == pytest.approx(math.pi * 2_500, rel=1e-12)


def test_a_circle_that_touches_from_outside_covers_nothing():
    assert covered(SQUARE, [(-50, 50)], 50) == 0.0
    assert covered(SQUARE, [(-30, -40)], 50) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("inward_m", [0.0, 1e-13, 1e-10, 1e-7, 1e-4])
@pytest.mark.parametrize("along", [1.0, 37.5, 50.0])
def test_a_circle_that_enters_by_a_hair_covers_no_more_than_that(inward_m, along):
    sites = [
        (-50 + inward_m, along),
        (150 - inward_m, along),
        (along, -50 + inward_m),
        (along, 150 - inward_m),
    ]
    for site in sites:
        segment = 4 / 3 * math.sqrt(2 * 50) * inward_m**1.5
        assert covered(SQUARE, [site], 50) == pytest.approx(segment, rel=1e-3, abs=1e-8)


def test_circles_that_touch_each_other_cover_their_sum():
    sites = [(30, 50), (70, 50)]
    assert covered(SQUARE, sites, 20) == pytest.approx(2 * math.pi * 400, rel=1e-12)
    assert covered(SQUARE, sites, 20, at_least=2) == pytest.approx(0.0, abs=1e-9)


def test_a_square_that_several_circles_cover_only_together_is_covered_exactly():
    sites = [(x, y) for x in (25, 75) for y in (25, 75)]
    assert covered(SQUARE, sites, 36) == SQUARE.area
    assert covered(SQUARE, sites, 35) < SQUARE.area


def test_a_gap_between_circles_is_found():
    # Four circles round the middle: they meet all edges but leave the middle free.
    sites = [(0, 0), (0, 100), (100, 0), (100, 100)]
    assert covered(SQUARE, sites, 50) == pytest.approx(math.pi * 2_500, rel=1e-12)
    free = covered(SQUARE, sites, 60)
    assert SQUARE.area - 100 * 100 < free < SQUARE.area


def test_a_polygon_of_a_square_millimetre_is_measured():
    tiny = box(0, 0, 1e-3, 1e-3)
    assert covered(tiny, [(0, 0)], 5e-4) == pytest.approx(math.pi * 25e-8 / 4, rel=1e-9)
    assert covered(tiny, [(0, 0)], 1_000) == tiny.area


def test_a_tiny_circle_in_a_vast_polygon_is_measured():
    vast = box(0, 0, 1e6, 1e6)
    assert covered(vast, [(912_345.6, 765_432.1)], 10) == pytest.approx(math.pi * 100, rel=1e-9)


def test_sites_far_away_and_sites_without_a_place_change_nothing():
    sites = [(50, 50), (5e6, -3e6), (math.nan, 0), (math.inf, 50)]
    assert covered(SQUARE, sites, 10) == covered(SQUARE, sites[:1], 10)


def test_without_sites_or_without_polygons_there_is_nothing_to_measure():
    assert covered(SQUARE, [], 10) == 0.0
    assert depth_area(Rings.of([]), [0.0], [0.0], [0], 10).shape == (0,)


def test_owners_are_any_whole_numbers():
    sites = [(50, 50), (55, 50)]
    apart = covered(SQUARE, sites, 10, owner=[-7, 10**12], at_least=2)
    assert apart == covered(SQUARE, sites, 10, owner=[0, 1], at_least=2) > 0


def test_fewer_than_one_owner_is_refused():
    with pytest.raises(RequestError, match="at least 0 owners"):
        covered(SQUARE, [(0, 0)], 10, at_least=0)


@settings(max_examples=60)
@given(st.lists(shapes(), min_size=1, max_size=3), circle_lists(), st.integers(1, 4))
def test_depths_are_those_of_many_sided_circles(geometries, circles, at_least):
    x, y, owner, reach_m = circles
    of_owner = [
        shapely.union_all(
            [many_sided(*place) for place in zip(x[own], y[own], itertools.repeat(reach_m))]
        )
        for own in (owner == code for code in np.unique(owner))
    ]
    deep = shapely.union_all(
        [shapely.intersection_all(some) for some in itertools.combinations(of_owner, at_least)]
    )
    found = depth_area(Rings.of(geometries), x, y, owner, reach_m, at_least=at_least)
    for shape, area in zip(geometries, found, strict=True):
        assert area == pytest.approx(
            shape.intersection(deep).area, abs=sides_allowance(shape, reach_m)
        )


@settings(max_examples=60)
@given(shapes(), circle_lists())
def test_parts_and_lone_parts_are_those_of_many_sided_circles(shape, circles):
    x, y, owner, reach_m = circles
    found = circle_shares(Rings.of([shape]), x, y, owner, reach_m)
    sided = [many_sided(*place, reach_m) for place in zip(x, y, strict=True)]
    allowed = sides_allowance(shape, reach_m) / shape.area

    def share(cover):
        return pytest.approx(shape.intersection(cover).area / shape.area, abs=allowed)

    everything = shapely.union_all(sided)
    assert found.share[0] == share(everything)
    for pair, site in enumerate(found.site):
        others = shapely.union_all([c for at, c in enumerate(sided) if at != site])
        assert found.site_share[pair] == share(sided[site])
        assert found.site_only_share[pair] == share(sided[site].difference(others))
    for code in np.unique(owner):
        own = shapely.union_all([c for c, of in zip(sided, owner, strict=True) if of == code])
        others = shapely.union_all([c for c, of in zip(sided, owner, strict=True) if of != code])
        mine = owner[found.site] == code
        assert found.owner_share[mine].sum() == share(own)
        assert found.owner_only_share[mine].sum() == share(own.difference(others))


@given(shapes(), circle_lists(), st.floats(1.0, 2.0))
def test_a_longer_reach_never_covers_less(shape, circles, factor):
    x, y, owner, reach_m = circles
    rings = Rings.of([shape])
    near = depth_area(rings, x, y, owner, reach_m)
    far = depth_area(rings, x, y, owner, reach_m * factor)
    assert far[0] >= near[0] - 1e-9 * shape.area


@given(shapes(), circle_lists(), st.tuples(st.floats(-1_000, 1_000), st.floats(-1_000, 1_000)))
def test_one_more_site_never_covers_less(shape, circles, place):
    x, y, _, reach_m = circles
    rings = Rings.of([shape])
    owner = np.zeros(len(x) + 1, dtype=int)
    fewer = depth_area(rings, x, y, owner[1:], reach_m)
    more = depth_area(rings, np.append(x, place[0]), np.append(y, place[1]), owner, reach_m)
    assert more[0] >= fewer[0] - 1e-9 * shape.area


@given(shapes(), circle_lists(), st.randoms())
def test_the_order_of_circles_does_not_matter(shape, circles, random):
    x, y, owner, reach_m = circles
    order = random.sample(range(len(x)), len(x))
    rings = Rings.of([shape])
    for at_least in (1, 2):
        straight = depth_area(rings, x, y, owner, reach_m, at_least=at_least)
        shuffled = depth_area(rings, x[order], y[order], owner[order], reach_m, at_least=at_least)
        assert shuffled == pytest.approx(straight, abs=1e-9 * shape.area)


@given(circle_lists(), st.integers(1, 3))
def test_pieces_of_a_polygon_add_up_to_it(circles, at_least):
    x, y, owner, reach_m = circles
    steps = range(-6, 6)
    pieces = [box(a * 100, b * 100, a * 100 + 100, b * 100 + 100) for a in steps for b in steps]
    whole = box(-600, -600, 600, 600)
    found = depth_area(Rings.of([*pieces, whole]), x, y, owner, reach_m, at_least=at_least)
    assert found[:-1].sum() == pytest.approx(found[-1], abs=1e-9 * whole.area)


@given(shapes(), circle_lists())
def test_depths_add_up_to_what_the_owners_cover_each(shape, circles):
    x, y, owner, reach_m = circles
    rings = Rings.of([shape])
    by_depth = sum(
        depth_area(rings, x, y, owner, reach_m, at_least=depth)[0] for depth in (1, 2, 3)
    )
    by_owner = sum(
        depth_area(rings, x[owner == code], y[owner == code], owner[owner == code], reach_m)[0]
        for code in range(3)
    )
    assert by_depth == pytest.approx(by_owner, abs=1e-9 * shape.area)


@given(shapes(), circle_lists())
def test_where_the_plane_has_its_origin_does_not_matter(shape, circles):
    x, y, owner, reach_m = circles
    moved = shapely.transform(shape, lambda corners: corners + np.array([4e6, -2e6]))
    here = depth_area(Rings.of([shape]), x, y, owner, reach_m)
    there = depth_area(Rings.of([moved]), x + 4e6, y - 2e6, owner, reach_m)
    assert there == pytest.approx(here, abs=1e-8 * shape.area)


def test_many_sessions_at_once_get_the_same_answer():
    random = np.random.default_rng(11)
    corners = random.uniform(0, 50_000, (5_000, 2))
    rings = Rings.of([box(a, b, a + 900, b + 700) for a, b in corners])
    x, y = random.uniform(0, 50_000, (2, 400))
    owner = random.integers(0, 5, 400)
    expected = depth_area(rings, x, y, owner, 2_000.0, at_least=2)
    with ThreadPoolExecutor(8) as sessions:
        answers = list(
            sessions.map(lambda _: depth_area(rings, x, y, owner, 2_000.0, at_least=2), range(24))
        )
    assert 0 < expected.sum() < rings.area.sum()
    assert all((answer == expected).all() for answer in answers)
