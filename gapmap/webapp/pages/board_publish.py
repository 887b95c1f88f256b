"""The public link of a board, on the page Board: made, handed on, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from gapmap.board import publishing
from gapmap.board.values import Role
from gapmap.views.clock import clock_of
from gapmap.webapp import cached, session
from gapmap.webapp.base_path import base_path
from gapmap.webapp.papers import Paper

if TYPE_CHECKING:
    from gapmap.board.publishing import Publication
    from gapmap.board.values import Board, Member
    from gapmap.model import Study

__all__ = ["draw_publishing"]


def draw_publishing(study: Study, card: Board, member: Member | None) -> None:
    """Draw the public link of a board for its facilitator; nothing for others.

    Parameters
    ----------
    study, card
        The study and the board.
    member
        Who looks at the page; None before they have joined.
    """
    if member is None or member.role is not Role.FACILITATOR:
        return
    there = publishing.publication_of(cached.boards(), card.id)
    label = "Public link" if there is None else "Public link: this board is public"
    with st.expander(label, key=session.key(study, f"board {card.id} public")):
        if there is None:
            _draw_making(study, card, member)
        else:
            _draw_link(study, card, member, there)


def _draw_making(study: Study, card: Board, member: Member) -> None:
    st.markdown(
        "A public link lets everybody who has it look on and follow what comes of the board: the "
        "map, the minutes, a feed of changes and a calendar of due dates. It needs no code, nobody "
        "can change anything by it, and it names partners but no person. What people wrote in "
        "comments and notes is shown as they wrote it."
    )
    name = session.key(study, f"board {card.id} publish")
    if st.button("Make a public link", key=name, icon=":material/public:"):
        publishing.publish(cached.boards(), card.id, by=member.id)
        st.rerun()


def _draw_link(study: Study, card: Board, member: Member, there: Publication) -> None:
    where = urlsplit(str(st.context.url or ""))
    origin = f"{where.scheme}://{where.netloc}" if where.netloc else ""
    address = f"{origin}{base_path()}/gapmap/public/{there.key}"
    st.caption(f"Public since {clock_of(study).moment(there.made)}. Hand on whichever you need.")
    ways = (
        ("To look on, and to take minutes away", address),
        ("For a feed reader", f"{address}/{Paper.FEED}"),
        ("For a calendar, by subscription", f"{address}/{Paper.CALENDAR}"),
        ("The minutes, always the newest", f"{address}/{Paper.MINUTES_PAGE}"),
    )
    for about, way in ways:
        words, room = st.columns([1.4, 4], vertical_alignment="center")
        words.markdown(about)
        room.code(way, language=None, wrap_lines=True)
    with st.popover("Withdraw…"):
        st.markdown(
            "Whoever looks on is let go, and every address above says that the link was withdrawn. "
            "It never opens again: another public link has another address."
        )
        name = session.key(study, f"board {card.id} unpublish")
        if st.button("Withdraw the public link", key=name, type="primary"):
            publishing.unpublish(cached.boards(), card.id, by=member.id)
            st.rerun()
