"""Real block groups, made-up counts: who borders on whom, and who is eligible, found twice."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.eligibility import judge_areas
from gapmap.rules import Adjacency, EligibilityRules, Route

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PLACES = ["baltimore/block_groups_2020.geojson", "va_charlottesville/block_groups.geojson"]


@pytest.fixture(params=PLACES)
def shapes(request: pytest.FixtureRequest, shared_data: Path) -> NDArray[Any]:
    table = gpd.read_file(shared_data / request.param)
    found: NDArray[Any] = table.geometry.to_numpy()
    return found


def touching(shapes: NDArray[Any]) -> set[tuple[int, int]]:
    """Pairs whose boundaries share more than a point, by shapely alone."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    lines = shapely.boundary(shapes)
    common = shapely.length(shapely.intersection(lines[one], lines[other]))
    # A hundred-thousandth of a degree is a metre.
    return {(int(a), int(b)) for a, b, m in zip(one, other, common, strict=True) if m > 1e-5}


def counts(size: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Made-up counts with many near the thresholds, some areas without children, some unknown."""
    random = np.random.default_rng(seed)
    children = random.integers(0, 400, size).astype(float)
    eligible = np.rint(children * np.clip(random.normal(0.45, 0.08, size), 0, 1))
    children[random.random(size) < 0.05] = 0
    eligible = np.minimum(eligible, children)
    eligible[random.random(size) < 0.05] = np.nan
    return children, eligible


def sets_around(
    area: int, beside: dict[int, set[int]], adjacency: Adjacency
) -> set[tuple[int, ...]]:
    """Every set of one to three areas that holds the area and is adjacent."""
    near = beside[area] | {far for one in beside[area] for far in beside[one]} - {area}
    found = {(area,), *(tuple(sorted((area, one))) for one in beside[area])}
    for pair in combinations(sorted(near), 2):
        members = tuple(sorted((area, *pair)))
        touches = sum(b in beside[a] for a, b in combinations(members, 2))
        if touches == 3 or (touches == 2 and adjacency is Adjacency.CHAIN):
            found.add(members)
    return found


def test_neighbours_are_those_that_shapely_finds(shapes: NDArray[Any]) -> None:
    found = shared_borders(shapes)
    rows, columns = found.neighbours.tocoo().coords
    pairs = {(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if a < b}
    assert pairs == touching(shapes)
    assert found.count_alone == 0


def test_neighbours_survive_a_file_that_is_simplified_by_itself(shapes: NDArray[Any]) -> None:
    """Every second area drawn again by another hand, five metres at most beside the line."""
    before = shared_borders(shapes)
    other = shapes.copy()
    other[::2] = shapely.simplify(shapes[::2], 5 / 111_000)
    after = shared_borders(other).neighbours.toarray() > 0
    long = before.neighbours.toarray() > 250
    assert (after[long]).mean() > 0.99
    # And makes few of areas that only meet in a corner.
    assert (after & ~(before.neighbours.toarray() > 0)).sum() < 0.05 * after.sum()


@pytest.mark.parametrize("adjacency", list(Adjacency))
def test_the_engine_equals_brute_force(shapes: NDArray[Any], adjacency: Adjacency) -> None:
    rules = replace(EligibilityRules(), adjacency=adjacency)
    beside: dict[int, set[int]] = {area: set() for area in range(len(shapes))}
    for one, other in touching(shapes):
        beside[one].add(other)
        beside[other].add(one)
    children, eligible = counts(len(shapes), seed=7)
    borders = shared_borders(shapes)
    found = judge_areas(children, eligible, borders.neighbours, rules, may_average=True)
    half, floor = Fraction(1, 2), Fraction(2, 5)
    shares = [
        Fraction(int(part), int(whole)) if whole > 0 and part == part else None
        for part, whole in zip(eligible, children, strict=True)
    ]
    seen = {Route.CENSUS: 0, Route.AVERAGING: 0, Route.NONE: 0}
    for area, share in enumerate(shares):
        if share is None:
            assert found.route(area) is None
            continue
        best: tuple[Any, ...] | None = None
        for members in sets_around(area, beside, adjacency):
            own = [shares[row] for row in members]
            if any(one is None or one < floor for one in own):
                continue
            together = Fraction(
                int(sum(eligible[list(members)])), int(sum(children[list(members)]))
            )
            rank = (-together, len(members), members)
            best = rank if best is None or rank < best else best
        if share >= half:
            expected = Route.CENSUS
        elif best is not None and -best[0] >= half:
            expected = Route.AVERAGING
        else:
            expected = Route.NONE
        seen[expected] += 1
        assert found.route(area) is expected
        if expected is Route.AVERAGING:
            assert best is not None
            assert tuple(sorted(found.set_of(area))) == best[2]
            assert found.best_share[area] == float(-best[0])
    # The case is not trivial: each route occurs often.
    assert min(seen.values()) >= 0.04 * len(shapes)
