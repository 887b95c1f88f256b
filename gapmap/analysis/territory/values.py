"""What one asks of a division and what one gets back: frozen values, in people and metres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gapmap.model import Measure, Scenario

__all__ = [
    "LARGEST_PARTNER_COUNT",
    "Bridge",
    "ContradictoryWishesError",
    "Division",
    "DivisionProgress",
    "DivisionRequest",
    "Load",
    "Obstacle",
    "ObstacleKind",
    "Territory",
]

LARGEST_PARTNER_COUNT: Final = 500
"""More than that is a slip of the keyboard, and costs a table of areas times partners."""


_Wish = TypeVar("_Wish", str, tuple[str, ...])


class Load(StrEnum):
    """What is shared out."""

    GAP = "gap"
    """Open need: people in need out of reach of every site that counts."""
    NEED = "need"
    """People in need, whoever reaches them."""
    MEALS = "meals"
    """Meals still to serve: people in need times the meals and weekdays that nobody in reach
    is known to serve."""


@dataclass(frozen=True)
class DivisionRequest:
    """One question: who takes which areas. Hashable.

    Parameters
    ----------
    scenario
        Need, reach and whose sites count; ``within`` is a group of neighbourhoods or one
        neighbourhood, by name or identifier.
    partners
        Names in the order of the answer, or how many there are.
    load
        What is shared out.
    capacities
        Each partner's size in any unit: loads are shared in this proportion. Equal without.
    tolerance
        Share by which a territory's load may differ from its target; more than 0.
    locks
        GEOID to partner: areas that are settled. Pairs, or a mapping.
    not_here
        Partner to the GEOIDs it cannot take. Pairs, or a mapping.
    unassigned
        GEOIDs that nobody shall hold.
    keep_neighbourhoods
        Whether to keep neighbourhoods whole where possible.
    barriers
        Context layers that no territory shall cross: a river, a motorway, a rail yard.
    cut_borders
        Pairs of GEOIDs that do not count as neighbours although they share a border.
    meals, days
        What :attr:`Load.MEALS` counts.
    activities
        Pairs of what is done and who does it all over the place, without holding areas:
        ``("transport", "Metro Vans")``.
    seed
        Another seed gives another division; the same one always the same.
    """

    scenario: Scenario
    partners: tuple[str, ...] | int
    load: Load = Load.GAP
    capacities: tuple[float, ...] | None = None
    tolerance: float = 0.05
    locks: tuple[tuple[str, str], ...] = ()
    not_here: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unassigned: tuple[str, ...] = ()
    keep_neighbourhoods: bool = True
    barriers: tuple[str, ...] = ()
    cut_borders: tuple[tuple[str, str], ...] = ()
    meals: tuple[str, ...] = ("lunch",)
    days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    activities: tuple[tuple[str, str], ...] = ()
    seed: int = 1

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "locks", tuple(sorted(_pairs(self.locks))))
        not_here = ((name, tuple(sorted(ids))) for name, ids in _pairs(self.not_here))
        set_field(self, "not_here", tuple(sorted(not_here)))
        set_field(self, "unassigned", tuple(sorted(set(self.unassigned))))
        if not isinstance(self.partners, int):
            set_field(self, "partners", tuple(name.strip() for name in self.partners))
        if self.capacities is not None:
            set_field(self, "capacities", tuple(float(size) for size in self.capacities))
        self._check()

    def _check(self) -> None:
        names = self.names
        if not 2 <= len(names) <= LARGEST_PARTNER_COUNT:
            raise RequestError(
                f"Areas can be divided among 2 to {LARGEST_PARTNER_COUNT} partners, not "
                f"{len(names)}. Name at least two, or give their number."
            )
        if len(set(names)) < len(names) or not all(names):
            raise RequestError(
                "Each partner needs a name of its own: "
                f"{', '.join(names)[:200]}. Name every partner once."
            )
        # No comparison with NaN is true: it is refused too.
        if not 0 < self.tolerance < 10:
            raise RequestError(
                f"A tolerance of {self.tolerance:g} cannot be used. Give a share, for example "
                "0.05 for 5 %."
            )
        sizes = self.capacities
        if sizes is not None and (
            len(sizes) != len(names) or not all(0 < size < float("inf") for size in sizes)
        ):
            raise RequestError(
                f"{len(names)} partners need {len(names)} capacities, each more than 0; found "
                f"{', '.join(f'{size:g}' for size in sizes)}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the partners, made up where only their number is known."""
        if isinstance(self.partners, int):
            return tuple(f"Partner {number}" for number in range(1, self.partners + 1))
        return self.partners

    @property
    def are_named(self) -> bool:
        """Whether the partners are somebody, and not only so and so many."""
        return not isinstance(self.partners, int)

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of the whole load that each partner should hold; they sum to 1."""
        sizes = self.capacities or (1.0,) * len(self.names)
        return tuple(size / sum(sizes) for size in sizes)


def _pairs(given: Iterable[tuple[str, _Wish]] | Mapping[str, _Wish]) -> list[tuple[str, _Wish]]:
    return list(given.items() if isinstance(given, Mapping) else given)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two areas that count as neighbours although they share no border.

    Parameters
    ----------
    geoid, other
        The two areas.
    metres
        How far apart they are.
    is_across_barrier
        Whether they do share a border, which a barrier runs along.
    """

    geoid: str
    other: str
    metres: float
    is_across_barrier: bool = False


class ObstacleKind(StrEnum):
    """What stands against a wish."""

    APART = "locks apart"
    LOAD = "locks too heavy"
    NOBODY = "nobody may hold it"
    TOLERANCE = "tolerance too tight"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A wish that cannot be met, and the least that has to give.

    Parameters
    ----------
    kind
        What stands against it.
    sentence
        What was asked and what was found.
    relaxation
        The smallest change with which it works.
    partner
        Whose territory it is about; None for all.
    geoids
        Areas to release, or areas that nobody may hold.
    tolerance
        The tolerance that works, where that is the change.
    """

    kind: ObstacleKind
    sentence: str
    relaxation: str
    partner: str | None = None
    geoids: tuple[str, ...] = ()
    tolerance: float | None = None


class ContradictoryWishesError(RequestError):
    """Wishes that leave no division at all.

    Parameters
    ----------
    obstacle
        What stands against them, and the least that has to give.
    """

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(f"{obstacle.sentence} {obstacle.relaxation}")
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Territory:
    """What one partner holds.

    Parameters
    ----------
    partner
        Whose it is.
    load, target, share_of_target
        What it holds of the load, what it should hold, and the quotient.
    area_count
        How many areas.
    need, gap
        People in need, and those of them out of reach of every site that counts.
    is_contiguous
        Whether it is one piece, bridges included; None for a territory of no area.
    piece_count
        Of how many pieces it is.
    polsby_popper
        Compactness, 4 pi area / perimeter^2: 1 is a circle; NaN without area.
    mean_distance_m
        Load-weighted mean distance from its areas to its centre; NaN without load.
    mean_site_distance_m
        The same to the nearest of the partner's own sites; NaN without site.
    site_count, own_site_count
        Sites that count and stand in it, and those of them that are the partner's own.
    gains, gives_up
        Load that comes to it and load that leaves it, against today, when each area is taken to
        belong to the partner of its nearest site; NaN where that says nothing.
    """

    partner: str
    load: float
    target: float
    share_of_target: float
    area_count: int
    need: float
    gap: float
    is_contiguous: bool | None
    piece_count: int
    polsby_popper: float
    mean_distance_m: float
    mean_site_distance_m: float
    site_count: int
    own_site_count: int
    gains: float
    gives_up: float


@dataclass(frozen=True, slots=True)
class DivisionProgress:
    """How far a search is.

    Parameters
    ----------
    done, total
        Rounds.
    worst_deviation
        Of the best division so far.
    polsby_popper
        Mean of the best division so far.
    holders
        Row of the partner of each area in question, -1 for none.
    """

    done: int
    total: int
    worst_deviation: float
    polsby_popper: float
    holders: tuple[int, ...] = field(repr=False, default=())


@dataclass(frozen=True, eq=False)
class Division:
    """The answer to a :class:`DivisionRequest`, or a division made by hand and measured alike.

    Parameters
    ----------
    areas
        One row an area in question: ``geoid``, ``name``, ``neighbourhood``, ``partner`` (None:
        nobody), ``load``, ``need``, ``gap``, ``today`` (partner of the nearest site),
        ``is_locked``.
    territories
        In the order of the partners.
    load_total
        Load of all areas in question, those of nobody included.
    worst_deviation
        The largest share by which a territory's load differs from its target.
    balance_index
        1 - half the sum of |share of the load - share that it should be|: 1 where every territory
        has its target. Load that nobody holds counts as missing.
    unassigned
        GEOIDs that nobody holds.
    cut_neighbourhoods
        Names of the neighbourhoods that more than one partner holds.
    bridges
        Those that hold a territory together.
    obstacles
        Wishes that it does not meet.
    """

    request: DivisionRequest
    data_version: str
    measure: Measure
    unit: str
    areas: pd.DataFrame
    territories: tuple[Territory, ...]
    load_total: float
    worst_deviation: float
    balance_index: float
    mean_polsby_popper: float
    mean_distance_m: float
    unassigned: tuple[str, ...]
    cut_neighbourhoods: tuple[str, ...]
    bridges: tuple[Bridge, ...]
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...]

    @property
    def holders(self) -> dict[str, str | None]:
        """Partner by GEOID."""
        pairs = zip(self.areas["geoid"], self.areas["partner"], strict=True)
        return {str(geoid): partner for geoid, partner in pairs}

    @property
    def largest_load(self) -> float:
        """Load of the territory with most of it."""
        return max(one.load for one in self.territories)

    @property
    def smallest_load(self) -> float:
        """Load of the territory with least of it."""
        return min(one.load for one in self.territories)

    @property
    def is_contiguous(self) -> bool:
        """Whether no territory is in pieces."""
        return all(one.is_contiguous is not False for one in self.territories)

    @property
    def meets_tolerance(self) -> bool:
        """Whether every territory's load is as near its target as was asked."""
        return self.worst_deviation <= self.request.tolerance + 1e-9
