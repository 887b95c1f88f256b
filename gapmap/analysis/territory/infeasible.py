"""Wishes that contradict each other, by name, with the least that has to give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gapmap.analysis.territory.cores import Contradiction, way_between
from gapmap.analysis.territory.graph import pieces_of
from gapmap.analysis.territory.start import first_division
from gapmap.analysis.territory.values import ContradictoryWishesError, Obstacle, ObstacleKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.problem import Problem

__all__ = ["Labels", "begin_or_refuse", "rounded_up", "too_heavy", "too_tight"]


@dataclass(frozen=True)
class Labels:
    """How areas and partners are called in sentences.

    Parameters
    ----------
    geoids, names
        Of each area.
    partners
        Of each partner.
    area, areas, unit
        What an area is called, one and many, and what a load counts.
    """

    geoids: tuple[str, ...]
    names: tuple[str, ...]
    partners: tuple[str, ...]
    area: str = "area"
    areas: str = "areas"
    unit: str = "people"

    def some(self, rows: NDArray[np.int64]) -> str:
        """Name a few areas."""
        shown = [f"{self.names[row]} ({self.geoids[row]})" for row in rows[:3]]
        more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
        return ", ".join(shown) + more

    def ids(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """Return the GEOIDs of some areas."""
        return tuple(self.geoids[row] for row in rows)


def begin_or_refuse(problem: Problem, labels: Labels) -> NDArray[np.int64]:
    """Make a first division.

    Raises
    ------
    ContradictoryWishesError
        If there is none, with the smallest relaxation that was tried and works.
    """
    obstacle = _nobody(problem, labels)
    if obstacle is None:
        try:
            return first_division(problem)
        except Contradiction as contradiction:
            obstacle = _explained(problem, labels, contradiction)
    raise ContradictoryWishesError(obstacle)


def _nobody(problem: Problem, labels: Labels) -> Obstacle | None:
    count = problem.partner_count
    if len(problem) < count:
        return Obstacle(
            ObstacleKind.NOBODY,
            f"{len(problem):,} {labels.areas} cannot be divided among {count} partners.",
            f"Ask for at most {len(problem):,} partners, or for a larger place.",
        )
    alone = np.flatnonzero(~problem.allowed.any(axis=1))
    if len(alone):
        return Obstacle(
            ObstacleKind.NOBODY,
            f"Nobody may hold {labels.some(alone)}: every partner says “not here”.",
            "Let one partner take it, or leave it unassigned.",
            geoids=labels.ids(alone),
        )
    for partner in np.flatnonzero(~problem.allowed.any(axis=0)):
        return Obstacle(
            ObstacleKind.NOBODY,
            f"{labels.partners[partner]} may hold nothing: every {labels.area} is locked for "
            "somebody else or excluded.",
            f"Release one lock, or leave {labels.partners[partner]} out.",
            partner=labels.partners[partner],
        )
    return None


def _explained(problem: Problem, labels: Labels, found: Contradiction) -> Obstacle:
    partner = found.partner
    if partner is None or not (problem.settled == partner).any():
        return _without_room(problem, labels, found)
    name = labels.partners[partner]
    mine = problem.settled == partner
    # The piece with fewer locks is the one that stands apart.
    _, piece = pieces_of(problem.graph.neighbours, np.where(mine, partner, -1))
    reach = _reach(problem, partner)
    apart = np.flatnonzero(mine & (reach != _largest(reach[mine])))
    if not len(apart):
        # Each lock can be reached, but not while others reach theirs.
        apart = np.flatnonzero(mine & (piece != _largest(piece[mine])))
    has = "has" if len(apart) == 1 else "have"
    sentence = (
        f"{name} cannot be one piece: {labels.some(apart)}, which only {name} may hold, {has} no "
        f"way to the rest of what it must hold; {labels.areas} locked for somebody else, excluded "
        "or unassigned lie between."
    )
    everything = np.flatnonzero(problem.settled >= 0)
    ways = [apart, np.flatnonzero(mine), everything]
    between = _fewest_between(problem, partner, apart)
    if between is not None and len(between):
        ways.append(between)
    relaxation, released = _least_release(problem, labels, ways)
    return Obstacle(
        ObstacleKind.APART,
        sentence,
        relaxation,
        partner=name,
        geoids=labels.ids(released),
    )


def _least_release(
    problem: Problem, labels: Labels, ways: list[NDArray[np.int64]]
) -> tuple[str, NDArray[np.int64]]:
    # The smallest set of areas that, open to everybody, leaves a division; in words, and as rows.
    for rows in sorted(ways, key=len):
        if len(rows) and _works(problem.relaxed(released=rows)):
            what = f"1 {labels.area}" if len(rows) == 1 else f"{len(rows):,} {labels.areas}"
            holders = sorted({labels.partners[z] for z in problem.locked[rows] if z >= 0})
            whose = f", now locked for {', '.join(holders)}" if holders else ""
            return (
                f"The least that was found to work: open {what} to every partner{whose}: "
                f"{labels.some(rows)}.",
                rows,
            )
    return (
        "No release of locks that was tried makes it work: ask with fewer wishes.",
        np.empty(0, dtype=np.int64),
    )


def _without_room(problem: Problem, labels: Labels, found: Contradiction) -> Obstacle:
    partner = None if found.partner is None else labels.partners[found.partner]
    if partner is None and len(found.areas):
        sentence = f"Nobody who may hold {labels.some(found.areas)} can get there in one piece."
    else:
        sentence = (
            f"There is no room for {partner or 'every partner'}: what is not locked for somebody "
            f"else or excluded is less than one {labels.area} for each partner without locks."
        )
    locked = np.flatnonzero(problem.locked >= 0)
    # Locks given back one by one, those of the heaviest areas first, until it works.
    order = locked[np.argsort(-problem.load[locked], kind="stable")]
    counts = sorted({count for count in (1, 2, 3, 5, 8, 13, 21, 34, len(order)) if count})
    ways = [found.areas, *(order[:count] for count in counts if count <= len(order))]
    relaxation, released = _least_release(problem, labels, ways)
    return Obstacle(
        ObstacleKind.NOBODY,
        sentence,
        relaxation,
        partner=partner,
        geoids=labels.ids(released if len(released) else found.areas),
    )


def _works(problem: Problem) -> bool:
    try:
        first_division(problem)
    except Contradiction:
        return False
    return True


def _reach(problem: Problem, partner: int) -> NDArray[np.int64]:
    # Which areas the partner's territory could hold together.
    open_to = problem.allowed[:, partner]
    _, piece = pieces_of(problem.graph.neighbours, np.where(open_to, 0, -1))
    return piece


def _largest(piece: NDArray[np.int64]) -> int:
    values, counts = np.unique(piece, return_counts=True)
    return int(values[np.argmax(counts)])


def _fewest_between(
    problem: Problem, partner: int, apart: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    # The fewest areas of others that lie on a way from the locks apart to the rest.
    mine = np.flatnonzero(problem.settled == partner)
    rest = np.setdiff1d(mine, apart)
    if not len(rest):
        return None

    def price(area: int) -> float:
        return 1e-6 if problem.allowed[area, partner] else 1.0

    way = way_between(problem, rest, apart, price)
    if way is None:
        return None
    return np.array(
        sorted(area for area in way if not problem.allowed[area, partner]), dtype=np.int64
    )


def too_heavy(problem: Problem, labels: Labels) -> tuple[Obstacle, ...]:
    """Name the partners whose locks alone weigh more than the tolerance allows."""
    obstacles = []
    limit = problem.target * (1 + problem.tolerance)
    for partner in range(problem.partner_count):
        mine = np.flatnonzero(problem.settled == partner)
        total = float(problem.load[mine].sum())
        if total <= limit[partner] + 1e-9:
            continue
        order = mine[np.argsort(problem.load[mine], kind="stable")]
        # The fewest that are heavy enough together.
        freed = np.cumsum(problem.load[order[::-1]])
        count = int(np.searchsorted(freed, total - limit[partner])) + 1
        rows = order[::-1][:count]
        over = total / problem.target[partner] - 1
        obstacles.append(
            Obstacle(
                ObstacleKind.LOAD,
                f"The locks of {labels.partners[partner]} weigh {total:,.0f} {labels.unit}, "
                f"{over:.1%} more than its share of {problem.target[partner]:,.0f}; the "
                f"tolerance is {problem.tolerance:.1%}.",
                f"Release {labels.some(rows)}, or allow a tolerance of {rounded_up(over):.1%}.",
                partner=labels.partners[partner],
                geoids=labels.ids(rows),
                tolerance=rounded_up(over),
            )
        )
    return tuple(obstacles)


def too_tight(
    problem: Problem,
    holder: NDArray[np.int64],
    labels: Labels,
    works: float | None = None,
) -> Obstacle | None:
    """Say that no division within the tolerance was found, and what stands in the way.

    Parameters
    ----------
    holder
        The best division found.
    works
        A tolerance with which the search was tried and ended well; that of the division found by
        default.
    """
    deviation = np.abs(problem.deviation(holder))
    worst = float(deviation.max())
    if worst <= problem.tolerance + 1e-9:
        return None
    found = rounded_up(worst) if works is None else works
    heaviest = int(np.argmax(problem.load))
    share = problem.load[heaviest] / problem.target[problem.allowed[heaviest]].max()
    why = f"the {labels.areas} cannot be put together more evenly in one piece each"
    if share > 1 + problem.tolerance:
        why = (
            f"{labels.names[heaviest]} ({labels.geoids[heaviest]}) alone weighs {share:.2f} times "
            "a partner's share"
        )
    else:
        pocket = _pocket(problem)
        if pocket is not None:
            why = (
                f"{len(pocket):,} {labels.areas} with {problem.load[pocket].sum():,.0f} "
                f"{labels.unit} lie apart from the rest, behind a barrier or somebody's locks"
            )
    return Obstacle(
        ObstacleKind.TOLERANCE,
        f"No division within {problem.tolerance:.2%} was found: {why}.",
        f"The smallest tolerance with which a division was found is {found:.2%}.",
        tolerance=found,
    )


def _pocket(problem: Problem) -> NDArray[np.int64] | None:
    """Return the areas of the lighter side, if what is free does not hang together."""
    _, piece = pieces_of(problem.graph.neighbours, problem.settled)
    free = np.flatnonzero(problem.settled < 0)
    weight = np.bincount(piece[free], problem.load[free])
    present = np.flatnonzero(weight > problem.target.min() * problem.tolerance)
    if len(present) < 2:
        return None
    lightest = present[np.argmin(weight[present])]
    pocket: NDArray[np.int64] = free[piece[free] == lightest]
    return pocket


def rounded_up(share: float) -> float:
    """Return a share rounded up to the next hundredth of a percent, so that it does work."""
    return math.ceil(share * 10_000 - 1e-9) / 10_000
