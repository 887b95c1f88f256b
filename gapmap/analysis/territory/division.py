"""Divide a study among partners, improve a division, and say what one made by hand is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.analysis.territory.account import accounted
from gapmap.analysis.territory.infeasible import (
    begin_or_refuse,
    rounded_up,
    too_heavy,
    too_tight,
)
from gapmap.analysis.territory.search import Search, proposals
from gapmap.analysis.territory.start import absorbed
from gapmap.analysis.territory.values import DivisionProgress
from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.problem import Problem
    from gapmap.analysis.territory.search import Step
    from gapmap.analysis.territory.values import Division, Obstacle

__all__ = ["divide", "measured", "steps"]

_STAY: Final = 0.5
"""What it costs a rebalanced territory to change hands whole, in the unit of compactness."""

_TRIALS: Final = 4
_WARM: Final = 0.003
"""Temperature at which a division that somebody made is improved without being made anew."""


def _say_nothing(_: DivisionProgress) -> None:
    return None


def _never() -> bool:
    return False


def divide(
    layout: Layout,
    *,
    begin: Mapping[str, str | None] | None = None,
    progress: Callable[[DivisionProgress], None] = _say_nothing,
    is_cancelled: Callable[[], bool] = _never,
) -> Division:
    """Propose a division, or rebalance one.

    Parameters
    ----------
    layout
        The request, laid out.
    begin
        A division to begin with, GEOID to partner: it is mended and balanced and changed no more
        than that takes. Locks of the request are kept in any case.
    progress
        Told the best division after every round.
    is_cancelled
        Asked after every round whether to end with the best so far.

    Raises
    ------
    RequestError
        If wishes contradict each other, with the smallest relaxation that works.
    UnknownNameError
        If ``begin`` names a partner or area that does not exist.
    """
    holder = None
    for step in _rounds(layout, layout.problem, begin):
        holder = step.holder
        progress(_progress(step))
        if is_cancelled():
            note = "Stopped early: this is the best division found so far."
            return accounted(layout, holder, _shortfalls(layout, holder, None), (note,))
    assert holder is not None
    works = None
    if np.abs(layout.problem.deviation(holder)).max() > layout.problem.tolerance + 1e-9:
        works = _least_tolerance(layout, holder, begin)
    return accounted(layout, holder, _shortfalls(layout, holder, works), ())


def steps(
    layout: Layout, begin: Mapping[str, str | None] | None = None
) -> Iterator[DivisionProgress]:
    """Propose a division step by step, for whoever wants to watch: the best after every round.

    Raises
    ------
    RequestError
        If wishes contradict each other, with the smallest relaxation that works.
    """
    for step in _rounds(layout, layout.problem, begin):
        yield _progress(step)


def measured(layout: Layout, holders: Mapping[str, str | None]) -> Division:
    """Say what a division made by hand is worth, without changing it.

    Parameters
    ----------
    holders
        GEOID to partner; areas that are not in it are nobody's.

    Raises
    ------
    UnknownNameError
        If it names a partner or area that does not exist.
    """
    return accounted(layout, _as_rows(layout, holders), (), ())


def _least_tolerance(
    layout: Layout, holder: NDArray[np.int64], begin: Mapping[str, str | None] | None
) -> float:
    # A wider tolerance takes the search another way: what is promised to work is tried.
    tolerance = rounded_up(float(np.abs(layout.problem.deviation(holder)).max()))
    for _ in range(_TRIALS):
        asked = replace(layout.problem, tolerance=tolerance)
        for step in _rounds(layout, asked, begin):
            found = step.worst_deviation
        if found <= tolerance + 1e-9:
            break
        tolerance = rounded_up(found)
    return tolerance


def _progress(step: Step) -> DivisionProgress:
    return DivisionProgress(
        step.done,
        step.total,
        step.worst_deviation,
        step.polsby_popper,
        tuple(step.holder.tolist()),
    )


def _rounds(
    layout: Layout, problem: Problem, begin: Mapping[str, str | None] | None
) -> Iterator[Step]:
    first = begin_or_refuse(problem, layout.labels)
    if begin is None:
        yield from proposals(problem, first)
    else:
        given = _as_rows(layout, begin)
        mended = absorbed(problem, given)
        stay = np.zeros((len(problem), problem.partner_count))
        was_held = np.flatnonzero(given >= 0)
        stay[was_held] = _STAY * problem.partner_count / len(problem)
        stay[was_held, given[was_held]] = 0.0
        yield from Search(problem, mended, stay=stay, hot=_WARM).steps()


def _as_rows(layout: Layout, holders: Mapping[str, str | None]) -> NDArray[np.int64]:
    partner_of = {name: row for row, name in enumerate(layout.request.names)}
    area_of = {geoid: row for row, geoid in enumerate(layout.labels.geoids)}
    aside = set(layout.study.areas["geoid"].to_numpy()[layout.set_aside])
    holder = np.full(len(area_of), -1, dtype=np.int64)
    for geoid, partner in holders.items():
        if partner is not None and partner not in partner_of:
            raise UnknownNameError("partner", partner, partner_of)
        if geoid in area_of:
            holder[area_of[geoid]] = -1 if partner is None else partner_of[partner]
        elif geoid not in aside:
            raise UnknownNameError(layout.study.words.area, geoid, area_of)
    return holder


def _shortfalls(
    layout: Layout, holder: NDArray[np.int64], works: float | None
) -> tuple[Obstacle, ...]:
    heavy = too_heavy(layout.problem, layout.labels)
    tight = too_tight(layout.problem, holder, layout.labels, works)
    return heavy if tight is None else (*heavy, tight)
