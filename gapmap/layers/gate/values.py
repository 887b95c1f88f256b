"""Read single values of site lists: kinds, meals, dates, statuses, places.

Each function reads one text and answers None where it has no single reading.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from gapmap.layers.gate.timetable import is_blank
from gapmap.model import MEALS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "name_key",
    "read_date",
    "read_kind",
    "read_meals",
    "read_number",
    "read_point",
    "read_service_model",
    "read_status",
    "says_test",
]

_NUMBER: Final = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_POINTS: Final = (
    re.compile(rf"coordinates['\"]?\s*:\s*\[\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\]"),
    re.compile(rf"^POINT\s*\(\s*({_NUMBER})\s+({_NUMBER})\s*\)$", re.IGNORECASE),
)

_ACTIVE: Final = frozenset({"active", "approved", "current", "open", "operating", "yes", "true"})
_REASONS: Final = {
    "terminated": ("terminat", "cancel"),
    "dropped": ("dropped", "withdrawn"),
    "expired": ("expired",),
    "inactive": ("inactive", "not active", "denied", "closed", "suspended", "rejected"),
}

_MEAL_WORDS: Final = {
    "breakfast": "breakfast",
    "lunch": "lunch",
    "supper": "supper",
    "dinner": "supper",
    "dinner supper": "supper",
    "supper dinner": "supper",
    "am snack": "am_snack",
    "snack am": "am_snack",
    "morning snack": "am_snack",
    "a m snack": "am_snack",
    "pm snack": "pm_snack",
    "snack pm": "pm_snack",
    "afternoon snack": "pm_snack",
    "p m snack": "pm_snack",
}
_MEAL_LETTERS: Final = {
    "b": "breakfast",
    "a": "am_snack",
    "l": "lunch",
    "p": "pm_snack",
    "d": "supper",
}
_DATE_FORMS: Final = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y", "%Y/%m/%d")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

_TEST: Final = re.compile(
    r"(?:z+[ _-]*)?(?:test|testing|dummy|sample|demo)"
    r"(?:[ _-]*(?:site|row|record|entry|sponsor|only|school|location))*[ #_-]*\d*"
    r"|.*\b(?:do not use|ignore this|test (?:site|record|entry|row)|dummy (?:site|record))\b.*"
)
_TWIN: Final = re.compile(r"\s*NC_\s*", re.IGNORECASE)


def read_kind(text: str) -> str | None:
    """Read the kind of a site of the federal programmes: ``Open Restricted``, ``Camp - ...``."""
    words = re.sub(r"[^a-z]+", " ", text.lower()).split()
    match words:
        case ["open"] | ["open", "site"] | ["open", "feeding", "site"]:
            return "open"
        case _ if "open" in words and "restricted" in words and "closed" not in words:
            return "restricted open"
        case ["closed", *_]:
            return "closed"
        case _ if "camp" in words or "camps" in words:
            return "camp"
        case _ if "migrant" in words:
            return "migrant"
        case _:
            return None


def read_service_model(text: str) -> str | None:
    """Read whether children eat at the site (``congregate``) or take the meal with them."""
    words = " ".join(re.sub(r"[^a-z]+", " ", text.lower()).split())
    if re.search(r"non ?congregate|pick ?up|to go|grab (?:and|n|&)? ?go|delivery", words):
        return None if words.startswith("congregate") else "non-congregate"
    return "congregate" if re.fullmatch(r"congregate(?: feeding| meals?| site)?", words) else None


def read_meals(text: str, meals: Sequence[str] = MEALS) -> tuple[tuple[str, ...], bool]:
    """Read a list of meals: ``Breakfast, Lunch``, ``B L``, ``breakfast;pm_snack``.

    Parameters
    ----------
    text
        The text of one cell.
    meals
        The codes of the study's own services, read by their names as well.

    Returns
    -------
    The codes understood, in the order of ``meals``, and whether that was the whole text. A
    ``snack`` that may be in the morning or in the afternoon is not understood.
    """
    names = {_words(meal): meal for meal in meals}
    if set(meals) & set(MEALS):
        names |= {word: meal for word, meal in _MEAL_WORDS.items() if meal in meals}
    found: set[str] = set()
    letters = re.findall(r"[balpd]", text.lower())
    is_letters = re.fullmatch(r"[balpd](?:[\s,;/&]*[balpd])*", text.strip().lower())
    # "all" is a word: letters stand for meals once each, and run together in their order.
    is_spelt = letters == sorted(letters, key="balpd".index) or not text.strip().isalpha()
    if is_letters and is_spelt and len(set(letters)) == len(letters) and set(MEALS) <= set(meals):
        found = {_MEAL_LETTERS[letter] for letter in letters}
        return tuple(meal for meal in meals if meal in found), True
    is_whole = True
    for part in re.split(r"[,;/&+|\n]+|\band\b", text.lower()):
        words = _words(part)
        if not words:
            continue
        code = names.get(words)
        if code is None:
            # "Breakfast Lunch": every word a meal of its own.
            codes = [names.get(word) for word in words.split()]
            is_whole = is_whole and None not in codes
            found.update(one for one in codes if one is not None)
        else:
            found.add(code)
    return tuple(meal for meal in meals if meal in found), is_whole


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.lower()).split())


def read_date(text: str) -> datetime.date | None:
    """Read a day: ISO, ``MM/DD/YY``, ``June 2, 2025``, or milliseconds since 1970 in UTC."""
    plain = text.strip()
    found: datetime.date | None = None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d(?:[T ].*)?", plain):
            found = datetime.date.fromisoformat(plain[:10])
        elif re.fullmatch(r"\d{11,13}(?:\.0*)?", plain):
            seconds = int(plain.partition(".")[0]) / 1000
            found = datetime.datetime.fromtimestamp(seconds, datetime.UTC).date()
    except ValueError:
        return None
    # A time of day after the date says nothing about the day.
    day = re.sub(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[AaPp][Mm])?$", "", plain)
    for form in _DATE_FORMS:
        if found is not None:
            break
        try:
            found = datetime.datetime.strptime(day, form).date()
        except ValueError:
            continue
    return found if found is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def read_number(text: str) -> float | None:
    """Read a plain number; ``30,25`` and ``1,200`` are read, ``1,2,3`` is not."""
    plain = text.strip().replace("−", "-")
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[-+]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_status(text: str) -> tuple[str, str | None]:
    """Read a status.

    Returns
    -------
    ``active`` or the text in lower case, and the reason to leave the site out, None to keep it.
    """
    status = " ".join(text.lower().split())
    if is_blank(status) or status in _ACTIVE:
        return "active", None
    for reason, signs in _REASONS.items():
        # "Closed Enrolled" is a kind of site, and open for those enrolled.
        if any(sign in status for sign in signs) and not re.match(r"closed[ -]+\w", status):
            return status, reason
    return status, None


def read_point(text: str) -> tuple[float, float] | None:
    """Read longitude and latitude from GeoJSON, a Python dict in text, or WKT."""
    for form in _POINTS:
        match = form.search(text.strip())
        if match:
            return float(match[1]), float(match[2])
    return None


def says_test(name: str) -> bool:
    """Return whether a name says that its row is no site but somebody's trial."""
    return _TEST.fullmatch(" ".join(name.lower().split())) is not None


def name_key(name: str) -> tuple[str, bool]:
    """Return what a name has in common with its other spellings, and if it had the prefix ``NC_``.

    That prefix marks the non-congregate twin of a site at the same place.
    """
    plain, prefixes = _TWIN.subn("", name, count=1) if _TWIN.match(name) else (name, 0)
    decomposed = unicodedata.normalize("NFKD", plain.casefold())
    return re.sub(r"[^\w]|_", "", re.sub(r"[\u0300-\u036f]", "", decomposed)), bool(prefixes)
