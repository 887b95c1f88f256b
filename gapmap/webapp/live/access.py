"""Who may come in: the token that is shown at the door, and the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import Headers

    from gapmap.board.store import Store
    from gapmap.board.values import Member

__all__ = ["Pass", "admitted", "is_from_here", "token_in_header", "token_in_subprotocols"]

_TOKEN: Final = "token."

_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Pass:
    """Somebody who was let in, and until when.

    Parameters
    ----------
    member
        Who it is, as the store knew them when they came in.
    ends
        When the token, or the time at the board, is over; None for never.
    """

    member: Member
    ends: datetime | None


def is_from_here(headers: Headers) -> bool:
    """Tell whether a request comes from a page of this server, or from no page at all.

    A page elsewhere cannot choose ``Host`` or ``X-Forwarded-Host``: the one is set by the
    browser, the other by the proxy in front of us.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    page = urlsplit(origin)
    usual = _USUAL_PORTS.get(page.scheme, "")
    told = f"{headers.get('host', '')},{headers.get('x-forwarded-host', '')}".lower().split(",")
    known = {name.strip().removesuffix(usual) for name in told} - {""}
    return page.netloc.lower().removesuffix(usual) in known


def token_in_subprotocols(offered: Iterable[str]) -> str:
    """Return the token that a socket was opened with, empty if there is none."""
    return next((text[len(_TOKEN) :] for text in offered if text.startswith(_TOKEN)), "")


def token_in_header(headers: Headers) -> str:
    """Return the token that a request came with, empty if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def admitted(store: Store, token: str, board: str) -> Pass:
    """Let somebody in to a board.

    Raises
    ------
    NotAllowedError
        If the token is not good there.
    StoreError
        If the boards cannot be reached.
    """
    import jwt

    from gapmap.board import joining

    member = joining.member_of_token(store, token, board)
    # Verified just now; only its end is still to be read.
    said = jwt.decode(token, options={"verify_signature": False})
    ends = datetime.fromtimestamp(said["exp"], UTC)
    return Pass(member, ends if member.expires is None else min(ends, member.expires))
