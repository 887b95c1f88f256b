"""One code for everybody at the table, who then say for whom they come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gapmap.board import joining
from gapmap.board.publishing import publication_of
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError

if TYPE_CHECKING:
    from gapmap.board.joining import JoinCode
    from gapmap.board.store import Store
    from gapmap.board.values import Member

__all__ = ["check_may_see", "open_code"]

_HOURS: Final = 24.0
_LEFT_AT_LEAST: Final = timedelta(hours=1)
"""A code on the wall has to let in those who come late too."""


def open_code(store: Store, board: str) -> JoinCode:
    """Return a code with which any partner comes in; made if there is none for a while.

    Parameters
    ----------
    store, board
        Where it leads.
    """
    from gapmap.board.store import OPERATOR

    until = store.now() + _LEFT_AT_LEAST
    for one in reversed(joining.codes(store, board, by=OPERATOR)):
        if one.role is Role.PARTNER and not one.partner and one.expires > until:
            return one
    return joining.offer(store, board, Role.PARTNER, by=OPERATOR, hours=_HOURS)


def check_may_see(store: Store, member: Member, *, is_shown: bool) -> None:
    """Refuse the code to those who are not in the room with the facilitator.

    Parameters
    ----------
    store, member
        Who asks.
    is_shown
        Whether a facilitator shows it to the table now.

    Raises
    ------
    NotAllowedError
        If they may not have it.
    """
    if member.role is Role.FACILITATOR:
        return
    link = publication_of(store, member.board)
    if not is_shown or (link is not None and link.member == member.id):
        raise NotAllowedError("How to join is shown by the facilitator, to the table. Ask there.")
