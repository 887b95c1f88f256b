"""What gapmap does for people: the app, the command line and scripts call these and nothing else.

Use cases take frozen values and return frozen values. They neither read files nor show anything:
a reader is handed in (see :mod:`gapmap.wiring`), the views take the results.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gapmap.errors import RequestError
from gapmap.intake import TableFile, check_sites, fill_places, load_study, with_sites
from gapmap.model import GapAssessment, Scenario, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gapmap.analysis.comparison import Comparison
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.moving import MovablePlan
    from gapmap.analysis.siting.routes import Van, VanPlan
    from gapmap.analysis.siting.values import SitingRequest, SitingResult
    from gapmap.analysis.siting.watch import SearchProgress
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division, DivisionProgress, DivisionRequest
    from gapmap.rules import EligibilityAnswer, EligibilityRules
    from gapmap.whatifs.values import WhatIf

__all__ = [
    "TableFile",
    "apply_what_if",
    "assess_gaps",
    "check_sites",
    "claimable_areas",
    "compare_what_ifs",
    "compile_kernels",
    "default_scenario",
    "determine_eligibility",
    "divide_territory",
    "fill_places",
    "load_study",
    "measure_territory",
    "plan_van",
    "prepare",
    "prepare_eligibility",
    "prepare_moving",
    "prepare_territory",
    "propose_sites",
    "with_sites",
]


def prepare(study: Study) -> Ground:
    """Lay out the need side of a study; keep it, and hand it to :func:`assess_gaps`."""
    from gapmap.analysis.need import Ground

    return Ground(study)


def default_scenario(study: Study) -> Scenario:
    """Return the question that a study asks before anybody has touched a control."""
    return Scenario(
        study=study.id,
        measure=next(iter(study.measures)),
        reach=study.reach,
        method=study.default_method,
    )


def assess_gaps(
    study: Study,
    scenario: Scenario | None = None,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> GapAssessment:
    """Measure who is in reach of the sites that count, and who is not.

    Parameters
    ----------
    study
        The study.
    scenario
        The question; by default the one of :func:`default_scenario`.
    ground
        Result of :func:`prepare` for a study with the same need side, to save time.
    standing
        Result of :func:`prepare_eligibility` for the same study, to save time.
    """
    from gapmap.analysis.gaps import assess

    if standing is None and (study.eligibility or study.schools):
        standing = prepare_eligibility(study)
    return assess(study, scenario or default_scenario(study), ground or prepare(study), standing)


def apply_what_if(study: Study, what_if: WhatIf | None) -> tuple[Study, Scenario]:
    """Return the study and its question as they would be; None is as they are.

    Parameters
    ----------
    study
        The study as it is.
    what_if
        What differs (see :mod:`gapmap.whatifs`).

    Raises
    ------
    UnknownNameError
        If it names something that the study does not have, with the file and the entry.
    RequestError
        If it is of another study, or asks for something that cannot be.
    """
    from gapmap.whatifs.applying import apply

    usual = default_scenario(study)
    if what_if is None:
        return study, usual
    changed, asked = apply(study, what_if, usual)
    if asked.partners is not None:
        from gapmap.analysis.supply import partner_names
        from gapmap.whatifs.fitting import unknown_name

        known = sorted(set(partner_names(changed.sites)))
        for name in asked.partners:
            if name not in known:
                raise unknown_name(what_if, "question, partners", "partner", name, known)
    return changed, asked


def compare_what_ifs(
    study: Study,
    first: WhatIf | None,
    second: WhatIf | None,
    *,
    within: str | None = None,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> Comparison:
    """Measure two what-ifs of one study and set them side by side.

    Parameters
    ----------
    study
        The study as it is.
    first, second
        What differs on either side; None is the study as it is.
    within
        The group of neighbourhoods that both sides are about; by default what each asks.
    ground
        Result of :func:`prepare` for the study, to save time.
    standing
        Result of :func:`prepare_eligibility` for the study, to save time.

    Raises
    ------
    UnknownNameError, RequestError
        As :func:`apply_what_if` does.
    """
    from gapmap.analysis.comparison import compare
    from gapmap.whatifs.values import AS_IT_IS

    ground = ground or prepare(study)
    standing = standing or _standing_if_any(study)
    sides = [apply_what_if(study, what_if) for what_if in (first, second)]
    if within is not None:
        sides = [(changed, replace(asked, within=within)) for changed, asked in sides]
    one, other = (assess_gaps(changed, asked, ground, standing) for changed, asked in sides)
    names = tuple(AS_IT_IS if what_if is None else what_if.name for what_if in (first, second))
    said = [() if what_if is None else what_if.differences(study) for what_if in (first, second)]
    return compare(
        sides[0][0],
        one,
        sides[1][0],
        other,
        names=(names[0], names[1]),
        differences=(said[0], said[1]),
    )


def prepare_eligibility(
    study: Study,
    rules: EligibilityRules | None = None,
    previous: Standing | None = None,
) -> Standing:
    """Judge every area of a study once; keep it, and hand it to :func:`determine_eligibility`.

    Parameters
    ----------
    study
        The study.
    rules
        The thresholds; by default the study's own.
    previous
        The same study judged under other rules, to save finding who borders on whom again.
    """
    from gapmap.analysis.lawful import Standing

    return Standing(study, rules, previous)


def determine_eligibility(
    study: Study,
    *,
    geoid: str | None = None,
    at: tuple[float, float] | None = None,
    rules: EligibilityRules | None = None,
    standing: Standing | None = None,
) -> EligibilityAnswer:
    """Say which sites may open in an area or at a place, and why, with the working.

    Parameters
    ----------
    study
        The study.
    geoid
        GEOID of a block group or tract; or give ``at``.
    at
        Longitude and latitude, degrees.
    rules
        The thresholds; by default the study's own.
    standing
        Result of :func:`prepare_eligibility` for the same study and rules, to save time.

    Raises
    ------
    RequestError
        If neither or both of ``geoid`` and ``at`` are given, the place is outside the study, or
        the study has nothing to judge by.
    UnknownNameError
        If there is no such area.
    """
    if geoid is not None and at is None:
        return (standing or prepare_eligibility(study, rules)).of(geoid)
    if at is not None and geoid is None:
        return (standing or prepare_eligibility(study, rules)).at(*at)
    raise RequestError("Ask about one place: give either a GEOID or longitude and latitude.")


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
    lawful = standing or _standing_if_any(study)
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

    lawful = standing or _standing_if_any(study)
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

    lawful = standing or _standing_if_any(study)
    return plan(study, request, van, ground or prepare(study), lawful)


def _standing_if_any(study: Study) -> Standing | None:
    return prepare_eligibility(study) if study.eligibility or study.schools else None


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


def compile_kernels() -> None:
    """Have the compiled loops ready, so that nobody waits for them in the middle of a meeting.

    Takes some twenty seconds on a machine that never ran them, and less than one afterwards.
    """
    import shapely

    from gapmap.analysis.adjacency import shared_borders
    from gapmap.analysis.circles import Rings
    from gapmap.analysis.coverage import areal_coverage, areal_share, points_coverage
    from gapmap.analysis.eligibility import judge_areas
    from gapmap.analysis.reach import in_reach, nearest_site
    from gapmap.analysis.siting import search as siting
    from gapmap.analysis.territory import search as territory
    from gapmap.rules import EligibilityRules

    siting.compile_loops()
    territory.compile_loops()
    pair = shared_borders([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    judge_areas([100, 100], [45, 60], pair.neighbours, EligibilityRules(), may_average=True)
    square = Rings.of([shapely.box(0, 0, 1, 1)])
    points_coverage([0.0], [0.0], [0.0], [0.0], [0], 1.0)
    nearest_site([0.0], [0.0], [0.0], [0.0])
    in_reach([0.0], [0.0], [0.0], [0.0], 1.0)
    areal_coverage(square, [0.0], [0.0], [0], 1.0)
    areal_share(square, [0.0], [0.0], 1.0)
