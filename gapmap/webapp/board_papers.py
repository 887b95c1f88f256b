"""The papers of a board over HTTP, for whoever is at the board.

Addresses, each also below a base path
--------------------------------------
====  ==========================================  ================================================
GET   gapmap/board/{board}/papers/{paper}         a paper: ``minutes.pdf``, ``calendar.ics``
POST  gapmap/board/{board}/papers/tickets         what there is to take away, with a ticket each
====  ==========================================  ================================================

A paper is given to whoever shows a token (``Authorization: Bearer ...``) or a ticket in the
address (``?ticket=...``, see :mod:`gapmap.board.tickets`): a token never stands in an address.
More in the address: ``names=no`` leaves people's display names out, ``since=2026-11-01`` is the
first day of a digest, ``size=a4`` a PDF's pages. Viewers are never given names.

``tickets`` answers ``{"good_for_s", "papers": [{"name", "title", "about", "ticket"}, ...]}``, or a
refusal as the live board has it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gapmap.board import joining
from gapmap.board.tickets import GOOD_FOR, member_of_ticket, ticket_of
from gapmap.board.values import Role
from gapmap.errors import (
    GapmapError,
    NotAllowedError,
    RequestError,
    UnknownNameError,
    said_outside,
)
from gapmap.views.notice_page import notice_page
from gapmap.webapp import cached
from gapmap.webapp.live.access import is_from_here, token_in_header
from gapmap.webapp.live.limits import Allowance, Buckets
from gapmap.webapp.live.protocol import Code, refused, refused_for
from gapmap.webapp.papers import (
    Paper,
    PaperFile,
    Reader,
    check_may_take,
    file_name,
    paper_named,
    papers_for,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from gapmap.board.values import Member

__all__ = ["paper_address", "paper_file", "paper_routes", "refusal", "sent"]

_NOT_KEPT: Final = {"Cache-Control": "private, no-store"}
_PAPERS: Final = Allowance(60, 1.0)
"""Of one member: a hand that presses everything twice, and no more than a server can write."""

# The address of a paper may carry a ticket, and what people wrote stands in it: it loads nothing,
# runs nothing, and tells nobody where it was opened.
_PAGE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}

_SIZES: Final = ("letter", "a4")

_asking: Final = Buckets(_PAPERS)


def paper_routes(base: str = "") -> list[BaseRoute]:
    """Return the routes of the papers.

    Parameters
    ----------
    base
        What stands before them in an address, as Starlette writes it.
    """
    below = f"{base}/gapmap/board/{{board}}/papers"
    return [
        Route(f"{below}/tickets", _tickets, methods=["POST"]),
        Route(f"{below}/{{paper}}", _paper),
    ]


def paper_address(member: Member, paper: Paper, **more: str) -> str:
    """Return where a paper is, with a ticket for a member, from ``gapmap/board/`` on.

    Parameters
    ----------
    member
        Who is to open it.
    paper
        Which.
    more
        What else the address says: ``since``, ``size``, ``names``.
    """
    ticket = ticket_of(cached.boards(), member, paper)
    return f"{member.board}/papers/{paper}?{urlencode({**more, 'ticket': ticket})}"


def paper_file(board: str, paper: Paper, reader: Reader) -> PaperFile:
    """Write a paper of a board.

    Raises
    ------
    GapmapError
        If there is no such board, or its study cannot be read.
    """
    if paper is Paper.ARCHIVE:
        from gapmap.board.archive import archived

        card = cached.boards().board(board)
        lines = archived(cached.boards(), board, with_names=reader.with_names)
        content, title, revision = "".join(lines).encode(), card.title, card.revision
    else:
        made = cached.minutes(board, with_names=reader.with_names)
        content = cached.paper(paper, made, reader)
        title, revision = made.state.title, made.state.revision
    return PaperFile(content, paper.media_type, file_name(paper, title, revision))


def sent(file: PaperFile, headers: dict[str, str], *, is_followed: bool = False) -> Response:
    """Return a paper as it is answered: a page to be looked at, anything else to be saved.

    Parameters
    ----------
    file
        The paper.
    headers
        What else is said with it.
    is_followed
        Whether programs ask for it now and then, and save nothing.
    """
    is_page = file.media_type.startswith("text/html")
    how = "inline" if is_page or is_followed else "attachment"
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            **_PAGE,
            **headers,
            "Content-Disposition": f'{how}; filename="{quote(file.name)}"',
        },
    )


def refusal(request: Request, said: str, status: int, *, heading: str = "") -> Response:
    """Say why there is nothing: as a page to who looks, as a line to a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return Response(said, status, media_type="text/plain", headers=_NOT_KEPT)
    page = notice_page(heading or "This is not to be had", said)
    return Response(page, status, media_type="text/html", headers={**_PAGE, **_NOT_KEPT})


def _paper(request: Request) -> Response:
    """Answer with a paper, or say why not."""
    board = request.path_params["board"]
    try:
        paper = paper_named(request.path_params["paper"])
        try:
            member = _admitted(request, board, paper)
        except (NotAllowedError, UnknownNameError) as error:
            return refusal(request, str(error), 401, heading="Open it from the board")
        if not _asking.take(member.id):
            return refusal(request, "Too many papers at once. Wait a minute.", 429)
        check_may_take(member, paper)
        return sent(paper_file(board, paper, _reader(request, member)), _NOT_KEPT)
    except GapmapError as error:
        return refusal(request, said_outside(error), _status(error))


def _tickets(request: Request) -> Response:
    """Say what there is to take away for somebody, with a ticket for each."""
    board = request.path_params["board"]
    if not is_from_here(request.headers):
        return _no_tickets(refused("", Code.FORBIDDEN, "This page is of another server."))
    try:
        member = joining.member_of_token(cached.boards(), token_in_header(request.headers), board)
        papers = [
            {
                "name": str(paper),
                "title": paper.label,
                "about": paper.about,
                "ticket": ticket_of(cached.boards(), member, paper),
            }
            for paper in papers_for(member)
            if paper is not Paper.FEED
        ]
    except (NotAllowedError, UnknownNameError) as error:
        return _no_tickets(refused("", Code.CLOSED, str(error)))
    except GapmapError as error:
        return _no_tickets(refused_for("", error))
    return JSONResponse({"good_for_s": GOOD_FOR.seconds, "papers": papers}, headers=_NOT_KEPT)


def _no_tickets(answer: dict[str, Any]) -> Response:
    return JSONResponse(answer, Code(answer["code"]).status, headers=_NOT_KEPT)


def _admitted(request: Request, board: str, paper: Paper) -> Member:
    ticket = request.query_params.get("ticket")
    if ticket is not None:
        return member_of_ticket(cached.boards(), ticket, board, paper)
    return joining.member_of_token(cached.boards(), token_in_header(request.headers), board)


def _reader(request: Request, member: Member) -> Reader:
    asked = request.query_params
    size, since = asked.get("size", "letter"), asked.get("since", "")
    if size not in _SIZES:
        raise RequestError(f"There are no pages of size {size!r}: {' or '.join(_SIZES)}.")
    return Reader(
        with_names=member.role is not Role.VIEWER and asked.get("names") != "no",
        since=_day(since) if since else None,
        size=size,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{text!r} is no day. Write it as 2026-11-01.") from None


def _status(error: GapmapError) -> int:
    if isinstance(error, NotAllowedError):
        return 403
    if isinstance(error, UnknownNameError):
        return 404
    return 400 if isinstance(error, RequestError) else 503
