"""Stops and days for one van: a week of routes that bring a site to people.

Each day is a round within a budget of minutes: from the depot along some stops and back. A stop
serves whom it reaches; on later days of the week the same people count less. Stops are put in one
by one, each time the stop, day and place in the round that serves most for the minutes it costs;
rounds are shortened by turning stretches of them round (2-opt) and filled again. A good plan, not
a proven one.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.siting.demand import demand_of
from gapmap.analysis.siting.ground import Layout, StandingSites
from gapmap.analysis.siting.hosts import hosts_of
from gapmap.errors import RequestError
from gapmap.geo import earth_centred, surface_m

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Study

__all__ = ["Van", "VanDay", "VanPlan", "VanStop", "plan_van"]

_DEPOT: Final = -1
_SOMEBODY: Final = 0.5
"""Fewer people than this are not worth a stop."""


@dataclass(frozen=True, slots=True)
class Van:
    """What a van can do.

    Parameters
    ----------
    minutes
        Budget of a day, driving and serving together.
    stop_minutes
        How long it serves at a stop.
    speed_kmh
        Along streets.
    detour
        How much longer streets are than the straight line.
    depot
        Longitude and latitude where each day begins and ends; None: at its first and last stop.
    again_share
        What a further day counts to people who were served on another day of the week, 0 to 1.
    """

    minutes: float = 240.0
    stop_minutes: float = 45.0
    speed_kmh: float = 25.0
    detour: float = 1.3
    depot: tuple[float, float] | None = None
    again_share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("minutes", "stop_minutes", "speed_kmh"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise RequestError(f"A van's {name} cannot be {value:g}. Give more than 0.")
        if not (math.isfinite(self.detour) and self.detour >= 1):
            raise RequestError(f"Streets cannot be {self.detour:g} times the straight line.")
        if not 0 <= self.again_share <= 1:
            raise RequestError(f"A further day cannot count {self.again_share:g}. Give 0 to 1.")
        if self.stop_minutes > self.minutes:
            raise RequestError(
                f"A stop of {self.stop_minutes:g} minutes does not fit into a day of "
                f"{self.minutes:g}."
            )


@dataclass(frozen=True, slots=True)
class VanStop:
    """One stop: minutes after the start of the day, and people whom it reaches.

    ``need_new`` are those whom neither a standing site nor an earlier stop of the week reaches.
    """

    candidate_id: str
    name: str
    longitude: float
    latitude: float
    arrives_minute: float
    need_in_reach: float
    need_new: float


@dataclass(frozen=True, slots=True)
class VanDay:
    """One round: its stops in order, its minutes in all, its way along streets."""

    day: str
    stops: tuple[VanStop, ...]
    minutes: float
    way_m: float


@dataclass(frozen=True, eq=False)
class VanPlan:
    """A week of one van.

    Parameters
    ----------
    need_reached
        People out of reach of every standing site whom the van reaches on some day.
    need_visits
        The same people times the days on which it reaches them.
    need_open
        People out of reach of every standing site.
    """

    van: Van
    days: tuple[VanDay, ...]
    need_reached: float
    need_visits: float
    need_open: float
    unit: str
    notes: tuple[str, ...] = ()


def plan_van(
    study: Study, request: SitingRequest, van: Van, ground: Ground, lawful: Standing | None
) -> VanPlan:
    """Choose stops and days for one van.

    Parameters
    ----------
    study
        The study.
    request
        Whose need, which candidates, and on which ``days``; its model and number are not looked
        at.
    van
        What the van can do.
    ground
        The need side of the same study.
    lawful
        The study judged by the rules of eligibility, or None.

    Raises
    ------
    RequestError
        If no stop may be chosen.
    """
    demand = demand_of(study, request, ground)
    hosts = hosts_of(study, request, demand, lawful)
    hosts = hosts[hosts["left_out_because"] == ""].reset_index(drop=True)
    standing = StandingSites.of(study, request)
    layout = Layout(study, request, demand, hosts, standing)
    places = hosts[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    week = _Week(
        layout.by_host.tocsc(), demand.worth * layout.open_share, places, van, len(request.days)
    )
    week.fill()
    names = hosts["name"].tolist()
    ids = hosts["candidate_id"].tolist()
    open_need = demand.need * layout.open_share
    met = np.zeros(len(demand), dtype=bool)
    days = []
    for day, rounds in zip(request.days, week.rounds, strict=True):
        arrives = week.arrivals(rounds)
        stops = []
        for host, minute in zip(rounds, arrives, strict=True):
            rows = week.rows(host)
            stops.append(
                VanStop(
                    candidate_id=str(ids[host]),
                    name=str(names[host]),
                    longitude=float(places[host, 0]),
                    latitude=float(places[host, 1]),
                    arrives_minute=minute,
                    need_in_reach=float(demand.need[rows].sum()),
                    need_new=float(open_need[rows][~met[rows]].sum()),
                )
            )
            met[rows] = True
        days.append(VanDay(day, tuple(stops), week.minutes(rounds), week.way_m(rounds)))
    notes = [
        *demand.notes,
        *standing.notes,
        f"Driving is {van.detour:g} times the straight line at {van.speed_kmh:g} km/h: check the "
        "rounds on a street map.",
        "A good plan, not a proven one: stops are put in and turned round while that helps.",
    ]
    return VanPlan(
        van=van,
        days=tuple(days),
        need_reached=float(open_need[met].sum()),
        need_visits=float(open_need @ week.visits),
        need_open=float(open_need.sum()),
        unit=demand.unit,
        notes=tuple(notes),
    )


class _Week:
    """Rounds in the making."""

    def __init__(
        self,
        by_host: csc_array,
        worth: NDArray[np.float64],
        places: NDArray[np.float64],
        van: Van,
        day_count: int,
    ) -> None:
        self._by_host = by_host
        self._worth = worth
        self._van = van
        self._served = np.zeros((day_count, len(worth)), dtype=bool)
        self._place_m = earth_centred(places[:, 0], places[:, 1])
        depot = van.depot
        self._depot_m = None if depot is None else earth_centred([depot[0]], [depot[1]])
        self.rounds: list[list[int]] = [[] for _ in range(day_count)]

    @property
    def visits(self) -> NDArray[np.int64]:
        """On how many days each row is served."""
        count: NDArray[np.int64] = self._served.sum(axis=0)
        return count

    def rows(self, host: int) -> NDArray[np.int64]:
        """Return the rows that a stop reaches."""
        start, stop = self._by_host.indptr[host : host + 2]
        found: NDArray[np.int64] = self._by_host.indices[start:stop]
        return found

    def way_m(self, stops: list[int]) -> float:
        """Return the way of a round along streets."""
        ends = [_DEPOT, *stops, _DEPOT]
        legs = itertools.pairwise(ends)
        return sum(float(self._legs_m(one, np.array([other]))[0]) for one, other in legs)

    def minutes(self, stops: list[int]) -> float:
        """Return how long a round takes."""
        return self._driving(self.way_m(stops)) + len(stops) * self._van.stop_minutes

    def arrivals(self, stops: list[int]) -> list[float]:
        """Return when the van arrives at each stop, minutes after its start."""
        found, at, before = [], 0.0, _DEPOT
        for stop in stops:
            at += self._driving(float(self._legs_m(before, np.array([stop]))[0]))
            found.append(at)
            at += self._van.stop_minutes
            before = stop
        return found

    def fill(self) -> None:
        """Put stops in while any fits, shortening rounds on the way."""
        while True:
            while self._put_in():
                pass
            shorter = [self._turned(stops) for stops in self.rounds]
            if shorter == self.rounds:
                return
            self.rounds = shorter

    def _driving(self, metres: float) -> float:
        return metres / 1000 / self._van.speed_kmh * 60

    def _legs_m(self, one: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
        # Ways from one stop to others along streets; a depot that nobody named is everywhere.
        start = self._depot_m if one == _DEPOT else self._place_m[one : one + 1]
        is_depot = others == _DEPOT
        if start is None or (self._depot_m is None and is_depot.all()):
            return np.zeros(len(others))
        ends = self._place_m[np.where(is_depot, 0, others)]
        if self._depot_m is not None:
            ends = np.where(is_depot[:, None], self._depot_m, ends)
        metres = surface_m(np.linalg.norm(ends - start, axis=1)) * self._van.detour
        if self._depot_m is None:
            metres = np.where(is_depot, 0.0, metres)
        return metres

    def _put_in(self) -> bool:
        # The stop, day and place in its round that serve most for the minutes they cost.
        count = self._by_host.shape[1]
        every = np.arange(count)
        best: tuple[float, int, int, int] | None = None
        fading = self._van.again_share ** self.visits.astype(np.float64)
        for day, stops in enumerate(self.rounds):
            value = np.where(self._served[day], 0.0, self._worth * fading)
            gain = self._by_host.T.astype(np.float64) @ value
            gain[stops] = 0.0
            left = self._van.minutes - self.minutes(stops)
            ends = [_DEPOT, *stops, _DEPOT]
            for place, (one, other) in enumerate(itertools.pairwise(ends)):
                between = float(self._legs_m(one, np.array([other]))[0])
                longer_m = self._legs_m(one, every) + self._legs_m(other, every) - between
                added = longer_m / 1000 / self._van.speed_kmh * 60 + self._van.stop_minutes
                rate = np.where((added <= left) & (gain >= _SOMEBODY), gain / added, 0.0)
                host = int(np.argmax(rate))
                if rate[host] > 0 and (best is None or rate[host] > best[0]):
                    best = (float(rate[host]), day, place, host)
        if best is None:
            return False
        _, day, place, host = best
        self.rounds[day].insert(place, host)
        self._served[day, self.rows(host)] = True
        return True

    def _turned(self, stops: list[int]) -> list[int]:
        # 2-opt: turn a stretch round while that makes the round shorter.
        best, best_m = stops, self.way_m(stops)
        improved = True
        while improved:
            improved = False
            for start in range(len(best) - 1):
                for stop in range(start + 2, len(best) + 1):
                    turned = [*best[:start], *best[start:stop][::-1], *best[stop:]]
                    metres = self.way_m(turned)
                    if metres < best_m - 1e-6:
                        best, best_m, improved = turned, metres, True
        return best
