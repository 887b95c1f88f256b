"""Read days and hours as people write them in site lists.

Everything here is pure text work. What has two readings has none: the answer is None, and the
import gate shows the text to a person. Some texts can only be read beside the others of their
file ("S" is Sunday where Saturday is "SA"), so a :class:`Dialect` is read from the file first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gapmap.model import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Dialect",
    "is_blank",
    "parse_clock",
    "parse_days",
    "parse_hours",
    "parse_opening",
    "read_dialect",
]

_BLANKS: Final = frozenset(
    {"", "-", "--", ".", "n/a", "na", "n.a.", "none", "null", "nan", "<na>", "nat", "tbd", "tba"}
    | {"not available", "not applicable", "unknown"}
)

_NAMES: Final = {
    "mon": "m mo mon monday mondays",
    "tue": "tu tue tues tuesday tuesdays",
    "wed": "w we wed weds wednesday wednesdays",
    "thu": "th thu thur thurs thursday thursdays r h",
    "fri": "f fr fri friday fridays",
    "sat": "sa sat saturday saturdays",
    "sun": "su sun sunday sundays u",
}
_DAY_OF: Final = {name: day for day, names in _NAMES.items() for name in names.split()}
_GROUPS: Final = {
    "daily": WEEKDAYS,
    "everyday": WEEKDAYS,
    "weekday": WEEKDAYS[:5],
    "weekdays": WEEKDAYS[:5],
    "weekend": WEEKDAYS[5:],
    "weekends": WEEKDAYS[5:],
}
_ALL_DAYS: Final = re.compile(r"\b(?:7|seven) days(?: (?:a|per) week)?\b|\b(?:every|each) day\b")
_LETTER: Final = re.compile(r"mo|tu|we|th|fr|sa|su|[mtwrhfsu]")
_COMPACT: Final = re.compile(rf"(?:{_LETTER.pattern})+")
_TO: Final = r"(?:[-–—‐‑]+|\b(?:to|thru|through|until|till)\b)"
_DASH: Final = re.compile(rf"\s*{_TO}\s*")
_SEPARATOR: Final = re.compile(r"[\s,;/&+|:]+|\band\b|\bonly\b")
_LONGEST_TEXT: Final = 200

_CLOCK: Final = (
    r"(?:(?P<word{n}>noon|midnight)"
    r"|(?P<hour{n}>\d{{1,2}})(?:[:.](?P<minute{n}>\d{{2}})(?::\d{{2}})?)?"
    r"\s*(?P<mark{n}>[ap](?:\.?\s?m\b)?\.?(?![a-z])|noon)?"
    r"|(?P<military{n}>\d{{4}}))"
)
_RANGE_TEXT: Final = rf"(?:from\s+)?{_CLOCK.format(n=1)}\s*{_TO}\s*{_CLOCK.format(n=2)}"
_RANGE: Final = re.compile(_RANGE_TEXT)
_RANGE_INSIDE: Final = re.compile(rf"(?<![\d:]){_RANGE_TEXT}(?![\d:])")
_SINGLE: Final = re.compile(_CLOCK.format(n=1) + r"(?:\s*[+-]\d\d:?\d\d)?")

_MORNING_MINUTES: Final = 5 * 60
"""No site opens earlier by a time that does not say am; read so, it was meant as pm."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file writes what could be read in two ways.

    Parameters
    ----------
    bare_s
        The day that a lone ``S`` means: ``sun`` where the file writes ``SA``, ``sat`` where it
        writes ``SU``, None where it writes both or neither.
    bare_t_is_tuesday
        Whether the file has a sign of its own for Thursday, so that a lone ``T`` is Tuesday.
    is_24_hour
        Whether hours of 13 and more occur without am or pm, so that bare times are on that clock.
    """

    bare_s: str | None = None
    bare_t_is_tuesday: bool = False
    is_24_hour: bool = False


def is_blank(text: str) -> bool:
    """Return whether the text says nothing: empty, ``N/A``, ``Not Available``, ``TBD``."""
    return text.strip().lower() in _BLANKS


def read_dialect(days: Iterable[str] = (), hours: Iterable[str] = ()) -> Dialect:
    """Read from all texts of a file how it writes days and hours.

    Parameters
    ----------
    days, hours
        Every text of the file's day columns and of its time columns, in any order.
    """
    named = {day for text in set(days) for day in _days_with_a_sign(text)}
    bare_s = {(True, False): "sun", (False, True): "sat"}.get(("sat" in named, "sun" in named))
    return Dialect(
        bare_s=bare_s,
        bare_t_is_tuesday="thu" in named,
        is_24_hour=any(_is_on_the_24_hour_clock(text) for text in set(hours)),
    )


def parse_days(text: str, dialect: Dialect | None = None) -> tuple[str, ...] | None:
    """Read weekdays: ``M-F``, ``S,M,T,W,TH,F,SA``, ``Mon & Wed``, ``MTWTHF``, ``MO,TU``, ``Daily``.

    Parameters
    ----------
    text
        The text of one cell.
    dialect
        How the file writes days; without it the text is a file of its own.

    Returns
    -------
    Weekday codes in the order of the week, or None where the text has no single reading.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    dialect = dialect or read_dialect([text])
    found: set[str] = set()
    chunks = _chunks(text)
    letters = [letter for chunk in chunks for letter in chunk]
    at = 0
    for chunk in chunks:
        days = [_day_of(letters, index, dialect) for index in range(at, at + len(chunk))]
        at += len(chunk)
        known = [day for day in days if day is not None]
        if len(chunk) == 1 and chunk[0] in _GROUPS:
            found.update(_GROUPS[chunk[0]])
        elif len(known) < len(chunk):
            return None
        elif len(chunk) == 2:
            found.update(_between(*known))
        else:
            found.update(known)
    return tuple(day for day in WEEKDAYS if day in found) or None


def parse_hours(text: str, dialect: Dialect | None = None) -> str | None:
    """Read one span of time: ``11:00 AM - 1:00 PM``, ``12:00 - 13:00``, ``11:30 to 12:30``.

    An am or pm that is missing is taken only where one reading remains between 5 in the morning
    and midnight. Bare hours without minutes (``11-1``) are never read.

    Returns
    -------
    ``HH:MM-HH:MM`` on the 24-hour clock, the start before the end; or None.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    match = _RANGE.fullmatch(text.strip().lower().strip(" .;,"))
    return None if match is None else _span(match, dialect or read_dialect(hours=[text]))


def parse_clock(text: str) -> str | None:
    """Read one time of day on the 24-hour clock, as HSDS writes it (``09:00``, ``09:00-05:00``).

    An offset is dropped, because the time before it is the local one. A time in UTC (``14:00Z``)
    says nothing without the place's own offset and is None.
    """
    match = _SINGLE.fullmatch(text.strip().lower())
    if match is None:
        return None
    readings = _readings(match, 1, is_24_hour=True)
    return _clock_text(readings[0]) if len(readings) == 1 else None


def parse_opening(
    text: str, dialect: Dialect | None = None
) -> tuple[tuple[str, ...] | None, str | None]:
    """Read days and hours out of one text: ``Mon-Fri 11:30 am - 12:30 pm``.

    Returns
    -------
    Days and hours, None for what is absent. Both None where any part of the text is not read.
    """
    lowered = text.strip().lower()
    if len(lowered) > _LONGEST_TEXT:
        return None, None
    spans = list(_RANGE_INSIDE.finditer(lowered))
    if not spans:
        return parse_days(lowered, dialect), None
    if len(spans) > 1:
        return None, None
    hours = _span(spans[0], dialect or read_dialect(hours=[spans[0].group()]))
    rest = (lowered[: spans[0].start()] + " " + lowered[spans[0].end() :]).strip(" ,:;()@")
    if hours is None or not rest:
        return None, hours
    days = parse_days(rest, dialect)
    return (None, None) if days is None else (days, hours)


def _chunks(text: str) -> list[list[str]]:
    """Split a text into chunks of day signs; a chunk of two is a range."""
    plain = _ALL_DAYS.sub("daily", text.strip().lower().replace(".", ""))
    chunks: list[list[str]] = []
    for piece in _SEPARATOR.split(_DASH.sub("-", plain)):
        tokens = piece.split("-") if piece else []
        if len(tokens) == 1 and tokens[0] not in _DAY_OF and _COMPACT.fullmatch(tokens[0]):
            letters = _LETTER.findall(tokens[0])
            chunks.extend([letter] for letter in (letters if _ascends(letters) else ["?"]))
        elif tokens:
            chunks.append(tokens)
    return chunks


def _ascends(letters: list[str]) -> bool:
    """Return whether run-together letters follow the week, from Monday or from Sunday."""
    days = [_DAY_OF.get(letter) for letter in letters]
    for week in (WEEKDAYS, ("sun", *WEEKDAYS[:6])):
        places = [week.index(day) for day in days if day is not None]
        if all(one < other for one, other in pairwise(places)):
            return True
    return False


def _day_of(letters: list[str], index: int, dialect: Dialect) -> str | None:
    """Return the day that one sign means among the others of its text."""
    letter = letters[index]
    if letter == "s":
        places = [place for place, other in enumerate(letters) if other == "s"]
        if len(places) == 2 and len(letters) > 2:
            return "sat" if index == places[0] else "sun"
        return dialect.bare_s if len(places) == 1 else None
    if letter == "t":
        days = [_DAY_OF.get(other) for other in letters]
        after_wednesday = "wed" in days[:index]
        before_wednesday = "wed" in days[index + 1 :]
        if letters.count("t") == 1:
            only_tuesday = before_wednesday and not after_wednesday
            return "tue" if only_tuesday or dialect.bare_t_is_tuesday else None
        if letters.count("t") == 2 and after_wednesday != before_wednesday:
            return "thu" if after_wednesday else "tue"
        return None
    return _DAY_OF.get(letter)


def _between(first: str, last: str) -> tuple[str, ...]:
    """Return the days from one to another, over the weekend if need be."""
    start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return tuple(WEEKDAYS[(start + step) % 7] for step in range((stop - start) % 7 + 1))


def _days_with_a_sign(text: str) -> set[str]:
    """Return which of Thursday, Saturday and Sunday the text writes unmistakably."""
    letters = [letter for chunk in _chunks(text[:_LONGEST_TEXT]) for letter in chunk]
    return {_DAY_OF[letter] for letter in letters if letter in _DAY_OF} & {"thu", "sat", "sun"}


def _is_on_the_24_hour_clock(text: str) -> bool:
    match = _RANGE.fullmatch(text[:_LONGEST_TEXT].strip().lower())
    return (
        match is not None
        and not (match["mark1"] or match["mark2"])
        and any(13 <= int(match[f"hour{n}"] or 0) <= 24 for n in (1, 2))
    )


def _span(match: re.Match[str], dialect: Dialect) -> str | None:
    """Return the one span that a matched text can mean."""
    marked = [bool(match[f"mark{n}"] or match[f"word{n}"]) for n in (1, 2)]
    if not any(marked) and not all(match[f"minute{n}"] or match[f"military{n}"] for n in (1, 2)):
        return None
    on_24 = not any(marked) and (dialect.is_24_hour or _is_on_the_24_hour_clock(match.group()))
    starts = _readings(match, 1, is_24_hour=on_24)
    ends = [end or 24 * 60 for end in _readings(match, 2, is_24_hour=on_24)]
    if not match["mark1"] and not _is_unmistakable(match, 1):
        starts = [start for start in starts if start >= _MORNING_MINUTES]
    spans = [(start, end) for start in starts for end in ends if start < end]
    if marked == [False, True] and len(spans) > 1:
        # "9-11 am", "1-2 pm": one mark at the end stands for both times where it can.
        spans = [max(spans)]
    if len(spans) != 1:
        return None
    return f"{_clock_text(spans[0][0])}-{_clock_text(spans[0][1])}"


def _is_unmistakable(match: re.Match[str], n: int) -> bool:
    """Return whether a time needs no am or pm: ``noon``, ``0900``, ``08:00``, ``13:30``."""
    hour = match[f"hour{n}"]
    return hour is None or int(hour) >= 13 or (hour[0] == "0" and match[f"minute{n}"] is not None)


def _readings(match: re.Match[str], n: int, *, is_24_hour: bool) -> list[int]:
    """Return every minute of the day that one matched time can mean."""
    if match[f"word{n}"]:
        return [12 * 60 if match[f"word{n}"] == "noon" else 0]
    digits = match[f"military{n}"]
    hour = int(digits[:2] if digits else match[f"hour{n}"])
    minute = int(digits[2:] if digits else match[f"minute{n}"] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return []
    mark = (match[f"mark{n}"] or "")[:1]
    if mark in ("p", "n") and 13 <= hour < 24:
        return [hour * 60 + minute]
    if mark:
        half = 0 if mark == "a" else 12
        return [(hour % 12 + half) * 60 + minute] if 1 <= hour <= 12 else []
    if is_24_hour or _is_unmistakable(match, n):
        return [hour * 60 + minute]
    return [(hour % 12) * 60 + minute, (hour % 12 + 12) * 60 + minute]


def _clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
