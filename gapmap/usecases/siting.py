"""Where to open next, and where a van should stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapmap.usecases.eligibility import standing_if_any
from gapmap.usecases.gaps import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.moving import MovablePlan
    from gapmap.analysis.siting.routes import Van, VanPlan
    from gapmap.analysis.siting.values import SitingRequest, SitingResult
    from gapmap.analysis.siting.watch import SearchProgress
    from gapmap.model import Study

__all__ = ["plan_van", "prepare_moving", "propose_sites"]


def propose_sites(
    study: Study,
    request: SitingRequest,
    *,
    ground: Ground | None = None,
    standing: Standing | None = None,
    progress: Callable[[SearchProgress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SitingResult:
    """Suggest where to open next, and say how far from the best that may be.

    Parameters
    ----------
    study
        The study.
    request
        What is asked (see :class:`gapmap.analysis.siting.values.SitingRequest`).
    ground
        Result of :func:`prepare` for a study with the same need side, to save time.
    standing
        Result of :func:`prepare_eligibility` for the same study, to save time.
    progress
        Told how far the search is.
    is_cancelled
        Asked now and then whether to end at once with the best found.

    Raises
    ------
    RequestError
        If the question cannot be answered as asked.
    UnknownNameError
        If it names something that the study does not have.
    """
    from gapmap.analysis.siting.proposal import propose
    from gapmap.analysis.siting.watch import Watch

    listeners: dict[str, Any] = {
        name: call
        for name, call in (("progress", progress), ("is_cancelled", is_cancelled))
        if call is not None
    }
    watch = Watch(request.time_limit_s, **listeners)
    lawful = standing or standing_if_any(study)
    return propose(study, request, ground or prepare(study), lawful, watch)


def prepare_moving(
    study: Study,
    request: SitingRequest,
    *,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> MovablePlan:
    """Lay out a question so that a suggestion moved by hand is measured in a millisecond or two.

    Parameters
    ----------
    study, request, ground, standing
        As :func:`propose_sites` takes them.

    Raises
    ------
    RequestError
        If the question cannot be answered as asked.
    UnknownNameError
        If it names something that the study does not have.
    """
    from gapmap.analysis.siting.moving import MovablePlan

    lawful = standing or standing_if_any(study)
    return MovablePlan(study, request, ground or prepare(study), lawful)


def plan_van(
    study: Study,
    request: SitingRequest,
    van: Van,
    *,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> VanPlan:
    """Choose stops and days for one van.

    Parameters
    ----------
    study
        The study.
    request
        Whose need, which candidates, which days; its model and number are not looked at.
    van
        What the van can do.
    ground, standing
        As :func:`propose_sites` takes them.

    Raises
    ------
    RequestError
        If no stop may be chosen.
    """
    from gapmap.analysis.siting.routes import plan_van as plan

    lawful = standing or standing_if_any(study)
    return plan(study, request, van, ground or prepare(study), lawful)
