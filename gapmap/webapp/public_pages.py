"""The public side of a board: looked at, read and followed without a code.

Addresses, each also below a base path
--------------------------------------
====  ==================================  ========================================================
GET   gapmap/public/{key}                 the board, live, as somebody sees it who looks on
POST  gapmap/public/{key}/pass            the token with which that page looks on
GET   gapmap/public/{key}/{paper}         ``minutes.html``, ``minutes.pdf``, ``changes.atom``, ...
====  ==================================  ========================================================

The addresses of the papers stay, so that feed readers and calendars can follow them, and answer
the questions that those ask (``If-None-Match``, ``If-Modified-Since``). No paper names a person.
A link that was withdrawn answers 410 with a sentence, at every one of its addresses.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gapmap.board import joining
from gapmap.board.publishing import publication
from gapmap.errors import GapmapError, said_outside
from gapmap.settings import Settings
from gapmap.webapp import cached
from gapmap.webapp.board_papers import refusal, sent
from gapmap.webapp.live.access import is_from_here
from gapmap.webapp.live.protocol import you_of
from gapmap.webapp.papers import PUBLIC_PAPERS, Paper, PaperFile, Reader, file_name, paper_named
from gapmap.webapp.policies import page_headers
from gapmap.webapp.room_pages import room_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from gapmap.board.publishing import Publication
    from gapmap.views.minutes_facts import Minutes

__all__ = ["public_routes"]

_FRESH: Final = {"Cache-Control": "no-store"}
# Who has the link may pass it on; a search engine is not who.
_UNLISTED: Final = {"X-Robots-Tag": "noindex"}
_KEPT: Final = {"Cache-Control": "public, max-age=60", **_UNLISTED}

_SETTLED: Final = timedelta(seconds=2)
"""A second in which a board has changed may still bring another change."""

_WITHDRAWN: Final = (
    "The facilitator of this board has withdrawn its public link. It will not open again: ask the "
    "coalition for a new one."
)
_UNKNOWN: Final = "There is no board at this address. Look whether the link is whole."


def public_routes(base: str = "") -> list[BaseRoute]:
    """Return the routes of the public links.

    Parameters
    ----------
    base
        What stands before them in an address, as Starlette writes it.
    """
    below = f"{base}/gapmap/public/{{key}}"
    return [
        Route(below, _answering(_room)),
        Route(f"{below}/pass", _answering(_pass), methods=["POST"]),
        Route(f"{below}/{{paper}}", _answering(_paper)),
    ]


def _answering(
    work: Callable[[Request, Publication], Response],
) -> Callable[[Request], Response]:
    """Return a route of an open link; a link that is none, or no more, is answered here."""

    def answer(request: Request) -> Response:
        try:
            found = publication(cached.boards(), request.path_params["key"])
            if found is None:
                return refusal(request, _UNKNOWN, 404, heading="Not found")
            if not found.is_open:
                return refusal(request, _WITHDRAWN, 410, heading="This link was withdrawn")
            return work(request, found)
        except GapmapError as error:
            return refusal(request, said_outside(error), 503)

    return answer


def _room(_request: Request, link: Publication) -> Response:
    study = cached.study(cached.boards().board(link.board).study)
    tiles = Settings.from_environment().tiles_url
    addresses = room_addresses(study, root="../")
    page = cached.room_page(study, link.board, addresses, tiles, public=link.key)
    headers = {**_FRESH, **_UNLISTED, **page_headers(page, tiles_url=tiles)}
    return Response(page, media_type="text/html", headers=headers)


def _pass(request: Request, link: Publication) -> Response:
    if not is_from_here(request.headers):
        return refusal(request, "This page is of another server.", 403)
    store = cached.boards()
    viewer = store.member(link.board, link.member)
    token = joining.token_of(store, viewer)
    return JSONResponse(
        {"token": token, "board": link.board, "you": you_of(viewer)}, headers=_FRESH
    )


def _paper(request: Request, link: Publication) -> Response:
    try:
        paper = paper_named(request.path_params["paper"])
    except GapmapError as error:
        return refusal(request, str(error), 404)
    if paper not in PUBLIC_PAPERS:
        return refusal(request, f"{paper.label} is not public. Ask a facilitator.", 404)
    made = cached.minutes(link.board, with_names=False)
    here = str(request.url.replace(query="", fragment=""))
    is_feed = paper is Paper.FEED
    reader = Reader(
        size="a4" if request.query_params.get("size") == "a4" else "letter",
        address=here if is_feed else "",
        page=here.rpartition("/")[0] if is_feed else "",
    )
    content = cached.paper(paper, made, reader)
    headers = {**_KEPT, "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    modified = _modified(made)
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    if _is_known(request, headers["ETag"], modified):
        return Response(status_code=304, headers=headers)
    name = file_name(paper, made.state.title, made.state.revision)
    return sent(PaperFile(content, paper.media_type, name), headers, is_followed=True)


def _modified(made: Minutes) -> datetime | None:
    """Return when papers of a board changed last, to the second; None where that is not over."""
    if made.state.changed is None:
        return None
    # A paper says on which day it was written, and what is late by then.
    last = max(made.state.changed, made.clock.begin(made.today))
    is_settled = cached.boards().now() - last > _SETTLED
    return last.astimezone(UTC).replace(microsecond=0) if is_settled else None


def _is_known(request: Request, tag: str, modified: datetime | None) -> bool:
    """Tell whether whoever asks has it already, as RFC 9110 (13.2.2) has it."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        told = {one.strip().removeprefix("W/") for one in tags.split(",")}
        return bool({tag, "*"} & told)
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        seen = parsedate_to_datetime(since)
    except ValueError:
        return False
    return seen.tzinfo is not None and modified <= seen
