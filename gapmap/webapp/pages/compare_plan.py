"""From the page Plan to the page Compare: what the suggestions change, against today."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.webapp import session
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_address import CompareView, groups_of
from gapmap.webapp.pages.plan_words import candidate_name
from gapmap.whatifs import Question, SiteAdded, WhatIf, as_it_is, free_site_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from gapmap.analysis.siting.values import SitingResult, Suggestion
    from gapmap.model import Study

__all__ = ["draw_comparing", "plan_compared"]

_NAME: Final = "The suggestions"


def draw_comparing(study: Study, result: SitingResult, accepted: Collection[str]) -> None:
    """Draw the button that opens the page Compare with suggestions added on the right.

    Parameters
    ----------
    study
        The study.
    result
        The suggestions.
    accepted
        Identifiers of those that somebody has accepted; with none, all are compared.
    """
    if not _placed(result):
        return
    pressed = st.button(
        "Compare with today",
        key=session.key(study, "plan compare"),
        help="Side by side: today, and with what is accepted"
        if accepted
        else "Side by side: today, and with these suggestions",
    )
    if not pressed:
        return
    from gapmap.webapp.pages import compare

    if compare_edit.change(study, plan_compared(study, result, accepted)):
        # A page is known by its address: this is the one in the list of pages.
        st.switch_page(st.Page(compare.draw, title="Compare", url_path=compare_edit.PAGE))
    compare_edit.take_word(study)


def plan_compared(study: Study, result: SitingResult, accepted: Collection[str]) -> CompareView:
    """Return today on the left and the suggestions on the right, both asked what the plan asks."""
    scenario = result.request.scenario
    question = Question(
        reach=None if scenario.reach.metres == study.reach.metres else scenario.reach,
        measure=None if scenario.measure == next(iter(study.measures)) else scenario.measure,
    )
    what_if = WhatIf(_NAME, study.id, question=question)
    placed = _placed(result)
    chosen = [one for one in placed if one.candidate_id in accepted]
    for one in chosen or placed:
        name = candidate_name(one.name)
        what_if = what_if.adding(
            SiteAdded(
                free_site_id(study, what_if, name),
                name,
                one.longitude,
                one.latitude,
                from_candidate=one.candidate_id,
            )
        )
    # Around a single neighbourhood both maps show the whole town: neighbours gain, too.
    within = scenario.within if scenario.within in groups_of(study) else None
    return CompareView(as_it_is(study.id, question), what_if, within)


def _placed(result: SitingResult) -> list[Suggestion]:
    """Return the suggestions that stand somewhere: not those that only a table of ways knows."""
    return [
        one
        for one in result.suggestions
        if math.isfinite(one.longitude) and math.isfinite(one.latitude)
    ]
