"""The server: one port on this machine, a thread a connection, and the faults on the way out."""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import struct
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fake_sources.answers import Answer, Query, page
from tests.fake_sources.boundaries import BoundaryService
from tests.fake_sources.census import CensusService
from tests.fake_sources.faults import Fault, Faults, Request, Requests
from tests.fake_sources.geocoder import GeocoderService
from tests.fake_sources.region import make_region
from tests.fake_sources.sites import SiteService
from tests.fake_sources.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["FakeSources"]

LARGEST_UPLOAD = 50_000_000


class FakeSources:
    """All services on one loopback port, for as long as the ``with`` block lasts.

    Parameters
    ----------
    states
        Whole states to serve besides the small region: FIPS code and how many tracts.
    pace_s
        Seconds that every answer takes, besides what faults add.
    port
        Port to listen on; 0 takes a free one.

    Attributes
    ----------
    faults, requests
        Faults to come, and the log of what was asked.
    truth
        Tables behind the answers.
    pace_s
        May be changed while it runs.
    problems
        What went wrong in the services themselves; the ``with`` block ends with the first.
    """

    def __init__(
        self, *, states: Mapping[str, int] | None = None, pace_s: float = 0.0, port: int = 0
    ) -> None:
        self.region = make_region(dict(states or {}))
        self.faults = Faults()
        self.requests = Requests()
        self.truth = Truth(self.region)
        self.problems: list[str] = []
        self.pace_s = pace_s
        self._wanted_port = port
        self._census = CensusService(self.region)
        self._boundaries = BoundaryService(self.region)
        self._geocoder = GeocoderService(self.region)
        self._sites = SiteService(self.region)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        # One answer is made at a time, so that what all of them need is made once.
        self._making = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self.problems:
            raise AssertionError("The fake services themselves failed:\n" + self.problems[0])

    def start(self) -> None:
        """Listen and answer in the background."""
        self._server = _Server(("127.0.0.1", self._wanted_port), self)
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.end_connections()
            self._thread.join()
            self._server = self._thread = None

    @property
    def port(self) -> int:
        """Port that it listens on."""
        if self._server is None:
            raise RuntimeError("The fake services are not running: use them in a with block.")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Address that all four base addresses start with."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Settings that point gapmap at the fake services."""
        return {
            "CENSUS_API_KEY": "made-up-key",
            "GAPMAP_CENSUS_URL": f"{self.url}/census",
            "GAPMAP_BOUNDARIES_URL": f"{self.url}/geo",
            "GAPMAP_GEOCODER_URL": f"{self.url}/geocoder",
            "GAPMAP_SITES_URL": f"{self.url}/arcgis",
        }

    @property
    def asked_site_fields(self) -> set[str]:
        """Every field of the sites that any question named."""
        return set(self._sites.asked_fields)

    def answer(
        self, method: str, target: str, content_type: str, body: bytes, fault: Fault
    ) -> Answer:
        """Answer one request as it should be, but for columns that a fault changes."""
        parts = urlsplit(target)
        service, _, rest = unquote(parts.path).lstrip("/").partition("/")
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if content_type.startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(body.decode(), keep_blank_values=True)
        query: dict[str, list[str]] = {}
        for name, value in pairs:
            query.setdefault(name, []).append(value)
        path = f"/{rest}" if rest else ""
        with self._making:
            return self._made(service, path, query, method, content_type, body, fault)

    def _made(
        self,
        service: str,
        path: str,
        query: Query,
        method: str,
        content_type: str,
        body: bytes,
        fault: Fault,
    ) -> Answer:
        match service:
            case "census":
                return self._census.answer(path, query, fault.columns)
            case "geo":
                return self._boundaries.answer(path, fault.columns)
            case "arcgis":
                return self._sites.answer(path, query, fault.columns)
            case "geocoder":
                return self._geocoder.answer(path, method, content_type, body)
            case _:
                return page("404 Not Found", f"There is no service at /{service}.", 404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: FakeSources) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """End what clients have left open, so that no thread waits for them."""
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "GapmapFakeSources"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve("GET", b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_UPLOAD:
            self._send(page("413 Content Too Large", "The upload is too large.", 413), Fault())
            return
        self._serve("POST", self.rfile.read(length))

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the log is in ``requests``."""

    def _serve(self, method: str, upload: bytes) -> None:
        fake = self.server.fake
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = "&".join(sorted(f"{name}={value}" for name, value in pairs if name != "key"))
        path = unquote(parts.path)
        fault = fake.faults.next_of(f"{method} {path}?{query}")
        fake.requests.start(method)
        status = 0
        answer = None
        try:
            time.sleep(fake.pace_s + fault.wait_s)
            if not fault.drops and not self._is_left():
                kind = self.headers.get("Content-Type") or ""
                answer = fault.instead or fake.answer(method, self.path, kind, upload, fault)
                status = answer.status
        except Exception:
            fake.problems.append(f"{method} {path}?{query}\n{traceback.format_exc()}")
            answer, status = page("500", "The fake service itself failed.", 500), 500
        finally:
            # Before the answer goes out: who has it can rely on its being in the log.
            is_whole = fault in (Fault(), Fault(wait_s=fault.wait_s))
            fake.requests.end(
                Request(
                    method=method,
                    path=path,
                    query=query,
                    has_key=any(name == "key" for name, _ in pairs),
                    status=status,
                    is_whole=is_whole,
                    upload=hashlib.sha256(upload).hexdigest()[:12] if upload else "",
                    user_agent=self.headers.get("User-Agent") or "",
                )
            )
        if answer is None:
            self._drop()
        else:
            self._send(answer, fault)

    def _is_left(self) -> bool:
        """Whether the client has hung up while it waited."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send(self, answer: Answer, fault: Fault) -> None:
        sent = answer.body[: int(len(answer.body) * fault.kept_share)]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            promised = answer.body if fault.says_full_length else sent
            self.send_header("Content-Length", str(len(promised)))
        self.end_headers()
        self.wfile.write(sent)
        if fault.says_full_length:
            self.wfile.flush()
            self.close_connection = True

    def _drop(self) -> None:
        """Reset the connection, as a router does."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()
