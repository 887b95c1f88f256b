"""A question to a service, and what of it may be shown."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Question", "Secret"]


class Secret(str):
    """A text that may be sent and must not be shown: its ``repr`` hides it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


@dataclass(frozen=True, slots=True)
class Question:
    """One request.

    Parameters
    ----------
    method, url, params
        What to send where.
    what
        What is asked for, in a person's words.
    largest_bytes
        Longest answer to take.
    check
        Raises for an answer that is not what it should be.
    secret
        Parameters that are sent and never shown or kept.
    form
        Fields and files of a form, as requests wants them.
    """

    method: str
    url: str
    params: dict[str, str]
    what: str
    largest_bytes: int
    check: Callable[[bytes], object] | None
    secret: dict[str, str] = field(default_factory=dict, repr=False)
    form: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def host(self) -> str:
        """Who is asked."""
        return urlsplit(self.url).hostname or self.url

    @property
    def shown(self) -> str:
        """Address and parameters for people to read."""
        address = _without_login(self.url)
        return f"{address}?{urlencode(self.params)}" if self.params else address

    @property
    def told_apart(self) -> list[object]:
        """Everything that an answer depends on; a key is not among it."""
        files = {
            name: hashlib.sha256(content).hexdigest()
            for name, (_, content, _) in self.form.get("files", {}).items()
        }
        fields = self.form.get("data", {})
        return [self.method, _without_login(self.url), self.params, fields, files]


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


_KEY: Final = re.compile(r"(?<=[?&]key=)[^&\s\"']+")


def _hide_keys(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            _KEY.sub("…", part) if isinstance(part, str) else part for part in record.args
        )
    return True


# urllib3 logs whole addresses when it is asked to log everything.
for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_hide_keys)
