"""What can be taken away from a board, on the page Board: minutes, what changed, due dates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from gapmap.board.tickets import GOOD_FOR
from gapmap.board.values import Role
from gapmap.views.clock import clock_of
from gapmap.webapp import cached, session
from gapmap.webapp.base_path import base_path
from gapmap.webapp.board_papers import paper_address
from gapmap.webapp.papers import Paper, papers_for

if TYPE_CHECKING:
    from gapmap.board.values import Board, Member
    from gapmap.model import Study

__all__ = ["draw_papers"]

_RENEWED_EVERY: Final = GOOD_FOR * 0.4
"""A link carries a ticket that ends; whoever leaves the page open has fresh ones all the same."""

_SIZES: Final = {"letter": "Letter", "a4": "A4"}
_ICONS: Final = {
    Paper.MINUTES_PAGE: ":material/print:",
    Paper.MINUTES_PDF: ":material/picture_as_pdf:",
    Paper.MINUTES_WORKBOOK: ":material/table_view:",
    Paper.MINUTES_LIST: ":material/list:",
    Paper.DIGEST: ":material/difference:",
    Paper.CALENDAR: ":material/event:",
    Paper.ARCHIVE: ":material/archive:",
}
_MINUTES: Final = (
    *(Paper.MINUTES_PAGE, Paper.MINUTES_PDF),
    *(Paper.MINUTES_WORKBOOK, Paper.MINUTES_LIST),
)
_WEEK: Final = timedelta(days=7)


def draw_papers(study: Study, card: Board, member: Member | None) -> None:
    """Draw the ways to the papers of a board; nothing for who has not joined.

    Parameters
    ----------
    study, card
        The study and the board.
    member
        Who looks at the page; None before they have joined.
    """
    if member is not None:
        st.fragment(_draw, run_every=_RENEWED_EVERY)(study, card, member)


def _draw(study: Study, card: Board, member: Member) -> None:
    def name(control: str) -> str:
        return session.key(study, f"board {card.id} papers {control}")

    fold = st.expander("Take away", key=name("fold"), on_change="rerun")
    with fold:
        if not fold.open:
            return
        asked: dict[str, str] = {}
        clock = clock_of(study)
        left, middle, right = st.columns([1.1, 1.3, 1], vertical_alignment="bottom")
        today = clock.day(cached.boards().now())
        since = left.date_input(
            "What changed begins with", value=today - _WEEK, max_value=today, key=name("since")
        )
        size = middle.segmented_control(
            "Pages of the PDF",
            options=list(_SIZES),
            format_func=_SIZES.__getitem__,
            default="letter",
            required=True,
            key=name("size"),
        )
        if member.role is not Role.VIEWER and not right.checkbox(
            "With the names of people", value=True, key=name("names")
        ):
            asked["names"] = "no"
        more: dict[Paper, dict[str, str]] = {
            Paper.MINUTES_PDF: {"size": str(size or "letter")},
            Paper.DIGEST: {"since": f"{since}"},
        }
        rows = (_MINUTES, tuple(one for one in papers_for(member) if one not in _MINUTES))
        for row in rows:
            _draw_row(row, member, {paper: {**asked, **more.get(paper, {})} for paper in row})
        st.caption(
            "Written when you press, of the board as it is then. "
            f"{clock.said} A link works for {GOOD_FOR.seconds // 60} minutes and is renewed while "
            "this is open; to hand something on, save it."
        )


def _draw_row(row: tuple[Paper, ...], member: Member, asked: dict[Paper, dict[str, Any]]) -> None:
    shown = [paper for paper in row if paper is not Paper.FEED]
    for room, paper in zip(st.columns(4), shown, strict=False):
        room.link_button(
            paper.label,
            f"{base_path()}/gapmap/board/{paper_address(member, paper, **asked[paper])}",
            help=paper.about,
            icon=_ICONS[paper],
            width="stretch",
        )
