"""Tickets for papers: a link that works for a few minutes, for one paper of one board.

A token may not stand in an address, which is kept in logs and histories: it is good for a month
and for writing. A link that somebody presses has nothing but its address, so it carries a ticket
instead. A ticket lets nobody write, opens nothing but the paper that it names, ends soon, and is
good only for as long as whoever asked for it is at the board.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import jwt

from gapmap.errors import NotAllowedError

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from gapmap.board.values import Member

__all__ = ["GOOD_FOR", "member_of_ticket", "ticket_of"]

GOOD_FOR: Final = timedelta(minutes=10)
"""How long a link with a ticket works."""

_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "gapmap paper"


def ticket_of(store: Store, member: Member, paper: str) -> str:
    """Return a signed ticket for one paper.

    Parameters
    ----------
    store
        The boards.
    member
        For whom.
    paper
        Name of the paper.
    """
    claims = {
        "sub": member.id,
        "board": member.board,
        "paper": paper,
        "aud": _AUDIENCE,
        "exp": int((store.now() + GOOD_FOR).timestamp()),
    }
    return jwt.encode(claims, store.secret(), algorithm=_ALGORITHM)


def member_of_ticket(store: Store, ticket: str, board: str, paper: str) -> Member:
    """Return for whom a ticket was made, as the store knows them now.

    Parameters
    ----------
    store, ticket
        The boards, and what the link carries.
    board, paper
        What is to be opened with it.

    Raises
    ------
    NotAllowedError
        If it is not ours, is for something else, is over, or its member has left.
    """
    try:
        claims = jwt.decode(
            ticket,
            store.secret(),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            # By the store's clock, as it was made.
            options={"require": ["exp", "sub", "board", "paper"], "verify_exp": False},
        )
    except jwt.InvalidTokenError:
        raise NotAllowedError(
            "This link opens nothing here. Open the paper from the board."
        ) from None
    if (claims["board"], claims["paper"]) != (board, paper):
        raise NotAllowedError("This link is for another paper. Open this one from the board.")
    now = store.now()
    if int(claims["exp"]) <= now.timestamp():
        minutes = GOOD_FOR.seconds // 60
        raise NotAllowedError(
            f"This link was good for {minutes} minutes, and they are over. Open the paper from "
            "the board again."
        )
    member = store.member(board, str(claims["sub"]))
    if member.has_left or (member.expires is not None and member.expires <= now):
        raise NotAllowedError("You have left this board. Join again with a code.")
    return member
