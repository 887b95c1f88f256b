from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gapmap.errors import InputError, MissingFileError, RequestError, UnknownNameError
from gapmap.sources.whatif_files import WhatIfFiles
from gapmap.whatifs import WhatIf, as_it_is, to_text

TRIAL = WhatIf("Two schools", "town").closing("s0")


@pytest.fixture
def files(tmp_path: Path) -> WhatIfFiles:
    return WhatIfFiles(tmp_path / "what-ifs")


def test_what_is_saved_is_listed_and_read_again(files: WhatIfFiles) -> None:
    assert files.cards("town") == ()
    path = files.save(TRIAL)
    assert path.name == "two-schools.toml"
    assert path.read_text(encoding="utf-8") == to_text(TRIAL)
    (card,) = files.cards("town")
    assert (card.name, card.path, card.problem) == ("Two schools", path, None)
    read = files.load("town", "two  SCHOOLS", may_be_path=False)
    assert read == TRIAL
    assert read.source == "two-schools.toml"
    assert files.cards("village") == ()


def test_now_is_the_study_as_it_is_and_no_name_to_save_under(files: WhatIfFiles) -> None:
    assert files.load("town", "now", may_be_path=False) == as_it_is("town")
    with pytest.raises(RequestError, match="means the study as it is"):
        files.save(TRIAL.renamed("Now"))


def test_one_of_the_same_name_is_replaced_only_if_told_to(files: WhatIfFiles) -> None:
    files.save(TRIAL)
    other = TRIAL.closing("s1").renamed("Two Schools")
    with pytest.raises(RequestError, match="a what-if called “Two schools” already"):
        files.save(other)
    assert files.load("town", "Two schools", may_be_path=False) == TRIAL
    files.save(other, over=True)
    (card,) = files.cards("town")
    assert files.load("town", card.name, may_be_path=False) == other


def test_two_names_that_make_one_file_name_make_two_files(files: WhatIfFiles) -> None:
    paths = [files.save(TRIAL.renamed(name)) for name in ("A: b", "A b", "a/b", "Ä b")]
    assert [path.name for path in paths] == ["a-b.toml", "a-b-2.toml", "a-b-3.toml", "a-b-4.toml"]
    assert [card.name for card in files.cards("town")] == ["A b", "a/b", "A: b", "Ä b"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc-passwd.toml"),
        ("..", "what-if.toml"),
        ("学校", "what-if.toml"),
        ("CON", "what-if-con.toml"),
        (".hidden", "hidden.toml"),
        ("x" * 120, f"{'x' * 60}.toml"),
    ],
)
def test_no_name_leads_out_of_the_folder(files: WhatIfFiles, name: str, file: str) -> None:
    path = files.save(TRIAL.renamed(name))
    assert path == files.folder / "town" / file
    assert files.load("town", name, may_be_path=False).name == name


def test_no_study_leads_out_of_the_folder(files: WhatIfFiles) -> None:
    path = files.save(WhatIf("Trial", "../elsewhere"))
    assert path.parent == files.folder / "elsewhere"


def test_a_broken_file_is_listed_with_what_is_wrong_with_it(files: WhatIfFiles) -> None:
    files.save(TRIAL)
    folder = files.folder / "town"
    (folder / "bad.toml").write_text('name = "Bad"\n', encoding="utf-8")
    (folder / "other.toml").write_text(to_text(WhatIf("X", "village")), encoding="utf-8")
    (folder / ".half.toml").write_text("half-written", encoding="utf-8")
    (folder / "notes.txt").write_text("not one", encoding="utf-8")
    problems = {card.name: card.problem for card in files.cards("town")}
    assert list(problems) == ["bad", "other", "Two schools"]
    assert problems["Two schools"] is None
    assert "bad.toml, the what-if: “study” is missing" in str(problems["bad"])
    assert "other.toml is about the study “village”, not about “town”" in str(problems["other"])


def test_an_unknown_name_is_refused_with_the_nearest(files: WhatIfFiles) -> None:
    files.save(TRIAL)
    for do in (
        lambda: files.load("town", "Two school", may_be_path=True),
        lambda: files.remove("town", "Two school"),
    ):
        with pytest.raises(UnknownNameError, match="Did you mean Two schools"):
            do()


def test_a_path_is_read_only_where_it_may_be_one(files: WhatIfFiles, tmp_path: Path) -> None:
    path = tmp_path / "sent.toml"
    path.write_text(to_text(TRIAL), encoding="utf-8")
    assert files.load("town", str(path), may_be_path=True) == TRIAL
    with pytest.raises(UnknownNameError):
        files.load("town", str(path), may_be_path=False)
    with pytest.raises(MissingFileError, match=r"no what-if file .*gone\.toml"):
        files.load("town", str(tmp_path / "gone.toml"), may_be_path=True)
    with pytest.raises(RequestError, match=r"sent\.toml is about the study “town”"):
        files.load("village", str(path), may_be_path=True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00n", "no text in UTF-8"),
        (b"a" * 1_000_001, "more than 1 MB"),
        (b"PK\x03\x04", "is not a what-if"),
    ],
)
def test_another_kind_of_file_is_refused(
    files: WhatIfFiles, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "other.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        files.load("town", str(path), may_be_path=True)


def test_a_folder_is_no_file(files: WhatIfFiles, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        files.load("town", f"{tmp_path}{os.sep}", may_be_path=True)


def test_an_editor_s_mark_at_the_start_does_no_harm(files: WhatIfFiles, tmp_path: Path) -> None:
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbf" + to_text(TRIAL).replace("\n", "\r\n").encode())
    assert files.load("town", str(path), may_be_path=True) == TRIAL


def test_what_is_removed_is_gone(files: WhatIfFiles) -> None:
    files.save(TRIAL)
    files.remove("town", "Two schools")
    assert files.cards("town") == ()


def test_many_may_save_at_once_and_nobody_overwrites_anybody(files: WhatIfFiles) -> None:
    names = [f"Plan {'!' * number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        paths = list(pool.map(lambda name: files.save(TRIAL.renamed(name)), names))
    assert len(set(paths)) == 12
    assert {card.name for card in files.cards("town")} == {name.strip() for name in names}
    assert sorted(path.suffix for path in (files.folder / "town").iterdir()) == [".toml"] * 12


def test_a_disk_without_links_keeps_names_apart_too(
    files: WhatIfFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    first, second = files.save(TRIAL.renamed("A b")), files.save(TRIAL.renamed("A: b"))
    assert (first.name, second.name) == ("a-b.toml", "a-b-2.toml")
    assert first.read_text(encoding="utf-8") == to_text(TRIAL.renamed("A b"))
    assert len(list(first.parent.iterdir())) == 2


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "what-ifs"
    in_the_way.write_text("a file", encoding="utf-8")
    with pytest.raises(RequestError, match=r"cannot be saved in .*Check GAPMAP_WHAT_IFS"):
        WhatIfFiles(in_the_way).save(TRIAL)


def test_a_failure_while_writing_leaves_what_was_there(
    files: WhatIfFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.save(TRIAL)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RequestError, match="No space left on device"):
        files.save(TRIAL.closing("s1"), over=True)
    monkeypatch.undo()
    assert files.load("town", "Two schools", may_be_path=False) == TRIAL
    assert [path.name for path in (files.folder / "town").iterdir()] == ["two-schools.toml"]


def test_no_more_are_kept_than_anybody_finds_again(
    files: WhatIfFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gapmap.sources.whatif_files._MOST_SAVED", 2)
    files.save(TRIAL.renamed("One"))
    files.save(TRIAL.renamed("Two"))
    with pytest.raises(RequestError, match="2 what-ifs of this study already"):
        files.save(TRIAL.renamed("Three"))
    files.save(TRIAL.renamed("Two"), over=True)


def test_others_of_the_same_machine_may_read_what_was_saved(files: WhatIfFiles) -> None:
    usual = files.folder.parent / "usual"
    usual.write_text("x", encoding="utf-8")
    saved = files.save(TRIAL)
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
