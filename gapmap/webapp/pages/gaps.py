"""The page Gaps: who is out of reach, where, and who could change it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from gapmap.errors import RequestError
from gapmap.views import lawful_map, numbers, sentences
from gapmap.views.sentences import plain
from gapmap.webapp import cached, controls, session
from gapmap.webapp.gap_view import draw_map
from gapmap.webapp.pages.gap_details import draw_detail, draw_find
from gapmap.webapp.pages.gap_tables import (
    draw_downloads,
    draw_partners,
    draw_ranking,
    draw_sources,
)

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from gapmap.model import GapAssessment, Study
    from gapmap.webapp.address import View

__all__ = ["draw", "open_study"]


def open_study() -> tuple[Study, DeltaGenerator]:
    """Draw the choice of the study, if there is one.

    Returns
    -------
    The study, with the session's own site list if any, and room for the page's heading.
    """
    cards = cached.workspace().studies()
    usable = [card for card in cards if card.problem is None]
    if not usable:
        problems = " ".join(f"{card.id}: {card.problem}" for card in cards)
        raise RequestError(f"There is no study to open. {problems or 'Add one under layers/.'}")
    names = {card.id: card.name for card in usable}
    wanted = session.wanted_study(list(names))
    heading = st.container()
    if len(names) > 1:
        with heading:
            heading, room = st.columns([5, 1.3], vertical_alignment="center", gap="medium")
        # Even if the control has a value: that may be one of the page before, which is lost.
        session.place("study", wanted)
        wanted = room.selectbox(
            "Study", options=list(names), format_func=names.__getitem__, key="study"
        )
    own = cached.study(wanted)
    return session.brought(own) or own, heading


def draw() -> None:
    """Draw the page."""
    study, heading = open_study()
    figures = st.container(key="figures")
    view = session.current_view(study)
    view, room = controls.question_row(study, view)
    assessment = cached.answer(study, view.scenario)
    controls.count_unknown_switch(study, view, room, assessment.sites_unknown_schedule)
    with heading:
        _draw_headline(assessment, study)
    with figures:
        _draw_figures(assessment, study, view)
    map_room, side_room = st.columns([1.32, 1], gap="medium")
    with side_room, st.container(key="find"):
        draw_find(study)
    with map_room:
        view = replace(view, choice=session.choice(study))
        with st.container(key="map"):
            draw_map(assessment, study, view)
    with side_room:
        # A long list grows with the window, see page.css; a short one keeps its height.
        is_long = (len(assessment.neighbourhoods) or assessment.areas_count) > 20
        # An answer to a question comes before the list; what is known of a place follows it.
        is_asked = view.choice is not None and view.choice.kind == "at"
        if is_asked:
            draw_detail(assessment, study, view)
        view = controls.rank_choice(study, view)
        with st.container(key="long-ranking" if is_long else "ranking"):
            draw_ranking(assessment, study, view)
        if view.margins and (said := sentences.sure_ranks(assessment)):
            st.caption(plain(said))
        if not is_asked:
            draw_detail(assessment, study, view)
    session.keep(view, study)
    with st.container(key="below"):
        draw_partners(assessment, study)
        draw_downloads(assessment, study)
        draw_sources(assessment, study)


def _draw_headline(assessment: GapAssessment, study: Study) -> None:
    st.title(plain(sentences.headline(assessment, study)), anchor=False)
    st.caption(plain(sentences.question(assessment, study)))
    if eligible := sentences.eligible_headline(assessment, study):
        if lawful_map.is_proxy(study):
            eligible = f"{eligible.removesuffix('.')}; {lawful_map.PROXY.lower()}."
        with st.container(key="eligible"):
            st.markdown(plain(eligible))
    own_list = session.brought(study)
    if own_list is not None:
        st.info(
            f"Site list in use: {plain(own_list.sites_reports[0].source)}, in this browser "
            "session only. The page Data goes back to the study's own."
        )


def _draw_figures(assessment: GapAssessment, study: Study, view: View) -> None:
    unit, words = assessment.measure.unit, study.words
    deserts = int(assessment.neighbourhoods["is_desert"].sum())
    interval = numbers.interval(assessment.need_total, assessment.need_moe)
    unknown = numbers.people(assessment.eligible_gap_unknown)
    figures = [
        (
            unit.capitalize(),
            numbers.people(assessment.need_total),
            assessment.measure.label,
            f"90%: {interval}" if view.margins and interval else "",
        ),
        ("In reach", numbers.share(assessment.need_in_reach_share), "", ""),
        (
            "In reach of 2 partners or more",
            numbers.people(assessment.overlap_need),
            "Served twice: where partners could share the work out.",
            "",
        ),
        *(
            [
                (
                    "Eligible and unserved",
                    numbers.people(assessment.eligible_gap),
                    f"{unit.capitalize()} out of reach who live where an open {words.site} would "
                    "be lawful.",
                    "" if round(assessment.eligible_gap_unknown) == 0 else f"not known: {unknown}",
                )
            ]
            if assessment.eligible_gap == assessment.eligible_gap
            else []
        ),
        (
            f"Deserts among {len(assessment.neighbourhoods)} {words.neighbourhoods}",
            numbers.count(deserts),
            f"{words.neighbourhoods.capitalize()} with more than {study.desert_need:,.0f} {unit} "
            f"and no {words.site} in reach.",
            "",
        )
        if len(assessment.neighbourhoods)
        else (
            f"{words.areas.capitalize()} with nothing in reach",
            f"{assessment.areas_without_site:,} of {assessment.areas_count:,}",
            "",
            "",
        ),
        (
            f"{words.sites.capitalize()} that count",
            f"{assessment.sites_used:,} of {len(study.sites):,}",
            "In the whole study. Why the others do not is listed under Partners.",
            "",
        ),
    ]
    # As wide as what they say: equal rooms would cut the longer labels off.
    widths = [max(len(label) + 8, len(aside) + 6) for label, _, _, aside in figures]
    for room, (label, figure, about, aside) in zip(st.columns(widths), figures, strict=True):
        room.metric(
            plain(label),
            figure,
            delta=aside or None,
            delta_color="off",
            delta_arrow="off",
            help=plain(about) or None,
        )
