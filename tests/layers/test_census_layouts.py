from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gapmap.errors import TableError
from gapmap.layers.census_layouts import (
    census_table,
    is_census_reporter,
    rows_of_census_reporter,
)


def table(columns: list[str], *rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns, dtype="str")


class TestDataCensusGov:
    columns = ("GEO_ID", "NAME", "B01001_003E", "B01001_003M")
    tract = ("1400000US12031000101", "Census Tract 1.01", "80", "81")

    def test_the_row_of_labels_goes_and_the_key_is_a_geoid(self) -> None:
        labels = [
            "Geography",
            "Geographic Area Name",
            "Estimate!!Total:",
            "Margin of Error!!Total:",
        ]
        found, notes = census_table(table(list(self.columns), labels, list(self.tract)))
        assert found["GEOID"].tolist() == ["12031000101"]
        assert found["B01001_003E"].tolist() == ["80"]
        assert notes == (
            "read as the layout of data.census.gov",
            "the row of labels under the header left out",
        )

    def test_labels_may_be_missing(self) -> None:
        found, notes = census_table(table(list(self.columns), list(self.tract)))
        assert len(found) == 1
        assert notes == ("read as the layout of data.census.gov",)

    def test_only_the_first_row_can_be_labels(self) -> None:
        found, _ = census_table(
            table(list(self.columns), list(self.tract), ["total", "All tracts", "9", "9"])
        )
        assert found["GEOID"].tolist() == ["12031000101", "total"]

    def test_the_whole_nation_has_no_geoid(self) -> None:
        found, _ = census_table(
            table(list(self.columns), ["0100000US", "United States", "9", "9"], list(self.tract))
        )
        assert found["GEOID"].isna().tolist() == [True, False]


class TestFactFinder:
    def test_the_second_header_goes_and_its_codes_stay(self) -> None:
        found, notes = census_table(
            table(
                ["GEO.id", "GEO.id2", "GEO.display-label", "HC01_EST_VC01", "HC01_MOE_VC01"],
                ["Id", "Id2", "Geography", "Total; Estimate", "Total; Margin of Error"],
                ["1400000US47037010103", "47037010103", "Census Tract 101.03", "2539", "228"],
            )
        )
        assert found["GEOID"].tolist() == ["47037010103"]
        assert found["HC01_EST_VC01"].tolist() == ["2539"]
        assert "American FactFinder" in notes[0]

    def test_the_long_key_alone_will_do(self) -> None:
        found, _ = census_table(table(["GEO.id", "HD01_VD01"], ["1400000US47037010103", "7"]))
        assert found["GEOID"].tolist() == ["47037010103"]


class TestApi:
    def test_parts_that_lost_their_zeros_make_a_geoid(self) -> None:
        found, notes = census_table(
            table(
                ["NAME", "B17001_001E", "state", "county", "tract", "block group"],
                ["Block Group 1", "12", "6", "1", "400100", "1"],
                ["Block Group 2", "12", "24", "510", "10100", "2"],
                ["Block Group 2", "12", "24.0", "510.0", "10100.0", "2.0"],
            )
        )
        assert found["GEOID"].tolist() == ["060014001001", "245100101002", "245100101002"]
        assert notes == ("read as an answer of the Census API",)

    @pytest.mark.parametrize(
        ("column", "code"),
        [
            ("B19049_001E_Median_household_income_--_Total", "B19049_001E"),
            ("B17024_003M Under 6 years", "B17024_003M"),
            ("C17002_002E!!Total", "C17002_002E"),
            ("B01001A_003E", "B01001A_003E"),
            ("B05001PR_001E label", "B05001PR_001E"),
            ("S1701_C01_001E: Total", "S1701_C01_001E"),
            ("DP05_0019PM percent", "DP05_0019PM"),
            ("B01001_003EA", "B01001_003EA"),
        ],
    )
    def test_a_label_after_the_code_does_not_hide_it(self, column: str, code: str) -> None:
        found, _ = census_table(
            table(["state", "county", "tract", column], ["24", "510", "10100", "7"])
        )
        assert found[code].tolist() == ["7"]

    def test_two_columns_of_one_code_keep_their_long_names(self) -> None:
        found, _ = census_table(
            table(
                ["state", "county", "B01001_001E_one", "B01001_001E_two"], ["24", "510", "1", "2"]
            )
        )
        assert {"B01001_001E_one", "B01001_001E_two"} <= set(found.columns)
        assert "B01001_001E" not in found.columns

    def test_what_is_no_code_of_a_place_is_refused(self) -> None:
        with pytest.raises(TableError, match=r"column tract .* 6 digits.*“101\.02”"):
            census_table(
                table(["state", "county", "tract", "B01001_001E"], ["24", "510", "101.02", "7"])
            )

    def test_a_row_of_the_whole_among_tracts_has_no_geoid(self) -> None:
        found, _ = census_table(
            table(
                ["NAME", "state", "county", "tract", "B01001_001E"],
                ["Census Tract 1", "24", "510", "10100", "7"],
                ["Census Tract 2; Baltimore city; Maryland", "24", "510", "10200", "7"],
                ["Baltimore City", "24", "510", "10000", "14"],
            )
        )
        assert found["GEOID"].tolist() == ["24510010100", "24510010200", None]

    def test_a_county_among_counties_has_one(self) -> None:
        found, _ = census_table(
            table(["NAME", "state", "county", "B01001_001E"], ["Baltimore City", "24", "510", "7"])
        )
        assert found["GEOID"].tolist() == ["24510"]

    def test_a_row_without_a_tract_has_no_geoid(self) -> None:
        found, _ = census_table(
            table(["state", "county", "tract", "B01001_001E"], ["24", "510", None, "7"])
        )
        assert found["GEOID"].tolist() == [None]


class TestCensusReporter:
    answer: Any = {  # noqa: RUF012 - never changed
        "release": {"id": "acs2024_5yr"},
        "geography": {"14000US24510010100": {"name": "Census Tract 101"}},
        "data": {
            "14000US24510010100": {
                "B01001": {
                    "estimate": {"B01001001": 10.0, "B01001003": 1.0},
                    "error": {"B01001001": None, "B01001003": 2.0},
                },
                "C17002": {"estimate": {"C17002002": 3.0}, "error": {"C17002002": 4.0}},
                "B01001A": {"estimate": {"B01001A003": 5.0}, "error": {"B01001A003": 6.0}},
            }
        },
    }

    def test_each_area_is_a_record_named_as_in_the_api(self) -> None:
        assert is_census_reporter(self.answer)
        assert rows_of_census_reporter(self.answer) == [
            {
                "GEOID": "24510010100",
                "NAME": "Census Tract 101",
                "B01001_001E": 10.0,
                "B01001_003E": 1.0,
                "B01001_001M": None,
                "B01001_003M": 2.0,
                "C17002_002E": 3.0,
                "C17002_002M": 4.0,
                "B01001A_003E": 5.0,
                "B01001A_003M": 6.0,
            }
        ]

    @pytest.mark.parametrize(
        "other",
        [
            [],
            {},
            {"data": {}},
            {"data": []},
            {"data": {"a": {}}},
            {"data": {"a": {"t": {"error": {}}}}},
            {"type": "FeatureCollection", "features": []},
        ],
    )
    def test_other_json_is_not_taken_for_it(self, other: object) -> None:
        assert not is_census_reporter(other)


@pytest.mark.parametrize(
    "columns",
    [
        ["GEOID", "kids"],
        ["Name", "children_0_17"],
        # A site list has a state and a county as well.
        ["name", "address", "state", "county"],
        ["GEOID", "state", "county", "B01001_001E"],
    ],
)
def test_any_other_table_passes_through_untouched(columns: list[str]) -> None:
    raw = table(columns, ["1"] * len(columns))
    found, notes = census_table(raw)
    assert found is raw
    assert notes == ()
