from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gapmap.errors import TableError
from gapmap.layers.catalogue import LayerSpec
from gapmap.layers.standardise import (
    standardise_areas,
    standardise_candidates,
    standardise_context,
    standardise_need_points,
    standardise_neighbourhoods,
)
from gapmap.layers.table_cells import pad_geoids
from tests import builders


def spec(role: str, **changes: Any) -> LayerSpec:
    return LayerSpec.model_validate(
        {
            "id": "layer",
            "role": role,
            "title": "Test layer",
            "file": "town/layer.parquet",
            "source": "Drawn for tests",
            "vintage": "2020",
            "licence": "MIT",
            **({"measures": {"children": {"column": "kids"}}} if "need" in role else {}),
            **changes,
        }
    )


def squares(kids: list[Any], **columns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"GEOID": [f"480010001{row:02d}" for row in range(len(kids))], "kids": kids, **columns},
        geometry=[builders.square(1000 * row, 0) for row in range(len(kids))],
        crs=4326,
    )


class TestGeoids:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ([1001020100, 6001400100], ["01001020100", "06001400100"]),
            (["6001400100.0", "48453000101"], ["06001400100", "48453000101"]),
            (["1400000US24510010100"], ["24510010100"]),
            ([" 010010201001 "], ["010010201001"]),
            ([10010201001, 480010001001], ["010010201001", "480010001001"]),
            (["Abell", "Allendale"], ["Abell", "Allendale"]),
            (["1001", "48453"], ["01001", "48453"]),
        ],
    )
    def test_they_are_text_with_their_leading_zeros(
        self, raw: list[Any], expected: list[str]
    ) -> None:
        assert pad_geoids(pd.Series(raw)).tolist() == expected

    def test_a_missing_one_stays_missing(self) -> None:
        assert pad_geoids(pd.Series(["01001020100", None])).tolist() == ["01001020100", None]


class TestAreas:
    def test_marks_of_unknown_never_become_numbers(self) -> None:
        raw = squares(["12", "-666666666", "-", "**", "(X)", "", "1,234", "N/A"])
        counts = standardise_areas(raw, spec("need")).table["children"].tolist()
        assert counts[0] == 12
        assert counts[6] == 1234
        assert all(math.isnan(counts[row]) for row in (1, 2, 3, 4, 5, 7))

    def test_numeric_sentinels_are_unknown_too(self) -> None:
        raw = squares([12.0, -666666666.0, -999.0])
        layer = spec("need", unknown={"numbers": [-999]})
        standard = standardise_areas(raw, layer)
        assert standard.table["children"].isna().tolist() == [False, True, True]
        assert "People in need: unknown in 2 of 3 areas" in standard.notes

    def test_a_text_that_is_no_number_is_refused_with_its_row(self) -> None:
        with pytest.raises(TableError, match=r"row 3 has “many”.*\[unknown\] texts"):
            standardise_areas(squares(["12", "many"]), spec("need"))

    def test_a_negative_count_is_refused(self) -> None:
        with pytest.raises(TableError, match="children, expected a count of 0 or more"):
            standardise_areas(squares([12, -3]), spec("need"))

    def test_an_area_that_stands_twice_is_refused(self) -> None:
        raw = squares([1, 2]).assign(GEOID="48001000100")
        with pytest.raises(TableError, match="48001000100” stands more than once"):
            standardise_areas(raw, spec("need"))

    def test_a_missing_column_is_named_with_those_there_are(self) -> None:
        with pytest.raises(TableError, match=r"no column “kids”\. There are GEOID, children"):
            standardise_areas(squares([1]).rename(columns={"kids": "children"}), spec("need"))

    def test_shapes_without_crs_are_refused(self) -> None:
        with pytest.raises(TableError, match="coordinate reference system"):
            standardise_areas(squares([1]).set_crs(None, allow_override=True), spec("need"))

    def test_invalid_shapes_are_repaired_and_counted(self) -> None:
        bowtie = shapely.Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
        raw = squares([1, 2]).set_geometry(gpd.GeoSeries([bowtie, builders.square(5000, 0)]))
        standard = standardise_areas(raw.set_crs(4326), spec("need"))
        assert standard.table.geometry.is_valid.all()
        assert "1 invalid shape(s) repaired" in standard.notes

    def test_a_margin_of_error_comes_along(self) -> None:
        layer = spec("need", measures={"children": {"column": "kids", "moe": "kids_moe"}})
        table = standardise_areas(squares([10], kids_moe=["-333333333"]), layer).table
        assert table["children_moe"].isna().all()

    def test_several_columns_are_added_up_and_so_are_their_margins(self) -> None:
        raw = squares([100, 0, 7], boys=[50, 0, 2], m_kids=[30, 12, 3], m_boys=[40, 13, "**"])
        both = {"column": ["kids", "boys"], "moe": ["m_kids", "m_boys"]}
        found = standardise_areas(raw, spec("need", measures={"children": both})).table
        assert found["children"].tolist() == [150, 0, 9]
        # 30 and 40 by the root of squares; of two zeros the wider; unknown stays unknown.
        assert found["children_moe"].tolist()[:2] == [50, 13]
        assert math.isnan(found["children_moe"][2])

    def test_a_sum_is_unknown_where_one_of_its_parts_is(self) -> None:
        raw = squares([100, 200], boys=[50, -666666666])
        both = {"column": ["kids", "boys"]}
        found = standardise_areas(raw, spec("need", measures={"children": both})).table
        assert found["children"][0] == 150
        assert math.isnan(found["children"][1])

    def test_a_sum_needs_a_margin_for_every_column_or_for_none(self) -> None:
        raw = squares([100], boys=[50], m_kids=[30])
        some = {"column": ["kids", "boys"], "moe": ["m_kids"]}
        with pytest.raises(TableError, match=r"2 column.* but 1 of margins.*one margin for each"):
            standardise_areas(raw, spec("need", measures={"children": some}))

    @pytest.mark.parametrize(
        ("published", "read"),
        [
            ("*****", 0),
            ("-555555555", 0),
            ("±1,250", 1250),
            ("+/- 12", 12),
            ("0", 0),
            ("**", math.nan),
            ("***", math.nan),
            ("-222222222", math.nan),
            (None, math.nan),
        ],
    )
    def test_a_controlled_margin_is_0_and_an_unknown_one_unknown(
        self, published: str | None, read: float
    ) -> None:
        raw = squares([100, 100], moe=[published, "3"])
        layer = spec("need", measures={"children": {"column": "kids", "moe": "moe"}})
        found = standardise_areas(raw, layer).table["children_moe"]
        assert found.tolist() == pytest.approx([read, 3], nan_ok=True)

    def test_numbers_for_a_controlled_margin_are_read_alike(self) -> None:
        raw = squares([100, 100], moe=[-555555555, -222222222])
        layer = spec("need", measures={"children": {"column": "kids", "moe": "moe"}})
        found = standardise_areas(raw, layer).table["children_moe"]
        assert found.tolist() == pytest.approx([0, math.nan], nan_ok=True)

    def test_rows_of_totals_are_refused_and_counted(self) -> None:
        raw = squares([1, 2, 3], NAME=["Tract 1", "Tract 2", "Total"])
        standard = standardise_areas(raw, spec("need"))
        assert standard.table["children"].sum() == 3
        assert "1 row(s) of totals refused" in standard.notes


class TestJoin:
    def layer(self, **table: Any) -> LayerSpec:
        return spec("need", table={"file": "kids.csv", "key": "tract", **table})

    def shapes(self, count: int = 3) -> gpd.GeoDataFrame:
        return squares([0] * count).drop(columns="kids")

    def test_the_table_joins_on_the_key_whatever_its_order(self) -> None:
        attributes = pd.DataFrame(
            {"tract": ["48001000102", "48001000100", "48001000101"], "kids": ["3", "1", "2"]}
        )
        table = standardise_areas(self.shapes(), self.layer(), attributes).table
        assert table["children"].tolist() == [1, 2, 3]

    def test_rows_of_other_counties_are_no_mismatch(self) -> None:
        attributes = pd.DataFrame(
            {"tract": [f"480010001{n:02d}" for n in range(3)] + ["48999000100"], "kids": "1"}
        )
        assert (
            standardise_areas(self.shapes(), self.layer(), attributes).table["children"].sum() == 3
        )

    def test_vintages_that_do_not_match_stop_with_count_and_examples(self) -> None:
        attributes = pd.DataFrame(
            {"tract": ["48001000100", "48001000101", "48001000205"], "kids": "1"}
        )
        message = (
            r"1 of 3 shapes have no row \(48001000102\), and 1 of 3 rows have no shape "
            r"\(48001000205\).*vintages.*unmatched = 1"
        )
        with pytest.raises(TableError, match=message):
            standardise_areas(self.shapes(), self.layer(), attributes)

    def test_a_known_mismatch_can_be_allowed_and_is_still_told(self) -> None:
        attributes = pd.DataFrame({"tract": ["48001000100", "48001000101"], "kids": "1"})
        standard = standardise_areas(self.shapes(), self.layer(unmatched=1), attributes)
        assert standard.table["children"].isna().tolist() == [False, False, True]
        assert "1 shapes without a row, 0 rows without a shape" in standard.notes

    def test_a_row_of_totals_in_the_table_is_refused(self) -> None:
        attributes = pd.DataFrame(
            {"tract": [f"480010001{n:02d}" for n in range(3)] + ["48001"], "kids": "1"}
        )
        standard = standardise_areas(self.shapes(), self.layer(), attributes)
        assert "1 row(s) of totals refused" in standard.notes

    def test_a_key_that_stands_twice_is_refused(self) -> None:
        attributes = pd.DataFrame({"tract": ["48001000100"] * 2, "kids": "1"})
        with pytest.raises(TableError, match="48001000100 more than once"):
            standardise_areas(self.shapes(1), self.layer(), attributes)


class TestNeedPoints:
    def test_points_without_a_geoid_are_placed_by_where_they_lie(self) -> None:
        longitude, latitude = builders.to_degrees([500, 1500, 9000], [500, 500, 500])
        raw = pd.DataFrame({"longitude": longitude, "latitude": latitude, "kids": [1, 2, 3]})
        standard = standardise_need_points(raw, spec("need_points"), builders.areas([1, 1]))
        assert standard.table["geoid"].tolist() == ["48001000100", "48001000101"]
        assert standard.notes == ("1 points outside every area left out",)

    def test_points_that_all_lie_elsewhere_are_refused(self) -> None:
        raw = pd.DataFrame({"longitude": [50.0], "latitude": [50.0], "kids": [1]})
        with pytest.raises(TableError, match="none of its 1 points"):
            standardise_need_points(raw, spec("need_points"), builders.areas([1]))

    def test_weights_of_several_columns_are_added_up(self) -> None:
        areas = standardise_areas(squares([1, 1]), spec("need")).table
        raw = pd.DataFrame(
            {
                "geoid": ["48001000100"],
                "longitude": [0.004],
                "latitude": [0.004],
                "a": [1],
                "b": [2],
            }
        )
        layer = spec("need_points", measures={"children": {"column": ["a", "b"]}})
        assert standardise_need_points(raw, layer, areas).table["children"].tolist() == [3]


class TestOtherRoles:
    def test_neighbourhoods_take_their_name_as_identifier(self) -> None:
        raw = gpd.GeoDataFrame({"name": [" West "]}, geometry=[builders.square(0, 0)], crs=4326)
        table = standardise_neighbourhoods(raw, spec("neighbourhoods")).table
        assert table[["neighbourhood_id", "name", "group"]].values.tolist() == [
            ["West", "West", None]
        ]

    def test_candidates_without_a_place_are_counted_out(self) -> None:
        raw = pd.DataFrame({"name": ["A", "B"], "lon": ["0.001", ""], "lat": ["0.001", ""]})
        layer = spec("candidates", constants={"kind": "library"})
        standard = standardise_candidates(raw, layer)
        assert standard.table[["candidate_id", "name", "kind"]].values.tolist() == [
            ["layer-1", "A", "library"]
        ]
        assert standard.notes == ("1 rows without coordinates left out",)

    def test_context_may_be_lines(self) -> None:
        raw = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326)
        assert len(standardise_context(raw, spec("context")).table) == 1
