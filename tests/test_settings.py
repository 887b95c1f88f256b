from __future__ import annotations

import os
from pathlib import Path

from gapmap.settings import Settings, bundle_folder


def test_the_projects_own_folders_come_last_so_that_a_study_can_be_replaced() -> None:
    lists = {"GAPMAP_LAYERS": os.pathsep.join(["/a", "/b"]), "GAPMAP_DATA": "/c"}
    settings = Settings.from_environment(lists)
    assert settings.layer_folders == (Path("/a"), Path("/b"), bundle_folder() / "layers")
    assert settings.data_folders == (Path("/c"), bundle_folder() / "data")


def test_an_empty_path_list_adds_no_folder() -> None:
    settings = Settings.from_environment({"GAPMAP_LAYERS": os.pathsep + " "})
    assert settings.layer_folders == (bundle_folder() / "layers",)


def test_the_bundle_holds_the_app_and_the_demo() -> None:
    assert (bundle_folder() / "app.py").is_file()
    assert (bundle_folder() / "layers" / "nyc" / "study.toml").is_file()


def test_what_ifs_are_kept_beside_fetched_studies_unless_told_otherwise() -> None:
    usual = Settings.from_environment({"XDG_DATA_HOME": "/share"})
    assert usual.studies_folder == Path("/share/gapmap")
    assert usual.what_ifs_folder == Path("/share/gapmap/what-ifs")
    told = Settings.from_environment({"GAPMAP_WHAT_IFS": "~/plans"})
    assert told.what_ifs_folder == Path("~/plans").expanduser()


def test_boards_are_kept_in_a_file_of_ones_own_unless_told_otherwise() -> None:
    usual = Settings.from_environment({"XDG_DATA_HOME": "/d"})
    assert usual.database_url == "sqlite:////d/gapmap/boards.db"
    told = Settings.from_environment({"GAPMAP_DATABASE_URL": " postgresql://u:hush@h/n "})
    assert told.database_url == "postgresql://u:hush@h/n"
    assert "hush" not in repr(told)
