"""Everything gapmap can refuse to do, as one small tree.

::

    GapmapError
    ├── InputError (ValueError)        a file or table that cannot be read as what it should be
    │   ├── LayerError                 a study or layer description (TOML) that is wrong
    │   ├── TableError                 a table that breaks the contract of its role
    │   └── UnsafeFileError            a file refused before it was opened
    ├── RequestError (ValueError)      a question that cannot be answered as asked
    │   └── UnknownNameError           a study, measure, partner or area that does not exist
    ├── MissingFileError (OSError)     a file that a study names and that is nowhere to be found
    ├── SourceError (OSError)          a service that did not answer, or not as it should
    │   └── KeyNeededError             a service that answers only those who have a key
    ├── CancelledError (RuntimeError)  work that somebody stopped
    └── BoardError (RuntimeError)      a shared board that refused
        ├── ConflictError              somebody else was faster; says who holds what
        ├── NotAllowedError            a change that this role or partner may not make
        └── StoreError (OSError)       a database that cannot be reached, or cannot write

Each message says what was asked, what was found, and what to do next. They are caught only at
the edges: the command line prints one line and exits with status 2, the app shows one box.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BoardError",
    "CancelledError",
    "ConflictError",
    "GapmapError",
    "InputError",
    "KeyNeededError",
    "LayerError",
    "MissingFileError",
    "NotAllowedError",
    "PartnerWantedError",
    "RequestError",
    "SourceError",
    "StoreError",
    "TableError",
    "UnknownNameError",
    "UnsafeFileError",
    "said_outside",
]


class GapmapError(Exception):
    """Anything gapmap refuses, with a sentence for the person who asked."""


class InputError(GapmapError, ValueError):
    """A file or table that cannot be read as what it should be."""


class LayerError(InputError):
    """A study or layer description that is wrong."""


class TableError(InputError):
    """A table that breaks the contract of its role."""


class UnsafeFileError(InputError):
    """A file refused before it was opened."""


class RequestError(GapmapError, ValueError):
    """A question that cannot be answered as asked."""


class PartnerWantedError(RequestError):
    """A code that leaves open for whom somebody joins, who did not say it.

    Parameters
    ----------
    board
        Where the code leads.
    """

    def __init__(self, board: str) -> None:
        super().__init__("Say for which partner you join.")
        self.board = board


class UnknownNameError(RequestError):
    """A name that does not exist, with the nearest ones that do.

    Parameters
    ----------
    kind
        What the name should have been, in the singular: ``study``, ``measure``.
    name
        The name that was asked for.
    known
        The names that exist.
    where
        The file and entry that names it, where there is one.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = list(known)
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        if near:
            cure = f"Did you mean {' or '.join(near)}?"
        elif names:
            shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            cure = f"There are: {shown}."
        else:
            cure = f"There is no {kind} at all."
        said = f"{where}: there" if where else "There"
        super().__init__(f"{said} is no {kind} called “{name}”. {cure}")
        self.kind = kind
        self.name = name


class MissingFileError(GapmapError, OSError):
    """A file that a study names and that is nowhere to be found."""


class SourceError(GapmapError, OSError):
    """A service that did not answer, or not as it should; what came before is kept."""


class KeyNeededError(SourceError):
    """A service that answers only those who have a key."""


class CancelledError(GapmapError, RuntimeError):
    """Work that somebody stopped; what was done before is kept."""


class BoardError(GapmapError, RuntimeError):
    """A shared board that refused a change; nothing was written."""


class ConflictError(BoardError):
    """Somebody else was faster.

    Parameters
    ----------
    message
        What was asked, who holds it, and what to do next.
    conflicts
        Each thing that stands in the way, as plain words by name: ``key``, ``holder``, ``state``,
        ``since``, ``reason``.
    """

    def __init__(self, message: str, conflicts: Iterable[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.conflicts = tuple(conflicts)


class NotAllowedError(BoardError):
    """A change that this role or partner may not make."""


class StoreError(BoardError, OSError):
    """A database that cannot be reached, or cannot write; nothing is half-written."""


def said_outside(error: GapmapError) -> str:
    """Return what somebody may read of a refusal whom nobody has let in yet.

    Where a database is, and why it does not answer, is for those who run it, and for their log.
    """
    if isinstance(error, StoreError):
        return "The boards cannot be reached at the moment. Try again in a minute."
    return str(error)
