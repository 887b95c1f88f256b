"""Places of addresses kept on disk: one entry an address, written whole, checked when read."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["FoundPlace", "PlaceCache"]

FILE_NAME: Final = "geocoder.sqlite"
_DAYS_KEPT: Final = {"match": 730, "tie": 30, "no match": 30}
"""A match holds long; what was not found may be in the next edition of the street file."""
_WAIT_S: Final = 30.0
_KEYS_A_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """What a geocoder said about one address.

    Parameters
    ----------
    outcome
        ``match``, ``tie``, ``no match``, ``failed`` or ``no address``.
    quality
        ``exact`` or ``inexact``, of a match.
    matched_address
        The address as the geocoder writes it.
    longitude, latitude
        Degrees, NaN without a match.
    note
        Why there is no place.
    """

    outcome: str
    quality: str = ""
    matched_address: str = ""
    longitude: float = math.nan
    latitude: float = math.nan
    note: str = ""


class PlaceCache:
    """A file of places. An address is found by the digest of its parts, not by their text.

    A file that cannot be read is put aside and begun anew: all that is lost is the time to ask.

    Parameters
    ----------
    folder
        Where the file is, None to keep nothing.
    service
        What was asked; the places of two services are kept apart.
    today
        Entries have this day, and are too old from here.
    """

    def __init__(self, folder: Path | None, service: str, *, today: date | None = None) -> None:
        self._folder = folder
        self._service = service
        self._today = today or date.today()

    def read(self, addresses: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], FoundPlace]:
        """Return what is known of addresses; a damaged or too old entry is not known."""
        if self._folder is None or not (self._folder / FILE_NAME).is_file():
            return {}
        address_of = {self._key(address): address for address in addresses}
        found: dict[tuple[str, ...], FoundPlace] = {}
        try:
            with closing(self._open()) as opened:
                for key, answer, digest, day in _select(opened, list(address_of)):
                    if digest == _digest(key, answer, day):
                        place = FoundPlace(*json.loads(answer))
                        if self._is_fresh(place, day):
                            found[address_of[key]] = place
        except sqlite3.DatabaseError:
            self._put_aside()
            return {}
        return found

    def write(self, places: Mapping[tuple[str, ...], FoundPlace]) -> None:
        """Keep places, all of them or none."""
        if self._folder is None or not places:
            return
        day = self._today.isoformat()
        rows = []
        for address, place in places.items():
            key, answer = self._key(address), json.dumps(astuple(place))
            rows.append((key, answer, _digest(key, answer, day), day))
        for is_last in (False, True):
            try:
                with closing(self._open()) as opened, opened:
                    opened.executemany("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)", rows)
            except sqlite3.DatabaseError:
                if is_last:
                    # A full or read-only disk costs the next asking, not this answer.
                    return
                self._put_aside()
            else:
                return

    def _open(self) -> sqlite3.Connection:
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        opened = sqlite3.connect(self._folder / FILE_NAME, timeout=_WAIT_S)
        try:
            opened.execute(
                "CREATE TABLE IF NOT EXISTS places "
                "(key TEXT PRIMARY KEY, answer TEXT, digest TEXT, day TEXT) WITHOUT ROWID"
            )
        except sqlite3.Error:
            opened.close()
            raise
        return opened

    def _put_aside(self) -> None:
        assert self._folder is not None
        path = self._folder / FILE_NAME
        if not _is_whole(path):
            path.replace(path.with_suffix(".damaged"))

    def _key(self, address: tuple[str, ...]) -> str:
        return hashlib.sha256(json.dumps([self._service, *address]).encode()).hexdigest()

    def _is_fresh(self, place: FoundPlace, day: str) -> bool:
        days = timedelta(days=_DAYS_KEPT.get(place.outcome, 0))
        return date.fromisoformat(day) + days >= self._today


def _select(opened: sqlite3.Connection, keys: list[str]) -> Iterable[tuple[str, str, str, str]]:
    for start in range(0, len(keys), _KEYS_A_QUERY):
        some = keys[start : start + _KEYS_A_QUERY]
        marks = ", ".join("?" * len(some))
        yield from opened.execute(f"SELECT * FROM places WHERE key IN ({marks})", some)


def _is_whole(path: Path) -> bool:
    """Say whether a file can still be read; one that is merely busy can."""
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S)) as opened:
            return bool(opened.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.OperationalError:
        return path.is_file()
    except sqlite3.DatabaseError:
        return False


def _digest(key: str, answer: str, day: str) -> str:
    return hashlib.sha256(f"{key} {day} {answer}".encode()).hexdigest()
