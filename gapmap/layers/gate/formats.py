r"""The layouts in which site lists come, each one a description and no code.

Headers are compared in their bare form (see :func:`bare`), so that ``Site_Name``, ``siteName``
and ``"Site Name:\n"`` are one. Sources of the layouts: the public lists themselves (USDA Summer
Meal Site Finder 2017 to 2026, Texas open data, the State agency template, Pennsylvania, District
of Columbia) and the Human Services Data Specification 3.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gapmap.model import MEALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "FIELDS",
    "FORMATS",
    "OWN_FORMAT",
    "LeaveOut",
    "SiteFormat",
    "bare",
    "fields_for",
    "find_header",
    "personal_columns",
    "recognise",
]

FIELDS: Final = (
    *("site_id", "name", "partner", "kind", "service_model", "meals", "days", "hours", "opening"),
    *("start_date", "end_date", "capacity", "status", "address", "street", "street2", "city"),
    *("state", "zip", "longitude", "latitude", "point", "opens_at", "closes_at", "snack_hours"),
    "match_quality",
)
"""What a column of a file can hold. ``hours`` are those of every meal that the site serves,
``opening`` is days and hours in one text, ``point`` both coordinates in one text, ``snack_hours``
those of a snack in the morning or in the afternoon, ``match_quality`` how an address was placed."""


def fields_for(meals: Sequence[str]) -> tuple[str, ...]:
    """Return every field, those of each meal included."""
    of_meals = (f"{meal}_{part}" for meal in meals for part in ("days", "hours", "hours_2"))
    return (*FIELDS, *of_meals)


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Rows to leave out: those with one of ``values`` (lower case) in a column, or with any."""

    reason: str
    header: str
    values: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SiteFormat:
    """One layout.

    Parameters
    ----------
    id, title
        Name in layer descriptions, and name for people.
    signature
        Bare headers that a file of this layout has, besides coordinates.
    columns
        Bare headers by field; the first one that is filled in a row counts.
    coordinates
        Bare headers of longitude and latitude, in pairs; the first pair that is a place counts.
    site_ids
        Bare headers that make up an identifier; the first group that the file has counts.
    leave_out
        Rows to leave out.
    is_federal
        Whether kinds are those of the federal programme, so that others are not understood.
    assumed_kind
        Kind of every site where the file does not say, because of what the list is.
    """

    id: str
    title: str
    signature: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    coordinates: tuple[tuple[str, str], ...] = (("longitude", "latitude"),)
    site_ids: tuple[tuple[str, ...], ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    is_federal: bool = True
    assumed_kind: str | None = None
    headers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        known = {header for headers in self.columns.values() for header in headers}
        known |= {header for pair in self.coordinates for header in pair}
        known |= {header for group in self.site_ids for header in group}
        known |= self.signature | {rule.header for rule in self.leave_out}
        object.__setattr__(self, "headers", frozenset(known))


def _columns(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``field: header header`` lines."""
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {name.strip(): tuple(headers.split()) for name, _, headers in lines}


_YES: Final = frozenset({"true", "yes", "y", "1", "t"})

_USDA_TIMES: Final = """
breakfast_hours: breakfasttime
am_snack_hours: snacktimeam
lunch_hours: lunchtime
pm_snack_hours: snacktimepm
supper_hours: dinnersuppertime
"""

_TEXAS_MEALS: Final = "\n".join(
    f"{meal}_hours: {header}time\n{meal}_days: {header}daysserved"
    for meal, header in zip(
        MEALS, ("breakfast", "amsnack", "lunch", "pmsnack", "supper"), strict=True
    )
)

FORMATS: Final = (
    SiteFormat(
        id="texas",
        title="Texas Department of Agriculture",
        signature=frozenset({"siteid", "sitename", "cename", "sitetype"}),
        columns=_columns(
            """
name: sitename
partner: cename
kind: sitetype
service_model: mealservicetype
meals: mealtypesserved
days: daysofoperation
start_date: sitestartdate
end_date: siteenddate
status: sitestatus
street: sitestreetaddressline1
street2: sitestreetaddressline2
city: sitestreetaddresscity
state: sitestreetaddressstate
zip: sitestreetaddresszipcode
point: geolocation
"""
            + _TEXAS_MEALS
        ),
        # A site's number is unique within its sponsor only.
        site_ids=(("odprecid",), ("ceid", "siteid"), ("siteid",)),
        leave_out=(LeaveOut("terminated", "siteterminationstatus"),),
    ),
    SiteFormat(
        id="usda_2023",
        title="USDA Summer Meal Site Finder 2023 to 2026",
        signature=frozenset(
            {"sitename", "sponsoringorganization", "daysofoperation", "siteprogram"}
        ),
        columns=_columns(
            """
name: sitename
partner: sponsoringorganization
kind: sitetype
service_model: servicemodel
days: daysofoperation
start_date: startdate startdatetext
end_date: enddate enddatetext
status: recordstatus
street: siteaddress1
street2: siteaddress2
city: sitecity
state: sitestate
zip: sitezip
breakfast_hours_2: breakfasttime2
am_snack_hours_2: snacktimeam2
lunch_hours_2: lunchtime2
pm_snack_hours_2: snacktimepm2
supper_hours_2: dinnersuppertime2
"""
            + _USDA_TIMES.strip()
        ),
        coordinates=(("longitude", "latitude"), ("x", "y")),
        site_ids=(("masterid",), ("globalid",), ("fid",)),
        leave_out=(LeaveOut("dropped", "dropped", _YES), LeaveOut("expired", "expired", _YES)),
        assumed_kind="open",
    ),
    SiteFormat(
        id="usda_2017",
        title="USDA Summer Meal Site Finder 2017 to 2019",
        signature=frozenset({"fnsid", "sitename", "sponsoringorganization"}),
        columns=_columns(
            """
name: sitename
partner: sponsoringorganization
meals: mealtypesserved
days: daysofoperation
start_date: startdate
end_date: enddate
status: sitestatus
street: siteaddress siteaddress1
street2: siteaddress2
city: sitecity
state: sitestate
zip: sitezip
"""
            + _USDA_TIMES.strip()
        ),
        coordinates=(("longitude", "latitude"), ("x", "y")),
        site_ids=(("fnsid",),),
        assumed_kind="open",
    ),
    SiteFormat(
        id="pennsylvania",
        title="Pennsylvania summer meal sites",
        signature=frozenset({"siteidexternal", "sitename", "servicetype"}),
        columns=_columns(
            """
name: sitename
partner: sponsorname sponsor sponsoringorganization
service_model: servicetype
opening: sitehours
start_date: startdate
end_date: enddate
street: sitestreet
city: sitecity
state: sitestate
zip: sitezip
"""
        ),
        site_ids=(("siteidexternal",),),
        assumed_kind="open",
    ),
    SiteFormat(
        id="oklahoma",
        title="State agency template (Oklahoma 2017)",
        signature=frozenset({"sitename", "sitestatus", "mealtypesserved", "siteaddress1"}),
        columns=_columns(
            """
name: sitename
partner: sponsorname sponsor sponsoringorganization
meals: mealtypesserved
days: daysofoperation
start_date: startdate
end_date: enddate
status: sitestatus
street: siteaddress1
street2: siteaddress2
city: sitecity
state: sitestate
zip: sitezip
"""
            + _USDA_TIMES.strip()
        ),
        assumed_kind="open",
    ),
    SiteFormat(
        id="dc",
        title="District of Columbia summer meal sites",
        signature=frozenset({"name", "ward", "daysopen"}),
        columns=_columns(
            """
name: name
partner: sponsor sponsorname
days: daysopen
street: address
breakfast_hours: breakfasttime
lunch_hours: lunchtime
supper_hours: dinnersup
snack_hours: snacktime
"""
        ),
        coordinates=(("longitude", "latitude"), ("x", "y")),
        site_ids=(("globalid",), ("objectid",)),
        assumed_kind="open",
    ),
    SiteFormat(
        id="hsds",
        title="Human Services Data Specification 3.0",
        signature=frozenset({"schedulebyday"}),
        columns=_columns(
            """
name: locationname servicename
partner: organizationname organization
days: schedulebyday
opens_at: scheduleopensat
closes_at: scheduleclosesat
start_date: schedulevalidfrom
end_date: schedulevalidto
status: servicestatus
street: addressaddress1 locationaddress1
street2: addressaddress2
city: addresscity
state: addressstateprovince
zip: addresspostalcode
"""
        ),
        coordinates=(("locationlongitude", "locationlatitude"), ("longitude", "latitude")),
        site_ids=(("scheduleid",), ("serviceatlocationid",), ("locationid", "serviceid")),
        is_federal=False,
    ),
)
"""Every layout but our own, the more particular ones first."""

OWN_FORMAT: Final = SiteFormat(
    id="gapmap",
    title="gapmap's own columns",
    signature=frozenset({"name"}),
    columns={name: (name.replace("_", ""),) for name in FIELDS if name != "site_id"},
    site_ids=(("siteid",),),
    is_federal=False,
)

_PERSONAL: Final = re.compile(
    r"contact(?!less)|phone|^cell$|mobilenumber|e?mail(?!ing)|^ext(ension)?$|^fax|faxnumber"
    r"|(first|last|middle|full|family|given)name|surname|supervisor|director(?!ate)|superintendent"
    r"|sitemanager|personincharge|birth|^dob$|^ssn$|socialsecurity|parentname|guardian|childname"
)


def bare(header: object) -> str:
    """Return a header without case, marks, line breaks and what stands in brackets."""
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"\(.*?\)", "", str(header).lower(), flags=re.DOTALL))


def personal_columns(columns: Iterable[object]) -> tuple[str, ...]:
    """Return the columns whose names say that they hold personal data."""
    return tuple(str(column) for column in columns if _PERSONAL.search(bare(column)))


def find_header(
    header: str, columns: Sequence[str], known: frozenset[str] = frozenset()
) -> str | None:
    """Return the file's column with a bare header.

    A name of ten characters may be a longer one cut off, as Shapefiles do, if it can be the
    beginning of one known header only.
    """
    for column in columns:
        if bare(column) == header:
            return column
    for column in columns:
        start = bare(column)
        if len(column) == 10 and header.startswith(start):
            others = [other for other in known if other.startswith(start)]
            if others == [header]:
                return column
    return None


def recognise(
    columns: Sequence[str], *, has_shapes: bool, may_lack_places: bool = False
) -> SiteFormat | None:
    """Return the layout of a file with these columns, None if it is none of the known ones.

    Parameters
    ----------
    columns
        Its headers.
    has_shapes
        Whether it brings its own points.
    may_lack_places
        Whether addresses do in place of coordinates, to be looked up later.
    """
    for known in (*FORMATS, OWN_FORMAT):

        def has(header: str, known: SiteFormat = known) -> bool:
            return find_header(header, columns, known.headers) is not None

        is_placed = has_shapes or any(has(one) and has(other) for one, other in known.coordinates)
        is_placed = is_placed or any(has(header) for header in known.columns.get("point", ()))
        if may_lack_places and not is_placed:
            headers = (known.columns.get(field, ()) for field in ("street", "address"))
            is_placed = any(has(header) for group in headers for header in group)
        if is_placed and all(has(header) for header in known.signature):
            return known
    return None
