"""Fetch a study of any county: a form, and the jobs that it starts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import GapmapError, RequestError
from gapmap.rules import Level
from gapmap.settings import Settings
from gapmap.sources.fetching import FetchRequest
from gapmap.sources.fetching.request import OLDEST_YEAR
from gapmap.sources.states import STATES
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.jobs import JobState, board
from gapmap.webapp.pages.job_panel import watch_jobs

if TYPE_CHECKING:
    from gapmap.sources.fetching import Fetched, Progress
    from gapmap.webapp.jobs import Job, Notice

__all__ = ["draw_fetch_form"]

_KIND: Final = "fetch"
_DEMO: Final = "nyc"
_NEWEST: Final = 0
_LEVELS: Final = {Level.TRACT: "Census tracts", Level.BLOCK_GROUP: "Block groups"}
_KEY_ADDRESS: Final = "https://api.census.gov/data/key_signup.html"


def draw_fetch_form() -> None:
    """Draw the section, unless this server does not allow it."""
    settings = Settings.from_environment()
    if not settings.allows_fetch:
        return
    st.subheader("Add a county", anchor=False)
    st.caption(
        "Need from the newest American Community Survey, its boundaries, where children live "
        "within each area, and the federal list of summer meal sites: fetched from the Census "
        "Bureau and the USDA. Everybody on this server can open the study afterwards."
    )
    _draw_jobs()
    if settings.census_key:
        _draw_form()
    else:
        _draw_key_needed()


def _draw_key_needed() -> None:
    with st.container(border=True, key="key-needed"):
        st.markdown(
            "**A key of the Census Bureau is needed.** It is free: ask for one at "
            "api.census.gov, then start the server with it in the environment variable "
            "`CENSUS_API_KEY`. It is never written anywhere."
        )
        link_room, demo_room, _ = st.columns([1.2, 1.6, 2])
        link_room.link_button("Ask for a key", _KEY_ADDRESS, width="stretch")
        if _DEMO in {card.id for card in cached.workspace().studies() if card.problem is None}:
            demo_room.button(
                "Look at the demo in the meantime",
                on_click=session.switch_study,
                args=(_DEMO,),
                width="stretch",
                key="fetch demo",
            )


def _draw_form() -> None:
    with st.container(border=True, key="fetch"):
        state_room, county_room = st.columns([1, 2])
        state = state_room.selectbox(
            "State",
            options=list(STATES),
            format_func=lambda fips: STATES[fips][1],
            index=None,
            placeholder="Choose a state",
            key="fetch state",
        )
        counties = _counties(state)
        chosen = county_room.multiselect(
            "Counties",
            options=counties,
            accept_new_options=True,
            disabled=state is None,
            placeholder="Choose a state first"
            if state is None
            else "Search, or type a name"
            if counties
            else "Type a name and press Enter",
            key=f"fetch counties {state}",
        )
        year_room, level_room, more_room = st.columns([1, 1, 1], vertical_alignment="top")
        year_room.selectbox(
            "Year",
            options=[_NEWEST, *range(date.today().year - 1, OLDEST_YEAR - 1, -1)],
            format_func=lambda year: "The newest" if year == _NEWEST else f"{year - 4}–{year}",
            help="The five years of the survey.",
            key="fetch year",
        )
        level_room.radio(
            "Areas", options=list(_LEVELS), format_func=_LEVELS.__getitem__, key="fetch level",
            help="Block groups are smaller, and their figures less sure.",
        )  # fmt: skip
        more_room.checkbox(
            "With the federal list of summer meal sites", value=True, key="fetch sites"
        )
        whole = more_room.checkbox(
            "The whole state", disabled=bool(chosen), key="fetch whole",
            help="Can take a quarter of an hour.",
        )  # fmt: skip
        st.button(
            "Fetch",
            type="primary",
            disabled=state is None or not (chosen or whole),
            on_click=_start,
            key="fetch start",
        )
        problem = session.take("fetch problem")
        if problem:
            st.error(plain(problem))


def _counties(state: str | None) -> list[str]:
    """Return the counties on offer; none where the service does not say, and then one types."""
    if state is None:
        return []
    try:
        with st.spinner(f"Asking for the counties of {STATES[state][1]}"):
            return list(cached.counties(state))
    except GapmapError as error:
        st.caption(f"The list of counties did not come: {plain(error)} Type their names.")
        return []


def _start() -> None:
    """Start the job; it is handed values and knows no session."""
    workspace = cached.workspace()
    # As the controls stand now: what they said when the button was drawn may be older.
    state = session.known("fetch state")
    if state is None:
        return
    request = FetchRequest(
        state=state,
        counties=tuple(session.known(f"fetch counties {state}") or ()),
        year=session.known("fetch year") or None,
        level=session.known("fetch level"),
        sites=session.known("fetch sites"),
    )
    title = _title(request)

    def work(notice: Notice) -> Fetched:
        def tell(progress: Progress) -> None:
            notice.tell(progress.step, progress.done, progress.total)

        fetched = workspace.fetch(request, progress=tell, is_cancelled=notice.is_cancelled)
        cached.forget_study(fetched.study_id)
        return fetched

    try:
        if any(job.title == title and not job.state.has_ended for job in board().all(_KIND)):
            raise RequestError(f"{title} is being fetched already.")
        session.own_job(board().start(_KIND, title, work))
    except GapmapError as error:
        session.place("fetch problem", str(error))


def _title(request: FetchRequest) -> str:
    """Name a fetch in few words: ``Travis County, Texas, census tracts``."""
    name = STATES[request.state][1]
    where = f"{', '.join(request.counties)}, {name}" if request.counties else f"All of {name}"
    parts = [where, str(request.year or ""), _LEVELS[request.level].lower()]
    return ", ".join(part for part in parts if part)


def _draw_jobs() -> None:
    """Draw the fetches that go on, whoever started them, and one's own that have ended."""
    mine = session.own_jobs()
    jobs = board().all(_KIND)
    going_on = tuple(job.id for job in reversed(jobs) if not job.state.has_ended)
    if going_on:
        watch_jobs(going_on, mine)
    for job in jobs:
        if job.state.has_ended and job.id in mine:
            _draw_ended(job)


def _draw_ended(job: Job) -> None:
    if job.state is JobState.DONE:
        fetched: Fetched = job.result
        st.success(f"{plain(fetched.name)} is here.")
        for warning in fetched.warnings:
            st.warning(plain(warning))
        open_room, hide_room, _ = st.columns([2, 1, 2])
        open_room.button(
            f"Open {plain(fetched.name)}",
            type="primary",
            on_click=_open,
            args=(job.id, fetched.study_id),
            width="stretch",
            key=f"open {job.id}",
        )
    else:
        draw = st.info if job.state is JobState.CANCELLED else st.error
        draw(f"**{plain(job.title)}**: {plain(job.problem)}")
        hide_room = st.columns([1, 4])[0]
    hide_room.button(
        "Hide",
        on_click=session.disown_job,
        args=(job.id,),
        width="stretch",
        key=f"hide {job.id}",
    )


def _open(job: str, study: str) -> None:
    session.disown_job(job)
    session.switch_study(study)
