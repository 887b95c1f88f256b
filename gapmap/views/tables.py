"""Results as tables for reading: few columns, in the study's own words, whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gapmap.analysis.supply import partner_names
from gapmap.views import numbers
from gapmap.views.colours import partner_looks
from gapmap.views.schedules import schedule_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gapmap.model import GapAssessment, Provenance, Study

__all__ = [
    "left_out_table",
    "nearest_sites",
    "partners_table",
    "provenance_table",
    "ranked_areas",
    "ranked_neighbourhoods",
    "sites_table",
]


def ranked_neighbourhoods(assessment: GapAssessment) -> pd.DataFrame:
    """Neighbourhoods, most need out of reach first, in the order of the result.

    Columns: ``rank``, ``name``, ``gap``, ``in_reach_share`` (0 to 100), ``need``,
    ``need_in_reach``, ``sites``, ``group`` (only where there are several), ``reading``.
    """
    ranked = assessment.neighbourhoods
    table = pd.DataFrame(
        {
            "rank": ranked["rank"].astype("int32"),
            "name": ranked["name"],
            "gap": _whole(ranked["gap"]),
            "in_reach_share": (100 * ranked["in_reach_share"]).round(0).astype("float32"),
            "need": _whole(ranked["need"]),
            "need_in_reach": _whole(ranked["need_in_reach"]),
            "sites": ranked["site_count"].astype("int32"),
            "group": ranked["group"],
            "reading": ranked["reading"],
        }
    )
    has_groups = ranked["group"].nunique(dropna=True) > 1
    return table if has_groups else table.drop(columns="group")


def ranked_areas(assessment: GapAssessment, *, at_most: int = 1_000) -> pd.DataFrame:
    """Areas, most need out of reach first, for studies without neighbourhoods.

    Columns as :func:`ranked_neighbourhoods` has them, ``geoid`` in place of ``group`` and
    ``reading``. Areas outside the question or of unknown need are not ranked.
    """
    known = assessment.areas[assessment.areas["need"].notna()]
    ranked = known.sort_values(
        ["gap", "need", "geoid"], ascending=[False, False, True], kind="stable"
    ).head(at_most)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(ranked) + 1, dtype="int32"),
            "name": ranked["name"].to_numpy(),
            "gap": _whole(ranked["gap"]).to_numpy(),
            "in_reach_share": (100 * ranked["in_reach_share"]).round(0).to_numpy("float32"),
            "need": _whole(ranked["need"]).to_numpy(),
            "need_in_reach": _whole(ranked["need_in_reach"]).to_numpy(),
            "sites": ranked["site_count"].to_numpy("int32"),
            "geoid": ranked["geoid"].to_numpy(),
        }
    )


def partners_table(assessment: GapAssessment, study: Study) -> pd.DataFrame:
    """Partners with what they reach, alone and together with others."""
    looks = partner_looks(partner_names(study.sites).tolist())
    partners = assessment.partners
    return pd.DataFrame(
        {
            "letter": [looks[name].letter for name in partners["partner"]],
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
