"""Sums of need, in reach and out of it, by whatever a piece of need belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from gapmap.analysis.supply import partner_names
from gapmap.model import Method

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.analysis.coverage import Coverage
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Cells, Ground
    from gapmap.analysis.supply import Supply
    from gapmap.model import Scenario, Study

__all__ = [
    "LawfulSums",
    "Sums",
    "group_table",
    "open_share_of_rows",
    "partner_table",
    "site_table",
]


class Sums:
    """Sums of need over cells, by whatever a cell belongs to."""

    def __init__(self, cells: Cells, coverage: Coverage) -> None:
        self.cells = cells
        self.coverage = coverage
        self.in_reach = cells.need * coverage.share[cells.row]
        self.overlap = cells.need * coverage.overlap_share[cells.row]
        self.need_of_row = np.bincount(cells.row, cells.need, len(coverage.share))

    def by(self, group: NDArray[np.int64], count: int) -> dict[str, NDArray[Any]]:
        """Sum by group code; code -1 is nobody's. One array of ``count`` a figure."""
        mine = group >= 0
        code = group[mine]

        def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.bincount(code, values[mine], count).astype(np.float64)

        need, in_reach = total(self.cells.need), total(self.in_reach)
        # Sums of the same numbers in another order: keep in reach within need to the last bit.
        in_reach = np.minimum(in_reach, need)
        with np.errstate(invalid="ignore"):
            share = in_reach / np.where(need > 0, need, np.nan)
        rows = sparse.csr_array(
            (np.ones(len(code)), (code, self.cells.row[mine])),
            shape=(count, len(self.coverage.share)),
        )
        return {
            "need": need,
            "need_in_reach": in_reach,
            "gap": need - in_reach,
            "in_reach_share": share,
            "overlap_need": np.minimum(total(self.overlap), in_reach),
            "site_count": _distinct(rows, self.coverage.site_share),
            "partner_count": _distinct(rows, self.coverage.partner_share),
        }


def open_share_of_rows(standing: Standing, ground: Ground, method: Method) -> NDArray[np.float64]:
    """Return which part of each row of a coverage lives where an open site is lawful.

    Rows are need points (1, 0 or NaN = not known) or areas (a share from 0 to 1, or NaN).
    """
    if method is Method.POINTS:
        longitude, latitude, _ = ground.points
        return standing.open_share_of_points(longitude, latitude)
    return standing.open_share_of_areas()


class LawfulSums:
    """Need out of reach, by whether an open site would be lawful where it lives.

    Parameters
    ----------
    sums
        The pieces of need and their coverage.
    open_share
        Of each row of the coverage, see :func:`open_share_of_rows`; None where the study has
        nothing to judge by. Inside an area, what is lawful and what is in reach are taken to
        have nothing to do with each other.
    """

    def __init__(self, sums: Sums, open_share: NDArray[np.float64] | None) -> None:
        cells = sums.cells
        self._is_blind = open_share is None
        share = np.full(len(cells.row), np.nan) if open_share is None else open_share[cells.row]
        self._is_known = ~np.isnan(share)
        self._need = np.where(self._is_known, cells.need, 0.0)
        self._open_need = self._need * np.nan_to_num(share)
        gap = cells.need - sums.in_reach
        self._gap = np.where(self._is_known, gap * np.nan_to_num(share), 0.0)
        self._unknown_gap = np.where(self._is_known, 0.0, gap)

    @property
    def gap(self) -> float:
        """Need out of reach where an open site would be lawful; NaN without anything to judge."""
        return float("nan") if self._is_blind else float(self._gap.sum())

    @property
    def unknown_gap(self) -> float:
        """Need out of reach where that is not known; NaN without anything to judge by."""
        return float("nan") if self._is_blind else float(self._unknown_gap.sum())

    def by(self, group: NDArray[np.int64], count: int) -> dict[str, NDArray[np.float64]]:
        """Return ``eligible_share`` and ``eligible_gap`` by group code; code -1 is nobody's.

        What is not known is in neither; a group of which nothing is known is NaN.
        """
        mine = group >= 0

        def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.bincount(group[mine], values[mine], count).astype(np.float64)

        known = total(self._is_known.astype(np.float64)) > 0
        need = total(self._need)
        share = np.full(count, np.nan)
        np.divide(total(self._open_need), need, out=share, where=need > 0)
        return {
            "eligible_share": share.clip(max=1.0),
            "eligible_gap": np.where(known, total(self._gap), np.nan),
        }


def _distinct(rows: sparse.csr_array, reach: sparse.csr_array) -> NDArray[np.int64]:
    """Count distinct columns reached by any row of each group."""
    product = (rows @ reach.astype(np.float64)).tocsr()
    product.sum_duplicates()
    product.eliminate_zeros()
    counts: NDArray[np.int64] = np.diff(product.indptr).astype(np.int64)
    return counts


def group_table(neighbourhoods: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each group of neighbourhoods, the largest gap first."""
    code, names = pd.factorize(neighbourhoods["group"].to_numpy(), sort=True)
    named = code >= 0

    def total(column: str) -> NDArray[np.float64]:
        values = neighbourhoods[column].to_numpy(dtype=np.float64)[named]
        return np.bincount(code[named], values, len(names)).astype(np.float64)

    need, in_reach = total("need"), total("need_in_reach")
    order = np.argsort(in_reach - need, kind="stable")
    return (
        pd.DataFrame(
            {
                "group": np.asarray(names, dtype=object),
                "need": need,
                "need_in_reach": in_reach,
                "gap": need - in_reach,
                "in_reach_share": in_reach / np.where(need > 0, need, np.nan),
                "overlap_need": total("overlap_need"),
                "deserts": total("is_desert").astype(np.int64),
            }
        )
        .iloc[order]
        .reset_index(drop=True)
    )


def partner_table(scenario: Scenario, supply: Supply, sums: Sums) -> pd.DataFrame:
    """Return what each partner's sites reach, alone and with others, the largest first."""
    count = len(supply.partners)
    # In a part of the study, a partner's sites elsewhere are none of this question's business.
    reaches = sums.need_of_row @ sums.coverage.site_share > 0
    here = supply.partner if scenario.within is None else supply.partner[reaches]
    in_reach = sums.need_of_row @ sums.coverage.partner_share
    unique = sums.need_of_row @ sums.coverage.partner_only_share
    return (
        pd.DataFrame(
            {
                "partner": list(supply.partners),
                "site_count": np.bincount(here, minlength=count),
                "need_in_reach": in_reach,
                "unique_need": unique,
                "shared_need": np.maximum(in_reach - unique, 0.0),
            }
        )
        .sort_values("need_in_reach", ascending=False, kind="stable")
        .reset_index(drop=True)
    )


def site_table(study: Study, supply: Supply, sums: Sums) -> pd.DataFrame:
    """Return what each site reaches, alone and with others; unknown for those left out."""
    in_reach = np.append(sums.need_of_row @ sums.coverage.site_share, np.nan)
    unique = np.append(sums.need_of_row @ sums.coverage.site_only_share, np.nan)
    place = supply.place_of_site
    sites = study.sites
    return pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy(),
            "name": sites["name"].to_numpy(),
            "partner": partner_names(sites).to_numpy(),
            "kind": sites["kind"].to_numpy(),
            "counts": supply.counts,
            "left_out_because": supply.because,
            "need_in_reach": in_reach[place],
            "unique_need": unique[place],
            "shared_need": np.maximum(in_reach[place] - unique[place], 0.0),
        }
    )
