"""Ask services over the network: patient, polite, bounded, and every answer kept on disk.

One :class:`Courier` carries every question of the sources. What comes back has been checked, is
kept whole (see :mod:`gapmap.sources.answers`) and is never asked for again while it is good. A
key travels as ``secret``: it is sent, and appears nowhere else.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from gapmap.errors import CancelledError, GapmapError, KeyNeededError, SourceError
from gapmap.sources.answers import AnswerStore, Kept, key_of
from gapmap.sources.failures import AnswerError, Failure, StatusError
from gapmap.sources.questions import Question, Secret
from gapmap.sources.wire import FailedTryError, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["LARGEST_BYTES", "Courier", "Reply", "Secret", "StatusError"]

LARGEST_BYTES: Final = 300_000_000
"""No boundary file of one county or state, and no table, comes near it."""

_LONGEST_PAUSE_S: Final = 30.0
_LONGEST_WAIT_S: Final = 120.0
"""Whoever asks to be left alone for longer is, and the person is told."""
_STEP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Reply:
    """A checked answer, on disk.

    Parameters
    ----------
    path
        The body.
    sha256
        Its digest.
    url
        The question, without anything secret.
    fetched
        The day it came, which may be long ago.
    from_cache
        Whether nobody had to be asked.
    """

    path: Path
    sha256: str
    url: str
    fetched: date
    from_cache: bool

    def content(self) -> bytes:
        """Return the body."""
        try:
            return self.path.read_bytes()
        except OSError:
            raise SourceError(
                f"The kept answer to {self.url} has just been removed. Run the same again."
            ) from None


class Courier:
    """Carries questions to services and brings back answers.

    Parameters
    ----------
    cache_folder
        Where answers are kept.
    tries
        How often one question is put before giving up.
    connect_s, read_s, whole_s
        Longest wait for a connection, between two bytes, and for a whole answer.
    pause_s
        Pause before the second try; doubled before each further one, half of it at random.
    at_once
        Most questions under way with one host.
    is_cancelled
        Asked ten times a second; once it says yes, everything under way ends.
    on_bytes
        Told how many more bytes have arrived, from the thread that reads them.
    today
        The day that answers are dated; else that of ``SOURCE_DATE_EPOCH``, else today (UTC).
    refresh
        Ask again for everything, however good the kept answer.
    sleep
        Waits so many seconds.
    """

    def __init__(
        self,
        cache_folder: Path,
        *,
        tries: int = 4,
        connect_s: float = 10.0,
        read_s: float = 60.0,
        whole_s: float = 1_800.0,
        pause_s: float = 0.5,
        at_once: int = 4,
        is_cancelled: Callable[[], bool] = lambda: False,
        on_bytes: Callable[[int], None] | None = None,
        today: date | None = None,
        refresh: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = AnswerStore(cache_folder)
        self._store.sweep(time.time())
        self._tries = tries
        self._wire = Wire(connect_s=connect_s, read_s=read_s, whole_s=whole_s, at_once=at_once)
        self._pause_s = pause_s
        self._at_once = at_once
        self._is_cancelled = is_cancelled
        self._on_bytes = on_bytes
        self._today = today or _today()
        self._refresh = refresh
        self._sleep = sleep
        self._lock = threading.Lock()
        self._seats: dict[str, threading.BoundedSemaphore] = {}

    @property
    def today(self) -> date:
        """The day that answers are dated."""
        return self._today

    def get(
        self,
        url: str,
        params: Mapping[str, object] | None = None,
        *,
        secret: Mapping[str, str] | None = None,
        check: Callable[[bytes], object] | None = None,
        largest_bytes: int = LARGEST_BYTES,
        keep_days: int | None = None,
        what: str,
    ) -> Reply:
        """Return the answer to a GET request, kept or fresh.

        Parameters
        ----------
        url
            Address without parameters.
        params
            Parameters, in the order to send them.
        secret
            Further parameters that nobody must see; answers do not depend on them.
        check
            Raises :class:`~gapmap.errors.SourceError` for a body that is not what it should be.
            Such a body is asked for again, and never kept. Any other error ends the matter.
        largest_bytes
            Refuse a longer body.
        keep_days
            How many days a kept answer is good for; None for ever, 0 not at all.
        what
            What is asked for, as the person would call it: ``the tracts of Texas``.

        Raises
        ------
        StatusError
            If the service refuses the question, or has nothing (204).
        SourceError
            If it does not answer, or not as it should, after all tries.
        CancelledError
            If somebody stopped it.
        """
        texts = {name: str(value) for name, value in (params or {}).items()}
        question = Question("GET", url, texts, what, largest_bytes, check, dict(secret or {}))
        return self._answer(question, keep_days)

    def post(
        self,
        url: str,
        *,
        fields: Mapping[str, str],
        file: bytes,
        check: Callable[[bytes], object] | None = None,
        keep_days: int | None = None,
        what: str,
        file_field: str = "addressFile",
        largest_bytes: int = LARGEST_BYTES,
    ) -> Reply:
        """Return the answer to a form with one CSV file, kept or fresh; see :meth:`get`.

        It is sent again after a failure: only for services to which twice is the same as once.

        Parameters
        ----------
        url
            Address of the form.
        fields
            Its other fields.
        file
            Content of the file.
        check, keep_days, what, largest_bytes
            As for :meth:`get`.
        file_field
            Name of the field that takes the file.
        """
        form = {"data": dict(fields), "files": {file_field: ("table.csv", file, "text/csv")}}
        question = Question("POST", url, {}, what, largest_bytes, check, form=form)
        return self._answer(question, keep_days)

    # ------------------------------------------------------------------------- one question

    def _answer(self, question: Question, keep_days: int | None) -> Reply:
        self._stop_if_cancelled()
        key = key_of(question.told_apart)
        if not self._refresh:
            kept = self._store.find(key, today=self._today, keep_days=keep_days)
            if kept is not None:
                return _reply(kept, question, from_cache=True)
        tries = 0
        while True:
            tries += 1
            came = self._try(question, key)
            if isinstance(came, Kept):
                return _reply(came, question, from_cache=False)
            if not came.is_passing or came.wait_s > _LONGEST_WAIT_S or tries >= self._tries:
                # Raised here and not where it happened: no traceback leads to a request.
                raise came.error(tries)
            pause_s = min(self._pause_s * 2 ** (tries - 1), _LONGEST_PAUSE_S)
            self._wait(max(came.wait_s, pause_s * random.uniform(0.5, 1.0)))

    def _try(self, question: Question, key: str) -> Kept | Failure:
        """Put a question once, in a thread of its own: a read that hangs cannot be cancelled."""
        answered, given_up = threading.Event(), threading.Event()
        came: list[Kept | Failure] = []

        def work() -> None:
            try:
                came.append(self._exchange(question, key, given_up))
            finally:
                answered.set()

        with self._seat(question.host):
            threading.Thread(target=work, daemon=True, name="gapmap-courier").start()
            try:
                while not answered.wait(_STEP_S):
                    self._stop_if_cancelled()
            finally:
                given_up.set()
        self._stop_if_cancelled()
        return came[0]

    def _exchange(self, question: Question, key: str, given_up: threading.Event) -> Kept | Failure:
        """Send, receive, check, keep; whatever goes wrong becomes a value."""
        try:
            with self._store.aside() as aside:
                sha256 = self._wire.ask(
                    question, aside, on_bytes=self._on_bytes, is_given_up=given_up.is_set
                )
                if question.check is not None:
                    question.check(aside.read_bytes())
                return self._store.keep(
                    key, aside, sha256, fetched=self._today, source=question.shown
                )
        except FailedTryError as error:
            return error.failure
        except GapmapError as error:
            is_final = isinstance(error, KeyNeededError | AnswerError)
            return Failure.of(error, is_passing=isinstance(error, SourceError) and not is_final)
        except Exception as error:
            return self._wire.failure(error, question)

    # ------------------------------------------------------------------------------ manners

    @contextlib.contextmanager
    def _seat(self, host: str) -> Iterator[None]:
        """Wait for one of a host's few seats."""
        with self._lock:
            seats = self._seats.setdefault(host, threading.BoundedSemaphore(self._at_once))
        while True:
            self._stop_if_cancelled()
            if seats.acquire(timeout=_STEP_S):
                break
        try:
            yield
        finally:
            seats.release()

    def _wait(self, seconds: float) -> None:
        while seconds > 0:
            self._stop_if_cancelled()
            self._sleep(min(seconds, _STEP_S))
            seconds -= _STEP_S

    def _stop_if_cancelled(self) -> None:
        if self._is_cancelled():
            raise CancelledError("Stopped as asked. What was fetched before is kept.")


def _reply(kept: Kept, question: Question, *, from_cache: bool) -> Reply:
    return Reply(kept.path, kept.sha256, question.shown, kept.fetched, from_cache)


def _today() -> date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return now.date()
