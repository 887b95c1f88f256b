"""What goes wrong between here and a service, each as a sentence of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from gapmap.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "AnswerError",
    "Failure",
    "StatusError",
    "failure_of",
    "page_title",
    "seconds_to_wait",
    "status_failure",
]

_LONGEST_EXCERPT: Final = 200
_AGAIN: Final = "Run the same again later: what was fetched before is kept."
_CONNECTION: Final = "Check the connection to the internet and the base address of the service."
_ADDRESS: Final = "Check the base address of the service."


class AnswerError(SourceError):
    """An answer that asking again would not mend."""


class StatusError(AnswerError):
    """A service that answered, and gave nothing.

    Parameters
    ----------
    message
        The sentence.
    status
        HTTP status: 204 for nothing, 4xx for a refusal, 200 for an answer too large to take.
    text
        What the service said, on one line: for recognising a refusal.
    """

    def __init__(self, message: str, *, status: int, text: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Failure:
    """One try that failed.

    Parameters
    ----------
    error
        Makes the error from the number of tries.
    is_passing
        Whether the next try may succeed.
    wait_s
        How long the service asked to be left alone.
    """

    error: Callable[[int], Exception]
    is_passing: bool
    wait_s: float = 0.0

    @classmethod
    def of(cls, error: Exception, *, is_passing: bool) -> Failure:
        """Return a failure that has its sentence already."""
        # Without where it came from: frames and causes would hold the whole request.
        error.__cause__ = error.__context__ = None
        return cls(lambda _: error.with_traceback(None), is_passing)


def failure_of(
    error: Exception,
    *,
    host: str,
    what: str,
    timeout: tuple[float, float],
    secrets: Sequence[str] = (),
) -> Failure:
    """Say what an exception of requests, or of writing a file, means.

    Parameters
    ----------
    error
        The exception. Its text may hold a key, and is not shown.
    host, what
        Who was asked for what.
    timeout
        Seconds for a connection, and between two bytes.
    secrets
        What must not be shown.
    """
    import urllib3.exceptions as below
    from requests import exceptions as above

    table: tuple[tuple[tuple[type[Exception], ...], str, str, bool], ...] = (
        (
            (above.MissingSchema, above.InvalidSchema, above.InvalidURL),
            "that is no web address",
            _ADDRESS,
            False,
        ),
        ((above.TooManyRedirects,), "it sends from one address to the next", _ADDRESS, False),
        (
            (above.SSLError,),
            "its certificate cannot be trusted",
            "Check the clock of this computer, and whether a proxy stands between.",
            False,
        ),
        (
            (above.ProxyError,),
            "the proxy did not let it through",
            "Check HTTPS_PROXY and NO_PROXY.",
            True,
        ),
        (
            (above.ConnectTimeout,),
            f"no connection within {timeout[0]:g} seconds",
            _CONNECTION,
            True,
        ),
        (
            (above.ReadTimeout, below.ReadTimeoutError),
            f"it sent nothing for {timeout[1]:g} seconds",
            f"The service is slow or down. {_AGAIN}",
            True,
        ),
        ((below.NameResolutionError,), "its name could not be looked up", _CONNECTION, True),
        ((below.NewConnectionError,), "nobody answers at that address", _CONNECTION, True),
        (
            (above.RequestException, below.HTTPError),
            "the answer broke off or came damaged",
            _AGAIN,
            True,
        ),
    )
    causes = tuple(_causes(error))
    for kinds, found, cure, is_passing in table:
        if any(isinstance(cause, kinds) for cause in causes):
            return _failure(host, what, found, cure, is_passing=is_passing)
    if isinstance(error, OSError):
        found = f"the answer could not be written to the cache: {error.strerror or 'no reason'}"
        return _failure(host, what, found, "Make room, or set GAPMAP_CACHE.", is_passing=False)
    # A fault of the program: as it is, but for what must not be shown.
    error.args = tuple(
        _without(part, secrets) if isinstance(part, str) else part for part in error.args
    )
    return Failure.of(error, is_passing=False)


def status_failure(
    status: int,
    text: str,
    retry_after: str | None,
    *,
    host: str,
    what: str,
    secrets: Sequence[str] = (),
) -> Failure:
    """Say what an answer other than 200 means.

    Parameters
    ----------
    status
        HTTP status.
    text
        Beginning of the body.
    retry_after
        That header.
    host, what
        Who was asked for what.
    secrets
        What must not be shown.
    """
    wait_s = seconds_to_wait(retry_after)
    if status == 429:
        found = "it has too many questions to answer (429)"
        cure = f"It asks to wait {wait_s:,.0f} seconds. {_AGAIN}" if wait_s else _AGAIN
        return _failure(host, what, found, cure, is_passing=True, wait_s=wait_s)
    if status == 408 or status >= 500:
        found = f"the service failed ({status})"
        cure = f"The fault is on its side. {_AGAIN}"
        return _failure(host, what, found, cure, is_passing=True, wait_s=wait_s)
    said = _excerpt(_without(text, secrets))
    found, cure = {
        204: ("it has nothing (204)", "Check the place and the year."),
        401: ("it answers only those who have a key (401)", "Check the key."),
        403: ("it does not let us in (403)", "Check the key, and the base address."),
        404: ("there is nothing at that address (404)", "Check the year and the base address."),
    }.get(status, (f"it refused the question ({status})", _ADDRESS))
    if said and status != 404:
        found += f": “{said}”"
    sentence = f"Asked {host} for {what}: {found}. {cure}"
    return Failure.of(StatusError(sentence, status=status, text=said), is_passing=False)


def seconds_to_wait(retry_after: str | None) -> float:
    """Return what a ``Retry-After`` header asks for, in seconds; 0 without one."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return max(float(Retry().parse_retry_after(retry_after or "0")), 0.0)
    except InvalidHeader:
        return 0.0


def page_title(body: bytes) -> str | None:
    """Return the title of a web page, empty without one; None for anything but a page."""
    text = body[:4096].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return None
    title = re.search(r"<title[^>]*>(.*?)</title", text, flags=re.IGNORECASE | re.DOTALL)
    return _excerpt(title[1]) if title else ""


def _failure(
    host: str, what: str, found: str, cure: str, *, is_passing: bool, wait_s: float = 0.0
) -> Failure:
    def error(tries: int) -> SourceError:
        times = f", {tries} times" if tries > 1 else ""
        return SourceError(f"Asked {host} for {what}: {found}{times}. {cure}")

    return Failure(error, is_passing, wait_s)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk an exception and what it was made from: requests wraps urllib3, which wraps sockets."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting += [part for part in inner if isinstance(part, BaseException)]


def _excerpt(text: str) -> str:
    """Put foreign text on one short line of printable signs."""
    plain = unescape(re.sub(r"<[^>]*>", " ", text))
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    return line if len(line) <= _LONGEST_EXCERPT else f"{line[:_LONGEST_EXCERPT]}…"


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)} - {""}:
            text = text.replace(form, "…")
    return text
