"""A real server of the live boards on loopback, and a client that keeps to the protocol."""

from __future__ import annotations

import contextlib
import copy
import http.client
import itertools
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.sync.client import connect

from gapmap.board import joining
from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.values import Role
from gapmap.webapp.live.hub import Hub
from gapmap.webapp.live.routes import live_routes
from tests.board.postgres_server import PostgresServer, free_port, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AREAS = {f"3600500{number:04d}": f"Ward {number % 3}" for number in range(12)}
FIRST, SECOND, THIRD, *_ = AREAS

PEOPLE = {
    "lead": (Role.FACILITATOR, ""),
    "harbour": (Role.PARTNER, "Harbour Aid"),
    "mill": (Role.PARTNER, "Mill Friends"),
    "looker": (Role.VIEWER, ""),
}


class Address:
    """Where a server of live boards is.

    Parameters
    ----------
    port, base
        Its port, and what stands before its addresses.
    """

    def __init__(self, port: int, base: str = "") -> None:
        self.port = port
        self.base = base

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Ask over HTTP; returns status and JSON."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        try:
            line.request(method, f"{self.base}/gapmap/board/{path}", body=data, headers=sent)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()


class LiveServer(Address):
    """An app server in a thread of this process, with a store and a loop of its own.

    Parameters
    ----------
    url
        Where its boards are.
    beat_s
        How often it looks after things.
    base
        What stands before its addresses.
    """

    def __init__(
        self, url: str, *, beat_s: float = 0.3, base: str = "", port: int | None = None
    ) -> None:
        self.url = url
        self.store = open_store(url)
        self.hub = Hub(self.store, beat_s=beat_s)
        super().__init__(port or free_port(), base)
        routes = [*live_routes(self._hub), *live_routes(self._hub, "/{base:path}")]
        app = Starlette(routes=routes, lifespan=self._lifespan)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=self.port,
                ws="websockets-sansio",
                ws_per_message_deflate=False,
                log_level="error",
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)

    async def _hub(self) -> Hub:
        await self.hub.start()
        return self.hub

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette):
        yield
        await self.hub.close()

    def stop(self) -> None:
        """Stop as on Ctrl+C."""
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
        self.store.close()


class Client:
    """One tab: keeps a copy of the board by the rules of the protocol.

    Parameters
    ----------
    server, token
        Where, and who.
    query
        What to ask with the address.
    back
        The tab that was cut off: what it has is known, and asked for is what came since.
    origin
        The page that opens the socket.
    """

    _names = itertools.count(1)

    def __init__(
        self,
        server: Address,
        token: str,
        *,
        board: str,
        query: str = "",
        back: Client | None = None,
        origin: str | None = None,
        **options: Any,
    ) -> None:
        if back is not None:
            query = f"?revision={back.revision}"
        address = f"ws://127.0.0.1:{server.port}{server.base}/gapmap/board/{board}/live{query}"
        self._open = contextlib.ExitStack()
        self.line = self._open.enter_context(
            connect(
                address,
                subprotocols=["gapmap.1", f"token.{token}"],
                origin=origin,
                compression=None,
                proxy=None,
                max_size=None,
                **({"max_queue": None, "close_timeout": 1} | options),
            )
        )
        self.messages: list[Any] = []
        self.state: dict[str, Any] = copy.deepcopy(back.state) if back else {}
        self.revision = back.revision if back else 0
        self.room: Any = None
        self.presence: Any = None
        self.you: Any = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the tab."""
        self._open.close()

    def receive(self, timeout_s: float = 30.0) -> Any:
        """Return the next message, taken over into the copy."""
        message = json.loads(self.line.recv(timeout=timeout_s))
        self.messages.append(message)
        self._learn(message)
        return message

    def until(self, is_it: Callable[[Any], bool] | str, timeout_s: float = 30.0) -> Any:
        """Return the next message of a kind, or for which something holds."""
        wanted = (lambda found: found["kind"] == is_it) if isinstance(is_it, str) else is_it
        end = time.monotonic() + timeout_s
        while True:
            message = self.receive(max(0.01, end - time.monotonic()))
            if wanted(message):
                return message

    def wait(self, is_so: Callable[[Client], bool], timeout_s: float = 30.0) -> Client:
        """Read until the copy is so that something holds."""
        end = time.monotonic() + timeout_s
        while not is_so(self):
            self.receive(max(0.01, end - time.monotonic()))
        return self

    def at(self, revision: int) -> Client:
        """Wait until the copy is as new as that."""
        return self.wait(lambda client: client.revision >= revision)

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.line.send(json.dumps(message))

    def ask(self, kind: str, name: str = "", **message: Any) -> Any:
        """Send a message and return its answer."""
        name = name or f"test-{next(self._names)}"
        self.send(kind=kind, id=name, **message)
        return self.until(lambda found: found.get("id") == name)

    def do(self, change: dict[str, Any], name: str = "", **more: Any) -> Any:
        """Change the board and return the answer."""
        return self.ask("do", name, change=change, **more)

    def in_room(self, **command: Any) -> Any:
        """Ask something of the room and return the answer."""
        return self.ask("room", **command)

    def take(self, *areas: str, partner: str, name: str = "") -> Any:
        """Take areas and return the answer."""
        return self.do({"do": "take", "areas": areas, "partner": partner}, name)

    def closed(self, timeout_s: float = 30.0) -> int:
        """Return the code that the server closes with, reading what comes before."""
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                self.receive(timeout_s)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006

    def _learn(self, message: Any) -> None:
        for name in ("you", "presence", "room"):
            if name in message:
                setattr(self, name, message[name])
        match message["kind"]:
            case "snapshot":
                self.state = message["state"]
                self.revision = message["revision"]
            case "events" if message["revision"] > self.revision:
                assert message["after"] <= self.revision, "something is missing"
                for section, values in message["patch"].items():
                    for key, value in values.items():
                        if value is None:
                            self.state[section].pop(key, None)
                        else:
                            self.state[section][key] = value
                self.revision = message["revision"]
            case "room":
                assert self.room is None or message["version"] > self.room["version"]
                self.room = {k: v for k, v in message.items() if k not in ("kind", "now")}
            case "presence":
                self.presence = {k: v for k, v in message.items() if k != "kind"}

    def sections(self) -> dict[str, Any]:
        """Return what the copy says lies on the board."""
        return {name: value for name, value in self.state.items() if isinstance(value, dict)}


class Table:
    """A board with its people: a server on it, and tokens by what somebody is.

    Parameters
    ----------
    url
        Where it is.
    server
        A server that is there already; one of its own otherwise.
    """

    def __init__(self, url: str, server: LiveServer | None = None) -> None:
        self.url = url
        with open_store(url) as store:
            self.board = store.create_board("town", AREAS, title="Round table").id
        self._joined: dict[str, joining.Joined] = {}
        self.servers: list[LiveServer] = []
        self.clients: list[Client] = []
        self.server = server or self.serve()

    def serve(self, **options: Any) -> LiveServer:
        """Start one more app server on the same boards."""
        server = LiveServer(self.url, **options)
        self.servers.append(server)
        return server

    def stop(self, server: LiveServer) -> None:
        """Stop an app server."""
        self.servers.remove(server)
        server.stop()

    @property
    def store(self) -> Store:
        return self.server.store

    def write(self, *, by: str = OPERATOR, **change: Any) -> int:
        """Change the board past the server's sockets; returns the revision."""
        return self.store.write(self.board, read_change(change), by=by).revision

    def promote(self, who: str) -> None:
        """Make somebody a facilitator from now on."""
        member = self.member(who)
        joining.set_role(self.store, self.board, member, Role.FACILITATOR, by=OPERATOR)

    def person(self, who: str) -> joining.Joined:
        """Let somebody join, the first time that they are asked for."""
        if who not in self._joined:
            role, partner = PEOPLE[who]
            offered = joining.offer(self.store, self.board, role, partner=partner, by=OPERATOR)
            self._joined[who] = joining.join(self.store, offered.code, who.title(), source=who)
        return self._joined[who]

    def token(self, who: str) -> str:
        return self.person(who).token

    def member(self, who: str) -> str:
        return self.person(who).member.id

    def open(self, who: str, *, server: Address | None = None, **options: Any) -> Client:
        """Open a tab, without reading anything."""
        options.setdefault("board", self.board)
        client = Client(server or self.server, self.token(who), **options)
        self.clients.append(client)
        return client

    def join(self, who: str, **options: Any) -> Client:
        """Open a tab and read the first message."""
        client = self.open(who, **options)
        client.receive()
        return client

    def first(self, who: str, query: str = "", **options: Any) -> Any:
        """Return the first message of a new tab."""
        return json.loads(self.open(who, query=query, **options).line.recv(timeout=10))

    def close_tabs(self) -> None:
        """Close every tab."""
        for client in self.clients:
            client.close()

    def close(self) -> None:
        self.close_tabs()
        for server in tuple(self.servers):
            self.stop(server)


def wait_until(is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """An app server for all tests that leave it as it is; each has a board of its own there."""
    server = LiveServer(f"sqlite:///{tmp_path_factory.mktemp('boards') / 'boards.db'}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def on_postgresql(postgres: PostgresServer) -> Iterator[LiveServer]:
    """The same on PostgreSQL."""
    server = LiveServer(postgres.new_database())
    yield server
    server.stop()


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """A board with its people, on each database."""
    server: LiveServer = request.getfixturevalue(request.param)
    made = Table(server.url, server)
    yield made
    made.close()


@pytest.fixture
def small_table(on_sqlite: LiveServer) -> Iterator[Table]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    made = Table(on_sqlite.url, on_sqlite)
    yield made
    made.close()
