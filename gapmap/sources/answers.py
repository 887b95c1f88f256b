"""Answers of services kept on disk: never half-written, never damaged, never with a key in them.

A note ``{key}.json`` says where an answer came from and which body belongs to it; the body's name
carries its own SHA-256. Both are written aside and moved into place, the body first: whatever
moment a program is killed at, and however many share the folder, a note leads to a whole body or
the answer counts as not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AnswerStore", "Kept", "key_of"]

_BLOCK_BYTES: Final = 1 << 20
_SECONDS_UNNEEDED: Final = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer on disk.

    Parameters
    ----------
    path
        Its body.
    sha256
        Digest of the body.
    fetched
        The day it came.
    """

    path: Path
    sha256: str
    fetched: date


def key_of(question: Any) -> str:
    """Return the name under which the answer to a question is kept; it must hold no secret."""
    text = json.dumps(question, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class AnswerStore:
    """A folder of answers, safe for several threads and programs at once.

    Parameters
    ----------
    folder
        Made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str, *, today: date, keep_days: int | None) -> Kept | None:
        """Return a kept answer whose body is whole, or None.

        Parameters
        ----------
        key
            From :func:`key_of`.
        today
            Day to count from.
        keep_days
            How many days an answer is good for; None for ever. A note dated after today was
            written by a clock that was wrong, and is not believed.
        """
        kept = self._noted(key)
        if kept is None or not (keep_days is None or 0 <= (today - kept.fetched).days < keep_days):
            return None
        try:
            is_whole = _digest(kept.path) == kept.sha256
        except OSError:
            return None
        return kept if is_whole else None

    @contextlib.contextmanager
    def aside(self) -> Iterator[Path]:
        """Give a file to write a body to; what is left of it afterwards is removed."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="aside-", suffix=".part", dir=self._folder)
        except OSError as error:
            raise SourceError(
                f"The cache folder {self._folder} cannot be written to: {error.strerror}. "
                "Make room there, or name another folder in GAPMAP_CACHE."
            ) from None
        os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, key: str, aside: Path, sha256: str, *, fetched: date, source: str) -> Kept:
        """Keep a body written aside, in place of the one kept before.

        That one stays for a day: somebody may be reading it.

        Parameters
        ----------
        key
            From :func:`key_of`.
        aside
            The file from :meth:`aside`.
        sha256
            Its digest.
        fetched
            The day it came.
        source
            Where from, for people who look into the folder.
        """
        body = self._folder / f"{key}-{sha256[:16]}.body"
        aside.replace(body)
        note = {"source": source, "fetched": fetched.isoformat(), "sha256": sha256}
        with self.aside() as draft:
            draft.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
            draft.replace(self._folder / f"{key}.json")
        return Kept(body, sha256, fetched)

    def sweep(self, now_s: float) -> None:
        """Remove what is a day old and belongs to nobody any more.

        That is what killed programs have left aside, and bodies that newer ones have replaced.

        Parameters
        ----------
        now_s
            Seconds since 1970.
        """
        bodies: dict[str, list[Path]] = {}
        for path in self._folder.glob("*-*.body"):
            bodies.setdefault(path.name.partition("-")[0], []).append(path)
        unneeded = list(self._folder.glob("aside-*.part"))
        for key, several in bodies.items():
            if len(several) > 1 and (kept := self._noted(key)) is not None:
                unneeded += [path for path in several if path != kept.path]
        for path in unneeded:
            # Somebody else may be sweeping, too.
            with contextlib.suppress(OSError):
                if now_s - path.stat().st_mtime > _SECONDS_UNNEEDED:
                    path.unlink()

    def _noted(self, key: str) -> Kept | None:
        try:
            note = json.loads((self._folder / f"{key}.json").read_bytes())
            sha256, fetched = str(note["sha256"]), date.fromisoformat(note["fetched"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # no note, or one that somebody has damaged: as good as none
        return Kept(self._folder / f"{key}-{sha256[:16]}.body", sha256, fetched)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
