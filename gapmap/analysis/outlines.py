"""Where the outlines of areas run beside each other without being the same line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Segments", "side_by_side"]

_AT_ONCE: Final = 100_000
# A degree of latitude is nowhere shorter. Source: GRS80, at the equator.
_SHORTEST_DEGREE_M: Final = 110_574.0


class Segments(NamedTuple):
    """Straight pieces of outline.

    Parameters
    ----------
    ends
        Longitude and latitude of both ends, degrees, shape (n, 4).
    area
        Row of the area each is of.
    """

    ends: NDArray[np.float64]
    area: NDArray[np.int64]


def side_by_side(
    outline: Segments, near_m: float, least_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find pairs of areas whose outlines run close together.

    Parameters
    ----------
    outline
        Pieces of outline of any areas.
    near_m
        How close, metres; nobody is found at 0.
    least_m
        For how long at least, metres.

    Returns
    -------
    pair
        Rows of the areas, the smaller first, shape (m, 2).
    length_m
        For how long, by the outline of either that is shorter; m lengths in metres.
    """
    if near_m <= 0 or not len(outline.area):
        return np.empty((0, 2), dtype=np.int64), np.empty(0)
    lines = _with_copies_across(outline, near_m)
    tree = shapely.STRtree(_boxes(lines.ends, near_m / 2))
    boxes = _boxes(outline.ends, near_m / 2)
    keys: list[NDArray[np.int64]] = []
    begins: list[NDArray[np.float64]] = []
    ends: list[NDArray[np.float64]] = []
    for start in range(0, len(boxes), _AT_ONCE):
        one, other = tree.query(boxes[start : start + _AT_ONCE])
        one = one + start
        foreign = outline.area[one] != lines.area[other]
        one, other = one[foreign], other[foreign]
        begin, end = _stretch_beside(outline.ends[one], lines.ends[other], near_m)
        touches = end > begin
        keys.append(np.column_stack([one[touches], lines.area[other[touches]]]))
        begins.append(begin[touches])
        ends.append(end[touches])
    piece, share = _united(np.concatenate(keys), np.concatenate(begins), np.concatenate(ends))
    length_m = share * _lengths_m(outline.ends[piece[:, 0]])
    return _long_enough(
        np.column_stack([outline.area[piece[:, 0]], piece[:, 1]]), length_m, least_m
    )


def _with_copies_across(outline: Segments, near_m: float) -> Segments:
    # Outline near the antimeridian once more, as it looks from the other side.
    margin = _degrees_east(outline.ends, near_m)
    east = np.maximum(outline.ends[:, 0], outline.ends[:, 2])
    west = np.minimum(outline.ends[:, 0], outline.ends[:, 2])
    at_east, at_west = east >= 180.0 - margin, west <= -180.0 + margin
    turn = np.array([360.0, 0.0, 360.0, 0.0])
    ends = [outline.ends, outline.ends[at_east] - turn, outline.ends[at_west] + turn]
    areas = [outline.area, outline.area[at_east], outline.area[at_west]]
    return Segments(np.concatenate(ends), np.concatenate(areas))


def _degrees_east(ends: NDArray[np.float64], distance_m: float) -> NDArray[np.float64]:
    # Degrees of longitude that are at least so long at the poleward end of each segment.
    poleward = np.minimum(np.maximum(np.abs(ends[:, 1]), np.abs(ends[:, 3])), 89.9)
    degrees: NDArray[np.float64] = distance_m / _SHORTEST_DEGREE_M / np.cos(np.radians(poleward))
    return degrees


def _boxes(ends: NDArray[np.float64], margin_m: float) -> NDArray[Any]:
    # With a hair more, so that rounding loses nobody.
    east = _degrees_east(ends, margin_m) * 1.001
    north = margin_m / _SHORTEST_DEGREE_M * 1.001
    boxes: NDArray[Any] = shapely.box(
        np.minimum(ends[:, 0], ends[:, 2]) - east,
        np.minimum(ends[:, 1], ends[:, 3]) - north,
        np.maximum(ends[:, 0], ends[:, 2]) + east,
        np.maximum(ends[:, 1], ends[:, 3]) + north,
    )
    return boxes


def _stretch_beside(
    mine: NDArray[np.float64], theirs: NDArray[np.float64], near_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # From where to where, in shares of its length, each of my segments runs within near_m of
    # theirs; nowhere if the second is not more than the first. All that is so near to a segment
    # is a round-ended strip around it, and a strip is convex: one stretch, whose ends are the
    # outermost of those in the strip's rectangle and in its two end circles.
    scale = _metres_a_degree(mine[:, 1])
    start = (mine[:, :2] - theirs[:, :2]) * scale
    way = (mine[:, 2:] - mine[:, :2]) * scale
    along = (theirs[:, 2:] - theirs[:, :2]) * scale
    length = np.maximum(np.sqrt((along**2).sum(axis=1)), 1e-9)
    along /= length[:, None]
    # In the frame of their segment: how far along it and how far beside it.
    ahead, ahead_way = (start * along).sum(axis=1), (way * along).sum(axis=1)
    beside = start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0]
    beside_way = way[:, 0] * along[:, 1] - way[:, 1] * along[:, 0]
    lows, highs = [], []
    low_a, high_a = _between(ahead, ahead_way, np.zeros_like(length), length)
    low_b, high_b = _between(
        beside, beside_way, np.full_like(length, -near_m), np.full_like(length, near_m)
    )
    lows.append(np.maximum(low_a, low_b))
    highs.append(np.minimum(high_a, high_b))
    for centre in (np.zeros_like(length), length):
        low, high = _in_circle(ahead - centre, beside, ahead_way, beside_way, near_m)
        lows.append(low)
        highs.append(high)
    low, high = np.clip(lows, 0.0, 1.0), np.clip(highs, 0.0, 1.0)
    is_there = high > low
    return (
        np.where(is_there, low, 2.0).min(axis=0),
        np.where(is_there, high, -1.0).max(axis=0),
    )


def _between(
    value: NDArray[np.float64],
    way: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # For which u value + u * way lies from low to high.
    moves = np.abs(way) > 1e-12
    step = np.where(moves, way, 1.0)
    one, other = (low - value) / step, (high - value) / step
    stays = np.where((value >= low) & (value <= high), 1.0, -1.0)
    return (
        np.where(moves, np.minimum(one, other), -stays * np.inf),
        np.where(moves, np.maximum(one, other), stays * np.inf),
    )


def _in_circle(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_way: NDArray[np.float64],
    y_way: NDArray[np.float64],
    radius: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # For which u (x + u x_way, y + u y_way) is within radius of the origin.
    square = np.maximum(x_way**2 + y_way**2, 1e-18)
    middle = -(x * x_way + y * y_way) / square
    under = middle**2 - (x**2 + y**2 - radius**2) / square
    half = np.sqrt(np.maximum(under, 0.0))
    return np.where(under > 0, middle - half, 1.0), np.where(under > 0, middle + half, -1.0)


def _united(
    key: NDArray[np.int64], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # The length of the union of the stretches of each key.
    if not len(key):
        return key, begin
    order = np.lexsort((begin, key[:, 1], key[:, 0]))
    key, begin, end = key[order], begin[order], end[order]
    is_new = np.concatenate([[True], (key[1:] != key[:-1]).any(axis=1)])
    group = np.cumsum(is_new) - 1
    # Stretches lie within 0 and 1: set apart by group, one running maximum serves all.
    reached = np.maximum.accumulate(end + 2.0 * group) - 2.0 * group
    before = np.concatenate([[0.0], reached[:-1]])
    before[is_new] = 0.0
    added = np.maximum(end - np.maximum(begin, before), 0.0)
    return key[is_new], np.bincount(group, added).astype(np.float64)


def _long_enough(
    pair: NDArray[np.int64], length_m: NDArray[np.float64], least_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # Sums by pair of areas, of either side's outline; the shorter of the two counts.
    low, high = pair.min(axis=1), pair.max(axis=1)
    is_low = pair[:, 0] == low
    pairs, row = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
    row = row.ravel()
    sums = [np.bincount(row[side], length_m[side], len(pairs)) for side in (is_low, ~is_low)]
    shorter = np.minimum(*sums)
    kept = shorter >= least_m
    return pairs[kept], shorter[kept]


def _lengths_m(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    way = (ends[:, 2:] - ends[:, :2]) * _metres_a_degree((ends[:, 1] + ends[:, 3]) / 2)
    length_m: NDArray[np.float64] = np.hypot(way[:, 0], way[:, 1])
    return length_m


def _metres_a_degree(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    # Of longitude and latitude, to within a metre for distances of ten kilometres. Source: National
    # Geospatial-Intelligence Agency, length of a degree on WGS 84, first terms.
    radians = np.radians(latitude)
    return np.column_stack(
        [
            111_412.84 * np.cos(radians) - 93.5 * np.cos(3 * radians),
            111_132.92 - 559.82 * np.cos(2 * radians),
        ]
    )
