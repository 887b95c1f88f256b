"""Files of strangers: what they may bring, and every way in that must stay shut."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from gapmap.errors import InputError, UnsafeFileError
from gapmap.sources import files
from gapmap.sources.files import read_table, read_upload
from gapmap.sources.sandbox import SKIPPED_DRIVERS

SECRET = "hunter2"
DIED = "could not be read within the limits"

VRT = """<OGRVRTDataSource><OGRVRTLayer name="secret">
<SrcDataSource>{path}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A map on the server that nobody outside should see."""
    path = tmp_path / "secret.geojson"
    points = gpd.GeoDataFrame({"password": [SECRET]}, geometry=[shapely.Point(0, 1)], crs=4326)
    points.to_file(path)
    return path


@pytest.fixture
def vrt(secret: Path) -> bytes:
    """A small text that makes GDAL open that map, under whatever name it comes."""
    return VRT.format(path=secret).encode()


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch):
    """Run other code where uploads are read, and return what it says."""

    def run(code: str) -> str:
        start = files._BOOTSTRAP.replace("main(sys.argv[2:])\n", "")
        answer = (
            "from pathlib import Path; import json\n"
            "refusal = {'unsafe': False, 'message': str(said)}\n"
            "Path(sys.argv[4], 'refusal.json').write_text(json.dumps(refusal))\n"
        )
        monkeypatch.setattr(files, "_BOOTSTRAP", start + code + "\n" + answer)
        with pytest.raises(InputError) as caught:
            read_upload(b"name,city\nA,X\n", "sites.csv")
        return str(caught.value)

    return run


def zipped(*members: tuple[str, bytes], pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", pack) as writer:
        for name, content in members:
            writer.writestr(name, content)
    return archive.getvalue()


def shapefile(folder: Path) -> list[tuple[str, bytes]]:
    points = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(-76.6, 39.3)], crs=4326)
    points.to_file(folder / "sites.shp")
    return [(part.name, part.read_bytes()) for part in sorted(folder.glob("sites.*"))]


def spreadsheet(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def refused(
    content: bytes, name: str, match: str | None = None, kind: type[Exception] = UnsafeFileError
) -> None:
    with pytest.raises(kind, match=match) as caught:
        read_upload(content, name)
    assert SECRET not in str(caught.value)
    # Foreseen, each of them: the sentence for a reader that died stands for none of these.
    assert match == DIED or DIED not in str(caught.value)


# What may come in


def test_an_uploaded_table_is_read_like_one_of_our_own(tmp_path):
    text = "Summer\nname,zip\nNA,02115\n\nB,\n"
    (tmp_path / "sites.csv").write_text(text)
    ours = read_table(tmp_path / "sites.csv")
    theirs = read_upload(text.encode(), "sites.csv")
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert (ours.sha256, ours.warnings) == (theirs.sha256, theirs.warnings)
    again = read_table(tmp_path / "sites.csv", trusted=False)
    pd.testing.assert_frame_equal(again.table, theirs.table)


def test_every_promised_type_can_be_uploaded(tmp_path):
    points = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(-76.6, 39.3)], crs=4326)
    points.to_file(tmp_path / "a.geojson")
    points.to_crs("EPSG:32618").to_file(tmp_path / "a.gpkg")
    uploads = {
        "a.geojson": (tmp_path / "a.geojson").read_bytes(),
        "a.gpkg": (tmp_path / "a.gpkg").read_bytes(),
        "a.zip": zipped(*shapefile(tmp_path)),
    }
    for name, content in uploads.items():
        table = read_upload(content, name).table.to_crs("EPSG:4326")
        assert table["name"].tolist() == ["A"], name
        assert table.geometry.x.to_numpy() == pytest.approx([-76.6]), name
    for name, content in {
        "a.xlsx": spreadsheet([["name", "city"], ["A", "X"]]),
        "a.tsv": b"name\tcity\nA\tX\n",
        "a.json": b'[{"name": "A", "city": "X"}]',
    }.items():
        assert read_upload(content, name).table.to_numpy().tolist() == [["A", "X"]], name


def test_the_name_of_an_upload_is_a_name_and_no_path():
    assert read_upload(b"a,b\n1,2\n", "../../etc/sites.csv").file_name == "sites.csv"
    assert read_upload(b"a,b\n1,2\n", "C:\\temp\\sites.csv").file_name == "sites.csv"
    refused(b"a,b\n1,2\n", "", "cannot be uploaded", InputError)


# What must not


@pytest.mark.parametrize(
    "name",
    [
        "u.geojson",
        "u.json",
        "u.csv",
        "u.txt",
        "u.gpkg",
        "u.zip",
        "u.xlsx",
        "u.kml",
        "u.shp",
        "u.vrt",
    ],
)
def test_a_file_that_names_another_file_is_never_opened_whatever_its_name(vrt, name):
    refused(vrt, name, kind=InputError)
    refused(b"\xef\xbb\xbf \n" + vrt, name, kind=InputError)
    refused(vrt.decode().encode("utf-16"), name, kind=InputError)


@pytest.mark.parametrize("name", ["u.geojson", "u.csv", "u.gpkg", "u.zip", "u.xlsx"])
def test_xml_under_another_name_is_refused_before_any_reader_is_started(vrt, name, monkeypatch):
    monkeypatch.setattr(files, "_run_sandbox", None)
    refused(vrt, name, "XML or a web page")


def test_a_file_that_names_another_file_is_never_opened_inside_an_archive(vrt, tmp_path):
    refused(zipped(("tracts.vrt", vrt)), "u.zip", "tracts.vrt")
    members = dict(shapefile(tmp_path))
    refused(zipped(*(members | {"sites.shp": vrt}).items()), "u.zip", "no Shapefile")


def test_gdal_itself_would_have_opened_it(vrt, tmp_path):
    # The attack is real: without the sandbox this very file gives the secret away.
    (tmp_path / "u.shp").write_bytes(vrt)
    assert gpd.read_file(tmp_path / "u.shp")["password"].tolist() == [SECRET]


def test_only_three_drivers_are_there_where_uploads_are_read(probe):
    said = probe("import pyogrio; said = sorted(pyogrio.list_drivers())")
    assert said == "['ESRI Shapefile', 'GPKG', 'GeoJSON']"


def test_a_driver_that_nobody_listed_is_taken_away_before_reading(probe, monkeypatch):
    shorter = SKIPPED_DRIVERS.replace("OGR_VRT,", "")
    assert shorter != SKIPPED_DRIVERS
    monkeypatch.setattr(files, "SKIPPED_DRIVERS", shorter)
    code = """
import pyogrio
from gapmap.sources.sandbox import ALLOWED_DRIVERS, _start_again_without
strangers = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
if strangers:
    Path(sys.argv[4], 'first').write_text(str(strangers))
    _start_again_without(strangers)
said = Path(sys.argv[4], 'first').read_text(), sorted(pyogrio.list_drivers())
"""
    said = probe("from pathlib import Path" + code)
    assert said == """("{'OGR_VRT'}", ['ESRI Shapefile', 'GPKG', 'GeoJSON'])"""


def test_nothing_of_the_servers_environment_is_there(probe, monkeypatch):
    monkeypatch.setenv("CENSUS_API_KEY", SECRET)
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    said = probe("import os; said = sorted(os.environ), os.environ['HOME'], os.getcwd()")
    assert SECRET not in said
    assert "CENSUS_API_KEY" not in said
    assert "PYTHONPATH" not in said
    assert said.count("gapmap-upload-") == 2


def test_more_memory_than_allowed_is_not_to_be_had(probe):
    code = """
from gapmap.sources.sandbox import MEMORY_BYTES, _limit_this_process
_limit_this_process()
try:
    said = len(bytearray(MEMORY_BYTES + 1))
except MemoryError:
    said = 'none'
"""
    assert probe(code) == "none"


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(files, "_UPLOAD_SECONDS", 0.01)
    refused(b"a,b\n1,2\n", "sites.csv", "took longer")


def test_a_reader_that_dies_is_reported_as_the_files_fault(monkeypatch):
    monkeypatch.setattr(files, "_BOOTSTRAP", "import os; os.abort()")
    refused(b"a,b\n1,2\n", "sites.csv", DIED)


def test_nothing_uploaded_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_upload(b"a,b\n1,2\n", "sites.csv")
    refused(b"a,b\n1,2,3\n", "sites.csv", "row 2", InputError)
    assert list(tmp_path.iterdir()) == []


def test_an_upload_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(files, "LARGEST_UPLOAD_BYTES", 10)
    refused(b"name,city\nA,X\n", "sites.csv", "at most")


def test_a_pipeline_of_gdal_commands_is_no_geojson(secret):
    pipeline = {"type": "gdal_streamed_alg", "command_line": f"gdal vector read {secret}"}
    refused(json.dumps(pipeline).encode(), "u.geojson", "gdal_streamed_alg", InputError)


def test_a_crs_that_is_a_link_is_never_fetched():
    collection = {"type": "FeatureCollection", "features": []}
    link = {"type": "link", "properties": {"href": "http://127.0.0.1/crs"}}
    refused(json.dumps(collection | {"crs": link}).encode(), "u.geojson", "CRS")
    url = {"type": "name", "properties": {"name": "http://127.0.0.1/crs"}}
    refused(json.dumps(collection | {"crs": url}).encode(), "u.geojson", "CRS")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b'{"type": ' * 100_000,
        b'{"type": ' + b"9" * 10_000 + b"}",
        b'{"type": "FeatureCollection", "features": [',
        b'{"type": "Topology"}',
        b"{}",
        b"\x80\x81",
    ],
)
def test_json_that_is_no_map_is_refused_in_one_sentence(content):
    refused(content, "u.geojson", kind=InputError)


def test_a_geopackage_must_be_one():
    refused(b"nothing of the kind", "u.gpkg", "not a GeoPackage")
    refused(b"SQLite format 3\0" + b"x" * 2000, "u.gpkg", "damaged", InputError)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIRTUAL TABLE v USING fts5(a); PRAGMA writable_schema=1;"
        "UPDATE sqlite_master SET sql='CREATE VIRTUAL TABLE v USING VirtualOGR(x)' WHERE name='v'",
        "CREATE VIEW v AS SELECT * FROM sites",
    ],
)
def test_a_geopackage_that_computes_is_refused(tmp_path, statement):
    points = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(0, 1)], crs=4326)
    points.to_file(tmp_path / "a.gpkg", layer="sites")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        database.executescript(statement)
        database.commit()
    refused((tmp_path / "a.gpkg").read_bytes(), "a.gpkg", "virtual table|view")


# Archives


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused():
    bomb = zipped(("a.dbf", b" " * 50_000_000))
    assert len(bomb) < 100_000
    refused(bomb, "u.zip", "packed")
    refused(zipped(*((f"{n}.dbf", b" " * 9_999_999) for n in range(21))), "u.zip", "unpack to")


def test_an_archive_that_lies_about_its_size_is_refused():
    content = bytearray(zipped(("sites.dbf", b"x" * 100_000)))
    # The size stands in the directory at the end, 24 bytes into the entry.
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    refused(bytes(content), "u.zip", "damaged", InputError)


def test_an_archive_with_too_many_files_is_refused():
    refused(zipped(*((f"{n}.txt", b"") for n in range(51))), "u.zip", "51 files")


@pytest.mark.parametrize(
    "name", ["../a.shp", "/etc/a.shp", "C:/a.shp", "a/../../b.shp", "..\\a.shp"]
)
def test_an_archive_that_points_outside_is_refused(name):
    refused(zipped((name, b"x")), "u.zip", "points outside")


def test_a_link_in_an_archive_is_refused(secret):
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = 0o120777 << 16
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(link, str(secret))
    refused(archive.getvalue(), "u.zip", "link")


@pytest.mark.parametrize("name", ["a.py", "a.geojson", "inner.zip", "a.gdb/x.gdbtable", "a.csv"])
def test_an_archive_may_hold_a_shapefile_and_nothing_else(name, tmp_path):
    refused(zipped(*shapefile(tmp_path), (name, b"x")), "u.zip", "nothing else")


def test_what_programs_leave_beside_a_shapefile_is_ignored(tmp_path):
    beside = [("sites.shp.xml", b"<x/>"), ("sites.sbn", b"x"), ("__MACOSX/._sites.shp", b"x")]
    raw = read_upload(zipped(*shapefile(tmp_path), *beside, ("readme.txt", b"x")), "u.zip")
    assert len(raw.table) == 1


def test_an_archive_holds_one_whole_shapefile(tmp_path):
    members = dict(shapefile(tmp_path))
    refused(zipped(("sites.shp", members["sites.shp"])), "u.zip", "missing", InputError)
    twice = [(f"other{Path(name).suffix}", content) for name, content in members.items()]
    refused(zipped(*members.items(), *twice), "u.zip", "more than one", InputError)


def test_a_damaged_archive_is_refused():
    refused(b"PK\x03\x04" + b"\0" * 100, "u.zip", "damaged", InputError)
    refused(b"PK\x03\x04" + b"\0" * 100, "u.xlsx", "damaged", InputError)
    refused(b"\xd0\xcf\x11\xe0old", "u.xlsx", "Save an old .xls", InputError)
    refused(zipped(("a.txt", b"x")), "u.xlsx", "cannot be read as XLSX", InputError)
    refused(zipped(("a.txt", b"x")), "u.csv", "spreadsheet or an archive", InputError)


# Spreadsheets


def with_part(book: bytes, name: str, change) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    parts[name] = change(parts[name])
    return zipped(*parts.items())


def test_entities_in_a_spreadsheet_are_refused(secret):
    book = spreadsheet([["name", "city"], ["A", "X"]])
    declared = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'.encode()

    def plain(part: bytes) -> bytes:
        return declared + part

    def wide(part: bytes) -> bytes:
        return (declared + part).decode().encode("utf-16")

    for change in (plain, wide):
        refused(with_part(book, "xl/worksheets/sheet1.xml", change), "u.xlsx", "entities")


def test_a_spreadsheet_that_unpacks_to_far_more_than_it_is_is_refused():
    book = spreadsheet([["name", "city"], ["A", "X"]])

    def bomb(part: bytes) -> bytes:
        return part.replace(b"</sheetData>", b"<row/>" * 5_000_000 + b"</sheetData>")

    refused(with_part(book, "xl/worksheets/sheet1.xml", bomb), "u.xlsx", "packed")


def test_a_cell_at_the_end_of_the_sheet_makes_no_million_rows():
    book = spreadsheet([["name", "city"], ["A", "X"]])

    def far(part: bytes) -> bytes:
        cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        return part.replace(b"</sheetData>", cell)

    refused(with_part(book, "xl/worksheets/sheet1.xml", far), "u.xlsx", "row 1048576", InputError)


def test_formulas_are_not_computed_and_their_text_is_not_read():
    content = spreadsheet([["name", "city"], ['=HYPERLINK("http://127.0.0.1")', "X"], ["B", "Y"]])
    assert read_upload(content, "u.xlsx").table["name"].isna().tolist() == [True, False]


def test_of_several_layers_the_one_that_is_wanted_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    for layer, name in (("division", "fine"), ("territories", "coarse")):
        table = gpd.GeoDataFrame({"name": [name]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
        table.to_file(path, layer=layer)
    content = path.read_bytes()
    for layer, name in (("division", "fine"), ("territories", "coarse")):
        assert read_upload(content, "plan.gpkg", layer=layer).table["name"].tolist() == [name]
        assert read_table(path, trusted=False, layer=layer).table["name"].tolist() == [name]
    for layer in (None, "something else", "--help"):
        with pytest.raises(InputError, match="has 2 layers"):
            read_upload(content, "plan.gpkg", layer=layer)


def test_a_wanted_layer_is_no_condition_where_there_is_only_one(tmp_path: Path) -> None:
    path = tmp_path / "one.gpkg"
    gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(path)
    table = read_upload(path.read_bytes(), "one.gpkg", layer="division").table
    assert table["name"].tolist() == ["A"]
