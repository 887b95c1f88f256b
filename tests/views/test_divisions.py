from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gapmap import usecases
from gapmap.analysis.territory.values import DivisionRequest, Load
from gapmap.errors import RequestError, TableError
from gapmap.views.divisions import (
    division_bytes,
    division_facts,
    division_headline,
    holders_in_table,
    partners_in_table,
    print_division,
    who_does_what,
)
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

PARTNERS = ("Aid", "=Bank")


@pytest.fixture
def town() -> Study:
    return builders.study(
        builders.areas([100, 100, 100, 100]),
        neighbourhoods=builders.neighbourhoods("West", "East", width_m=2000),
    )


def divided(study: Study, holders: dict[str, str | None], **changes: Any) -> Division:
    scenario = usecases.default_scenario(study)
    request = DivisionRequest(scenario, PARTNERS, load=Load.NEED, **changes)
    return usecases.measure_territory(usecases.prepare_territory(study, request), holders)


@pytest.fixture
def halves(town: Study) -> Division:
    geoids = town.areas["geoid"].tolist()
    return divided(town, dict(zip(geoids, ["Aid", "Aid", "=Bank", "=Bank"], strict=True)))


@pytest.fixture
def uneven(town: Study) -> Division:
    geoids = town.areas["geoid"].tolist()
    return divided(
        town,
        dict(zip(geoids, ["Aid", "=Bank", "Aid", None], strict=True)),
        activities=(("transport", "Metro Vans"),),
    )


def test_the_headline_says_how_even_it_is(halves: Division, town: Study) -> None:
    assert division_headline(halves, town) == (
        "400 children among 2 partners: 200 to 200 each, at most 0.0% off the share that each "
        "should have. Every territory is one piece."
    )


def test_the_headline_hides_nothing(uneven: Division, town: Study) -> None:
    said = division_headline(uneven, town)
    assert "100 to 200 each, at most 50.0% off" in said
    assert "That is more than the 5.0% asked for." in said
    assert "1 territories are in pieces." in said
    assert "1 census tract are nobody's." in said


def test_the_terminal_shows_every_territory_and_what_is_cut(
    uneven: Division, town: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    print_division(uneven, town)
    printed = capsys.readouterr().out
    row = next(line.split() for line in printed.splitlines() if line.strip().startswith("Aid"))
    assert row[1:5] == ["200", "100.0%", "2", "2"]
    assert "Cut between partners (1): West" in printed
    assert "Nobody's: 48001000103" in printed
    assert "Metro Vans: transport, everywhere" in printed


def test_facts_are_json_with_what_the_issue_of_the_command_is(
    uneven: Division, town: Study
) -> None:
    facts = json.loads(json.dumps(division_facts(uneven, town), allow_nan=False))
    ann = facts["territories"][0]
    assert (ann["partner"], ann["load"], ann["areas"]) == ("Aid", 200, 2)
    assert (ann["contiguous"], ann["pieces"]) == (False, 2)
    assert ann["polsby_popper"] == pytest.approx(0.785, abs=0.01) or ann["polsby_popper"] < 0.785
    assert facts["worst_deviation"] == 0.5
    assert facts["unassigned"] == ["48001000103"]
    assert facts["cut_neighbourhoods"] == ["West"]
    assert facts["meets_tolerance"] is False
    assert facts["mean_distance_m"] > 0


def test_partners_without_areas_are_in_the_table_of_who_does_what(
    uneven: Division, town: Study
) -> None:
    table = who_does_what(uneven, town)
    assert table.to_dict("records") == [
        {"partner": "Aid", "does": "summer meals", "where": "2 census tracts"},
        {"partner": "=Bank", "does": "summer meals", "where": "1 census tract"},
        {"partner": "Metro Vans", "does": "transport", "where": "all of Squaretown"},
    ]


def read_csv(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, encoding="utf-8-sig")


def test_a_csv_comes_back_as_it_went_out(uneven: Division, town: Study) -> None:
    table = read_csv(division_bytes(uneven, town, ".csv"))
    assert list(table.columns) == ["GEOID", "partner"]
    # No spreadsheet runs a partner's name.
    assert "=Bank" not in table["partner"].tolist()
    assert holders_in_table(table, town, PARTNERS, source="plan.csv") == uneven.holders


def test_a_geopackage_has_shapes_and_comes_back_too(
    uneven: Division, town: Study, tmp_path: Path
) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(division_bytes(uneven, town, ".gpkg"))
    layer = gpd.read_file(path, layer="division")
    assert layer.crs == "EPSG:4326"
    assert layer["GEOID"].tolist() == town.areas["geoid"].tolist()
    assert shapely.equals(layer.geometry.to_numpy(), town.areas.geometry.to_numpy()).all()
    assert layer["load_is"].unique().tolist() == ["children"]
    assert holders_in_table(layer, town, PARTNERS, source="plan.gpkg") == uneven.holders


def test_other_endings_are_refused(halves: Division, town: Study) -> None:
    with pytest.raises(RequestError, match=r"\.csv, \.gpkg"):
        division_bytes(halves, town, ".xlsx")


def table(*rows: tuple[object, object], names: tuple[str, str] = ("GEOID", "partner")) -> Any:
    return pd.DataFrame(rows, columns=list(names), index=pd.RangeIndex(2, 2 + len(rows)))


def test_partners_may_be_numbers_and_leading_zeros_may_be_gone(town: Study) -> None:
    zero = replace(town, areas=town.areas.assign(geoid=["0" + g[1:] for g in town.areas["geoid"]]))
    rows = table((8001000100.0, 2), ("8001000101", "Aid"), names=("Tract", "Who"))
    found = holders_in_table(rows, zero, PARTNERS, source="plan.csv")
    assert found == {"08001000100": "=Bank", "08001000101": "Aid"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("48001000199", "Aid")], "row 2: “48001000199” is no census tract"),
        ([("48001000100", "Anne")], "row 2: there is no partner called “Anne”"),
        ([("48001000100", "Aid"), ("48001000100", "2")], "row 3: 48001000100 is given to =Bank"),
        ([("48001000100", None), ("48001000100", "Aid")], "to nobody before"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(
    town: Study, rows: list[tuple[object, object]], words: str
) -> None:
    with pytest.raises(TableError, match=words):
        holders_in_table(table(*rows), town, PARTNERS, source="plan.csv")


def test_a_table_of_other_columns_is_refused(town: Study) -> None:
    other = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    with pytest.raises(TableError, match="no columns GEOID and partner, but a, b, c"):
        holders_in_table(other, town, PARTNERS, source="plan.csv")


def test_the_partners_of_a_table_come_in_the_order_in_which_it_names_them(
    town: Study, uneven: Division
) -> None:
    rows = table(("1", "Zoe"), ("2", None), ("3", "'=Bank"), ("4", "Zoe"), ("5", " Aid "), ("6", 3))
    assert partners_in_table(rows, source="plan.csv") == ("Zoe", "=Bank", "Aid", "3")
    text = division_bytes(uneven, town, ".csv").decode("utf-8-sig")
    written = pd.read_csv(io.StringIO(text), dtype=str)
    assert set(partners_in_table(written, source="plan.csv")) <= set(PARTNERS)
    with pytest.raises(TableError, match="no columns GEOID and partner"):
        partners_in_table(pd.DataFrame({"a": [1], "b": [2], "c": [3]}), source="plan.csv")
