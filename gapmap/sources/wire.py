"""One request on the wire: what is sent, what is taken, and how long it may last."""

from __future__ import annotations

import hashlib
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

from gapmap.errors import CancelledError, SourceError
from gapmap.sources.failures import Failure, StatusError, failure_of, status_failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from gapmap.sources.questions import Question

__all__ = ["FailedTryError", "Wire"]

_BLOCK_BYTES: Final = 1 << 16
_LARGEST_REFUSAL_BYTES: Final = 4_000
_MOST_REDIRECTS: Final = 5


class FailedTryError(SourceError):
    """A service that answered with another status than 200.

    Parameters
    ----------
    failure
        What that means.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__("The service answered with another status than 200.")
        self.failure = failure


class Wire:
    """Connections to services.

    Parameters
    ----------
    connect_s, read_s
        Longest wait for a connection, and between two bytes.
    whole_s
        Longest wait for a whole answer: one that drips never lets the other strike.
    at_once
        Connections to keep for each host.
    """

    def __init__(self, *, connect_s: float, read_s: float, whole_s: float, at_once: int) -> None:
        self._timeout = (connect_s, read_s)
        self._whole_s = whole_s
        self._at_once = at_once
        self._lock = threading.Lock()
        self._opened: requests.Session | None = None

    def ask(
        self,
        question: Question,
        aside: Path,
        *,
        on_bytes: Callable[[int], None] | None,
        is_given_up: Callable[[], bool],
    ) -> str:
        """Put a question once, write the body of the answer to a file and return its SHA-256.

        Raises
        ------
        FailedTryError
            For any status but 200.
        SourceError
            If the answer is too large, or takes too long.
        Exception
            Whatever requests raises; :meth:`failure` says what it means.
        """
        with self._session().request(
            question.method,
            question.url,
            params={**question.params, **question.secret},
            timeout=self._timeout,
            stream=True,
            **question.form,
        ) as response:
            if response.status_code != 200:
                text = response.raw.read(_LARGEST_REFUSAL_BYTES, decode_content=True)
                raise FailedTryError(
                    status_failure(
                        response.status_code,
                        text.decode("utf-8", "replace"),
                        response.headers.get("Retry-After"),
                        host=question.host,
                        what=question.what,
                        secrets=tuple(question.secret.values()),
                    )
                )
            return self._receive(question, response, aside, on_bytes, is_given_up)

    def failure(self, error: Exception, question: Question) -> Failure:
        """Say what an exception of :meth:`ask` means."""
        return failure_of(
            error,
            host=question.host,
            what=question.what,
            timeout=self._timeout,
            secrets=tuple(question.secret.values()),
        )

    def _receive(
        self,
        question: Question,
        response: requests.Response,
        aside: Path,
        on_bytes: Callable[[int], None] | None,
        is_given_up: Callable[[], bool],
    ) -> str:
        digest, size, started_s = hashlib.sha256(), 0, time.monotonic()
        asked = f"Asked {question.host} for {question.what}"
        with aside.open("wb") as written:
            # read1 gives what is there; read would wait until a whole block is.
            while block := response.raw.read1(_BLOCK_BYTES, decode_content=True):
                if is_given_up():
                    raise CancelledError("Nobody waits for this any more.")
                size += len(block)
                if size > question.largest_bytes:
                    raise StatusError(
                        f"{asked}: the answer is larger than "
                        f"{question.largest_bytes / 1e6:,.0f} MB and was not taken. "
                        "Check the base address of the service.",
                        status=200,
                    )
                if time.monotonic() - started_s > self._whole_s:
                    raise SourceError(
                        f"{asked}: the answer was not whole after {self._whole_s:,.0f} seconds. "
                        "The service is slow; run the same again later."
                    )
                digest.update(block)
                written.write(block)
                if on_bytes is not None:
                    on_bytes(len(block))
        return digest.hexdigest()

    def _session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        from gapmap import __version__

        with self._lock:
            if self._opened is None:
                session = requests.Session()
                session.headers["User-Agent"] = f"gapmap/{__version__}"
                session.max_redirects = _MOST_REDIRECTS
                # Answers must not depend on what was asked before.
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                adapter = HTTPAdapter(pool_maxsize=self._at_once, max_retries=0)
                session.mount("https://", adapter)
                session.mount("http://", adapter)
                self._opened = session
            return self._opened
