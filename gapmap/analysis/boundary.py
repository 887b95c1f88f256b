"""Compiled walks along the edges of what circles cover. See :mod:`gapmap.analysis.circles`.

Angles run from 0 to a full turn, counter-clockwise from east. Circles are in the order of their
rows; owners are numbered from 0. All of it is one file for a reason: compiled code is kept until
its own file changes, and would go on using what another file said before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numba
import numpy as np

from gapmap.analysis.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = [
    "MANY",
    "NONE",
    "Arcs",
    "Circles",
    "Desk",
    "Outlines",
    "Tally",
    "list_near",
    "measure",
    "sweep",
]

NONE: Final = -1
"""No circle, or no owner, covers a piece beside the one whose edge it is."""
MANY: Final = -2
"""Two or more do."""

_TURN: Final = 2 * math.pi
# A half chord below a millionth of the radius cuts off 1e-18 of the circle. Edges and arcs both
# leave it out, so that rounding never lets them disagree on whether they touch.
_GRAZE: Final = 1e-12
# A cut too many is harmless, for both sides of it are looked at; one missed at a vertex is not.
_OVERSHOOT: Final = 1e-9
_SHORTEST_ARC: Final = 1e-13
_SHORTEST_PIECE: Final = 1e-12
_GOLDEN: Final = (3 - math.sqrt(5)) / 2


class Outlines(NamedTuple):
    """Rings of n polygons; metres from each polygon's lower left corner."""

    x: Floats
    y: Floats
    ring_start: Integers
    polygon_start: Integers
    bounds: Floats
    area: Floats


class Circles(NamedTuple):
    """Circles of one radius in rows of y, by x within a row."""

    x: Floats
    y: Floats
    owner: Integers
    owner_total: int
    radius: float
    row_start: Integers
    south: float
    row_height: float


class Arcs(NamedTuple):
    """Arcs that can bound a region, by circle, with what covers them.

    ``depth`` is the number of other owners that cover the arc, or NONE where another circle of
    the same owner does. ``site`` and ``owner`` name the only other circle, the only other owner,
    or are NONE or MANY.
    """

    first: Integers
    begin: Floats
    end: Floats
    depth: Integers
    site: Integers
    owner: Integers


class Tally(NamedTuple):
    """Areas found: by polygon and depth, and by pair of a polygon and a circle near it.

    The area of an owner stands at the owner's first circle in the list of the polygon.
    """

    depth: Floats
    site: Floats
    site_only: Floats
    owner: Floats
    owner_only: Floats


class Desk(NamedTuple):
    """Room to work in, used again for each polygon.

    A place is a position in the polygon's list of circles; a slot is an owner's first place.
    States count and add up the places that cover and their slots, see :func:`_enter`.
    """

    x: Floats
    y: Floats
    slot: Integers
    partial: Integers
    place_of: Integers
    slot_of: Integers
    whole_state: Integers
    whole_cover: Integers
    state: Integers
    covered: Integers
    angles: Floats
    turns: Integers
    is_bare: Flags


@compiled
def list_near(
    outlines: Outlines, circles: Circles, start: int, stop: int, first: Integers, near: Integers
) -> None:
    """List the circles that reach the box of each polygon; without room to write, count them."""
    radius = circles.radius
    for polygon in range(start, stop):
        count = 0
        if outlines.area[polygon] > 0.0:
            west, south, east, north = outlines.bounds[polygon]
            lowest, highest = _rows(circles, south - radius, north + radius)
            for row in range(lowest, highest):
                circle = _first_from(
                    circles.x, circles.row_start[row], circles.row_start[row + 1], west - radius
                )
                while circle < circles.row_start[row + 1] and circles.x[circle] <= east + radius:
                    dx = max(west - circles.x[circle], 0.0, circles.x[circle] - east)
                    dy = max(south - circles.y[circle], 0.0, circles.y[circle] - north)
                    if dx * dx + dy * dy < radius * radius:
                        if near.size:
                            near[first[polygon] + count] = circle
                        count += 1
                    circle += 1
        if near.size == 0:
            first[polygon + 1] = count


@compiled
def sweep(
    circles: Circles, start: int, stop: int, depth_limit: int, detail: bool
) -> tuple[int, Arcs]:
    """Find the arcs of some circles that can bound a region.

    Parameters
    ----------
    circles
        All circles.
    start, stop
        The circles whose arcs are wanted.
    depth_limit
        Keep arcs covered by fewer other owners than this, and by none of their own.
    detail
        Keep also what bounds the part of one owner, or of one circle alone.

    Returns
    -------
    count
        Number of arcs; what stands after them is left-over room.
    arcs
        The arcs, ``first`` counted from the first of these circles.
    """
    reach = 2.0 * circles.radius
    first = np.zeros(stop - start + 1, dtype=np.int64)
    begins, ends = np.empty(64), np.empty(64)
    depths, sites, owners = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    total = 0
    angles, turns = np.empty(64), np.empty(64, dtype=np.int64)
    covered = np.zeros(circles.owner_total, dtype=np.int64)
    state = np.zeros(4, dtype=np.int64)
    for circle in range(start, stop):
        x, y, own = circles.x[circle], circles.y[circle], circles.owner[circle]
        state[:] = 0
        events = 0
        lowest, highest = _rows(circles, y - reach, y + reach)
        for row in range(lowest, highest):
            other = _first_from(
                circles.x, circles.row_start[row], circles.row_start[row + 1], x - reach
            )
            while other < circles.row_start[row + 1] and circles.x[other] <= x + reach:
                dx, dy = circles.x[other] - x, circles.y[other] - y
                apart = math.sqrt(dx * dx + dy * dy)
                half = math.acos(min(apart / reach, 1.0))
                is_hidden = apart == 0.0 and other >= circle
                if half > _SHORTEST_ARC and not is_hidden:
                    if events + 2 > angles.size:
                        angles, turns = _twice(angles), _twice(turns)
                    begin, end = 0.0, _TURN
                    if apart > 0.0:
                        middle = math.atan2(dy, dx)
                        begin, end = (middle - half) % _TURN, (middle + half) % _TURN
                    if begin > end:  # it lies across the angle 0
                        _enter(state, covered, other, circles.owner[other])
                    angles[events], turns[events] = begin, other + 1
                    angles[events + 1], turns[events + 1] = end, -other - 1
                    events += 2
                other += 1
        _sort(angles, turns, events)
        begin = 0.0
        before = total
        for event in range(events + 1):
            end = angles[event] if event < events else _TURN
            if end - begin > _SHORTEST_ARC:
                depth = NONE if covered[own] else state[2]
                site = _only(state[0], state[1])
                if (0 <= depth < depth_limit) or (detail and (depth >= 0 or site != MANY)):
                    owner = _only(state[2], state[3])
                    last = total - 1
                    if (
                        total > before
                        and ends[last] == begin
                        and depths[last] == depth
                        and (not detail or (sites[last] == site and owners[last] == owner))
                    ):
                        ends[last] = end
                    else:
                        if total == begins.size:
                            begins, ends = _twice(begins), _twice(ends)
                            depths, sites = _twice(depths), _twice(sites)
                            owners = _twice(owners)
                        begins[total], ends[total] = begin, end
                        depths[total], sites[total], owners[total] = depth, site, owner
                        total += 1
                begin = end
            if event < events:
                if turns[event] > 0:
                    other = turns[event] - 1
                    _enter(state, covered, other, circles.owner[other])
                else:
                    other = -turns[event] - 1
                    _leave(state, covered, other, circles.owner[other])
        first[circle - start + 1] = total
        for event in range(events):
            covered[circles.owner[abs(turns[event]) - 1]] = 0
    return total, Arcs(first, begins, ends, depths, sites, owners)


@compiled
def measure(
    outlines: Outlines,
    circles: Circles,
    arcs: Arcs,
    near_start: Integers,
    near: Integers,
    start: int,
    stop: int,
    detail: bool,
    tally: Tally,
) -> None:
    """Measure what circles cover of some polygons.

    Parameters
    ----------
    near_start, near
        The circles near each polygon, as :func:`list_near` lists them.
    start, stop
        The polygons wanted.
    detail
        Whether to fill more of the tally than its depths.
    tally
        Zeros, to be filled.
    """
    levels = tally.depth.shape[1]
    most = 0
    for polygon in range(start, stop):
        most = max(most, near_start[polygon + 1] - near_start[polygon])
    desk = Desk(
        x=np.empty(most),
        y=np.empty(most),
        slot=np.empty(most, dtype=np.int64),
        partial=np.empty(most, dtype=np.int64),
        place_of=np.full(circles.x.size, NONE, dtype=np.int64),
        slot_of=np.full(circles.owner_total, NONE, dtype=np.int64),
        whole_state=np.zeros(4, dtype=np.int64),
        whole_cover=np.zeros(most, dtype=np.int64),
        state=np.zeros(4, dtype=np.int64),
        covered=np.zeros(most, dtype=np.int64),
        angles=np.empty(2 * most + 2),
        turns=np.empty(2 * most + 2, dtype=np.int64),
        is_bare=np.zeros(levels, dtype=np.bool_),
    )
    cut_place, cut_angle = np.empty(256, dtype=np.int64), np.empty(256)
    for polygon in range(start, stop):
        first, last = near_start[polygon], near_start[polygon + 1]
        if first == last:
            continue
        area = outlines.area[polygon]
        depth = tally.depth[polygon]
        partial_count = _lay_out(outlines, polygon, circles, near[first:last], desk)
        partial = desk.partial[:partial_count]
        if detail or desk.whole_state[2] < levels:
            cut_place, cut_angle, cuts = _walk_edges(
                outlines,
                polygon,
                circles.radius,
                desk,
                last - first,
                partial,
                cut_place,
                cut_angle,
                detail,
                first,
                depth,
                tally,
            )
            _walk_arcs(
                outlines,
                polygon,
                circles,
                arcs,
                desk,
                near[first:last],
                partial,
                cut_place[:cuts],
                cut_angle[:cuts],
                detail,
                first,
                depth,
                tally,
            )
        for level in range(levels):
            if level < desk.whole_state[2] or not desk.is_bare[level]:
                depth[level] = area
        if detail:
            _fill_whole(area, last - first, partial, desk, first, tally)
        for place in range(last - first):
            desk.place_of[near[first + place]] = NONE
            desk.slot_of[circles.owner[near[first + place]]] = NONE


@numba.njit(nogil=True)
def _lay_out(outlines: Outlines, polygon: int, circles: Circles, near: Integers, desk: Desk) -> int:
    # Lay out the circles near a polygon; count those that do not hold all of its box.
    west, south, east, north = outlines.bounds[polygon]
    desk.is_bare[:] = False
    desk.whole_state[:] = 0
    desk.whole_cover[: near.size] = 0
    partial_count = 0
    for place in range(near.size):
        circle = near[place]
        owner = circles.owner[circle]
        x, y = circles.x[circle] - west, circles.y[circle] - south
        desk.x[place], desk.y[place] = x, y
        desk.place_of[circle] = place
        if desk.slot_of[owner] == NONE:
            desk.slot_of[owner] = place
        desk.slot[place] = desk.slot_of[owner]
        far_x, far_y = max(abs(x), abs(east - west - x)), max(abs(y), abs(north - south - y))
        if far_x * far_x + far_y * far_y <= circles.radius * circles.radius:
            _enter(desk.whole_state, desk.whole_cover, place, desk.slot[place])
        else:
            desk.partial[partial_count] = place
            partial_count += 1
    return partial_count


@numba.njit(nogil=True)
def _fill_whole(
    area: float, count: int, partial: Integers, desk: Desk, first: int, tally: Tally
) -> None:
    # Circles that hold all of the polygon have all of its area, free of rounding.
    is_partial = np.zeros(count, dtype=np.bool_)
    is_partial[partial] = True
    for place in range(count):
        if not is_partial[place]:
            tally.site[first + place] = area
        if desk.whole_cover[place] > 0:
            tally.owner[first + place] = area


@numba.njit(nogil=True)
def _walk_edges(
    outlines: Outlines,
    polygon: int,
    radius: float,
    desk: Desk,
    count: int,
    partial: Integers,
    cut_place: Integers,
    cut_angle: Floats,
    detail: bool,
    first: int,
    depth: Floats,
    tally: Tally,
) -> tuple[Integers, Floats, int]:
    # Count the pieces of the polygon's edge; return where circles cross it, for the arcs.
    levels = depth.size
    state, covered = desk.state, desk.covered[:count]
    angles, turns = desk.angles, desk.turns
    cuts = 0
    for ring in range(outlines.polygon_start[polygon], outlines.polygon_start[polygon + 1]):
        for corner in range(outlines.ring_start[ring], outlines.ring_start[ring + 1] - 1):
            x, y = outlines.x[corner], outlines.y[corner]
            dx, dy = outlines.x[corner + 1] - x, outlines.y[corner + 1] - y
            length2 = dx * dx + dy * dy
            if length2 == 0.0:
                continue
            weight = 0.5 * (x * dy - y * dx)
            overshoot = _OVERSHOOT * (1.0 + radius / math.sqrt(length2))
            _copy(desk.whole_state, state, 4)
            _copy(desk.whole_cover, covered, count)
            events = 0
            for place in partial:
                from_x, from_y = x - desk.x[place], y - desk.y[place]
                across = from_x * dy - from_y * dx
                half2 = radius * radius - across * across / length2
                if half2 <= _GRAZE * radius * radius:
                    continue
                middle = -(from_x * dx + from_y * dy) / length2
                half = math.sqrt(half2 / length2)
                begin, end = middle - half, middle + half
                if end < -overshoot or begin > 1.0 + overshoot:
                    continue
                for cut in (begin, end):
                    if -overshoot <= cut <= 1.0 + overshoot:
                        if cuts == cut_angle.size:
                            cut_place, cut_angle = _twice(cut_place), _twice(cut_angle)
                        cut_place[cuts] = place
                        cut_angle[cuts] = math.atan2(from_y + cut * dy, from_x + cut * dx) % _TURN
                        cuts += 1
                begin, end = max(begin, 0.0), min(end, 1.0)
                if end <= begin:
                    continue
                if detail:
                    tally.site[first + place] += weight * (end - begin)
                if begin == 0.0 and end == 1.0:
                    _enter(state, covered, place, desk.slot[place])
                else:
                    angles[events], turns[events] = begin, place + 1
                    angles[events + 1], turns[events + 1] = end, -place - 1
                    events += 2
            _sort(angles, turns, events)
            begin = 0.0
            for event in range(events + 1):
                end = angles[event] if event < events else 1.0
                if end > begin:
                    owners = state[2]
                    for level in range(levels):
                        if level < owners:
                            depth[level] += weight * (end - begin)
                        elif end - begin > _SHORTEST_PIECE:
                            desk.is_bare[level] = True
                    if detail:
                        if state[0] == 1:
                            tally.site_only[first + state[1]] += weight * (end - begin)
                        if owners == 1:
                            tally.owner_only[first + state[3]] += weight * (end - begin)
                    begin = end
                if event < events:
                    if turns[event] > 0:
                        place = turns[event] - 1
                        if _enter(state, covered, place, desk.slot[place]) and detail:
                            tally.owner[first + desk.slot[place]] -= weight * angles[event]
                    else:
                        place = -turns[event] - 1
                        if _leave(state, covered, place, desk.slot[place]) and detail:
                            tally.owner[first + desk.slot[place]] += weight * angles[event]
            if detail:
                for slot in range(covered.size):
                    if covered[slot] > 0:
                        tally.owner[first + slot] += weight
    return cut_place, cut_angle, cuts


@numba.njit(nogil=True)
def _walk_arcs(
    outlines: Outlines,
    polygon: int,
    circles: Circles,
    arcs: Arcs,
    desk: Desk,
    near: Integers,
    partial: Integers,
    cut_place: Integers,
    cut_angle: Floats,
    detail: bool,
    first: int,
    depth: Floats,
    tally: Tally,
) -> None:
    # Count the arcs inside the polygon.
    levels = depth.size
    radius = circles.radius
    # Cuts by angle, then dealt out to their circles.
    _sort(cut_angle, cut_place, cut_angle.size)
    cut_end = np.zeros(near.size + 1, dtype=np.int64)
    for place in cut_place:
        cut_end[place + 1] += 1
    for place in range(near.size):
        cut_end[place + 1] += cut_end[place]
    cuts = np.empty(cut_angle.size)
    for cut in range(cut_angle.size):
        cuts[cut_end[cut_place[cut]]] = cut_angle[cut]
        cut_end[cut_place[cut]] += 1
    for place in partial:
        circle = near[place]
        arc, last_arc = arcs.first[circle], arcs.first[circle + 1]
        if arc == last_arc and not detail:
            continue
        mine = cuts[cut_end[place - 1] if place else 0 : cut_end[place]]
        x, y = desk.x[place], desk.y[place]
        begin = 0.0
        for cut in range(mine.size + 1):
            end = mine[cut] if cut < mine.size else _TURN
            if end - begin <= _SHORTEST_ARC:
                continue
            while arc < last_arc and arcs.end[arc] <= begin:
                arc += 1
            wanted = detail or (arc < last_arc and arcs.begin[arc] < end)
            # An edge that the arc only touches makes no cut. Not the middle, then: streets run
            # due north, and half-way round from due east is where they touch.
            probe = begin + _GOLDEN * (end - begin)
            if wanted and _holds(
                outlines, polygon, x + radius * math.cos(probe), y + radius * math.sin(probe)
            ):
                if detail:
                    tally.site[first + place] += _arc_integral(x, y, radius, begin, end)
                inner = arc
                while inner < last_arc and arcs.begin[inner] < end:
                    piece = _arc_integral(
                        x, y, radius, max(arcs.begin[inner], begin), min(arcs.end[inner], end)
                    )
                    level = arcs.depth[inner]
                    if 0 <= level < levels:
                        depth[level] += piece
                        desk.is_bare[level] = True
                    if detail:
                        if level >= 0:
                            slot = desk.slot[place]
                            tally.owner[first + slot] += piece
                            other = arcs.owner[inner]
                            if other == NONE:
                                tally.owner_only[first + slot] += piece
                            elif other >= 0 and desk.slot_of[other] >= 0:
                                tally.owner_only[first + desk.slot_of[other]] -= piece
                        other = arcs.site[inner]
                        if other == NONE:
                            tally.site_only[first + place] += piece
                        elif other >= 0 and desk.place_of[other] >= 0:
                            tally.site_only[first + desk.place_of[other]] -= piece
                    inner += 1
            begin = end


@numba.njit(nogil=True)
def _holds(outlines: Outlines, polygon: int, x: float, y: float) -> bool:
    # Whether a place is inside a polygon, by the edges that a ray to the east crosses.
    west, south, east, north = outlines.bounds[polygon]
    if x < 0.0 or y < 0.0 or x > east - west or y > north - south:
        return False
    is_inside = False
    for ring in range(outlines.polygon_start[polygon], outlines.polygon_start[polygon + 1]):
        for corner in range(outlines.ring_start[ring], outlines.ring_start[ring + 1] - 1):
            y1, y2 = outlines.y[corner], outlines.y[corner + 1]
            if (y1 > y) != (y2 > y):
                x1, x2 = outlines.x[corner], outlines.x[corner + 1]
                if x < x1 + (x2 - x1) * (y - y1) / (y2 - y1):
                    is_inside = not is_inside
    return is_inside


@numba.njit(nogil=True)
def _arc_integral(x: float, y: float, radius: float, begin: float, end: float) -> float:
    # (x dy - y dx) / 2 along an arc around (x, y).
    return (
        0.5
        * radius
        * (
            radius * (end - begin)
            + x * (math.sin(end) - math.sin(begin))
            - y * (math.cos(end) - math.cos(begin))
        )
    )


@numba.njit(nogil=True)
def _enter(state: Integers, covered: Integers, site: int, owner: int) -> bool:
    # State: number and sum of the sites that cover, number and sum of their owners. While there
    # is one only, the sum is its name.
    state[0] += 1
    state[1] += site
    is_new: bool = covered[owner] == 0
    if is_new:
        state[2] += 1
        state[3] += owner
    covered[owner] += 1
    return is_new


@numba.njit(nogil=True)
def _leave(state: Integers, covered: Integers, site: int, owner: int) -> bool:
    state[0] -= 1
    state[1] -= site
    covered[owner] -= 1
    is_gone: bool = covered[owner] == 0
    if is_gone:
        state[2] -= 1
        state[3] -= owner
    return is_gone


@numba.njit(nogil=True)
def _only(count: int, total: int) -> int:
    if count == 0:
        return NONE
    return total if count == 1 else MANY


@numba.njit(nogil=True)
def _rows(circles: Circles, south: float, north: float) -> tuple[int, int]:
    # The rows that a strip touches, as a range.
    count = circles.row_start.size - 1
    lowest = max(math.floor((south - circles.south) / circles.row_height), 0)
    highest = min(math.floor((north - circles.south) / circles.row_height) + 1, count)
    return lowest, highest


@numba.njit(nogil=True)
def _first_from(values: Floats, low: int, high: int, wanted: float) -> int:
    # First of the sorted values[low:high] that is not below the wanted one.
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(nogil=True)
def _sort(keys: Floats, values: Integers, count: int) -> None:
    # Sort pairs by key (Shell's sort, gaps of D. E. Knuth, TAOCP 3, 5.2.1). Mostly there are a
    # handful, and the sort of numpy takes seconds to compile.
    gap = 1
    while gap < count:
        gap = 3 * gap + 1
    while gap > 0:
        for right in range(gap, count):
            key, value = keys[right], values[right]
            left = right - gap
            while left >= 0 and keys[left] > key:
                keys[left + gap], values[left + gap] = keys[left], values[left]
                left -= gap
            keys[left + gap], values[left + gap] = key, value
        gap //= 3


@numba.njit(nogil=True)
def _copy(source: Integers, target: Integers, count: int) -> None:
    # Copy the first few of a row.
    for position in range(count):
        target[position] = source[position]


@numba.njit(nogil=True)
def _twice(values):  # type: ignore[no-untyped-def]
    # A row with as much room again.
    room = np.empty(2 * values.size, values.dtype)
    for position in range(values.size):
        room[position] = values[position]
    return room
