from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gapmap.errors import MissingFileError, UnknownNameError
from gapmap.sources.folders import (
    find_file,
    find_studies,
    find_study,
    read_descriptions,
    study_at,
)

if TYPE_CHECKING:
    from pathlib import Path


def study(folder: Path, name: str, text: str = "name = 'x'") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "study.toml").write_text(text)


def test_of_two_studies_with_one_name_the_first_folder_wins(tmp_path: Path) -> None:
    study(tmp_path / "mine", "town", "name = 'mine'")
    study(tmp_path / "shipped", "town", "name = 'shipped'")
    study(tmp_path / "shipped", "city")
    folders = [tmp_path / "mine", tmp_path / "shipped"]
    found = find_studies(folders)
    assert set(found) == {"town", "city"}
    assert read_descriptions(find_study("town", found)) == {"study.toml": "name = 'mine'"}


def test_a_folder_of_studies_may_be_a_study_itself(tmp_path: Path) -> None:
    study(tmp_path, "town")
    assert find_studies([tmp_path / "town"]) == {"town": (tmp_path / "town").resolve()}
    study(tmp_path / "town", "inner")
    assert set(find_studies([tmp_path / "town"])) == {"town", "inner"}


def test_the_folder_of_kept_studies_comes_last_and_need_not_exist(tmp_path: Path) -> None:
    study(tmp_path / "mine", "town", "name = 'mine'")
    kept = tmp_path / "kept"
    assert set(find_studies([tmp_path / "mine"], kept)) == {"town"}
    study(kept, "town", "name = 'kept'")
    study(kept, "village")
    found = find_studies([tmp_path / "mine"], kept)
    assert found["town"] == tmp_path / "mine" / "town"
    assert found["village"] == kept / "village"


@pytest.mark.parametrize("name", [".town.part", ".town.former", ".hidden"])
def test_half_written_folders_are_never_seen(tmp_path: Path, name: str) -> None:
    study(tmp_path, name)
    assert find_studies([tmp_path], tmp_path) == {}
    assert find_studies([tmp_path / name]) == {}
    with pytest.raises(MissingFileError, match="begins with a dot"):
        study_at(str(tmp_path / name))


def test_a_study_is_named_by_its_path_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study(tmp_path, "town")
    monkeypatch.chdir(tmp_path)
    whole = (tmp_path / "town").resolve()
    assert study_at(str(tmp_path / "town")) == whole
    assert study_at("./town") == whole
    assert study_at("town") == whole
    monkeypatch.chdir(whole)
    assert study_at(".") == whole
    # A bare word that is no folder is a name, and somebody else's business.
    assert study_at("city") is None


def test_a_path_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no folder"):
        study_at(str(tmp_path / "nowhere"))
    with pytest.raises(MissingFileError, match="no study in"):
        study_at(str(tmp_path))


def test_a_folder_without_a_study_file_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert find_studies([tmp_path]) == {}


def test_a_study_nobody_has_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    study(tmp_path, "baltimore")
    with pytest.raises(UnknownNameError, match="Did you mean baltimore"):
        find_study("baltimor", find_studies([tmp_path]))


def test_a_file_is_found_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "town").mkdir(parents=True)
    (tmp_path / "two" / "town" / "a.csv").write_text("x")
    folders = [tmp_path / "one", tmp_path / "two"]
    assert find_file("town/a.csv", folders) == (tmp_path / "two" / "town" / "a.csv").resolve()


def test_a_missing_file_names_every_folder_that_was_searched(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="GAPMAP_DATA") as refusal:
        find_file("a.csv", [tmp_path / "one", tmp_path / "two"])
    assert str(tmp_path / "one") in str(refusal.value)
    assert str(tmp_path / "two") in str(refusal.value)


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/hostname", "town/../../secret.csv"])
def test_a_name_that_leaves_its_folder_is_never_looked_up(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "data" / "town").mkdir(parents=True)
    with pytest.raises(MissingFileError):
        find_file(name, [tmp_path / "data"])
