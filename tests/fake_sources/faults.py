"""Faults to come, answer by answer, and the log of what was asked."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fake_sources.answers import Answer, page, text_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Fault",
    "Faults",
    "Request",
    "Requests",
    "damaged",
    "dropped",
    "fine",
    "html",
    "no_content",
    "renamed",
    "server_error",
    "short",
    "slow",
    "too_many",
    "without",
]


@dataclass(frozen=True)
class Fault:
    """How one answer goes wrong; without anything set it is as it should be.

    Parameters
    ----------
    wait_s
        Seconds before the answer.
    instead
        What is answered instead.
    columns
        Columns renamed, or dropped where the new name is None.
    kept_share
        Share of the body that is sent; the rest is missing.
    says_full_length
        Whether the header promises the whole body all the same, so that the connection ends
        too early; otherwise the short body looks like a whole one.
    drops
        Whether the connection ends without an answer.
    """

    wait_s: float = 0.0
    instead: Answer | None = None
    columns: dict[str, str | None] = field(default_factory=dict)
    kept_share: float = 1.0
    says_full_length: bool = False
    drops: bool = False


def fine() -> Fault:
    """Nothing wrong: to let some answers pass before a fault."""
    return Fault()


def slow(seconds: float) -> Fault:
    """Answer after so many seconds."""
    return Fault(wait_s=seconds)


def no_content() -> Fault:
    """Answer 204, without a body."""
    return Fault(instead=Answer(204))


def too_many(retry_after_s: int | None = 1) -> Fault:
    """Answer 429, saying after how many seconds to come back (None: not saying)."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Fault(instead=Answer(429, b"Too Many Requests", headers=headers))


def server_error(status: int = 500) -> Fault:
    """Answer that the service itself has failed."""
    return Fault(instead=text_answer("There was an error while running your query.", status))


def html(title: str = "Service Unavailable") -> Fault:
    """Answer 200 with a page for people."""
    return Fault(instead=page(title, "The service is being maintained. Please come back later."))


def damaged(kept_share: float = 0.5) -> Fault:
    """Answer with the first part of the body as if it were all."""
    return Fault(kept_share=kept_share)


def short(kept_share: float = 0.5) -> Fault:
    """Promise the whole body and end the connection before it is sent."""
    return Fault(kept_share=kept_share, says_full_length=True)


def dropped() -> Fault:
    """End the connection without an answer."""
    return Fault(drops=True)


def without(*columns: str) -> Fault:
    """Answer without some columns of the table: Census JSON, features, shapefiles, centres."""
    return Fault(columns=dict.fromkeys(columns))


def renamed(**columns: str) -> Fault:
    """Answer with columns renamed: ``renamed(GEOID="GEOID20")``."""
    return Fault(columns=dict(columns))


class Faults:
    """Faults that wait for the next requests of a kind.

    The pattern is a regular expression looked for in method, path and query, as in
    ``GET /census/2024/acs/acs5?get=NAME&for=tract:*`` (unquoted, without the key).
    """

    def __init__(self) -> None:
        self._lines: list[tuple[re.Pattern[str], list[Fault]]] = []
        self._always: list[tuple[re.Pattern[str], Fault]] = []
        self._lock = threading.Lock()

    def add(self, pattern: str, *faults: Fault) -> None:
        """Let the next requests that match meet these faults, one after the other."""
        with self._lock:
            self._lines.append((re.compile(pattern), list(faults)))

    def always(self, pattern: str, fault: Fault) -> None:
        """Let every request that matches meet this fault, until cleared."""
        with self._lock:
            self._always.append((re.compile(pattern), fault))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._lines.clear()
            self._always.clear()

    @property
    def left(self) -> int:
        """How many of the faults put in line no request has met yet."""
        with self._lock:
            return sum(len(faults) for _, faults in self._lines)

    def next_of(self, asked: str) -> Fault:
        """Take the fault whose turn it is; of several lines the first that is not used up."""
        with self._lock:
            for pattern, faults in self._lines:
                if faults and pattern.search(asked):
                    return faults.pop(0)
            for pattern, fault in self._always:
                if pattern.search(asked):
                    return fault
        return Fault()


@dataclass(frozen=True)
class Request:
    """One request, as it was answered.

    Parameters
    ----------
    method, path
        As sent; the path without the query.
    query
        Names and values, unquoted and sorted, without the key.
    has_key
        Whether a key came along.
    status
        What was answered; 0 where the connection was ended.
    is_whole
        Whether the answer was sent as it should be, without a fault.
    upload
        Start of the SHA-256 of what was uploaded.
    user_agent
        How the client called itself.
    """

    method: str
    path: str
    query: str
    has_key: bool
    status: int
    is_whole: bool
    upload: str = ""
    user_agent: str = ""

    @property
    def asked(self) -> str:
        """Return method, path and query in one line."""
        return f"{self.method} {self.path}" + (f"?{self.query}" if self.query else "")


class Requests:
    """Log of all requests, in the order of their answers."""

    def __init__(self) -> None:
        self._all: list[Request] = []
        self._under_way: Counter[str] = Counter()
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(list(self._all))

    def __getitem__(self, position: Any) -> Any:
        with self._lock:
            return list(self._all)[position]

    def start(self, method: str) -> None:
        """Note that a request has come in."""
        with self._lock:
            self._under_way[method] += 1
            self.most_at_once = max(self.most_at_once, self._under_way.total())

    def end(self, request: Request) -> None:
        """Note how a request was answered."""
        with self._lock:
            self._under_way[request.method] -= 1
            self._all.append(request)

    def matching(self, pattern: str) -> list[Request]:
        """Return requests whose method, path and query match a regular expression."""
        return [request for request in self if re.search(pattern, request.asked)]

    def counts(self) -> Counter[str]:
        """Return how often each question was asked, whatever was answered."""
        return Counter(request.asked for request in self)

    def repeated(self) -> dict[str, int]:
        """Return questions that had a good answer more than once, with how often.

        What a killed client had asked for and not yet kept, it may ask for again.
        """
        good = Counter(
            f"{request.asked} {request.upload}".strip()
            for request in self
            if request.is_whole and request.status in (200, 204)
        )
        return {asked: count for asked, count in good.items() if count > 1}

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._all.clear()
            self.most_at_once = self._under_way.total()
