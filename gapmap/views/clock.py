"""Times as people at a table read them: by the study's own time zone, and named by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import tzinfo

    from gapmap.model import Study

__all__ = ["Clock", "clock_of", "day_words"]

_LONG: Final = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of one place.

    Parameters
    ----------
    zone
        Its time zone.
    name
        Name of the zone, ``America/New_York``; empty where it is not known, and then it is UTC.
    """

    zone: tzinfo = UTC
    name: str = ""

    @property
    def said(self) -> str:
        """A sentence for the paper: whose times these are."""
        if self.name:
            return f"Times are those of {self.name}."
        return "Times are in UTC: the study names no time zone."

    def day(self, at: datetime) -> date:
        """Return the day on which a moment is there."""
        return at.astimezone(self.zone).date()

    def begin(self, day: date) -> datetime:
        """Return the moment with which a day begins there."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def moment(self, at: datetime | None) -> str:
        """Write a moment for people: ``22 Nov 2026 09:30 EST``; empty for none."""
        if at is None:
            return ""
        there = at.astimezone(self.zone)
        return f"{day_words(there.date())} {self.hour(at)}"

    def hour(self, at: datetime) -> str:
        """Write the time of the day: ``09:30 EST``."""
        there = at.astimezone(self.zone)
        return f"{there:%H:%M} {_short_name(there)}"

    def listed(self, at: datetime) -> str:
        """Write a moment so that a column of them sorts: ``2026-11-22 09:30 EST``."""
        there = at.astimezone(self.zone)
        return f"{there.strftime(_LONG)} {_short_name(there)}"


def clock_of(study: Study) -> Clock:
    """Return the clock of a study; UTC where it names no time zone."""
    zone = study.time_zone
    return Clock() if zone is None else Clock(ZoneInfo(zone), zone)


def day_words(day: date | None) -> str:
    """Write a day for people: ``1 Dec 2026``; empty for none."""
    return "" if day is None else f"{day.day} {day:%b %Y}"


def _short_name(there: datetime) -> str:
    """Return what a zone is called then; some have no name but how far they are from UTC."""
    name = there.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
