"""The process that opens what a stranger sent: few drivers, little time, little memory.

:func:`gapmap.sources.files.read_upload` starts it on one file in a folder of its own, with an
environment that holds nothing but what is written there, and reads back an Arrow file. Whatever
a file makes GDAL, Expat or SQLite do, it does here, where there is nothing to be had.

Two things are decided before pyogrio is imported: GDAL registers no driver but GeoJSON, ESRI
Shapefile and GPKG, and this process may not grow or run on. A file named ``.geojson`` is no
GeoJSON until its content says so: GDAL looks at the content only, and a VRT file may name any
file of the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import GapmapError, InputError, UnsafeFileError
from gapmap.sources.archives import check_archive
from gapmap.sources.cells import Cells, read_delimited, read_records, read_spreadsheet

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ALLOWED_DRIVERS", "MEMORY_BYTES", "SKIPPED_DRIVERS", "main"]

ALLOWED_DRIVERS: Final = frozenset({"GeoJSON", "ESRI Shapefile", "GPKG"})

SKIPPED_DRIVERS: Final = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,Arrow,BAG,CAD,CSV,CSW,Carto,DGN,DWG,DXF,EDIGEO,EEDA,"
    "ESRIJSON,Elasticsearch,FileGDB,FlatGeobuf,GDALG,GML,GMLAS,GPSBabel,GPX,GTFS,GeoJSONSeq,"
    "GeoRSS,HANA,HTTP,IDB,Idrisi,Interlis 1,Interlis 2,JML,JP2OpenJPEG,JSONFG,KML,LIBKML,LVBAG,"
    "MBTiles,MEM,MSSQLSpatial,MVT,MapInfo File,MapML,MiraMonVector,MongoDBv3,MySQL,NAS,NGW,NTF,"
    "OAPIF,OCI,ODBC,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OSM,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,"
    "PGEO,PLSCENES,PMTiles,Parquet,PostgreSQL,S57,SOSI,SQLite,SVG,SXF,Selafin,TIGER,TopoJSON,"
    "UK .NTF,VDV,VFK,VICAR,WAsP,WFS,Walk,XLS,XLSX,XODR,netCDF"
)
"""Every other vector driver that GDAL 3 may be built with, as GDAL wants them listed."""

MEMORY_BYTES: Final = 4_000_000_000
_CPU_SECONDS: Final = 60
_FILE_BYTES: Final = 500_000_000

_MOST_ENTRIES: Final = 50
_NEEDED: Final = (".shp", ".shx", ".dbf")
_USEFUL: Final = (*_NEEDED, ".prj", ".cpg")
_HARMLESS: Final = (
    *(".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".qml", ".fix", ".ain", ".aih", ".atx", ".xml"),
    *(".txt", ".md", ".pdf", ".html", ".htm", ".ds_store"),
)
_GEOJSON_TYPES: Final = frozenset(
    {"FeatureCollection", "Feature", "Point", "MultiPoint", "Polygon", "MultiPolygon"}
)
_NAMED_CRS: Final = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC|EPSG|CRS)[:A-Za-z0-9.]*", re.ASCII)
_SHAPEFILE_SIGN: Final = b"\x00\x00\x27\x0a"
_HARMLESS_MODULES: Final = ("rtree", "fts3", "fts4", "fts5")


def main(arguments: list[str]) -> None:
    """Read one file and leave ``table.arrow``, or ``refusal.json``, in a folder.

    Parameters
    ----------
    arguments
        The file, its name as the person knows it, the folder and, if one is wanted, a layer.
    """
    path, file_name, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    layer = arguments[3] if len(arguments) > 3 else None
    _limit_this_process()
    try:
        table, notes = _read(path, file_name, folder, layer)
        _write(table, notes, folder)
    except GapmapError as error:
        refusal = {"unsafe": isinstance(error, UnsafeFileError), "message": str(error)}
    except MemoryError:
        refusal = {"unsafe": True, "message": f"{file_name} needs more memory than an upload may."}
    except RecursionError:
        refusal = {"unsafe": True, "message": f"{file_name} is nested too deeply to be a table."}
    else:
        return
    (folder / "refusal.json").write_text(json.dumps(refusal), encoding="utf-8")


def _limit_this_process() -> None:
    """Cap memory, processor time and files written, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for limit, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        lower = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        # Some systems refuse a limit on memory; the time-out of the parent still holds.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (lower, lower))


def _read(
    path: Path, file_name: str, folder: Path, layer: str | None
) -> tuple[pa.Table, dict[str, Any]]:
    match path.suffix:
        case ".csv" | ".tsv" | ".txt":
            return _from_cells(read_delimited(path.read_bytes(), file_name))
        case ".xlsx":
            return _from_cells(read_spreadsheet(path, file_name))
        case ".geojson" | ".json":
            if _is_geojson(path, file_name):
                return _from_shapes(path, file_name)
            return _from_cells(read_records(path.read_bytes(), file_name))
        case ".gpkg":
            _check_geopackage(path, file_name)
            return _from_shapes(path, file_name, layer)
        case ".zip":
            return _from_shapes(_unpacked_shapefile(path, file_name, folder), file_name)
        case other:
            raise InputError(f"{file_name}: files of type {other} cannot be uploaded.")


def _from_cells(cells: Cells) -> tuple[pa.Table, dict[str, Any]]:
    import pyarrow as pa

    columns = zip(*cells.rows, strict=True)
    table = pa.table(
        [pa.array(column, type=pa.large_string()) for column in columns], names=cells.columns
    )
    return table, {"lines": cells.lines, "warnings": cells.warnings}


def _is_geojson(path: Path, file_name: str) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{file_name} is not JSON: {error}. Export it again.") from None
    if isinstance(content, list):
        return False
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in _GEOJSON_TYPES:
        raise InputError(
            f"{file_name} is JSON of type {kind!r}. Expected GeoJSON: a FeatureCollection."
        )
    crs = content.get("crs")
    name = (crs.get("properties") or {}).get("name") if isinstance(crs, dict) else None
    # A CRS given as a link would make GDAL fetch it.
    if crs is not None and not (isinstance(name, str) and _NAMED_CRS.fullmatch(name)):
        raise UnsafeFileError(
            f"{file_name} names its CRS as {str(crs)[:80]!r}. "
            "Expected none, or an EPSG or OGC name; export it as EPSG:4326."
        )
    return True


def _check_geopackage(path: Path, file_name: str) -> None:
    """Refuse a database that computes: virtual tables and views can read other things."""
    with path.open("rb") as opened:
        if opened.read(16) != b"SQLite format 3\0":
            raise UnsafeFileError(f"{file_name} is not a GeoPackage, whatever its name says.")
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            statements = [
                " ".join(str(sql).split()).lower()
                for (sql,) in database.execute(
                    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
                )
            ]
    except sqlite3.Error as error:
        raise InputError(
            f"{file_name} is a damaged GeoPackage: {error}. Export it again."
        ) from None
    for sql in statements:
        module = re.search(r"create virtual table .*? using (\w+)", sql)
        if module and module[1] not in _HARMLESS_MODULES:
            raise UnsafeFileError(
                f"{file_name} holds a virtual table ({module[1]}). Export it again."
            )
        if sql.startswith("create view"):
            raise UnsafeFileError(f"{file_name} holds a view. Export the layer as a plain table.")


def _unpacked_shapefile(path: Path, file_name: str, folder: Path) -> Path:
    """Unpack the parts of the one Shapefile in an archive, under names of our own."""
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in check_archive(path, file_name, most_entries=_MOST_ENTRIES):
        name = entry.filename.replace("\\", "/").lower()
        suffix = Path(name).suffix or Path(name).name
        if entry.is_dir() or name.startswith("__macosx/") or suffix in _HARMLESS:
            continue
        if suffix not in _USEFUL:
            raise UnsafeFileError(
                f"{file_name} holds {entry.filename!r}. A zip file may hold one Shapefile "
                f"({', '.join(_USEFUL)}) and nothing else."
            )
        if suffix in members:
            raise InputError(f"{file_name} holds more than one Shapefile. Zip the one with sites.")
        members[suffix] = entry
    missing = [suffix for suffix in _NEEDED if suffix not in members]
    if missing:
        raise InputError(f"{file_name} holds no complete Shapefile: {', '.join(missing)} missing.")
    target = folder / "shapefile"
    target.mkdir(exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        for suffix, entry in members.items():
            (target / f"layer{suffix}").write_bytes(archive.read(entry))
    shapes = target / "layer.shp"
    with shapes.open("rb") as opened:
        if opened.read(4) != _SHAPEFILE_SIGN:
            raise UnsafeFileError(f"{file_name} holds a .shp that is no Shapefile.")
    return shapes


def _from_shapes(
    path: Path, file_name: str, wanted: str | None = None
) -> tuple[pa.Table, dict[str, Any]]:
    import pyogrio

    strangers = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if strangers:
        # A GDAL that knows more drivers than the list above: start again without them.
        _start_again_without(strangers)
    try:
        layer, warnings = _layer_of(pyogrio.list_layers(path), file_name, wanted)
        meta, table = pyogrio.read_arrow(path, layer=layer)
    except pyogrio.errors.DataSourceError as error:
        shown = re.sub(r"\s+", " ", str(error).replace(str(path), file_name))[:200]
        raise InputError(f"{file_name} cannot be read: {shown}. Export it again.") from None
    geometry = meta["geometry_name"] or "wkb_geometry"
    return table, {"crs": meta["crs"], "geometry": geometry, "warnings": warnings}


def _layer_of(layers: Any, file_name: str, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    shaped = [str(name) for name, kind in layers if kind is not None]
    points = [str(name) for name, kind in layers if kind is not None and "Point" in str(kind)]
    if not shaped:
        raise InputError(f"{file_name} holds no layer with shapes.")
    if len(shaped) == 1:
        return shaped[0], ()
    if wanted in shaped:
        return str(wanted), ()
    if len(points) == 1:
        return points[0], (f"{file_name} has {len(shaped)} layers; “{points[0]}” was read.",)
    raise InputError(
        f"{file_name} has {len(shaped)} layers ({', '.join(shaped[:10])}). "
        "Export the one with the sites to a file of its own."
    )


def _start_again_without(strangers: set[str]) -> None:
    skipped = os.environ.get("OGR_SKIP", "").split(",")
    if strangers & set(skipped):
        raise UnsafeFileError(
            f"GDAL keeps the drivers {', '.join(sorted(strangers))}, so maps cannot be uploaded "
            "here. Upload the sites as CSV or XLSX."
        )
    everything = ",".join([*skipped, *sorted(strangers)])
    os.environ.update(OGR_SKIP=everything, GDAL_SKIP=everything)
    os.execv(sys.executable, sys.orig_argv)


def _write(table: pa.Table, notes: dict[str, Any], folder: Path) -> None:
    from pyarrow import feather

    table = table.replace_schema_metadata({b"gapmap": json.dumps(notes).encode()})
    feather.write_feather(table, str(folder / "table.arrow"), compression="uncompressed")
