"""The states by FIPS code: the fifty, the District of Columbia and Puerto Rico."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STATES", "find_state"]

STATES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "01": ("AL", "Alabama"),
        "02": ("AK", "Alaska"),
        "04": ("AZ", "Arizona"),
        "05": ("AR", "Arkansas"),
        "06": ("CA", "California"),
        "08": ("CO", "Colorado"),
        "09": ("CT", "Connecticut"),
        "10": ("DE", "Delaware"),
        "11": ("DC", "District of Columbia"),
        "12": ("FL", "Florida"),
        "13": ("GA", "Georgia"),
        "15": ("HI", "Hawaii"),
        "16": ("ID", "Idaho"),
        "17": ("IL", "Illinois"),
        "18": ("IN", "Indiana"),
        "19": ("IA", "Iowa"),
        "20": ("KS", "Kansas"),
        "21": ("KY", "Kentucky"),
        "22": ("LA", "Louisiana"),
        "23": ("ME", "Maine"),
        "24": ("MD", "Maryland"),
        "25": ("MA", "Massachusetts"),
        "26": ("MI", "Michigan"),
        "27": ("MN", "Minnesota"),
        "28": ("MS", "Mississippi"),
        "29": ("MO", "Missouri"),
        "30": ("MT", "Montana"),
        "31": ("NE", "Nebraska"),
        "32": ("NV", "Nevada"),
        "33": ("NH", "New Hampshire"),
        "34": ("NJ", "New Jersey"),
        "35": ("NM", "New Mexico"),
        "36": ("NY", "New York"),
        "37": ("NC", "North Carolina"),
        "38": ("ND", "North Dakota"),
        "39": ("OH", "Ohio"),
        "40": ("OK", "Oklahoma"),
        "41": ("OR", "Oregon"),
        "42": ("PA", "Pennsylvania"),
        "44": ("RI", "Rhode Island"),
        "45": ("SC", "South Carolina"),
        "46": ("SD", "South Dakota"),
        "47": ("TN", "Tennessee"),
        "48": ("TX", "Texas"),
        "49": ("UT", "Utah"),
        "50": ("VT", "Vermont"),
        "51": ("VA", "Virginia"),
        "53": ("WA", "Washington"),
        "54": ("WV", "West Virginia"),
        "55": ("WI", "Wisconsin"),
        "56": ("WY", "Wyoming"),
        "72": ("PR", "Puerto Rico"),
    }
)
"""FIPS code to postal code and name. Source: ANSI INCITS 38, as the Census Bureau lists it."""


def find_state(text: str) -> str:
    """Return the FIPS code of a state from its code, postal code or name.

    Raises
    ------
    UnknownNameError
        With the nearest names, if there is no such state.
    """
    wanted = " ".join(text.replace(".", "").split()).casefold()
    for fips, (postal, name) in STATES.items():
        if wanted in (postal.casefold(), name.casefold()) or (
            wanted.isascii() and wanted.isdigit() and wanted.zfill(2) == fips
        ):
            return fips
    names = [name for _, name in STATES.values()]
    raise UnknownNameError("state", text, names if len(wanted) > 2 else _postal_codes())


def _postal_codes() -> list[str]:
    return [postal for postal, _ in STATES.values()]
