from __future__ import annotations

import numpy as np
import pytest
from numba.core import caching

from gapmap.analysis.compiled import compiled, in_chunks, read_only


def doubled(value: float) -> float:
    return value * 2


def test_without_a_folder_to_keep_it_in_code_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
    assert compiled(doubled)(21.0) == 42.0


def test_a_disk_that_fills_up_does_not_stop_the_work(monkeypatch):
    def refuse(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(caching.FunctionCache, "load_overload", lambda *_: None)
    monkeypatch.setattr(caching.FunctionCache, "save_overload", refuse)
    assert compiled(doubled)(21.0) == 42.0


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95])
def test_chunks_cover_a_range_once(count):
    visits = np.zeros(count, dtype=np.int64)

    def visit(start: int, stop: int) -> None:
        visits[start:stop] += 1

    in_chunks(visit, count, size=10)
    assert visits.tolist() == [1] * count


def test_what_goes_wrong_in_a_chunk_is_not_swallowed():
    def fail(start: int, _: int) -> None:
        if start == 20:
            raise ValueError("chunk 20")

    with pytest.raises(ValueError, match="chunk 20"):
        in_chunks(fail, 50, size=10)


def test_read_only_shares_memory_and_leaves_the_original_writable():
    values = np.arange(3.0)
    view = read_only(values, np.float64)
    assert np.shares_memory(view, values)
    assert not view.flags.writeable
    assert values.flags.writeable
