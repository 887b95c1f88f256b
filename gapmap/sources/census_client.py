"""The `census` package as we use it: through our courier, at our address, for any year.

The package knows how a question to the Census is put. It has no time-out, no second try and no
cache, asks for the type of each variable, and knows a fixed list of years: here it gets a session
that goes through the courier, and takes every value as text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from census.core import ACS5Client, PLClient

from gapmap.errors import KeyNeededError, SourceError
from gapmap.sources.failures import AnswerError, StatusError, page_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.sources.http import Courier
    from gapmap.sources.questions import Secret

__all__ = ["CENSUS_KEY_URL", "BlockClient", "CensusSession", "Rows", "SurveyClient", "explained"]

Rows: TypeAlias = "list[dict[str, str | None]]"
"""Cells by column, an area a row."""

CENSUS_KEY_URL: Final = "https://api.census.gov/data/key_signup.html"


class CensusSession:
    """What `census` takes for a session of requests: it goes through the courier.

    Parameters
    ----------
    courier
        Carries the question.
    key
        The person's key, or nothing.
    what
        What is asked for, in words.
    columns
        Columns that a table must have; none for an answer that is no table.
    read
        Raises for rows that make no sense; such an answer is not kept.
    keep_days
        How many days an answer is good for.
    """

    def __init__(
        self,
        courier: Courier,
        key: Secret,
        what: str,
        *,
        columns: tuple[str, ...] = (),
        read: Callable[[Rows], object] = list,
        keep_days: int | None = None,
    ) -> None:
        self._courier = courier
        self._key = key
        self._what = what
        self._columns = columns
        self._read = read
        self._keep_days = keep_days

    def get(self, url: str, params: dict[str, str]) -> _Answer:
        """Ask through the courier; nothing at all (204) is an answer, too."""
        host = urlsplit(url).hostname or url
        try:
            reply = self._courier.get(
                url,
                {name: value for name, value in params.items() if name != "key"},
                secret={"key": self._key} if self._key else None,
                check=lambda body: self._check(body, host),
                keep_days=self._keep_days,
                what=self._what,
            )
        except StatusError as refused:
            if refused.status == 204:
                return _Answer(204, b"")
            raise
        return _Answer(200, reply.content())

    def _check(self, body: bytes, host: str) -> None:
        answer = _json_of(body, host, self._what)
        if self._columns:
            self._read(_rows_of(answer, host, self._what, self._columns))


class _Answer:
    """What `census` takes for a response of requests."""

    def __init__(self, status_code: int, body: bytes) -> None:
        self.status_code = status_code
        self._body = body

    def json(self) -> Any:
        return json.loads(self._body)


class _AtOurAddress:
    """What both clients of the package do otherwise."""

    folder: str

    def __init__(self, base: str, session: CensusSession) -> None:
        # The key is the session's business; the package only wants to see one.
        super().__init__("kept elsewhere", session=session, retries=1)  # type: ignore[call-arg]
        self.endpoint_url = base.replace("%", "%%") + f"/%s/{self.folder}/%s"

    def _switch_endpoints(self, year: int) -> None:
        """Keep our address."""

    def _field_type(self, field: str, year: int) -> type[str]:  # noqa: ARG002
        return str


class SurveyClient(_AtOurAddress, ACS5Client):  # type: ignore[misc]
    """The five-year American Community Survey."""

    folder = "acs"


class BlockClient(_AtOurAddress, PLClient):  # type: ignore[misc]
    """The count of 2020 by block (PL 94-171)."""

    folder = "dec"


def _json_of(body: bytes, host: str, what: str) -> Any:
    title = page_title(body)
    if title is not None:
        if "missing key" in title.casefold():
            raise KeyNeededError(
                f"{host} answers only those who have a key: get one, free, at {CENSUS_KEY_URL} "
                "and put it in CENSUS_API_KEY; the demo study “nyc” needs none."
            )
        if "invalid key" in title.casefold():
            raise KeyNeededError(
                f"{host} does not know the key in CENSUS_API_KEY: check it, or get one, free, at "
                f"{CENSUS_KEY_URL}; the demo study “nyc” needs none."
            )
        raise SourceError(
            f"Asked {host} for {what}: it sent a web page (“{title}”) instead of JSON. "
            "The service is being worked on, or something stands between; try again later."
        )
    try:
        return json.loads(body)
    except ValueError:
        raise SourceError(
            f"Asked {host} for {what}: the answer is not JSON, or only a part of it. "
            "Try again later."
        ) from None


def _rows_of(rows: Any, host: str, what: str, columns: tuple[str, ...]) -> Rows:
    is_table = isinstance(rows, list) and all(isinstance(row, list) for row in rows) and rows
    if not is_table or any(len(row) != len(rows[0]) for row in rows):
        raise SourceError(
            f"Asked {host} for {what}: the answer is JSON, but no table. Try again later."
        )
    if missing := [column for column in columns if column not in rows[0]]:
        raise AnswerError(
            f"Asked {host} for {what}: the answer lacks {', '.join(missing[:5])}. "
            "The tables of that year are different: name another year."
        )
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def explained(refused: StatusError, host: str, what: str, year: int) -> StatusError:
    """Say what a refusal means where the service says it in its own words."""
    unknown = re.search(r"unknown variable ['\"‘’]?([A-Za-z0-9_]+)", refused.text)
    if unknown:
        found = f"there is no variable {unknown[1]} in the tables of {year}"
        cure = "They are different from year to year: name another year."
    elif "geography" in refused.text:
        found = f"it does not publish that for such areas in {year}"
        cure = "Name another year, or tracts instead of block groups."
    elif refused.status == 404:
        found = f"there is no such survey of {year}"
        cure = "Name an earlier year, or none for the newest."
    else:
        return refused
    return StatusError(
        f"Asked {host} for {what}: {found}. {cure}", status=refused.status, text=refused.text
    )
