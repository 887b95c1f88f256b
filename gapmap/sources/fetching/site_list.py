"""The published list of meal sites, cut to a study and freed of what is personal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gapmap.errors import InputError
from gapmap.layers.gate.columns import choose_columns
from gapmap.layers.gate.formats import personal_columns
from gapmap.layers.gate.location import judge_places, locate
from gapmap.model import MEALS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["MARGIN_M", "SiteList", "cut_to_study"]

MARGIN_M: Final = 2_000.0
"""How far outside the study a site may lie and still serve children in it: farther than any
default reach on foot, near enough not to be another town's."""

_KEPT: Final = ("", "latitude and longitude look swapped")


@dataclass(frozen=True, eq=False)
class SiteList:
    """The rows of a published list that matter to a study.

    Parameters
    ----------
    table
        The rows as published, as texts, without columns of personal data; sorted.
    format
        Identifier of the recognised layout; None where it is none that gapmap knows.
    note
        What was kept and what was not, in one sentence.
    """

    table: pd.DataFrame
    format: str | None
    note: str


def cut_to_study(raw: pd.DataFrame, areas: gpd.GeoDataFrame) -> SiteList:
    """Keep the sites in or near a study, and those without a place whose town is one of theirs.

    Parameters
    ----------
    raw
        The list of the state as published.
    areas
        Areas of the study.
    """
    public = raw.drop(columns=list(personal_columns(raw.columns)))
    public = pd.DataFrame({str(name): public[name].map(_text) for name in public.columns})
    public = public.sort_values(list(public.columns), kind="stable").reset_index(drop=True)
    try:
        columns = choose_columns(
            public,
            source="The published list of sites",
            format_id=None,
            columns=None,
            constants={},
            values={},
            meals=MEALS,
            has_shapes=False,
        )
    except InputError:
        return SiteList(
            public,
            None,
            f"All {len(public):,} sites of the state: the layout of the list is none that gapmap "
            "knows, so nobody can say which lie in the study.",
        )
    located = locate(columns, "The published list of sites")
    reason = judge_places(
        located, study_area=areas.geometry.to_numpy(), margin_m=MARGIN_M, is_us=True
    )
    near = np.isin(reason, _KEPT)
    town = np.char.lower(columns.texts("city").astype(str))
    nowhere = np.isin(reason, ("no coordinates", "coordinates 0,0"))
    lost = nowhere & np.isin(town, np.unique(town[near & (town != "")]))
    note = _note(near, lost, nowhere)
    return SiteList(public[near | lost].reset_index(drop=True), columns.layout.id, note)


def _note(near: NDArray[np.bool_], lost: NDArray[np.bool_], nowhere: NDArray[np.bool_]) -> str:
    parts = [
        f"Of {len(near):,} sites published for the state, {int(near.sum()):,} lie in the study or "
        f"within {MARGIN_M / 1000:g} km of it and were kept"
    ]
    if lost.any():
        parts.append(f"with {int(lost.sum()):,} without coordinates in one of their towns")
    sentence = ", ".join(parts) + "."
    far = int((~near & ~lost & ~nowhere).sum())
    unplaced = int((nowhere & ~lost).sum())
    sentence += f" {far:,} lie elsewhere"
    if unplaced:
        sentence += f", and {unplaced:,} have no coordinates and are in other towns"
    return sentence + ". Columns about contact persons are never asked for."


def _text(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or cell is pd.NA:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
