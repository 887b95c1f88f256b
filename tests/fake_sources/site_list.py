"""The made-up sites: organisations with illustrative names, in the columns of three years."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from tests.fake_sources.people import block_people
from tests.fake_sources.region import SEED

if TYPE_CHECKING:
    from tests.fake_sources.region import Region, StateOfRegion

__all__ = ["CONTACT_FIELDS", "SITE_YEARS", "ZIPS", "point_inside", "sites_of"]

SITE_YEARS = (2025, 2026)

CONTACTS = ("Contact_First_Name", "Contact_Last_Name", "Contact_Phone", "Site_Phone", "Ext")
CONTACTS_2019 = ("contactPhone", "sitePhone", "ext")
CONTACT_FIELDS = frozenset({*CONTACTS, *CONTACTS_2019})
NOT_FOR_YOU = "NOT TO BE ASKED FOR"

TIMES = ("Breakfast_Time", "Lunch_Time", "Snack_Time_AM", "Snack_Time_PM", "Dinner_Supper_Time")

COUNTS = {("48", 0): 30, ("48", 1): 3, ("40", 0): 6}
"""How many sites each part of a state gets."""

ZIPS = {
    "Austin": "78701",
    "Buda": "78610",
    "Cedar Park": "78613",
    "Gainesville": "76240",
    "Georgetown": "78626",
    "Kyle": "78640",
    "Lakeway": "78734",
    "Leander": "78641",
    "Marietta": "73448",
    "Pflugerville": "78660",
    "Round Rock": "78664",
    "San Marcos": "78666",
    "Wimberley": "78676",
}

STREETS = ("Illustration Ave", "Example St", "Sample Rd", "Specimen Blvd", "Pattern Ln")
KINDS = ("Elementary School", "Public Library", "Recreation Center", "Food Pantry", "Park Pavilion")


def _milliseconds(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


@functools.lru_cache(maxsize=8)
def sites_of(region: Region, year: int) -> pd.DataFrame:
    """Return all sites of a year with every column of that year's service."""
    if year == 2019:
        return _sites_of_2019(sites_of(region, SITE_YEARS[0]))
    chance = np.random.default_rng([SEED, 10, year])
    rows: list[dict[str, Any]] = []
    for (fips, part), count in COUNTS.items():
        state = region.state(fips)
        if state is None:
            raise ValueError(f"Sites stand in state {fips}, which the region does not have.")
        places = state.places.set_index("NAME").geometry
        near = {name: _part_of(name) for name in places.index}
        names = [name for name in places.index if near[name] == part]
        for number in range(count):
            # Half of the sites of a part stand in its biggest town.
            big = max(names, key=lambda name: places[name].area)
            name = big if number % 2 == 0 else names[(number // 2) % len(names)]
            point = _point_near_children(state, places[name], chance)
            rows.append(_row(len(rows) + 1, year, state.postal, name, point))
    _make_odd(rows)
    sites = pd.DataFrame(rows)
    if year >= 2026:
        # The columns drifted: a second service of a day got columns of its own.
        again = {f"{name}2": None for name in TIMES}
        again["Lunch_Time2"] = np.where(np.arange(len(sites)) % 9 == 4, "12:30 PM - 1:30 PM", None)
        at = sites.columns.get_loc(TIMES[-1]) + 1
        for offset, (name, values) in enumerate(again.items()):
            sites.insert(at + offset, name, values)
    return sites


def _sites_of_2019(sites: pd.DataFrame) -> pd.DataFrame:
    """Return a few sites in the older layout: other names, times empty, meals as letters."""
    some = sites.iloc[:8]
    return pd.DataFrame(
        {
            "OBJECTID": some["FID"],
            "FNSID": some["MasterID"],
            "siteName": some["Site_Name"],
            "siteStatus": "Open",
            "siteAddress": some["Site_Address1"],
            "siteCity": some["Site_City"],
            "siteState": some["Site_State"],
            "siteZip": some["Site_Zip"],
            "County": None,
            **dict.fromkeys(CONTACTS_2019, NOT_FOR_YOU),
            "sponsoringOrganization": some["Sponsoring_Organization"],
            "startDate": "06/03/2019",
            "endDate": "08/02/2019",
            "daysofOperation": some["Days_of_operation"],
            "breakfastTime": some["Breakfast_Time"],
            "lunchTime": some["Lunch_Time"],
            "snackTimeAM": None,
            "snackTimePM": None,
            "dinnerSupperTime": None,
            "mealTypesServed": "B L",
            "X": some["X"],
            "Y": some["Y"],
            "latitude": some["Y"],
            "longitude": some["X"],
        }
    )


def _part_of(place: str) -> int:
    return 1 if place == "Gainesville" else 0


def _point_near_children(
    state: StateOfRegion, town: shapely.Geometry, chance: np.random.Generator
) -> tuple[float, float]:
    """Choose a block of a town by its children; the site stands some streets away."""
    people, points = _people_and_points(state)
    inside = shapely.contains_xy(town, points)
    weights = np.where(inside, people, 0)
    if not weights.any():
        return point_inside(town, chance)
    row = chance.choice(len(weights), p=weights / weights.sum())
    x, y = points[row] + chance.uniform(-0.001, 0.001, 2)
    return round(float(x), 6), round(float(y), 6)


@functools.cache
def _people_and_points(state: StateOfRegion) -> tuple[np.ndarray, np.ndarray]:
    blocks = pd.concat([state.blocks(county) for county in state.counties["COUNTYFP"]])
    people = block_people(state).set_index("GEOID").loc[blocks["GEOID"]]
    children = (people["total"] - people["adults"]).to_numpy(dtype=float)
    return children, blocks[["longitude", "latitude"]].to_numpy()


def point_inside(shape: shapely.Geometry, chance: np.random.Generator) -> tuple[float, float]:
    west, south, east, north = shape.bounds
    while True:
        x, y = chance.uniform(west, east), chance.uniform(south, north)
        if shapely.contains_xy(shape, x, y):
            return round(float(x), 6), round(float(y), 6)


def _row(
    number: int, year: int, postal: str, city: str, point: tuple[float, float]
) -> dict[str, Any]:
    is_restricted = number % 6 == 0
    is_pick_up = number % 7 == 3
    lunch = ("11:00 AM - 1:00 PM", "12:00 - 13:00", "11:30 to 12:30", "11:45 AM - 12:45 PM")
    return {
        "FID": number,
        "Site_Name": f"Illustrative {city} {KINDS[number % len(KINDS)]} {number}",
        "Site_Type": "OPEN RESTRICTED" if is_restricted else "OPEN",
        "Service_Model": "NON-CONGREGATE PICK UP" if is_pick_up else "CONGREGATE",
        "Site_Address1": f"{100 * number + 20} {STREETS[number % len(STREETS)]}",
        "Site_Address2": "Rear door" if number % 11 == 0 else None,
        "Site_City": city,
        "Site_State": postal,
        "Site_Zip": ZIPS[city],
        **dict.fromkeys(CONTACTS, NOT_FOR_YOU),
        "Sponsoring_Organization": f"Illustrative Sponsor {'ABCD'[number % 4]}",
        "Start_date": _milliseconds(year, 6, 1 + number % 5),
        "End_date": _milliseconds(year, 8, 1 + number % 9),
        "StartDateText": f"6/{1 + number % 5}/{year}",
        "EndDateText": f"8/{1 + number % 9}/{year}",
        "Days_of_operation": "S,M,T,W,TH,F,SA" if number % 8 == 0 else "M,T,W,TH,F",
        "Comments": None,
        "Site_Program": "SSO" if number % 3 == 0 else "SFSP",
        "Season": f"Summer {year}",
        "Dropped": "False",
        "Expired": "False",
        "RecordStatus": "Active",
        "Breakfast_Time": "8:00 AM - 9:00 AM" if number % 2 else "Not Available",
        "Lunch_Time": lunch[number % len(lunch)],
        "Snack_Time_AM": None,
        "Snack_Time_PM": "3:00 PM - 3:30 PM" if number % 5 == 0 else None,
        "Dinner_Supper_Time": "5:00 PM - 6:00 PM" if number % 10 == 1 else None,
        "GlobalID": f"00000000-0000-4000-8000-{year:04d}{number:08d}",
        "MasterID": f"M{number:05d}",
        "X": point[0],
        "Y": point[1],
    }


def _make_odd(rows: list[dict[str, Any]]) -> None:
    """Put in what real lists bring along; positions count from 0, all of them in Texas."""
    rows[4] |= {"Dropped": "True", "RecordStatus": "Dropped"}
    rows[10] |= {"Expired": "True"}
    rows[13] |= {"Site_Name": "Illustrative TEST SITE - do not use"}
    rows[16] |= {"X": 0.0, "Y": 0.0}
    rows[19] |= {"X": None, "Y": None}
    rows[22] |= {"Lunch_Time": "noonish", "Start_date": None, "StartDateText": None}
    rows[25] |= {"Site_Name": "Illustrative Mobile Route, stop 1", "Comments": "Mobile"}
    twin = {name: rows[1][name] for name in rows[1] if name not in ("FID", "GlobalID", "MasterID")}
    rows[2] |= twin
