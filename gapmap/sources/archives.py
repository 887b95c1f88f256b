"""Zip archives looked through before anything in them is opened."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from gapmap.errors import InputError, UnsafeFileError

if TYPE_CHECKING:
    from io import BytesIO
    from pathlib import Path

__all__ = ["check_archive"]

_MOST_ENTRIES: Final = 1_000
_MOST_BYTES: Final = 200_000_000
_HIGHEST_RATIO: Final = 100
_SMALL_BYTES: Final = 10_000_000
"""Below this size an entry may be packed as tightly as it likes."""


def check_archive(
    path: Path | BytesIO,
    file_name: str,
    *,
    most_entries: int = _MOST_ENTRIES,
    looks_for_entities: bool = False,
    suffixes: tuple[str, ...] | None = None,
) -> list[zipfile.ZipInfo]:
    """Refuse a zip archive that is not harmless to unpack; return its entries.

    Sizes are counted while unpacking, too: what an archive declares about itself is no evidence.
    Whoever unpacks only entries of some suffixes names them, and gets only those.

    Raises
    ------
    UnsafeFileError
        Naming the limit and what was found.
    InputError
        If it is no zip archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > most_entries:
                raise UnsafeFileError(
                    f"{file_name} holds {len(entries):,} files; "
                    f"at most {most_entries} are unpacked."
                )
            if suffixes is not None:
                entries = [one for one in entries if one.filename.lower().endswith(suffixes)]
            _check_declared(entries, file_name)
            budget = _MOST_BYTES
            for entry in entries:
                budget -= _unpacked_bytes(archive, entry, file_name, budget, looks_for_entities)
            return entries
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise InputError(
            f"{file_name} is damaged or is not what its name says: {error}. Download it again."
        ) from None


def _check_declared(entries: list[zipfile.ZipInfo], file_name: str) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > _MOST_BYTES:
        raise UnsafeFileError(
            f"{file_name} would unpack to {total / 1e6:,.0f} MB; "
            f"at most {_MOST_BYTES / 1e6:,.0f} MB are unpacked."
        )
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in name.split("/"):
            raise UnsafeFileError(f"{file_name} holds a file that points outside: {name!r}.")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise UnsafeFileError(f"{file_name} holds a link instead of a file: {name!r}.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeFileError(
                f"{file_name}: {name!r} is packed in an unusual way. Zip it again."
            )
        if entry.flag_bits & 1:
            raise InputError(f"{file_name} is protected by a password. Save it without one.")
        packed = max(entry.compress_size, 1)
        if entry.file_size > _SMALL_BYTES and entry.file_size / packed > _HIGHEST_RATIO:
            raise UnsafeFileError(
                f"{file_name}: {name!r} is packed {entry.file_size / packed:,.0f} times; "
                f"at most {_HIGHEST_RATIO} times is accepted."
            )


def _unpacked_bytes(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    file_name: str,
    budget: int,
    looks_for_entities: bool,
) -> int:
    size, tail = 0, b""
    with archive.open(entry) as unpacked:
        while block := unpacked.read(1 << 20):
            size += len(block)
            if size > min(budget, entry.file_size):
                raise UnsafeFileError(
                    f"{file_name}: {entry.filename!r} unpacks to more than it says."
                )
            if looks_for_entities:
                # Without its zeros UTF-16 reads like ASCII.
                text = tail + block.replace(b"\0", b"")
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                    raise UnsafeFileError(
                        f"{file_name} declares XML entities; no table needs them."
                    )
                tail = text[-16:]
    return size
