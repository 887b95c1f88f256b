"""The web server: our routes beside Streamlit's, headers, warm-up, and how to start it."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import mimetypes
import socket
import sys
import threading
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gapmap.board.makers import Makers
from gapmap.errors import GapmapError, MissingFileError, RequestError
from gapmap.settings import Settings, bundle_folder
from gapmap.webapp import printed, published
from gapmap.webapp.assets import asset_content
from gapmap.webapp.base_path import base_path
from gapmap.webapp.board_papers import paper_routes
from gapmap.webapp.live.here import close_hub, hub_here
from gapmap.webapp.live.routes import live_routes
from gapmap.webapp.policies import app_headers
from gapmap.webapp.public_pages import public_routes
from gapmap.webapp.room_pages import room_routes
from gapmap.webapp.sign_in import BackToPage
from gapmap.webapp.theme import OPTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import streamlit as st
    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

__all__ = [
    "SecurityHeaders",
    "configure",
    "lifespan",
    "middleware",
    "routes",
    "serve",
    "sheets_address",
    "worksheet_address",
]

_FOREVER: Final = "public, max-age=31536000, immutable"


def routes() -> list[BaseRoute]:
    """Return our own routes: scripts and styles, layers, pages to print, and the live boards.

    Each stands at the root and below any base path, so that the app can move under a proxy.
    """
    found: list[BaseRoute] = []
    for base in ("", "/{base:path}"):
        found.append(Route(f"{base}/gapmap/assets/{{version}}/{{name:path}}", _asset))
        found.append(Route(f"{base}/gapmap/layers/{{digest}}.json", _layer))
        found.append(Route(f"{base}/gapmap/worksheet", _worksheet))
        found.append(Route(f"{base}/gapmap/sheets/{{digest}}.html", _sheets))
        found.append(Route(f"{base}/gapmap/plan/{{digest}}", _moved))
        found.extend(live_routes(hub_here, base))
        found.extend(room_routes(base))
        found.extend(paper_routes(base))
        found.extend(public_routes(base))
    return found


def worksheet_address(study: str, at: str) -> str:
    """Return the address of the page to print: what may open at a point, and the working."""
    return f"{base_path()}/gapmap/worksheet?{urlencode({'study': study, 'at': at})}"


def sheets_address(division: Division, study: Study) -> str:
    """Return the address of the sheets of a division, one a partner; written when it is opened."""
    digest = printed.publish(printed.Printable(division, study))
    return f"{base_path()}/gapmap/sheets/{digest}.html"


def _worksheet(request: Request) -> Response:
    """Make a worksheet when somebody asks for it: a link that can be sent and printed again."""
    from gapmap.views.worksheets import worksheet_page
    from gapmap.webapp import cached
    from gapmap.webapp.address import spot_of

    spot = spot_of(request.query_params.get("at", ""))
    name = request.query_params.get("study", "")
    if spot is None or name not in {card.id for card in cached.workspace().studies()}:
        return _no_worksheet("It needs a study and a place: ?study=name&at=latitude,longitude")
    try:
        study = cached.study(name)
        answer = cached.standing(study).at(spot[1], spot[0])
    except GapmapError as error:
        return _no_worksheet(str(error))
    today = datetime.now().astimezone().date()
    return Response(worksheet_page(answer, study.name, today=today), media_type="text/html")


def _sheets(request: Request) -> Response:
    """Write the sheets of a division that a page has published, once a day at most."""
    from gapmap.webapp import cached

    found = printed.find(request.path_params["digest"])
    if found is None:
        return Response(
            "These sheets are not here any more. Open them from the page Territory again.",
            404,
            media_type="text/plain",
        )
    today = datetime.now().astimezone().date()
    return Response(
        cached.sheets(found, today), media_type="text/html", headers={"Cache-Control": "no-cache"}
    )


def _no_worksheet(because: str) -> Response:
    return Response(f"There is no such worksheet. {because}", 404, media_type="text/plain")


def _layer(request: Request) -> Response:
    layer = published.find(request.path_params["digest"])
    if layer is None:
        return Response("This layer is not here any more. Reload the page.", 404)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(layer.text(), media_type="application/json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(layer.packed, media_type="application/json", headers=headers)


def _moved(request: Request) -> Response:
    """Say what a plan brings with one pin elsewhere, while it is being dragged."""
    from gapmap.webapp import live_plans
    from gapmap.webapp.address import spot_of

    plan = live_plans.find(request.path_params["digest"])
    spot = spot_of(request.query_params.get("at", ""))
    if plan is None or spot is None:
        gone = "This plan is not here any more. Reload the page."
        return Response(gone, 404, media_type="text/plain")
    try:
        figures = plan.moved(request.query_params.get("pin", ""), *spot)
    except GapmapError as error:
        return Response(str(error), 404, media_type="text/plain")
    return JSONResponse(figures, headers={"Cache-Control": "no-store"})


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    content = asset_content(name)
    if content is None:
        return Response("There is no such file.", 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Cache-Control": _FOREVER})


class SecurityHeaders:
    """Adds to every answer what it may load and who may frame it, see :mod:`.policies`."""

    def __init__(self, app: ASGIApp, tiles_url: str = "") -> None:
        self._app = app
        self._tiles_url = tiles_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and mark its answer; a page of ours that has a policy keeps it."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                if b"content-security-policy" not in given:
                    told = Headers(scope=scope)
                    hosts = f"{told.get('host', '')},{told.get('x-forwarded-host', '')}"
                    ours = {
                        name.lower().encode(): value.encode()
                        for name, value in app_headers(self._tiles_url, hosts=hosts).items()
                    }
                    kept = [pair for pair in message["headers"] if pair[0].lower() not in ours]
                    message["headers"] = [*kept, *ours.items()]
            await send(message)

        await self._app(scope, receive, send_marked if scope["type"] == "http" else send)


def middleware() -> list[Middleware]:
    """Return what every answer passes through."""
    tiles_url = Settings.from_environment().tiles_url
    return [Middleware(SecurityHeaders, tiles_url=tiles_url), Middleware(BackToPage)]


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Say where the app is, get the slow imports done while the first person opens it.

    streamlit_folium is not imported here: its component must register inside a script run.
    """
    print(f"gapmap is at {_address()}", flush=True)
    warming = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    warming.start()
    yield {}
    await close_hub()
    # A warm-up cut short in the middle of compiled code may end the process badly.
    await asyncio.to_thread(warming.join, 10.0)


def _warm_up() -> None:
    from gapmap.webapp import cached
    from gapmap.webapp.live import hub  # noqa: F401

    cached.warm_up()
    gc.collect()
    # What is imported by now stays: no later collection needs to walk through it.
    gc.freeze()


def _address() -> str:
    from streamlit import config

    host = config.get_option("server.address") or "localhost"
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    return f"http://{shown}:{config.get_option('server.port')}/{base}{'/' if base else ''}"


def configure() -> None:
    """Give Streamlit our options, those left alone that somebody set on purpose."""
    from streamlit import config

    for name, value in OPTIONS.items():
        if not config.is_manually_set(name):
            config.set_option(name, value)


def serve(*, port: int = 8501, address: str = "127.0.0.1", base_path: str = "") -> None:
    """Start the app and stay until it is stopped.

    Parameters
    ----------
    port, address
        Where to listen.
    base_path
        Path below which a reverse proxy serves the app.

    Raises
    ------
    RequestError
        If something else listens there already, or nobody can tell who may make boards.
    """
    Makers.parse(Settings.from_environment().board_makers)
    _check_free(address, port)
    # Streamlit reads its options twice on this path and then warns of the difference.
    logging.getLogger("streamlit.config").addFilter(
        lambda record: "An update to the [server]" not in record.getMessage()
    )
    app = _load_app()
    app.run(
        config={
            **OPTIONS,
            "server.port": port,
            "server.address": address,
            "server.baseUrlPath": base_path.strip("/"),
        }
    )


def _check_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OverflowError:
            raise RequestError(f"{port} is not a port. Use one from 1024 to 65535.") from None
        except OSError as error:
            raise RequestError(
                f"The app cannot listen at {address}, port {port}: {error.strerror}. "
                f"Stop what runs there, or choose another port: gapmap serve --port {port + 1}"
            ) from None


def _load_app() -> st.App:
    """Import ``app.py``, the same file that ``streamlit run`` would be given."""
    path = bundle_folder() / "app.py"
    if not path.is_file():
        raise MissingFileError(f"The app's page list is not where it should be: {path}.")
    spec = importlib.util.spec_from_file_location("gapmap_app", path)
    if spec is None or spec.loader is None:
        raise MissingFileError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    app: st.App = module.app
    return app
