"""The question laid out for the models: who is in reach of what, and how far it is.

Rows are demand, columns candidates that may be chosen. Sites that stand, and candidates that
must be chosen, are not columns: what they do is taken off beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.spatial.distance import cdist

from gapmap.analysis.reach import nearest_site, pairs_in_reach
from gapmap.analysis.siting.demand import open_slots
from gapmap.analysis.siting.values import DemandKind, SitingModel
from gapmap.analysis.siting.ways import table_ways_m
from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.errors import RequestError
from gapmap.geo import earth_centred, surface_m

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.analysis.siting.demand import Demand
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Study

__all__ = ["Layout", "StandingSites", "ways_among"]

_MOST_WAYS: Final = 40_000_000
"""Ways from row to candidate that fit into memory several times over."""


@dataclass(frozen=True, eq=False)
class StandingSites:
    """Sites of the study that count and stay.

    Parameters
    ----------
    row
        Row of the study's sites that stands for each place.
    name
        With its partner, for sentences.
    capacity
        People, NaN unknown.
    notes
        Sentences on what was left out.
    """

    site_id: NDArray[Any]
    name: NDArray[Any]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    capacity: NDArray[np.float64]
    row: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, study: Study, request: SitingRequest) -> StandingSites:
        """Find the sites that count for a question; none where they are not kept."""
        supply = counting_sites(study, request.scenario)
        row = supply.place if request.keep_existing else np.empty(0, dtype=np.int64)
        notes: list[str] = []
        if not request.keep_existing:
            notes.append(f"The {study.words.sites} that stand are not looked at.")
        if study.distances is not None and len(row):
            known = study.sites["site_id"].isin(set(study.distances["to_id"])).to_numpy()[row]
            if not known.all():
                notes.append(
                    f"{int((~known).sum()):,} {study.words.sites} are not in the distance table "
                    "and do not count."
                )
            row = row[known]
        sites = study.sites.iloc[row]
        # Rows at one place serve together; what one of them does not say is not known of both.
        room = study.sites["capacity"].groupby(supply.place_of_site).sum(min_count=1, skipna=False)
        place = supply.place_of_site[row]
        names = [
            f"{name} ({partner})"
            for name, partner in zip(sites["name"], partner_names(sites), strict=True)
        ]
        return cls(
            site_id=sites["site_id"].to_numpy(dtype=object),
            name=np.array(names, dtype=object),
            longitude=sites.geometry.x.to_numpy(dtype=np.float64),
            latitude=sites.geometry.y.to_numpy(dtype=np.float64),
            capacity=room.reindex(place).to_numpy(dtype=np.float64),
            row=row,
            notes=tuple(notes),
        )

    def __len__(self) -> int:
        return len(self.row)


class Layout:
    """Who reaches whom in a question, found when asked for.

    Parameters
    ----------
    study, request, demand
        The question.
    hosts
        Candidates that may be chosen, those that must be among them.
    standing
        Sites that stay.
    """

    def __init__(
        self,
        study: Study,
        request: SitingRequest,
        demand: Demand,
        hosts: pd.DataFrame,
        standing: StandingSites,
    ) -> None:
        self._study = study
        self._request = request
        self._demand = demand
        self._hosts = hosts
        self._standing = standing
        reach_m = request.scenario.reach.metres
        self.by_host = self._cover(
            hosts["candidate_id"], hosts["longitude"], hosts["latitude"], reach_m
        )
        self.by_standing = self._cover(
            standing.site_id, standing.longitude, standing.latitude, reach_m
        )
        self.open_share = self._open_share()

    def _cover(self, ids: Any, longitude: Any, latitude: Any, reach_m: float) -> csr_array:
        if self._study.distances is not None:
            return csr_array(self._table(ids) <= reach_m)
        demand = self._demand
        return pairs_in_reach(demand.longitude, demand.latitude, longitude, latitude, reach_m)

    def _table(self, ids: Any) -> NDArray[np.float64]:
        return table_ways_m(self._study, self._demand.area, ids)

    def _open_share(self) -> NDArray[np.float64]:
        # Share of each row's need that no standing site serves.
        if self._demand.kind is not DemandKind.MEAL_DAYS:
            return np.where(self.standing_levels == 0, 1.0, 0.0)
        is_standing = np.zeros(len(self._study.sites), dtype=bool)
        is_standing[self._standing.row] = True
        slots = open_slots(self._study, self._request, is_standing)
        share = np.zeros(len(self._demand))
        for serving in slots:
            kept = np.flatnonzero(np.isin(self._standing.row, serving))
            share += np.diff(csr_array(self.by_standing[:, kept]).indptr) == 0
        return share / len(slots)

    @property
    def standing_levels(self) -> NDArray[np.int64]:
        """How many standing sites reach each row."""
        levels: NDArray[np.int64] = np.diff(self.by_standing.indptr).astype(np.int64)
        return levels

    def levels_of(self, hosts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of some hosts reach each row."""
        rows = self.by_column[:, hosts].indices
        levels: NDArray[np.int64] = np.bincount(rows, minlength=len(self._demand))
        return levels

    @cached_property
    def by_column(self) -> csc_array:
        """``by_host``, host by host: which rows each of them reaches."""
        return self.by_host.tocsc()

    def can_see_ways(self, host_count: int) -> bool:
        """Say whether the ways to so many hosts fit into memory."""
        return len(self._demand) * host_count <= _MOST_WAYS

    @cached_property
    def ways_m(self) -> NDArray[np.float64]:
        """Metres from every row to every host, infinite where there is no way.

        Raises
        ------
        RequestError
            If there are too many to look at.
        """
        demand, hosts = self._demand, self._hosts
        if not self.can_see_ways(len(hosts)):
            raise RequestError(
                f"{len(demand):,} places of need and {len(hosts):,} candidates make more ways than "
                "can be looked at. Ask within a part of the study, or for the demand “areas”."
            )
        if self._study.distances is not None:
            return self._table(hosts["candidate_id"])
        from_m = earth_centred(demand.longitude, demand.latitude)
        to_m = earth_centred(hosts["longitude"], hosts["latitude"])
        return surface_m(cdist(from_m, to_m))

    def ways_to_m(self, hosts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return metres from every row to some hosts, without a look at the others."""
        some = self._hosts.iloc[hosts]
        if self._study.distances is not None:
            return self._table(some["candidate_id"])
        from_m = earth_centred(self._demand.longitude, self._demand.latitude)
        return surface_m(cdist(from_m, earth_centred(some["longitude"], some["latitude"])))

    def standing_ways_m(self) -> NDArray[np.float64]:
        """Return metres from every row to each standing site; shape (n, sites)."""
        standing = self._standing
        if self._study.distances is not None:
            return self._table(standing.site_id)
        from_m = earth_centred(self._demand.longitude, self._demand.latitude)
        return surface_m(cdist(from_m, earth_centred(standing.longitude, standing.latitude)))

    @cached_property
    def nearest_standing_m(self) -> NDArray[np.float64]:
        """Metres from every row to the nearest standing site, infinite without."""
        if self._study.distances is not None:
            nearest: NDArray[np.float64] = self.standing_ways_m().min(axis=1, initial=np.inf)
            return nearest
        demand, standing = self._demand, self._standing
        return nearest_site(
            demand.longitude, demand.latitude, standing.longitude, standing.latitude
        )[1]


def ways_among(
    request: SitingRequest, demand: Demand, layout: Layout, chosen: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Return the mean and the longest way to the nearest site, for the models that are about it.

    Parameters
    ----------
    request, demand, layout
        The question.
    chosen
        Hosts that open beside the sites that stand.
    """
    if request.model not in (SitingModel.P_MEDIAN, SitingModel.P_CENTER):
        return None, None
    nearest = np.minimum(
        layout.nearest_standing_m, layout.ways_to_m(chosen).min(axis=1, initial=np.inf)
    )
    there = np.isfinite(nearest) & (demand.need > 0)
    if not there.any():
        return None, None
    weight = demand.need[there]
    return float(weight @ nearest[there] / weight.sum()), float(nearest[there].max())
