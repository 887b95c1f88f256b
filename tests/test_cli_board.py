"""A roundtable from the command line: every step prints JSON, every refusal says who holds what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR, open_store
from gapmap.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

A, B, C = "36005000100", "36005000200", "36005000400"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GAPMAP_DATABASE_URL", f"sqlite:///{tmp_path}/boards.db")

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["board", *words])

    return call


@pytest.fixture
def ask(run: Any) -> Any:
    """Run a command with --json and read what it printed."""

    def call(*words: str, status: int = 0) -> Any:
        result = run(*words, "--json")
        assert result.exit_code == status, result.output
        return json.loads(result.stdout)

    return call


@pytest.fixture
def board(tmp_path: Path, run: Any) -> str:
    """A board with three areas; reading the demo study takes a second, and one test does it."""
    del run
    with open_store(f"sqlite:///{tmp_path}/boards.db") as store:
        return store.create_board("nyc", {A: "Soundview", B: "Soundview", C: None}).id


def test_a_board_is_made_of_a_study_and_listed(run: Any, ask: Any) -> None:
    made = run("create", "nyc", "--within", "Bronx")
    assert made.exit_code == 0, made.output
    board = made.stdout.strip()
    (card,) = ask("list")
    assert (card["id"], card["study"], card["revision"]) == (board, "nyc", 1)
    assert card["area_count"] == ask("show", board)["open_count"] == 362
    taken = ask("claim", board, A, "--partner", "Harvest")
    assert taken["event"]["patch"]["claims"][A]["partner"] == "Harvest"
    assert run("list").stdout.startswith(board)


def test_create_prints_the_identifier_as_json_too(ask: Any) -> None:
    made = ask("create", "nyc", "--title", "The Bronx", "--within", "Bronx")
    assert made["title"] == "The Bronx"
    assert ask("show", made["id"])["id"] == made["id"]


def test_a_claim_that_is_refused_names_the_holder_and_fails(run: Any, ask: Any, board: str) -> None:
    ask("claim", board, A, B, "--partner", "Harvest")
    refused = run("claim", board, B, C, "--partner", "Mosaic")
    assert refused.exit_code == 2
    assert "36005000200 by Harvest" in refused.stderr
    assert refused.stdout == ""
    told = ask("claim", board, B, C, "--partner", "Mosaic", status=2)
    assert [(one["key"], one["holder"]) for one in told["conflicts"]] == [(B, "Harvest")]
    assert set(ask("show", board)["claims"]) == {A, B}


def test_an_area_goes_all_the_way(ask: Any, board: str) -> None:
    ask("claim", board, A, "--partner", "Harvest", "--group", "the block", "--hours", "5")
    ask("commit", board, A, "--due", "2026-12-01", "--partner", "Harvest")
    ask("commit", board, A, "--to", "opened")
    ask("commit", board, A, "--to", "verified", "--note", "seen on Monday")
    claim = ask("show", board)["claims"][A]
    assert (claim["state"], claim["group"], claim["due"]) == ("verified", "the block", "2026-12-01")
    (row,) = ask("show", board)["partners"]
    assert (row["partner"], row["verified_count"], row["claimed_count"]) == ("Harvest", 1, 0)
    ask("release", board, A)
    assert ask("show", board)["claims"] == {}
    assert ask("show", board, "--at", "3")["claims"][A]["state"] == "committed"


def test_a_neighbourhood_is_claimed_at_once(ask: Any, board: str) -> None:
    taken = ask("claim", board, "--neighbourhood", "Soundview", "--partner", "Harvest")
    assert set(taken["event"]["patch"]["claims"]) == {A, B}


def test_asking_answering_splitting_and_deciding(ask: Any, run: Any, board: str) -> None:
    ask("claim", board, A, "--partner", "Harvest")
    ask("ask", board, A, "--partner", "Mosaic", "--note", "we cook there")
    (request,) = ask("show", board)["asks"]
    assert "Mosaic asks Harvest" in run("show", board).stdout
    ask("answer", board, request, "--yes")
    assert ask("show", board)["claims"][A]["partner"] == "Mosaic"
    ask("split", board, C, "--part", "north", "--part", "south")
    ask("claim", board, f"{C}#north", "--partner", "Harvest")
    ask("decide", board, "Mosaic opens A", "--for", "7", "--against", "1", "--area", A)
    (decision,) = ask("show", board)["decisions"].values()
    assert decision["hands"] == {"for_count": 7, "against_count": 1}
    ask("claiming", board, "--closed")
    shown = run("show", board).stdout
    assert "claiming is closed" in shown
    assert "Mosaic opens A" in shown


def test_a_decision_with_its_map_is_shown_with_where_that_was(
    run: Any, ask: Any, board: str, tmp_path: Path
) -> None:
    view = {"lat": 40.81234, "lng": -73.9, "zoom": 12.5}
    with open_store(f"sqlite:///{tmp_path}/boards.db") as store:
        decide = read_change({"do": "decide", "text": "So be it", "view": view})
        store.write(board, decide, by=OPERATOR)
    assert "with the map at 40.8123, -73.9000, zoom 12.5: So be it" in run("show", board).stdout
    (decision,) = ask("show", board)["decisions"].values()
    assert decision["view"] == view


def test_undo_takes_the_last_change_back(ask: Any, board: str) -> None:
    ask("claim", board, A, "--partner", "Harvest")
    ask("claim", board, B, "--partner", "Harvest")
    assert ask("undo", board)["event"]["undoes"] == 3
    assert ask("undo", board, "2")["event"]["undoes"] == 2
    assert ask("show", board)["claims"] == {}


def test_the_log_tells_everything_in_order(ask: Any, run: Any, board: str) -> None:
    ask("claim", board, A, "--partner", "Harvest")
    ask("release", board, A)
    said = [one["said"] for one in ask("log", board)]
    assert said == ["the board was made", f"Harvest took {A}", f"Harvest released {A}"]
    assert [one["revision"] for one in ask("log", board, "--limit", "1")] == [3]
    assert [one["revision"] for one in ask("log", board, "--after", "1")] == [2, 3]
    assert len(run("log", board).stdout.splitlines()) == 3


def test_a_claim_on_what_somebody_saw_before_is_checked(ask: Any, board: str) -> None:
    ask("claim", board, A, "--partner", "Harvest")
    told = ask("release", board, A, "--seen", "1", status=2)
    assert told["conflicts"][0]["holder"] == "Harvest"


def test_who_joined_acts_as_what_they_are(ask: Any, run: Any, board: str) -> None:
    code = run("join-code", board, "--partner", "Harvest").stdout.strip()
    token = run("join", code, "--name", "Ana").stdout.strip()
    ask("claim", board, A, "--partner", "Harvest", "--token", token)
    refused = run("claim", board, B, "--partner", "Mosaic", "--token", token)
    assert refused.exit_code == 2
    assert "belongs to Mosaic" in refused.stderr
    assert run("decide", board, "x", "--token", token).exit_code == 2
    assert run("claim", board, B, "--partner", "Harvest", "--token", "x.y.z").exit_code == 2
    ana, _ = sorted(ask("members", board), key=lambda one: one["name"], reverse=True)
    assert (ana["name"], ana["partner"], ana["role"]) == ("Ana", "Harvest", "partner")
    assert "Ana" in run("members", board).stdout
    assert ask("log", board)[-1]["author"] == "Ana"
    ask("forget", board, ana["id"])
    assert "Ana" not in run("members", board).stdout
    assert run("claim", board, B, "--partner", "Harvest", "--token", token).exit_code == 2
    viewer = ask("join-code", board, "--role", "viewer")
    assert viewer["role"] == "viewer"
    assert ask("join", viewer["in_link"], "--name", "Desk six")["role"] == "viewer"
    assert run("join", "BBBB-BBBB", "--name", "Desk five").exit_code == 2


def test_a_backup_is_restored(ask: Any, run: Any, board: str, tmp_path: Path) -> None:
    ask("claim", board, A, "--partner", "Harvest")
    file = tmp_path / "board.jsonl"
    assert ask("export", board, "--out", str(file))["revision"] == 2
    assert run("export", board).stdout == file.read_text()
    assert run("import", str(file)).exit_code == 2
    copy = ask("import", str(file), "--as-new")["id"]
    assert ask("show", copy)["claims"] == ask("show", board)["claims"]
    for path in tmp_path.glob("boards.db*"):
        path.unlink()
    assert run("import", str(file)).stdout.strip() == board
    assert ask("log", board)[-1]["said"] == f"Harvest took {A}"
    assert ask("show", board)["claims"][A]["partner"] == "Harvest"
    (again,) = ask("list")
    assert again["revision"] == 2
    assert run("export", board).stdout == file.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nowhere"],
        ["claim", "nowhere", A, "--partner", "Harvest"],
        ["import", "nowhere.jsonl"],
        ["export", "nowhere"],
        ["create", "nowhere"],
        ["answer", "nowhere", "x", "--yes"],
    ],
)
def test_what_is_not_there_is_one_sentence(run: Any, words: list[str]) -> None:
    refused = run(*words)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("gapmap: ")
    assert "Traceback" not in refused.output


def test_a_half_said_wish_is_refused(run: Any, board: str) -> None:
    assert "Say --yes or --no" in run("answer", board, "x").stderr
    assert "Say --open or --closed" in run("claiming", board).stderr
    assert "No area was named" in run("claim", board, "--partner", "Harvest").stderr


def test_a_database_that_is_not_there_is_one_sentence(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAPMAP_DATABASE_URL", "postgresql+psycopg://x:hush@127.0.0.1:1/boards")
    refused = run("list")
    assert refused.exit_code == 2
    assert "hush" not in refused.output
    assert "127.0.0.1" in refused.stderr
