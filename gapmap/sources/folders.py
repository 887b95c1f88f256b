"""Where studies and their files lie on disk.

A study is a folder with ``study.toml``. Studies are looked for in folders of studies, each of
which may also be a study itself. What begins with a dot is half-written or somebody's own, and
is never looked at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gapmap.errors import MissingFileError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["find_file", "find_studies", "find_study", "read_descriptions", "study_at"]

_DESCRIPTION: Final = "study.toml"


def find_studies(folders: Sequence[Path], kept: Path | None = None) -> dict[str, Path]:
    """Return the study folders by identifier; of two with one name the first folder's wins.

    Parameters
    ----------
    folders
        Folders of studies, or study folders themselves.
    kept
        One more folder, searched last, that need not exist yet.

    Raises
    ------
    MissingFileError
        If one of the folders does not exist.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise MissingFileError(
                f"The layer folder {folder} does not exist. Check GAPMAP_LAYERS."
            )
        _collect(folder, found)
    if kept is not None and kept.is_dir():
        _collect(kept, found)
    return found


def _collect(folder: Path, found: dict[str, Path]) -> None:
    own = [folder.resolve()] if (folder / _DESCRIPTION).is_file() else []
    below = [description.parent for description in sorted(folder.glob(f"*/{_DESCRIPTION}"))]
    for study in own + below:
        if not _is_hidden(study):
            found.setdefault(study.name, study)


def _is_hidden(folder: Path) -> bool:
    return folder.name.startswith(".")


def find_study(study: str, found: dict[str, Path]) -> Path:
    """Return the folder of a study among those found.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    """
    if study not in found:
        raise UnknownNameError("study", study, sorted(found))
    return found[study]


def study_at(text: str) -> Path | None:
    """Return the study folder that a text names by its path, or None if it names none.

    A path is recognised by a separator in it, or by being a folder with ``study.toml``.

    Raises
    ------
    MissingFileError
        If it is a path and there is no study.
    """
    path = Path(text).expanduser()
    if (path / _DESCRIPTION).is_file():
        folder = path.resolve()
        if _is_hidden(folder):
            raise MissingFileError(
                f"{folder} is not opened as a study: its name begins with a dot, which marks what "
                "is half-written. Rename it if it is whole."
            )
        return folder
    separators = {os.sep, os.altsep or os.sep}
    if not any(separator in text for separator in separators):
        return None
    if path.is_dir():
        raise MissingFileError(
            f"There is no study in {path}: a study is a folder with study.toml. "
            "Give the study's own folder."
        )
    raise MissingFileError(f"There is no folder {path}. Check the path of the study.")


def read_descriptions(folder: Path) -> dict[str, str]:
    """Return the TOML texts of a study folder by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))}


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the first file of this relative name in some folders.

    Raises
    ------
    MissingFileError
        Naming every folder that was searched. A name that leaves its folder is never looked up.
    """
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    searched = ", ".join(str(folder) for folder in folders)
    raise MissingFileError(
        f"There is no file {name} in {searched}. Put it there, or add its folder to GAPMAP_DATA."
    )
