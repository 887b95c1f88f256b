from __future__ import annotations

import numpy as np
import pytest
import shapely

from gapmap.analysis.territory import measures
from gapmap.analysis.territory.problem import Problem
from tests.analysis.territory import towns


def halves(loads: list[float] | None = None) -> Problem:
    return Problem.of(towns.lattice(4, 2), loads or [1.0] * 8, [0.5, 0.5])


HALVES = np.array([0, 0, 1, 1, 0, 0, 1, 1])


def test_two_squares_of_four_are_perfectly_balanced() -> None:
    assert measures.balance_index(halves(), HALVES) == 1.0


def test_the_balance_index_is_the_share_that_is_where_it_should_be() -> None:
    # 6 of 8 to one who should have 4: a quarter of everything is with the wrong one.
    holder = np.array([0, 0, 0, 1, 0, 0, 0, 1])
    assert measures.balance_index(halves(), holder) == pytest.approx(0.75)
    assert measures.balance_index(halves(), np.zeros(8, dtype=int)) == pytest.approx(0.5)


def test_what_nobody_holds_counts_against_the_balance() -> None:
    holder = np.array([0, 0, 1, -1, 0, 0, 1, -1])
    assert measures.balance_index(halves(), holder) == pytest.approx(0.75)


def test_compactness_of_a_square_is_a_quarter_of_pi() -> None:
    graph = towns.lattice(4, 2)
    assert measures.polsby_popper(graph, HALVES, 2) == pytest.approx([np.pi / 4] * 2)
    strips = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert measures.polsby_popper(graph, strips, 2) == pytest.approx([4 * np.pi * 4 / 100] * 2)
    assert np.isnan(measures.polsby_popper(graph, strips, 3)[2])


@pytest.mark.parametrize("seed", range(4))
def test_compactness_equals_that_of_the_shapes_put_together(seed: int) -> None:
    cells = towns.tessellation(seed, 40, river=seed % 2 == 1)
    graph = towns.graph_of(cells)
    holder = np.random.default_rng(seed).integers(0, 4, len(cells))
    shapes = shapely.transform(cells, lambda degrees: degrees * towns.DEGREE_M)
    expected = []
    for partner in range(4):
        # Cells that meet only in a corner keep their own outlines, as in the sum of borders.
        whole = shapely.union_all(shapes[holder == partner], grid_size=0.01)
        expected.append(4 * np.pi * shapely.area(whole) / shapely.length(whole) ** 2)
    # Borders are measured on the ellipsoid, outlines on this test's plane: 0.7 % apart.
    assert measures.polsby_popper(graph, holder, 4) == pytest.approx(expected, rel=0.03)


def test_the_mean_distance_is_weighted_by_load() -> None:
    problem = Problem.of(towns.lattice(4, 1), [3.0, 1.0, 0.0, 5.0], [0.5, 0.5])
    # 3 at 500 m and 1 at 1,500 m: the centre is at 750 m.
    found = measures.mean_distances_m(problem, np.array([0, 0, 1, 1]))
    assert found == pytest.approx([(3 * 250 + 1 * 750) / 4, 0.0])


def test_pieces_are_counted_for_each_partner() -> None:
    graph = towns.lattice(4, 1)
    assert measures.piece_counts(graph, np.array([0, 1, 0, -1]), 3).tolist() == [2, 1, 0]


def test_a_neighbourhood_is_cut_if_two_partners_hold_of_it() -> None:
    place = np.array([0, 0, 1, 1, 2, 2, -1, -1])
    holder = np.array([0, 0, 0, 1, 1, -1, 0, 1])
    assert measures.cut_places(holder, place).tolist() == [1]


def test_only_bridges_that_a_territory_needs_are_named() -> None:
    cells = towns.tessellation(3, 30, river=True)
    graph = towns.graph_of(cells)
    assert len(graph.bridges) == 1
    together = np.zeros(len(cells), dtype=np.int64)
    assert measures.bridges_within(graph, together).tolist() == [0]
    one, other = graph.bridges[0]
    apart = together.copy()
    apart[other] = 1
    assert one != other
    assert measures.bridges_within(graph, apart).tolist() == []
