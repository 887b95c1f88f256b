"""What answers the page Plan: at once where that can be, else behind a way to stop it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap import usecases
from gapmap.analysis.siting.values import Effort
from gapmap.errors import GapmapError, RequestError
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.jobs import JobState, answers, board

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.analysis.siting.values import SitingRequest, SitingResult
    from gapmap.analysis.siting.watch import SearchProgress
    from gapmap.model import Study
    from gapmap.webapp.jobs import Job, Notice
    from gapmap.webapp.pages.plan_address import PlanView

__all__ = ["PROOF_S", "answer", "proof", "prove", "request_of"]

PROOF_S: Final = 60.0
"""Seconds that a proof may take."""

_AT_ONCE_S: Final = 1.5
"""How long a page waits for an answer before it says that one is being looked for."""


def request_of(study: Study, plan: PlanView) -> SitingRequest:
    """Return the question to ask for a plan.

    Raises
    ------
    RequestError
        If the study has nothing to answer it by.
    """
    demands = plan.demands
    if len(demands) == 1 and not (plan.accepted or plan.refused or plan.held):
        return plan.request([], demands[0])
    for demand in demands:
        # Places of need change with reach and part: which candidates there are is laid out.
        movable = cached.movable(study, plan.request(demand=demand))
        if movable.can_see_ways:
            break
    return plan.request(movable.candidates, demand)


def answer(study: Study, request: SitingRequest) -> SitingResult | str:
    """Return the answer, or the job that is still looking for it.

    Raises
    ------
    RequestError
        If the question cannot be answered as asked.
    """
    found = cached.known_proposal(study, request)
    if found is not None:
        return found
    name, question = session.key(study, "plan answer"), (request, study.data_version)
    begun = session.known(name)
    job = None
    if begun is not None and begun[1] == question:
        job = answers().find(begun[0])
    elif begun is not None:
        # Nobody waits for the answer to the question before any more.
        answers().cancel(begun[0])
    if job is None:
        identifier = answers().start("plan", "Looking for the best places", _asking(study, request))
        session.place(name, (identifier, question))
        job = answers().wait(identifier, _AT_ONCE_S)
    return _ended(job)


def _asking(study: Study, request: SitingRequest) -> Callable[[Notice], SitingResult]:
    def work(notice: Notice) -> SitingResult:
        return cached.proposal(
            study,
            request,
            progress=lambda at: notice.tell(at.step, 0, 0),
            is_cancelled=notice.is_cancelled,
        )

    return work


def _ended(job: Job | None) -> SitingResult | str:
    if job is None:
        raise RequestError("The search was given up. Ask again.")
    if not job.state.has_ended:
        return job.id
    if job.state is JobState.DONE:
        result: SitingResult = job.result
        return result
    raise RequestError(job.problem)


def proof(study: Study, request: SitingRequest) -> SitingResult | str | None:
    """Return what a proof has left, the job that looks for it, or None."""
    left = session.known(session.key(study, "plan proof"))
    if left is None or left[1] != (request, study.data_version):
        return None
    job = board().find(left[0])
    if job is None:
        return None
    if not job.state.has_ended:
        return job.id
    if job.state is JobState.DONE:
        result: SitingResult = job.result
        return result
    st.error(plain(job.problem))
    return None


def prove(study: Study, request: SitingRequest) -> None:
    """Start looking for a proof in the background."""
    ground, standing = cached.need_side(study.id).ground, cached.standing(study)
    asked = replace(request, effort=Effort.PROOF, time_limit_s=PROOF_S)

    def work(notice: Notice) -> SitingResult:
        def tell(at: SearchProgress) -> None:
            notice.tell(f"{at.step}; seconds gone", int(at.seconds), int(PROOF_S))

        return usecases.propose_sites(
            study,
            asked,
            ground=ground,
            standing=standing,
            progress=tell,
            is_cancelled=notice.is_cancelled,
        )

    try:
        job = board().start("plan", "Looking for a proof", work)
    except GapmapError as error:
        session.place(session.key(study, "plan problem"), str(error))
        return
    session.place(session.key(study, "plan proof"), (job, (request, study.data_version)))
