"""The live boards as the app itself serves them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from gapmap.board import joining
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from gapmap.webapp import cached, server
from gapmap.webapp.live import presence
from gapmap.webapp.live.here import close_hub, hub_here
from tests.board.postgres_server import free_port
from tests.webapp.live.conftest import AREAS, FIRST, Address, Client, wait_until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def app(monkeypatch, tmp_path):
    """The app's own routes, served as it serves them; returns its address and database."""
    url = f"sqlite:///{tmp_path / 'boards.db'}"
    monkeypatch.setenv("GAPMAP_DATABASE_URL", url)
    cached.forget()

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        yield
        await close_hub()

    served = Starlette(routes=server.routes(), middleware=server.middleware(), lifespan=lifespan)
    port = free_port()
    config = uvicorn.Config(served, port=port, ws="websockets-sansio", log_level="error")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until(lambda: running.started)
    yield Address(port), url
    running.should_exit = True
    thread.join(20)
    cached.boards().close()
    cached.forget()


def test_the_app_has_a_socket_at_its_root_and_below_any_base_path():
    paths = [route.path for route in server.routes() if isinstance(route, WebSocketRoute)]
    assert paths == ["/gapmap/board/{board}/live", "/{base:path}/gapmap/board/{board}/live"]


@pytest.mark.parametrize("base", ["", "/maps/food"])
def test_a_board_made_by_the_command_line_is_live_in_the_app(app, base):
    address, url = app
    with open_store(url) as store:
        board = store.create_board("town", AREAS).id
        code = joining.offer(store, board, Role.PARTNER, partner="Harbour Aid", by=OPERATOR).code
    where = Address(address.port, base)
    status, joined = where.ask("POST", "join", body={"code": code, "name": "Desk four"})
    assert status == 200
    with Client(where, joined["token"], board=board) as client:
        assert client.receive()["state"]["study"] == "town"
        assert client.take(FIRST, partner="Harbour Aid")["revision"] == 2
        assert client.at(2).state["claims"].keys() == {FIRST}


def test_nothing_is_opened_before_somebody_looks_at_a_board(app, tmp_path):
    assert list(tmp_path.iterdir()) == []
    address, _ = app
    assert address.ask("GET", "nowhere/since")[0] == 401
    assert (tmp_path / "boards.db").exists()


def test_a_database_that_cannot_be_reached_is_told_and_tried_again(app, monkeypatch, tmp_path):
    address, _ = app
    taken = tmp_path / "not-a-folder"
    taken.write_text("")
    monkeypatch.setenv("GAPMAP_DATABASE_URL", f"sqlite:///{taken / 'boards.db'}")
    cached.forget()
    status, answer = address.ask("GET", "nowhere/since")
    assert (status, answer["code"], answer["again"]) == (503, "store", True)
    with Client(address, "x", board="nowhere") as client:
        assert client.closed() == 1012
    monkeypatch.setenv("GAPMAP_DATABASE_URL", f"sqlite:///{tmp_path / 'boards.db'}")
    cached.forget()
    assert address.ask("GET", "nowhere/since")[0] == 401


def test_there_is_one_hub_and_when_the_app_stops_it_ends(monkeypatch, tmp_path):
    monkeypatch.setenv("GAPMAP_DATABASE_URL", f"sqlite:///{tmp_path / 'boards.db'}")
    monkeypatch.setattr(server, "_warm_up", lambda: None)
    cached.forget()

    async def run():
        async with server.lifespan(None):
            first, second = await asyncio.gather(hub_here(), hub_here())
            assert first is second
            await asyncio.to_thread(first._feed.wait_until_live, 10)
            assert first.is_live
        return first

    with ThreadPoolExecutor(1) as thread:
        hub = thread.submit(lambda: asyncio.run(run())).result()
    assert not hub._feed._thread.is_alive()
    hub.store.close()
    cached.forget()


def test_gapmap_serve_has_its_boards_where_it_is_told_and_lets_everybody_go_when_it_stops(tmp_path):
    """The real thing: the app's own server, below a base path, in a process of its own."""
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    with open_store(url) as store:
        board = store.create_board("town", AREAS).id
        code = joining.offer(store, board, Role.PARTNER, partner="Harbour Aid", by=OPERATOR).code
        token = joining.join(store, code, "Desk four", source="here").token
    where = Address(free_port(), "/maps/food")
    served = subprocess.Popen(
        [
            *(sys.executable, "-m", "gapmap.cli", "serve", "--port", str(where.port)),
            *("--base-path", "maps/food", "--database-url", url),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(where.port), 90)
        with Client(where, token, board=board) as client:
            assert client.receive()["kind"] == "snapshot"
            client.wait(lambda one: one.presence["count"] == 1)
            assert client.take(FIRST, partner="Harbour Aid")["kind"] == "done"
            served.terminate()
            assert client.closed(30) == 1012
    finally:
        served.terminate()
        served.wait(60)
    with open_store(url) as store:
        assert store.state(board).claims.keys() == {FIRST}
        assert presence.here(store, [board]) == {board: {}}  # at once, not half a minute later


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
