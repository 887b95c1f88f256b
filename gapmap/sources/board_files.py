"""Archives of shared boards on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gapmap.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_archive_lines"]

_LARGEST_BYTES: Final = 512 * 2**20


def read_archive_lines(path: Path) -> list[str]:
    """Read the lines of an archive, each with its end.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it cannot be read as text, or is larger than any archive.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"{path} is too large to be the archive of a board.")
        # newline="": a line ends where the writer ended it.
        with path.open(encoding="utf-8", newline="") as file:
            return list(file)
    except FileNotFoundError:
        raise MissingFileError(f"The archive {path} does not exist. Check its name.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text, so no archive of a board.") from None
