"""Results as tables for reading: few columns, in the study's own words, whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.analysis.supply import partner_names
from gapmap.views import numbers
from gapmap.views.partner_marks import listed_marks
from gapmap.views.schedules import schedule_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray
    from pandas.io.formats.style import Styler

    from gapmap.model import GapAssessment, Provenance, Study

__all__ = [
    "PEOPLE_COLUMNS",
    "left_out_table",
    "nearest_sites",
    "partners_table",
    "provenance_table",
    "ranked_areas",
    "ranked_neighbourhoods",
    "sites_table",
    "small_counts",
]

PEOPLE_COLUMNS: Final = (
    *("gap", "eligible_gap", "need", "need_in_reach"),
    *("unique_need", "shared_need"),
)
"""Columns of these tables that count people."""


def ranked_neighbourhoods(
    assessment: GapAssessment, *, by_eligible: bool = False, margins: bool = False
) -> pd.DataFrame:
    """Neighbourhoods, most need out of reach first.

    Columns: ``neighbourhood_id``, ``rank``, ``rank_interval`` (``3–9``), ``name``, ``gap``,
    ``eligible_gap``, ``in_reach_share`` (0 to 100), ``need``, ``interval``, ``need_in_reach``,
    ``sites``, ``group``, ``reading``, ``rank_reading``. Groups are there where there are
    several, ``eligible_gap`` where it is known, and intervals and ``rank_reading`` if asked for.

    Parameters
    ----------
    assessment
        The result.
    by_eligible
        Rank by need out of reach where an open site would be lawful; places where that is not
        known come last and have no rank.
    margins
        With what margins of error say.
    """
    ranked = assessment.neighbourhoods
    rank = ranked["rank"]
    if by_eligible:
        ranked = ranked.sort_values("eligible_gap", ascending=False, kind="stable")
        rank = ranked["eligible_gap"].notna().cumsum().where(ranked["eligible_gap"].notna())
    table = pd.DataFrame(
        {
            "neighbourhood_id": ranked["neighbourhood_id"],
            "rank": rank.astype("Int32"),
            "rank_interval": _intervals(ranked["rank_low"], ranked["rank_high"]),
            "name": ranked["name"],
            **_figures(ranked),
            "group": ranked["group"],
            "reading": ranked["reading"],
            "rank_reading": ranked["rank_reading"],
        }
    )
    absent = [] if ranked["group"].nunique(dropna=True) > 1 else ["group"]
    if not margins:
        absent += ["interval", "rank_interval", "rank_reading"]
    elif by_eligible:
        # The interval is that of the rank by everybody out of reach.
        absent += ["rank_interval", "rank_reading"]
    return _without_unknown(table.drop(columns=absent), by_eligible).reset_index(drop=True)


def ranked_areas(
    assessment: GapAssessment,
    *,
    by_eligible: bool = False,
    margins: bool = False,
    at_most: int = 1_000,
) -> pd.DataFrame:
    """Areas, most need out of reach first, for studies without neighbourhoods.

    Columns as :func:`ranked_neighbourhoods` has them, ``geoid`` in place of what only
    neighbourhoods have. Areas outside the question or of unknown need are not ranked.
    """
    known = assessment.areas[assessment.areas["need"].notna()]
    first = ["eligible_gap", "gap"] if by_eligible else ["gap"]
    ranked = known.sort_values(
        [*first, "need", "geoid"], ascending=[*(False for _ in first), False, True], kind="stable"
    ).head(at_most)
    has_rank = ranked["eligible_gap"].notna() | (not by_eligible)
    table = pd.DataFrame(
        {
            "rank": has_rank.cumsum().where(has_rank).astype("Int32"),
            "name": ranked["name"],
            **_figures(ranked),
            "geoid": ranked["geoid"],
        }
    )
    if "rank_low" in ranked and not by_eligible:
        table.insert(1, "rank_interval", _intervals(ranked["rank_low"], ranked["rank_high"]))
        table["rank_reading"] = ranked["rank_reading"]
    absent = [] if margins else ["interval", "rank_interval", "rank_reading"]
    kept = table.drop(columns=absent, errors="ignore")
    return _without_unknown(kept, by_eligible).reset_index(drop=True)


def _figures(ranked: pd.DataFrame) -> dict[str, object]:
    """Return the figures of places in the order to show them."""
    return {
        "gap": _whole(ranked["gap"]),
        "eligible_gap": _whole(ranked["eligible_gap"]),
        "in_reach_share": (100 * ranked["in_reach_share"]).round(0).astype("float32"),
        "need": _whole(ranked["need"]),
        "interval": [
            numbers.interval(need, moe)
            for need, moe in zip(ranked["need"], ranked["need_moe"], strict=True)
        ],
        "need_in_reach": _whole(ranked["need_in_reach"]),
        "sites": ranked["site_count"].astype("int32"),
    }


def _intervals(low: pd.Series, high: pd.Series) -> list[str]:
    """Write intervals of ranks: ``3–9``, or ``3`` where it is sure."""
    return [
        f"{first:.0f}" if first == last else f"{first:.0f}–{last:.0f}"
        for first, last in zip(low, high, strict=True)
    ]


def _without_unknown(table: pd.DataFrame, by_eligible: bool) -> pd.DataFrame:
    """Leave out what is known of no place; show first what places are ranked by."""
    if not table["eligible_gap"].notna().any():
        return table.drop(columns="eligible_gap")
    if by_eligible:
        first = table.columns.tolist().index("gap")
        table.insert(first, "eligible_gap", table.pop("eligible_gap"))
    return table


def small_counts(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame | Styler:
    """Show small counts of people as ``<10``; the numbers below stay, and sort as they are."""
    shown: list[Hashable] = [column for column in columns if column in table.columns]
    is_small = table[shown].ge(1) & table[shown].lt(numbers.SMALL)
    if not is_small.to_numpy(dtype=bool, na_value=False).any():
        return table
    return table.style.format(_people, subset=shown, na_rep="")


def _people(cell: object) -> str:
    return numbers.people(float(str(cell)))


def partners_table(assessment: GapAssessment, study: Study) -> pd.DataFrame:
    """Partners with what they reach, alone and together with others."""
    marks = listed_marks(partner_names(study.sites))
    partners = assessment.partners
    return pd.DataFrame(
        {
            "letter": [marks[name].letter for name in partners["partner"]],
            "partner": partners["partner"],
            "site_count": partners["site_count"].astype("int32"),
            "need_in_reach": _whole(partners["need_in_reach"]),
            "unique_need": _whole(partners["unique_need"]),
            "shared_need": _whole(partners["shared_need"]),
        }
    )


def sites_table(assessment: GapAssessment, study: Study) -> pd.DataFrame:
    """Every site: whether it counts, why not, and what it reaches."""
    sites = assessment.sites
    return pd.DataFrame(
        {
            "name": sites["name"],
            "partner": sites["partner"],
            "schedule": schedule_text(study.sites, study.words.meals),
            "counts": np.where(sites["counts"], "yes", "no"),
            "left_out_because": sites["left_out_because"].fillna(""),
            "need_in_reach": _whole(sites["need_in_reach"]),
            "unique_need": _whole(sites["unique_need"]),
        }
    )


def nearest_sites(
    assessment: GapAssessment,
    study: Study,
    longitude: float,
    latitude: float,
    *,
    count: int = 5,
    apart_from: str | None = None,
) -> pd.DataFrame:
    """Sites nearest to a place, those that count first, then by distance.

    Columns: ``name``, ``partner``, ``distance``, ``schedule``, ``counts`` and ``site_id``.

    Parameters
    ----------
    assessment, study
        The result and the study it was asked of.
    longitude, latitude
        The place, degrees.
    count
        How many at most.
    apart_from
        Identifier of a site that is not to be listed: the one that is asked about.
    """
    sites = study.sites
    if sites.empty:
        return pd.DataFrame(
            columns=["name", "partner", "distance", "schedule", "counts", "site_id"]
        )
    away_m = _distance_m(sites.geometry.x, sites.geometry.y, longitude, latitude)
    counts = assessment.sites["counts"].to_numpy(dtype=bool)
    order = np.lexsort((away_m, ~counts))
    order = order[(sites["site_id"] != apart_from).to_numpy()[order]][:count]
    near = sites.iloc[order]
    unit = assessment.scenario.reach.unit
    return pd.DataFrame(
        {
            "name": near["name"].to_numpy(),
            "partner": partner_names(near).to_numpy(),
            "distance": [numbers.distance(float(metres), unit) for metres in away_m[order]],
            "schedule": schedule_text(near, study.words.meals),
            "counts": counts[order],
            "site_id": near["site_id"].to_numpy(),
        }
    )


def provenance_table(provenance: Sequence[Provenance]) -> pd.DataFrame:
    """Where every layer came from and what happened to it at the door."""
    return pd.DataFrame(
        [
            {
                "layer": entry.title,
                "role": str(entry.role).replace("_", " "),
                "kind": entry.figures_are,
                "vintage": entry.vintage,
                "source": entry.source,
                "method": entry.method,
                "licence": entry.licence,
                "rows": f"{entry.rows_out:,} of {entry.rows_in:,}",
                "notes": "; ".join(entry.notes),
                "file": entry.file,
                "sha256": entry.sha256,
            }
            for entry in provenance
        ]
    )


def left_out_table(assessment: GapAssessment) -> pd.DataFrame:
    """Why sites do not count, with how many."""
    pairs = sorted(assessment.sites_left_out.items(), key=lambda pair: -pair[1])
    return pd.DataFrame(pairs, columns=["reason", "sites"])


def _whole(values: pd.Series) -> pd.Series:
    return values.round(0).astype("Int32")


def _distance_m(
    longitudes: pd.Series, latitudes: pd.Series, longitude: float, latitude: float
) -> NDArray[np.float64]:
    """Distances along the ground by the haversine formula, right to within 0.6 %."""
    lon, lat = np.radians(longitudes.to_numpy()), np.radians(latitudes.to_numpy())
    lon0, lat0 = np.radians(longitude), np.radians(latitude)
    half = (
        np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    )
    metres: NDArray[np.float64] = 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))
    return metres
