"""Who may come to a board: codes and links to hand out, one for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import streamlit as st

from gapmap.board import joining
from gapmap.board.values import Role
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.board_question import partners_of

if TYPE_CHECKING:
    from gapmap.board.joining import JoinCode
    from gapmap.board.values import Board, Member
    from gapmap.model import Study

__all__ = ["draw_links", "draw_people", "link_of"]

_VIEW_OF: Final = {
    Role.FACILITATOR: "facilitator",
    Role.PARTNER: "partner",
    Role.VIEWER: "public",
}
_ROLES: Final = {
    Role.PARTNER: "A partner: takes and commits",
    Role.VIEWER: "Somebody who looks on, or the projector",
    Role.FACILITATOR: "A second facilitator: everything",
}
_HOURS: Final = {24.0: "a day", 24.0 * 7: "a week", 24.0 * 90: "three months"}
_ANY: Final = ""


def link_of(board: str, code: str, view: str) -> str:
    """Return the address that lets somebody in; the code is in it, and never sent to a log.

    Parameters
    ----------
    board, code
        Where it leads, and with what.
    view
        Which view opens.
    """
    from streamlit import config

    base = str(config.get_option("server.baseUrlPath")).strip("/")
    where = urlsplit(str(st.context.url or ""))
    origin = f"{where.scheme}://{where.netloc}" if where.netloc else ""
    return f"{origin}/{base + '/' if base else ''}gapmap/room/{board}?view={view}#{code}"


def draw_links(card: Board, member: Member | None) -> None:
    """Draw the ways to what only shows the board, for its facilitator.

    Parameters
    ----------
    card, member
        As for :func:`draw_people`.
    """
    if member is None or member.role is not Role.FACILITATOR:
        return
    codes = joining.codes(cached.boards(), card.id, by=member.id)
    looking = next((one for one in codes if one.role is Role.VIEWER), None)
    if looking is None:
        return
    ways = (("projector", "Open the projector"), ("public", "Open to look on"))
    for room, (view, text) in zip(st.columns(2), ways, strict=True):
        room.link_button(text, link_of(card.id, looking.code, view), width="stretch")


def draw_people(study: Study, card: Board, member: Member | None) -> None:
    """Draw what a facilitator hands out; nothing for others.

    Parameters
    ----------
    study, card
        The study and the board.
    member
        Who looks at the page; None before they have joined.
    """
    if member is None or member.role is not Role.FACILITATOR:
        return
    found = joining.codes(cached.boards(), card.id, by=member.id)
    with st.expander("Codes and links to hand out", expanded=not _somebody_came(card)):
        st.caption(
            "Who opens a link or types a code comes in as it says. The page to type a code on "
            f"is {plain(_door())}. A code ends by itself; who came in with it stays."
        )
        for one in sorted(found, key=lambda one: (one.role != Role.PARTNER, one.partner)):
            _draw_code(study, card, member, one)
        if not found:
            st.caption("There is no code that lets anybody in now.")
        _draw_offer(study, card, member)


def _door() -> str:
    return link_of("join", "", "").partition("?")[0]


def _somebody_came(card: Board) -> bool:
    return len(cached.boards().members(card.id)) > 2


def _draw_code(study: Study, card: Board, member: Member, one: JoinCode) -> None:
    words, code, link, end = st.columns([2, 1.2, 4, 1], vertical_alignment="center")
    who = one.partner or {Role.PARTNER: "Any partner"}.get(one.role, str(one.role).capitalize())
    words.markdown(f"**{plain(who)}**  \nuntil {one.expires:%Y-%m-%d %H:%M} UTC")
    code.code(one.code, language=None)
    link.code(link_of(card.id, one.code, _VIEW_OF[one.role]), language=None, wrap_lines=True)
    name = session.key(study, f"board withdraw {one.code}")
    if end.button("Withdraw", key=name, help="Lets nobody in with it any more."):
        joining.withdraw(cached.boards(), card.id, one.code, by=member.id)
        st.rerun()


def _draw_offer(study: Study, card: Board, member: Member) -> None:
    def name(control: str) -> str:
        return session.key(study, f"board {card.id} {control}")

    partners = partners_of(cached.boards().state(card.id).scenario)
    rooms = st.columns([2, 2, 1.2, 1.2], vertical_alignment="bottom")
    role = rooms[0].selectbox(
        "A new code for", options=list(_ROLES), format_func=_ROLES.__getitem__, key=name("role")
    )
    partner = _ANY
    if role is Role.PARTNER:
        partner = rooms[1].selectbox(
            "Partner",
            options=[_ANY, *partners],
            format_func=lambda one: one or "They say so themselves",
            key=name("partner"),
        )
    hours = rooms[2].selectbox(
        "Good for", options=list(_HOURS), format_func=_HOURS.__getitem__, key=name("hours")
    )
    if rooms[3].button("Make a code", key=name("offer"), width="stretch"):
        joining.offer(
            cached.boards(), card.id, role, partner=partner, by=member.id, hours=float(hours)
        )
        st.rerun()
