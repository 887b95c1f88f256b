"""Beside and below the map of the page Territory: actions, obstacles, partners, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.analysis.supply import partner_names
from gapmap.views.divisions import who_does_what
from gapmap.views.partner_marks import partner_marks
from gapmap.views.sentences import plain, what_figures_are
from gapmap.webapp import session
from gapmap.webapp.pages import territory_search, territory_words, territory_work
from gapmap.webapp.pages.sources_panel import draw_layers
from gapmap.webapp.pages.territory_controls import listed_partners
from gapmap.webapp.pages.territory_search import Wish

if TYPE_CHECKING:
    from gapmap.analysis.territory.edits import Drawing, History
    from gapmap.analysis.territory.values import Division, Obstacle
    from gapmap.model import Study
    from gapmap.webapp.pages.territory_address import TerritoryView
    from gapmap.webapp.pages.territory_search import Outcome

__all__ = [
    "chosen_activities",
    "draw_actions",
    "draw_activities",
    "draw_left_over",
    "draw_method",
    "draw_outcome",
    "draw_tables",
]

ACTIVITIES: Final = ("transport", "outreach", "meals vendor", "measurement")
"""What a partner may do everywhere without holding areas."""

_ADDED: Final = "territory also does"
_LISTED_AT_MOST: Final = 40


def draw_actions(
    study: Study, view: TerritoryView, history: History, *, sheets: str, says: str, is_busy: bool
) -> None:
    """Draw what one can have done: propose or rebalance, undo, redo, clear, print.

    Parameters
    ----------
    sheets
        Address of the sheets to print, empty where there is nothing to print.
    says
        What the last of it changed.
    """

    def name(control: str) -> str:
        return session.key(study, f"territory do {control}")

    within = view.scenario.within
    is_blank = all(holder is None for holder in history.now.holders)
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="territory-actions"
    ):
        st.button(
            "Propose a division" if is_blank else "Rebalance",
            type="primary",
            on_click=territory_search.ask,
            args=(study, Wish()),
            disabled=is_busy,
            key=name("propose"),
        )
        if not is_blank:
            st.button(
                "Another proposal",
                on_click=territory_search.ask,
                args=(study, Wish(is_anew=True)),
                disabled=is_busy,
                key=name("anew"),
                help="Begin anew around what is locked.",
            )
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=territory_work.undo,
            args=(study, within),
            disabled=not history.can_undo or is_busy,
            key=name("undo"),
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            on_click=territory_work.redo,
            args=(study, within),
            disabled=not history.can_redo or is_busy,
            key=name("redo"),
        )
        if not is_blank:
            st.button(
                "Clear",
                on_click=territory_work.change,
                args=(study, within, _cleared),
                disabled=is_busy,
                key=name("clear"),
            )
        if sheets:
            st.link_button("Print sheets", sheets, icon=":material/print:",
                           help="One sheet per partner, in a new tab.")  # fmt: skip
        if history.now.locked:
            st.button(
                "Unlock all",
                icon=":material/lock_open:",
                on_click=territory_work.change,
                args=(study, within, _unlocked),
                disabled=is_busy,
                key=name("unlock"),
            )
        if says:
            # In the row, so that the map below stays where it is under somebody's brush.
            st.markdown(f":gray[{plain(says)}]", width="content")


def _cleared(drawing: Drawing) -> Drawing:
    return drawing.erase(drawing.geoids)


def _unlocked(drawing: Drawing) -> Drawing:
    return drawing.unlock(drawing.locked)


def draw_outcome(study: Study, drawing: Drawing, outcome: Outcome | None) -> None:
    """Draw what stands against the last proposal, and what helps."""
    if outcome is None:
        return
    if outcome.problem:
        st.error(plain(outcome.problem.replace(" (--load need)", "")))
    for row, obstacle in enumerate(outcome.obstacles):
        with st.container(border=True, key=f"obstacle-{row}"):
            st.markdown(f"**{plain(obstacle.sentence)}**  \n{plain(obstacle.relaxation)}")
            _draw_relaxations(study, drawing, obstacle, row)


def _draw_relaxations(study: Study, drawing: Drawing, obstacle: Obstacle, row: int) -> None:
    wishes = []
    released = tuple(geoid for geoid in obstacle.geoids if geoid in drawing.locked)
    if released and territory_words.is_about_locks(obstacle):
        label = territory_words.release_label(len(released), study)
        wishes.append((label, Wish(released=released)))
    if obstacle.tolerance is not None and obstacle.tolerance <= 1:
        # Rounded up to a tenth: with what is offered it does work.
        percent = territory_words.offered_percent(obstacle.tolerance)
        wishes.append((f"Use {percent:g}%", Wish(tolerance_pct=percent)))
    with st.container(horizontal=True, gap="small"):
        for number, (label, wish) in enumerate(wishes):
            st.button(
                label,
                on_click=territory_search.ask,
                args=(study, wish),
                key=session.key(study, f"territory relax {row} {number}"),
            )


def draw_left_over(study: Study, division: Division) -> None:
    """Draw how much nobody holds, and which areas those are."""
    says = territory_words.left_over(division, study)
    if not says or len(division.unassigned) == len(division.areas):
        return
    with st.container(key="left-over"):
        st.warning(f"**{plain(says)}** Rebalance hands them out, or paint them on the map.")
        areas = division.areas[division.areas["partner"].isna()]
        ranked = areas.sort_values("load", ascending=False, kind="stable").head(_LISTED_AT_MOST)
        drawer = st.expander(
            f"Show {len(ranked):,}"
            + (f" of {len(areas):,}, those with most first" if len(areas) > len(ranked) else ""),
            key=session.key(study, "territory left over"),
            on_change="rerun",
        )
        if drawer.open:
            drawer.dataframe(
                territory_words.area_table(ranked, division, study),
                hide_index=True,
                height="content",
            )


def draw_tables(study: Study, division: Division, drawing: Drawing) -> None:
    """Draw everything known about each partner side by side, and what is cut."""
    marks = partner_marks(drawing.partners, partner_names(study.sites))
    st.subheader("Side by side", anchor=False)
    table = territory_words.balance_table(division, study, marks)
    st.dataframe(table, hide_index=True, height="content" if len(table) <= 20 else 735)
    st.caption(
        "Compactness: 1 is a circle, shores included. Way to its middle: on average, by what is "
        f"shared out, in a straight line. Gains and gives up: against today, when each "
        f"{plain(study.words.area)} is served by the partner of its nearest "
        f"{plain(study.words.site)}."
    )
    cut = division.cut_neighbourhoods
    if cut:
        count, words = len(cut), study.words
        drawer = st.expander(
            f"{count:,} {words.neighbourhood if count == 1 else words.neighbourhoods} with more "
            "than one partner",
            key=session.key(study, "territory cut"),
            on_change="rerun",
        )
        if drawer.open:
            drawer.dataframe(
                territory_words.cut_table(division, study), hide_index=True, height="content"
            )


def chosen_activities(study: Study, view: TerritoryView) -> tuple[tuple[str, str], ...]:
    """Return what is done everywhere and by whom, as the controls below the map say by now."""
    pairs = []
    for what in _known_activities(study, view):
        before = [who for done, who in view.activities if done == what]
        named = session.known(session.key(study, f"territory does {what}"), before)
        pairs += [(what, " ".join(str(who).split())) for who in named if str(who).strip()]
    return tuple(dict.fromkeys(pairs))


def _known_activities(study: Study, view: TerritoryView) -> list[str]:
    added = session.known(session.key(study, _ADDED), ())
    return list(dict.fromkeys([*ACTIVITIES, *(what for what, _ in view.activities), *added]))


def _add_activity(study: Study) -> None:
    box, added = session.key(study, f"{_ADDED} box"), session.key(study, _ADDED)
    # The sign parts what from whom in an address.
    what = " ".join(str(session.known(box) or "").replace("=", " ").split())
    if what:
        session.place(added, (*session.known(added, ()), what))
    session.place(box, "")


def draw_activities(study: Study, view: TerritoryView, division: Division) -> None:
    """Draw who does what: who holds areas, and who does one thing everywhere."""
    st.subheader("Who does what", anchor=False)
    names = list(dict.fromkeys([*view.partners, *listed_partners(study)]))
    edit_room, table_room = st.columns([1, 1.25], gap="medium")
    with edit_room:
        st.caption("Done everywhere, without holding areas: choose who, or type a name.")
        for what in _known_activities(study, view):
            control = session.key(study, f"territory does {what}")
            session.seed(control, [who for done, who in view.activities if done == what])
            st.multiselect(
                plain(what[:1].upper() + what[1:]),
                options=list(dict.fromkeys([*names, *session.known(control)])),
                key=control,
                accept_new_options=True,
                placeholder="Nobody yet",
            )
        st.text_input(
            "Something else",
            key=session.key(study, f"{_ADDED} box"),
            on_change=_add_activity,
            args=(study,),
            max_chars=60,
            placeholder="translation, fundraising …",
        )
    table = who_does_what(division, study)
    table.columns = ["Partner", "Does", "Where"]
    table_room.dataframe(table, hide_index=True, height="content" if len(table) < 20 else 600)


def draw_method(study: Study, division: Division) -> None:
    """Draw what the figures are, where they come from, and how they were made."""
    drawer = st.expander(
        "Sources and method", key=session.key(study, "territory sources"), on_change="rerun"
    )
    if not drawer.open:
        return
    with drawer:
        notes = [
            "A proposal gives every partner one piece of about its share, compact and near its "
            "own sites. To rebalance is to even out what is drawn and to hand out what is "
            "nobody's, with no more changed than that takes. What is locked stays in both.",
            *division.notes,
        ]
        if label := what_figures_are(division.measure, study):
            notes.append(label)
        notes.append(
            f"Balance index {division.balance_index:.3f} (1: everybody has exactly a fair share), "
            f"mean compactness {division.mean_polsby_popper:.2f}, proposal number "
            f"{division.request.seed}: the same question gives the same proposal."
        )
        if division.bridges:
            notes.append(f"{len(division.bridges):,} crossings hold territories together.")
        st.markdown("\n".join(f"- {plain(note)}" for note in notes))
        draw_layers(study.provenance)
        st.caption(f"Data version {plain(division.data_version)}")
