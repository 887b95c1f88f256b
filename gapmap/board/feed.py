"""What is new on any board, whoever wrote it, in whichever process.

PostgreSQL tells by itself (LISTEN/NOTIFY). An SQLite file has a counter that every other
connection's commit moves; asking for it costs microseconds, so it is asked for ten times a second.
Either way only the newest revision is told: what happened is read from the store.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import psycopg

from gapmap.board.database import CHANNEL
from gapmap.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from gapmap.board.store import Store

__all__ = ["Feed"]

_LOG: Final = logging.getLogger(__name__)

_INTERVAL_S: Final = 0.1
_PATIENCE_S: Final = (0.2, 5.0)
"""How long to wait after a failure, at first and at most."""


class Feed:
    """Tells listeners of every new revision, in a thread of its own.

    Parameters
    ----------
    store
        Whose boards. Stays the caller's to close, after the feed.
    interval_s
        How often an SQLite file is looked at, and how soon :meth:`close` is noticed.
    """

    def __init__(self, store: Store, *, interval_s: float = _INTERVAL_S) -> None:
        self._store = store
        self._interval_s = interval_s
        self._listeners: list[Callable[[str, int], None]] = []
        self._told: dict[str, int] = {}
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._connected = threading.Event()
        self._forget: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="gapmap-board-feed", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin; everything that is written after this has returned is told."""
        self._told = self._store.revisions()
        # Our own writes are told at once, without waiting for the file to be looked at.
        self._forget = self._store.on_change(lambda *_: self._wake.set())
        self._thread.start()

    def close(self) -> None:
        """End, and wait for the thread."""
        self._ended.set()
        self._wake.set()
        self._forget()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def is_live(self) -> bool:
        """Whether the database is being listened to now; if not, it is tried again."""
        return self._connected.is_set()

    def wait_until_live(self, timeout_s: float) -> bool:
        """Wait until the database is being listened to; tell whether it is."""
        return self._connected.wait(timeout_s)

    def subscribe(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        """Call somebody with a board and its newest revision whenever it has one.

        Called in the feed's thread; it must return soon (an event loop's
        ``call_soon_threadsafe`` does). Returns what ends it.
        """
        self._listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def _run(self) -> None:
        wait_s = _PATIENCE_S[0]
        while not self._ended.is_set():
            try:
                for _ in self._signs():
                    self._connected.set()
                    wait_s = _PATIENCE_S[0]
                    self._tell()
            except (StoreError, sqlite3.Error, psycopg.Error) as error:
                self._connected.clear()
                _LOG.warning("The boards' database does not answer: %s", error)
                self._ended.wait(wait_s)
                wait_s = min(2 * wait_s, _PATIENCE_S[1])

    def _signs(self) -> Iterator[None]:
        """Yield once after connecting, and whenever there may be something new."""
        if self._store.database.is_sqlite:
            return self._signs_of_a_file()
        return self._signs_of_a_server()

    def _signs_of_a_file(self) -> Iterator[None]:
        with closing(sqlite3.connect(self._store.database.path, timeout=5)) as file:
            seen = None
            while not self._ended.is_set():
                (version,) = file.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    yield
                self._wake.wait(self._interval_s)
                self._wake.clear()

    def _signs_of_a_server(self) -> Iterator[None]:
        address = self._store.database.psycopg_address
        with psycopg.connect(
            address,
            autocommit=True,
            application_name="gapmap feed",
            connect_timeout=10,
            # A server that vanished without a word is noticed within half a minute.
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        ) as server:
            server.execute(f"LISTEN {CHANNEL}")
            yield  # what came between two connections
            while not self._ended.is_set():
                if list(server.notifies(timeout=self._interval_s, stop_after=1)):
                    yield

    def _tell(self) -> None:
        for board, revision in self._store.revisions().items():
            if revision > self._told.get(board, 0):
                self._told[board] = revision
                for listener in tuple(self._listeners):
                    try:
                        listener(board, revision)
                    except Exception:
                        # One broken listener must not silence the others.
                        _LOG.exception("A listener to board %s failed", board)
