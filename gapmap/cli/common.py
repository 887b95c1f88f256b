"""What every command shares: refusals in words, progress, files written whole."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from gapmap.errors import GapmapError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

__all__ = ["progress_console", "refusals_in_words", "write_whole"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def refusals_in_words(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn a refusal into one line on standard error and status 2."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except GapmapError as error:
            click.echo(f"gapmap: {error}", err=True)
            sys.exit(2)

    return wrapped


def progress_console() -> Console:
    """Return where progress is shown: standard error, so that figures stay clean."""
    from rich.console import Console

    return Console(stderr=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RequestError(f"{path} cannot be written: {error.strerror}.") from None
