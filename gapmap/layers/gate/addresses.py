"""Addresses of rows that have no coordinates, in the parts that a geocoder asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.gate.columns import SiteColumns

__all__ = [
    "ADDRESS_PARTS",
    "NO_PLACE_REASONS",
    "UNPLACED_COLUMNS",
    "AddressParts",
    "full_zip",
    "no_unplaced_rows",
    "split_address",
    "unplaced_rows",
]

ADDRESS_PARTS: Final = ("street", "city", "state", "zip")
"""All that is ever told a geocoder about a site."""

UNPLACED_COLUMNS: Final = ("row", "name", *ADDRESS_PARTS, "missing")
NO_PLACE_REASONS: Final = ("no coordinates", "coordinates 0,0")
"""Reasons of the gate to leave a row out for want of a place, and for nothing else."""

_COUNTRY: Final = re.compile(r"[,\s]+(?:USA|U\.S\.A\.|United States(?: of America)?)\s*$", re.I)
_TAIL: Final = re.compile(r"(?P<words>[A-Za-z.' -]*?)[\s,]*(?P<zip>\d{5}(?:-?\d{4})?)?")
_STATE_CODE: Final = re.compile(r"(?P<city>.*?)\s*\b(?P<state>[A-Z]{2})")
_POST_BOX: Final = re.compile(r"^\s*(?:p\.?\s*o\.?\s*box|post office box)\b", re.IGNORECASE)


class AddressParts(NamedTuple):
    """An address in parts, each "" where it is not known."""

    street: str
    city: str = ""
    state: str = ""
    zip: str = ""

    @property
    def missing(self) -> str:
        """What keeps the address from being looked up, "" where nothing does."""
        if not self.street:
            return "no street"
        if _POST_BOX.match(self.street):
            return "a post office box, which is no place"
        if not self.zip and not (self.city and self.state):
            return "no ZIP code, and no city with its state"
        return ""


def split_address(text: str) -> AddressParts:
    """Split a United States address written in one text, as far as its commas tell.

    >>> split_address("1100 Congress Ave, Austin, TX 78701")
    AddressParts(street='1100 Congress Ave', city='Austin', state='TX', zip='78701')
    """
    parts = [part.strip() for part in _COUNTRY.sub("", text).split(",") if part.strip()]
    if len(parts) < 2:
        return AddressParts(*parts[:1]) if parts else AddressParts("")
    code = ""
    if re.fullmatch(r"\d{5}(?:-?\d{4})?", parts[-1]):
        code = parts.pop()
    tail = _TAIL.fullmatch(parts[-1])
    if len(parts) < 2 or tail is None:
        return AddressParts(parts[0], zip=code)
    code = code or tail["zip"] or ""
    words = tail["words"].strip()
    state = _STATE_CODE.fullmatch(words)
    if state is not None:
        # "Austin TX 78701" in one part, or "TX 78701" after the city.
        city = state["city"] or (parts[-2] if len(parts) > 2 else "")
        return AddressParts(parts[0], city, state["state"], code)
    if len(parts) > 2:
        return AddressParts(parts[0], parts[-2], words, code)
    return AddressParts(parts[0], words, "", code)


def full_zip(text: str) -> str:
    """Give a ZIP code back the zeros that a spreadsheet took."""
    return text.zfill(5) if text.isdigit() and 3 <= len(text) < 5 else text


def unplaced_rows(
    columns: SiteColumns,
    lines: NDArray[Any],
    names: NDArray[Any],
    reasons: NDArray[Any],
) -> pd.DataFrame:
    """Return the rows that lack nothing but a place, with their addresses.

    Parameters
    ----------
    columns
        The list.
    lines, names
        Line in the file, and name, of each row.
    reasons
        Why each row is left out, "" for a row that is kept.

    Returns
    -------
    Columns :data:`UNPLACED_COLUMNS`; ``missing`` says what keeps an address from being looked up.
    """
    rows = np.flatnonzero(np.isin(reasons, NO_PLACE_REASONS))
    if not len(rows):
        return no_unplaced_rows()
    texts = {field: columns.texts(field)[rows] for field in ("address", "street2", *ADDRESS_PARTS)}
    found = [
        _parts(address, street or street2, city, state, full_zip(code))
        for address, street2, street, city, state, code in zip(*texts.values(), strict=True)
    ]
    table = pd.DataFrame(found, columns=list(ADDRESS_PARTS))
    table.insert(0, "row", lines[rows].astype("int64"))
    table.insert(1, "name", names[rows])
    table["missing"] = [parts.missing for parts in found]
    return table.astype(dict.fromkeys(UNPLACED_COLUMNS[1:], "str"))


def no_unplaced_rows() -> pd.DataFrame:
    """Return the table of a list whose every row has a place."""
    table = pd.DataFrame(columns=list(UNPLACED_COLUMNS))
    return table.astype({"row": "int64"} | dict.fromkeys(UNPLACED_COLUMNS[1:], "str"))


def _parts(address: str, street: str, city: str, state: str, code: str) -> AddressParts:
    """Put columns and a whole address in one text together; columns of their own come first."""
    split = split_address(street or address)
    # In a street column, what follows a comma is a suite unless a state or a ZIP code says more.
    is_whole = not street or bool(split.state or split.zip)
    return AddressParts(
        split.street,
        city or (split.city if is_whole else ""),
        state or split.state,
        code or split.zip,
    )
