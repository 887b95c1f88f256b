"""A division as numbers: areas, loads, targets, and who may hold what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.compiled import read_only

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.territory.graph import Graph

__all__ = ["SITE_PULL", "Problem"]

SITE_PULL: Final = 0.15
"""What a territory whose people live one territory's radius farther from the partner's own sites
costs, in the unit of compactness (1 - Polsby-Popper): measured on Baltimore, Travis and NYC,
where it brings sites nearer and costs a few hundredths of compactness."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Areas to divide among partners, all of them to be held.

    Parameters
    ----------
    graph
        The n areas and who lies beside whom.
    load
        What each weighs; n floats, none negative or NaN.
    target
        What each of the k partners should hold; they sum to the load.
    locked
        Partner of each area that is settled, -1 for the others.
    allowed
        Whether each partner may hold each area; shape (n, k).
    away_m
        How far each area is from each partner's own sites, metres; shape (n, k), 0 for a partner
        that has none.
    place
        Neighbourhood of each area, -1 for none; or all -1 if they need not be kept whole.
    tolerance
        Share by which a load may differ from its target.
    seed
        Of everything that is drawn.
    """

    graph: Graph
    load: NDArray[np.float64]
    target: NDArray[np.float64]
    locked: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    away_m: NDArray[np.float64]
    place: NDArray[np.int64]
    tolerance: float
    seed: int

    @classmethod
    def of(
        cls,
        graph: Graph,
        load: ArrayLike,
        shares: ArrayLike,
        *,
        tolerance: float = 0.05,
        seed: int = 1,
        locked: ArrayLike | None = None,
        allowed: NDArray[np.bool_] | None = None,
        away_m: NDArray[np.float64] | None = None,
        place: ArrayLike | None = None,
    ) -> Problem:
        """Put a problem together; what is not given does not matter.

        Parameters
        ----------
        shares
            Share of the whole load for each of k partners; they sum to 1.
        """
        weight = read_only(load, np.float64)
        share = np.asarray(shares, dtype=np.float64)
        count, partner_count = len(graph), len(share)
        settled = np.full(count, -1) if locked is None else np.asarray(locked)
        may_hold = np.ones((count, partner_count), dtype=np.bool_)
        if allowed is not None:
            may_hold &= allowed
        # Who is settled is settled: nobody else may hold it.
        is_settled = settled >= 0
        may_hold[is_settled] = settled[is_settled, None] == np.arange(partner_count)
        return cls(
            graph=graph,
            load=weight,
            target=read_only(share * weight.sum(), np.float64),
            locked=read_only(settled, np.int64),
            allowed=read_only(may_hold, np.bool_),
            away_m=read_only(
                np.zeros((count, partner_count)) if away_m is None else away_m, np.float64
            ),
            place=read_only(np.full(count, -1) if place is None else place, np.int64),
            tolerance=tolerance,
            seed=seed,
        )

    def __len__(self) -> int:
        """Count the areas."""
        return len(self.load)

    @property
    def partner_count(self) -> int:
        """How many partners there are."""
        return len(self.target)

    @property
    def settled(self) -> NDArray[np.int64]:
        """Partner of each area that only one may hold, -1 for the others."""
        only_one = self.allowed.sum(axis=1) == 1
        return np.where(only_one, self.allowed.argmax(axis=1), -1).astype(np.int64)

    @property
    def radius_m(self) -> float:
        """Radius of a round territory of mean surface, metres."""
        return float(np.sqrt(self.graph.area_m2.sum() / self.partner_count / np.pi))

    def deviation(self, holder: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return by which share each territory's load differs from its target."""
        held = holder >= 0
        sums = np.bincount(holder[held], self.load[held], self.partner_count)
        deviation: NDArray[np.float64] = sums / self.target - 1
        return deviation

    @property
    def pull(self) -> NDArray[np.float64]:
        """What it costs that a partner holds an area, in the unit of compactness; shape (n, k)."""
        # Near is near enough: what tells partners apart is who is nearer.
        farther_m = self.away_m - self.away_m.min(axis=1, keepdims=True)
        weight = self.load * self.partner_count / max(self.load.sum(), 1e-300)
        pull: NDArray[np.float64] = SITE_PULL / self.radius_m * farther_m * weight[:, None]
        return pull

    def relaxed(self, *, released: NDArray[np.int64]) -> Problem:
        """Return the problem with some areas open to everybody."""
        locked, allowed = self.locked.copy(), self.allowed.copy()
        locked[released] = -1
        allowed[released] = True
        return replace(
            self, locked=read_only(locked, np.int64), allowed=read_only(allowed, np.bool_)
        )
