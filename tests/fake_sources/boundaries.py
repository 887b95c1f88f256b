"""The downloads: zipped shapefiles of areas and blocks, and centres of population as text."""

from __future__ import annotations

import functools
import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from tests.fake_sources.answers import Answer, Changes, page
from tests.fake_sources.people import YEARS, block_people
from tests.fake_sources.region import CRS

if TYPE_CHECKING:
    from tests.fake_sources.region import Region, StateOfRegion

__all__ = ["BoundaryService", "centres", "zipped_shapefile"]

AREAS = re.compile(
    r"/tiger/GENZ(\d{4})/shp/cb_(\d{4})_(\d\d|us)_(tract|bg|place|county|state)_500k\.zip"
)
BLOCKS = re.compile(
    r"/tiger/TIGER2020PL/STATE/(?P<state>\d\d)_(?P<name>[A-Z_]+)/(?P=state)(?P<county>\d{3})"
    r"/tl_2020_(?P=state)(?P=county)_tabblock20\.zip"
)
CENTRES = re.compile(
    r"/docs/reference/cenpop2020/(?:blkgrp/CenPop2020_Mean_(BG)|tract/CenPop2020_Mean_(TR))(\d\d)\.txt"
)
LEGAL = {"tract": "CT", "bg": "BG", "place": "25", "county": "06", "state": "00"}
PREFIXES = {"tract": "140", "bg": "150", "place": "160", "county": "050", "state": "040"}
WRITTEN = (2024, 1, 1, 0, 0, 0)
"""One date in every file, so that the same question has the same answer to the last byte."""


class BoundaryService:
    """Answers below ``/geo``.

    Parameters
    ----------
    region
        The areas to draw.
    """

    def __init__(self, region: Region) -> None:
        self.region = region

    def answer(self, path: str, changes: Changes) -> Answer:
        """Answer one download; columns in ``changes`` are renamed or dropped."""
        body = _file(self.region, path, tuple(sorted(changes.items(), key=str)))
        if body is None:
            return page("404 Not Found", f"The requested file {path} was not found.", 404)
        kind = "application/zip" if path.endswith(".zip") else "text/plain"
        return Answer(200, body, kind)


@functools.lru_cache(maxsize=64)
def _file(region: Region, path: str, changes: tuple[tuple[str, str | None], ...]) -> bytes | None:
    """Return one download, or None where there is none."""
    if (found := AREAS.fullmatch(path)) is not None:
        table = _areas(region, *found.groups())
    elif (found := BLOCKS.fullmatch(path)) is not None:
        table = _blocks(region, found["state"], found["name"], found["county"])
    elif (found := CENTRES.fullmatch(path)) is not None:
        state = region.state(found[3])
        if state is None:
            return None
        rows: pd.DataFrame = _changed(_centre_layout(state, found[1] or found[2]), changes)
        # The Bureau's own files start with a byte order mark.
        return ("\ufeff" + rows.to_csv(index=False, lineterminator="\r\n")).encode()
    else:
        return None
    return None if table is None else zipped_shapefile(_changed(table, changes), Path(path).stem)


def _areas(
    region: Region, year: str, again: str, where: str, level: str
) -> gpd.GeoDataFrame | None:
    is_national = level in ("county", "state")
    if year != again or int(year) not in YEARS or is_national != (where == "us"):
        return None
    states = [region.state(fips) for fips in (region.states if is_national else (where,))]
    parts = [_layout(state, level, int(year)) for state in states if state is not None]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS) if parts else None


def _blocks(region: Region, fips: str, name: str, county: str) -> gpd.GeoDataFrame | None:
    state = region.state(fips)
    if state is None or name != state.name.upper().replace(" ", "_"):
        return None
    return _block_layout(state, county) if county in set(state.counties["COUNTYFP"]) else None


def _changed(table: Any, changes: tuple[tuple[str, str | None], ...]) -> Any:
    gone = [old for old, new in changes if new is None and old in table]
    return table.drop(columns=gone).rename(columns={old: new for old, new in changes if new})


def _layout(state: StateOfRegion, level: str, year: int) -> gpd.GeoDataFrame:
    """Return areas with the columns of a cartographic boundary file."""
    if level == "state":
        shape = state.counties.geometry.union_all(method="coverage")
        areas = gpd.GeoDataFrame(
            {"STATEFP": [state.fips], "GEOID": state.fips, "NAME": state.name},
            geometry=[shape],
            crs=CRS,
        ).assign(STUSPS=state.postal, ALAND=state.counties["ALAND"].sum(), AWATER=0)
    else:
        areas = {
            "tract": state.tracts,
            "bg": state.block_groups,
            "place": state.places,
            "county": state.counties,
        }[level].copy()
    # The column was AFFGEOID until the files of 2022 and is GEOIDFQ since.
    full = "GEOIDFQ" if year >= 2023 else "AFFGEOID"
    areas.insert(areas.columns.get_loc("GEOID"), full, PREFIXES[level] + "0000US" + areas["GEOID"])
    if level in ("tract", "place", "county"):
        areas["STUSPS"] = state.postal
        areas["STATE_NAME"] = state.name
    if level == "tract":
        names = state.counties.set_index("COUNTYFP")["NAMELSAD"]
        areas["NAMELSADCO"] = areas["COUNTYFP"].map(names)
    areas["LSAD"] = LEGAL[level]
    last = ["ALAND", "AWATER", "geometry"]
    return areas[[name for name in areas.columns if name not in last] + last]


def _block_layout(state: StateOfRegion, county: str) -> gpd.GeoDataFrame:
    blocks = state.blocks(county)
    geoid = blocks["GEOID"]
    columns = {
        "STATEFP20": state.fips,
        "COUNTYFP20": county,
        "TRACTCE20": geoid.str[5:11],
        "BLOCKCE20": geoid.str[11:],
        "GEOID20": geoid,
        "NAME20": "Block " + geoid.str[11:],
        "MTFCC20": "G5040",
        "FUNCSTAT20": "S",
        "ALAND20": blocks["ALAND"],
        "AWATER20": np.int64(0),
        "INTPTLAT20": _signed(blocks["latitude"], 2),
        "INTPTLON20": _signed(blocks["longitude"], 3),
    }
    return gpd.GeoDataFrame(columns, geometry=blocks.geometry, crs=CRS)


def _signed(degrees: pd.Series, digits: int) -> list[str]:
    """Write degrees as the Bureau does, with sign and leading zeros: +30.2671530, -097.7430608."""
    return [f"{value:+0{digits + 9}.7f}" for value in degrees]


def centres(state: StateOfRegion, digits: int) -> pd.DataFrame:
    """Return centres of population by the first digits of GEOID: population and degrees."""
    people = block_people(state).set_index("GEOID")["total"]
    points = pd.concat([state.blocks(county) for county in state.counties["COUNTYFP"]])
    points = points.set_index("GEOID")[["longitude", "latitude"]]
    key = pd.Series(points.index.str[:digits], index=points.index)
    total = people.groupby(key).sum()
    weighted = points.mul(people, axis=0).groupby(key).sum().div(total.where(total > 0), axis=0)
    # Where nobody lives, the Bureau gives the middle.
    middle = points.groupby(key).mean()
    where = weighted.where(weighted.notna(), middle).assign(population=total)
    return pd.DataFrame(where.rename_axis("GEOID").reset_index())


def _centre_layout(state: StateOfRegion, kind: str) -> pd.DataFrame:
    table = centres(state, 12 if kind == "BG" else 11)
    geoid = table["GEOID"]
    columns: dict[str, Any] = {
        "STATEFP": geoid.str[:2],
        "COUNTYFP": geoid.str[2:5],
        "TRACTCE": geoid.str[5:11],
    }
    if kind == "BG":
        columns["BLKGRPCE"] = geoid.str[11:]
    columns["POPULATION"] = table["population"]
    columns["LATITUDE"] = [f"{value:+010.6f}" for value in table["latitude"]]
    columns["LONGITUDE"] = [f"{value:+011.6f}" for value in table["longitude"]]
    return pd.DataFrame(columns)


def zipped_shapefile(table: gpd.GeoDataFrame, name: str) -> bytes:
    """Return a zip of a shapefile with its table, its reference system and its encoding."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as archive:
        pyogrio.write_dataframe(
            table,
            Path(folder) / f"{name}.shp",
            driver="ESRI Shapefile",
            encoding="UTF-8",
            DBF_DATE_LAST_UPDATE="2024-01-01",
        )
        for path in sorted(Path(folder).iterdir()):
            entry = zipfile.ZipInfo(path.name, WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()
