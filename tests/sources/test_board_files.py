from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gapmap.errors import InputError, MissingFileError
from gapmap.sources import board_files
from gapmap.sources.board_files import read_archive_lines

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_come_with_their_ends_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": "ü"}\n{"b": 1}\r\n'.encode())
    assert read_archive_lines(path) == ['{"a": "ü"}\n', '{"b": 1}\r\n']


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        read_archive_lines(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_archive_lines(tmp_path)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not text"):
        read_archive_lines(path)
    monkeypatch.setattr(board_files, "_LARGEST_BYTES", 2)
    with pytest.raises(InputError, match="too large"):
        read_archive_lines(path)
