"""What one asks of siting and what one gets back: frozen values, in metres and people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gapmap.errors import RequestError

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from gapmap.model import Measure, Scenario

__all__ = [
    "SINCE_SERVED",
    "CurvePoint",
    "DemandKind",
    "Effort",
    "Ended",
    "SitingModel",
    "SitingRequest",
    "SitingResult",
    "Suggestion",
]


SINCE_SERVED: Final = "time-since-served"
"""Stands where a measure may stand for equity: who was served longest ago counts more."""


class SitingModel(StrEnum):
    """What "best" means."""

    MCLP = "mclp"
    """Most need in reach with a number of sites (Church and ReVelle 1974)."""
    LSCP = "lscp"
    """Fewest sites for a share of the need that can be reached (Toregas et al. 1971)."""
    P_MEDIAN = "p-median"
    """Shortest way to the nearest site on average (Hakimi 1964)."""
    P_CENTER = "p-center"
    """Shortest way for whoever has the longest (Hakimi 1965)."""
    BACKUP = "backup"
    """Most need in reach, a second site in reach counting too (Hogan and ReVelle 1986)."""


class DemandKind(StrEnum):
    """What is counted as need."""

    POINTS = "points"
    """Need at the study's need points."""
    AREAS = "areas"
    """The need of each area at its centre of need: all of it in reach, or none."""
    MEAL_DAYS = "meal-days"
    """Need times the meals and weekdays asked for that nobody in reach serves."""


class Effort(StrEnum):
    """How much time an answer is worth."""

    QUICK = "quick"
    """The best that is found at once, with a bound: fit for a nation."""
    AUTO = "auto"
    """A proof where it is known to be quick, the best found and its bound otherwise."""
    PROOF = "proof"
    """A proof, or what is left of the gap when the time is up."""


class Ended(StrEnum):
    """Why the search ended."""

    PROVEN = "proven"
    BOUNDED = "bounded"
    OUT_OF_TIME = "out of time"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SitingRequest:
    """One question of where to open next. Hashable.

    Parameters
    ----------
    scenario
        Whose need, within what reach, and which of the study's sites count. Its ``within`` may
        name a group of neighbourhoods or a neighbourhood.
    model
        What "best" means.
    count
        How many sites to suggest; None for ``lscp`` and where a budget decides.
    demand
        What is counted as need; by default areas where the study brings a distance table,
        need points where it has them, and areas otherwise.
    share
        For ``lscp``: share of the need that can be reached at all, 0 to 1.
    budget
        What the suggested sites may cost together, in the unit of the costs.
    costs
        Pairs of candidate and cost, over what the layers say; 1 where nobody says.
    capacity
        People that a suggested site can serve where its layer does not say. None: nobody's
        capacity is looked at. Infinity: only capacities that are known.
    excluded, forced
        Identifiers of candidates that may not, or must, be among the suggestions.
    layers
        Candidate layers to take candidates from; None for all.
    keep_existing
        Whether the study's own sites stay open and count.
    lawful_only
        Whether candidates fall out where an open site is known to be unlawful; None: where the
        study has eligibility.
    equity
        A measure whose people count more, or ``SINCE_SERVED``.
    equity_weight
        How many times more: need + weight x equity. By the time since somebody was served:
        need x (1 + weight x days / ``equity_days``), never more than need x (1 + weight).
    equity_on
        For ``SINCE_SERVED``: the day on which one asks.
    equity_days
        For ``SINCE_SERVED``: days without service that count in full.
    second_weight
        For ``backup``: what a second site in reach counts, 0 to 1.
    meals, days
        For ``meal-days``: what a suggested site will serve.
    effort
        How much time an answer is worth.
    time_limit_s
        Seconds that a proof may take.
    """

    scenario: Scenario
    model: SitingModel = SitingModel.MCLP
    count: int | None = None
    demand: DemandKind | None = None
    share: float = 1.0
    budget: float | None = None
    costs: tuple[tuple[str, float], ...] = ()
    capacity: float | None = None
    excluded: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    layers: tuple[str, ...] | None = None
    keep_existing: bool = True
    lawful_only: bool | None = None
    equity: str | None = None
    equity_weight: float = 1.0
    equity_on: date | None = None
    equity_days: float = 30.0
    second_weight: float = 0.5
    meals: tuple[str, ...] = ("lunch",)
    days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    effort: Effort = Effort.AUTO
    time_limit_s: float = 30.0

    def __post_init__(self) -> None:
        self._check_numbers()
        both = sorted(set(self.excluded) & set(self.forced))
        if both:
            raise RequestError(f"{both[0]} cannot be both excluded and forced. Choose one.")
        if self.demand is DemandKind.MEAL_DAYS and not (self.meals and self.days):
            raise RequestError("Say which meals on which days a suggested site will serve.")

    def _check_numbers(self) -> None:
        if self.count is not None and self.count < 1:
            raise RequestError(f"{self.count} sites cannot be suggested. Ask for 1 or more.")
        needs_count = self.model is not SitingModel.LSCP and self.budget is None
        if needs_count and self.count is None:
            raise RequestError(
                f"The model {self.model} needs a number of sites (-p 5, say) or a budget."
            )
        if not 0 < self.share <= 1:
            raise RequestError(f"A share of {self.share:g} cannot be asked. Give 0 to 1, say 0.9.")
        if not 0 <= self.second_weight <= 1:
            raise RequestError(
                f"A second site cannot count {self.second_weight:g} times the first. Give 0 to 1."
            )
        if not (math.isfinite(self.equity_weight) and self.equity_weight >= 0):
            raise RequestError(f"An equity weight of {self.equity_weight:g} has no meaning.")
        if self.equity == SINCE_SERVED and self.equity_on is None:
            raise RequestError("Say on which day one asks who was served when.")
        if not (math.isfinite(self.equity_days) and self.equity_days > 0):
            raise RequestError(f"{self.equity_days:g} days without service cannot be counted by.")
        limits = {"budget": self.budget, "capacity": self.capacity, "cost": None}
        for name, value in (*limits.items(), *(("cost", cost) for _, cost in self.costs)):
            if value is not None and not value >= 0:
                raise RequestError(f"A {name} of {value:g} cannot be used. Give 0 or more.")
        if not self.time_limit_s > 0:
            raise RequestError("The time limit must be more than 0 seconds.")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many suggested sites reach together, and what the last of them added.

    ``is_beyond`` marks sites after those suggested: they show where the next one stops paying.
    """

    site_count: int
    need_in_reach: float
    need_added: float
    is_beyond: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One place to open at, with its reasons.

    Parameters
    ----------
    rank
        Its turn in the order of adding, from 1.
    candidate_id, name, kind, layer
        Of the candidate; ``layer`` is empty for a place that no layer names.
    longitude, latitude
        Degrees; NaN where only a distance table knows it.
    is_host_known
        False for a need-weighted place: "look for a host near here".
    need_added
        Need newly in reach at its turn, after the sites that stand and those before it.
    need_in_reach
        Need within its own reach.
    need_unique
        Need that it alone reaches, once all suggestions stand.
    overlaps
        Whom it shares need with: name and need, largest first.
    is_lawful, lawful_because
        Whether an open site is lawful there (None: not known) and by which rule.
    nearest_hosts
        Other hosts near it, or sites that serve already where no host is known: name and metres.
    cost, capacity
        As given; None without.
    sentences
        All of this in the study's words.
    """

    rank: int
    candidate_id: str
    name: str
    kind: str | None
    layer: str
    longitude: float
    latitude: float
    is_host_known: bool
    need_added: float
    need_in_reach: float
    need_unique: float
    overlaps: tuple[tuple[str, float], ...]
    is_lawful: bool | None
    lawful_because: str
    nearest_hosts: tuple[tuple[str, float], ...]
    cost: float | None
    capacity: float | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SitingResult:
    """Where to open next, and how far from the best that can be.

    Parameters
    ----------
    objective
        The model's own figure: need in reach (``mclp``, weighted where asked; ``backup`` with
        second covers), sites or cost (``lscp``), people times metres (``p-median``), metres
        (``p-center``).
    bound
        No choice of sites is better than this.
    gap
        What may be missing, as a share of the larger of the two.
    chosen
        Candidate identifiers, sorted.
    order
        The same in the order of adding.
    need_in_reach, need_before, need_total
        Of the question's need: with the suggestions, without them, and all of it.
    need_unreachable
        Need that no candidate and no existing site reaches.
    mean_m, farthest_m
        Way to the nearest site, on average over people and for the farthest; None where a model
        does not look at distance.
    suggestions
        One a chosen candidate, in the order of adding.
    curve
        From no site to a few more than suggested.
    candidates
        Every candidate that was looked at: ``candidate_id``, ``name``, ``layer``, ``is_lawful``,
        ``left_out_because`` (empty if it could be chosen).
    facts
        Sizes of the model, by name: rows, merged rows, candidates, pairs.
    seconds
        The search alone.
    """

    request: SitingRequest
    data_version: str
    measure: Measure
    unit: str
    objective: float
    bound: float
    ended: Ended
    chosen: tuple[str, ...]
    order: tuple[str, ...]
    need_in_reach: float
    need_before: float
    need_total: float
    need_unreachable: float
    mean_m: float | None
    farthest_m: float | None
    suggestions: tuple[Suggestion, ...]
    curve: tuple[CurvePoint, ...]
    candidates: pd.DataFrame
    candidates_left_out: dict[str, int]
    facts: dict[str, int]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Distance of objective and bound as a share of the larger of the two."""
        larger = max(abs(self.objective), abs(self.bound))
        return abs(self.bound - self.objective) / larger if larger > 0 else 0.0

    @property
    def is_proven(self) -> bool:
        """Whether nothing better exists."""
        return self.ended is Ended.PROVEN
