"""Which areas lie side by side, for territories that are one piece.

Neighbours are areas that share a border line. What the water keeps apart is joined by bridges,
the shortest crossing each, as few as make everything one piece. Barriers take borders away
again; what a barrier cuts off, and is too little for a territory, gets the longest of its borders
back, and that is a bridge too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.compiled import read_only

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Graph", "borders_along", "pieces_of"]

_LEAST_BRIDGE_M: Final = 1e-3
"""What a bridge counts as border: nothing, but a sparse matrix has to hold something."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Areas and who lies beside whom.

    Parameters
    ----------
    neighbours
        Symmetric, shape (n, n): metres of common border; next to nothing for a bridge.
    area_m2, outline_m
        Surface and length of outline of each area; n floats each.
    x_m, y_m
        Where each area's need has its centre, on a plane; n floats each.
    bridges
        Pairs of areas that share no border, shape (m, 2).
    bridge_m
        How far apart those are.
    is_across_barrier
        Whether a barrier runs between them.
    """

    neighbours: csr_array
    area_m2: NDArray[np.float64]
    outline_m: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    bridges: NDArray[np.int64]
    bridge_m: NDArray[np.float64]
    is_across_barrier: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the areas."""
        return len(self.area_m2)

    @classmethod
    def of_shapes(
        cls,
        shapes_m: ArrayLike,
        borders: csr_array | None = None,
        *,
        x_m: ArrayLike | None = None,
        y_m: ArrayLike | None = None,
    ) -> Graph:
        """Lay out areas that lie on a plane.

        Parameters
        ----------
        shapes_m
            n polygons on a metric plane.
        borders
            Metres of common border; found from the shapes, taken as degrees, if not given.
        x_m, y_m
            Where their need has its centre; the middle of their surface by default.
        """
        shapes = np.asarray(shapes_m, dtype=object)
        middle = shapely.centroid(shapes)
        if borders is None:
            borders = shared_borders(shapes).neighbours
        none = np.empty((0, 2), dtype=np.int64)
        return cls(
            neighbours=csr_array(borders),
            area_m2=read_only(shapely.area(shapes), np.float64),
            outline_m=read_only(shapely.length(shapes), np.float64),
            x_m=read_only(shapely.get_x(middle) if x_m is None else x_m, np.float64),
            y_m=read_only(shapely.get_y(middle) if y_m is None else y_m, np.float64),
            bridges=none,
            bridge_m=np.empty(0),
            is_across_barrier=np.empty(0, dtype=np.bool_),
        )

    @cached_property
    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Every pair of neighbours, both ways: row, row, and metres of common border."""
        found = self.neighbours.tocoo()
        return found.row.astype(np.int64), found.col.astype(np.int64), found.data

    def part(self, rows: NDArray[np.int64]) -> Graph:
        """Return the graph of some of its areas, in the order given, without any bridge."""
        neighbours = csr_array(self._borders_only()[rows][:, rows])
        neighbours.sort_indices()
        return Graph(
            neighbours=neighbours,
            area_m2=read_only(self.area_m2[rows], np.float64),
            outline_m=read_only(self.outline_m[rows], np.float64),
            x_m=read_only(self.x_m[rows], np.float64),
            y_m=read_only(self.y_m[rows], np.float64),
            bridges=np.empty((0, 2), dtype=np.int64),
            bridge_m=np.empty(0),
            is_across_barrier=np.empty(0, dtype=np.bool_),
        )

    def _borders_only(self) -> csr_array:
        entries = self.neighbours.tocoo()
        kept = entries.data > _LEAST_BRIDGE_M
        return csr_array(
            coo_array((entries.data[kept], (entries.row[kept], entries.col[kept])), entries.shape)
        )

    def joined(self, shapes_m: NDArray[Any]) -> Graph:
        """Return the graph with bridges, the shortest crossings that make it one piece.

        Parameters
        ----------
        shapes_m
            The areas on a metric plane, in order.
        """
        count, piece = connected_components(self.neighbours, directed=False)
        if count < 2:
            return self
        pairs, metres = _shortest_crossings(shapes_m, piece, count)
        return self._with_bridges(pairs, metres, np.zeros(len(pairs), dtype=np.bool_))

    def without(
        self,
        cut: NDArray[np.int64],
        load: NDArray[np.float64],
        *,
        least_load: float,
        most_pieces: int,
    ) -> Graph:
        """Return the graph without some borders.

        Parameters
        ----------
        cut
            Pairs of areas that are no neighbours, shape (m, 2).
        load
            What each area weighs.
        least_load
            A piece that is cut off and weighs less is joined again.
        most_pieces
            In no more pieces than that it may fall.
        """
        if not len(cut):
            return self
        entries = self.neighbours.tocoo()
        key = entries.row.astype(np.int64) * len(self) + entries.col
        both = np.concatenate([cut, cut[:, ::-1]])
        gone = np.isin(key, both[:, 0] * len(self) + both[:, 1])
        rest = csr_array(
            coo_array(
                (entries.data[~gone], (entries.row[~gone], entries.col[~gone])), entries.shape
            )
        )
        rest.sort_indices()
        left = Graph(
            rest,
            self.area_m2,
            self.outline_m,
            self.x_m,
            self.y_m,
            self.bridges,
            self.bridge_m,
            self.is_across_barrier,
        )
        one, other, length = entries.row[gone], entries.col[gone], entries.data[gone]
        pairs: list[tuple[int, int]] = []
        _, piece = connected_components(rest, directed=False)
        while True:
            weight = np.bincount(piece, load)
            present = np.unique(piece)
            lightest = present[np.argmin(weight[present])]
            if len(present) == 1 or (
                weight[lightest] >= least_load and len(present) <= most_pieces
            ):
                break
            leaves = (piece[one] == lightest) & (piece[other] != lightest)
            if not leaves.any():
                # Apart from everything without any barrier: not for this to mend.
                break
            best = int(np.flatnonzero(leaves)[np.argmax(length[leaves])])
            pairs.append((int(one[best]), int(other[best])))
            piece = np.where(piece == lightest, piece[other[best]], piece)
        if not pairs:
            return left
        across = np.array(pairs, dtype=np.int64)
        return left._with_bridges(across, np.zeros(len(pairs)), np.ones(len(pairs), dtype=np.bool_))

    def _with_bridges(
        self,
        pairs: NDArray[np.int64],
        metres: NDArray[np.float64],
        is_across_barrier: NDArray[np.bool_],
    ) -> Graph:
        one, other = pairs[:, 0], pairs[:, 1]
        added = coo_array(
            (
                np.full(2 * len(pairs), _LEAST_BRIDGE_M),
                (np.concatenate([one, other]), np.concatenate([other, one])),
            ),
            shape=self.neighbours.shape,
        )
        neighbours = csr_array(self.neighbours + csr_array(added))
        neighbours.sort_indices()
        return Graph(
            neighbours,
            self.area_m2,
            self.outline_m,
            self.x_m,
            self.y_m,
            np.concatenate([self.bridges, pairs]),
            np.concatenate([self.bridge_m, metres]),
            np.concatenate([self.is_across_barrier, is_across_barrier]),
        )


def _shortest_crossings(
    shapes_m: NDArray[Any], piece: NDArray[Any], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # Of each piece's areas to every other piece the nearest; the least of them that join all.
    shapes = np.asarray(shapes_m, dtype=object)
    pairs: list[NDArray[np.int64]] = []
    metres: list[NDArray[np.float64]] = []
    largest = int(np.argmax(np.bincount(piece, minlength=count)))
    while count > 1:
        # From every piece but the largest to its nearest other one: at least half as many are
        # left after each turn (Boruvka 1926).
        found_one, found_other, found_m = [], [], []
        for own in np.unique(piece):
            if own == largest:
                continue
            mine, theirs = np.flatnonzero(piece == own), np.flatnonzero(piece != own)
            tree = shapely.STRtree(shapes[theirs])
            (near, target), apart = tree.query_nearest(
                shapes[mine], return_distance=True, all_matches=False
            )
            if not len(apart):
                continue
            best = int(np.lexsort((theirs[target], mine[near], apart))[0])
            found_one.append(int(mine[near[best]]))
            found_other.append(int(theirs[target[best]]))
            found_m.append(float(apart[best]))
        if not found_one:
            break
        one, other = np.array(found_one), np.array(found_other)
        # Two pieces may have chosen each other; a tree keeps one crossing of the two.
        size = int(piece.max()) + 1
        low = np.minimum(piece[one], piece[other])
        high = np.maximum(piece[one], piece[other])
        _, first = np.unique(low.astype(np.int64) * size + high, return_index=True)
        one, other, apart = one[first], other[first], np.array(found_m)[first]
        links = coo_array((apart + 1.0, (piece[one], piece[other])), shape=(size, size))
        tree_links = minimum_spanning_tree(csr_array(links)).tocoo()
        in_tree = np.isin(
            piece[one].astype(np.int64) * size + piece[other],
            tree_links.row.astype(np.int64) * size + tree_links.col,
        )
        one, other, apart = one[in_tree], other[in_tree], apart[in_tree]
        pairs.append(np.column_stack([one, other]).astype(np.int64))
        metres.append(apart)
        joined = coo_array((np.ones(len(one)), (piece[one], piece[other])), shape=(size, size))
        _, group = connected_components(csr_array(joined), directed=False)
        piece = np.unique(group[piece], return_inverse=True)[1].ravel()
        count = int(piece.max()) + 1
        largest = int(np.argmax(np.bincount(piece)))
    if not pairs:
        return np.empty((0, 2), dtype=np.int64), np.empty(0)
    return np.concatenate(pairs), np.concatenate(metres)


def pieces_of(neighbours: csr_array, holder: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Find the pieces that every holder's areas fall into.

    Parameters
    ----------
    neighbours
        Who lies beside whom, shape (n, n).
    holder
        Row of each area's holder, -1 for none; n integers.

    Returns
    -------
    How many there are, and the piece of each area. Areas of nobody are in pieces too.
    """
    entries = neighbours.tocoo()
    same = holder[entries.row] == holder[entries.col]
    kept = coo_array(
        (np.ones(int(same.sum()), dtype=np.int8), (entries.row[same], entries.col[same])),
        shape=entries.shape,
    )
    count, piece = connected_components(csr_array(kept), directed=False)
    return int(count), piece.astype(np.int64)


def borders_along(
    shapes_m: NDArray[Any], neighbours: csr_array, barrier_m: Any, *, near_m: float
) -> NDArray[np.int64]:
    """Find the borders that a barrier runs along, for at least half of their length.

    Parameters
    ----------
    shapes_m
        Areas on a metric plane.
    neighbours
        Metres of common border.
    barrier_m
        The barrier on the same plane: lines or surfaces.
    near_m
        How far beside the line the border may run, metres.

    Returns
    -------
    Pairs of areas, shape (m, 2), the lower row first.
    """
    entries = neighbours.tocoo()
    is_border = (entries.row < entries.col) & (entries.data > _LEAST_BRIDGE_M)
    one, other = entries.row[is_border].astype(np.int64), entries.col[is_border].astype(np.int64)
    strip = shapely.buffer(barrier_m, near_m, cap_style="flat")
    shapely.prepare(strip)
    shapes = np.asarray(shapes_m, dtype=object)
    touched = shapely.intersects(strip, shapes)
    asked = touched[one] & touched[other]
    one, other = one[asked], other[asked]
    # Borders that two files draw apart have no common line; what lies between them has.
    line = shapely.intersection(shapely.buffer(shapes[one], 1.0), shapely.boundary(shapes[other]))
    whole = shapely.length(line)
    beside = shapely.length(shapely.intersection(line, strip))
    along = (whole > 0) & (beside >= 0.5 * whole)
    return np.column_stack([one[along], other[along]])
