"""A study folder put in its place whole, by one fetch at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["MARKER", "PlaceForStudy", "marked", "place_for"]

MARKER: Final = "fetched.json"
"""The file that says that a study folder was fetched, and may be fetched again."""


class PlaceForStudy:
    """Where one study goes; only whoever holds it may write there.

    Parameters
    ----------
    folder
        The study folder to be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder.with_name(f".{folder.name}.part")
        self._former = folder.with_name(f".{folder.name}.former")

    def tidy(self) -> None:
        """Remove what a killed fetch left behind; put back a study it was about to replace."""
        if self._former.exists():
            if self.folder.exists():
                shutil.rmtree(self._former)
            else:
                self._former.rename(self.folder)
        if self._partial.exists():
            shutil.rmtree(self._partial)

    def check(self) -> None:
        """Refuse to write over anything that a fetch has not written.

        Raises
        ------
        RequestError
            If something else is there, or a fetched file was changed by hand.
        """
        if not self.folder.exists():
            return
        is_empty = self.folder.is_dir() and not any(self.folder.iterdir())
        written = _written(self.folder)
        if written is None and not is_empty:
            raise RequestError(
                f"{self.folder} is there already and is not a fetched study; it stays as it is. "
                "Choose another folder with --out, or another name with --id."
            )
        for name, digest in (written or {}).items():
            path = self.folder / name
            if path.is_file() and _digest(path.read_bytes()) != digest:
                raise self._kept(name, "was changed by hand")

    def put(self, files: Mapping[str, bytes]) -> bool:
        """Write a study whole, or leave everything as it was.

        Files that somebody has added to a fetched study stay in it.

        Parameters
        ----------
        files
            Content by name, from :func:`marked`.

        Returns
        -------
        False if exactly this study was there already.

        Raises
        ------
        RequestError
            If it cannot be written, or would take the place of somebody's own work.
        """
        with _in_words(self.folder):
            return self._put(files)

    def _put(self, files: Mapping[str, bytes]) -> bool:
        self.check()
        if self._holds(files):
            return False
        added = self._added()
        for path in added:
            if path.name in files:
                raise self._kept(path.name, "was not written by a fetch")
        self._partial.mkdir()
        for name in sorted(files):
            _write(self._partial / name, files[name])
        for path in added:
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, self._partial / path.name)
        _settle(self._partial)
        if self.folder.exists():
            self.folder.rename(self._former)
        self._partial.rename(self.folder)
        _settle(self.folder.parent)
        if self._former.exists():
            shutil.rmtree(self._former)
        return True

    def _holds(self, files: Mapping[str, bytes]) -> bool:
        written = _written(self.folder)
        return (
            written is not None
            and {*written, MARKER} == set(files)
            and all(
                (self.folder / name).is_file() and (self.folder / name).read_bytes() == content
                for name, content in files.items()
            )
        )

    def _added(self) -> list[Path]:
        written = _written(self.folder)
        if written is None:
            return []
        ours = {*written, MARKER}
        return sorted(path for path in self.folder.iterdir() if path.name not in ours)

    def _kept(self, name: str, why: str) -> RequestError:
        return RequestError(
            f"{self.folder / name} {why}; it stays as it is. Choose another folder with --out or "
            "another name with --id, or move it away."
        )


def marked(files: Mapping[str, bytes], about: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a study with one more that says what a fetch has written, and how."""
    digests = {name: _digest(content) for name, content in files.items()}
    text = json.dumps({**about, "files": digests}, ensure_ascii=False, indent=1, sort_keys=True)
    return {**files, MARKER: f"{text}\n".encode()}


def _written(folder: Path) -> dict[str, str] | None:
    """Return digest by name of what a fetch has written into a folder, None if none has."""
    try:
        files = json.loads((folder / MARKER).read_bytes())["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def place_for(folder: Path) -> Iterator[PlaceForStudy]:
    """Hold the place of a study while it is fetched, and tidy it up.

    Raises
    ------
    RequestError
        If another fetch holds it, if something else is there, or if nothing can be written there.
    """
    folder = folder.expanduser().resolve()
    if folder.name.startswith(".") or not folder.name:
        raise RequestError(
            f"A study cannot be called “{folder.name}”: a name that begins with a dot marks what "
            "is half-written. Choose another folder."
        )
    with _in_words(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder.with_name(f".{folder.name}.lock"))
    if lock is None:
        raise RequestError(
            f"{folder} is being fetched by another process. Wait until it is done, or stop it."
        )
    try:
        place = PlaceForStudy(folder)
        with _in_words(folder):
            place.tidy()
            place.check()
        yield place
    finally:
        with contextlib.suppress(OSError):
            # While the lock is held: who opens the file now will find that it is gone.
            folder.with_name(f".{folder.name}.lock").unlink()
        os.close(lock)


@contextlib.contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RequestError(
            f"The study cannot be written to {folder}: {error.strerror or error}. "
            "Make room, or choose another folder with --out; what was downloaded is kept."
        ) from None


def _lock(path: Path) -> int | None:
    """Take the lock of a file; the system frees it when its holder ends, however it ends.

    Returns the open file, or None if somebody else holds the lock.
    """
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock_now(opened)
        except (BlockingIOError, PermissionError):
            os.close(opened)
            return None
        # Whoever held it before may have removed the file since it was opened here.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(opened).st_ino:
                return opened
        os.close(opened)


if sys.platform == "win32":

    def _lock_now(opened: int) -> None:
        import msvcrt

        msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)

else:

    def _lock_now(opened: int) -> None:
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Have the names in a folder on the disk before anything else is done."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
