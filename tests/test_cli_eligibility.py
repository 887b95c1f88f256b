"""``gapmap eligibility`` as a person uses it, on a small study written to disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from gapmap.cli import main
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

COMMON = 'vintage = "2024"\nsource = "Drawn for tests"\nlicence = "MIT"\n'
TRACTS = (
    f'role = "need"\ntitle = "Squares"\nfile = "town/squares.parquet"\n{COMMON}'
    '[measures.children]\ncolumn = "children"\nlabel = "Children"\nunit = "children"\n'
)
FNS = f'role = "eligibility"\ntitle = "FNS file"\nfile = "town/squares.parquet"\n{COMMON}'
JOINED = '[columns]\ngeoid = "bg"\n[table]\nfile = "town/fns.csv"\nkey = "GEOID"\n'
BLOCK_GROUPS = ["480010001001", "480010001011", "480010001021"]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three block groups: 58 %, 45 % and 30 % of 100 children each."""
    study, files = tmp_path / "layers" / "town", tmp_path / "data" / "town"
    study.mkdir(parents=True)
    files.mkdir(parents=True)
    (study / "study.toml").write_text(
        'name = "Squaretown"\nsummary = "Squares."\nneed = "children"\n'
    )
    (study / "tracts.toml").write_text(TRACTS)
    (study / "fns.toml").write_text(f"{FNS}determined = 2024-07-01\n{JOINED}")
    squares = builders.areas([100.0] * 3).rename(columns={"geoid": "GEOID"})
    squares.assign(bg=BLOCK_GROUPS).to_parquet(files / "squares.parquet")
    rows = "".join(
        f"48,{geoid},{'Yes' if share >= 50 else 'No'},100,{share},40,{young}\n"
        for geoid, share, young in zip(BLOCK_GROUPS, [58, 45, 30], [4, 36, 4], strict=True)
    )
    (files / "fns.csv").write_text(
        f"STATEFP,GEOID,ELIGFY24,TotPovUniv,Num18BG,TotPovUn_1,Num12BG\n{rows}"
    )
    monkeypatch.setenv("GAPMAP_LAYERS", str(tmp_path / "layers"))
    monkeypatch.setenv("GAPMAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1748736000")  # 1 June 2025
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["eligibility", *(str(argument) for argument in arguments)])


def facts(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def place(x_m: float, y_m: float = 500.0) -> str:
    longitude, latitude = builders.to_degrees(x_m, y_m)
    return f"{float(latitude):.6f},{float(longitude):.6f}"


@pytest.mark.usefixtures("town")
def test_an_area_is_answered_with_its_worksheet() -> None:
    result = run("town", "--geoid", "480010001011")
    assert result.exit_code == 0, result.stderr
    assert "Open site: lawful, open by averaging" in result.stdout
    assert "(45 + 58) / (100 + 100) = 103 / 200 = 51.5%: reaches 50%" in result.stdout
    assert "1 July 2029" in result.stdout


@pytest.mark.usefixtures("town")
def test_a_place_is_given_latitude_first() -> None:
    found = facts("town", f"--at={place(1500)}")
    assert found["geoid"] == "480010001011"
    assert found["status"] == "open by averaging"
    assert found["worksheets"][0]["share"] == 0.515
    assert found["latitude"] == pytest.approx(0.0045, abs=1e-3)


@pytest.mark.usefixtures("town")
def test_without_a_place_it_sums_up() -> None:
    result = run("town")
    assert result.exit_code == 0, result.stderr
    assert "Eligible only by averaging" in result.stdout
    routes = {row["route"]: row["areas"] for row in facts("town")["routes"]}
    assert routes == {"open by census": 1, "open by averaging": 1, "none": 1, "unknown": 0}


@pytest.mark.usefixtures("town")
def test_basis_and_adjacency_can_be_chosen() -> None:
    assert facts("town", "--geoid", "480010001011", "--basis", "0-12")["status"] == "open by census"
    chain = facts("town", "--adjacency", "chain")
    assert (chain["adjacency"], facts("town")["adjacency"]) == ("chain", "strict")


def test_out_writes_the_page_to_print(town: Path) -> None:
    out = town / "sheet.html"
    result = run("town", "--geoid", "480010001011", "--out", out)
    assert result.exit_code == 0, result.stderr
    page = out.read_text(encoding="utf-8")
    assert "Worksheet 1, which decides: open by averaging" in page
    assert "<script" not in page
    assert not list(town.glob(".*.part"))
    again = town / "again.html"
    run("town", "--geoid", "480010001011", "--out", again)
    assert again.read_bytes() == out.read_bytes()


def test_a_study_without_eligibility_says_what_to_add(town: Path) -> None:
    (town / "layers" / "town" / "fns.toml").unlink()
    for arguments in (["town"], ["town", "--geoid", "480010001011"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "has no eligibility layer" in result.stderr
        assert "gapmap fetch" in result.stderr


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["twon"], "Did you mean town?"),
        (["town", "--geoid", "480010001019"], "Did you mean"),
        (["town", "--at", "somewhere"], "Write LAT,LON"),
        (["town", "--at=-97.7,30.2"], "Latitude comes first"),
        (["town", "--at", "30.2,-97.7"], "is outside Squaretown"),
        (["town", "--at", "0,0", "--geoid", "480010001011"], "either --geoid or --at"),
        (["town", "--out", "sheet.html"], "give --geoid or --at"),
        (["town", "--at", "0,0", "--out", "sheet.pdf"], "ends in .html"),
    ],
)
def test_a_refusal_is_one_sentence_with_status_2(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
