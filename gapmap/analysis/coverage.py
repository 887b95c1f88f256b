"""How much of each piece of need is within reach, of whom, and of whom alone.

An atom is the smallest piece that need is known for: a point that stands for a block, or a whole
area. Shares of an atom run from 0 to 1; for a point they are 0 or 1. Sites at the same place are
sites of their own: neither of them is then the only one to reach what it reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from gapmap.analysis.circles import circle_shares, depth_area, share_of
from gapmap.analysis.reach import pairs_in_reach

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.circles import Rings

__all__ = ["Coverage", "areal_coverage", "areal_share", "points_coverage"]


@dataclass(frozen=True, eq=False)
class Coverage:
    """What n atoms have within reach.

    Parameters
    ----------
    share
        Share of each atom within reach of any site.
    overlap_share
        Share within reach of two partners or more.
    site_count, partner_count
        Sites and partners that reach any of the atom.
    site_share, site_only_share
        Shape (n, sites): share within reach of this site; of this site and no other.
    partner_share, partner_only_share
        Shape (n, partners): share within reach of this partner; of this partner and no other.
    """

    share: NDArray[np.float64]
    overlap_share: NDArray[np.float64]
    site_count: NDArray[np.int64]
    partner_count: NDArray[np.int64]
    site_share: csr_array
    site_only_share: csr_array
    partner_share: csr_array
    partner_only_share: csr_array


def points_coverage(
    longitude: ArrayLike,
    latitude: ArrayLike,
    sites_longitude: ArrayLike,
    sites_latitude: ArrayLike,
    partner: ArrayLike,
    reach_m: float,
) -> Coverage:
    """Find what points have within reach.

    Parameters
    ----------
    longitude, latitude
        n points, degrees.
    sites_longitude, sites_latitude
        Sites, degrees.
    partner
        Whose each site is: 0 to the number of partners less 1.
    reach_m
        Straight-line distance along the earth, metres.

    Returns
    -------
    Coverage of n atoms, every share 0 or 1.
    """
    owner = np.asarray(partner, dtype=np.int64)
    by_site = pairs_in_reach(longitude, latitude, sites_longitude, sites_latitude, reach_m).astype(
        np.float64
    )
    of_partner = csr_array(
        (np.ones(owner.size), (np.arange(owner.size), owner)),
        shape=(owner.size, _partner_total(owner)),
    )
    by_partner = csr_array(by_site @ of_partner)
    by_partner.sort_indices()
    by_partner.data[:] = 1.0
    site_count = np.diff(by_site.indptr).astype(np.int64)
    partner_count = np.diff(by_partner.indptr).astype(np.int64)
    return Coverage(
        share=(site_count > 0).astype(np.float64),
        overlap_share=(partner_count > 1).astype(np.float64),
        site_count=site_count,
        partner_count=partner_count,
        site_share=by_site,
        site_only_share=_rows_of_one(by_site),
        partner_share=by_partner,
        partner_only_share=_rows_of_one(by_partner),
    )


def _partner_total(owner: NDArray[np.int64]) -> int:
    return int(owner.max()) + 1 if owner.size else 0


def _rows_of_one(shares: csr_array) -> csr_array:
    # The entries that have their row to themselves.
    row_size = np.diff(shares.indptr)
    alone = np.repeat(row_size == 1, row_size)
    row_start = np.concatenate([[0], np.cumsum(row_size == 1)])
    return csr_array((shares.data[alone], shares.indices[alone], row_start), shape=shares.shape)


def areal_coverage(
    rings: Rings, x: ArrayLike, y: ArrayLike, partner: ArrayLike, reach_m: float
) -> Coverage:
    """Find what areas have within reach, by exact shares of their surface.

    Parameters
    ----------
    rings
        n areas on a metric plane.
    x, y
        Sites on the same plane, metres.
    partner
        Whose each site is: 0 to the number of partners less 1.
    reach_m
        Straight-line distance on the plane, metres.

    Returns
    -------
    Coverage of n atoms.
    """
    owner = np.asarray(partner, dtype=np.int64)
    found = circle_shares(rings, x, y, owner, reach_m)
    atom = np.repeat(np.arange(len(rings)), np.diff(found.pair_start))

    def table(shares: NDArray[np.float64], column: NDArray[np.int64], width: int) -> csr_array:
        kept = shares > 0
        entries = (shares[kept], (atom[kept], column[kept]))
        return csr_array(entries, shape=(len(rings), width))

    site, site_total = found.site, owner.size
    site_partner, partner_total = owner[site], _partner_total(owner)
    by_site = table(found.site_share, site, site_total)
    by_partner = table(found.owner_share, site_partner, partner_total)
    return Coverage(
        share=found.share,
        overlap_share=found.overlap_share,
        site_count=np.diff(by_site.indptr).astype(np.int64),
        partner_count=np.diff(by_partner.indptr).astype(np.int64),
        site_share=by_site,
        site_only_share=table(found.site_only_share, site, site_total),
        partner_share=by_partner,
        partner_only_share=table(found.owner_only_share, site_partner, partner_total),
    )


def areal_share(rings: Rings, x: ArrayLike, y: ArrayLike, reach_m: float) -> NDArray[np.float64]:
    """Find the share of each area within reach of any site, and nothing else: fit for a nation.

    Parameters
    ----------
    rings
        n areas on a metric plane.
    x, y
        Sites on the same plane, metres.
    reach_m
        Straight-line distance on the plane, metres.
    """
    one_owner = np.zeros(np.size(x), dtype=np.int64)
    return share_of(depth_area(rings, x, y, one_owner, reach_m), rings.area)
