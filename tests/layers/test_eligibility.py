from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gapmap.errors import LayerError, TableError
from gapmap.layers.catalogue import LayerSpec
from gapmap.layers.eligibility import eligibility_areas, standardise_eligibility
from gapmap.margins import moe_of_sum
from gapmap.rules import Basis, Level
from tests import builders

if TYPE_CHECKING:
    from gapmap.layers.standardise import StandardTable

GEOIDS = ["480010001001", "480010001002"]
FNS = {
    "STATEFP": ["48", "48"],
    "ELIGFY24": ["Yes", "No"],
    "TotPovUniv": [100, 200],
    "Num18BG": [60, 80],
    "TotPovUn_1": [50, 90],
    "Num12BG": [20, 70],
}


def spec(**changes: Any) -> LayerSpec:
    known = {
        "id": "fns",
        "role": "eligibility",
        "title": "FNS eligibility",
        "file": "fns.csv",
        "source": "FNS",
        "vintage": "FY 2024",
        "licence": "public domain",
    }
    return LayerSpec.model_validate(known | changes)


def shapes(geoids: list[Any] | None = None, **columns: Any) -> gpd.GeoDataFrame:
    """Squares with GEOIDs and whatever columns the file has."""
    geoids = GEOIDS if geoids is None else geoids
    squares = builders.areas([1.0] * len(geoids)).geometry
    return gpd.GeoDataFrame({"GEOID": geoids, **columns}, geometry=squares)


def standard(
    raw: pd.DataFrame, figures: pd.DataFrame | None = None, **changes: Any
) -> StandardTable:
    return standardise_eligibility(raw, spec(**changes), figures)


def figures(found: StandardTable) -> dict[str, list[Any]]:
    names = ["children_0_18", "eligible_0_18", "children_0_12", "eligible_0_12"]
    return {name: found.table[name].tolist() for name in names if name in found.table.columns}


# ------------------------------------------------------------------------------ the file of the FNS


def test_the_layout_of_the_fns_is_known_which_column_is_which() -> None:
    """Public code that reads the file divides Num18BG by TotPovUniv: a count by its universe."""
    found = standard(shapes(**FNS))
    assert figures(found) == {
        "children_0_18": [100, 200],
        "eligible_0_18": [60, 80],
        "children_0_12": [50, 90],
        "eligible_0_12": [20, 70],
    }
    assert found.table["geoid"].tolist() == GEOIDS
    assert found.table["published_0_18"].tolist() == [True, False]
    assert found.table["published_0_12"].tolist() == [True, False]
    assert found.rows_in == 2


def test_it_joins_a_table_to_shapes_by_geoid() -> None:
    table = pd.DataFrame({"GEOID": list(reversed(GEOIDS)), **FNS})
    found = standard(shapes(), table, table={"file": "fns.csv", "key": "GEOID"})
    assert found.table["children_0_18"].tolist() == [200, 100]
    assert found.table["published_0_18"].tolist() == [False, True]


def test_a_table_of_another_vintage_is_refused() -> None:
    table = pd.DataFrame({"GEOID": ["480010001008", "480010001009"], **FNS})
    with pytest.raises(TableError, match="different vintages"):
        standard(shapes(), table, table={"file": "fns.csv", "key": "GEOID"})


def test_a_table_of_the_whole_nation_is_fine_for_one_county() -> None:
    table = pd.DataFrame({"GEOID": GEOIDS, **FNS})
    nation = pd.concat([table, table.assign(GEOID=["010010201001", "010010201002"])])
    found = standard(shapes(), nation, table={"file": "fns.csv", "key": "GEOID"})
    assert len(found.table) == 2


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (["Yes", "No"], [True, False]),
        (["YES", "NO"], [True, False]),
        ([" yes ", ""], [True, None]),
        (["Y", None], [True, None]),
    ],
)
def test_the_published_answer_is_read_however_it_is_written(
    flag: list[str | None], expected: list[bool | None]
) -> None:
    found = standard(shapes(**FNS | {"ELIGFY24": flag}))
    assert found.table["published_0_18"].tolist() == expected


def test_the_latest_of_several_years_counts() -> None:
    found = standard(shapes(**FNS, ELIGFY19=["No", "Yes"]))
    assert found.table["published_0_18"].tolist() == [True, False]


def test_a_published_answer_that_is_none_is_refused() -> None:
    odd = FNS | {"ELIGFY24": ["Yes", "Maybe"]}
    with pytest.raises(TableError, match="“Maybe” in ELIGFY24 is neither yes nor no"):
        standard(shapes(**odd))
    found = standard(shapes(**odd), values={"published": {"maybe": "no"}})
    assert found.table["published_0_18"].tolist() == [True, False]


# ------------------------------------------------------------------------------------------- GEOIDs


@pytest.mark.parametrize(
    "geoids",
    [
        [10010201001, 10010201002],
        [10010201001.0, 10010201002.0],
        ["10010201001", "10010201002"],
        ["1500000US010010201001", "1500000US010010201002"],
    ],
)
def test_block_groups_whose_zero_was_lost_are_not_taken_for_tracts(geoids: list[Any]) -> None:
    """All of Alabama, through a spreadsheet: 11 digits, as tracts have."""
    found = standard(shapes(geoids, **FNS | {"STATEFP": [1, 1]}))
    assert found.table["geoid"].tolist() == ["010010201001", "010010201002"]


def test_the_state_s_code_tells_where_the_columns_do_not() -> None:
    named = {"children_0_18": "all", "eligible_0_18": "low"}
    raw = shapes([10010201001, 10010201002], STATEFP=[1, 1], all=[100, 100], low=[50, 50])
    assert standard(raw, columns=named).table["geoid"][0] == "010010201001"
    level = eligibility_areas(standard(raw, columns=named).table, spec()).level
    assert level is Level.BLOCK_GROUP
    by_word = standard(
        raw.drop(columns="STATEFP"), columns=named, constants={"level": "block group"}
    )
    assert by_word.table["geoid"][0] == "010010201001"


def test_eleven_digits_are_tracts() -> None:
    raw = shapes(["01001020100", "01001020200"], STATEFP=["01", "01"], **_plain())
    areas = eligibility_areas(standard(raw).table, spec())
    assert areas.level is Level.TRACT
    assert areas.table["geoid"].tolist() == ["01001020100", "01001020200"]


def test_block_groups_and_tracts_in_one_file_are_refused() -> None:
    with pytest.raises(TableError, match="make a layer of each"):
        standard(shapes(["480010001001", "48001000100"], **_plain()))


def test_geoids_of_neither_are_refused() -> None:
    with pytest.raises(TableError, match="48001 is the GEOID of neither"):
        standard(shapes(["48001", "48003"], **_plain()))
    with pytest.raises(LayerError, match="block group or tract"):
        standard(shapes(**_plain()), constants={"level": "county"})


def _plain() -> dict[str, list[float]]:
    return {"children_0_18": [100.0, 200.0], "eligible_0_18": [60.0, 80.0]}


# ---------------------------------------------------------------------------------- figures by name


def test_gapmap_s_own_names_need_no_columns() -> None:
    found = standard(shapes(**_plain(), eligible_0_18_moe=[9.0, np.nan]))
    assert figures(found) == _plain()
    assert found.table["eligible_0_18_moe"].tolist()[0] == 9
    assert "published_0_18" not in found.table.columns


def test_other_columns_are_named_in_the_layer() -> None:
    raw = shapes(kids=["1,000", "*"], poor=["600", "*"], ok=["yes", "no"])
    found = standard(
        raw, columns={"children_0_18": "kids", "eligible_0_18": "poor", "published": "ok"}
    )
    assert found.table["children_0_18"].tolist()[0] == 1000
    assert np.isnan(found.table["eligible_0_18"][1])
    assert found.table["published_0_18"].tolist() == [True, False]
    assert any("unknown in 1 of 2" in note for note in found.notes)


def test_figures_that_are_not_there_are_asked_for() -> None:
    with pytest.raises(TableError, match="Name them under"):
        standard(shapes(something=[1, 2]))
    with pytest.raises(TableError, match="Both are needed"):
        standard(shapes(children_0_18=[1.0, 2.0]))
    with pytest.raises(TableError, match="no column “nothing”"):
        standard(shapes(), columns={"children_0_18": "nothing", "eligible_0_18": "nothing"})


def test_swapped_columns_are_noticed() -> None:
    swapped = {"children_0_18": "Num18BG", "eligible_0_18": "TotPovUniv"}
    with pytest.raises(TableError, match="probably swapped"):
        standard(shapes(**FNS), columns=swapped)


def test_a_single_figure_that_cannot_be_true_is_unknown() -> None:
    count = 100
    geoids = [f"4800100{row:05d}" for row in range(count)]
    children, eligible = np.full(count, 10.0), np.full(count, 5.0)
    eligible[7] = 11
    found = standard(shapes(geoids, children_0_18=children, eligible_0_18=eligible))
    assert found.table["children_0_18"].isna().sum() == 1
    assert any("more eligible children than children" in note for note in found.notes)


def test_negative_counts_break_the_contract() -> None:
    with pytest.raises(TableError, match="0 or more"):
        standard(shapes(children_0_18=[-1.0, 2.0], eligible_0_18=[-2.0, 1.0]))


# -------------------------------------------------------------------------------------- ACS B17024


def b17024(*, has_margins: bool = False) -> dict[str, list[float]]:
    """Line n of the table counts n children, 1,000 more in the first line of a band of age."""
    lines = {
        f"B17024_{line:03d}E": [line + 1000.0 * (line in (2, 15, 28)), 0.0] for line in range(1, 41)
    }
    margins = {f"B17024_{line:03d}M": [float(line), 1.0] for line in range(1, 41)}
    return lines | (margins if has_margins else {})


TRACTS = ["48001000100", "48001000200"]


def test_the_lines_of_b17024_are_added_up() -> None:
    found = standard(shapes(TRACTS, **b17024()), proxy=True)
    assert found.table["children_0_18"][0] == 1002 + 1015 + 1028
    assert found.table["eligible_0_18"][0] == sum([*range(3, 10), *range(16, 23), *range(29, 36)])
    assert found.table["children_0_12"][0] == 1002 + 1015
    assert found.table["eligible_0_12"][0] == sum([*range(3, 10), *range(16, 23)])
    assert "eligible_0_18_moe" not in found.table.columns
    areas = eligibility_areas(found.table, spec(proxy=True))
    assert areas.is_proxy
    assert areas.has(Basis.TO_12)


def test_their_margins_are_those_of_sums() -> None:
    found = standard(shapes(TRACTS, **b17024(has_margins=True)), proxy=True)
    bands = np.array([2.0, 15.0, 28.0])
    expected = moe_of_sum([[1002.0, 1015.0, 1028.0], [0.0] * 3], [bands, np.ones(3)])
    assert found.table["children_0_18_moe"].tolist() == pytest.approx(expected.tolist())
    # Of several zeros only one counts.
    assert found.table["eligible_0_18_moe"].tolist()[1] == 1


def test_b17024_is_never_a_determination() -> None:
    with pytest.raises(LayerError, match="proxy = true"):
        standard(shapes(TRACTS, **b17024()))


# ---------------------------------------------------------------------------------------- the layer


def test_the_layer_carries_what_the_worksheet_needs() -> None:
    determined = spec(determined=date(2024, 7, 1))
    areas = eligibility_areas(standard(shapes(**FNS)).table, determined)
    assert (areas.layer, areas.title, areas.source, areas.vintage) == (
        "fns",
        "FNS eligibility",
        "FNS",
        "FY 2024",
    )
    assert areas.level is Level.BLOCK_GROUP
    assert areas.determined == date(2024, 7, 1)
    assert not areas.is_proxy


def test_a_table_without_shapes_is_refused() -> None:
    with pytest.raises(TableError, match="without shapes"):
        standard(pd.DataFrame({"GEOID": GEOIDS, **FNS}))


def test_rows_of_totals_are_refused() -> None:
    found = standard(shapes([*GEOIDS, "48001"], **{k: [*v, 1] for k, v in _plain().items()}))
    assert len(found.table) == 2
    assert any("totals" in note for note in found.notes)
