"""Which areas lie side by side: they share a border line, not only a corner.

Files of one survey draw a border once, and both neighbours have its corners to the last digit.
Such borders are found by their segments: every corner becomes one whole number (degrees to seven
decimals, a centimetre), every segment a pair of them, and a segment that two areas have is a
border. Nothing is intersected, so a nation takes seconds.

What is left is the outline that nobody else has: the coast, and the lines where two files meet
that were drawn or simplified apart. Of that outline the pieces are looked for that run beside
another area's, twice:

- within a hand's breadth: one border, on which one side has more corners than the other;
- within ``tolerance_m``: two drawings of one border. The areas count as neighbours if at least
  ``least_m`` of outline run together, so that a corner alone makes none. Such pairs are marked,
  because somebody may want to look at them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np
import shapely
from scipy.sparse import csr_array

from gapmap.analysis.compiled import compiled, read_only
from gapmap.analysis.outlines import Segments, side_by_side

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Borders", "shared_borders"]

_PER_DEGREE: Final = 10_000_000
_HALF_TURN: Final = 180 * _PER_DEGREE
# Corners of one line, one side rounded to other digits than the other.
_HAND_M: Final = 0.1
_LEAST_HANDS: Final = 10.0


@dataclass(frozen=True, eq=False)
class Borders:
    """Who borders on whom.

    Parameters
    ----------
    neighbours
        Symmetric sparse matrix of shape (n, n), columns sorted within a row, nothing on the
        diagonal; the values are lengths of common border, metres.
    is_near
        For each of its values, whether the two outlines are only near each other and not the
        same line.
    """

    neighbours: csr_array
    is_near: NDArray[np.bool_]

    @property
    def count_alone(self) -> int:
        """How many areas have no neighbour at all."""
        return int((np.diff(self.neighbours.indptr) == 0).sum())

    def of(self, area: int) -> NDArray[np.int64]:
        """Return the neighbours of one area, in order."""
        start, stop = self.neighbours.indptr[area : area + 2]
        found: NDArray[np.int64] = self.neighbours.indices[start:stop].astype(np.int64)
        return found

    def are_near_only(self, area: int, other: int) -> bool:
        """Say whether two neighbours are drawn apart: near each other, with no common line."""
        start = self.neighbours.indptr[area]
        position = np.flatnonzero(self.of(area) == other)
        return bool(self.is_near[start + position].any())


def shared_borders(
    shapes: ArrayLike, *, tolerance_m: float = 20.0, least_m: float | None = None
) -> Borders:
    """Find the pairs of areas that share a border line.

    Parameters
    ----------
    shapes
        n polygons or multipolygons in degrees (EPSG:4326). Missing and empty ones have no
        neighbours. Borders across the antimeridian are found; no shape may be drawn across it.
    tolerance_m
        How far apart two drawings of one border may run, metres; 0 to look for none.
    least_m
        Length that outlines drawn apart must run together for the areas to be neighbours,
        metres; five times the tolerance by default. A border that both sides draw alike counts
        whatever its length.
    """
    geometries = np.asarray(shapes, dtype=object).ravel()
    count = len(geometries)
    pair, length_m, outline = _same_segments(geometries)
    found = [(pair, length_m)]
    for near_m, least in (
        (_HAND_M, _LEAST_HANDS * _HAND_M),
        (tolerance_m, 5 * tolerance_m if least_m is None else least_m),
    ):
        found.append(side_by_side(outline, near_m, least))
    return _as_borders(found, count)


def _same_segments(
    geometries: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.float64], Segments]:
    # Pairs of areas and the lengths of the segments both have; and the segments only one has.
    parts, part_area = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    corner, corner_ring = shapely.get_coordinates(rings, return_index=True)
    # Each segment by the number of its first corner; the second one comes next.
    start = read_only(np.flatnonzero(corner_ring[1:] == corner_ring[:-1]), np.int64)
    area = read_only(part_area[ring_part[corner_ring[start]]], np.int64)
    del parts, rings, corner_ring
    number, place = read_only(_whole(corner), np.uint64), read_only(corner, np.float64)
    bits = max(len(start), 1).bit_length() + 1
    is_alone = np.ones(len(start), dtype=np.bool_)
    room = len(start)
    while True:
        # Untouched memory costs nothing: there is room for more borders than there can be, but
        # for shapes that overlap.
        pair, length_m = np.empty((room, 2), dtype=np.int64), np.empty(room)
        count = _match(
            number,
            place,
            start,
            area,
            np.full(1 << bits, -1, dtype=np.int64),
            np.full(len(start), -1, dtype=np.int64),
            is_alone,
            pair,
            length_m,
        )
        if count <= room:
            break
        room = count
    outline = Segments(
        np.hstack([corner[start[is_alone]], corner[start[is_alone] + 1]]), area[is_alone]
    )
    return pair[:count].copy(), length_m[:count].copy(), outline


@compiled
def _match(
    number: NDArray[np.uint64],
    place: NDArray[np.float64],
    start: NDArray[np.int64],
    area: NDArray[np.int64],
    table: NDArray[np.int64],
    before: NDArray[np.int64],
    is_alone: NDArray[np.bool_],
    pair: NDArray[np.int64],
    length_m: NDArray[np.float64],
) -> int:
    # Look up every segment among those before it, in a table of its own. Returns how many pairs
    # there are, whether or not there was room for them.
    mask = np.uint64(table.size - 1)
    count = 0
    for segment in range(start.size):
        first = start[segment]
        low = min(number[first], number[first + 1])
        high = max(number[first], number[first + 1])
        if low == high:
            is_alone[segment] = False
            continue
        slot = np.int64(_mixed(low ^ _mixed(high)) & mask)
        while table[slot] >= 0:
            there = start[table[slot]]
            one, other = number[there], number[there + 1]
            if min(one, other) == low and max(one, other) == high:
                break
            slot = (slot + 1) & np.int64(mask)
        # Three areas have one segment only where shapes overlap: each meets all before it.
        match = table[slot]
        before[segment] = match
        table[slot] = segment
        if match < 0:
            continue
        is_alone[segment] = is_alone[match] = False
        latitude = (place[first, 1] + place[first + 1, 1]) / 2
        along_m, up_m = _metres(latitude)
        length = math.hypot(
            (place[first + 1, 0] - place[first, 0]) * along_m,
            (place[first + 1, 1] - place[first, 1]) * up_m,
        )
        while match >= 0:
            if area[match] != area[segment]:
                # A border has many segments, and they come one after the other.
                is_same = (
                    0 < count <= length_m.size
                    and pair[count - 1, 0] == area[match]
                    and pair[count - 1, 1] == area[segment]
                )
                if not is_same:
                    count += 1
                    if count <= length_m.size:
                        pair[count - 1, 0], pair[count - 1, 1] = area[match], area[segment]
                        length_m[count - 1] = 0.0
                if count <= length_m.size:
                    length_m[count - 1] += length
            match = before[match]
    return count


def _whole(corner: NDArray[np.float64]) -> NDArray[np.uint64]:
    # A corner as one whole number. Either side of the antimeridian is the same place.
    x = np.rint(corner[:, 0] * _PER_DEGREE).astype(np.int64)
    x[x == _HALF_TURN] = -_HALF_TURN
    x += _HALF_TURN
    x <<= 32
    x |= np.rint(corner[:, 1] * _PER_DEGREE).astype(np.int64) + _HALF_TURN
    packed: NDArray[np.uint64] = x.view(np.uint64)
    return packed


@numba.njit(nogil=True)
def _mixed(number: np.uint64) -> np.uint64:
    # A whole number scattered over all 64 bits, one to one. Source: D. Stafford's variant 13 of
    # the finaliser of MurmurHash3, as in splitmix64.
    mixed = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@numba.njit(nogil=True)
def _metres(latitude: float) -> tuple[float, float]:
    # Of a degree of longitude and of latitude, to within a metre for distances of ten kilometres.
    # Source: National Geospatial-Intelligence Agency, length of a degree on WGS 84, first terms.
    radians = math.radians(latitude)
    return (
        111_412.84 * math.cos(radians) - 93.5 * math.cos(3 * radians),
        111_132.92 - 559.82 * math.cos(2 * radians),
    )


def _as_borders(found: list[tuple[NDArray[np.int64], NDArray[np.float64]]], count: int) -> Borders:
    # Lengths by pair: of common segments, within a hand's breadth, within the tolerance.
    pair = np.concatenate([part for part, _ in found])
    length_m = np.concatenate([part for _, part in found])
    kind = np.repeat(np.arange(len(found)), [len(part) for part, _ in found])
    row = np.concatenate([pair[:, 0], pair[:, 1]])
    column = np.concatenate([pair[:, 1], pair[:, 0]])
    key, position = np.unique(row * max(count, 1) + column, return_inverse=True)
    common, hand, near = (
        np.bincount(position, np.tile(np.where(kind == one, length_m, 0.0), 2), len(key))
        for one in range(len(found))
    )
    # Outlines that only cross are within a hand's breadth too, for a short stretch.
    is_one_line = hand >= near / 2
    neighbours = csr_array(
        (
            common + np.where(is_one_line, hand, near),
            key % max(count, 1),
            np.searchsorted(key // max(count, 1), np.arange(count + 1)),
        ),
        shape=(count, count),
    )
    return Borders(neighbours, read_only((common == 0) & ~is_one_line, np.bool_))
