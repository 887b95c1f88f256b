"""Which sites count for a question, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.analysis.schedule import Serves, serves
from gapmap.errors import UnknownNameError
from gapmap.model import Who

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.model import Scenario, Study

__all__ = ["NOT_STATED", "UNKNOWN_SCHEDULE", "Supply", "counting_sites", "partner_names"]

NOT_STATED: Final = "partner not stated"
"""How sites without a partner are grouped; they count as one partner, since nobody knows."""

UNKNOWN_SCHEDULE: Final = "not known whether it serves then"
"""Why a site does not count whose list does not say its meals or days."""


@dataclass(frozen=True, eq=False)
class Supply:
    """The sites of a study as a question sees them.

    Parameters
    ----------
    counts
        Whether each site counts; n booleans.
    because
        Why each site does not count, empty for those that do; n texts.
    unknown_schedule
        How many sites do not say whether they serve what was asked.
    unknown_kind
        How many counted sites do not say who may come.
    place
        Row of the site that stands for each place; one integer a place. Two rows at the same
        place (a non-congregate twin, say) are one place in every count.
    place_of_site
        Place of each site, -1 for those that do not count; n integers.
    partner
        Partner code of each place.
    partners
        Partner name of each code.
    """

    counts: NDArray[np.bool_]
    because: NDArray[Any]
    unknown_schedule: int
    unknown_kind: int
    place: NDArray[np.int64]
    place_of_site: NDArray[np.int64]
    partner: NDArray[np.int64]
    partners: tuple[str, ...]


def partner_names(sites: pd.DataFrame) -> pd.Series:
    """Return each site's partner, those that name none under one label."""
    return sites["partner"].astype(object).where(sites["partner"].notna(), NOT_STATED)


def counting_sites(study: Study, scenario: Scenario) -> Supply:
    """Decide for each site whether it counts.

    Raises
    ------
    UnknownNameError
        If the question names a partner, meal or weekday that the study does not have.
    """
    sites = study.sites
    partner = partner_names(sites)
    if scenario.partners is not None:
        for name in scenario.partners:
            if name not in set(partner):
                raise UnknownNameError("partner", name, sorted(set(partner)))
    because = np.full(len(sites), "", dtype=object)

    def leave_out(which: NDArray[np.bool_], reason: str) -> None:
        because[which & (because == "")] = reason

    kind = sites["kind"].astype(object)
    if scenario.who is Who.PUBLIC:
        closed = kind.notna() & ~kind.isin(study.public_kinds)
        leave_out(closed.to_numpy(), "not open to the public")
    if scenario.partners is not None:
        leave_out(~partner.isin(scenario.partners).to_numpy(), "another partner")
    answer = serves(sites, meal=scenario.meal, day=scenario.day)
    leave_out(answer == Serves.NO, _not_serving(scenario))
    in_question = because == ""
    unknown = (answer == Serves.UNKNOWN) & in_question
    if not scenario.count_unknown:
        leave_out(unknown, UNKNOWN_SCHEDULE)
    counts = because == ""
    places, first = np.unique(sites["place_id"].to_numpy(dtype=object)[counts], return_index=True)
    rows = np.flatnonzero(counts)[first]
    place_of_site = np.full(len(sites), -1, dtype=np.int64)
    place_of_site[counts] = np.searchsorted(
        places, sites["place_id"].to_numpy(dtype=object)[counts]
    )
    codes, names = pd.factorize(partner.iloc[rows], sort=True)
    return Supply(
        counts=counts,
        because=because,
        unknown_schedule=int(unknown.sum()),
        unknown_kind=int((counts & kind.isna().to_numpy()).sum()),
        place=rows,
        place_of_site=place_of_site,
        partner=codes.astype(np.int64),
        partners=tuple(str(name) for name in names),
    )


def _not_serving(scenario: Scenario) -> str:
    meal = (scenario.meal or "").replace("_", " ")
    day = {
        "mon": "Mondays",
        "tue": "Tuesdays",
        "wed": "Wednesdays",
        "thu": "Thursdays",
        "fri": "Fridays",
        "sat": "Saturdays",
        "sun": "Sundays",
    }.get(scenario.day or "", "")
    asked = " on ".join(part for part in (meal, day) if part)
    return f"no {asked}" if meal else f"not open on {day}"
