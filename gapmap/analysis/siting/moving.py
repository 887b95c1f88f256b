"""What the suggestions would bring with one of them elsewhere, while a hand still holds it.

Who reaches whom is laid out once for every candidate; each place after that takes a millisecond
or two, and its figures are those that the whole answer will have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gapmap.analysis.siting.demand import demand_of
from gapmap.analysis.siting.explain import adding_order, curve_of, figures_of
from gapmap.analysis.siting.ground import Layout, StandingSites, ways_among
from gapmap.analysis.siting.hosts import hosts_of
from gapmap.analysis.siting.search import Question
from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Study

__all__ = ["MovablePlan", "MovedPlan", "nearest_place"]


@dataclass(frozen=True, slots=True)
class MovedPlan:
    """The suggestions with one of them at another candidate.

    Parameters
    ----------
    candidate_id, name, longitude, latitude
        Where it would be: the nearest candidate that may be chosen and is not taken.
    rank
        Its turn in the order of adding, from 1.
    need_added
        Need newly in reach at its turn, after the sites that stand and those before it.
    need_unique
        Need that it alone reaches.
    site_count
        How many are suggested.
    need_in_reach, need_before, need_total
        Of the question's need: with the suggestions, without them, and all of it.
    unit
        What need counts, in the plural.
    mean_m, farthest_m
        Way to the nearest site; None where the model does not look at distance.
    """

    candidate_id: str
    name: str
    longitude: float
    latitude: float
    rank: int
    need_added: float
    need_unique: float
    site_count: int
    need_in_reach: float
    need_before: float
    need_total: float
    unit: str
    mean_m: float | None
    farthest_m: float | None


class MovablePlan:
    """A question laid out for every candidate, so that a choice of them is measured at once.

    Parameters
    ----------
    study, ground, lawful
        As :func:`gapmap.analysis.siting.proposal.propose` takes them.
    request
        The question; its number, what it forces and what it excludes are not looked at.

    Raises
    ------
    RequestError
        If the question cannot be answered as asked.
    UnknownNameError
        If it names something that the study does not have.
    """

    def __init__(
        self, study: Study, request: SitingRequest, ground: Ground, lawful: Standing | None
    ) -> None:
        asked = replace(request, forced=(), excluded=())
        demand = demand_of(study, asked, ground)
        hosts = hosts_of(study, asked, demand, lawful)
        standing = StandingSites.of(study, asked)
        layout = Layout(study, asked, demand, hosts, standing)
        self._question = Question(asked, demand, hosts, standing, layout)
        self._row = {str(one): row for row, one in enumerate(hosts["candidate_id"])}
        self._may_be = (hosts["left_out_because"] == "").to_numpy()

    @property
    def candidates(self) -> tuple[str, ...]:
        """Identifiers of all candidates, those that may not be chosen included."""
        return tuple(self._row)

    @property
    def can_see_ways(self) -> bool:
        """Whether the models that are about ways can look at all of them."""
        return self._question.layout.can_see_ways(int(self._may_be.sum()))

    def moved(
        self,
        order: Sequence[str],
        old: str,
        *,
        latitude: float,
        longitude: float,
        excluded: Collection[str] = (),
    ) -> MovedPlan:
        """Say what the suggestions bring with one of them at the candidate nearest to a point.

        Parameters
        ----------
        order
            Identifiers of the suggestions.
        old
            The one that is moved.
        latitude, longitude
            The point, degrees.
        excluded
            Identifiers of candidates that may not be chosen.

        Raises
        ------
        UnknownNameError
            If a suggestion is no candidate, or ``old`` is no suggestion.
        """
        if old not in order:
            raise UnknownNameError("suggestion", old, list(order))
        others = self._rows([one for one in order if one != old])
        free = self._may_be.copy()
        free[self._rows(excluded)] = False
        (here,) = self._rows([old])
        # Back where it was is always possible, however it came to stand there.
        free[here] = True
        free[others] = False
        hosts = self._question.hosts
        host = nearest_place(
            hosts["longitude"], hosts["latitude"], free, latitude=latitude, longitude=longitude
        )
        return self._measured(np.append(others, here if host is None else host))

    def _rows(self, names: Collection[str]) -> NDArray[np.int64]:
        for name in names:
            if name not in self._row:
                raise UnknownNameError("candidate", name, list(self._row))
        return np.array([self._row[name] for name in names], dtype=np.int64)

    def _measured(self, chosen: NDArray[np.int64]) -> MovedPlan:
        question = self._question
        host = int(chosen[-1])
        order = adding_order(question, np.sort(chosen))
        points = curve_of(question, order, np.empty(0, dtype=np.int64))
        turn = int(np.flatnonzero(order == host)[0]) + 1
        row = question.hosts.iloc[host]
        mean_m, farthest_m = ways_among(question.request, question.demand, question.layout, order)
        _, unique = figures_of(question, order, host)
        return MovedPlan(
            candidate_id=str(row["candidate_id"]),
            name=str(row["name"]),
            longitude=float(row["longitude"]),
            latitude=float(row["latitude"]),
            rank=turn,
            need_added=points[turn].need_added,
            need_unique=unique,
            site_count=len(order),
            need_in_reach=points[-1].need_in_reach,
            need_before=points[0].need_in_reach,
            need_total=float(question.demand.need.sum()),
            unit=question.demand.unit,
            mean_m=mean_m,
            farthest_m=farthest_m,
        )


def nearest_place(
    longitudes: ArrayLike,
    latitudes: ArrayLike,
    may_be: ArrayLike,
    *,
    latitude: float,
    longitude: float,
) -> int | None:
    """Return the position of the place nearest to a point, None if no place may be it.

    Parameters
    ----------
    longitudes, latitudes
        Places, degrees; NaN where only a distance table knows one, which is then never it.
    may_be
        Which of them it may be.
    latitude, longitude
        The point, degrees.
    """
    x = np.asarray(longitudes, dtype=np.float64)
    y = np.asarray(latitudes, dtype=np.float64)
    there = np.flatnonzero(np.asarray(may_be, dtype=bool) & np.isfinite(x) & np.isfinite(y))
    if not len(there):
        return None
    # Near enough in a plane: only the nearest is asked for, not how far it is. Whole turns are
    # taken off, for a study on both sides of the antimeridian.
    turn = (x[there] - longitude + 180.0) % 360.0 - 180.0
    east = turn * np.cos(np.radians(latitude))
    return int(there[np.argmin(np.hypot(east, y[there] - latitude))])
