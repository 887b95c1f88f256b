"""Boundaries and points of census areas, from the files that the Census Bureau publishes."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from gapmap.errors import InputError, SourceError, UnsafeFileError
from gapmap.rules import Level
from gapmap.sources.archives import check_archive
from gapmap.sources.failures import AnswerError, page_title
from gapmap.sources.states import STATES, find_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import geopandas as gpd
    import pandas as pd

    from gapmap.sources.http import Courier

__all__ = ["Boundaries"]

Kind: TypeAlias = Level | Literal["county", "place"]

_DIGITS: Final[dict[Kind, int]] = {Level.TRACT: 11, Level.BLOCK_GROUP: 12, "county": 5, "place": 7}
_FILES: Final[dict[Kind, str]] = {
    Level.TRACT: "cb_{year}_{fips}_tract_500k.zip",
    Level.BLOCK_GROUP: "cb_{year}_{fips}_bg_500k.zip",
    "county": "cb_{year}_us_county_500k.zip",
    "place": "cb_{year}_{fips}_place_500k.zip",
}
_WORDS: Final[dict[Kind, tuple[str, str]]] = {
    # As they are called, and what NAMELSAD says before the name; older files have only the name.
    Level.TRACT: ("tracts", "Census Tract "),
    Level.BLOCK_GROUP: ("block groups", "Block Group "),
    "county": ("counties", ""),
    "place": ("places", ""),
}
_CENTRES: Final = {
    Level.TRACT: ("tract/CenPop2020_Mean_TR", ("STATEFP", "COUNTYFP", "TRACTCE")),
    Level.BLOCK_GROUP: (
        "blkgrp/CenPop2020_Mean_BG",
        ("STATEFP", "COUNTYFP", "TRACTCE", "BLKGRPCE"),
    ),
}
_WIDTHS: Final = {"STATEFP": 2, "COUNTYFP": 3, "TRACTCE": 6, "BLKGRPCE": 1}

_SHAPE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_OPTIONAL_PARTS: Final = (".prj", ".cpg")
_SIGNS: Final = {".shp": b"\x00\x00\x27\x0a", ".dbf": b"\x03"}
"""How the parts begin. GDAL goes by content: a part that begins otherwise is not given to it."""
_NAD83: Final = "EPSG:4269"
_DEGREES: Final = ("longitude", "latitude")

Read = TypeVar("Read")


class Boundaries:
    """Cartographic boundary files, blocks and centres of population.

    Parameters
    ----------
    courier
        Carries the questions.
    base
        Base address of the folders that the Census Bureau publishes.
    """

    def __init__(self, courier: Courier, base: str) -> None:
        self._courier = courier
        self._base = base.rstrip("/")

    def areas(self, year: int, level: Kind, state: str) -> gpd.GeoDataFrame:
        """Return the generalised boundaries (1 : 500,000) of a state's areas.

        Parameters
        ----------
        year
            Year of the boundaries: the same as that of the counts.
        level
            Tracts, block groups, ``county`` or ``place``.
        state
            FIPS code, postal code or name.

        Returns
        -------
        GeoDataFrame
            ``GEOID``, ``NAME``, ``NAMELSAD`` (as people say it), ``COUNTYFP`` but for places, and
            polygons in EPSG:4269 as published. Sorted by ``GEOID``.

        Raises
        ------
        StatusError
            With status 404, if there are none of that year, or not yet.
        """
        fips = find_state(state)
        plural, before = _WORDS[level]
        what = f"the boundaries of {plural} in {STATES[fips][1]}, {year}"
        wanted = ["GEOID", "NAME"] + ([] if level == "place" else ["COUNTYFP"])

        def read(body: bytes) -> gpd.GeoDataFrame:
            table = self._shapes(body, wanted, fips, what)
            self._check_geoids(table["GEOID"], _DIGITS[level], fips, what)
            if "NAMELSAD" not in table.columns:
                table["NAMELSAD"] = before + table["NAME"]
            columns = ["GEOID", "NAME", "NAMELSAD", *wanted[2:], "geometry"]
            return table[columns].sort_values("GEOID", ignore_index=True)

        file_name = _FILES[level].format(year=year, fips=fips)
        return self._fetch(f"tiger/GENZ{year}/shp/{file_name}", what, read)

    def block_points(self, state: str, county: str) -> pd.DataFrame:
        """Return a point inside each block of 2020: ``GEOID``, ``longitude``, ``latitude``.

        Parameters
        ----------
        state
            FIPS code, postal code or name.
        county
            Code of the county, 3 digits, as in 2020.
        """
        import pyogrio

        fips = find_state(state)
        code = county.removeprefix(fips) if len(county) == 5 else county
        name = STATES[fips][1]
        what = f"the blocks of county {code} in {name}, 2020"
        columns = ["GEOID20", "INTPTLON20", "INTPTLAT20"]

        def read(body: bytes) -> pd.DataFrame:
            with self._unpacked(body, (".dbf",), what) as dbf:
                self._demand(columns, pyogrio.read_info(dbf)["fields"], what)
                table = pyogrio.read_dataframe(dbf, columns=columns, read_geometry=False)
            self._check_geoids(table["GEOID20"], 15, f"{fips}{code}", what)
            return self._points(table["GEOID20"], table["INTPTLON20"], table["INTPTLAT20"], what)

        folder = f"{fips}_{name.upper().replace(' ', '_')}/{fips}{code}"
        file_name = f"tl_2020_{fips}{code}_tabblock20.zip"
        return self._fetch(f"tiger/TIGER2020PL/STATE/{folder}/{file_name}", what, read)

    def centres(self, level: Level, state: str) -> pd.DataFrame:
        """Return where the people of each area live on average, and how many, in 2020.

        Parameters
        ----------
        level
            Tracts or block groups.
        state
            FIPS code, postal code or name.

        Returns
        -------
        DataFrame
            ``GEOID``, ``population``, ``longitude``, ``latitude``, sorted by ``GEOID``.
        """
        import pandas as pd

        fips = find_state(state)
        stem, parts = _CENTRES[level]
        what = f"centres of population of {_WORDS[level][0]} in {STATES[fips][1]}, 2020"

        def read(body: bytes) -> pd.DataFrame:
            table = self._text(body, [*parts, "POPULATION", "LATITUDE", "LONGITUDE"], what)
            geoids = table[parts[0]].str.zfill(_WIDTHS[parts[0]])
            for part in parts[1:]:
                geoids = geoids + table[part].str.zfill(_WIDTHS[part])
            self._check_geoids(geoids, _DIGITS[level], fips, what)
            points = self._points(geoids, table["LONGITUDE"], table["LATITUDE"], what)
            people = pd.to_numeric(table["POPULATION"], errors="coerce").astype("float64")
            population = people.set_axis(geoids)[points["GEOID"]].to_numpy()
            return points.assign(population=population)[["GEOID", "population", *_DEGREES]]

        return self._fetch(f"docs/reference/cenpop2020/{stem}{fips}.txt", what, read)

    # ------------------------------------------------------------------------------ one file

    @property
    def _host(self) -> str:
        return urlsplit(self._base).hostname or self._base

    def _fetch(self, path: str, what: str, read: Callable[[bytes], Read]) -> Read:
        """Return what is read from a file; one that cannot be read is not kept."""

        def check(body: bytes) -> None:
            title = page_title(body)
            if title is not None:
                raise SourceError(
                    f"Asked {self._host} for {what}: it sent a web page (“{title}”) instead of a "
                    "file. The service is being worked on, or something stands between; "
                    "try again later."
                )
            read(body)

        return read(self._courier.get(f"{self._base}/{path}", check=check, what=what).content())

    def _shapes(self, body: bytes, wanted: list[str], fips: str, what: str) -> gpd.GeoDataFrame:
        """Return the areas of one state from a zipped Shapefile."""
        import geopandas as gpd
        import pyogrio

        with self._unpacked(body, _SHAPE_PARTS, what) as shapefile:
            present = list(pyogrio.read_info(shapefile)["fields"])
            self._demand([*wanted, "STATEFP"], present, what)
            columns = [name for name in (*wanted, "NAMELSAD", "STATEFP") if name in present]
            table = pyogrio.read_dataframe(shapefile, columns=columns, where=f"STATEFP = '{fips}'")
        if not isinstance(table, gpd.GeoDataFrame) or table.empty:
            raise AnswerError(
                f"Asked {self._host} for {what}: the file holds none. Check the base address."
            )
        # Without a .prj: the Bureau draws every boundary in this one.
        return table if table.crs is not None else table.set_crs(_NAD83)

    @contextlib.contextmanager
    def _unpacked(self, body: bytes, suffixes: tuple[str, ...], what: str) -> Iterator[Path]:
        """Unpack these parts under names of our own; give the first while they are there."""
        import pyogrio

        try:
            with tempfile.TemporaryDirectory(prefix="gapmap-boundaries-") as folder:
                for suffix, content in _parts_of(body, suffixes).items():
                    (Path(folder) / f"layer{suffix}").write_bytes(content)
                yield Path(folder) / f"layer{suffixes[0]}"
        except UnsafeFileError:
            raise
        except (InputError, pyogrio.errors.DataSourceError) as error:
            raise SourceError(f"Asked {self._host} for {what}: {error}") from None

    def _text(self, body: bytes, columns: list[str], what: str) -> pd.DataFrame:
        """Return a table from comma-separated text, all cells as texts."""
        import pandas as pd

        if b"," not in body[:4096] or not body.endswith(b"\n"):
            raise SourceError(
                f"Asked {self._host} for {what}: the answer is no table, or only a part of one. "
                "Try again later."
            )
        table = pd.read_csv(BytesIO(body), dtype="str", encoding="utf-8-sig")
        self._demand(columns, table.columns, what)
        return pd.DataFrame({column: table[column].str.strip() for column in columns})

    def _demand(self, wanted: Iterable[str], present: Iterable[str], what: str) -> None:
        if missing := [name for name in wanted if name not in present]:
            raise AnswerError(
                f"Asked {self._host} for {what}: the file has no column {', '.join(missing)}; "
                f"it has {', '.join(present)}. The files of that year are different: "
                "name another year."
            )

    def _check_geoids(self, geoids: pd.Series[str], digits: int, start: str, what: str) -> None:
        is_one = geoids.str.fullmatch(rf"{start}\d{{{digits - len(start)}}}").fillna(value=False)
        if not is_one.all():
            raise AnswerError(
                f"Asked {self._host} for {what}: “{geoids[~is_one].iloc[0]}” is no GEOID of "
                f"{digits} digits that begins with {start}. Check the base address."
            )
        if geoids.duplicated().any():
            raise AnswerError(
                f"Asked {self._host} for {what}: {geoids[geoids.duplicated()].iloc[0]} is in the "
                "file twice. Name another year."
            )

    def _points(
        self,
        geoids: pd.Series[str],
        longitudes: pd.Series[str],
        latitudes: pd.Series[str],
        what: str,
    ) -> pd.DataFrame:
        import pandas as pd

        table = pd.DataFrame(
            {
                "GEOID": geoids.astype("str"),
                "longitude": pd.to_numeric(longitudes, errors="coerce").astype("float64"),
                "latitude": pd.to_numeric(latitudes, errors="coerce").astype("float64"),
            }
        )
        is_place = table["longitude"].between(-180, 180) & table["latitude"].between(-90, 90)
        if not is_place.all():
            raise AnswerError(
                f"Asked {self._host} for {what}: {table.loc[~is_place, 'GEOID'].iloc[0]} has no "
                "place on earth. The file has changed; report it."
            )
        return table.sort_values("GEOID", ignore_index=True)


def _parts_of(body: bytes, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """Return the parts with these suffixes of an archive that is harmless to unpack.

    Raises
    ------
    UnsafeFileError
        If it is not harmless.
    InputError
        If a part is missing, there twice, or not what its name says.
    """
    parts: dict[str, bytes] = {}
    entries = check_archive(BytesIO(body), "the zip file", suffixes=suffixes)
    with zipfile.ZipFile(BytesIO(body)) as archive:
        for entry in entries:
            suffix = Path(entry.filename).suffix.lower()
            if suffix in parts:
                raise InputError(f"the zip file holds two files {suffix}. Name another year.")
            parts[suffix] = archive.read(entry)
            if not parts[suffix].startswith(_SIGNS.get(suffix, b"")):
                raise InputError(f"the zip file holds a {suffix} that is none. Try again later.")
    missing = [one for one in suffixes if one not in parts and one not in _OPTIONAL_PARTS]
    if missing:
        raise InputError(f"the zip file lacks {', '.join(missing)}. Try again later.")
    return parts
