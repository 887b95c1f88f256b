"""Who may come to a board: codes and links to hand out, one for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import streamlit as st

from gapmap.board import joining
from gapmap.board.invitations import open_code
from gapmap.board.values import Role
from gapmap.views.clock import clock_of
from gapmap.views.qr_code import qr_svg
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.board_question import partners_of
from gapmap.webapp.live.invitation import is_here_only

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
    after = f"#{code}" if code else ""
    return f"{origin}/{base + '/' if base else ''}gapmap/room/{board}?view={view}{after}"


def draw_links(study: Study, card: Board, member: Member | None) -> None:
    """Draw the ways to the board on a page of its own, and for its facilitator to what shows it.

    Parameters
    ----------
    study, card, member
        As for :func:`draw_people`.
    """
    if member is None:
        return
    # This browser has the token already: no code stands in the address.
    ways = [("Open on its own page", link_of(card.id, "", _VIEW_OF[member.role]))]
    if member.role is Role.FACILITATOR:
        codes = joining.codes(cached.boards(), card.id, by=member.id)
        looking = next((one.in_link for one in codes if one.role is Role.VIEWER), None)
        if looking is not None:
            ways.append(("Open the projector", link_of(card.id, looking, "projector")))
            ways.append(("Open to look on", link_of(card.id, looking, "public")))
    rooms = iter(st.columns(4 if member.role is Role.FACILITATOR else 3))
    if member.role is Role.FACILITATOR:
        name = session.key(study, f"board {card.id} invite")
        if next(rooms).button("Invite people", type="primary", key=name, width="stretch"):
            st.dialog("Invite people", width="medium")(_draw_invitation)(study, card)
    for room, (text, way) in zip(rooms, ways, strict=False):
        room.link_button(text, way, width="stretch")


def _draw_invitation(study: Study, card: Board) -> None:
    """Draw the one link for everybody, to be sent, read out, or read by a telephone."""
    code = open_code(cached.boards(), card.id)
    link = link_of(card.id, code.in_link, _VIEW_OF[code.role])
    square, words = st.columns([1, 1.15], gap="medium", vertical_alignment="center")
    # A link in words stands beside it.
    square.image(qr_svg(link, label="QR code of the link"), width="stretch")
    words.markdown("**One link for everybody.** Whoever opens it says for which partner they come.")
    words.code(link, language=None, wrap_lines=True)
    words.markdown(f"Or type this code on {plain(_door())}:")
    words.code(code.code, language=None)
    words.caption(f"Good until {clock_of(study).listed(code.expires)}.")
    if is_here_only(link):
        st.warning(
            "This address is known to this computer only: no telephone finds it. Let gapmap "
            "listen in your network (gapmap serve --address 0.0.0.0), open this page by the "
            "address that the computer has there, and invite from it."
        )
    st.caption(
        "“Show how to join”, beside the map, puts the same on the projector. A link for each "
        "partner, which asks nothing but a name, is below the map."
    )


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
            f"is {plain(_door())}. A link works even where somebody has typed too many wrong "
            "codes. Both end by themselves; who came in stays."
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
    words.markdown(f"**{plain(who)}**  \nuntil {clock_of(study).listed(one.expires)}")
    code.code(one.code, language=None)
    link.code(link_of(card.id, one.in_link, _VIEW_OF[one.role]), language=None, wrap_lines=True)
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
