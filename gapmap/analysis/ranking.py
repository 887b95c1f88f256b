"""What places are told by: their reading, their rank, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.analysis.ranks import half_width, rank_interval, rank_readings
from gapmap.analysis.uncertainty import Draws, SumErrors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.analysis.need import Ground
    from gapmap.analysis.sums import Sums
    from gapmap.model import Scenario, Study

__all__ = ["MOST_AREAS_RANKED", "SLIVER_SHARE", "place_readings", "rank_errors", "with_ranks"]

SLIVER_SHARE: Final = 0.005
"""Need out of reach below this share is a drawing difference, not a shortage; and need in reach
below it is no service."""

MOST_AREAS_RANKED: Final = 10_000
"""In a study without neighbourhoods its areas are ranked, up to a number that people can name."""


def with_ranks(
    areas: pd.DataFrame, study: Study, scenario: Scenario, ground: Ground, sums: Sums
) -> pd.DataFrame:
    """Rank the areas themselves, those of unknown need or outside the question last and unranked.

    Adds ``rank``, ``reading``, ``gap_moe``, ``rank_low``, ``rank_high`` and ``rank_reading``.
    """
    count = len(areas)
    draws = ground.keep(("draws", scenario.measure), lambda: Draws(study, scenario.measure))
    cells = sums.cells
    errors = ground.keep(
        ("errors of areas", scenario.measure, scenario.method),
        lambda: SumErrors(draws, cells.area, cells.area, cells.share, count),
    )
    known = areas["need"].notna().to_numpy()
    ranked = areas[known].sort_values(
        ["gap", "need", "geoid"], ascending=[False, False, True], kind="stable"
    )
    order = ranked.index.to_numpy()
    need, in_reach = areas["need"].to_numpy(), areas["need_in_reach"].to_numpy()
    is_desert = (need > study.desert_need) & (in_reach < SLIVER_SHARE * need)
    figures = {name: ranked[name].to_numpy() for name in ("need", "need_moe", "gap")}
    gap = np.nan_to_num(areas["gap"].to_numpy())
    added = pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            **rank_errors(figures, order, gap, errors, sums, known),
        },
        index=order,
    ).reindex(areas.index)
    added["rank_reading"] = added["rank_reading"].astype(object)
    readings = place_readings(np.nan_to_num(need), np.nan_to_num(in_reach), is_desert, known, study)
    return pd.concat([areas.assign(reading=readings), added], axis=1)


def rank_errors(
    ranked: dict[str, NDArray[Any]],
    order: Sequence[int] | NDArray[np.int64],
    gap: NDArray[np.float64],
    errors: SumErrors,
    sums: Sums,
    known: NDArray[np.bool_],
) -> dict[str, NDArray[Any]]:
    """Return what margins of error make of the ranks of places, in the order of the ranking.

    ``ranked`` has ``need``, ``need_moe`` and ``gap`` in that order; ``gap`` and ``known`` are of
    all places in theirs.
    """
    rank = np.arange(1, len(order) + 1)
    need_moe = ranked["need_moe"]
    gap_moe, low, high = np.full(len(order), np.nan), rank, rank
    if not np.isnan(need_moe).all():
        missing_share = 1 - sums.coverage.share[sums.cells.row]
        drawn = errors.gaps(gap, missing_share)[order]
        gap_moe = np.where(np.isnan(need_moe), np.nan, half_width(drawn))
        low, high = rank_interval(drawn)
    sure = {"gap_moe": gap_moe, "rank_low": low, "rank_high": high}
    readings = rank_readings(ranked | sure, known=known[order])
    return sure | {"rank_reading": np.array(readings, dtype=object)}


def place_readings(
    need: NDArray[np.float64],
    in_reach: NDArray[np.float64],
    is_desert: NDArray[np.bool_],
    known: NDArray[np.bool_],
    study: Study,
) -> NDArray[np.object_]:
    """Say in one sentence each who is in reach of a site in a place, and who is not."""
    rows = zip(need.tolist(), in_reach.tolist(), is_desert.tolist(), known.tolist(), strict=True)
    return np.array([_reading(*row, study) for row in rows], dtype=object)


def _reading(need: float, in_reach: float, is_desert: bool, is_known: bool, study: Study) -> str:
    words = study.words
    gap = need - in_reach
    if not is_known:
        return "Need unknown."
    if need < 0.5:
        return f"No {words.people} in need counted here."
    if is_desert:
        return f"Desert: no {words.site} in reach."
    if in_reach < SLIVER_SHARE * need:
        return f"No {words.site} in reach, but few {words.people}."
    if gap < SLIVER_SHARE * need or gap < 0.5:
        return f"All {words.people} in reach."
    out_of_ten = round(10 * gap / need)
    if out_of_ten == 0:
        return f"Nearly all {words.people} in reach."
    if out_of_ten == 10:
        return f"Nearly no {words.people} in reach."
    return f"{out_of_ten} of 10 {words.people} out of reach."
