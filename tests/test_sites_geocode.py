"""``gapmap sites geocode`` against the local geocoder: places in, misses named, nothing leaked."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner

import gapmap
from gapmap.cli import main
from gapmap.settings import Settings
from tests.fake_sources import FakeSources, html, server_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.fake_sources import Fault
    from tests.fake_sources.answers import Answer

# Which address is found is written in its house number: 5 inexact, 7 tie, 9 not found.
LIST = """name,partner,kind,street,city,state,zip,Contact_Phone
Quay Kitchen,Illustrative Aid,open,100 Congress Ave,Austin,TX,78701,555-0100
Hill Hall,Illustrative Aid,open,205 Hill Rd,Austin,TX,78701,555-0100
Twin Hall,Illustrative Aid,open,307 Twin St,Austin,TX,78701,555-0100
Lost Hall,Illustrative Aid,open,109 Lost Ln,Austin,TX,78701,555-0100
No Address,Illustrative Aid,open,,,,,555-0100
Box,Illustrative Aid,open,P.O. Box 12,Austin,TX,78701,555-0100
=Quay again,Illustrative Aid,open,100 CONGRESS AVE.,Austin,TX,78701-4321,555-0100
"""


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture
def fake(
    running: FakeSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeSources]:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GAPMAP_CACHE", str(tmp_path / "cache"))
    running.requests.clear()
    running.faults.clear()
    yield running
    running.faults.clear()


@pytest.fixture
def site_list(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["sites", "geocode", *(str(one) for one in arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.mark.usefixtures("fake")
def test_the_list_is_written_with_its_places_and_its_match_quality(
    site_list: Path, tmp_path: Path
) -> None:
    out = tmp_path / "placed.csv"
    result = run(site_list, "--out", out)
    assert result.exit_code == 0, result.stderr
    placed = rows(out)
    assert [row["match_quality"] for row in placed] == [
        "exact match", "inexact match", "tie", "no match", "no address", "no address",
        "exact match",
    ]  # fmt: skip
    assert [bool(row["longitude"] and row["latitude"]) for row in placed] == [
        *(True, True, False, False, False, False, True)
    ]
    assert placed[0]["longitude"] == placed[-1]["longitude"]
    assert -98.5 < float(placed[0]["longitude"]) < -97
    assert "Contact_Phone" not in placed[0]
    assert placed[-1]["name"] == "'=Quay again"


@pytest.mark.usefixtures("fake")
def test_what_was_not_found_is_named_and_written_apart(site_list: Path, tmp_path: Path) -> None:
    result = run(site_list, "--out", tmp_path / "placed.csv")
    for text in ("row 3: inexact match: Hill Hall", "taken for 205 HILL RD", "row 4: tie",
                 "row 5: no match", "row 6: no address", "row 7: no address"):  # fmt: skip
        assert text in result.stderr
    assert "row 2:" not in result.stderr
    missed = rows(tmp_path / "placed-not-found.csv")
    assert [row["row"] for row in missed] == ["3", "4", "5", "6", "7"]
    assert "post office box" in missed[-1]["note"]


def test_nothing_but_addresses_leaves_this_machine(
    fake: FakeSources, site_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[bytes] = []
    answer = fake.answer

    def listen(method: str, target: str, content_type: str, body: bytes, fault: Fault) -> Answer:
        bodies.append(body)
        return answer(method, target, content_type, body, fault)

    monkeypatch.setattr(fake, "answer", listen)
    run(site_list, "--out", tmp_path / "placed.csv")
    (sent,) = bodies
    assert b"1,100 Congress Ave,Austin,TX,78701" in sent
    for private in (b"Kitchen", b"Hall", b"Illustrative", b"555-0100", b"list.csv", b"Box"):
        assert private not in sent


def test_an_address_is_asked_once_and_never_again(
    fake: FakeSources, site_list: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        assert run(site_list, "--out", tmp_path / "placed.csv").exit_code == 0
    assert len(fake.requests.matching(r"addressbatch")) == 1
    longer = LIST + "New Hall,Illustrative Aid,open,12 New St,Austin,TX,78701,555\n"
    site_list.write_text(longer, encoding="utf-8")
    run(site_list, "--out", tmp_path / "placed.csv")
    assert len(fake.requests.matching(r"addressbatch")) == 2
    assert rows(tmp_path / "placed.csv")[-1]["match_quality"] == "exact match"


@pytest.mark.usefixtures("fake")
def test_the_folder_of_answers_holds_nothing_that_was_sent(site_list: Path, tmp_path: Path) -> None:
    run(site_list, "--out", tmp_path / "placed.csv")
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["geocoder.sqlite"]
    assert b"Lost Ln" not in kept[0].read_bytes()


def test_a_service_that_stumbles_is_asked_again(
    fake: FakeSources, site_list: Path, tmp_path: Path
) -> None:
    fake.faults.add(r"addressbatch", server_error(), html())
    assert run(site_list, "--out", tmp_path / "placed.csv").exit_code == 0
    assert rows(tmp_path / "placed.csv")[0]["match_quality"] == "exact match"
    assert len(fake.requests.matching(r"addressbatch")) == 3


@pytest.mark.usefixtures("fake")
def test_a_settled_list_is_a_study_s_list(site_list: Path, tmp_path: Path) -> None:
    out = tmp_path / "placed.csv"
    run(site_list, "--out", out)
    workspace = gapmap.open_workspace()
    before = workspace.check_sites_file(site_list)
    after = workspace.check_sites_file(out)
    assert (before.report.rows_kept, after.report.rows_kept) == (0, 3)
    assert after.sites["match_quality"].tolist() == ["exact match", "inexact match", "exact match"]


@pytest.mark.usefixtures("fake")
def test_city_and_state_can_be_given_for_all(tmp_path: Path) -> None:
    site_list = tmp_path / "bare.csv"
    site_list.write_text("Hall,Where\nQuay,100 Congress Ave\n", encoding="utf-8")
    out = tmp_path / "placed.csv"
    columns = ["--column", "name=Hall", "--column", "street=Where"]
    assert run(site_list, "--out", out, *columns).exit_code == 0
    assert rows(out)[0]["match_quality"] == "no address"
    assert (
        run(site_list, "--out", out, *columns, "--city", "Austin", "--state", "TX").exit_code == 0
    )
    assert rows(out)[0]["longitude"]


def test_a_list_is_written_as_csv_and_nothing_else(
    fake: FakeSources, site_list: Path, tmp_path: Path
) -> None:
    result = run(site_list, "--out", tmp_path / "placed.xlsx")
    assert result.exit_code == 2
    assert ".csv" in result.stderr
    assert len(fake.requests) == 0


@pytest.mark.usefixtures("fake")
def test_check_points_to_the_lookup(site_list: Path, tmp_path: Path) -> None:
    arguments = ["sites", "check", str(site_list), "--rejected", str(tmp_path / "rejected.csv")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert "5 rows have an address and no coordinates" in result.stderr
    assert "gapmap sites geocode" in result.stderr


@pytest.mark.usefixtures("fake")
def test_a_list_of_mere_addresses_cannot_be_assessed(site_list: Path) -> None:
    result = CliRunner().invoke(main, ["assess", "nyc", "--sites", str(site_list)])
    assert result.exit_code == 2
    assert "Look its addresses up first" in result.stderr


@pytest.mark.usefixtures("fake")
def test_from_python_rows_and_decisions_are_one_value(site_list: Path) -> None:
    workspace = gapmap.open_workspace(Settings.from_environment())
    seen: list[tuple[int, int]] = []
    filled, settling = workspace.geocode_sites_file(
        site_list, progress=lambda done, total: seen.append((done, total))
    )
    assert isinstance(filled, pd.DataFrame)
    assert len(filled) == 7
    assert settling.open_count == 5
    assert seen == [(0, 4), (4, 4)]
