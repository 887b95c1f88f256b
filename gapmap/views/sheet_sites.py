"""The sites of a study as sheets list them: who holds the ground, and whom they overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.geo import chord_m, earth_centred, surface_m
from gapmap.views.schedules import schedule_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from gapmap.analysis.supply import Supply
    from gapmap.analysis.territory.values import Division
    from gapmap.model import GapAssessment, Study

__all__ = ["ListedSites", "NearBy", "SiteFacts"]

_MOST_NEAR: Final = 2
_REACHED: Final = ("need_in_reach", "unique_need")


class NearBy(NamedTuple):
    """Another partner's site so near that the two reaches overlap."""

    site: str
    partner: str
    metres: float


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """One site as a sheet lists it.

    Parameters
    ----------
    number
        On the map; rows at the same place share it. None where it is not numbered.
    holder
        Who holds the area that it stands in; None for nobody or outside.
    is_inside
        Whether it stands in the area in question at all.
    because
        Why it does not count; empty for one that does.
    schedule
        Meals, days and hours; empty where nothing is known.
    first_day, last_day
        None where not stated.
    near, near_count
        The nearest sites of other partners whose reach overlaps its own, and how many there are
        in all.
    need_in_reach, unique_need
        People in need that it reaches, and those of them that no other site reaches; NaN where
        nobody has measured it.
    """

    number: int | None
    site_id: str
    name: str
    partner: str
    address: str
    kind: str
    schedule: str
    first_day: date | None
    last_day: date | None
    because: str
    longitude: float
    latitude: float
    holder: str | None
    is_inside: bool
    near: tuple[NearBy, ...] = ()
    near_count: int = 0
    need_in_reach: float = math.nan
    unique_need: float = math.nan


class ListedSites:
    """The sites of a study with who holds the ground that they stand on."""

    def __init__(self, division: Division, study: Study, assessment: GapAssessment | None) -> None:
        supply = counting_sites(study, replace(division.request.scenario, within=None))
        self._supply = supply
        self._apart = chord_m(2 * division.request.scenario.reach.metres)
        table = study.sites
        stands = _stands(table, supply)
        degrees = np.column_stack([table.geometry.x, table.geometry.y])[stands]
        self._partner = partner_names(table).to_numpy(dtype=object)
        self._name = table["name"].to_numpy(dtype=object)
        self._places_xyz = earth_centred(*degrees[supply.place].T).reshape(-1, 3)
        self._row_of = {site_id: row for row, site_id in enumerate(table["site_id"])}
        area = _area_of(division, study, degrees)
        holder = np.array([*division.areas["partner"], None], dtype=object)[area]
        schedules = schedule_text(table, study.words.meals)
        columns = {name: _texts(table, name) for name in ("address", "kind", "service_model")}
        in_reach, unique = (_reached(assessment, name, table) for name in _REACHED)
        order = sorted(range(len(table)), key=lambda row: (str(self._name[row]).casefold(), row))
        self.listed = [
            SiteFacts(
                number=None,
                site_id=str(table["site_id"].iloc[row]),
                name=str(self._name[row]),
                partner=str(self._partner[row]),
                address=columns["address"][row],
                kind=_kind(columns["kind"][row], columns["service_model"][row]),
                schedule=schedules[row],
                first_day=_day(table["start_date"].iloc[row]),
                last_day=_day(table["end_date"].iloc[row]),
                because=str(supply.because[row]),
                longitude=float(degrees[row, 0]),
                latitude=float(degrees[row, 1]),
                holder=holder[row] if isinstance(holder[row], str) else None,
                is_inside=bool(area[row] >= 0),
                need_in_reach=float(in_reach[row]),
                unique_need=float(unique[row]),
            )
            for row in order
        ]

    def with_neighbours(self, sites: Sequence[SiteFacts]) -> tuple[SiteFacts, ...]:
        """Add to each site that counts the sites of other partners that overlap it."""
        return tuple(
            site if site.because else replace(site, **self._near(self._row_of[site.site_id]))
            for site in sites
        )

    def _near(self, row: int) -> dict[str, Any]:
        supply = self._supply
        here = self._places_xyz[supply.place_of_site[row]]
        chord = np.sqrt(((self._places_xyz - here) ** 2).sum(axis=1))
        others = self._partner[supply.place] != self._partner[row]
        found = np.flatnonzero(others & (chord < self._apart))
        found = found[np.argsort(chord[found], kind="stable")]
        nearest = tuple(
            NearBy(
                str(self._name[supply.place[place]]),
                str(self._partner[supply.place[place]]),
                float(surface_m(chord[place])),
            )
            for place in found[:_MOST_NEAR]
        )
        return {"near": nearest, "near_count": len(found)}


def _stands(table: pd.DataFrame, supply: Supply) -> NDArray[np.int64]:
    """Return the row whose point stands for each site: two rows at one place are one place."""
    first = {place: row for row, place in reversed(list(enumerate(table["place_id"])))}
    stands = np.array([first[place] for place in table["place_id"]], dtype=np.int64)
    counts = supply.place_of_site >= 0
    stands[counts] = supply.place[supply.place_of_site[counts]]
    return stands


def _area_of(division: Division, study: Study, degrees: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the row in the division's areas that each point stands in, -1 outside."""
    shapes = study.areas.set_index("geoid").geometry.reindex(division.areas["geoid"])
    area = np.full(len(degrees), -1, dtype=np.int64)
    tree = shapely.STRtree(shapes.to_numpy())
    point, found = tree.query(shapely.points(degrees), predicate="intersects")
    # On a border the first area has it, as where territories are accounted.
    area[point[::-1]] = found[::-1]
    return area


def _reached(
    assessment: GapAssessment | None, column: str, table: pd.DataFrame
) -> NDArray[np.float64]:
    if assessment is None:
        return np.full(len(table), np.nan)
    values = assessment.sites.set_index("site_id")[column].reindex(table["site_id"])
    return values.to_numpy(dtype=np.float64)


def _kind(kind: str, model: str) -> str:
    # Eating together is the rule: what is said is where it is otherwise.
    return ", ".join(part for part in (kind, "" if model == "congregate" else model) if part)


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table.columns:
        return [""] * len(table)
    return [text.strip() if isinstance(text, str) else "" for text in table[column]]


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
