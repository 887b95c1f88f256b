"""Threads for the database, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Workers"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_READERS_COUNT: Final = 4


class Workers:
    """Threads that read and threads that write: who waits for a busy database blocks no reader.

    Parameters
    ----------
    writers_count
        How many may write at once.
    """

    def __init__(self, *, writers_count: int) -> None:
        self._readers = ThreadPoolExecutor(_READERS_COUNT, thread_name_prefix="gapmap-live-read")
        self._writers = ThreadPoolExecutor(writers_count, thread_name_prefix="gapmap-live-write")

    async def read(self, work: Callable[_P, _R], *arguments: _P.args, **named: _P.kwargs) -> _R:
        """Do some work in a thread that reads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: work(*arguments, **named))

    async def write(self, work: Callable[_P, _R], *arguments: _P.args, **named: _P.kwargs) -> _R:
        """Do some work in a thread that writes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, lambda: work(*arguments, **named))

    async def close(self) -> None:
        """Take nothing more, and wait for what has begun.

        Whoever closes the database next would leave it a connection that is still at work.
        """
        for threads in (self._readers, self._writers):
            threads.shutdown(wait=False, cancel_futures=True)
        for threads in (self._readers, self._writers):
            await asyncio.to_thread(threads.shutdown)
