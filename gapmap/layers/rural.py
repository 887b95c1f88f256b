"""Lists and maps of what is rural, made standard.

A list names counties, tracts or block groups by GEOID and says yes or no, or a code that
``[values.rural]`` turns into one: the Rural-Urban Continuum Codes of counties (1 to 3 metropolitan,
4 to 9 not) or the Rural-Urban Commuting Area codes of tracts (1 to 3 metropolitan, 4 to 10 not).
A map shows rural ground as polygons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.standardise import StandardTable
from gapmap.layers.table_cells import pad_geoids
from gapmap.layers.table_columns import (
    column_for,
    optional_column,
    title_of,
    with_crs,
)
from gapmap.layers.table_shapes import valid_shapes
from gapmap.model import Role
from gapmap.rules import RuralLayer
from gapmap.schema import TEXTS_FOR_UNKNOWN, check_table

if TYPE_CHECKING:
    from gapmap.layers.catalogue import LayerSpec

__all__ = ["rural_layer", "standardise_rural"]

_YES: Final = ("yes", "y", "true", "rural", "non-metro", "nonmetro")
_NO: Final = ("no", "n", "false", "urban", "not rural", "non-rural", "nonrural", "metro")
_KEYS: Final = ("GEOID", "geoid", "FIPS", "fips", "TractFIPS", "TRACTFIPS20", "CountyFIPS20")
_GEOID_DIGITS: Final = (5, 11, 12)


def standardise_rural(raw: pd.DataFrame, spec: LayerSpec) -> StandardTable:
    """Make a list of rural areas, or a map of rural ground, standard.

    Returns
    -------
    ``geoid`` and ``is_rural`` for a list; polygons for a map.

    Raises
    ------
    TableError
        If a value is neither yes nor no, or a GEOID is of no county, tract or block group.
    """
    what = title_of(spec)
    said = optional_column(raw, spec, "rural")
    if said is None and isinstance(raw, gpd.GeoDataFrame):
        shapes, notes = valid_shapes(with_crs(raw, spec), what)
        ground = gpd.GeoDataFrame(geometry=shapes.geometry.to_numpy(), crs=STORED_CRS)
        check_table(ground, Role.RURAL, what=what)
        return StandardTable(ground, len(raw), notes)
    if said is None:
        raise TableError(
            f"{what}: no column says what is rural. Name it under [columns]: "
            'rural = "…", and what its codes mean under [values.rural].'
        )
    geoid = pad_geoids(column_for(raw, spec, "geoid", _KEYS))
    lengths = geoid.astype("string").str.len()
    odd = geoid[~lengths.isin(_GEOID_DIGITS).fillna(False).astype(bool)]
    if len(odd):
        raise TableError(
            f"{what}: “{odd.iloc[0]}” is the GEOID of no county (5 digits), tract (11) or block "
            "group (12)."
        )
    twice = geoid[geoid.duplicated()]
    if len(twice):
        raise TableError(f"{what} has {twice.iloc[0]} more than once.")
    is_rural = _answers(said, spec, what)
    known = is_rural.notna()
    table = pd.DataFrame(
        {"geoid": geoid[known].to_numpy(), "is_rural": is_rural[known].astype(bool).to_numpy()}
    )
    unknown = int((~known).sum())
    notes = (f"{unknown:,} row(s) do not say whether they are rural",) if unknown else ()
    return StandardTable(table, len(raw), notes)


def rural_layer(table: pd.DataFrame, spec: LayerSpec) -> RuralLayer:
    """Put a standard table and its description together."""
    is_list = "is_rural" in table.columns
    return RuralLayer(
        layer=spec.id,
        title=spec.title,
        source=spec.source,
        vintage=spec.vintage,
        by_geoid=dict(zip(table["geoid"], table["is_rural"].tolist(), strict=True))
        if is_list
        else None,
        shapes=None if is_list else gpd.GeoDataFrame(table),
    )


def _answers(raw: pd.Series, spec: LayerSpec, what: str) -> pd.Series:
    # True, False, or missing.
    own = {text.strip().casefold(): said for text, said in spec.values.get("rural", {}).items()}
    text = raw.astype("string").str.strip().str.casefold()
    # A code that came as a number: 4.0 is the code 4.
    text = text.str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    said = text.map(lambda code: own.get(code, code)).astype("string").str.casefold()
    yes, no = set(_YES), set(_NO)
    # 1 for yes only where 0 says no: in a list of codes, 1 is the largest of cities.
    if not own and set(text.dropna()) <= {"0", "1"} and (text == "0").any():
        yes.add("1")
        no.add("0")
    unknown = {text.casefold() for text in (*TEXTS_FOR_UNKNOWN, *spec.unknown.texts)}
    empty = said.isna() | said.isin(unknown)
    answers = pd.Series(np.full(len(raw), None, dtype=object), index=raw.index)
    answers[said.isin(yes).to_numpy(dtype=bool)] = True
    answers[said.isin(no).to_numpy(dtype=bool)] = False
    strange = answers.isna() & ~empty
    if strange.any():
        raise TableError(
            f"{what}: “{raw[strange].iloc[0]}” in {raw.name} is neither yes nor no. Say what "
            'each code means under [values.rural], for example "4" = "yes".'
        )
    return answers
