"""Read tables from files: a study's own ones in this process, uploads in one of their own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import InputError, MissingFileError, UnsafeFileError
from gapmap.sources.cells import (
    Cells,
    read_delimited,
    read_records,
    read_spreadsheet,
    table_of_records,
)
from gapmap.sources.sandbox import SKIPPED_DRIVERS

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["LARGEST_UPLOAD_BYTES", "UPLOAD_SUFFIXES", "RawTable", "read_table", "read_upload"]

LARGEST_UPLOAD_BYTES: Final = 50_000_000
UPLOAD_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".geojson", ".json", ".gpkg", ".zip")
_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_ZIP_SIGN: Final = b"PK\x03\x04"
_UPLOAD_SECONDS: Final = 90
_REPORTER_PARTS: Final = (b'"data"', b'"tables"', b'"release"', b'"geography"')

_KEPT_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "PROJ_DATA")
"""What some installations of Python cannot start without; nothing in it is secret."""

_BOOTSTRAP: Final = (
    "import sys, types\n"
    # The package without its __init__: that one imports pyogrio's users and a compiler.
    "package = sys.modules['gapmap'] = types.ModuleType('gapmap')\n"
    "package.__path__ = [sys.argv[1]]\n"
    "from gapmap.sources.sandbox import main\n"
    "main(sys.argv[2:])\n"
)


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it stands in its file.

    Parameters
    ----------
    table
        Texts from CSV and XLSX (blank cells are NA), typed columns from other files, shapes in
        the file's own CRS. The index, called ``row``, is the row in the file with the header as
        row 1; in files without a header the first row is 2 as well.
    file_name
        Name of the file, without folders.
    sha256
        Digest of its content.
    warnings
        Sentences about the file as a whole.
    """

    table: pd.DataFrame | gpd.GeoDataFrame
    file_name: str
    sha256: str
    warnings: tuple[str, ...] = ()


def read_table(path: Path, *, trusted: bool = True, layer: str | None = None) -> RawTable:
    """Read a table from a file of the study's own.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, GeoJSON, JSON records, GeoPackage, Shapefile (zipped or not), Parquet or
        GeoParquet.
    trusted
        False sends the file the way of an upload.
    layer
        Layer of a GeoPackage or sheet of a spreadsheet; needed where there are several layers.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it cannot be read as what its name says.
    """
    if not path.is_file():
        raise MissingFileError(f"There is no file {path}. Check its name, or GAPMAP_DATA.")
    if not trusted:
        return read_upload(path.read_bytes(), path.name, layer=layer)
    suffix = path.suffix.lower()
    if suffix in _TEXT_SUFFIXES:
        return _from_cells(read_delimited(path.read_bytes(), path.name), path)
    if suffix == ".xlsx":
        return _from_cells(read_spreadsheet(path, path.name, sheet=layer), path)
    if suffix == ".json" and _first_sign(path) == b"[":
        return _from_cells(read_records(path.read_bytes(), path.name), path)
    if suffix == ".json" and (answer := _census_reporter(path)) is not None:
        return _from_cells(table_of_records(answer, path.name), path)
    if suffix == ".parquet":
        return RawTable(_numbered(_read_parquet(path)), path.name, _digest(path))
    if suffix in (".geojson", ".json", ".gpkg", ".shp", ".zip"):
        if suffix in (".geojson", ".json") and _first_sign(path) != b"{":
            raise InputError(f"{path.name} is not GeoJSON: it does not begin with a brace.")
        return RawTable(_numbered(_read_shapes(path, layer)), path.name, _digest(path))
    raise InputError(
        f"{path.name} is of a type that gapmap does not read. "
        "Use CSV, XLSX, GeoJSON, GeoPackage, Shapefile or Parquet."
    )


def read_upload(content: bytes, file_name: str, *, layer: str | None = None) -> RawTable:
    """Read a table that somebody sent, in a process with limits and nothing to find.

    Parameters
    ----------
    content
        The file.
    file_name
        Its name: the suffix says what it should be, and the content must agree.
    layer
        Layer of a GeoPackage to read where there are several, if it is among them.

    Raises
    ------
    UnsafeFileError
        If it is too large, unpacks to too much, names other files, or runs too long.
    InputError
        If it is of another type, or cannot be read as what its name says.
    """
    # Both kinds of slash, whatever system the browser runs on; and a name fit for one line.
    name = "".join(
        sign for sign in file_name.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable()
    )
    name = name[-100:] or "The file"
    suffix = Path(name).suffix.lower()
    if suffix not in UPLOAD_SUFFIXES:
        raise InputError(
            f"{name} is of a type that cannot be uploaded. "
            "Use CSV, XLSX, GeoJSON, GeoPackage or a zipped Shapefile."
        )
    if len(content) > LARGEST_UPLOAD_BYTES:
        raise UnsafeFileError(
            f"{name} has {len(content) / 1e6:,.0f} MB; "
            f"at most {LARGEST_UPLOAD_BYTES / 1e6:,.0f} MB can be uploaded."
        )
    _check_sign(content, name, suffix)
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.TemporaryDirectory(prefix="gapmap-upload-") as folder:
        upload = Path(folder) / f"upload{suffix}"
        upload.write_bytes(content)
        _run_sandbox(upload, name, Path(folder), layer)
        table, warnings = _read_answer(Path(folder), name)
    return RawTable(table, name, digest, warnings)


def _check_sign(content: bytes, name: str, suffix: str) -> None:
    """Refuse content that begins like something else than its name says."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise InputError(f"{name} is empty.")
    if start.startswith(b"<"):
        raise UnsafeFileError(
            f"{name} holds XML or a web page, not what its name says. Export the table again."
        )
    if suffix in (".geojson", ".json") and start[:1] not in (b"{", b"["):
        raise UnsafeFileError(f"{name} is not JSON, whatever its name says.")
    if suffix in (".xlsx", ".zip") and not start.startswith(_ZIP_SIGN):
        cure = "Save an old .xls as .xlsx." if suffix == ".xlsx" else "Zip the Shapefile again."
        raise InputError(f"{name} is not a {suffix} file, whatever its name says. {cure}")
    if suffix in _TEXT_SUFFIXES and start.startswith(_ZIP_SIGN):
        raise InputError(f"{name} is a spreadsheet or an archive. If a spreadsheet, name it .xlsx.")


def _run_sandbox(upload: Path, name: str, folder: Path, layer: str | None = None) -> None:
    package = Path(__file__).resolve().parent.parent
    environment = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
    environment |= {
        "OGR_SKIP": SKIPPED_DRIVERS,
        "GDAL_SKIP": SKIPPED_DRIVERS,
        "GDAL_DRIVER_PATH": "disable",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
        "PROJ_NETWORK": "OFF",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        # One thread each: the limit on memory counts what threads reserve.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-I", "-c", _BOOTSTRAP]
    command += [str(package), str(upload), name, str(folder)]
    command += [] if layer is None else [layer]
    try:
        subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_UPLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnsafeFileError(
            f"{name} took longer than {_UPLOAD_SECONDS} seconds to read and was given up. "
            "Leave out what is not needed and try again."
        ) from None


def _read_answer(folder: Path, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    refusal = folder / "refusal.json"
    if refusal.is_file():
        answer = json.loads(refusal.read_text(encoding="utf-8"))
        raise (UnsafeFileError if answer["unsafe"] else InputError)(answer["message"])
    answer_file = folder / "table.arrow"
    if not answer_file.is_file():
        raise UnsafeFileError(
            f"{name} could not be read within the limits on uploads. "
            "It is damaged, or too large: export it again, with fewer columns if need be."
        )
    from pyarrow import feather

    arrow = feather.read_table(str(answer_file), memory_map=False)
    notes: dict[str, Any] = json.loads(arrow.schema.metadata[b"gapmap"])
    table = arrow.replace_schema_metadata(None).to_pandas()
    if "geometry" in notes:
        table = _with_shapes(table, notes["geometry"], notes["crs"])
        return _numbered(table), tuple(notes["warnings"])
    return _with_blanks_unknown(table, notes["lines"]), tuple(notes["warnings"])


def _with_shapes(table: pd.DataFrame, column: str, crs: str | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    shapes = shapely.force_2d(shapely.from_wkb(table.pop(column).to_numpy()))
    if "geometry" in table.columns:
        table = table.rename(columns={"geometry": "geometry (text)"})
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs)


def _from_cells(cells: Cells, path: Path) -> RawTable:
    import pandas as pd

    columns = zip(*cells.rows, strict=True)
    table = pd.DataFrame(
        {
            name: pd.array(list(column), dtype="str")
            for name, column in zip(cells.columns, columns, strict=True)
        }
    )
    return RawTable(
        _with_blanks_unknown(table, cells.lines), path.name, _digest(path), cells.warnings
    )


def _with_blanks_unknown(table: pd.DataFrame, lines: list[int]) -> pd.DataFrame:
    import pandas as pd

    table = table.astype("str")
    table = table.mask(table.apply(lambda column: column.str.strip() == ""))
    return table.set_axis(pd.Index(lines, name="row"), axis=0)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return table.set_axis(pd.RangeIndex(2, len(table) + 2, name="row"), axis=0)


def _read_parquet(path: Path) -> pd.DataFrame:
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        has_shapes = b"geo" in (pq.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if has_shapes else pd.read_parquet(path)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}.") from None


def _read_shapes(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio

    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer is None and len(layers) > 1:
            raise InputError(
                f"{path.name} has {len(layers)} layers: {', '.join(layers)}. Name one."
            )
        if layer is not None and layer not in layers:
            raise InputError(f"{path.name} has no layer “{layer}”. It has {', '.join(layers)}.")
        table = gpd.read_file(path, layer=layer, engine="pyogrio")
    except pyogrio.errors.DataSourceError as error:
        raise InputError(f"{path.name} cannot be read: {error}. Export it again.") from None
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{path.name} holds a table without shapes.")
    return table


def _census_reporter(path: Path) -> list[dict[str, Any]] | None:
    """Return the rows of an answer of Census Reporter, None for any other JSON."""
    # GeoJSON may be large, and an answer names one of its parts in its first lines.
    with path.open("rb") as opened:
        start = opened.read(4096)
    if b'"FeatureCollection"' in start or not any(part in start for part in _REPORTER_PARTS):
        return None
    from gapmap.layers.census_layouts import is_census_reporter, rows_of_census_reporter

    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return None  # the reader of shapes says what is wrong with it
    return rows_of_census_reporter(content) if is_census_reporter(content) else None


def _first_sign(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file; of a Shapefile, of its parts."""
    digest = hashlib.sha256()
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [part for part in sorted(path.parent.glob(f"{path.stem}.*")) if part.is_file()]
    for part in parts:
        with part.open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
