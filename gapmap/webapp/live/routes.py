"""The web's side of a live board: one socket a tab, and the same by polling where it is blocked."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from gapmap.errors import (
    GapmapError,
    NotAllowedError,
    PartnerWantedError,
    RequestError,
    StoreError,
    UnknownNameError,
    said_outside,
)
from gapmap.webapp.live.access import is_from_here, token_in_header, token_in_subprotocols
from gapmap.webapp.live.invitation import invitation
from gapmap.webapp.live.limits import LARGEST_MESSAGE, MESSAGES, Buckets
from gapmap.webapp.live.past import log_text, past_text
from gapmap.webapp.live.protocol import (
    SUBPROTOCOL,
    Closing,
    Code,
    read_asked,
    refused,
    refused_for,
    text_of,
    you_of,
)
from gapmap.webapp.live.seats import Seat, Sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import HTTPConnection, Request
    from starlette.websockets import WebSocket

    from gapmap.board.store import Store
    from gapmap.webapp.live.access import Pass
    from gapmap.webapp.live.hub import Hub

__all__ = ["live_routes"]

_LOG: Final = logging.getLogger(__name__)

_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_GOODBYE_S: Final = 2.0
_LINE_CUT: Final = (WebSocketDisconnect, OSError)


def live_routes(hub: Callable[[], Awaitable[Hub]], base: str = "") -> list[BaseRoute]:
    """Return the routes of the live boards.

    Parameters
    ----------
    hub
        Gives the hub of this process, started.
    base
        What stands before them in an address, as Starlette writes it.
    """
    web = _Web(hub)
    below = f"{base}/gapmap/board"
    return [
        WebSocketRoute(f"{below}/{{board}}/live", web.live),
        Route(f"{below}/{{board}}/since", web.answering(web.since)),
        Route(f"{below}/{{board}}/areas", web.answering(web.areas)),
        Route(f"{below}/{{board}}/past", web.answering(web.past)),
        Route(f"{below}/{{board}}/log", web.answering(web.log)),
        Route(f"{below}/{{board}}/do", web.answering(web.do), methods=["POST"]),
        Route(f"{below}/{{board}}/door", web.answering(web.door), methods=["POST"]),
        Route(f"{below}/{{board}}/leave", web.answering(web.leave), methods=["POST"]),
        Route(f"{below}/join", web.answering(web.join), methods=["POST"]),
    ]


class _Web:
    def __init__(self, hub: Callable[[], Awaitable[Hub]]) -> None:
        self._hub = hub
        self._asking = Buckets(MESSAGES)

    # -------------------------------------------------------------------------------- the socket

    async def live(self, socket: WebSocket) -> None:
        """Keep one tab up to date, and take what it sends, until one of the two ends it."""
        if not is_from_here(socket.headers):
            await socket.close(Closing.NOT_LET_IN)  # before it opens: the browser sees 403
            return
        offered = socket.scope.get("subprotocols", [])
        # It is opened to be closed: a browser is told the reason only of an open one.
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        board = str(socket.path_params["board"])
        try:
            hub = await self._hub()
            known = await hub.admit(token_in_subprotocols(offered), board)
        except (NotAllowedError, UnknownNameError) as error:
            await _end(socket, Closing.NOT_LET_IN, str(error))
            return
        except GapmapError as error:
            await _end(socket, Closing.GOING_DOWN, said_outside(error))
            return
        seat = Seat(known.member, ends=known.ends, is_counted=_is_counted(socket))
        since = _number(socket.query_params.get("revision"))
        with suppress(*_LINE_CUT):
            await self._serve(hub, board, seat, socket, since)

    async def _serve(
        self, hub: Hub, board: str, seat: Seat, socket: WebSocket, since: int | None
    ) -> None:
        try:
            first = await hub.enter(board, seat, since)
        except UnknownNameError as error:
            await _end(socket, Closing.NO_BOARD, str(error))
            return
        except GapmapError as error:
            await _end(socket, Closing.GOING_DOWN, said_outside(error))
            return
        if first is None:
            await _end(socket, Closing.TOO_MANY, "There is no seat left. Close another tab.")
            return
        work: list[asyncio.Future[Any]] = [
            asyncio.create_task(_pump(seat, socket, first)),
            asyncio.create_task(_listen(hub, board, seat, socket)),
        ]
        try:
            await asyncio.wait([*work, seat.closing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            hub.leave(board, seat)
            for task in work:
                task.cancel()
            for end in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(end, Exception) and not isinstance(end, _LINE_CUT):
                    _LOG.error("A connection to board %s broke", board, exc_info=end)
        if seat.closing.done():
            await _end(socket, seat.closing.result())

    # ------------------------------------------------------------------------------------ polling

    def answering(
        self, work: Callable[[Hub, Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a route that answers, or says why not in a way that programs can read."""

        async def answer(request: Request) -> Response:
            if not is_from_here(request.headers):
                return _refusal(refused("", Code.FORBIDDEN, "This page is of another server."))
            try:
                return await work(await self._hub(), request)
            except _TooLargeError as error:
                return _refusal(refused("", Code.REQUEST, str(error)), status=413)
            except StoreError as error:
                _LOG.warning("The boards do not answer: %s", error)
                return _refusal(refused("", Code.STORE, said_outside(error)))
            except GapmapError as error:
                return _refusal(refused_for("", error))

        return answer

    async def _admitted(self, hub: Hub, request: Request) -> Pass | Response:
        try:
            token = token_in_header(request.headers)
            known = await hub.admit(token, request.path_params["board"])
        except (NotAllowedError, UnknownNameError) as error:
            return _refusal(refused("", Code.CLOSED, str(error)))
        if not self._asking.take(known.member.id):
            return _refusal(refused("", Code.BUSY, "Too many questions at once. Ask less often."))
        return known

    async def since(self, hub: Hub, request: Request) -> Response:
        """Say what is new since a revision."""
        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        since = _number(request.query_params.get("revision"))
        is_counted = _is_counted(request)
        return _json(await hub.since(board, known.member, since, is_counted=is_counted))

    async def areas(self, hub: Hub, request: Request) -> Response:
        """Say what can be claimed."""
        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        areas = await asyncio.to_thread(hub.store.areas, board)
        return _json(text_of({"areas": dict(areas)}))

    async def past(self, hub: Hub, request: Request) -> Response:
        """Say what the board was like after one of its events."""
        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        revision = _number(request.query_params.get("revision"))
        if revision is None:
            raise RequestError("Say after which revision, by its number.")
        # Not in the hub's threads: who walks far back must not keep back what is new.
        text = await asyncio.to_thread(
            past_text, hub.store, hub.history, board, known.member, revision
        )
        return await asyncio.to_thread(_packed, text, request)

    async def log(self, hub: Hub, request: Request) -> Response:
        """Say what was done after a revision, without being counted as somebody who looks on."""
        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        after = _number(request.query_params.get("after")) or 0
        text = await asyncio.to_thread(log_text, hub.store, hub.history, board, known.member, after)
        return _json(text)

    async def do(self, hub: Hub, request: Request) -> Response:
        """Do what one message asks."""
        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        answer = await hub.answer(board, known.member.id, read_asked(await _body(request)))
        return _refusal(answer) if answer["kind"] == "refused" else _json(text_of(answer))

    async def join(self, hub: Hub, request: Request) -> Response:
        """Let somebody in with a code."""
        from gapmap.board import joining

        given = _object(await _body(request))
        texts = {name: given.get(name, "") for name in ("code", "name", "partner")}
        if not all(isinstance(text, str) for text in texts.values()):
            raise RequestError("Code, name and partner are texts.")
        try:
            joined = await asyncio.to_thread(
                joining.join,
                hub.store,
                texts["code"],
                texts["name"],
                partner=texts["partner"],
                source=request.client.host if request.client else "",
            )
        except PartnerWantedError as error:
            partners = await asyncio.to_thread(_partners, hub.store, error.board)
            return _refusal(refused_for("", error) | {"partners": partners})
        you = you_of(joined.member)
        return _json(text_of({"token": joined.token, "board": joined.member.board, "you": you}))

    async def door(self, hub: Hub, request: Request) -> Response:
        """Say how to join, to whoever shows it or is shown it."""
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        # As the browser has it: a proxy in front of us may know of https what we do not.
        origin = request.headers.get("origin") or str(request.base_url).rstrip("/")
        told = await asyncio.to_thread(invitation, hub.store, known.member, origin)
        return _json(text_of(told))

    async def leave(self, hub: Hub, request: Request) -> Response:
        """Let somebody go, and forget their name if they want."""
        from gapmap.board import joining

        board = request.path_params["board"]
        known = await self._admitted(hub, request)
        if isinstance(known, Response):
            return known
        given = _object(await _body(request))
        go = joining.forget if given.get("forget") is True else joining.dismiss
        mine = known.member.id
        await asyncio.to_thread(go, hub.store, board, mine, by=mine)
        await hub.look_at_members(board)
        return _json(text_of({"kind": "done", "id": ""}))


def _partners(store: Store, board: str) -> list[str]:
    """Return who sits at a board: a name that is typed anew is soon another one."""
    named = store.state(board).scenario.get("partners")
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []


class _TooLargeError(RequestError):
    """A body that is larger than any message."""


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST_MESSAGE:
            raise _TooLargeError(f"A message has at most {LARGEST_MESSAGE:,} bytes. Send less.")
    return bytes(found)


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise RequestError("Send a JSON object.")
    return given


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def _json(text: str, *, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json", headers=_NOT_KEPT)


def _packed(text: str, request: Request) -> Response:
    """Return a long answer, made small where the browser can read it so."""
    headers = {**_NOT_KEPT, "Vary": "Accept-Encoding"}
    found = text.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        found = gzip.compress(found, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(found, media_type="application/json", headers=headers)


def _is_counted(asked: HTTPConnection) -> bool:
    """Tell whether somebody asks, and not the wall that the board is projected on."""
    return asked.query_params.get("view") != "projector"


def _refusal(answer: dict[str, Any], *, status: int | None = None) -> Response:
    return _json(text_of(answer), status=status or Code(answer["code"]).status)


async def _pump(seat: Seat, socket: WebSocket, first: str) -> None:
    await socket.send_text(first)
    await seat.pump(socket.send_text)


async def _listen(hub: Hub, board: str, seat: Seat, socket: WebSocket) -> None:
    """Take what somebody sends, one message after the other, so that they keep their order."""
    messages = Buckets(MESSAGES)
    while True:
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return
        text = received.get("text")
        if text is None:
            seat.close(Closing.NO_MESSAGE)
            return
        if len(text.encode()) > LARGEST_MESSAGE:
            seat.close(Closing.TOO_LARGE)
            return
        if not messages.take(""):
            seat.close(Closing.TOO_MANY)
            return
        try:
            asked = read_asked(text)
        except RequestError:
            seat.close(Closing.NO_MESSAGE)
            return
        answer = await hub.answer(board, seat.member.id, asked)
        seat.offer(Sent.alike(text_of(answer)))
        await asyncio.sleep(0)  # many that came in one piece must not keep the others waiting


async def _end(socket: WebSocket, why: Closing, said: str = "") -> None:
    """Close a socket, and do not wait for somebody who does not listen."""
    reason = said.encode()[:120].decode(errors="ignore")
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
        async with asyncio.timeout(_GOODBYE_S):
            await socket.close(int(why), reason)
