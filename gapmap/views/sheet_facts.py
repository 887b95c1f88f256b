"""What the sheet of one partner says: its places, its sites, and whom it should talk to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gapmap.views.sheet_sites import ListedSites

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.analysis.territory.values import Division, Territory
    from gapmap.model import GapAssessment, Study
    from gapmap.views.sheet_sites import SiteFacts

__all__ = ["HandOver", "PartnerFacts", "PlaceFacts", "partner_facts"]


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What a partner holds of one neighbourhood.

    Parameters
    ----------
    name
        Its name; None for areas that are in none, or for a study without neighbourhoods.
    geoids
        Areas that the partner holds there.
    need, gap
        People in need in those areas, and those of them out of reach; NaN where none is known.
    unknown_count
        Areas whose need is not known.
    others
        Partners who hold the rest of it.
    has_free_areas
        Whether nobody holds some of it.
    """

    name: str | None
    geoids: tuple[str, ...]
    need: float
    gap: float
    unknown_count: int
    others: tuple[str, ...]
    has_free_areas: bool


class HandOver(NamedTuple):
    """Areas that come from one partner, or go to one; None stands for nobody of those asked."""

    partner: str | None
    area_count: int
    load: float


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """Everything that the sheet of one partner says.

    Parameters
    ----------
    territory
        Its figures.
    places
        Its neighbourhoods, most open need first.
    numbered
        Sites on the map with a number: its own ones in its territory; all of them in a division
        among partners without names.
    others
        Other partners' sites in its territory.
    elsewhere
        Its own sites outside its territory.
    takes_over, hands_over
        What changes hands against today, largest load first; empty where that says nothing.
    activities
        What it does over all territory.
    unknown_count
        Its areas whose need is not known.
    """

    territory: Territory
    places: tuple[PlaceFacts, ...]
    numbered: tuple[SiteFacts, ...]
    others: tuple[SiteFacts, ...]
    elsewhere: tuple[SiteFacts, ...]
    takes_over: tuple[HandOver, ...]
    hands_over: tuple[HandOver, ...]
    activities: tuple[str, ...]
    unknown_count: int


def partner_facts(
    division: Division, study: Study, assessment: GapAssessment | None = None
) -> tuple[PartnerFacts, ...]:
    """Gather what each partner's sheet says, in the order of the partners.

    Parameters
    ----------
    division, study
        Who holds what, and the study it is of.
    assessment
        The answer to the division's scenario for the whole study: whom each site reaches.
    """
    sites = ListedSites(division, study, assessment)
    return tuple(_of_partner(division, territory, sites) for territory in division.territories)


def _of_partner(division: Division, territory: Territory, sites: ListedSites) -> PartnerFacts:
    name, areas = territory.partner, division.areas
    mine = (areas["partner"] == name).to_numpy()
    here = [site for site in sites.listed if site.holder == name]
    is_named = division.request.are_named
    own = [site for site in here if site.partner == name or not is_named]
    takes_over, hands_over = _changes(division, territory)
    return PartnerFacts(
        territory=territory,
        places=_places(areas, mine),
        numbered=sites.with_neighbours(_numbered(own)),
        others=tuple(site for site in here if site.partner != name) if is_named else (),
        elsewhere=tuple(
            site for site in sites.listed if site.partner == name and site.holder != name
        ),
        takes_over=takes_over,
        hands_over=hands_over,
        activities=tuple(what for what, who in division.request.activities if who == name),
        unknown_count=int(areas["need"][mine].isna().sum()),
    )


def _places(areas: pd.DataFrame, mine: NDArray[np.bool_]) -> tuple[PlaceFacts, ...]:
    columns = ("neighbourhood", "partner", "geoid", "need", "gap")
    mine_of: dict[str | None, list[tuple[str, float, float]]] = {}
    others_of: dict[str | None, dict[str | None, None]] = {}
    for is_mine, place, holder, geoid, need, gap in zip(
        mine.tolist(), *(areas[column].tolist() for column in columns), strict=True
    ):
        name = place if isinstance(place, str) else None
        if is_mine:
            mine_of.setdefault(name, []).append((geoid, need, gap))
        elif name is not None:
            others_of.setdefault(name, {})[holder if isinstance(holder, str) else None] = None
    found = []
    for name, rows in mine_of.items():
        others = others_of.get(name, {})
        geoids, needs, gaps = zip(*rows, strict=True)
        found.append(
            PlaceFacts(
                name=name,
                geoids=geoids,
                need=_sum_of_known(needs),
                gap=_sum_of_known(gaps),
                unknown_count=sum(math.isnan(need) for need in needs),
                others=tuple(other for other in others if other is not None),
                has_free_areas=None in others,
            )
        )
    return tuple(sorted(found, key=_worst_first))


def _sum_of_known(figures: tuple[float, ...]) -> float:
    known = [figure for figure in figures if not math.isnan(figure)]
    return math.fsum(known) if known else math.nan


def _worst_first(one: PlaceFacts) -> tuple[float, float, str]:
    # Unknown is not little: it stands last, and is said.
    gap = -1.0 if math.isnan(one.gap) else one.gap
    return -gap, 1.0 if math.isnan(one.need) else -one.need, one.name or ""


def _changes(
    division: Division, territory: Territory
) -> tuple[tuple[HandOver, ...], tuple[HandOver, ...]]:
    if np.isnan(territory.gains):
        return (), ()
    areas, name = division.areas, territory.partner
    # What nobody shall hold is no part of the question, and changes no hands.
    areas = areas[~areas["geoid"].isin(division.request.unassigned)]
    today = areas["today"].where(areas["today"].isin(division.request.names), None)
    mine, was_mine = areas["partner"] == name, today == name
    comes, goes = mine & ~was_mine, was_mine & ~mine
    return (
        _hand_overs(areas[comes], today[comes]),
        _hand_overs(areas[goes], areas["partner"][goes]),
    )


def _hand_overs(areas: pd.DataFrame, others: pd.Series) -> tuple[HandOver, ...]:
    loads: dict[str | None, list[float]] = {}
    for other, load in zip(others, areas["load"], strict=True):
        loads.setdefault(other if isinstance(other, str) else None, []).append(load)
    found = [HandOver(other, len(each), float(np.nansum(each))) for other, each in loads.items()]
    return tuple(sorted(found, key=lambda one: (-one.load, -one.area_count)))


def _numbered(sites: list[SiteFacts]) -> list[SiteFacts]:
    numbers: dict[tuple[float, float], int] = {}
    return [
        replace(site, number=numbers.setdefault((site.longitude, site.latitude), len(numbers) + 1))
        for site in sites
    ]
