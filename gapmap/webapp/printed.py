"""Pages to print that somebody may open in a new tab: from the page Territory to their route.

The page publishes the division that it shows, as it does its layers; the sheets are written only
when they are opened. Held in memory only and bounded; a division pushed out by newer ones comes
back with the page's next run.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from gapmap.analysis.territory.values import Division
    from gapmap.model import GapAssessment, Scenario, Study

__all__ = ["Printable", "find", "publish"]

_AT_MOST: Final = 64

_printables: OrderedDict[str, Printable] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False, slots=True)
class Printable:
    """A division whose sheets may be opened.

    Parameters
    ----------
    division
        Who holds what.
    study
        The study, with the site list that is used.
    """

    division: Division
    study: Study

    @property
    def digest(self) -> str:
        """Names it, and is the same for the same division of the same data."""
        what = (
            self.study.id,
            self.division.data_version,
            self.division.request,
            tuple(self.division.holders.items()),
            self.division.notes,
        )
        return hashlib.sha256(repr(what).encode()).hexdigest()[:24]

    @property
    def scenario(self) -> Scenario:
        """The question whose answer says whom each site reaches."""
        return replace(self.division.request.scenario, within=None)

    def page(self, today: date, assessment: GapAssessment) -> str:
        """Write the sheets as they are on a day.

        Parameters
        ----------
        today
            The day that stands on them.
        assessment
            The answer to :attr:`scenario`.
        """
        from gapmap.views.partner_sheets import partner_sheets

        return partner_sheets(self.division, self.study, today=today, assessment=assessment)


def publish(printable: Printable) -> str:
    """Make sheets available; return their digest."""
    digest = printable.digest
    with _lock:
        # What lies there already may be in use: the same digest is the same division.
        _printables.setdefault(digest, printable)
        _printables.move_to_end(digest)
        while len(_printables) > _AT_MOST:
            _printables.popitem(last=False)
    return digest


def find(digest: str) -> Printable | None:
    """Return what was published, or None."""
    with _lock:
        return _printables.get(digest)
