"""The page Territory: who takes which part, proposed and painted, locked and balanced again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap import usecases
from gapmap.analysis.territory.edits import History
from gapmap.errors import GapmapError
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.jobs import answers
from gapmap.webapp.pages import (
    territory_panels,
    territory_search,
    territory_words,
    territory_work,
)
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.job_panel import watch_jobs
from gapmap.webapp.pages.territory_address import territory_of, territory_query
from gapmap.webapp.pages.territory_cards import draw_partners
from gapmap.webapp.pages.territory_controls import draw_controls
from gapmap.webapp.pages.territory_files import bring_waiting, draw_files
from gapmap.webapp.pages.territory_view import draw_territory_map
from gapmap.webapp.pages.territory_work import PAGE
from gapmap.webapp.server import sheets_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.analysis.territory.edits import Drawing
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.webapp.pages.territory_address import TerritoryView
    from gapmap.webapp.pages.territory_view import Stroke

__all__ = ["draw"]

_LOOK_S: Final = 1.0
"""How often one sees how far a long search is."""


def draw() -> None:
    """Draw the page."""
    study, heading = open_study()
    with heading:
        bring_waiting(study, _view(study))
    view = draw_controls(study, _view(study))
    view = replace(view, activities=territory_panels.chosen_activities(study, view))
    actions, notices = st.container(), st.container()
    try:
        search = territory_search.running_search(study, view)
        wish = territory_search.asked_for(study)
        if wish is not None and search is None:
            with heading, st.spinner("Dividing"):
                view = territory_search.fulfil(study, view, wish)
            search = territory_search.running_search(study, view)
        history = territory_work.begun(study, view)
        layout = territory_work.laid_out(study, view, history.now)
        drawing = history.now if search is None else search.watched()
        measured = usecases.measure_territory(layout, drawing.as_holders)
        division = replace(measured, request=view.request(study, drawing))
    except GapmapError as error:
        _keep(study, view, None)
        with heading:
            st.title("Who takes which part", anchor=False)
        notices.error(plain(str(error).replace(" (--load need)", "")))
        return
    with heading:
        st.title(plain(territory_words.headline(division, study)), anchor=False)
        st.caption(plain(territory_words.question(division, study)))
        own_list = session.brought(study)
        if own_list is not None:
            st.info(
                f"Site list in use: {plain(own_list.sites_reports[0].source)}, in this browser "
                "session only. The page Data goes back to the study's own."
            )
    outcome = territory_search.outcome_of(study, view, drawing)
    with actions:
        is_blank = all(holder is None for holder in drawing.holders)
        sheets = "" if is_blank else sheets_address(division, study)
        territory_panels.draw_actions(
            study,
            view,
            history,
            sheets=sheets,
            says="" if outcome is None else outcome.sentence,
            is_busy=search is not None,
        )
    with notices:
        if search is not None:
            watch_jobs([search.job], [search.job], of=answers)
            _look_again(time.monotonic())
        if said := territory_work.news(study):
            st.info(plain(said))
        territory_panels.draw_outcome(study, drawing, outcome)
    # As wide as the page: it is painted on, and who holds how much stands in its frame.
    with st.container(key="wide-map"):
        _draw_map(study, layout, division, history if search is None else History(drawing))
    with st.container(key="below"):
        territory_panels.draw_left_over(study, division)
        draw_partners(study, layout, division, drawing, is_busy=search is not None)
        territory_panels.draw_tables(study, division, drawing)
        territory_panels.draw_activities(study, view, division)
        draw_files(study, view, division, drawing, sheets=sheets)
        territory_panels.draw_method(study, division)
    _keep(study, view, history.now)


def _view(study: Study) -> TerritoryView:
    def read(query: Mapping[str, Sequence[str]]) -> TerritoryView:
        usual = territory_work.usual_view(study)
        scenario = session.current_view(study).scenario
        within = scenario.within
        start = replace(
            usual,
            scenario=replace(
                usual.scenario, measure=scenario.measure, reach=scenario.reach, within=within
            ),
        )
        asked = territory_of(query, start, study)
        if {"partner", "partners"} & set(query):
            return asked
        # Nobody was named: those who have their sites in the part in question.
        return replace(asked, partners=territory_work.usual_partners(study, asked.scenario.within))

    return session.page_view(study, PAGE, read)


def _keep(study: Study, view: TerritoryView, drawing: Drawing | None) -> None:
    usual = territory_work.usual_view(study)
    within = view.scenario.within
    usual = replace(usual, partners=territory_work.usual_partners(study, within))
    query = territory_query(view, study, usual, drawing)
    # What the link brought is in the session by now.
    kept = replace(view, drawn="") if drawing is not None else view
    session.keep_page(study, PAGE, kept, query)


def _draw_map(study: Study, layout: Layout, division: Division, history: History) -> None:
    within = division.request.scenario.within

    def stroked(stroke: Stroke) -> None:
        territory_work.change(study, within, lambda now: _after(now, stroke))

    draw_territory_map(
        study,
        layout,
        division,
        history.now,
        on_stroke=stroked,
        on_undo=lambda: territory_work.undo(study, within),
        on_redo=lambda: territory_work.redo(study, within),
        can_undo=history.can_undo,
        can_redo=history.can_redo,
    )


def _after(drawing: Drawing, stroke: Stroke) -> Drawing:
    """Return a drawing after a stroke; what no longer exists is left aside."""
    known = set(drawing.geoids)
    geoids = [geoid for geoid in stroke.geoids if geoid in known]
    if stroke.kind == "paint":
        is_known = stroke.partner in drawing.partners
        return drawing.paint(geoids, str(stroke.partner)) if is_known else drawing
    edits = {"erase": drawing.erase, "lock": drawing.lock, "unlock": drawing.unlock}
    edit = edits.get(stroke.kind)
    return drawing if edit is None else edit(geoids)


@st.fragment(run_every=_LOOK_S)
def _look_again(looked_s: float) -> None:
    """Draw the whole page anew a while after it was drawn: the best so far may be better."""
    if time.monotonic() - looked_s > _LOOK_S / 2:
        st.rerun()
