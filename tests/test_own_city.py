"""What the README tells people to write down for their own city works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from gapmap import usecases
from gapmap.model import Role
from gapmap.settings import Settings
from gapmap.wiring import Workspace
from tests import builders

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The block of the README that begins with ``# name``."""
    (found,) = re.findall(rf"^```toml\n(# {re.escape(name)}\b.*?)^```", README, re.M | re.S)
    return str(found)


@pytest.fixture
def springfield(tmp_path: Path) -> Path:
    """The study of the README's own files, in one folder."""
    folder = tmp_path / "springfield"
    folder.mkdir()
    for name in ("study.toml", "tracts.toml", "sites.toml"):
        (folder / name).write_text(example(name))
    areas = builders.areas([100, 300]).rename(columns={"geoid": "GEOID"})
    areas[["GEOID", "name", "geometry"]].to_file(folder / "tracts.geojson", driver="GeoJSON")
    areas.rename(columns={"children": "under_18"})[["GEOID", "under_18"]].to_csv(
        folder / "children.csv", index=False
    )
    x, y = builders.to_degrees([500], [500])
    pd.DataFrame(
        {
            "MasterID": ["1"], "Site_Name": ["School"], "Sponsoring_Organization": ["Somebody"],
            "Days_of_operation": ["M,T,W"], "Site_Program": ["SFSP"], "X": x, "Y": y,
        }
    ).to_csv(folder / "sites.csv", index=False)  # fmt: skip
    return folder


def opened(folder: Path):
    workspace, name = Workspace(Settings((), ())).at(str(folder))
    return workspace.load_study(name)


def test_three_files_in_a_folder_are_a_study(springfield: Path) -> None:
    study = opened(springfield)
    answer = usecases.assess_gaps(study)
    assert answer.need_total == 400
    assert answer.sites_used == 1
    assert 0 < answer.need_in_reach < 400


def test_schools_and_libraries_of_national_files_are_candidates(springfield: Path) -> None:
    x, y = builders.to_degrees([200, 900], [500, 500])
    pd.DataFrame(
        {"NCESSCH": ["484530000001", "484530000002"], "NAME": ["A School", "B School"],
         "CITY": "Springfield", "CNTY": "48453", "LAT": y, "LON": x}
    ).to_csv(springfield / "schools.csv", index=False)  # fmt: skip
    pd.DataFrame(
        {"FSCSKEY": ["TX0001"], "FSCS_SEQ": ["002"], "LIBNAME": ["CENTRAL LIBRARY"],
         "STABR": "TX", "CNTY": "TRAVIS", "LATITUDE": y[:1], "LONGITUD": x[:1]}
    ).to_csv(springfield / "libraries.csv", index=False)  # fmt: skip
    for name in ("schools.toml", "libraries.toml"):
        (springfield / name).write_text(example(name))
    study = opened(springfield)
    assert study.candidates["schools"]["name"].tolist() == ["A School", "B School"]
    assert study.candidates["schools"]["candidate_id"].tolist()[0] == "484530000001"
    assert study.candidates["libraries"]["kind"].tolist() == ["library"]
    assert {one.role for one in study.provenance} >= {Role.CANDIDATES}
