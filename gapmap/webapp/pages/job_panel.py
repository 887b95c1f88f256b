"""Jobs on a page: how far they are, looked at once a second, and a way to stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gapmap.views.sentences import plain
from gapmap.webapp.jobs import JobState, board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gapmap.webapp.jobs import Job, Jobs

__all__ = ["watch_jobs"]

_SECONDS: float = 1.0


@st.fragment(run_every=_SECONDS)
def watch_jobs(
    identifiers: Sequence[str], may_stop: Sequence[str], *, of: Callable[[], Jobs] = board
) -> None:
    """Draw jobs that go on; once one of them has ended, draw the whole page anew.

    Parameters
    ----------
    identifiers
        The jobs to look at.
    may_stop
        Those that this person may stop.
    of
        Where they run.
    """
    jobs = [of().find(identifier) for identifier in identifiers]
    if any(job is None or job.state.has_ended for job in jobs):
        st.rerun()
    for job in jobs:
        if job is not None:
            _draw(job, of(), may_stop=job.id in may_stop)


def _draw(job: Job, jobs: Jobs, *, may_stop: bool) -> None:
    text_room, button_room = st.columns([5, 1], vertical_alignment="center")
    text_room.progress(job.share, text=f"**{plain(job.title)}** · {plain(_words(job))}")
    if may_stop:
        button_room.button(
            "Cancel",
            on_click=jobs.cancel,
            args=(job.id,),
            disabled=job.is_stopping,
            width="stretch",
            key=f"cancel {job.id}",
        )


def _words(job: Job) -> str:
    if job.is_stopping:
        return "stopping; what has come is kept"
    if job.state is JobState.WAITING:
        return "waiting for its turn"
    if not job.step:
        return "beginning"
    return f"{job.step}, {job.done:,} of {job.total:,}" if job.total else job.step
