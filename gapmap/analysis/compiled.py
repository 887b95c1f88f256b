"""Loops compiled to machine code, and work shared out to the cores.

Compiled loops are kept on disk, so that only the first start pays for them, and they let go of
the interpreter lock. Work is spread over plain threads: many sessions may compute at once, which
the parallel loops of numba do not stand on every machine.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import update_wrapper
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CompiledLoop", "compiled", "core_count", "in_chunks", "read_only"]

P = ParamSpec("P")
R = TypeVar("R")
Number = TypeVar("Number", bound=np.generic)


class CompiledLoop(Generic[P, R]):
    """A function compiled when it is first called, kept on disk where a folder can be written.

    Parameters
    ----------
    function
        A function in the part of Python that numba compiles.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        update_wrapper(self, function)
        self._machine_code: Callable[P, R]
        try:
            self._machine_code = numba.njit(cache=True, nogil=True)(function)
        except RuntimeError:  # neither the package's folder nor the user's can be written
            self._machine_code = self._compiled_in_memory()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the compiled function."""
        try:
            result: R = self._machine_code(*args, **kwargs)
        except OSError:  # the folder went away, or the disk is full: do without it
            self._machine_code = self._compiled_in_memory()
            result = self._machine_code(*args, **kwargs)
        return result

    def _compiled_in_memory(self) -> Callable[P, R]:
        machine_code: Callable[P, R] = numba.njit(nogil=True)(self._function)
        return machine_code


def compiled(function: Callable[P, R]) -> CompiledLoop[P, R]:
    """Compile a function when it is first called; see :class:`CompiledLoop`."""
    return CompiledLoop(function)


def read_only(values: ArrayLike, dtype: type[Number]) -> NDArray[Number]:
    """Return the values as a contiguous array that cannot be written, copied only if needed.

    Compiled code exists once per kind of argument. pandas hands out arrays that may or may not
    be written: made all alike, they do not cost a second compilation.
    """
    view = np.ascontiguousarray(values, dtype=dtype).view()
    view.flags.writeable = False
    return view


def in_chunks(work: Callable[[int, int], object], count: int, *, size: int) -> None:
    """Call ``work(start, stop)`` for consecutive chunks of a range, on every core at once.

    Parameters
    ----------
    work
        Writes its chunk of the result. The chunks do not overlap, so no lock is needed.
    count
        Length of the range.
    size
        Length of a chunk; a range no longer than that is done in the calling thread.
    """
    if count <= size:
        work(0, count)
        return
    starts = range(0, count, size)
    with ThreadPoolExecutor(min(core_count(), len(starts))) as threads:
        done = [threads.submit(work, start, min(start + size, count)) for start in starts]
        for chunk in done:
            chunk.result()


def core_count() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
