from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.analysis.reach import in_reach, nearest_site, pairs_in_reach
from gapmap.geo import chord_m, earth_centred

HALF_MILE_M = 804.672


@st.composite
def places(draw, at_most=12):
    """Points and sites about one spot of the earth, the awkward spots included."""
    longitude = draw(st.sampled_from([0.0, -74.0, 179.9995, -180.0, 180.0]))
    latitude = draw(st.sampled_from([0.0, 40.7, 64.8, 89.999, -89.9995]))
    scale = draw(st.sampled_from([1e-4, 0.01, 1.0, 90.0]))
    offset = st.floats(-1.0, 1.0, allow_nan=False, width=32)
    place = st.tuples(offset, offset)
    points = np.array(draw(st.lists(place, max_size=at_most))).reshape(-1, 2) * scale
    sites = np.array(draw(st.lists(place, max_size=at_most))).reshape(-1, 2) * scale
    reach_m = draw(st.sampled_from([0.5, 20.0, HALF_MILE_M, 50_000.0, 500_000.0]))
    return (
        longitude + points[:, 0],
        np.clip(latitude + points[:, 1], -90, 90),
        longitude + sites[:, 0],
        np.clip(latitude + sites[:, 1], -90, 90),
        reach_m,
    )


def chords(longitude, latitude, sites_longitude, sites_latitude):
    points = earth_centred(longitude, latitude)
    sites = earth_centred(sites_longitude, sites_latitude)
    return np.linalg.norm(points[:, None] - sites[None], axis=2)


@given(places())
def test_pairs_are_those_that_comparing_everything_with_everything_finds(case):
    *points_and_sites, reach_m = case
    chord = chords(*points_and_sites)
    found = pairs_in_reach(*case).toarray()
    # Where rounding decides, either answer is right.
    clear = np.abs(chord - chord_m(reach_m)) > 1e-6
    assert (found == (chord <= chord_m(reach_m)))[clear].all()


@given(places())
def test_a_point_is_in_reach_if_it_has_any_pair(case):
    assert (in_reach(*case) == pairs_in_reach(*case).toarray().any(axis=1)).all()


@given(places(), st.floats(1.0, 3.0))
def test_a_longer_reach_loses_no_pair(case, factor):
    *points_and_sites, reach_m = case
    near = pairs_in_reach(*case).toarray()
    far = pairs_in_reach(*(*points_and_sites, reach_m * factor)).toarray()
    assert (near <= far).all()


@given(places(), st.randoms())
def test_the_order_of_points_and_sites_does_not_matter(case, random):
    longitude, latitude, sites_longitude, sites_latitude, reach_m = case
    rows = random.sample(range(len(longitude)), len(longitude))
    columns = random.sample(range(len(sites_longitude)), len(sites_longitude))
    found = pairs_in_reach(*case).toarray()
    shuffled = pairs_in_reach(
        longitude[rows],
        latitude[rows],
        sites_longitude[columns],
        sites_latitude[columns],
        reach_m,
    ).toarray()
    assert (shuffled == found[np.ix_(rows, columns)]).all()


@given(places())
def test_the_nearest_site_is_the_nearest_of_all(case):
    *points_and_sites, _ = case
    site, distance_m = nearest_site(*points_and_sites)
    chord = chords(*points_and_sites)
    if not chord.shape[1]:
        assert (site == -1).all()
        assert np.isinf(distance_m).all()
    else:
        rows = np.arange(len(chord))
        assert chord[rows, site] == pytest.approx(chord.min(axis=1), abs=1e-6)


@pytest.mark.parametrize(("reach_m", "expected"), [(222.0, False), (223.0, True)])
def test_sites_are_found_across_the_antimeridian(reach_m, expected):
    # 0.002 degrees on the equator: 222.6 m.
    assert in_reach([179.999], [0.0], [-179.999], [0.0], reach_m).tolist() == [expected]
    assert in_reach([-179.999], [0.0], [179.999], [0.0], reach_m).tolist() == [expected]


@pytest.mark.parametrize("pole", [-1.0, 1.0])
def test_sites_are_found_across_a_pole(pole):
    # 0.001 degrees of a meridian at the pole: 111.7 m, on either side.
    assert in_reach([0.0], [pole * 89.999], [180.0], [pole * 89.999], 224.0).all()
    assert not in_reach([0.0], [pole * 89.999], [180.0], [pole * 89.999], 223.0).any()


def test_a_longitude_may_be_a_full_turn_away():
    assert pairs_in_reach([-74.0, 286.0], [40.7] * 2, [286.0, -74.0], [40.7] * 2, 1.0).nnz == 4


def test_a_site_at_the_point_itself_is_in_reach_however_short_the_reach():
    assert in_reach([-74.0], [40.7], [-74.0], [40.7], 1e-6).all()


@pytest.mark.parametrize("count", [0, 3])
def test_without_sites_nothing_is_in_reach(count):
    points = [-74.0] * count, [40.7] * count
    assert in_reach(*points, [], [], 1_000.0).tolist() == [False] * count
    assert pairs_in_reach(*points, [], [], 1_000.0).shape == (count, 0)
    assert nearest_site(*points, [], [])[0].tolist() == [-1] * count


def test_places_that_are_unknown_are_in_reach_of_nothing():
    unknown = float("nan")
    pairs = pairs_in_reach([0.0, unknown, 0.0], [0.0, 0.0, unknown], [0.0, unknown], [0.0, 0.0], 9)
    assert pairs.toarray().tolist() == [[True, False], [False, False], [False, False]]
    site, distance_m = nearest_site([0.0, unknown], [0.0, 0.0], [unknown, 0.0], [0.0, 0.0])
    assert site.tolist() == [1, -1]
    assert distance_m.tolist() == [0.0, np.inf]


def test_distance_to_the_nearest_site_is_along_the_earth():
    # A degree of the equator on GRS80 is 111,319.5 m; the mean radius makes 0.02 m of that.
    site, distance_m = nearest_site([1.0], [0.0], [5.0, 0.0], [0.0, 0.0])
    assert site.tolist() == [1]
    assert distance_m[0] == pytest.approx(111_319.49, abs=0.1)


def test_of_sites_at_one_place_the_first_is_named_nearest():
    assert nearest_site([0.0], [0.0], [1.0, 0.1, 0.1], [0.0, 0.0, 0.0])[0].tolist() == [1]


def test_nearest_and_in_reach_agree_on_distance():
    random = np.random.default_rng(7)
    points = random.uniform(-74.1, -73.9, 500), random.uniform(40.6, 40.8, 500)
    sites = random.uniform(-74.1, -73.9, 20), random.uniform(40.6, 40.8, 20)
    _, distance_m = nearest_site(*points, *sites)
    assert (in_reach(*points, *sites, 1_500.0) == (distance_m <= 1_500.0)).all()


def test_arrays_that_cannot_be_written_are_read_and_left_alone():
    longitude, latitude = np.array([-74.0, -75.0]), np.array([40.7, 40.7])
    longitude.flags.writeable = False
    assert in_reach(longitude, latitude, longitude[:1], latitude[:1], 10.0).tolist() == [
        True,
        False,
    ]


def test_many_sessions_at_once_get_the_same_answer():
    random = np.random.default_rng(3)
    points = random.uniform(-75.0, -73.0, 100_000), random.uniform(40.0, 42.0, 100_000)
    sites = random.uniform(-75.0, -73.0, 300), random.uniform(40.0, 42.0, 300)
    expected = in_reach(*points, *sites, 3_000.0)
    with ThreadPoolExecutor(8) as sessions:
        answers = list(sessions.map(lambda _: in_reach(*points, *sites, 3_000.0), range(24)))
    assert 0 < expected.sum() < len(expected)
    assert all((answer == expected).all() for answer in answers)
