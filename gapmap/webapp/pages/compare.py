"""The page Compare: a study as it is, as it might be, and what that changes for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import GapmapError
from gapmap.views.comparison import difference_headline
from gapmap.views.sentences import plain, question
from gapmap.webapp import cached, session
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_address import compare_query
from gapmap.webapp.pages.compare_changes import draw_changes, draw_more_changes
from gapmap.webapp.pages.compare_controls import draw_question
from gapmap.webapp.pages.compare_files import draw_keeping
from gapmap.webapp.pages.compare_site import draw_described
from gapmap.webapp.pages.compare_tables import draw_tables
from gapmap.webapp.pages.compare_view import compared_side, draw_compare_maps
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.sources_panel import draw_layers
from gapmap.whatifs import differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import Study

__all__ = ["draw", "sentences_in_order"]

_LINE: Final = 170
"""Letters of a line below a heading."""
_INVITATION: Final = "What if? Change the map on the right and see who gains and who loses."


def draw() -> None:
    """Draw the page."""
    study, heading = open_study()
    view = compare_edit.current(study)
    query, problem = compare_query(view, study)
    session.keep_page(study, compare_edit.PAGE, view, query)
    room = draw_question(study, view)
    with room, st.popover("Save · Send", width="stretch"):
        draw_keeping(study, view, problem)
    compare_edit.take_word(study)
    try:
        first, second = (
            compared_side(study, one, view.within) for one in (view.first, view.second)
        )
        comparison = cached.comparison(study, view.first, view.second, view.within)
    except GapmapError as error:
        heading.title("Compare", anchor=False)
        st.error(plain(error))
        draw_changes(study, view.second)
        return
    is_same = not (differences(view.first, study) or differences(view.second, study))
    main, near, rest = sentences_in_order(difference_headline(comparison, study))
    with heading:
        _draw_heading(study, comparison, _INVITATION if is_same else main, near)
    with st.container(key="compare-map"):
        draw_compare_maps(study, comparison, first, second)
    with st.container(key="below"):
        changes_room, tables_room = st.columns([1, 2.1], gap="large")
        with changes_room:
            draw_changes(study, view.second)
            draw_more_changes(study, view.second)
        with tables_room:
            if rest:
                st.markdown(plain(rest))
            draw_tables(study, comparison)
        _draw_method(study, comparison)
    draw_described(study)


def sentences_in_order(says: Sequence[str]) -> tuple[str, str, str]:
    """Share sentences out: one to read from afar, a line below it, and the rest for later."""
    # The figures behind the main sentence are its second half.
    main, colon, figures = says[0].rpartition(": ")
    more = [f"{figures[:1].upper()}{figures[1:]}", *says[1:]] if colon else [*says[1:]]
    near = [one for place, one in enumerate(more) if len(" ".join(more[: place + 1])) <= _LINE]
    return f"{main}." if colon else says[0], " ".join(near), " ".join(more[len(near) :])


def _draw_heading(study: Study, comparison: Comparison, main: str, near: str) -> None:
    with st.container(key="compare-heading"):
        st.title(plain(main), anchor=False)
        if near:
            st.caption(plain(near))
        st.caption(plain(question(comparison.second, study)))
    own_list = session.brought(study)
    if own_list is not None:
        st.info(
            f"Site list in use: {plain(own_list.sites_reports[0].source)}, in this browser "
            "session only. What is saved or sent speaks of its sites."
        )


def _draw_method(study: Study, comparison: Comparison) -> None:
    drawer = st.expander(
        "Sources and method", key=session.key(study, "compare sources"), on_change="rerun"
    )
    if not drawer.open:
        return
    with drawer:
        st.markdown("\n".join(f"- {plain(note)}" for note in comparison.notes))
        draw_layers(comparison.second.provenance)
        st.caption(
            f"Data versions {plain(comparison.first.data_version)} and "
            f"{plain(comparison.second.data_version)}"
        )
