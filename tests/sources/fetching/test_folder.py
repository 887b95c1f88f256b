from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gapmap.errors import RequestError
from gapmap.sources.fetching.folder import MARKER, marked, place_for

if TYPE_CHECKING:
    from pathlib import Path

STUDY = marked({"study.toml": b'name = "x"\n'}, {})

OLDER = marked({"study.toml": b'name = "y"\n', "sites.csv": b"old"}, {})


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def put(folder: Path, files: dict[str, bytes]) -> bool:
    with place_for(folder) as place:
        return place.put(files)


def test_a_study_is_put_in_its_place_and_nothing_else_is_left(tmp_path: Path) -> None:
    assert put(tmp_path / "deep" / "town", STUDY)
    assert content(tmp_path / "deep" / "town") == STUDY
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["town"]


def test_a_fetched_study_is_replaced_whole(tmp_path: Path) -> None:
    put(tmp_path / "town", OLDER)
    assert put(tmp_path / "town", STUDY)
    assert content(tmp_path / "town") == STUDY
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_the_same_study_is_left_as_it_is(tmp_path: Path) -> None:
    put(tmp_path / "town", STUDY)
    before = (tmp_path / "town").stat().st_ino
    assert not put(tmp_path / "town", STUDY)
    assert (tmp_path / "town").stat().st_ino == before


@pytest.mark.parametrize("name", ["notes.txt", "study.toml", MARKER])
def test_what_is_not_a_fetched_study_stays_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / name).write_text("mine")
    with pytest.raises(RequestError, match="is not a fetched study"):
        put(tmp_path / "town", STUDY)
    assert content(tmp_path / "town") == {name: b"mine"}


def test_what_somebody_added_to_a_fetched_study_stays_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    put(folder, OLDER)
    (folder / "schools.toml").write_text("mine")
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("mine, too")
    assert put(folder, STUDY)
    assert (folder / "schools.toml").read_text() == "mine"
    assert (folder / "notes" / "a.txt").read_text() == "mine, too"
    assert not (folder / "sites.csv").exists()
    assert not put(folder, STUDY)


def test_a_fetched_file_changed_by_hand_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    put(folder, STUDY)
    (folder / "study.toml").write_text('name = "my own words"\n')
    with (
        pytest.raises(RequestError, match=r"study\.toml was changed by hand"),
        place_for(folder),
    ):
        pass
    assert (folder / "study.toml").read_text() == 'name = "my own words"\n'


def test_an_added_file_is_never_replaced_by_a_new_one_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    put(folder, STUDY)
    (folder / "sites.csv").write_text("mine")
    with pytest.raises(RequestError, match=r"sites\.csv was not written by a fetch"):
        put(folder, OLDER)
    assert (folder / "sites.csv").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    assert put(tmp_path / "town", STUDY)


def test_a_file_is_no_place_for_a_study(tmp_path: Path) -> None:
    (tmp_path / "town").write_text("mine")
    with pytest.raises(RequestError):
        put(tmp_path / "town", STUDY)
    assert (tmp_path / "town").read_text() == "mine"


def test_what_a_killed_fetch_left_is_tidied_up(tmp_path: Path) -> None:
    (tmp_path / ".town.part").mkdir()
    (tmp_path / ".town.part" / "half").write_text("x")
    (tmp_path / ".town.lock").write_text("")
    assert put(tmp_path / "town", STUDY)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_study_moved_aside_by_a_killed_fetch_comes_back(tmp_path: Path) -> None:
    put(tmp_path / "town", STUDY)
    (tmp_path / "town").rename(tmp_path / ".town.former")
    (tmp_path / ".town.part").mkdir()
    with place_for(tmp_path / "town"):
        assert content(tmp_path / "town") == STUDY
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_of_two_fetches_of_one_study_the_second_is_refused(tmp_path: Path) -> None:
    with (
        place_for(tmp_path / "town"),
        pytest.raises(RequestError, match="fetched by another process"),
        place_for(tmp_path / "town"),
    ):
        pass
    with place_for(tmp_path / "town"):
        pass


def test_the_lock_of_a_killed_fetch_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from gapmap.sources.fetching.folder import place_for\n"
        "with place_for(pathlib.Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "town"], check=False)
    assert done.returncode == -9
    assert (tmp_path / ".town.lock").exists()
    assert put(tmp_path / "town", STUDY)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_name_that_begins_with_a_dot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="half-written"):
        put(tmp_path / ".town", STUDY)


def test_a_place_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="cannot be written") as refusal:
        put(tmp_path / "file" / "town", STUDY)
    assert "--out" in str(refusal.value)


def test_a_full_disk_is_one_sentence_and_the_former_study_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "town", STUDY)

    def full(_file: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RequestError, match="No space left on device"):
            put(tmp_path / "town", OLDER)
    assert content(tmp_path / "town") == STUDY
    assert put(tmp_path / "town", OLDER)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]
