from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from gapmap.analysis.circles import Rings
from gapmap.analysis.coverage import areal_coverage, areal_share, points_coverage

# On the equator a degree is about 111 km, so these stand about 1.1 km apart.
STEP = 0.01
REACH_M = 1_200.0


def tables(coverage):
    """Every figure of a coverage as a full table."""
    values = {field.name: getattr(coverage, field.name) for field in fields(coverage)}
    return {
        name: value if isinstance(value, np.ndarray) else value.toarray()
        for name, value in values.items()
    }


@st.composite
def towns(draw):
    """Draw sites, some of them at one place, with partners, and points: all on one small grid."""
    step = st.integers(0, 6)
    sites = np.array(draw(st.lists(st.tuples(step, step), max_size=7))).reshape(-1, 2)
    points = np.array(draw(st.lists(st.tuples(step, step), min_size=1, max_size=9)))
    partner = draw(st.lists(st.integers(0, 2), min_size=len(sites), max_size=len(sites)))
    reach_m = draw(st.sampled_from([500.0, 1_200.0, 2_600.0]))
    return points, sites, np.array(partner, dtype=int), reach_m


def naive(points, sites, partner, reach_m):
    """The same figures by counting, one point after the other."""
    partner_total = partner.max() + 1 if len(partner) else 0
    reached = np.zeros((len(points), len(sites)), dtype=bool)
    for atom, point in enumerate(points):
        for site, place in enumerate(sites):
            reached[atom, site] = np.hypot(*(point - place)) * STEP * 111_000 <= reach_m
    by_partner = np.zeros((len(points), partner_total), dtype=bool)
    for site, code in enumerate(partner):
        by_partner[:, code] |= reached[:, site]
    return {
        "share": reached.any(axis=1),
        "overlap_share": by_partner.sum(axis=1) >= 2,
        "site_count": reached.sum(axis=1),
        "partner_count": by_partner.sum(axis=1),
        "site_share": reached,
        "site_only_share": reached & (reached.sum(axis=1) == 1)[:, None],
        "partner_share": by_partner,
        "partner_only_share": by_partner & (by_partner.sum(axis=1) == 1)[:, None],
    }


@given(towns())
def test_points_coverage_is_what_counting_finds(town):
    points, sites, partner, reach_m = town
    (longitude, latitude), (east, north) = (points * STEP).T, (sites * STEP).T
    found = tables(points_coverage(longitude, latitude, east, north, partner, reach_m))
    for name, expected in naive(*town).items():
        assert found[name].tolist() == expected.astype(float).tolist(), name


@given(towns())
def test_areal_coverage_of_specks_is_points_coverage(town):
    points, sites, partner, reach_m = town
    metres = points * STEP * 111_000
    specks = Rings.of([box(x - 0.5, y - 0.5, x + 0.5, y + 0.5) for x, y in metres])
    east, north = (sites * STEP * 111_000).T
    found = tables(areal_coverage(specks, east, north, partner, reach_m))
    for name, expected in naive(*town).items():
        assert found[name] == pytest.approx(expected.astype(float), abs=1e-9), name


@given(towns())
def test_shares_hang_together(town):
    points, sites, partner, reach_m = town
    squares = Rings.of([box(x, y, x + 900, y + 700) for x, y in points * 1_110.0])
    x, y = (sites * 1_110.0).T
    coverage = areal_coverage(squares, x, y, partner, reach_m)
    figures = tables(coverage)
    assert coverage.share == pytest.approx(areal_share(squares, x, y, reach_m), abs=1e-9)
    assert (figures["site_only_share"] <= figures["site_share"] + 1e-9).all()
    assert (figures["partner_only_share"] <= figures["partner_share"] + 1e-9).all()
    # What one partner alone reaches, and what two or more do, is all that is reached.
    alone = figures["partner_only_share"].sum(axis=1)
    assert alone + coverage.overlap_share == pytest.approx(coverage.share, abs=1e-9)
    assert (coverage.site_count == (figures["site_share"] > 0).sum(axis=1)).all()
    assert (coverage.partner_count == (figures["partner_share"] > 0).sum(axis=1)).all()
    assert all(((value >= 0) & (value <= 7)).all() for value in figures.values())


@pytest.mark.parametrize("method", ["points", "areal"])
def test_sites_at_one_place_reach_nothing_alone(method):
    if method == "points":
        coverage = points_coverage([0.0], [0.0], [0.0, 0.0], [0.0, 0.0], [0, 1], REACH_M)
    else:
        square = Rings.of([box(-2_000, -2_000, 2_000, 2_000)])
        coverage = areal_coverage(square, [0.0, 0.0], [0.0, 0.0], [0, 1], REACH_M)
    assert coverage.site_only_share.toarray().tolist() == [[0.0, 0.0]]
    assert coverage.partner_only_share.toarray().tolist() == [[0.0, 0.0]]
    assert coverage.overlap_share.tolist() == coverage.share.tolist()
    assert coverage.share[0] > 0


def test_two_sites_of_one_partner_are_no_overlap():
    coverage = points_coverage([0.0], [0.0], [0.0, STEP / 2], [0.0, 0.0], [3, 3], REACH_M)
    assert coverage.overlap_share.tolist() == [0.0]
    assert coverage.site_count.tolist() == [2]
    assert coverage.partner_count.tolist() == [1]
    assert coverage.partner_only_share.toarray().tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_full_cover_is_exactly_one():
    squares = Rings.of([box(0, 0, 1_000, 1_000), box(1_000, 0, 1_700.1, 333.3)])
    coverage = areal_coverage(squares, [500.0, 1_350.0], [500.0, 150.0], [0, 1], 800.0)
    assert coverage.share.tolist() == [1.0, 1.0]
    assert areal_share(squares, [500.0, 1_350.0], [500.0, 150.0], 800.0).tolist() == [1.0, 1.0]


def test_without_sites_everything_is_nought():
    rings = Rings.of([box(0, 0, 1, 1), Polygon()])
    for coverage in (
        points_coverage([0.0, 1.0], [0.0, 1.0], [], [], [], REACH_M),
        areal_coverage(rings, [], [], [], REACH_M),
    ):
        assert coverage.share.tolist() == [0.0, 0.0]
        assert coverage.overlap_share.tolist() == [0.0, 0.0]
        assert coverage.site_count.tolist() == [0, 0]
        assert coverage.site_share.shape == (2, 0)
        assert coverage.partner_share.shape == (2, 0)
    assert areal_share(rings, [], [], REACH_M).tolist() == [0.0, 0.0]
