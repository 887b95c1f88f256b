"""Changing what is compared: by the map, by controls, one step back and one forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import GapmapError
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.address import spot_of
from gapmap.webapp.pages.compare_address import CompareView, compare_of, default_compare
from gapmap.whatifs import SiteAdded, WhatIf, free_site_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gapmap.model import Study

__all__ = [
    "PAGE",
    "add_site",
    "change",
    "current",
    "describing",
    "edit",
    "heed",
    "past_and_future",
    "say",
    "step",
    "take_word",
    "to_describe",
]

PAGE: Final = "compare"
_STEPS_AT_MOST: Final = 100


def current(study: Study) -> CompareView:
    """Return what is compared: in this session, or in the address that opened it."""

    def read(query: Mapping[str, Sequence[str]]) -> CompareView:
        usual = default_compare(study, session.current_view(study).scenario.within)
        view, problems = compare_of(query, usual, study)
        if problems:
            say(study, " ".join(problems))
        return view

    return session.page_view(study, PAGE, read)


def change(study: Study, view: CompareView) -> bool:
    """Compare something else from now on; what was before can be had back.

    Returns
    -------
    Whether it could be done; if not, why is said in the next run.
    """
    before = current(study)
    if view == before:
        return True
    try:
        for what_if in (view.first, view.second):
            cached.imagined(study, what_if, view.within)
    except GapmapError as error:
        say(study, str(error))
        return False
    past, _ = past_and_future(study)
    _keep(study, view, (*past, before)[-_STEPS_AT_MOST:], ())
    return True


def edit(study: Study, what_if: WhatIf) -> bool:
    """Change the right what-if; return whether it could be done."""
    return change(study, current(study).editing(what_if))


def past_and_future(study: Study) -> tuple[tuple[CompareView, ...], tuple[CompareView, ...]]:
    """Return what was compared before, the last at the end, and what was undone, likewise."""
    known: tuple[tuple[CompareView, ...], tuple[CompareView, ...]] = session.known(
        session.key(study, f"{PAGE} steps"), ((), ())
    )
    return known


def step(study: Study, direction: str) -> None:
    """Go one step back (``undo``) or forward again (``redo``)."""
    past, future = past_and_future(study)
    now = current(study)
    if direction == "undo" and past:
        _keep(study, past[-1], past[:-1], (*future, now))
    elif direction == "redo" and future:
        _keep(study, future[-1], (*past, now), future[:-1])


def _keep(
    study: Study,
    view: CompareView,
    past: tuple[CompareView, ...],
    future: tuple[CompareView, ...],
) -> None:
    session.keep_page(study, PAGE, view)
    session.place(session.key(study, f"{PAGE} steps"), (past, future))


def say(study: Study, problem: str) -> None:
    """Leave a sentence for the next run: what could not be done, and why."""
    session.place(session.key(study, f"{PAGE} problem"), problem)


def take_word(study: Study) -> None:
    """Draw what was left to say."""
    problem = session.take(session.key(study, f"{PAGE} problem"))
    if problem:
        st.error(plain(problem))


def to_describe(study: Study, site_id: str) -> None:
    """Have the form for a site opened in the next run."""
    session.place(describing(study), site_id)


def describing(study: Study) -> str:
    """Name where the site is kept whose form is open."""
    return session.key(study, f"{PAGE} describe")


def add_site(study: Study, latitude: float, longitude: float, name: str = "") -> None:
    """Add a site to the right what-if; the map offers what can be done with it next."""
    what_if = current(study).second
    called = name or f"New {study.words.site} {len(what_if.added) + 1}"
    site = SiteAdded(free_site_id(study, what_if, called), called, longitude, latitude)
    if edit(study, what_if.adding(site)):
        name = session.key(study, f"{PAGE} select")
        before = session.known(name)
        session.place(name, (site.site_id, 1 if before is None else before[1] + 1))


def heed(study: Study, said: tuple[str, str, str | None] | None) -> None:
    """Do what a hand on the map says: kind, site and place."""
    if said is None:
        return
    kind, site_id, spot = said
    place = spot_of(spot) if spot is not None else None
    if kind in ("undo", "redo"):
        step(study, kind)
        return
    what_if = current(study).second
    try:
        if kind == "add" and place is not None:
            add_site(study, *place)
            return
        # What a browser sends is only believed if there is such a site.
        if site_id not in {*study.sites["site_id"], *(one.site_id for one in what_if.added)}:
            return
        if kind == "edit":
            to_describe(study, site_id)
        elif kind == "move" and place is not None:
            edit(study, what_if.moving(site_id, longitude=place[1], latitude=place[0]))
        elif kind in _SIMPLE:
            edit(study, _SIMPLE[kind](what_if, site_id))
    except GapmapError as error:
        say(study, str(error))


_SIMPLE: Final[dict[str, Callable[[WhatIf, str], WhatIf]]] = {
    "close": WhatIf.closing,
    "reopen": WhatIf.reopening,
    "back": WhatIf.putting_back,
    "times": WhatIf.keeping_times,
}
