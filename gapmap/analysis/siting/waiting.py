"""Since when nobody near has been served, as far as the dates of the site list tell.

A site's last service day before a date follows from its first and last day and its weekdays. What
the list does not say stays unknown; where no site was ever in reach, people have waited at least
since the list begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from gapmap.analysis.reach import pairs_in_reach
from gapmap.analysis.schedule import Serves, serves
from gapmap.analysis.siting.ways import table_ways_m
from gapmap.analysis.supply import counting_sites
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.model import Scenario, Study

__all__ = ["LastServed", "Waiting", "last_service_days", "waiting_days"]

_DAY: Final = np.timedelta64(1, "D")
_MONDAY: Final = np.datetime64("1970-01-05", "D")


class LastServed(IntEnum):
    """What is known of a site's last service day before a date."""

    UNKNOWN = -1
    NOT_YET = 0
    KNOWN = 1


@dataclass(frozen=True, eq=False)
class Waiting:
    """How long people at n places have waited.

    Parameters
    ----------
    days
        Since the last service day in reach; NaN where that is not known.
    is_at_least
        Where no site of the list was in reach before: ``days`` counts from the list's first day.
    begins
        The list's first known day.
    """

    days: NDArray[np.float64]
    is_at_least: NDArray[np.bool_]
    begins: date


def last_service_days(
    sites: pd.DataFrame, before: date
) -> tuple[NDArray[np.datetime64], NDArray[np.int8]]:
    """Return the last day before a date on which each site served, and whether it is known.

    Without weekdays a site is taken to have served on the last day that it names, and nothing is
    known of it while its season goes on.

    Parameters
    ----------
    sites
        n rows of the standard site table.
    before
        The date; service on it does not count.

    Returns
    -------
    n days, NaT where there is none or it is not known, and n of :class:`LastServed`.
    """
    first = sites["start_date"].to_numpy(dtype="datetime64[D]")
    last = sites["end_date"].to_numpy(dtype="datetime64[D]")
    date_ = np.datetime64(before, "D")
    on_days = np.column_stack([serves(sites, meal=None, day=day) for day in WEEKDAYS])
    knows_days = (on_days != Serves.UNKNOWN).all(axis=1) & (on_days == Serves.YES).any(axis=1)
    has_ended = last < date_
    start: NDArray[np.datetime64] = np.where(has_ended, last, date_ - _DAY)
    found = np.where(has_ended & ~knows_days, last, np.datetime64("NaT", "D"))
    for back in range(len(WEEKDAYS)):
        day: NDArray[np.datetime64] = start - back * _DAY
        weekday = (day - _MONDAY).astype(np.int64) % len(WEEKDAYS)
        # A day that is no date comes out as some weekday, and is not looked at.
        served = on_days[np.arange(len(sites)), weekday] == Serves.YES
        found = np.where(knows_days & np.isnat(found) & served, day, found)
    begun = ~np.isnat(first) & (first < date_)
    too_early = ~np.isnat(first) & (found < first)
    not_yet = (~np.isnat(first) & (first >= date_)) | (too_early & ~np.isnat(found))
    unknown = np.isnat(last) | np.isnat(found) | (~has_ended & ~begun)
    state = np.select(
        [not_yet, unknown], [LastServed.NOT_YET, LastServed.UNKNOWN], LastServed.KNOWN
    ).astype(np.int8)
    return np.where(state == LastServed.KNOWN, found, np.datetime64("NaT", "D")), state


def waiting_days(
    study: Study,
    scenario: Scenario,
    before: date,
    *,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    area: NDArray[np.int64],
) -> Waiting:
    """Return how long people at some places have waited, whatever meal was served and by whom.

    Parameters
    ----------
    study, scenario
        The study; of the question only reach and who may come are looked at.
    before
        The day on which one asks.
    longitude, latitude, area
        n places, degrees, and the row of the area of each.

    Raises
    ------
    RequestError
        If no site says when it has served before that day.
    """
    anybody = replace(scenario, partners=None, meal=None, day=None)
    counts = counting_sites(study, anybody).counts
    days, state = last_service_days(study.sites, before)
    sites, days, state = study.sites[counts], days[counts], state[counts]
    date_ = np.datetime64(before, "D")
    named = sites[["start_date", "end_date"]].to_numpy(dtype="datetime64[D]")
    named = named[~np.isnat(named) & (named < date_)]
    if not named.size:
        raise RequestError(
            f"No {study.words.site} of {study.name} that is open to these people names a day "
            f"before {before:%Y-%m-%d}, so nobody knows who was served when. Choose a later day, "
            "a site list with dates, or another weight."
        )
    begins = named.min()
    reach_m = scenario.reach.metres
    if study.distances is not None:
        cover = csr_array(table_ways_m(study, area, sites["site_id"]) <= reach_m)
    else:
        cover = pairs_in_reach(longitude, latitude, sites.geometry.x, sites.geometry.y, reach_m)
    ago = (date_ - days).astype(np.float64)
    ago[state != LastServed.KNOWN] = np.inf
    nearest_ago = _least_of_rows(cover, ago)
    is_unknown = _least_of_rows(cover, np.where(state == LastServed.UNKNOWN, 0.0, 1.0)) == 0
    never = np.isinf(nearest_ago) & ~is_unknown
    waited = np.where(never, (date_ - begins).astype(np.float64), nearest_ago)
    # Whoever was served yesterday cannot have been served later; otherwise the unknown may have.
    waited[is_unknown & (nearest_ago > 1)] = np.nan
    return Waiting(waited, never, begins.astype(object))


def _least_of_rows(cover: csr_array, of_column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least value among the columns of each row, infinite without a column."""
    least = np.full(cover.shape[0], np.inf)
    filled = np.flatnonzero(np.diff(cover.indptr))
    if len(filled):
        least[filled] = np.minimum.reduceat(of_column[cover.indices], cover.indptr[filled])
    return least
