"""Census figures of who is eligible for free or reduced-price meals, made standard.

They are known in three layouts, and any other can be named under ``[columns]``:

- the eligibility file of the Food and Nutrition Service (FNS), by block group or tract:
  ``TotPovUniv`` counts the children to 18 whose poverty status is known, ``Num18BG`` those of
  them who are eligible; ``TotPovUn_1`` and ``Num12BG`` the same to 12; ``ELIGFYnn`` is the
  published answer for a fiscal year. (Which is which: public code that uses the file divides
  Num18BG by TotPovUniv.) One flag stands for both bases: a place is eligible where either of
  them reaches the half (FNS memo CACFP 06, SFSP 11-2013);
- ACS table B17024, by tract: children under 18 (and under 12, for want of better, where the rule
  says to 12) and those below 1.85 times the poverty threshold. It stands in for the figures of
  the rule and is no determination: such a layer has to say ``proxy = true``;
- gapmap's own names: ``children_0_18``, ``eligible_0_18``, each with ``_moe``; the same ``0_12``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import LayerError, TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.standardise import StandardTable, join_attributes
from gapmap.layers.table_cells import pad_geoids, rows_of_totals
from gapmap.layers.table_columns import (
    USUAL_GEOIDS,
    column_for,
    figures,
    named_column,
    names_of,
    title_of,
    with_crs,
)
from gapmap.layers.table_shapes import valid_shapes
from gapmap.model import Role
from gapmap.rules import Basis, EligibilityAreas, Level
from gapmap.schema import check_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = ["eligibility_areas", "standardise_eligibility"]

_DIGITS: Final = {Level.BLOCK_GROUP: 12, Level.TRACT: 11}
_FNS: Final = {
    "children_0_18": r"totpovuniv",
    "eligible_0_18": r"num18(?:bg|ct|tr|tract)?",
    "children_0_12": r"totpovun_1",
    "eligible_0_12": r"num12(?:bg|ct|tr|tract)?",
}
_FLAG: Final = r"eligfy(\d\d)"
_YES: Final = ("yes", "y", "true", "1", "eligible")
_NO: Final = ("no", "n", "false", "0", "not eligible")
# First lines of the three bands of age in B17024, and how many lines of ratios below 1.85 follow.
# Source: ACS table shell B17024, Age by Ratio of Income to Poverty Level.
_BANDS: Final = {"0_18": (2, 15, 28), "0_12": (2, 15)}
_BELOW_185: Final = 7
_FEW: Final = 0.02
_Columns: TypeAlias = tuple[tuple[str, ...], tuple[str, ...] | None]
_BOTH: Final = "{what} has both block groups and tracts. The rules differ: make a layer of each."


def standardise_eligibility(
    raw: pd.DataFrame, spec: LayerSpec, attributes: pd.DataFrame | None = None
) -> StandardTable:
    """Make the areas of an ``eligibility`` layer standard.

    Parameters
    ----------
    raw
        Polygons, with the figures or to be joined with ``attributes``.
    spec
        The layer.
    attributes
        The table named in ``[table]``, if any.

    Raises
    ------
    LayerError
        If figures that are none of the rule are not called a proxy.
    TableError
        If shapes and table do not join, the figures are not found, or they cannot be true.
    """
    what = title_of(spec)
    shapes, notes = valid_shapes(with_crs(raw, spec), what)
    counted = shapes if attributes is None else attributes
    layout = _layout(counted, spec)
    level = _level_of_columns(counted, spec)
    own = column_for(shapes, spec, "geoid", USUAL_GEOIDS)
    geoid = _geoids(own, shapes, level, what)
    if attributes is None:
        is_total = rows_of_totals(shapes, geoid)
    else:
        assert spec.table is not None
        key = named_column(attributes, spec.table.key, f"{what}, table {spec.table.file}")
        key = _geoids(key, attributes, level, what)
        counted, joined = join_attributes(geoid, attributes.assign(**{spec.table.key: key}), spec)
        counted = counted.set_axis(shapes.index, axis=0)
        notes += joined
        is_total = np.zeros(len(shapes), dtype=bool)
    columns: dict[str, object] = {"geoid": geoid.to_numpy(), "name": names_of(shapes, spec, geoid)}
    for name, (estimates, margins) in layout.items():
        columns[name], moe = figures(counted, estimates, margins, spec, what)
        if moe is not None:
            columns[f"{name}_moe"] = moe
    flag = spec.columns.get("published") or _latest_flag(counted)
    if flag is not None:
        answers = _answers(named_column(counted, flag, what), spec, what)
        columns |= {
            f"published_{basis.suffix}": answers
            for basis in Basis
            if f"eligible_{basis.suffix}" in layout
        }
    areas = gpd.GeoDataFrame(columns, geometry=shapes.geometry.to_numpy(), crs=STORED_CRS)
    if is_total.any():
        areas = areas[~is_total].reset_index(drop=True)
        notes += (f"{int(is_total.sum())} row(s) of totals refused",)
    check_table(areas, Role.ELIGIBILITY, what=what)
    _level(areas, what)
    return StandardTable(areas, len(raw), notes + _made_consistent(areas, what))


def eligibility_areas(table: gpd.GeoDataFrame, spec: LayerSpec) -> EligibilityAreas:
    """Put a standard table and its description together."""
    return EligibilityAreas(
        layer=spec.id,
        title=spec.title,
        source=spec.source,
        vintage=spec.vintage,
        level=_level(table, title_of(spec)),
        table=table,
        is_proxy=spec.proxy,
        determined=spec.determined,
    )


def _layout(table: pd.DataFrame, spec: LayerSpec) -> dict[str, _Columns]:
    # The columns of each figure, and those of its margins where there are any.
    by_name = {str(column).casefold(): str(column) for column in table.columns}
    known = [f"{what}_{basis.suffix}" for basis in Basis for what in ("children", "eligible")]
    found = {name: spec.columns[name] for name in known if name in spec.columns}
    if not found:
        found = {name: by_name[name] for name in known if name in by_name}
    if not found:
        for name, pattern in _FNS.items():
            like = [column for key, column in by_name.items() if re.fullmatch(pattern, key)]
            if len(like) == 1:
                found[name] = like[0]
    if not found and "b17024_002e" in by_name:
        return _lines_of_b17024("b17024_002m" in by_name, spec)
    for basis in Basis:
        pair = [f"{what}_{basis.suffix}" in found for what in ("children", "eligible")]
        if any(pair) and not all(pair):
            raise TableError(
                f"{title_of(spec)}: of the figures for {basis} it has only "
                f"{', '.join(found.values())}. Both are needed: name children_{basis.suffix} and "
                f"eligible_{basis.suffix} under [columns]."
            )
    if not found:
        names = [name for name in by_name.values() if name != "geometry"]
        raise TableError(
            f"{title_of(spec)}: no figures of eligible children are recognised. The file has "
            f"{', '.join(names[:20])}{', …' * (len(names) > 20)}. Name them under [columns]: "
            'children_0_18 = "…", eligible_0_18 = "…".'
        )
    margins = {name: spec.columns.get(f"{name}_moe", by_name.get(f"{name}_moe")) for name in found}
    return {
        name: ((column,), None if (moe := margins[name]) is None else (moe,))
        for name, column in found.items()
    }


def _lines_of_b17024(has_margins: bool, spec: LayerSpec) -> dict[str, _Columns]:
    if not spec.proxy:
        raise LayerError(
            f"{title_of(spec)} holds ACS table B17024, which is a proxy and not a determination. "
            "Add proxy = true to the layer."
        )
    lines = {}
    for suffix, bands in _BANDS.items():
        lines[f"children_{suffix}"] = list(bands)
        lines[f"eligible_{suffix}"] = [
            first + step for first in bands for step in range(1, _BELOW_185 + 1)
        ]
    return {
        name: (
            tuple(f"B17024_{line:03d}E" for line in numbers),
            tuple(f"B17024_{line:03d}M" for line in numbers) if has_margins else None,
        )
        for name, numbers in lines.items()
    }


def _latest_flag(table: pd.DataFrame) -> str | None:
    # A file may keep the answers of earlier years beside the new one.
    years = {
        int(match[1]): str(column)
        for column in table.columns
        if (match := re.fullmatch(_FLAG, str(column).casefold()))
    }
    return years[max(years)] if years else None


def _answers(raw: pd.Series, spec: LayerSpec, what: str) -> NDArray[np.object_]:
    # Published answers as True, False, or None where the file says nothing.
    own = {text.casefold(): said for text, said in spec.values.get("published", {}).items()}
    text = raw.astype("string").str.strip().str.casefold()
    said = text.map(lambda value: own.get(value, value)).astype("string").str.casefold()
    answers = np.full(len(raw), None, dtype=object)
    answers[said.isin(_YES).to_numpy(dtype=bool)] = True
    answers[said.isin(_NO).to_numpy(dtype=bool)] = False
    empty = said.isna() | said.isin(["", "na", "n/a", "null", "none"])
    strange = ~(empty | said.isin([*_YES, *_NO])).to_numpy(dtype=bool)
    if strange.any():
        raise TableError(
            f"{what}: “{raw.iloc[int(np.flatnonzero(strange)[0])]}” in {raw.name} is neither yes "
            "nor no. Say what it means under [values.published]."
        )
    return answers


def _level_of_columns(table: pd.DataFrame, spec: LayerSpec) -> Level | None:
    # Which areas the figures are of, where GEOIDs that lost a zero leave it open.
    if "level" in spec.constants:
        said = spec.constants["level"].casefold().replace("_", " ")
        try:
            return Level(said)
        except ValueError:
            raise LayerError(
                f"{title_of(spec)}: level is “{spec.constants['level']}”. "
                f"It can be {' or '.join(Level)}."
            ) from None
    names = {str(column).casefold() for column in table.columns}
    return Level.BLOCK_GROUP if {"num18bg", "num12bg"} & names else None


def _geoids(raw: pd.Series, table: pd.DataFrame, level: Level | None, what: str) -> pd.Series:
    # An Alabama file whose GEOIDs all lost their zero looks like one of tracts: the columns or
    # the state's code beside it tell.
    given = raw.astype("string").str.strip().str.replace(r"^\d{3,7}US(?=\d)", "", regex=True)
    block_groups = given[given.str.fullmatch(r"\d{12}").fillna(False).astype(bool)]
    if given.isin(set(block_groups.str[:11])).any():
        raise TableError(_BOTH.format(what=what))
    geoid = pad_geoids(raw)
    text = geoid.astype("string")
    if level is not None:
        short = text.str.fullmatch(rf"\d{{{_DIGITS[level] - 1}}}").fillna(False).astype(bool)
        return geoid.where(~short, "0" + text)
    state = next((name for name in table.columns if str(name).casefold() == "statefp"), None)
    if state is None:
        return geoid
    code = pad_geoids(table[state]).astype("string").str.zfill(2)
    lost = [
        bool(name) and not name.startswith(fips) and ("0" + name).startswith(fips)
        for name, fips in zip(text.fillna(""), code.fillna(""), strict=True)
    ]
    return geoid.where(~pd.Series(lost, index=geoid.index), "0" + text)


def _level(table: pd.DataFrame, what: str) -> Level:
    lengths = table["geoid"].str.len()
    for level, digits in _DIGITS.items():
        if (lengths == digits).all():
            return level
    odd = table["geoid"][~lengths.isin(_DIGITS.values())]
    if len(odd):
        raise TableError(
            f"{what}: {odd.iloc[0]} is the GEOID of neither a block group (12 digits) nor a tract "
            "(11 digits)."
        )
    raise TableError(_BOTH.format(what=what))


def _made_consistent(areas: gpd.GeoDataFrame, what: str) -> tuple[str, ...]:
    """Take as unknown what cannot be true; return what was done in sentences."""
    notes: tuple[str, ...] = ()
    for basis in Basis:
        children, eligible = f"children_{basis.suffix}", f"eligible_{basis.suffix}"
        if eligible not in areas.columns:
            continue
        more = (areas[eligible] > areas[children]).to_numpy()
        known = int((areas[eligible].notna() & areas[children].notna()).sum())
        if more.sum() > _FEW * known:
            row = areas[more].iloc[0]
            raise TableError(
                f"{what}: {int(more.sum()):,} of {known:,} areas have more eligible children "
                f"({basis}) than children, {row['geoid']} has {row[eligible]:g} of "
                f"{row[children]:g}. The columns are probably swapped: name them under [columns]."
            )
        if more.any():
            areas.loc[more, [children, eligible]] = np.nan
            notes += (
                f"{int(more.sum())} area(s) with more eligible children than children ({basis}) "
                "are taken as unknown",
            )
        unknown = int((areas[eligible].isna() | ~(areas[children] > 0)).sum())
        if unknown:
            notes += (
                f"eligibility ({basis}) is unknown in {unknown:,} of {len(areas):,} areas: "
                "no figures, or no children",
            )
    return notes
