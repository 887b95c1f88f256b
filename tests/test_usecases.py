from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gapmap import usecases
from gapmap.layers.catalogue import parse_study
from gapmap.model import Role
from tests import builders

if TYPE_CHECKING:
    from gapmap.layers.catalogue import StudySpec
    from gapmap.model import Study

STUDY = 'name = "Squaretown"\nsummary = "Squares."\nneed = "children"\nreach = "400m"\n'
COMMON = 'source = "Tests"\nvintage = "2020"\nlicence = "MIT"\n'
TRACTS = (
    f'role = "need"\ntitle = "Squares"\nfile = "squares"\n{COMMON}'
    '[measures.children]\ncolumn = "children"\nlabel = "Children"\nunit = "children"\n'
)


@dataclass(frozen=True)
class File:
    """A file that was never on disk."""

    table: pd.DataFrame
    file_name: str = "file"
    sha256: str = "a" * 64
    warnings: tuple[str, ...] = ()


def site_list(*spots: tuple[float, float], **columns: list[str]) -> pd.DataFrame:
    longitude, latitude = builders.to_degrees([x for x, _ in spots], [y for _, y in spots])
    names = [f"Site {row}" for row in range(len(spots))]
    table = {"name": names, "longitude": longitude, "latitude": latitude, "kind": "open"}
    return pd.DataFrame({**table, **columns})


def layer(role: str, file: str) -> str:
    return f'role = "{role}"\ntitle = "{file}"\nfile = "{file}"\n{COMMON}crs = "EPSG:4326"\n'


def spec(**layers: str) -> StudySpec:
    files = {"study.toml": STUDY, "tracts.toml": TRACTS}
    return parse_study("town", files | {f"{name}.toml": text for name, text in layers.items()})


def load(described: StudySpec, **tables: pd.DataFrame | File) -> Study:
    files = {"squares": builders.areas([100, 300]), **tables}

    def read(name: str) -> File:
        file = files[name]
        return file if isinstance(file, File) else File(file)

    return usecases.load_study(described, read)


def test_a_study_without_sites_can_be_asked() -> None:
    study = load(spec())
    assert len(study.sites) == 0
    assert usecases.assess_gaps(study).need_out_of_reach == 400


def test_two_site_layers_keep_their_identifiers_apart() -> None:
    described = spec(schools=layer("sites", "a"), churches=layer("sites", "b"))
    study = load(
        described,
        a=site_list((500, 500), site_id=["1"]),
        b=site_list((1500, 500), site_id=["1"]),
    )
    assert sorted(study.sites["site_id"]) == ["churches:1", "schools:1"]
    assert usecases.assess_gaps(study).sites_used == 2


def test_rows_left_out_of_every_list_are_in_the_answer() -> None:
    described = spec(schools=layer("sites", "a"), churches=layer("sites", "b"))
    far = site_list((500, 500), (90_000, 500))
    answer = usecases.assess_gaps(load(described, a=far, b=far))
    assert answer.sites_left_out == {"outside the study": 2}


def test_a_margin_keeps_sites_across_the_border() -> None:
    described = spec(sites=layer("sites", "a"))
    across = site_list((-100, 500))
    assert usecases.assess_gaps(load(described, a=across)).sites_used == 0
    kept = load(described.model_copy(update={"margin_m": 200.0}), a=across)
    assert usecases.assess_gaps(kept).need_in_reach > 0


def test_the_data_version_changes_with_a_file_and_with_the_description() -> None:
    described = spec(sites=layer("sites", "a"))
    list_a = site_list((500, 500))
    one = load(described, a=File(list_a))
    assert one.data_version == load(described, a=File(list_a)).data_version
    assert one.data_version != load(described, a=File(list_a, sha256="b" * 64)).data_version
    other = described.model_copy(update={"desert_need": 10.0})
    assert one.data_version != load(other, a=File(list_a)).data_version


def test_every_layer_is_in_the_provenance_with_its_rows() -> None:
    described = spec(
        sites=layer("sites", "a"), halls=layer("candidates", "c"), sides=layer("context", "d")
    )
    study = load(
        described,
        a=site_list((500, 500), (0, 90_000)),
        c=site_list((1, 1)),
        d=builders.neighbourhoods("West"),
    )
    rows = {entry.role: (entry.rows_in, entry.rows_out) for entry in study.provenance}
    assert rows == {
        Role.NEED: (2, 2),
        Role.SITES: (2, 1),
        Role.CANDIDATES: (1, 1),
        Role.CONTEXT: (1, 1),
    }
    assert list(study.candidates) == ["halls"]
    assert list(study.context) == ["sides"]


class TestAnotherList:
    def checked(self, *spots: tuple[float, float]) -> usecases.CheckedSites:
        return usecases.check_sites(File(site_list(*spots), "mine.csv", warnings=("Odd letters.",)))

    def test_it_takes_the_place_of_the_studys_own(self) -> None:
        study = usecases.with_sites(builders.study(), self.checked((1500, 500)))
        answer = usecases.assess_gaps(study)
        assert answer.areas["in_reach_share"].tolist() == pytest.approx([0, 0.5027], abs=1e-3)
        assert [entry.title for entry in study.provenance if entry.role == Role.SITES] == [
            "mine.csv"
        ]

    def test_equal_lists_have_equal_versions_and_others_do_not(self) -> None:
        town = builders.study()
        versions = [
            usecases.with_sites(town, self.checked(spot)).data_version
            for spot in ((1500, 500), (1500, 500), (1500, 501))
        ]
        assert versions[0] == versions[1]
        assert len({town.data_version, *versions}) == 3

    def test_the_need_side_is_measured_on_the_same_ground(self) -> None:
        town = builders.study()
        ground = usecases.prepare(town)
        other = usecases.with_sites(town, self.checked((1500, 500)))
        again = usecases.assess_gaps(other, ground=ground)
        assert again.need_in_reach == usecases.assess_gaps(other).need_in_reach

    def test_what_was_noticed_while_reading_is_in_the_report(self) -> None:
        assert "Odd letters." in self.checked((500, 500)).report.warnings

    def test_places_are_not_asked_about_without_a_study(self) -> None:
        assert self.checked((500, 500), (5_000_000, 0)).report.rows_kept == 2


def test_an_own_ground_gives_the_same_answer_as_none() -> None:
    town = builders.study()
    asked = replace(usecases.default_scenario(town), meal="lunch")
    with_ground = usecases.assess_gaps(town, asked, usecases.prepare(town))
    assert with_ground.need_in_reach == usecases.assess_gaps(town, asked).need_in_reach
