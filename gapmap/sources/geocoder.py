"""The Census Bureau's batch geocoder: addresses in, places out, each address asked once.

Nothing but street, city, state and ZIP code is ever sent: a row goes by a running number.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import pandas as pd

from gapmap.errors import CancelledError, SourceError
from gapmap.sources.place_cache import FoundPlace, PlaceCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

__all__ = ["GEOCODER_COLUMNS", "ROWS_A_REQUEST", "Geocoder"]

GEOCODER_COLUMNS: Final = (
    *("id", "outcome", "quality", "matched_address", "longitude", "latitude", "note"),
)
ROWS_A_REQUEST: Final = 500
"""Addresses in one request. The service takes 10,000 and grows unsure far below that."""
_MOST_ROWS_A_REQUEST: Final = 1_000
_BENCHMARK: Final = "Public_AR_Current"
_LONGEST_PART: Final = 100
_GIVE_UP_AFTER: Final = 2
"""Chunks in a row without an answer, after which the service is taken to be away."""


class _Answer(Protocol):
    """What a courier brings back."""

    def content(self) -> bytes:
        """Return the body."""


class _Poster(Protocol):
    """What posts a form; a :class:`gapmap.sources.http.Courier` does."""

    def post(
        self,
        url: str,
        *,
        fields: Mapping[str, str],
        file: bytes,
        check: Callable[[bytes], None],
        keep_days: int,
        what: str,
    ) -> _Answer:
        """Post a form with one file and return the answer."""


@dataclass(frozen=True, slots=True)
class _Address:
    """The parts of an address as they are sent."""

    street: str
    city: str
    state: str
    zip: str

    @property
    def missing(self) -> str:
        if not self.street:
            return "The row has no street."
        if not self.zip and not (self.city and self.state):
            return "The row has no ZIP code, and no city with its state."
        return ""

    @property
    def key(self) -> tuple[str, ...]:
        """The same for every spelling of the same address."""
        parts = (self.street, self.city, self.state, self.zip[:5])
        return tuple(" ".join(re.sub(r"[^\w#/-]+", " ", part.casefold()).split()) for part in parts)


class Geocoder:
    """Looks addresses up, in chunks, and remembers every answer on disk.

    Parameters
    ----------
    courier
        Sends the requests; it retries.
    base
        Base address of the service.
    cache_folder
        Where answers are kept, one entry an address; None to keep nothing.
    today
        The day of the answers.
    rows_a_request
        Addresses in one request, at most 1,000.
    is_cancelled
        Asked between two requests.
    """

    def __init__(
        self,
        courier: _Poster,
        base: str,
        *,
        cache_folder: Path | None = None,
        today: date | None = None,
        rows_a_request: int = ROWS_A_REQUEST,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._courier = courier
        self._base = base.rstrip("/")
        self._cache = PlaceCache(cache_folder, f"{self._base} {_BENCHMARK}", today=today)
        self._rows = min(max(rows_a_request, 1), _MOST_ROWS_A_REQUEST)
        self._is_cancelled = is_cancelled

    def locate(
        self,
        addresses: pd.DataFrame,
        progress: Callable[[int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Look addresses up.

        Parameters
        ----------
        addresses
            Columns ``id`` (any value, never sent), ``street``, ``city``, ``state``, ``zip``.
        progress
            Told how many different addresses are done, of how many.

        Returns
        -------
        One row an address, in the order asked: ``id``; ``outcome``, which is ``match``, ``tie``,
        ``no match``, ``failed`` (no answer came; ask again) or ``no address``; ``quality``
        (``exact`` or ``inexact``, of a match); ``matched_address``; ``longitude`` and ``latitude``
        in degrees, NaN without a match; ``note``, why there is none.

        Raises
        ------
        CancelledError
            If somebody stopped it. Answers that had come are kept on disk.
        """
        tell = progress or (lambda _done, _total: None)
        parts = (addresses[name].tolist() for name in ("street", "city", "state", "zip"))
        asked = [_address(cells) for cells in zip(*parts, strict=True)]
        different: dict[tuple[str, ...], _Address] = {}
        for one in asked:
            if not one.missing:
                different.setdefault(one.key, one)
        known = self._cache.read(list(different))
        open_keys = [key for key in different if key not in known]
        tell(len(known), len(different))
        quiet = 0
        for chunk in _chunks(open_keys, self._rows):
            if self._is_cancelled():
                raise CancelledError(
                    f"Stopped after {len(known):,} of {len(different):,} addresses. What was "
                    "found is kept; asking again goes on from there."
                )
            if quiet >= _GIVE_UP_AFTER:
                failure = "The geocoder did not answer; it was not asked again."
                known |= dict.fromkeys(chunk, FoundPlace("failed", note=failure))
                continue
            try:
                answers = self._ask([different[key] for key in chunk])
                quiet = 0
            except CancelledError:
                raise
            except SourceError as error:
                answers = [FoundPlace("failed", note=str(error))] * len(chunk)
                quiet += 1
            found = dict(zip(chunk, answers, strict=True))
            self._cache.write({key: one for key, one in found.items() if one.outcome != "failed"})
            known |= found
            tell(len(known), len(different))
        rows = [
            FoundPlace("no address", note=one.missing) if one.missing else known[one.key]
            for one in asked
        ]
        return _table(addresses["id"], rows)

    def _ask(self, addresses: Sequence[_Address]) -> list[FoundPlace]:
        """Ask for one chunk; a row that the answer forgets is a failed one."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            (number, one.street, one.city, one.state, one.zip[:5])
            for number, one in enumerate(addresses, 1)
        )
        count = len(addresses)
        reply = self._courier.post(
            f"{self._base}/locations/addressbatch",
            fields={"benchmark": _BENCHMARK},
            file=out.getvalue().encode(),
            check=lambda body: _check(body, count),
            # Kept by address below, so that a longer list asks for its new addresses only.
            keep_days=0,
            what=f"{count:,} addresses at the Census geocoder",
        )
        found = _read(reply.content())
        forgotten = FoundPlace("failed", note="The geocoder left this address out of its answer.")
        return [found.get(number, forgotten) for number in range(1, count + 1)]


def _address(cells: Sequence[object]) -> _Address:
    return _Address(*(_clean(cell) for cell in cells))


def _clean(cell: object) -> str:
    """Return a text for one cell of the request: one line, no control signs, not endless."""
    text = "" if cell is None or cell != cell else str(cell)
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.replace('"', " ").split())[:_LONGEST_PART]


def _chunks(keys: Sequence[tuple[str, ...]], size: int) -> Iterator[Sequence[tuple[str, ...]]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _check(body: bytes, count: int) -> None:
    """Refuse a body that is not the geocoder's table for these rows."""
    start = body[:200].lstrip()
    if start.startswith((b"<", b"{")):
        raise SourceError("The geocoder answered with a page or a message in place of a table.")
    found = _read(body)
    if not found or not all(1 <= number <= count for number in found):
        raise SourceError("The geocoder's answer is not about the addresses that were asked.")


def _read(body: bytes) -> dict[int, FoundPlace]:
    """Read the geocoder's table: place by the number of its row."""
    text = body.decode("utf-8", errors="replace")
    found: dict[int, FoundPlace] = {}
    for cells in csv.reader(io.StringIO(text)):
        number = cells[0].strip() if cells else ""
        if number.isdigit() and len(cells) >= 3:
            found[int(number)] = _read_row(cells)
    return found


def _read_row(cells: Sequence[str]) -> FoundPlace:
    match [cell.strip() for cell in cells[2:]]:
        case ["Tie", *_]:
            return FoundPlace("tie", note="The geocoder knows several such addresses.")
        case ["No_Match", *_]:
            return FoundPlace("no match", note="The geocoder does not know this address.")
        case ["Match", kind, matched, point, *_]:
            place = _read_point(point)
            if place is not None:
                quality = "exact" if kind == "Exact" else "inexact"
                return FoundPlace("match", quality, matched, *place)
    return FoundPlace("failed", note="The geocoder's answer for this address cannot be read.")


def _read_point(text: str) -> tuple[float, float] | None:
    """Read ``-97.74,30.27``: longitude first."""
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        return None
    is_place = math.isfinite(longitude) and abs(longitude) <= 180 and abs(latitude) <= 90
    return (longitude, latitude) if is_place and (longitude or latitude) else None


def _table(ids: pd.Series, rows: Sequence[FoundPlace]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            (one.outcome, one.quality, one.matched_address, one.longitude, one.latitude, one.note)
            for one in rows
        ],
        columns=list(GEOCODER_COLUMNS[1:]),
        index=ids.index,
    )
    table.insert(0, "id", ids)
    return table.astype({"longitude": "float64", "latitude": "float64"})
