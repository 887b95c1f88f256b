"""The pages of a board without a Streamlit session: for partners, phones and the projector."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import Route

from gapmap.errors import GapmapError, UnknownNameError, said_outside
from gapmap.settings import Settings
from gapmap.views.maps import MAP_STYLES
from gapmap.views.room_map import (
    ROOM_SCRIPTS,
    ROOM_STYLES,
    RoomAddresses,
    join_page,
)
from gapmap.webapp import cached, published
from gapmap.webapp.assets import LEAFLET_ASSETS, asset_version
from gapmap.webapp.policies import page_headers

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from gapmap.model import Study

__all__ = ["room_addresses", "room_routes"]

_LOG: Final = logging.getLogger(__name__)

_FRESH: Final = {"Cache-Control": "no-store"}


def room_routes(base: str = "") -> list[BaseRoute]:
    """Return the routes of the pages: the door, a board's room, and what its areas weigh.

    Parameters
    ----------
    base
        What stands before them in an address, as Starlette writes it.
    """
    return [
        Route(f"{base}/gapmap/room/join", _join),
        Route(f"{base}/gapmap/room/{{board}}", _room),
        Route(f"{base}/gapmap/room/{{board}}/facts", _facts),
    ]


def room_addresses(study: Study, *, root: str) -> RoomAddresses:
    """Publish what the map of a board needs, and say where it is.

    Parameters
    ----------
    study
        The study.
    root
        The folder of our own addresses, relative to the page that asks: ``../``.
    """
    side, version = cached.need_side(study.id), asset_version()

    def assets(*names: str, ending: str) -> tuple[str, ...]:
        return tuple(f"{root}assets/{version}/{name}" for name in names if name.endswith(ending))

    def layer(address: str) -> str:
        return root + address.removeprefix("gapmap/")

    return RoomAddresses(
        scripts=assets(*LEAFLET_ASSETS, *ROOM_SCRIPTS, ending=".js"),
        styles=assets(*LEAFLET_ASSETS, *MAP_STYLES, *ROOM_STYLES, ending=".css"),
        root=root,
        areas=layer(published.publish(side.areas)),
        outlines=None if side.outlines is None else layer(published.publish(side.outlines)),
    )


def _join(_request: Request) -> Response:
    page = join_page(root="../", assets=f"../assets/{asset_version()}/")
    return _page(page)


def _room(request: Request) -> Response:
    """Write the page of a board. It says nothing of the board itself: that is for who joins."""
    board = request.path_params["board"]
    try:
        study = cached.study(cached.boards().board(board).study)
        addresses = room_addresses(study, root="../")
    except GapmapError as error:
        return _gone(error)
    tiles = Settings.from_environment().tiles_url
    return _page(cached.room_page(study, board, addresses, tiles), tiles_url=tiles)


def _page(page: str, *, tiles_url: str = "") -> Response:
    headers = {**_FRESH, **page_headers(page, tiles_url=tiles_url)}
    return Response(page, media_type="text/html", headers=headers)


def _facts(request: Request) -> Response:
    """Say what the areas of a board weigh by the question that it asks now."""
    board = request.path_params["board"]
    try:
        facts = cached.room_facts(board)
    except GapmapError as error:
        return _gone(error)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(facts.text(), media_type="application/json", headers=_FRESH)
    headers = {**_FRESH, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(facts.packed, media_type="application/json", headers=headers)


def _gone(error: GapmapError) -> Response:
    """Say why there is no such page; only that there is no board is the asker's own doing."""
    is_asked_wrongly = isinstance(error, UnknownNameError)
    status = HTTPStatus.NOT_FOUND if is_asked_wrongly else HTTPStatus.SERVICE_UNAVAILABLE
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        _LOG.warning("The page of a board cannot be shown: %s", error)
    return Response(said_outside(error), status, media_type="text/plain", headers=_FRESH)
