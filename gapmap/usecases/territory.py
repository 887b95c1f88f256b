"""Who serves where: areas divided among partners, by a search, by hand or on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapmap.usecases.gaps import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gapmap.analysis.need import Ground
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division, DivisionProgress, DivisionRequest
    from gapmap.model import GapAssessment, Study

__all__ = ["claimable_areas", "divide_territory", "measure_territory", "prepare_territory"]


def prepare_territory(
    study: Study,
    request: DivisionRequest,
    *,
    ground: Ground | None = None,
    assessment: GapAssessment | None = None,
) -> Layout:
    """Lay out a division once; keep it, and hand it to the two functions below.

    Parameters
    ----------
    study
        The study.
    request
        What is asked (see :class:`gapmap.analysis.territory.values.DivisionRequest`).
    ground
        Result of :func:`prepare` for a study with the same need side, to save time.
    assessment
        The answer to the request's scenario for the whole study, to save time.

    Raises
    ------
    RequestError
        If there is nothing to divide.
    UnknownNameError
        If the request names something that the study does not have.
    """
    from gapmap.analysis.territory.layout import lay_out

    return lay_out(study, request, ground or prepare(study), assessment)


def divide_territory(
    study: Study,
    request: DivisionRequest,
    *,
    begin: Mapping[str, str | None] | None = None,
    ground: Ground | None = None,
    layout: Layout | None = None,
    progress: Callable[[DivisionProgress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Division:
    """Divide areas among partners: one piece each, loads alike, compact, near their own sites.

    Parameters
    ----------
    study, request, ground
        See :func:`prepare_territory`.
    begin
        A division to balance again, GEOID to partner, changing no more than that takes.
    layout
        Result of :func:`prepare_territory` for the same request, to save time.
    progress
        Told the best division after every round.
    is_cancelled
        Asked after every round whether to end with the best so far.

    Raises
    ------
    RequestError
        If wishes contradict each other, with the smallest relaxation that works. A tolerance
        that cannot be met is no error: the best division says so among its obstacles.
    UnknownNameError
        If something is named that the study does not have.
    """
    from gapmap.analysis.territory.division import divide

    listeners: dict[str, Any] = {
        name: call
        for name, call in (("progress", progress), ("is_cancelled", is_cancelled))
        if call is not None
    }
    layout = layout or prepare_territory(study, request, ground=ground)
    return divide(layout, begin=begin, **listeners)


def measure_territory(layout: Layout, holders: Mapping[str, str | None]) -> Division:
    """Say what a division made by hand is worth, without changing it.

    Parameters
    ----------
    layout
        Result of :func:`prepare_territory`.
    holders
        Partner by GEOID; areas that are not in it are nobody's.

    Raises
    ------
    UnknownNameError
        If it names a partner or area that does not exist.
    """
    from gapmap.analysis.territory.division import measured

    return measured(layout, holders)


def claimable_areas(study: Study, within: str | None = None) -> dict[str, str | None]:
    """Return what partners can claim on a board: neighbourhood by area, None where in none.

    Parameters
    ----------
    study
        The study.
    within
        Only this group of neighbourhoods or neighbourhood, by name; None for the whole study.

    Raises
    ------
    UnknownNameError
        If there is nothing of that name.
    """
    from gapmap.analysis.siting.demand import neighbourhoods_within

    asked = neighbourhoods_within(study, within)
    rows = None if asked is None else set(asked.tolist())
    names = [] if study.neighbourhoods is None else study.neighbourhoods["name"].tolist()
    places = prepare(study).neighbourhoods_of_areas.tolist()
    return {
        str(geoid): names[place] if place >= 0 else None
        for geoid, place in zip(study.areas["geoid"], places, strict=True)
        if rows is None or place in rows
    }
