"""Plans that a browser may ask about while a pin is dragged: from the page Plan to its route.

The page publishes what it shows, as it does its layers, and no session is needed afterwards: the
name of a plan is a digest of the question, the answer and the data behind both. Held in memory
only and bounded; a plan pushed out by newer ones comes back with the page's next run.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import UnknownNameError
from gapmap.views.plan_figures import moved_state
from gapmap.webapp import cached

if TYPE_CHECKING:
    from gapmap.analysis.siting.values import SitingResult
    from gapmap.model import Study

__all__ = ["LivePlan", "find", "publish"]

_PLANS_AT_MOST: Final = 64

_plans: OrderedDict[str, LivePlan] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False, slots=True)
class LivePlan:
    """The suggestions of one question as a page shows them.

    Parameters
    ----------
    study
        The study, with the site list that is used.
    result
        The suggestions.
    """

    study: Study
    result: SitingResult

    @property
    def digest(self) -> str:
        """Names it, and is the same for the same suggestions to the same question."""
        what = (self.study.id, self.result.data_version, self.result.request, self.result.order)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:24]

    def moved(self, pin: str, latitude: float, longitude: float) -> dict[str, Any]:
        """Return the figures with one pin moved to the candidate nearest to a point.

        Raises
        ------
        UnknownNameError
            If there is no such pin.
        RequestError
            If the question cannot be answered as asked.
        """
        if pin not in self.result.order:
            raise UnknownNameError("suggestion", pin, list(self.result.order))
        request = self.result.request
        movable = cached.movable(self.study, request)
        figures = movable.moved(
            self.result.order,
            pin,
            latitude=latitude,
            longitude=longitude,
            excluded=request.excluded,
        )
        return moved_state(figures, self.result, pin, self.study)


def publish(study: Study, result: SitingResult) -> str:
    """Make a plan available; return its address relative to the server's base path."""
    plan = LivePlan(study, result)
    with _lock:
        _plans[plan.digest] = plan
        _plans.move_to_end(plan.digest)
        while len(_plans) > _PLANS_AT_MOST:
            _plans.popitem(last=False)
    return f"gapmap/plan/{plan.digest}"


def find(digest: str) -> LivePlan | None:
    """Return a published plan, or None."""
    with _lock:
        return _plans.get(digest)
