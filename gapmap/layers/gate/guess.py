"""A first guess at which column of an unknown file holds what, for a person to correct."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gapmap.layers.gate.formats import bare, personal_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["guess_columns"]

_GUESSES: Final = {
    "longitude": ("longitude", "lon", "long", "lng", "x", "xcoord", "xcoordinate", r".*longitude"),
    "latitude": ("latitude", "lat", "y", "ycoord", "ycoordinate", r".*latitude"),
    "point": ("geolocation", "location", "thegeom", "point", "coordinates", "wkt"),
    "site_id": ("siteid", "siteidexternal", "id", "siteno", "sitenumber", "objectid", "fid"),
    "name": (
        *("sitename", "name", "locationname", "location", "facilityname", "facility", "site"),
        *("branchname", "branch", "storename", "programname", r".*sitename", r".*name"),
    ),
    "partner": (
        *("partner", "sponsor", "sponsorname", "sponsoringorganization", "organization"),
        *("organisation", "organizationname", "agency", "agencyname", "operator", "provider"),
        *("cename", "operatedby", "owner", r"sponsor.*", r"organi[sz]ation.*"),
    ),
    "kind": ("kind", "sitetype", "type", "category", "facilitytype", r".*sitetype"),
    "service_model": ("servicemodel", "servicetype", "mealservicetype", "servicemethod"),
    "meals": ("meals", "mealtypesserved", "mealtypes", "mealsserved", "services", r"meals?.*"),
    "days": ("days", "daysofoperation", "daysopen", "byday", "daysofservice", r".*days.*"),
    "hours": ("hours", "hoursofoperation", "time", "times", "openinghours", r".*hours"),
    "start_date": ("startdate", "start", "opendate", "begindate", "validfrom", r".*start.*date"),
    "end_date": ("enddate", "end", "closedate", "finishdate", "validto", r".*end.*date"),
    "capacity": ("capacity", "maxmeals", "mealcap", "seats", r".*capacity"),
    "status": ("status", "sitestatus", "recordstatus"),
    "address": ("address", "fulladdress", "siteaddress", "streetaddress", "addr"),
    "street": ("street", "address1", "addressline1", "siteaddress1", "sitestreet", "addressstreet"),
    "city": ("city", "town", "sitecity", "municipality", r".*city"),
    "state": ("state", "sitestate", "stateprovince"),
    "zip": ("zip", "zipcode", "postalcode", "zip5", "sitezip", r".*zip(code)?"),
}


def guess_columns(columns: Iterable[object]) -> dict[str, str]:
    """Guess from the headers alone which column holds which field.

    Returns
    -------
    Column of the file by field. No column is given twice, none with personal data at all, and a
    field without a likely column is left out.
    """
    names = [str(column) for column in columns]
    personal = set(personal_columns(names))
    free = [name for name in names if name not in personal and name != "geometry"]
    guess: dict[str, str] = {}
    # Every field takes an exact name first, so that no pattern takes it away from another field.
    for is_pattern in (False, True):
        for field, wanted in _GUESSES.items():
            if field in guess:
                continue
            for form in wanted:
                if (".*" in form) != is_pattern:
                    continue
                found = next((name for name in free if re.fullmatch(form, bare(name))), None)
                if found is not None:
                    guess[field] = found
                    free.remove(found)
                    break
    if "longitude" in guess and "latitude" in guess:
        guess.pop("point", None)
    return guess
