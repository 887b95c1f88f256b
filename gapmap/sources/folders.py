"""Where studies and their files lie on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.errors import MissingFileError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["find_file", "find_studies", "read_descriptions"]


def find_studies(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the study folders by identifier; of two with one name the first folder's wins."""
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise MissingFileError(
                f"The layer folder {folder} does not exist. Check GAPMAP_LAYERS."
            )
        for description in sorted(folder.glob("*/study.toml")):
            found.setdefault(description.parent.name, description.parent)
    return found


def read_descriptions(study: str, folders: Sequence[Path]) -> dict[str, str]:
    """Return the TOML texts of a study by file name.

    Raises
    ------
    UnknownNameError
        If no folder holds such a study.
    """
    found = find_studies(folders)
    if study not in found:
        raise UnknownNameError("study", study, sorted(found))
    return {
        path.name: path.read_text(encoding="utf-8") for path in sorted(found[study].glob("*.toml"))
    }


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the first file of this relative name in the data folders.

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
