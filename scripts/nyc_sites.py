"""Make up the meal sites of the demonstration study.

Nothing here is a real site or a real organisation, and every name says so. The sites stand where
people live (at tax blocks), so that the map behaves like a real one: a few neighbourhoods are
left without any site on purpose, elsewhere several partners stand close together, and some days,
meals, hours and capacities are missing as they are in real lists.

Chance comes from a digest of a seed and a name, not from a random-number library, so the list is
the same on every machine and with every version.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SITES_BY_GROUP", "draw", "illustrative_sites", "pick"]

SEED: Final = "gapmap illustrative sites, summer 2025"
SITES_BY_GROUP: Final = {
    "Bronx": 50,
    "Brooklyn": 26,
    "Queens": 20,
    "Manhattan": 15,
    "Staten Island": 7,
}
LEFT_WITHOUT: Final = {"Bronx": 3, "Brooklyn": 3, "Queens": 4, "Manhattan": 2, "Staten Island": 2}
"""Neighbourhoods of each borough in whose reach no site is placed."""
CHILDREN_IN_A_GAP: Final = 3_000.0
"""Fewest children in a neighbourhood that is left without sites."""
GAP_M: Final = 900.0
"""A little more than half a mile: no site stands closer to a neighbourhood left without."""
APART_M: Final = 600.0
NEXT_DOOR_M: Final = (120.0, 450.0)
NEXT_DOOR_SHARE: Final = 0.24

_WEEK: Final = "mon;tue;wed;thu;fri"
_LUNCH: Final = "lunch"
_TIMES: Final = {
    "breakfast": ("08:00-09:00", "08:15-09:15", "08:30-09:30"),
    "lunch": ("11:00-13:00", "11:30-12:30", "12:00-13:00", "12:00-13:30"),
    "pm_snack": ("14:30-15:30", "15:00-16:00"),
    "supper": ("16:30-18:00", "17:00-18:30"),
}


@dataclass(frozen=True, slots=True)
class Partner:
    """An illustrative organisation and what its sites are like.

    Parameters
    ----------
    name
        Says that it is made up.
    share
        Share of all sites, 0 to 1.
    kinds, meals, days
        Choices, drawn evenly: repeat one to draw it more often.
    capacity
        Fewest and most children a day.
    dates
        First and last days, drawn as a pair.
    """

    name: str
    share: float
    kinds: tuple[str, ...]
    meals: tuple[str, ...]
    days: tuple[str, ...]
    capacity: tuple[int, int]
    dates: tuple[tuple[str, str], ...]


PARTNERS: Final = (
    Partner(
        "Illustrative Schools Meals Office",
        0.27,
        ("open", "open", "open", "open", "restricted open"),
        ("breakfast;lunch", "breakfast;lunch", _LUNCH),
        (_WEEK,),
        (120, 400),
        (("2025-06-30", "2025-08-22"), ("2025-07-01", "2025-08-15")),
    ),
    Partner(
        "Illustrative Food Bank",
        0.19,
        ("open",),
        (_LUNCH, "lunch;pm_snack", _LUNCH),
        ("tue;thu", "mon;wed;fri", "tue;thu;sat", _WEEK),
        (40, 160),
        (("2025-07-07", "2025-08-29"), ("2025-07-01", "2025-08-28")),
    ),
    Partner(
        "Illustrative Public Library",
        0.15,
        ("open",),
        (_LUNCH, "pm_snack", _LUNCH),
        (_WEEK, "mon;wed;fri", "tue;wed;thu"),
        (25, 80),
        (("2025-07-07", "2025-08-22"),),
    ),
    Partner(
        "Illustrative Parks Department",
        0.15,
        ("open", "open", "camp"),
        ("lunch;pm_snack", _LUNCH, "breakfast;lunch;pm_snack"),
        (_WEEK, "mon;tue;wed;thu;fri;sat;sun"),
        (50, 200),
        (("2025-06-30", "2025-08-29"), ("2025-07-07", "2025-08-15")),
    ),
    Partner(
        "Illustrative Neighbourhood Alliance",
        0.14,
        ("open", "closed", "open", "restricted open"),
        (_LUNCH, "breakfast;lunch"),
        ("mon;tue;wed;thu", _WEEK),
        (30, 110),
        (("2025-07-01", "2025-08-22"),),
    ),
    Partner(
        "Illustrative Faith Coalition",
        0.10,
        ("open", "open", "closed"),
        ("supper", "breakfast", "lunch"),
        ("mon;wed;fri", "sat;sun", "wed;sat"),
        (20, 90),
        (("2025-07-06", "2025-08-24"),),
    ),
)


def draw(*key: object) -> float:
    """Return a number from 0 up to 1 that depends on the key alone."""
    digest = hashlib.sha256("|".join([SEED, *map(str, key)]).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def pick(weights: Sequence[float] | NDArray[np.float64], *key: object) -> int:
    """Return a position, each as likely as its weight says.

    Raises
    ------
    ValueError
        If no weight is above 0.
    """
    sums = list(accumulate(float(weight) for weight in weights))
    if not sums or sums[-1] <= 0:
        raise ValueError(f"There is nothing to pick from for {key}.")
    return min(bisect_right(sums, draw(*key) * sums[-1]), len(sums) - 1)


def _one_of(choices: Sequence[str], *key: object) -> str:
    return choices[int(draw(*key) * len(choices))]


def _metres(blocks: pd.DataFrame) -> NDArray[np.float64]:
    """Return x and y on a plane that is good enough to tell near from far in one city."""
    x = np.radians(blocks["longitude"]) * np.cos(np.radians(40.7)) * 6_371_009
    y = np.radians(blocks["latitude"]) * 6_371_009
    return np.column_stack([x, y])


def _nearest_m(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest of the others, infinite without any."""
    nearest = np.full(len(points), np.inf)
    for other in others:
        nearest = np.minimum(nearest, np.hypot(*(points - other).T))
    return nearest


def _left_without(blocks: pd.DataFrame) -> list[str]:
    """Choose the neighbourhoods that get no site and none in reach."""
    sums = blocks.groupby(["group", "neighbourhood_id"])["children"].sum().reset_index()
    populous = sums[sums["children"] >= CHILDREN_IN_A_GAP]
    ranks = populous["neighbourhood_id"].map(lambda name: draw("gap", name))
    chosen: list[str] = []
    for group, count in LEFT_WITHOUT.items():
        own = populous.assign(rank=ranks)[populous["group"] == group].sort_values("rank")
        chosen += own["neighbourhood_id"].head(count).tolist()
    return chosen


def _places(blocks: pd.DataFrame) -> pd.DataFrame:
    """Choose a tax block and a partner for every site."""
    metres = _metres(blocks)
    gap = metres[blocks["neighbourhood_id"].isin(_left_without(blocks)).to_numpy()]
    children = np.where(_nearest_m(metres, gap) >= GAP_M, blocks["children"].to_numpy(), 0.0)
    groups = blocks["group"].to_numpy()
    shares = [partner.share for partner in PARTNERS]
    chosen: list[int] = []
    partners: list[int] = []
    for group, count in SITES_BY_GROUP.items():
        here = np.where(groups == group, children, 0.0)
        first = len(chosen)
        for number in range(count):
            from_sites = _nearest_m(metres, metres[chosen])
            weights = np.where(from_sites >= APART_M, here, 0.0)
            likely = shares
            neighbours = len(chosen) - first
            if neighbours and draw("next door", group, number) < NEXT_DOOR_SHARE:
                host = first + int(draw("host", group, number) * neighbours)
                from_host = np.hypot(*(metres - metres[chosen[host]]).T)
                near = (from_sites >= NEXT_DOOR_M[0]) & (from_host <= NEXT_DOOR_M[1])
                # Where nobody lives next door, the site stands apart like any other.
                if here[near].sum() > 0:
                    weights = np.where(near, here, 0.0)
                    likely = [0.0 if i == partners[host] else s for i, s in enumerate(shares)]
            chosen.append(pick(weights, "place", group, number))
            partners.append(pick(likely, "partner", group, number))
    placed = blocks.iloc[chosen].reset_index(drop=True)
    return placed.assign(partner=partners)


def _site(number: int, place: pd.Series) -> dict[str, object]:
    """Describe one site."""
    partner = PARTNERS[place["partner"]]
    meals = _one_of(partner.meals, "meals", number)
    days = _one_of(partner.days, "days", number)
    knows_meals = draw("knows meals", number) >= 0.06
    knows_days = draw("knows days", number) >= 0.09
    site: dict[str, object] = {
        "site_id": f"ILL-{number:03d}",
        "name": f"Illustrative site {number}, {place['neighbourhood']}",
        "partner": partner.name,
        "kind": _one_of(partner.kinds, "kind", number),
        "service_model": "congregate" if draw("model", number) >= 0.1 else None,
        "meals": meals if knows_meals else None,
        "days": days if knows_days else None,
    }
    for meal, times in _TIMES.items():
        is_served = knows_meals and meal in meals.split(";")
        # Breakfast at a week-day site that serves two meals: some skip one day.
        shorter = days.rpartition(";")[0] if meal == "breakfast" and ";" in meals else days
        own_days = shorter if draw("shorter", number) < 0.25 else days
        site[f"{meal}_days"] = own_days if is_served and knows_days else None
        has_hours = is_served and draw("hours", number) >= 0.12
        site[f"{meal}_hours"] = _one_of(times, "time", meal, number) if has_hours else None
    start, end = partner.dates[int(draw("dates", number) * len(partner.dates))]
    low, high = partner.capacity
    capacity = low + 5 * int(draw("capacity", number) * ((high - low) // 5 + 1))
    return site | {
        "start_date": start,
        "end_date": end,
        "capacity": capacity if draw("knows capacity", number) >= 0.2 else None,
        "address": None,
        "status": "active",
        "longitude": place["longitude"],
        "latitude": place["latitude"],
    }


def illustrative_sites(blocks: pd.DataFrame) -> pd.DataFrame:
    """Make up the site list.

    Parameters
    ----------
    blocks
        ``longitude``, ``latitude``, ``children``, ``neighbourhood_id``, ``neighbourhood``
        (its name) and ``group`` (its borough) of every tax block.

    Returns
    -------
    One row a site in gapmap's standard columns, with ``longitude`` and ``latitude``; empty where
    unknown. No address is made up.
    """
    places = _places(blocks)
    sites = pd.DataFrame([_site(i + 1, place) for i, (_, place) in enumerate(places.iterrows())])
    return sites.assign(capacity=sites["capacity"].astype("Int64"))
