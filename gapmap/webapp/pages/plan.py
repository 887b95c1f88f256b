"""The page Plan: where to open next, one suggestion after the other, to accept or to refuse."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import GapmapError
from gapmap.views import numbers
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.jobs import answers
from gapmap.webapp.pages import plan_words
from gapmap.webapp.pages.compare_plan import draw_comparing
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.job_panel import watch_jobs
from gapmap.webapp.pages.plan_address import default_plan, plan_of, plan_query
from gapmap.webapp.pages.plan_answer import PROOF_S, answer, proof, prove, request_of
from gapmap.webapp.pages.plan_board import draw_proposing
from gapmap.webapp.pages.plan_controls import draw_controls
from gapmap.webapp.pages.plan_view import draw_plan_map
from gapmap.webapp.pages.sources_panel import draw_layers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gapmap.analysis.siting.values import (
        SitingRequest,
        SitingResult,
        Suggestion,
    )
    from gapmap.model import Study
    from gapmap.webapp.pages.plan_address import PlanView

__all__ = ["draw"]

_CARDS_AT_MOST: Final = 20
_DECISIONS: Final = {"accept": "accepting", "refuse": "refusing", "back": "undecided"}


def draw() -> None:
    """Draw the page."""
    study, heading = open_study()
    before = _plan(study)
    plan = draw_controls(study, before)
    session.keep_page(study, "plan", plan, plan_query(plan, study))
    try:
        with heading, st.spinner("Looking for the best places"):
            request = request_of(study, plan)
            result = answer(study, request)
    except GapmapError as error:
        with heading:
            st.title("Where to open next", anchor=False)
        st.error(plain(error))
        _draw_decided(study, plan, None)
        return
    if isinstance(result, str):
        with heading:
            st.title("Where to open next", anchor=False)
        watch_jobs([result], [result], of=answers)
        return
    proven = proof(study, request)
    # The room is there in any case: what comes after it keeps its place, and the map its frame.
    job_room = st.container(key="plan-job")
    if isinstance(proven, str):
        with job_room:
            watch_jobs([proven], [proven])
    elif proven is not None:
        result = proven
    with heading:
        st.title(plain(plan_words.headline(result, study)), anchor=False)
        st.caption(plain(plan_words.question(result, study)))
        own_list = session.brought(study)
        if own_list is not None:
            st.info(
                f"Site list in use: {plain(own_list.sites_reports[0].source)}, in this browser "
                "session only. The page Data goes back to the study's own."
            )
    map_room, side_room = st.columns([1.25, 1], gap="medium")
    with map_room, st.container(key="map"):
        draw_plan_map(study, plan, result)
    with side_room:
        _draw_certainty(study, request, result, is_searching=isinstance(proven, str))
        _draw_cards(study, plan, result)
        _draw_decided(study, plan, result)
    with st.container(key="below"):
        _draw_curve(study, result)
        _draw_download(study, plan, result)
        _draw_method(study, result)


def _plan(study: Study) -> PlanView:
    def read(query: Mapping[str, Sequence[str]]) -> PlanView:
        return plan_of(query, default_plan(study, session.current_view(study).scenario), study)

    return session.page_view(study, "plan", read)


def _decide(study: Study, candidate: str, decision: str) -> None:
    plan: PlanView = getattr(_plan(study), _DECISIONS[decision])(candidate)
    session.keep_page(study, "plan", plan)


def _draw_certainty(
    study: Study, request: SitingRequest, result: SitingResult, *, is_searching: bool
) -> None:
    says = plain(plan_words.certainty(result))
    if result.is_proven:
        st.markdown(says)
    else:
        text_room, button_room = st.columns([3, 1], vertical_alignment="center")
        text_room.markdown(says)
        button_room.button(
            "Prove it",
            on_click=prove,
            args=(study, request),
            disabled=is_searching,
            width="stretch",
            key=session.key(study, "plan prove"),
            help=f"Search until no other choice can be better, at most {PROOF_S:.0f} seconds. "
            "You can go on meanwhile.",
        )
    problem = session.take(session.key(study, "plan problem"))
    if problem:
        st.error(plain(problem))


def _draw_cards(study: Study, plan: PlanView, result: SitingResult) -> None:
    with st.container(key="cards"):
        for one in result.suggestions[:_CARDS_AT_MOST]:
            _draw_card(study, result, one, accepted=plan.accepted)
        more = len(result.suggestions) - _CARDS_AT_MOST
        if more > 0:
            st.caption(f"{more:,} more are on the map and in the file below.")


def _draw_card(
    study: Study, result: SitingResult, one: Suggestion, *, accepted: Collection[str]
) -> None:
    is_accepted = one.candidate_id in accepted
    with st.container(border=True, key=f"card-{one.rank}"):
        badge = " :green-badge[accepted]" if is_accepted else ""
        st.markdown(
            f"**{one.rank} · {plain(plan_words.candidate_name(one.name))}**{badge}  \n"
            f"**+{plain(numbers.people(one.need_added))} {plain(result.unit)}** newly in reach"
        )
        st.caption(plain(" ".join(plan_words.reasons(one, study, result.unit))))
        # Side by side on a phone, too.
        room = st.container(horizontal=True, gap="small")
        room.button(
            "Take back" if is_accepted else "Accept",
            on_click=_decide,
            args=(study, one.candidate_id, "back" if is_accepted else "accept"),
            width="stretch",
            key=session.key(study, f"plan accept {one.candidate_id}"),
        )
        room.button(
            "Refuse",
            on_click=_decide,
            args=(study, one.candidate_id, "refuse"),
            width="stretch",
            key=session.key(study, f"plan refuse {one.candidate_id}"),
        )


def _draw_decided(study: Study, plan: PlanView, result: SitingResult | None) -> None:
    """Draw what was refused, and what was decided for another question."""
    names: dict[str, str] = {}
    if result is not None:
        table = result.candidates
        names = dict(zip(table["candidate_id"], table["name"], strict=True))
    refused = [one for one in plan.refused if one in names or result is None]
    if refused:
        with st.container(key="refused"):
            st.markdown(f"**Refused ({len(refused)})**")
            for one in refused:
                text_room, button_room = st.columns([3, 1.2], vertical_alignment="center")
                text_room.caption(plain(plan_words.candidate_name(names.get(one, one))))
                button_room.button(
                    "Take back",
                    on_click=_decide,
                    args=(study, one, "back"),
                    width="stretch",
                    key=session.key(study, f"plan back {one}"),
                )
    resting = [one for one in (*plan.accepted, *plan.refused) if result is not None
               and one not in names]  # fmt: skip
    if resting:
        st.caption(
            f"{len(resting)} made for another reach or part of the city rest here: such places "
            "are laid out anew for each. Go back to it to have them again."
        )
    if result is None and plan.accepted:
        for one in plan.accepted:
            st.button(
                f"Take back: {plain(one)}",
                on_click=_decide,
                args=(study, one, "back"),
                key=session.key(study, f"plan back {one}"),
            )


def _draw_curve(study: Study, result: SitingResult) -> None:
    words = study.words
    st.subheader("Where the next one stops paying", anchor=False)
    table = plan_words.curve_table(result)
    st.line_chart(
        table,
        x="sites",
        y=["Suggested", "If you went on"],
        x_label=f"new {words.sites}",
        y_label=f"% of {result.unit} in reach",
        height=320,
    )
    beyond = [point for point in result.curve if point.is_beyond]
    if beyond:
        st.caption(
            plain(
                f"One more {words.site} after these would bring "
                f"{numbers.people(beyond[0].need_added)} {result.unit} into reach."
            )
        )


def _draw_download(study: Study, plan: PlanView, result: SitingResult) -> None:
    if not result.suggestions:
        return
    place = result.request.scenario.within or "all"
    stem = "-".join(
        "".join(sign if sign.isalnum() else "-" for sign in part.lower())
        for part in ("plan", study.id, place, str(result.request.scenario.reach))
    )
    with st.container(key="downloads"):
        st.download_button(
            "Take the list with you (CSV)",
            data=partial(plan_words.plan_csv, result, study, plan, accepted=plan.accepted),
            file_name=f"{stem}.csv",
            mime="text/csv",
            key=session.key(study, "plan download"),
            on_click="ignore",
        )
        draw_comparing(study, result, plan.accepted)
        draw_proposing(study, result, plan.accepted)


def _draw_method(study: Study, result: SitingResult) -> None:
    drawer = st.expander(
        "Sources and method", key=session.key(study, "plan sources"), on_change="rerun"
    )
    if not drawer.open:
        return
    with drawer:
        notes = [*result.notes]
        notes += [f"Left out: {n:,} × {why}" for why, n in result.candidates_left_out.items()]
        notes.append(
            f"{len(result.candidates):,} places were looked at in {result.seconds:.2f} s. A pin "
            "that is dragged goes to the nearest of them; the other suggestions stay."
        )
        st.markdown("\n".join(f"- {plain(note)}" for note in notes))
        draw_layers(study.provenance)
        st.caption(f"Data version {plain(result.data_version)}")
