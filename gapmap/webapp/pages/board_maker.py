"""Who makes a board: what a visitor needs for it, by how this server is set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.board.makers import Makers, Person, check_phrase
from gapmap.errors import NotAllowedError, RequestError
from gapmap.settings import Settings
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session, sign_in

if TYPE_CHECKING:
    from gapmap.model import Study

__all__ = ["Maker", "draw_maker", "draw_way_back", "visitor_source"]

_USUAL: Final = "default"


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who may make a board, as far as can be told before they press the button.

    Parameters
    ----------
    makers
        Who may make one.
    person
        Who signed in; None where nobody has to.
    phrase
        The pass phrase that they typed.
    """

    makers: Makers
    person: Person | None = None
    phrase: str = ""

    def check(self) -> None:
        """Refuse who may not make a board after all.

        Raises
        ------
        NotAllowedError
            With what is in the way.
        """
        self.makers.check(self.person)
        check_phrase(cached.boards(), self.makers, self.phrase, source=visitor_source())


def visitor_source() -> str:
    """Return where a visitor sits, for counting wrong guesses."""
    # Streamlit does not tell the address of this machine; the routes beside it do.
    return str(st.context.ip_address or "127.0.0.1")


def draw_maker(study: Study, *, loses: str = "") -> Maker | None:
    """Draw what somebody needs to make a board; None if they may not, or not yet.

    Parameters
    ----------
    study
        The study.
    loses
        What they lose by signing in, which opens the app anew; empty for nothing.
    """
    try:
        makers = Makers.parse(Settings.from_environment().board_makers)
        providers = sign_in.providers()
    except RequestError as unreadable:
        # Who is meant is not known then: nobody makes a board, and everybody still joins one.
        st.error(plain(unreadable))
        return None
    person = sign_in.person() if providers else None
    if providers and person is None:
        st.caption(
            "Who makes a board here signs in first. To join one, a code or a link is enough."
            f"{f' Signing in opens the app anew: {loses}' if loses else ''}"
        )
        _draw_sign_in(study, providers)
        return None
    if person is not None:
        _draw_signed_in(study, person)
    try:
        makers.check(person)
    except NotAllowedError as refused:
        st.info(plain(refused))
        return None
    phrase = ""
    if makers.phrase:
        name = session.key(study, "board phrase")
        phrase = st.text_input("Pass phrase for making boards", type="password", key=name)
    return Maker(makers, person, phrase)


def draw_way_back(study: Study) -> None:
    """Draw how who made a board comes back to it without a code; nothing where nobody signs in.

    Parameters
    ----------
    study
        The study.
    """
    try:
        providers = sign_in.providers()
    except RequestError:
        return
    if providers and sign_in.person() is None:
        st.caption("Who made this board comes back by signing in.")
        _draw_sign_in(study, providers)


def _draw_sign_in(study: Study, providers: tuple[str, ...]) -> None:
    for one in providers:
        text = "Sign in" if one == _USUAL else f"Sign in with {one.capitalize()}"
        if st.button(text, key=session.key(study, f"board sign in {one}"), type="primary"):
            sign_in.sign_in(one)


def _draw_signed_in(study: Study, person: Person) -> None:
    words, room = st.columns([3, 1], vertical_alignment="center")
    words.caption(plain(f"Signed in as {person.name or person.email or 'somebody without a name'}"))
    if room.button("Sign out", key=session.key(study, "board sign out"), width="stretch"):
        sign_in.sign_out()
