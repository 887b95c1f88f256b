from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pandas as pd
import pytest

from gapmap import usecases
from gapmap.errors import RequestError
from gapmap.views.comparison import (
    COMPARISON_FORMATS,
    comparison_bytes,
    comparison_facts,
    comparison_tables,
    print_comparison,
)
from gapmap.whatifs import SiteAdded, WhatIf
from tests import builders
from tests.what_ifs import town

TOWN = town()
NEW = SiteAdded("new-1", "=cmd()", 3500 / 111_320, 500 / 111_320, partner="@Chapel")
TRIAL = WhatIf("=Trial", "town").closing("s0").adding(NEW)
COMPARISON = usecases.compare_what_ifs(TOWN, None, TRIAL)


def strict(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as they come out of JSON, which has no NaN."""
    read: dict[str, Any] = json.loads(json.dumps(facts, allow_nan=False))
    return read


def test_the_facts_say_what_was_asked_what_differs_and_by_how_much() -> None:
    facts = strict(comparison_facts(COMPARISON, TOWN))
    assert facts["are_comparable"]
    assert facts["why_not"] is None
    assert facts["first"]["name"] == "now"
    assert facts["second"]["differs"] == ["Closes Site 0", "Adds =cmd() by @Chapel"]
    total = facts["totals"]["need_in_reach"]
    assert total["difference"] == pytest.approx(total["second"] - total["first"], abs=1e-5)
    assert facts["need_in_reach_difference"] == pytest.approx(total["difference"], abs=1e-3)
    assert facts["newly_in_reach"] - facts["no_longer_in_reach"] == pytest.approx(
        total["difference"], abs=1e-2
    )
    assert facts["need_in_reach_difference_moe"] is None, "no margin is published here"
    assert {site["site_id"]: site["change"] for site in facts["sites"]} == {
        "s0": "closed",
        "new-1": "added",
    }
    assert [area["name"] for area in facts["areas"]] == ["Tract 0"]
    assert facts["second"]["provenance"][-1]["title"] == "What-if “=Trial”"
    assert facts["first"]["data_version"] != facts["second"]["data_version"]


def test_what_cannot_be_subtracted_has_facts_without_differences() -> None:
    comparison = usecases.compare_what_ifs(TOWN, None, TRIAL.asking(within="East"))
    facts = strict(comparison_facts(comparison, TOWN))
    assert not facts["are_comparable"]
    assert facts["why_not"]
    assert facts["need_in_reach_difference"] is None
    assert facts["totals"]["need"]["difference"] is None
    assert facts["totals"]["need"]["first"] == 600


def test_tables_have_headings_that_name_the_sides() -> None:
    tables = comparison_tables(COMPARISON, TOWN)
    assert list(tables) == [
        "Totals",
        "Neighbourhoods",
        "Districts",
        "Partners",
        "Meal sites",
        "Census tracts",
    ]
    places = tables["Neighbourhoods"]
    assert {"children in reach (now)", "children in reach (“=Trial”)"} <= set(places)
    lost = places.set_index("neighbourhood").loc["Aldgate", "children in reach, difference"]
    assert lost == pytest.approx(COMPARISON.difference)
    totals = tables["Totals"].set_index("figure")
    assert totals.loc["children in reach", "difference"] == COMPARISON.difference
    assert totals.loc["meal sites that count", "difference"] == 0


def test_two_sides_of_one_name_have_columns_of_their_own() -> None:
    same = usecases.compare_what_ifs(TOWN, TRIAL.renamed("A"), TRIAL.reopening("s0").renamed("A"))
    totals = comparison_tables(same, TOWN)["Totals"]
    assert list(totals) == ["figure", "“A”", "“A” (2)", "difference"]


def test_a_study_without_neighbourhoods_has_no_empty_tables() -> None:
    study = town(neighbourhoods=None)
    tables = comparison_tables(usecases.compare_what_ifs(study, None, TRIAL), study)
    assert list(tables) == ["Totals", "Partners", "Meal sites", "Census tracts"]


def test_the_csv_has_every_area_with_both_sides_and_what_its_figures_are() -> None:
    content = comparison_bytes(COMPARISON, TOWN, ".csv").decode("utf-8-sig")
    rows = pd.read_csv(io.StringIO(content), dtype={"GEOID": str})
    assert rows["GEOID"].tolist() == TOWN.areas["geoid"].tolist()
    assert rows["children in reach, difference"].sum() == pytest.approx(COMPARISON.difference)
    assert pd.isna(rows["children in reach, difference"].iloc[3]), "unknown is empty, not zero"
    assert set(rows["measure"]) == {"Children under 18"}
    assert set(rows["sites_are"]) == {"as listed, with the what-ifs"}


def test_the_workbook_has_every_table_what_differs_and_the_sources() -> None:
    content = comparison_bytes(COMPARISON, TOWN, ".XLSX")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[0] == "What differs"
    assert book.sheetnames[-2:] == ["Sources 1", "Sources 2"]
    cells = [cell for row in book["What differs"].iter_rows(values_only=True) for cell in row]
    assert "Closes Site 0" in cells
    sources = [row[2] for row in book["Sources 2"].iter_rows(values_only=True)]
    assert "What-if “=Trial”" in sources
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds, "no text of a what-if becomes a formula"


def test_another_ending_is_refused() -> None:
    with pytest.raises(RequestError, match=r"cannot be written as “\.pdf”"):
        comparison_bytes(COMPARISON, TOWN, ".pdf")
    assert set(COMPARISON_FORMATS) == {".csv", ".xlsx"}


def test_names_of_sheets_that_no_spreadsheet_takes_are_made_plain() -> None:
    words = TOWN.words.__class__(neighbourhoods="towns / villages [all] of a very long kind indeed")
    study = town(words=words)
    content = comparison_bytes(usecases.compare_what_ifs(study, None, TRIAL), study, ".xlsx")
    names = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert "Towns   villages  all  of a ver" in names


def test_the_terminal_shows_sentences_then_who_gains_and_loses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_comparison(COMPARISON, TOWN)
    out = capsys.readouterr().out
    assert "50 fewer children live within 400 m of an open meal site than now" in out
    assert "“=Trial”: Closes Site 0" in out
    assert "−50" in out
    assert "Aldgate" in out
    assert "Bow" not in out, "nothing changes there"


def test_what_both_sides_share_is_not_said_of_either(capsys: pytest.CaptureFixture[str]) -> None:
    first = WhatIf("A", "town").closing("s3")
    print_comparison(usecases.compare_what_ifs(TOWN, first, first.closing("s0")), TOWN)
    out = capsys.readouterr().out
    assert "Closes Site 0" in out
    assert "Closes Site 3" not in out


def test_markup_in_names_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    sites = builders.sites((500, 500), name=["[red]Hall[/red]"], partner=["[b]P[/b]"])
    study = town(sites=sites)
    print_comparison(
        usecases.compare_what_ifs(study, None, WhatIf("[i]x", "town").closing("s0")), study
    )
    out = capsys.readouterr().out
    assert "Closes [red]Hall[/red]" in out
    assert "[b]P[/b]" in out
    assert "“[i]x”" in out
