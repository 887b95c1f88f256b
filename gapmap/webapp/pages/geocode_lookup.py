"""Addresses without coordinates: looked up by the Census geocoder if somebody says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from gapmap.errors import GapmapError
from gapmap.layers.gate.settlement import MatchQuality
from gapmap.settings import Settings
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.jobs import JobState, board
from gapmap.webapp.pages.geocode_settle import draw_settling
from gapmap.webapp.pages.job_panel import watch_jobs
from gapmap.webapp.pages.sites_check import check_list

if TYPE_CHECKING:
    import pandas as pd

    from gapmap.layers.gate.settlement import Settling
    from gapmap.model import Study
    from gapmap.webapp.jobs import Notice
    from gapmap.webapp.session import Upload

__all__ = ["draw_lookup"]

_CITY_MISSING = "no ZIP code, and no city with its state"


def draw_lookup(study: Study, upload: Upload) -> Upload:
    """Draw what can be done about rows without coordinates; return the list as it is then."""
    assert upload.checked is not None
    job = board().find(upload.job) if upload.job else None
    if job is not None and not job.state.has_ended:
        st.markdown("**Looking the addresses up**")
        watch_jobs((job.id,), (job.id,))
        return upload
    if job is not None and job.state is JobState.DONE:
        upload = _take_answer(study, replace(upload, job=""), job.result)
    elif job is not None:
        draw = st.info if job.state is JobState.CANCELLED else st.error
        draw(plain(job.problem))
    if upload.settling is None:
        if upload.checked is not None and len(upload.checked.unplaced):
            _draw_offer(study, upload, upload.checked.unplaced)
        return upload
    _draw_counts(study, upload.settling)
    draw_settling(study, upload, upload.settling)
    return upload


def _take_answer(study: Study, upload: Upload, found: Settling) -> Upload:
    before = upload.settling
    settling = found if before is None else before.answered_again(found)
    return check_list(study, replace(upload, settling=settling))


def _draw_offer(study: Study, upload: Upload, unplaced: pd.DataFrame) -> None:
    is_addressed = unplaced["missing"] == ""
    count, without = int(is_addressed.sum()), int((~is_addressed).sum())
    with st.container(border=True, key="lookup"):
        st.markdown(
            f"**{_rows(len(unplaced))} {'has' if len(unplaced) == 1 else 'have'} no coordinates.** "
            + (f"{count:,} of them can be looked up by address." if count else "")
        )
        if without:
            reasons = unplaced.loc[~is_addressed, "missing"].value_counts()
            listed = "; ".join(f"{number:,} × {reason}" for reason, number in reasons.items())
            st.caption(f"{_rows(without)} cannot be looked up: {plain(listed)}.")
        if (unplaced["missing"] == _CITY_MISSING).any():
            _draw_constants(study, upload)
        if count:
            host = urlsplit(Settings.from_environment().geocoder_url).hostname or ""
            st.button(
                f"Look up {_addresses(count)} with the Census geocoder",
                type="primary",
                on_click=_start,
                args=(study, unplaced),
                key=session.key(study, "look up"),
            )
            st.caption(
                "Street, city, state and ZIP code of these rows are sent to the geocoder of the "
                f"U.S. Census Bureau ({plain(host)}), and nothing else of the list. Without it, "
                "these rows stay left out."
            )
        _draw_problem(study)


def _draw_constants(study: Study, upload: Upload) -> None:
    with st.form(session.key(study, f"constants {upload.digest[:12]}"), border=False):
        st.caption("Where the list does not say them, these are taken for every row:")
        city_room, state_room, button_room = st.columns([3, 1, 1.4], vertical_alignment="bottom")
        city = city_room.text_input(
            "City", value=upload.constants.get("city", ""), max_chars=60
        ).strip()
        state = state_room.text_input(
            "State", value=upload.constants.get("state", ""), max_chars=2, placeholder="TX"
        ).strip()
        if button_room.form_submit_button("Use them", width="stretch"):
            constants = {name: text for name, text in (("city", city), ("state", state)) if text}
            check_list(study, replace(upload, constants=constants))
            st.rerun()


def _start(study: Study, unplaced: pd.DataFrame) -> None:
    """Start the job; it is handed a table and knows no session."""
    upload = session.upload(study)
    if upload is None:
        return
    workspace = cached.workspace()

    def work(notice: Notice) -> Settling:
        return workspace.look_up(
            unplaced,
            progress=lambda done, total: notice.tell("Addresses", done, total),
            is_cancelled=notice.is_cancelled,
        )

    try:
        identifier = board().start("geocode", f"Addresses of {upload.name}", work)
    except GapmapError as error:
        session.place(session.key(study, "look up problem"), str(error))
        return
    session.remember(study, replace(upload, job=identifier))


def _draw_problem(study: Study) -> None:
    problem = session.take(session.key(study, "look up problem"))
    if problem:
        st.error(plain(problem))


def _draw_counts(study: Study, settling: Settling) -> None:
    counts = settling.counts
    figures = {
        "Exact matches": counts[MatchQuality.EXACT],
        "Inexact matches": counts[MatchQuality.INEXACT] + counts[MatchQuality.CONFIRMED],
        "Ties": counts[MatchQuality.TIE],
        "Not found": counts[MatchQuality.NO_MATCH],
        "No address": counts[MatchQuality.NO_ADDRESS],
        "Set by hand": counts[MatchQuality.BY_HAND],
    }
    if counts[MatchQuality.LEFT_OUT]:
        figures["Left out by hand"] = counts[MatchQuality.LEFT_OUT]
    if counts[MatchQuality.FAILED]:
        figures["Not answered"] = counts[MatchQuality.FAILED]
    st.markdown(f"**{_rows(len(settling.answers))} without coordinates, looked up**")
    with st.container(key="figures-lookup"):
        for room, (label, count) in zip(st.columns(len(figures)), figures.items(), strict=True):
            room.metric(label, f"{count:,}")
    failed = counts[MatchQuality.FAILED]
    if failed:
        notes = settling.rows.loc[settling.rows["quality"] == MatchQuality.FAILED, "note"]
        st.warning(
            f"For {_addresses(failed)} no answer came. {plain(notes.iloc[0])} "
            "What was found is kept; asking again asks for the rest only."
        )
        st.button(
            f"Ask again for {_addresses(failed)}",
            on_click=_start,
            args=(study, settling.answers),
            key=session.key(study, "ask again"),
        )
        _draw_problem(study)


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _addresses(count: int) -> str:
    return f"{count:,} address" if count == 1 else f"{count:,} addresses"
