"""Moves of areas between territories that keep every territory in one piece, as compiled loops.

Simulated annealing (Kirkpatrick et al. 1983): a move that makes the division better is made; one
that makes it worse is made with a chance that shrinks as the temperature falls. A move takes one
area, or all of a neighbourhood that a territory holds in one piece, across a border.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import numba
import numpy as np

from gapmap.analysis.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Pieces", "State", "Weights", "anneal"]

P = ParamSpec("P")
R = TypeVar("R")


def _inner(function: Callable[P, R]) -> Callable[P, R]:
    code: Callable[P, R] = numba.njit(nogil=True)(function)
    return code


class Pieces(NamedTuple):
    """What does not change: areas, borders, targets and wishes (see ``Problem`` and ``Graph``)."""

    indptr: Integers
    indices: Integers
    border_m: Floats
    area_m2: Floats
    outline_m: Floats
    load: Floats
    target: Floats
    pull: Floats
    allowed: NDArray[np.bool_]
    is_fixed: NDArray[np.bool_]
    place: Integers
    place_size: Floats


class State(NamedTuple):
    """A division and its sums, written by every move.

    Parameters
    ----------
    holder
        Partner of each area.
    load, area_m2, outline_m, area_count
        Sums of each territory.
    place_count
        How many areas of each neighbourhood each partner holds; shape (places, k).
    mark, queue, chunk
        Room to work in; n integers each.
    ticket
        Last number used in ``mark``; one integer.
    random
        State of the generator; one integer.
    """

    holder: Integers
    load: Floats
    area_m2: Floats
    outline_m: Floats
    area_count: Integers
    place_count: Floats
    mark: Integers
    queue: Integers
    chunk: Integers
    ticket: Integers
    random: NDArray[np.uint64]


class Weights(NamedTuple):
    """What counts for how much, in the unit of compactness (1 - Polsby-Popper of a territory).

    Parameters
    ----------
    goal
        Deviation from the target that costs nothing but ``deviation``.
    over, over_square
        Of the deviation beyond the goal, and of its square.
    deviation
        Of the squared deviation.
    compactness
        Of 1 - Polsby-Popper.
    whole
        Of a neighbourhood held by several.
    chunk_share
        Share of the tries that take a neighbourhood at once.
    """

    goal: float
    over: float
    over_square: float
    deviation: float
    compactness: float
    whole: float
    chunk_share: float


@_inner
def _draw(random: NDArray[np.uint64]) -> float:
    # Uniform from 0 to 1. Source: G. Marsaglia, Xorshift RNGs (2003), with Vigna's multiplier.
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@_inner
def _cost(load: float, target: float, area_m2: float, outline_m: float, weights: Weights) -> float:
    deviation = abs(load / target - 1.0) if target > 0 else load
    over = max(deviation - weights.goal, 0.0)
    round_share = 0.0
    if outline_m > 0:
        round_share = 4.0 * np.pi * area_m2 / (outline_m * outline_m)
    return (
        weights.over * over
        + weights.over_square * over * over
        + weights.deviation * deviation * deviation
        + weights.compactness * (1.0 - round_share)
    )


@_inner
def _split(held: float, size: float) -> float:
    # What one partner's share adds to the cost of a cut neighbourhood. Square roots sum to 1 only
    # where one holds all, and fall all the way there: a neighbourhood cut unevenly mends itself.
    return np.sqrt(held / size) if held > 0 else 0.0


@_inner
def _stays_whole(pieces: Pieces, state: State, chunk_count: int, owner: int) -> bool:
    # Whether the owner's territory is one piece without the areas in state.chunk.
    indptr, indices = pieces.indptr, pieces.indices
    holder, mark, queue, chunk = state.holder, state.mark, state.queue, state.chunk
    state.ticket[0] += 3
    # Marks of this look: taken away, to be reached, reached.
    gone, wanted, reached = state.ticket[0], state.ticket[0] + 1, state.ticket[0] + 2
    for row in range(chunk_count):
        mark[chunk[row]] = gone
    to_reach = 0
    first = -1
    for row in range(chunk_count):
        area = chunk[row]
        for at in range(indptr[area], indptr[area + 1]):
            other = indices[at]
            if holder[other] == owner and mark[other] != gone and mark[other] != wanted:
                mark[other] = wanted
                to_reach += 1
                first = other
    if first < 0:
        return False
    mark[first] = reached
    queue[0] = first
    head, tail = 0, 1
    to_reach -= 1
    while head < tail and to_reach > 0:
        area = queue[head]
        head += 1
        for at in range(indptr[area], indptr[area + 1]):
            other = indices[at]
            if holder[other] != owner or mark[other] == gone or mark[other] == reached:
                continue
            if mark[other] == wanted:
                to_reach -= 1
            mark[other] = reached
            queue[tail] = other
            tail += 1
    return to_reach == 0


@_inner
def _take_chunk(pieces: Pieces, state: State, start: int, owner: int, most: int) -> int:
    # All of the start's neighbourhood that hangs together in the owner's hands; 0 if too much.
    place = pieces.place[start]
    state.ticket[0] += 3
    seen = state.ticket[0]
    state.chunk[0] = start
    state.mark[start] = seen
    head, tail = 0, 1
    while head < tail:
        area = state.chunk[head]
        head += 1
        if pieces.is_fixed[area]:
            return 0
        for at in range(pieces.indptr[area], pieces.indptr[area + 1]):
            other = pieces.indices[at]
            if (
                state.holder[other] == owner
                and pieces.place[other] == place
                and state.mark[other] != seen
            ):
                if tail == most:
                    return 0
                state.mark[other] = seen
                state.chunk[tail] = other
                tail += 1
    return tail


@compiled
def anneal(
    pieces: Pieces, state: State, weights: Weights, tries: int, hot: float, cold: float
) -> float:
    """Try moves while the temperature falls evenly from ``hot`` to ``cold``; write the state.

    Returns
    -------
    Share of the tries that moved something.
    """
    indptr, indices, border_m = pieces.indptr, pieces.indices, pieces.border_m
    holder, place_count = state.holder, state.place_count
    size = len(holder)
    moved = 0
    for turn in range(tries):
        start = int(_draw(state.random) * size)
        degree = indptr[start + 1] - indptr[start]
        if degree == 0 or pieces.is_fixed[start]:
            continue
        target_area = indices[indptr[start] + int(_draw(state.random) * degree)]
        owner, taker = holder[start], holder[target_area]
        if owner == taker:
            continue
        chunk_count = 1
        state.chunk[0] = start
        if (
            weights.chunk_share > 0
            and pieces.place[start] >= 0
            and _draw(state.random) < weights.chunk_share
        ):
            chunk_count = _take_chunk(pieces, state, start, owner, size)
        if chunk_count == 0 or chunk_count >= state.area_count[owner]:
            continue
        # Sums of what moves, and how its borders change.
        may = True
        load = area_m2 = outline_m = with_owner = with_taker = pull = inside = 0.0
        if chunk_count == 1:
            load, area_m2 = pieces.load[start], pieces.area_m2[start]
            outline_m = pieces.outline_m[start]
            may = pieces.allowed[start, taker]
            pull = pieces.pull[start, taker] - pieces.pull[start, owner]
            for at in range(indptr[start], indptr[start + 1]):
                other_holder = holder[indices[at]]
                if other_holder == owner:
                    with_owner += border_m[at]
                elif other_holder == taker:
                    with_taker += border_m[at]
        else:
            seen = state.ticket[0]
            for row in range(chunk_count):
                area = state.chunk[row]
                may = may and pieces.allowed[area, taker]
                load += pieces.load[area]
                area_m2 += pieces.area_m2[area]
                outline_m += pieces.outline_m[area]
                pull += pieces.pull[area, taker] - pieces.pull[area, owner]
                for at in range(indptr[area], indptr[area + 1]):
                    other = indices[at]
                    if state.mark[other] == seen:
                        inside += border_m[at]
                    elif holder[other] == owner:
                        with_owner += border_m[at]
                    elif holder[other] == taker:
                        with_taker += border_m[at]
        if not may:
            continue
        own_outline = outline_m - inside
        owner_outline = state.outline_m[owner] - own_outline + 2.0 * with_owner
        taker_outline = state.outline_m[taker] + own_outline - 2.0 * with_taker
        target = pieces.target
        change = (
            _cost(
                state.load[owner] - load,
                target[owner],
                state.area_m2[owner] - area_m2,
                owner_outline,
                weights,
            )
            + _cost(
                state.load[taker] + load,
                target[taker],
                state.area_m2[taker] + area_m2,
                taker_outline,
                weights,
            )
            - _cost(
                state.load[owner],
                target[owner],
                state.area_m2[owner],
                state.outline_m[owner],
                weights,
            )
            - _cost(
                state.load[taker],
                target[taker],
                state.area_m2[taker],
                state.outline_m[taker],
                weights,
            )
            + pull
        )
        place = pieces.place[start]
        # A chunk is of one neighbourhood, and so is a single area.
        if weights.whole > 0 and place >= 0:
            whole = pieces.place_size[place]
            at_owner, at_taker = place_count[place, owner], place_count[place, taker]
            change += weights.whole * (
                _split(at_owner - chunk_count, whole)
                + _split(at_taker + chunk_count, whole)
                - _split(at_owner, whole)
                - _split(at_taker, whole)
            )
        temperature = hot + (cold - hot) * turn / tries
        if change > 0 and (
            temperature <= 0 or _draw(state.random) >= np.exp(-change / temperature)
        ):
            continue
        if not _stays_whole(pieces, state, chunk_count, owner):
            continue
        for row in range(chunk_count):
            holder[state.chunk[row]] = taker
        state.load[owner] -= load
        state.load[taker] += load
        state.area_m2[owner] -= area_m2
        state.area_m2[taker] += area_m2
        state.outline_m[owner] = owner_outline
        state.outline_m[taker] = taker_outline
        state.area_count[owner] -= chunk_count
        state.area_count[taker] += chunk_count
        if place >= 0:
            place_count[place, owner] -= chunk_count
            place_count[place, taker] += chunk_count
        moved += 1
    return moved / max(tries, 1)
