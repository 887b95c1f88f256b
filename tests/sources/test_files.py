"""Files of the study's own: what is in the file is what is in the table."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import InputError, MissingFileError, UnsafeFileError
from gapmap.sources.cells import read_delimited
from gapmap.sources.files import read_table

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def shapes() -> gpd.GeoDataFrame:
    points = [shapely.Point(-76.6, 39.3), shapely.Point(-76.5, 39.2)]
    return gpd.GeoDataFrame({"name": ["NA", "Park"]}, geometry=points, crs="EPSG:4326")


def test_a_site_called_na_keeps_its_name_and_a_blank_cell_is_unknown(tmp_path):
    raw = read_table(written(tmp_path, "sites.csv", "name,zip\nNA,02115\nnull, \n"))
    assert raw.table["name"].tolist() == ["NA", "null"]
    assert raw.table["zip"].tolist()[0] == "02115"
    assert raw.table["zip"].isna().tolist() == [False, True]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    text = "Summer sites 2025\n\nname,city\nA,X\n\n,\nB,Y\n"
    raw = read_table(written(tmp_path, "sites.csv", text))
    assert raw.table.index.tolist() == [4, 7]
    assert raw.table.index.name == "row"
    assert "title above its header" in raw.warnings[0]


def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path):
    for encoding in ("utf-8-sig", "utf-16"):
        content = "name,city\nNiño,X\n".encode(encoding)
        table = read_table(written(tmp_path, "sites.csv", content)).table
        assert table.columns.tolist() == ["name", "city"]
        assert table["name"].tolist() == ["Niño"]


def test_headers_may_hold_line_breaks(tmp_path):
    text = '"Site Name:","Start Date\n(MM/DD/YY)"\nA,06/02/17\n'
    table = read_table(written(tmp_path, "sites.csv", text)).table
    assert table.columns.tolist() == ["Site Name:", "Start Date\n(MM/DD/YY)"]
    assert table.index.tolist() == [2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_where_texts_hold_commas(tmp_path, delimiter):
    lines = [["name", "days", "zip"], ["A", "M,T,W", "1"], ["B", "M,T,W,TH,F", "2"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    table = read_table(written(tmp_path, "sites.csv", text.getvalue())).table
    assert [table.columns.tolist(), *table.to_numpy().tolist()] == lines


def test_a_file_that_is_not_utf8_is_read_with_a_warning(tmp_path):
    raw = read_table(written(tmp_path, "sites.csv", "name,city\nNiño,X\n".encode("cp1252")))
    assert raw.table["name"].tolist() == ["Niño"]
    assert "not UTF-8" in raw.warnings[0]


def test_headers_that_repeat_or_are_blank_get_names(tmp_path):
    raw = read_table(written(tmp_path, "sites.csv", "name,name,,city\nA,B,C,D\n"))
    assert raw.table.columns.tolist() == ["name", "name.2", "column 3", "city"]
    assert "name" in raw.warnings[0]


def test_a_row_that_is_longer_than_the_header_is_refused_with_its_number(tmp_path):
    path = written(tmp_path, "sites.csv", "name,city\nA,X\nBoys, Girls,Y\n")
    with pytest.raises(InputError, match=r"row 3: 3 cells under a header of 2"):
        read_table(path)


def test_a_quotation_mark_left_open_is_refused_instead_of_swallowing_rows(tmp_path):
    path = written(tmp_path, "sites.csv", 'name,city\n"A,X\nB,Y\nC,Z\n')
    with pytest.raises(InputError, match="not closed"):
        read_table(path)


@pytest.mark.parametrize("content", ["", "\n\n", "name,city\n", "justonecolumn\nA\nB\n"])
def test_a_file_without_a_table_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="no table"):
        read_table(written(tmp_path, "sites.csv", content))


def test_a_web_page_saved_as_csv_is_refused(tmp_path):
    with pytest.raises(UnsafeFileError, match="web page"):
        read_table(written(tmp_path, "sites.csv", "<!doctype html><p>a,b</p>"))


def test_a_file_that_is_not_there_and_a_type_that_is_not_read(tmp_path):
    with pytest.raises(MissingFileError, match=r"nowhere\.csv"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="does not read"):
        read_table(written(tmp_path, "sites.kml", "<kml/>"))


@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029\x85"))
            .map(str.strip)
            .filter(bool),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_texts_written_as_csv_come_back_as_they_were(rows):
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["first", "second", "third"], *rows])
    cells = read_delimited(text.getvalue().encode(), "sites.csv")
    assert cells.rows == rows
    assert cells.lines == list(range(2, len(rows) + 2))


def test_a_spreadsheet_is_read_as_text(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["NA", "B"],
            "zip": [2115, 78701],
            "start": [pd.Timestamp("2025-06-02"), pd.Timestamp("2025-06-09 08:30")],
            "latitude": [39.25, None],
            "open": [True, False],
        }
    )
    with pd.ExcelWriter(tmp_path / "sites.xlsx", engine="openpyxl") as book:
        pd.DataFrame().to_excel(book, sheet_name="Notes", index=False)
        table.to_excel(book, sheet_name="Sites", index=False)
    raw = read_table(tmp_path / "sites.xlsx")
    assert raw.table.loc[2].tolist() == ["NA", "2115", "2025-06-02", "39.25", "true"]
    assert raw.table.loc[3, "start"] == "2025-06-09 08:30:00"
    assert raw.table["latitude"].isna().tolist() == [False, True]
    assert "“Sites” was read" in raw.warnings[0]
    with pytest.raises(InputError, match="no sheet “Other”"):
        read_table(tmp_path / "sites.xlsx", layer="Other")


def test_shapes_come_with_their_crs_from_every_format(tmp_path):
    shapes().to_file(tmp_path / "a.geojson")
    shapes().to_crs("EPSG:32618").to_file(tmp_path / "b.gpkg", layer="sites")
    shapes().to_file(tmp_path / "c.shp")
    shapes().to_parquet(tmp_path / "d.parquet")
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        for part in tmp_path.glob("c.*"):
            archive.write(part, part.name)
    for name in ("a.geojson", "b.gpkg", "c.shp", "d.parquet", "e.zip"):
        raw = read_table(tmp_path / name)
        assert raw.table["name"].tolist() == ["NA", "Park"], name
        assert raw.table.index.tolist() == [2, 3]
        lonlat = raw.table.to_crs("EPSG:4326").geometry
        assert lonlat.x.to_numpy() == pytest.approx([-76.6, -76.5]), name
        assert len(raw.sha256) == 64


def test_several_layers_must_be_told_apart(tmp_path):
    shapes().to_file(tmp_path / "a.gpkg", layer="sites")
    shapes().to_file(tmp_path / "a.gpkg", layer="parks")
    with pytest.raises(InputError, match="2 layers"):
        read_table(tmp_path / "a.gpkg")
    assert len(read_table(tmp_path / "a.gpkg", layer="parks").table) == 2


def test_parquet_keeps_its_types_and_gives_no_index_of_its_own(tmp_path):
    table = pd.DataFrame({"geoid": ["06001"], "children": [12]}, index=[77])
    table.to_parquet(tmp_path / "a.parquet")
    raw = read_table(tmp_path / "a.parquet").table
    assert raw["children"].dtype == "int64"
    assert raw.index.tolist() == [2]


def test_a_list_of_lists_is_a_table_with_its_header_first(tmp_path):
    text = '[["NAME", "B01001_001E", "state"], ["Tract 1", 12, "06"], ["Tract 2", null, "06"]]'
    table = read_table(written(tmp_path, "answer.json", text)).table
    assert table.columns.tolist() == ["NAME", "B01001_001E", "state"]
    assert table["B01001_001E"].tolist()[0] == "12"
    assert table["B01001_001E"].isna().tolist() == [False, True]
    assert table["state"].tolist() == ["06", "06"]


@pytest.mark.parametrize("parts", [("data", "tables"), ("tables", "data")])
def test_an_answer_of_census_reporter_is_a_row_an_area(tmp_path, parts):
    answer = {
        "tables": {"B01001": {"title": "Sex by Age " * 1000}},
        "data": {
            "05000US24001": {
                "B01001": {"estimate": {"B01001001": 9.0}, "error": {"B01001001": None}}
            }
        },
    }
    text = json.dumps({part: answer[part] for part in parts})
    table = read_table(written(tmp_path, "answer.json", text)).table
    assert table["GEOID"].tolist() == ["24001"]
    assert table["B01001_001E"].tolist() == ["9"]
    assert table["B01001_001M"].isna().all()


def test_geojson_named_json_with_a_word_of_census_reporter_in_it_is_still_shapes(tmp_path):
    path = tmp_path / "shapes.json"
    shapes().assign(data=["a", "b"]).to_file(path, driver="GeoJSON")
    assert read_table(path).table["data"].tolist() == ["a", "b"]


def test_other_json_with_data_in_it_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_table(written(tmp_path, "other.json", '{"data": {"a": 1}}'))


def test_json_records_become_a_table_with_dotted_names(tmp_path):
    text = '[{"name": "A", "location": {"latitude": 39.3, "longitude": -76.6}}, {"name": "B"}]'
    table = read_table(written(tmp_path, "sites.json", text)).table
    assert table.columns.tolist() == ["name", "location.latitude", "location.longitude"]
    assert table.loc[2].tolist() == ["A", "39.3", "-76.6"]


def test_the_digest_of_a_shapefile_covers_its_attributes(tmp_path):
    shapes().to_file(tmp_path / "c.shp")
    before = read_table(tmp_path / "c.shp").sha256
    shapes().assign(name=["X", "Y"]).to_file(tmp_path / "c.shp")
    assert read_table(tmp_path / "c.shp").sha256 != before
