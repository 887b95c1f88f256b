"""Saved what-ifs: one folder a study, one small TOML file a what-if.

A file is there whole or not at all, and nothing is overwritten unless somebody says so. Names
become file names that any system takes; the name itself stands in the file.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gapmap.errors import (
    GapmapError,
    InputError,
    MissingFileError,
    RequestError,
    UnknownNameError,
)
from gapmap.whatifs.values import AS_IT_IS, as_it_is

if TYPE_CHECKING:
    from gapmap.whatifs.values import WhatIf

__all__ = ["WhatIfCard", "WhatIfFiles"]

_SUFFIX: Final = ".toml"
_LARGEST_BYTES: Final = 1_000_000
_LONGEST_STEM: Final = 60
_MOST_SAVED: Final = 500
"""What-ifs of a study; more of them nobody finds again."""
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.ASCII)
"""Names that some systems keep for devices."""


@dataclass(frozen=True, slots=True)
class WhatIfCard:
    """A saved what-if in a list, and what keeps it from being read, if anything does."""

    name: str
    path: Path
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class WhatIfFiles:
    """The what-ifs saved in a folder, which need not exist yet."""

    folder: Path

    def cards(self, study_id: str) -> tuple[WhatIfCard, ...]:
        """List the saved what-ifs of a study by name. A broken one is listed with its problem."""
        folder = self._of_study(study_id)
        # What begins with a dot is half-written.
        paths = [
            path
            for path in (sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else ())
            if path.is_file() and not path.name.startswith(".")
        ]
        cards = [_card(study_id, path) for path in paths]
        return tuple(sorted(cards, key=lambda card: (card.name.casefold(), card.path.name)))

    def load(self, study_id: str, name_or_path: str, *, may_be_path: bool) -> WhatIf:
        """Read a what-if of a study.

        Parameters
        ----------
        study_id
            Identifier of the study.
        name_or_path
            Name of a saved one, or path of a file; ``now`` is the study as it is.
        may_be_path
            Whether a path is read too. Not for what a browser sends.

        Raises
        ------
        UnknownNameError
            If there is none of this name.
        MissingFileError
            If there is no such file.
        InputError
            If the file is no what-if, naming the entry.
        RequestError
            If it is about another study.
        """
        if name_or_path.casefold() == AS_IT_IS:
            return as_it_is(study_id)
        card = self._card_of(study_id, name_or_path)
        if card is not None:
            return _read(study_id, card.path)
        if may_be_path and _is_a_path(name_or_path):
            return _read(study_id, Path(name_or_path).expanduser())
        names = [card.name for card in self.cards(study_id)]
        raise UnknownNameError("what-if", name_or_path, [*names, AS_IT_IS])

    def save(self, what_if: WhatIf, *, over: bool = False) -> Path:
        """Save a what-if among those of its study and return its file.

        Parameters
        ----------
        what_if
            What to save.
        over
            Whether one of the same name is replaced; it is refused otherwise.

        Raises
        ------
        RequestError
            If there is one of this name, the name means the study as it is, or the file cannot be
            written.
        """
        from gapmap.whatifs.codec import to_text

        if what_if.name.casefold() == AS_IT_IS:
            raise RequestError(
                f"“{what_if.name}” means the study as it is. Save the what-if under another name."
            )
        card = self._card_of(what_if.study, what_if.name)
        if card is not None and not over:
            raise RequestError(
                f"There is a what-if called “{card.name}” already. Replace it, or save this one "
                "under another name."
            )
        if card is None and len(self.cards(what_if.study)) >= _MOST_SAVED:
            raise RequestError(
                f"There are {_MOST_SAVED} what-ifs of this study already. Remove some that nobody "
                "needs any more."
            )
        folder = self._of_study(what_if.study)
        path = None if card is None else card.path
        return _written(folder, _stem(what_if.name), to_text(what_if), path)

    def remove(self, study_id: str, name: str) -> None:
        """Remove a saved what-if.

        Raises
        ------
        UnknownNameError
            If there is none of this name.
        """
        card = self._card_of(study_id, name)
        if card is None:
            raise UnknownNameError("what-if", name, [one.name for one in self.cards(study_id)])
        try:
            card.path.unlink(missing_ok=True)
        except OSError as error:
            raise RequestError(f"{card.path} cannot be removed: {error.strerror}.") from None

    def _of_study(self, study_id: str) -> Path:
        return self.folder.expanduser() / _stem(study_id)

    def _card_of(self, study_id: str, name: str) -> WhatIfCard | None:
        wanted = " ".join(name.split()).casefold()
        same = (card for card in self.cards(study_id) if card.name.casefold() == wanted)
        return next(same, None)


def _card(study_id: str, path: Path) -> WhatIfCard:
    try:
        return WhatIfCard(_read(study_id, path).name, path)
    except GapmapError as error:
        return WhatIfCard(path.stem, path, str(error))


def _is_a_path(text: str) -> bool:
    separators = {os.sep, os.altsep or os.sep}
    return text.lower().endswith(_SUFFIX) or any(separator in text for separator in separators)


def _read(study_id: str, path: Path) -> WhatIf:
    from gapmap.whatifs.codec import from_text

    found = from_text(_text_of(path), source=path.name)
    if found.study != study_id:
        raise RequestError(
            f"{path.name} is about the study “{found.study}”, not about “{study_id}”. Open that "
            "study, or change “study” in the file."
        )
    return found


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise MissingFileError(f"There is no what-if file {path}. Check its path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > _LARGEST_BYTES:
        raise InputError(
            f"{path.name} has more than {_LARGEST_BYTES / 1e6:.0f} MB. A what-if is a small file: "
            "this is probably another one."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            f"{path.name} is no text in UTF-8, as a what-if is. Save it again as UTF-8."
        ) from None


def _written(folder: Path, stem: str, text: str, over: Path | None) -> Path:
    """Write a file whole or not at all, and under a name of its own unless it replaces one."""
    partial = folder / f".{secrets.token_hex(8)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if over is not None:
            return partial.replace(over)
        return _under_a_free_name(partial, folder, stem)
    except OSError as error:
        raise RequestError(
            f"What-ifs cannot be saved in {folder}: {error.strerror}. Check GAPMAP_WHAT_IFS."
        ) from None
    finally:
        with suppress(OSError):
            partial.unlink()


def _under_a_free_name(partial: Path, folder: Path, stem: str) -> Path:
    """Give a written file the first name that is free, however many write at once."""
    number, path = 1, folder / f"{stem}{_SUFFIX}"
    while not _has_claimed(partial, path):
        number += 1
        path = folder / f"{stem}-{number}{_SUFFIX}"
    return path


def _has_claimed(partial: Path, path: Path) -> bool:
    try:
        # A link fails where the name is taken; a rename would overwrite it.
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    except OSError:
        # Not every disk has links: an empty file claims the name until the whole one is there.
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            return False
        partial.replace(path)
    return True


def _stem(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_STEM].strip("-")
    if not stem or _RESERVED.fullmatch(stem):
        return f"what-if-{stem}".rstrip("-")
    return stem
