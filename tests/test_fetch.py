"""A study from an empty folder, against made-up services: fetched, assessed, opened in the app."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from gapmap.cli import main
from gapmap.errors import CancelledError
from gapmap.model import Role
from gapmap.sources.fetching import FetchRequest
from gapmap.sources.http import Courier
from gapmap.webapp import cached
from gapmap.wiring import open_workspace
from tests.fake_sources import (
    FakeSources,
    Fault,
    damaged,
    dropped,
    html,
    no_content,
    renamed,
    server_error,
    short,
    slow,
    too_many,
    without,
)
from tests.test_fetch_killed import kept, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

ROOT = Path(__file__).parent.parent
TRAVIS = ("--state", "TX", "--county", "Travis", "--sites")
CHILDREN = [f"B01001_{cell:03d}" for cell in (3, 4, 5, 6, 27, 28, 29, 30)]
BELOW_185 = [f"B17024_{cell:03d}" for start in (3, 16, 29) for cell in range(start, start + 7)]


@pytest.fixture(scope="module")
def services() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture
def fake(
    services: FakeSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeSources]:
    """The made-up services, and an environment that points at them and at empty folders."""
    services.faults.clear()
    services.requests.clear()
    for name, value in services.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GAPMAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAPMAP_STUDIES", str(tmp_path / "studies"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785000000")
    # Pauses between tries are the courier's business, and tested there.
    monkeypatch.setattr(Courier, "_wait", lambda _courier, _seconds: None)
    yield services
    services.faults.clear()
    assert services.problems == []


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def fetched(*arguments: str | Path) -> dict[str, Any]:
    result = run("fetch", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def assessed(*arguments: str | Path) -> dict[str, Any]:
    result = run("assess", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sum_of(table: pd.DataFrame, cells: list[str]) -> pd.Series:
    return table[[f"{cell}E" for cell in cells]].sum(axis=1, skipna=False)


def margin_of(table: pd.DataFrame, cells: list[str]) -> pd.Series:
    """The margin of a sum, worked out row by row: of several zeros the largest margin counts."""
    margins = []
    for _, row in table.iterrows():
        counts = [row[f"{cell}E"] for cell in cells]
        own = [row[f"{cell}M"] for cell in cells]
        squares = [m * m for c, m in zip(counts, own, strict=True) if c != 0]
        zeros = [m * m for c, m in zip(counts, own, strict=True) if c == 0]
        unknown = any(c != c for c in counts)
        margins.append(float("nan") if unknown else (sum(squares) + max(zeros, default=0.0)) ** 0.5)
    return pd.Series(margins, index=table.index)


# --------------------------------------------------------------------- from nothing to the app


def test_from_an_empty_folder_to_an_answer(fake: FakeSources, tmp_path: Path) -> None:
    facts = fetched(*TRAVIS)
    assert facts["study"] == "travis-tx"
    assert facts["folder"] == str(tmp_path / "studies" / "travis-tx")
    answer = assessed("travis-tx")
    truth = fake.truth.estimates("tract", counties=["453"])
    assert answer["areas"] == len(truth) == facts["rows"]["tracts.parquet"]
    assert answer["need_total"] == pytest.approx(sum_of(truth, CHILDREN).sum())
    assert answer["sites_used"] > 0
    assert "proxy" in json.dumps(answer["provenance"])


@pytest.mark.usefixtures("fake")
def test_the_command_ends_with_what_to_type_next(tmp_path: Path) -> None:
    result = run("fetch", *TRAVIS, "--out", tmp_path / "my study")
    assert result.exit_code == 0, result.stderr
    assert f"gapmap assess '{tmp_path}/my study'" in result.stdout
    assert "gapmap serve" in result.stdout
    assert "tracts.parquet" in result.stdout


@pytest.mark.usefixtures("fake")
def test_the_app_opens_what_was_fetched() -> None:
    fetched(*TRAVIS)
    cached.forget()
    app = AppTest.from_function(_draw, default_timeout=60)
    app.query_params["study"] = "travis-tx"
    app.run()
    assert not app.exception, app.exception
    assert app.session_state["study"] == "travis-tx"
    shown = " ".join(str(element.value) for element in (*app.markdown, *app.metric))
    assert "Travis County" in " ".join([shown, *(str(box.options) for box in app.selectbox)])
    cached.forget()


def _draw() -> None:
    from gapmap.webapp.pages import gaps

    gaps.draw()


# ------------------------------------------------------------------------------- the figures


def test_figures_equal_an_independent_count(fake: FakeSources, tmp_path: Path) -> None:
    fetched(*TRAVIS)
    tracts = gpd.read_parquet(tmp_path / "studies/travis-tx/tracts.parquet").set_index("geoid")
    truth = fake.truth.estimates("tract", counties=["453"]).loc[tracts.index]
    counted = {
        "children": CHILDREN,
        "children_low_income": BELOW_185,
        "children_poverty": [f"B17001_{n:03d}" for n in (*range(4, 10), *range(18, 24))],
        "children_under_6": ["B09001_003", "B09001_004", "B09001_005"],
        "children_6_11": ["B09001_006", "B09001_007"],
        "children_12_17": ["B09001_008", "B09001_009"],
        "people_low_income": [f"C17002_{n:03d}" for n in range(2, 7)],
        "households_snap": ["B22003_002"],
        "households_without_vehicle": ["B08201_002"],
        "children_0_18": ["B17024_002", "B17024_015", "B17024_028"],
        "eligible_0_18": BELOW_185,
        "children_0_12": ["B17024_002", "B17024_015"],
        "eligible_0_12": BELOW_185[:14],
    }
    for column, cells in counted.items():
        expected, margin = sum_of(truth, cells), margin_of(truth, cells)
        np.testing.assert_allclose(tracts[column], expected, err_msg=column)
        np.testing.assert_allclose(tracts[f"{column}_moe"], margin, err_msg=f"{column}_moe")
    bands = tracts[["children_under_6", "children_6_11", "children_12_17"]].sum(axis=1)
    np.testing.assert_allclose(bands, truth["B09001_002E"])
    # The cases that matter occur: something unknown, and sums with several zeros in them.
    assert tracts["children_low_income"].isna().any() or tracts["children_poverty"].isna().any()
    assert (truth[[f"{cell}E" for cell in CHILDREN]] == 0).sum(axis=1).gt(1).any()


def test_block_groups_have_what_is_published_for_them(fake: FakeSources, tmp_path: Path) -> None:
    facts = fetched("--state", "TX", "--county", "Travis", "--level", "block-group")
    assert facts["study"] == "travis-tx-block-groups"
    folder = tmp_path / "studies/travis-tx-block-groups"
    areas = gpd.read_parquet(folder / "block_groups.parquet").set_index("geoid")
    truth = fake.truth.estimates("block group", counties=["453"]).loc[areas.index]
    np.testing.assert_allclose(areas["children"], sum_of(truth, CHILDREN))
    bands = ["children_under_5", "children_5_9", "children_10_14", "children_15_17"]
    np.testing.assert_allclose(areas[bands].sum(axis=1), areas["children"])
    np.testing.assert_allclose(areas["children_5_9"], sum_of(truth, ["B01001_004", "B01001_028"]))
    vehicles = sum_of(truth, ["B25044_003", "B25044_010"])
    np.testing.assert_allclose(areas["households_without_vehicle"], vehicles)
    assert not any("children_low_income" in column for column in areas.columns)
    # The proxy is by tract all the same.
    proxy = gpd.read_parquet(folder / "eligibility.parquet").set_index("geoid")
    tracts = fake.truth.estimates("tract", counties=["453"]).loc[proxy.index]
    np.testing.assert_allclose(proxy["eligible_0_18"], sum_of(tracts, BELOW_185))
    assert "not published by block group" in (folder / "block_groups.toml").read_text()
    study = open_workspace().load_study("travis-tx-block-groups")
    (judged,) = study.eligibility
    assert judged.is_proxy
    assert judged.level == "tract"
    assert study.words.area == "block group"


def test_need_stands_where_the_children_of_the_blocks_live(
    fake: FakeSources, tmp_path: Path
) -> None:
    fetched(*TRAVIS)
    points = pd.read_parquet(tmp_path / "studies/travis-tx/need_points.parquet")
    blocks = fake.truth.blocks("453")
    blocks = blocks[blocks["total"] > 0].sort_values("GEOID")
    assert len(points) == len(blocks)
    assert points["geoid"].tolist() == blocks["GEOID"].str[:11].tolist()
    for column, other in (("children", "children"), ("people", "total")):
        np.testing.assert_allclose(points[column], blocks[other])
    np.testing.assert_allclose(points["longitude"], blocks["longitude"], atol=1e-7)


def test_sites_are_those_of_the_study_and_of_two_kilometres_around(
    fake: FakeSources, tmp_path: Path
) -> None:
    fetched(*TRAVIS)
    folder = tmp_path / "studies/travis-tx"
    kept = pd.read_csv(folder / "sites.csv", dtype=str, keep_default_na=False)
    listed = fake.truth.sites(postal="TX")
    every = listed[listed["X"].notna() & listed["X"].ne(0)]
    # An independent cut: on the UTM plane of Texas' middle, with a plain union.
    area = gpd.read_parquet(folder / "tracts.parquet").to_crs(32614).union_all()
    places = gpd.GeoSeries(gpd.points_from_xy(every["X"], every["Y"]), crs=4326).to_crs(32614)
    near = every[(places.distance(area) <= 2000).to_numpy()]
    placed = kept[kept["X"].ne("") & kept["X"].ne("0")]
    assert set(placed["MasterID"]) == set(near["MasterID"].astype(str))
    assert len(near) < len(every)
    assert not [c for c in kept if "contact" in c.lower() or "phone" in c.lower()]
    assert not [f for f in fake.asked_site_fields if "contact" in f.lower() or "phone" in f.lower()]
    assert f"Of {len(listed)} sites published" in (folder / "sites.toml").read_text()


# ---------------------------------------------------------------------------- other territories


def test_several_counties_are_one_study(fake: FakeSources, tmp_path: Path) -> None:
    facts = fetched("--state", "texas", "--county", "WILLIAMSON", "--county", "48453")
    assert facts["study"] == "travis-williamson-tx"
    study = open_workspace().load_study("travis-williamson-tx")
    truth = fake.truth.estimates("tract", counties=["453", "491"])
    assert len(study.areas) == len(truth)
    assert study.areas["children"].sum() == pytest.approx(sum_of(truth, CHILDREN).sum())
    assert study.neighbourhoods is not None
    assert {"Travis County", "Williamson County"} == set(study.neighbourhoods["group"])
    assert "Austin" in set(study.neighbourhoods["name"])
    assert study.words.group == "county"
    assert not (tmp_path / "studies/travis-williamson-tx/sites.toml").exists()


def test_a_whole_state_is_reported_by_county_on_centres_of_population(
    fake: FakeSources,
) -> None:
    facts = fetched("--state", "48")
    assert facts["study"] == "texas"
    answer = assessed("texas")
    truth = fake.truth.estimates("tract")
    assert answer["need_total"] == pytest.approx(sum_of(truth, CHILDREN).sum())
    names = {one["name"] for one in answer["neighbourhoods"]}
    assert names == set(fake.truth.areas("county")["NAMELSAD"])
    by_county = sum_of(truth, CHILDREN).groupby(truth.index.str[:5]).sum()
    shown = sorted(one["need"] for one in answer["neighbourhoods"])
    assert shown == pytest.approx(sorted(by_county))
    assert not fake.requests.matching("tabblock20|dec/pl")


@pytest.mark.usefixtures("fake")
def test_a_large_place_is_only_to_look_at_and_the_person_is_told() -> None:
    facts = fetched("--state", "TX", "--county", "Travis")
    assert any("no neighbourhoods to rank" in warning for warning in facts["warnings"])
    assert any("Austin holds" in warning for warning in facts["warnings"])
    study = open_workspace().load_study("travis-tx")
    assert study.neighbourhoods is None
    assert "places" in study.context


def test_a_year_can_be_asked_for(fake: FakeSources) -> None:
    fetched("--state", "TX", "--county", "Travis", "--year", "2022")
    study = open_workspace().load_study("travis-tx")
    truth = fake.truth.estimates("tract", counties=["453"], year=2022)
    assert study.areas["children"].sum() == pytest.approx(sum_of(truth, CHILDREN).sum())
    assert study.provenance[0].vintage
    refused = run("fetch", "--state", "TX", "--county", "Travis", "--year", "2019")
    assert refused.exit_code == 2
    assert "2019" in refused.stderr


# --------------------------------------------------------------------- what a study says of itself


def test_every_layer_says_where_it_is_from_and_that_it_is_made_up(
    fake: FakeSources, tmp_path: Path
) -> None:
    fetched(*TRAVIS)
    study = open_workspace().load_study("travis-tx")
    assert {entry.layer for entry in study.provenance} == {
        "tracts", "need_points", "places", "eligibility", "sites",
    }  # fmt: skip
    for entry in study.provenance:
        assert entry.is_illustrative
        assert fake.url in entry.source
        assert entry.vintage
        assert entry.licence
        assert entry.method
    texts = "".join(p.read_text() for p in (tmp_path / "studies/travis-tx").glob("*.toml"))
    assert "fetched = 2026-07-25" in texts
    assert "made-up-key" not in texts


def test_the_marker_lists_every_answer_and_no_key(fake: FakeSources, tmp_path: Path) -> None:
    fetched(*TRAVIS)
    text = (tmp_path / "studies/travis-tx/fetched.json").read_text()
    assert "made-up-key" not in text
    made = json.loads(text)
    asked = {one["address"].partition("?")[0] for one in made["answers"]}
    # A year that is not there yet is asked for and brings nothing.
    sent = {f"{fake.url}{one.path}" for one in fake.requests if one.status == 200}
    assert {address.replace("%20", " ") for address in asked} == sent
    assert made["counties"] == ["48453"]


def test_the_same_bytes_come_out_every_time(
    fake: FakeSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(*TRAVIS)
    first = content(tmp_path / "studies/travis-tx")
    fetched(*TRAVIS, "--out", tmp_path / "elsewhere/travis-tx")
    assert fake.requests.repeated() == {}
    monkeypatch.setenv("GAPMAP_CACHE", str(tmp_path / "another cache"))
    fetched(*TRAVIS, "--out", tmp_path / "third")
    assert content(tmp_path / "elsewhere/travis-tx") == first
    assert content(tmp_path / "third") == first


@pytest.mark.usefixtures("fake")
def test_a_layer_is_as_old_as_its_oldest_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(*TRAVIS)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1785000000 + 30 * 86_400))
    fetched(*TRAVIS)
    folder = tmp_path / "studies/travis-tx"
    # Figures of a year stay as they are; the list of sites is asked for anew after a day.
    assert "fetched = 2026-07-25" in (folder / "tracts.toml").read_text()
    assert "fetched = 2026-08-24" in (folder / "sites.toml").read_text()


def test_refresh_asks_for_everything_anew(fake: FakeSources) -> None:
    fetched(*TRAVIS)
    asked = answered(fake)
    fetched(*TRAVIS)
    assert answered(fake) == asked
    fetched(*TRAVIS, "--refresh")
    assert answered(fake) == {question: 2 * count for question, count in asked.items()}


def answered(fake: FakeSources) -> Counter[str]:
    """How often each question was answered. A year that is not there yet is asked for each time."""
    return Counter(one.asked for one in fake.requests if one.status == 200)


# ------------------------------------------------------------------------------- where it lies


@pytest.mark.usefixtures("fake")
def test_a_study_folder_opens_by_its_path(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "here" / "mine"
    assert fetched(*TRAVIS, "--out", out)["study"] == "mine"
    assert run("assess", "mine").exit_code == 2
    answer = assessed(out)
    assert answer["study"] == "mine"
    monkeypatch.chdir(out.parent)
    assert assessed("./mine") == assessed("mine") == answer
    # The folder itself, or the one above it, in the list of folders.
    for folder in (out, out.parent):
        monkeypatch.setenv("GAPMAP_LAYERS", str(folder))
        monkeypatch.chdir(tmp_path)
        assert assessed("mine") == answer


@pytest.mark.usefixtures("fake")
def test_a_name_wins_over_a_folder_and_a_path_over_a_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetched(*TRAVIS)
    fetched("--state", "TX", "--county", "Hays", "--out", tmp_path / "travis-tx")
    monkeypatch.chdir(tmp_path)
    assert open_workspace().folder("travis-tx") == tmp_path / "studies" / "travis-tx"
    workspace, name = open_workspace().at("./travis-tx")
    assert workspace.describe(name).name == "Hays County, Texas"


@pytest.mark.usefixtures("fake")
def test_the_app_is_started_on_the_folders_given(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "mine"
    fetched(*TRAVIS, "--out", out)
    served: list[list[str]] = []
    monkeypatch.setattr(
        "gapmap.webapp.server.serve",
        lambda **_options: served.append([card.id for card in open_workspace().studies()]),
    )
    monkeypatch.setenv("GAPMAP_LAYERS", "")
    result = run("serve", out)
    assert result.exit_code == 0, result.stderr
    assert served[0][0] == "mine"
    assert "nyc" in served[0]
    refused = run("serve", tmp_path / "nothing")
    assert refused.exit_code == 2
    assert len(served) == 1


def test_what_is_not_a_fetched_study_is_never_replaced(fake: FakeSources, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("dear diary")
    refused = run("fetch", *TRAVIS, "--out", tmp_path / "mine")
    assert refused.exit_code == 2
    assert "is not a fetched study" in refused.stderr
    assert content(tmp_path / "mine") == {"notes.txt": b"dear diary"}
    # Before anything of size is downloaded.
    assert not fake.requests.matching("tract|tabblock")


@pytest.mark.usefixtures("fake")
def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    refused = run("fetch", *TRAVIS, "--out", tmp_path / "file" / "study")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_full_disk_is_one_sentence_and_nothing_is_seen(
    fake: FakeSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused = run("fetch", *TRAVIS)
    assert refused.exit_code == 2
    assert "No space left on device" in refused.stderr
    assert {card.id for card in open_workspace().studies()} == {"nyc"}
    fake.requests.clear()
    fetched(*TRAVIS)
    assert answered(fake) == {}
    assert [path.name for path in (tmp_path / "studies").iterdir()] == ["travis-tx"]


# -------------------------------------------------------------------------------- refusals, faults


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--state", "Texxas"], "Did you mean Texas?"),
        (["--state", "TX", "--county", "Travys"], "Did you mean Travis County"),
        (["--state", "TX", "--county", " "], "county without a name"),
        (["--state", "TX", "--year", "1999"], "1999 cannot be fetched"),
        (["--state", "TX", "--id", "../mine"], "cannot be the name of a study"),
        (["--state", "TX", "--county", "Travis", "--out", "a", "--id", "b"], "Give one of the two"),
    ],
)
@pytest.mark.usefixtures("fake")
def test_a_refusal_is_one_sentence(arguments: list[str], message: str) -> None:
    result = run("fetch", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("fake")
def test_without_a_key_one_is_told_how_to_get_one_and_that_the_demo_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CENSUS_API_KEY")
    result = run("fetch", *TRAVIS)
    assert result.exit_code == 2
    assert "key_signup" in result.stderr
    assert "nyc" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


PASSING = {
    "too many": too_many(0),
    "server error": server_error(),
    "a web page": html(),
    "half a body": damaged(),
    "a broken connection": short(),
    "no answer": dropped(),
    "slow": slow(0.2),
}


@pytest.fixture(scope="module")
def plain(services: FakeSources, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The study as it comes out when nothing goes wrong."""
    root = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in services.environment.items():
            patch.setenv(name, value)
        patch.setenv("GAPMAP_CACHE", str(root / "cache"))
        patch.setenv("SOURCE_DATE_EPOCH", "1785000000")
        fetched(*TRAVIS, "--out", root / "travis-tx")
    return content(root / "travis-tx")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        *(("B17024", fault) for fault in PASSING.values()),
        *((asked, damaged()) for asked in ("tract_500k", "tabblock20", "place", "arcgis")),
    ],
)
def test_what_passes_is_asked_again_and_leaves_no_trace(
    plain: dict[str, bytes], fake: FakeSources, tmp_path: Path, asked: str, fault: Fault
) -> None:
    fake.faults.add(asked, fault)
    fetched(*TRAVIS)
    assert fake.faults.left == 0
    assert fake.requests.repeated() == {}
    assert content(tmp_path / "studies/travis-tx") == plain


LASTING = {
    "server error": ("B17024", server_error()),
    "a web page": ("B17024", html()),
    "half a zip": ("tract_500k", damaged()),
    "a column gone": ("B01001", without("B01001_003E")),
    "a shape without a code": ("tract_500k", renamed(GEOID="GEO")),
}


@pytest.mark.parametrize(("asked", "fault"), LASTING.values(), ids=LASTING)
def test_what_lasts_is_one_sentence_and_no_study(
    fake: FakeSources, tmp_path: Path, asked: str, fault: Fault
) -> None:
    fake.faults.always(asked, fault)
    result = run("fetch", *TRAVIS)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1
    assert len(result.stderr) < 500
    assert list((tmp_path / "studies").glob("*")) == []
    # Once it is over, nothing that had come whole is asked for again.
    fake.faults.clear()
    if not fault.columns:
        fetched(*TRAVIS)
        assert fake.requests.repeated() == {}


def test_where_blocks_cannot_be_had_centres_stand_in_and_it_says_so(
    fake: FakeSources, tmp_path: Path
) -> None:
    fake.faults.always("48491_tabblock20", no_content())
    facts = fetched("--state", "TX", "--county", "Travis", "--county", "Williamson")
    assert any("centres of population" in warning for warning in facts["warnings"])
    folder = tmp_path / "studies/travis-williamson-tx"
    assert "centres of population" in (folder / "need_points.toml").read_text()
    points = pd.read_parquet(folder / "need_points.parquet")
    of_county = points.groupby(points["geoid"].str[:5]).size()
    centres = fake.truth.centres("block group")
    centres = centres[(centres["population"] > 0) & centres["GEOID"].str.startswith("48491")]
    assert of_county["48491"] == len(centres)
    blocks = fake.truth.blocks("453")
    assert of_county["48453"] == (blocks["total"] > 0).sum()


def test_boundaries_that_lag_take_the_figures_back_with_them(fake: FakeSources) -> None:
    fake.faults.always("GENZ2024", Fault(instead=server_error(404).instead))
    facts = fetched("--state", "TX", "--county", "Travis")
    assert any("those of 2023 were fetched" in warning for warning in facts["warnings"])
    study = open_workspace().load_study("travis-tx")
    truth = fake.truth.estimates("tract", counties=["453"], year=2023)
    assert study.areas["children"].sum() == pytest.approx(sum_of(truth, CHILDREN).sum())


def test_a_list_of_sites_in_a_new_layout_is_kept_and_no_layer(
    fake: FakeSources, tmp_path: Path
) -> None:
    fake.faults.always("FeatureServer", renamed(Site_Name="Venue", Site_Program="Scheme"))
    facts = fetched(*TRAVIS)
    assert any("Data page" in warning for warning in facts["warnings"])
    assert (tmp_path / "studies/travis-tx/sites.csv").exists()
    assert assessed("travis-tx")["sites_used"] == 0


# ------------------------------------------------------------------------------- stopped in order


def test_a_list_of_sites_that_cannot_be_read_leaves_the_study_without(fake: FakeSources) -> None:
    fake.faults.always("FeatureServer/0", without("Site_State"))
    facts = fetched(*TRAVIS)
    assert any(warning.startswith("The study has no sites.") for warning in facts["warnings"])
    assert open_workspace().describe("travis-tx").of_role(Role.SITES) == ()


@pytest.mark.parametrize("steps", [0, 3, 8])
def test_a_stop_keeps_what_came_and_the_next_run_goes_on(
    fake: FakeSources, tmp_path: Path, steps: int
) -> None:
    heard: list[Any] = []
    request = FetchRequest("TX", ("Travis",), sites=True)
    with pytest.raises(CancelledError, match="same command goes on"):
        open_workspace().fetch(request, heard.append, lambda: len(heard) > steps)
    assert not (tmp_path / "studies/travis-tx").exists()
    # What was on its way at that moment may be asked for again, and nothing that had come.
    settle(fake)
    before = len(kept(tmp_path))
    assert before >= heard[-1].done
    fetched(*TRAVIS)
    answered = [one for one in fake.requests if one.status == 200]
    assert fake.requests.repeated() == {}
    assert len(answered) <= len(kept(tmp_path)) - before


def test_a_slow_answer_does_not_hold_up_a_stop(fake: FakeSources) -> None:
    fake.faults.add("B01001", slow(20))
    heard: list[str] = []
    request = FetchRequest("TX", ("Travis",))
    with pytest.raises(CancelledError):
        open_workspace().fetch(request, lambda now: heard.append(now.step), lambda: len(heard) > 10)


@pytest.mark.usefixtures("fake")
def test_progress_never_goes_back_and_ends_at_the_end() -> None:
    heard = []
    open_workspace().fetch(FetchRequest("TX", ("Travis", "Hays"), sites=True), heard.append)
    done = [now.done for now in heard]
    assert done == sorted(done)
    assert all(now.done <= now.total for now in heard)
    assert heard[-1].done == heard[-1].total
    assert any("Travis County" in now.step for now in heard)


def test_ctrl_c_stops_in_order_and_says_that_the_same_command_goes_on(
    fake: FakeSources, tmp_path: Path
) -> None:
    fake.faults.add("B17024", slow(20))
    process = subprocess.Popen(
        [sys.executable, "-m", "gapmap.cli", "fetch", *TRAVIS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while fake.faults.left and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said == ""
    assert "the same command goes on from there" in error
    assert "Traceback" not in error
    assert list((tmp_path / "studies").iterdir()) == []


def test_two_fetches_of_one_study_do_not_meet(fake: FakeSources) -> None:
    inner: list[Result] = []

    def meddle(now: Any) -> None:
        if now.step.startswith("Table") and not inner:
            inner.append(run("fetch", *TRAVIS))

    open_workspace().fetch(FetchRequest("TX", ("Travis",), sites=True), meddle)
    assert inner[0].exit_code == 2
    assert "by another process" in inner[0].stderr
    assert fake.problems == []
