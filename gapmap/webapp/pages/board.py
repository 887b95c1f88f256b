"""The page Board: the boards of a study, how to come to one, and the board itself, live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.board import joining
from gapmap.errors import BoardError, NotAllowedError, RequestError, UnknownNameError
from gapmap.views.clock import clock_of
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session, sign_in
from gapmap.webapp.pages.board_make import draw_making
from gapmap.webapp.pages.board_maker import draw_way_back, visitor_source
from gapmap.webapp.pages.board_papers import draw_papers
from gapmap.webapp.pages.board_people import draw_links, draw_people
from gapmap.webapp.pages.board_publish import draw_publishing
from gapmap.webapp.pages.board_view import draw_room
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.plan_board import token_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.board.values import Board, Member
    from gapmap.model import Study

__all__ = ["BoardView", "draw"]

PAGE: Final = "board"

_LISTED_AT_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the page shows.

    Parameters
    ----------
    board
        Identifier of the board; empty for the list.
    """

    board: str = ""


def draw() -> None:
    """Draw the page."""
    asked, heading = open_study()
    # Everybody at the table sees the same: the study's own site list, not one of this session.
    study = cached.study(asked.id)
    view = session.page_view(study, PAGE, _read)
    if view.board and _draw_board(study, view.board, heading):
        session.keep_page(study, PAGE, view, {"study": study.id, "board": view.board})
        return
    with heading:
        st.title("Boards of the roundtable", anchor=False)
        st.caption(
            "Partners take areas on one shared map, at the table and on the phone; everybody sees "
            "each change at once, and nothing is lost."
        )
    session.keep_page(study, PAGE, BoardView(), {"study": study.id})
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        _draw_list(study)
        _draw_join(study)
    with right, st.container(border=True):
        if made := draw_making(study):
            _remember(study, made.member.board, made.token)
            _open(study, made.member.board)


def _read(query: Mapping[str, Sequence[str]]) -> BoardView:
    given = query.get("board", ())
    return BoardView(given[-1][:40] if given else "")


def _draw_list(study: Study) -> None:
    st.subheader("Open a board", anchor=False)
    found = [one for one in cached.boards().boards() if one.study == study.id]
    if not found:
        st.caption("There is none of this study yet. Make one, or join with a code.")
    for one in found[:_LISTED_AT_MOST]:
        words, room = st.columns([4, 1], vertical_alignment="center")
        words.markdown(f"**{plain(one.title)}**  \n{plain(_line(one, study))}")
        name = session.key(study, f"{PAGE} open {one.id}")
        if room.button("Open", key=name, width="stretch"):
            _open(study, one.id)
    if len(found) > _LISTED_AT_MOST:
        st.caption(f"And {len(found) - _LISTED_AT_MOST} that were changed before these.")


def _line(one: Board, study: Study) -> str:
    areas = f"{one.area_count:,} {study.words.areas}"
    changed = clock_of(study).listed(one.changed)
    return f"{areas}, {one.revision:,} changes, last {changed}"


def _draw_join(study: Study) -> None:
    with st.form(session.key(study, f"{PAGE} join"), border=True):
        st.subheader("Join with a code", anchor=False)
        code = st.text_input("Code", max_chars=40, placeholder="XXXX-XXXX")
        name = st.text_input("Your name, as the others see it", max_chars=80)
        partner = st.text_input(
            "Your organisation", max_chars=80, help="Only where the code does not say it."
        )
        is_sent = st.form_submit_button("Join")
    if not is_sent:
        return
    try:
        joined = joining.join(cached.boards(), code, name, source=visitor_source(), partner=partner)
    except (BoardError, RequestError) as refused:
        st.error(plain(refused))
        return
    board = cached.boards().board(joined.member.board)
    if board.study != study.id:
        st.error(f"This code leads to a board of another study: {plain(board.study)}. Open it.")
        return
    _remember(study, board.id, joined.token)
    _open(study, board.id)


def _draw_board(study: Study, board: str, heading: st.delta_generator.DeltaGenerator) -> bool:
    """Draw one board; False if there is none of that name in the study."""
    try:
        card = cached.boards().board(board)
    except UnknownNameError:
        card = None
    if card is None or card.study != study.id:
        st.warning("The board of this link is not there any more, or of another study.")
        return False
    token, member = _who(study, board)
    with heading:
        words, links, room = st.columns([2.2, 5, 1], vertical_alignment="center")
        words.title(plain(card.title), anchor=False)
        with links:
            draw_links(study, card, member)
        if room.button("All boards", key=session.key(study, f"{PAGE} list"), width="stretch"):
            _open(study, "")
    with st.container(key="board-map"):
        draw_room(
            study,
            board,
            token if member else "",
            on_joined=lambda given: _heard(study, board, given),
        )
    if member is None:
        draw_way_back(study)
    with st.container(key="below"):
        draw_papers(study, card, member)
        draw_publishing(study, card, member)
        draw_people(study, card, member)
    return True


def _who(study: Study, board: str) -> tuple[str, Member | None]:
    """Return the token of who looks at a board, and who they are; who signed in needs no code."""
    token = str(session.known(token_key(study, board), ""))
    member = _member(token, board)
    person = None if member is not None else sign_in.person()
    back = None if person is None else joining.returning(cached.boards(), board, person.id)
    if back is None:
        return token, member
    _remember(study, board, back.token)
    return back.token, back.member


def _member(token: str, board: str) -> Member | None:
    if not token:
        return None
    try:
        return joining.member_of_token(cached.boards(), token, board)
    except (NotAllowedError, UnknownNameError):
        return None


def _heard(study: Study, board: str, token: str) -> None:
    """Believe the map who looks on, if the token is good."""
    if _member(token, board) is not None:
        _remember(study, board, token)


def _remember(study: Study, board: str, token: str) -> None:
    session.place(token_key(study, board), token)


def _open(study: Study, board: str) -> None:
    session.keep_page(study, PAGE, BoardView(board))
    st.rerun()
