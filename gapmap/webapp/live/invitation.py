"""How somebody joins with a telephone: the link as a QR code, the address and code to type."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gapmap.board.invitations import check_may_see, open_code
from gapmap.views.qr_code import qr_path
from gapmap.webapp.base_path import base_path
from gapmap.webapp.live.rooms import rooms_of

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from gapmap.board.values import Member

__all__ = ["invitation", "is_here_only"]


def invitation(store: Store, member: Member, origin: str) -> dict[str, Any]:
    """Return how to join a board, for those who may know it.

    Parameters
    ----------
    store, member
        Who asks, and of which board.
    origin
        By which address the asker's browser knows this server.

    Returns
    -------
    JSON: the ``link``, the ``code`` and the ``door`` to type it at, the link's QR code as ``path``
    of ``size`` squares a side, and whether the address is good on this machine only.
    """
    board = member.board
    room = rooms_of(store, (board,))[board].state.at(store.now())
    check_may_see(store, member, is_shown=room.door is not None)
    code = open_code(store, board)
    door = f"{origin}{base_path()}/gapmap/room/"
    link = f"{door}{board}?view=partner#{code.in_link}"
    path, size = qr_path(link)
    return {
        "link": link,
        "code": code.code,
        "door": f"{door}join",
        "path": path,
        "size": size,
        "is_here_only": is_here_only(origin),
    }


def is_here_only(address: str) -> bool:
    """Tell whether an address leads nowhere from another machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
