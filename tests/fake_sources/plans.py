"""Which counties and places there are, and which cells of their lattice they take."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CountyPlan", "PlacePlan"]

NAMES = {
    "06": ("CA", "California"),
    "12": ("FL", "Florida"),
    "17": ("IL", "Illinois"),
    "36": ("NY", "New York"),
    "37": ("NC", "North Carolina"),
    "39": ("OH", "Ohio"),
    "40": ("OK", "Oklahoma"),
    "42": ("PA", "Pennsylvania"),
    "48": ("TX", "Texas"),
}
PLACED = {"06": (-122.0, 36.0), "12": (-83.0, 27.5), "17": (-90.0, 39.0), "36": (-76.5, 41.5)}
"""South-west corners of the big states; another one lies on the plains."""


@dataclass(frozen=True)
class CountyPlan:
    """One county: which cells of its lattice it takes."""

    fips: str
    name: str
    rows: range
    columns: range


@dataclass(frozen=True)
class PlacePlan:
    """One place: cells it takes, and whether its border keeps to them."""

    fips: str
    name: str
    rows: range
    columns: range
    kind: str = "city"


METRO = (
    CountyPlan("209", "Hays", range(0, 8), range(0, 12)),
    CountyPlan("453", "Travis", range(8, 16), range(2, 16)),
    CountyPlan("491", "Williamson", range(16, 24), range(4, 18)),
)
RED_RIVER_TEXAS = (CountyPlan("097", "Cooke", range(0, 4), range(0, 6)),)
RED_RIVER_OKLAHOMA = (CountyPlan("085", "Love", range(4, 6), range(0, 6)),)

METRO_PLACES = (
    # Three rows of Williamson's cells belong to Austin too: a place crosses county lines.
    PlacePlan("05000", "Austin", range(9, 17), range(4, 14)),
    PlacePlan("57176", "Pflugerville", range(13, 15), range(14, 16)),
    PlacePlan("40984", "Lakeway", range(11, 13), range(2, 4)),
    PlacePlan("63500", "Round Rock", range(17, 20), range(9, 13)),
    PlacePlan("13552", "Cedar Park", range(17, 19), range(5, 8)),
    PlacePlan("42016", "Leander", range(19, 22), range(4, 7)),
    PlacePlan("29336", "Georgetown", range(20, 23), range(9, 13)),
    PlacePlan("65600", "San Marcos", range(1, 4), range(7, 10)),
    PlacePlan("39952", "Kyle", range(4, 6), range(7, 10)),
    PlacePlan("11080", "Buda", range(6, 8), range(6, 9)),
    PlacePlan("79804", "Wimberley", range(3, 5), range(1, 3)),
)
RED_RIVER_TEXAS_PLACES = (PlacePlan("27984", "Gainesville", range(1, 3), range(2, 4)),)
RED_RIVER_OKLAHOMA_PLACES = (PlacePlan("46500", "Marietta", range(4, 5), range(2, 4)),)
