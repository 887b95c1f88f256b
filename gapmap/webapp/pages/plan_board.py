"""From the page Plan to a board: what is accepted becomes proposed sites there, for all to see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from gapmap.board import joining
from gapmap.board.agenda import Put
from gapmap.board.values import Role, Section
from gapmap.errors import BoardError, NotAllowedError, UnknownNameError
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.board_question import partners_of
from gapmap.webapp.pages.plan_words import candidate_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gapmap.analysis.siting.values import SitingResult, Suggestion
    from gapmap.board.store import Store
    from gapmap.board.values import Board, Member
    from gapmap.model import Study

__all__ = ["draw_proposing", "propose", "token_key"]


def token_key(study: Study, board: str) -> str:
    """Return where a session keeps the token of a board."""
    return session.key(study, f"board token {board}")


def draw_proposing(study: Study, result: SitingResult, accepted: Collection[str]) -> None:
    """Draw what puts accepted suggestions on a board; nothing without a board to write on.

    Parameters
    ----------
    study
        The study.
    result
        The suggestions.
    accepted
        Identifiers of those that somebody has accepted.
    """
    chosen = [
        one
        for one in result.suggestions
        if one.candidate_id in accepted and math.isfinite(one.longitude + one.latitude)
    ]
    boards = {card.id: (card, member) for card, member in _open_to_us(study)} if chosen else {}
    if not boards:
        return
    many = len(chosen) > 1
    with st.popover(f"Put {'them' if many else 'it'} on a board"):
        board = st.selectbox(
            "Board",
            list(boards),
            format_func=lambda one: boards[one][0].title,
            key=session.key(study, "plan board"),
        )
        member = boards[board][1]
        partner = member.partner
        if member.role is Role.FACILITATOR:
            kept = cached.boards().state(board).scenario
            partner = st.selectbox(
                "Who would open it",
                ["", *partners_of(kept)],
                format_func=lambda one: one or "The whole table",
                key=session.key(study, f"plan board partner {board}"),
            )
        says = f"Propose {len(chosen)} {study.words.sites if many else study.words.site}"
        if not st.button(says, type="primary", key=session.key(study, "plan board put")):
            return
        try:
            added = propose(cached.boards(), member, chosen, partner)
        except (BoardError, NotAllowedError) as refused:
            st.error(plain(refused))
            return
        left = len(chosen) - added
        there = f" {left} {'were' if left > 1 else 'was'} there already." if left else ""
        st.success(f"{added} put on the board “{plain(boards[board][0].title)}”.{there}")


def propose(store: Store, member: Member, chosen: Sequence[Suggestion], partner: str) -> int:
    """Put suggestions on a board as proposed sites; those that are there already stay as they are.

    Returns
    -------
    How many were put there.
    """
    sites = store.state(member.board).section(Section.SITES).values()
    there = {entry.value.get("candidate") for entry in sites}
    added = [one for one in chosen if one.candidate_id not in there]
    for one in added:
        value = {
            "partner": partner,
            "name": candidate_name(one.name)[:80],
            "longitude": round(one.longitude, 6),
            "latitude": round(one.latitude, 6),
            "candidate": one.candidate_id[:200],
            "note": " ".join(one.sentences[:1]),
        }
        store.write(member.board, Put(section=Section.SITES, value=value), by=member.id)
    return len(added)


def _open_to_us(study: Study) -> list[tuple[Board, Member]]:
    """Return the boards of a study on which this session may write, with who it is there."""
    found = []
    for board, token in session.known_under(token_key(study, "")).items():
        try:
            # No board is opened for those who sit at none.
            card = cached.boards().board(board)
            member = joining.member_of_token(cached.boards(), token, board)
        except (BoardError, NotAllowedError, UnknownNameError):
            continue
        if member.role is not Role.VIEWER:
            found.append((card, member))
    return found
