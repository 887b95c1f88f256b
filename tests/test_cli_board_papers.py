"""What leaves the room, from the command line: files that open, refusals in a sentence."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from click.testing import CliRunner
from icalendar import Calendar
from pypdf import PdfReader

from gapmap.board.agenda import read_change
from gapmap.board.joining import join, offer
from gapmap.board.publishing import publication
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from gapmap.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

A, B, C = "36005000100", "36005000200", "36005000400"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The address of a database and a board of the demo study in it, after a short meeting."""
    url = f"sqlite:///{tmp_path_factory.mktemp('papers')}/boards.db"
    with open_store(url) as store:
        board = store.create_board("nyc", {A: "Soundview", B: "Soundview", C: None}, title="Table")
        code = offer(store, board.id, Role.FACILITATOR, by=OPERATOR)
        somebody = join(store, code.code, "Somebody", source="a test").member.id
        for given in (
            {"do": "take", "areas": [A, B], "partner": "Harvest"},
            {"do": "advance", "to": "committed", "areas": [A], "due": "2026-12-01"},
            {"do": "decide", "text": "Harvest takes Soundview."},
        ):
            store.write(board.id, read_change(given), by=somebody)
    return url, board.id


@pytest.fixture
def run(kept: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    url, board = kept
    monkeypatch.setenv("GAPMAP_DATABASE_URL", url)

    def call(command: str, *words: str, status: int = 0) -> Result:
        result = CliRunner().invoke(main, ["board", command, board, *words])
        assert result.exit_code == status, result.output
        return result

    return call


def test_minutes_are_written_in_every_form(run: Any, tmp_path: Path) -> None:
    files = {form: tmp_path / f"minutes.{form}" for form in ("html", "pdf", "xlsx", "csv")}
    for file in files.values():
        told = json.loads(run("minutes", "--out", str(file), "--json").stdout)
        assert told["out"] == str(file)
        assert told["revision"] == 4
    page = files["html"].read_text(encoding="utf-8")
    assert "Harvest takes Soundview." in page
    assert "Somebody" in page
    assert "Illustrative" in page
    pages = PdfReader(io.BytesIO(files["pdf"].read_bytes())).pages
    assert "Harvest takes Soundview." in " ".join(one.extract_text() for one in pages)
    book = pd.read_excel(files["xlsx"], sheet_name="Commitments", dtype={"area": str})
    assert book["area"].tolist() == [A, B]
    listed = pd.read_csv(files["csv"], dtype={"area": str})
    assert listed["open_need"].notna().any()


def test_people_s_names_can_be_left_out(run: Any, tmp_path: Path) -> None:
    run("minutes", "--out", str(tmp_path / "m.html"), "--without-names")
    assert "Somebody" not in (tmp_path / "m.html").read_text(encoding="utf-8")


def test_another_ending_is_refused_before_anything_is_read(run: Any, tmp_path: Path) -> None:
    refused = run("minutes", "--out", str(tmp_path / "minutes.docx"), status=2)
    assert "the ending must be one of .html" in refused.stderr
    assert "a calendar's name ends in .ics" in run("calendar", "--out", "due.txt", status=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_board_that_is_not_there_is_named(tmp_path: Path, run: Any) -> None:
    del run
    words = ["board", "minutes", "nowhere", "--out", str(tmp_path / "m.html")]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 2
    assert "nowhere" in refused.stderr


def test_a_digest_is_text_or_a_feed(run: Any, tmp_path: Path) -> None:
    # By the clock of New York it may be yesterday still.
    today = f"{datetime.now(UTC).date() - timedelta(days=1)}"
    assert "4 changes by 1 partner" in run("digest", "--since", today).stdout
    feed = ElementTree.fromstring(run("digest", "--since", today, "--atom").stdout.encode())
    assert feed.tag.endswith("feed")
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 4
    run("digest", "--since", today, "--atom", "--out", str(tmp_path / "feed.xml"))
    assert ElementTree.parse(tmp_path / "feed.xml").getroot().tag == feed.tag


def test_a_calendar_has_the_due_dates(run: Any, tmp_path: Path) -> None:
    run("calendar", "--out", str(tmp_path / "due.ics"))
    (entry,) = Calendar.from_ical((tmp_path / "due.ics").read_bytes()).walk("VEVENT")
    assert str(entry["summary"]) == "Harvest: 1 census tract to be open"
    assert f"{entry.decoded('dtstart')}" == "2026-12-01"


def test_a_board_is_published_and_withdrawn(run: Any, kept: tuple[str, str]) -> None:
    made = json.loads(run("publish", "--json").stdout)
    assert run("publish").stdout == f"gapmap/public/{made['key']}\n"
    with open_store(kept[0]) as store:
        link = publication(store, made["key"])
    assert link is not None
    assert link.board == kept[1]
    assert json.loads(run("unpublish", "--json").stdout)["was_public"]
    assert run("unpublish").stdout == "There was no public link.\n"
