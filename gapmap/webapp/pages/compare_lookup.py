"""A new site by its address: looked up in the background, then added on the right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from gapmap.errors import GapmapError, RequestError
from gapmap.layers.gate.addresses import UNPLACED_COLUMNS, split_address
from gapmap.settings import Settings
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.address import spot_of
from gapmap.webapp.jobs import JobState, board
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.job_panel import watch_jobs

if TYPE_CHECKING:
    from gapmap.layers.gate.settlement import Settling
    from gapmap.model import Study
    from gapmap.webapp.jobs import Notice

__all__ = ["draw_adding"]

_EXAMPLE: Final = "851 Grand Concourse, Bronx, NY 10451"


def draw_adding(study: Study) -> None:
    """Draw the field for an address or a place in degrees, and how far looking it up is."""
    place, lookup = (session.key(study, f"compare {one}") for one in ("place", "lookup"))

    def put() -> None:
        text = " ".join(str(session.known(place) or "").split())
        if not text:
            return
        try:
            spot = spot_of(text)
            if spot is not None:
                compare_edit.add_site(study, *spot)
            else:
                session.place(lookup, (_look_up(text), text))
        except GapmapError as error:
            compare_edit.say(study, str(error))
        else:
            session.place(place, "")

    st.text_input(
        f"Add a {study.words.site} by address, or by latitude, longitude",
        placeholder=_EXAMPLE,
        max_chars=200,
        key=place,
        on_change=put,
    )
    host = urlsplit(Settings.from_environment().geocoder_url).hostname or ""
    st.caption(
        f"An address is sent to the geocoder of the U.S. Census Bureau ({plain(host)}), and "
        "nothing else."
    )
    under_way = session.known(lookup)
    if under_way is not None:
        _draw_lookup(study, lookup, *under_way)


def _look_up(text: str) -> str:
    """Start looking an address up; return the job."""
    parts = split_address(text)
    if parts.missing:
        raise RequestError(
            f"“{text}” cannot be looked up: {parts.missing}. Write it like {_EXAMPLE}, or give "
            "latitude and longitude in degrees: 40.8262, -73.9221."
        )
    row = pd.DataFrame([[0, text, *parts, ""]], columns=list(UNPLACED_COLUMNS))
    workspace = cached.workspace()

    def work(notice: Notice) -> Settling:
        return workspace.look_up(row, is_cancelled=notice.is_cancelled)

    return board().start("geocode", f"Looking up {text}", work)


def _draw_lookup(study: Study, lookup: str, identifier: str, text: str) -> None:
    job = board().find(identifier)
    if job is not None and not job.state.has_ended:
        watch_jobs((identifier,), (identifier,))
        return
    session.take(lookup)
    if job is None or job.state is not JobState.DONE:
        if job is not None:
            st.error(plain(job.problem))
        return
    (answer,) = job.result.answers.to_dict("records")
    if not math.isfinite(answer["longitude"]):
        because = answer["note"] or "no place is known by it"
        st.error(
            plain(
                f"{text} was not found: {because}. Check the spelling, or click where it is on "
                "the right map."
            )
        )
        return
    compare_edit.add_site(study, answer["latitude"], answer["longitude"], text.partition(",")[0])
    st.rerun()
