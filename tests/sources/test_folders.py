from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gapmap.errors import MissingFileError, UnknownNameError
from gapmap.sources.folders import find_file, find_studies, read_descriptions

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
    assert set(find_studies(folders)) == {"town", "city"}
    assert read_descriptions("town", folders) == {"study.toml": "name = 'mine'"}


def test_a_folder_without_a_study_file_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert find_studies([tmp_path]) == {}


def test_a_study_nobody_has_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    study(tmp_path, "baltimore")
    with pytest.raises(UnknownNameError, match="Did you mean baltimore"):
        read_descriptions("baltimor", [tmp_path])


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
