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
