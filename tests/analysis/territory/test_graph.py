from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from gapmap.analysis.territory.graph import Graph, borders_along, pieces_of
from tests.analysis.territory import towns


def squares(*corners: tuple[float, float]) -> Graph:
    shapes = np.array([shapely.box(x, y, x + 10, y + 10) for x, y in corners], dtype=object)
    return Graph.of_shapes(shapes, csr_array((len(shapes), len(shapes))))


def shapes_at(*corners: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.box(x, y, x + 10, y + 10) for x, y in corners], dtype=object)


def test_islands_are_joined_by_the_shortest_crossings() -> None:
    places = [(0, 0), (15, 0), (100, 0), (100, 13)]
    joined = squares(*places).joined(shapes_at(*places))
    assert connected_components(joined.neighbours, directed=False)[0] == 1
    found = {
        (int(min(pair)), int(max(pair))): float(metres)
        for pair, metres in zip(joined.bridges, joined.bridge_m, strict=True)
    }
    assert found == pytest.approx({(0, 1): 5.0, (2, 3): 3.0, (1, 2): 75.0})
    assert not joined.is_across_barrier.any()


@pytest.mark.parametrize("seed", range(6))
def test_all_bridges_together_are_as_short_as_can_be(seed: int) -> None:
    random = np.random.default_rng(seed)
    places = [tuple(spot) for spot in random.uniform(0, 4000, (25, 2))]
    shapes = shapes_at(*places)
    joined = squares(*places).joined(shapes)
    apart = np.array([shapely.distance(shape, shapes) for shape in shapes])
    # Zero is no edge to scipy; nothing here touches.
    assert (apart[~np.eye(len(apart), dtype=bool)] > 0).all()
    assert joined.bridge_m.sum() == pytest.approx(minimum_spanning_tree(apart).sum())
    assert len(joined.bridges) == len(places) - 1


def test_a_place_in_one_piece_gets_no_bridge() -> None:
    graph = towns.lattice(4, 3)
    assert graph.joined(towns.lattice_shapes(4, 3)) is graph
    assert len(graph.bridges) == 0


def test_a_part_keeps_borders_and_loses_bridges() -> None:
    places = [(0, 0), (15, 0), (100, 0)]
    joined = squares(*places).joined(shapes_at(*places))
    part = joined.part(np.array([0, 1]))
    assert part.neighbours.nnz == 0
    whole = towns.lattice(3, 3).part(np.array([8, 7, 4, 0]))
    assert sorted(zip(*whole.neighbours.nonzero(), strict=True)) == [(0, 1), (1, 0), (1, 2), (2, 1)]


def test_a_barrier_cuts_the_borders_it_runs_along_and_no_others() -> None:
    shapes = towns.lattice_shapes(4, 3)
    river = shapely.LineString([(2_000, -100), (2_010, 3_100)])
    cut = borders_along(shapes, towns.lattice_borders(4, 3), river, near_m=60.0)
    assert sorted(map(tuple, cut.tolist())) == [(1, 2), (5, 6), (9, 10)]


def test_a_barrier_that_only_touches_an_end_of_a_border_cuts_nothing() -> None:
    shapes = towns.lattice_shapes(4, 3)
    road = shapely.LineString([(-100, 1_500), (4_100, 1_500)])
    assert len(borders_along(shapes, towns.lattice_borders(4, 3), road, near_m=60.0)) == 0


def cut_between(columns: int, rows: int, after: int) -> np.ndarray:
    number = np.arange(columns * rows).reshape(rows, columns)
    return np.column_stack([number[:, after - 1], number[:, after]])


def test_two_large_sides_of_a_barrier_stay_apart() -> None:
    graph = towns.lattice(4, 3).without(
        cut_between(4, 3, 2), np.ones(12), least_load=3.0, most_pieces=4
    )
    assert connected_components(graph.neighbours, directed=False)[0] == 2
    assert len(graph.bridges) == 0


def test_what_a_barrier_cuts_off_and_is_too_little_is_joined_again_and_said() -> None:
    graph = towns.lattice(4, 3).without(
        cut_between(4, 3, 1), np.ones(12), least_load=4.0, most_pieces=4
    )
    assert connected_components(graph.neighbours, directed=False)[0] == 1
    assert graph.is_across_barrier.tolist() == [True]
    one, other = sorted(graph.bridges[0].tolist())
    assert other == one + 1
    assert one % 4 == 0


def test_more_pieces_than_partners_are_joined() -> None:
    graph = towns.lattice(4, 3).without(
        np.concatenate([cut_between(4, 3, 1), cut_between(4, 3, 3)]),
        np.ones(12),
        least_load=0.0,
        most_pieces=2,
    )
    assert connected_components(graph.neighbours, directed=False)[0] == 2


def test_pieces_are_by_holder() -> None:
    graph = towns.lattice(4, 1)
    count, piece = pieces_of(graph.neighbours, np.array([0, 1, 0, 0]))
    assert count == 3
    assert piece[2] == piece[3]
    assert len({piece[0], piece[1], piece[2]}) == 3
