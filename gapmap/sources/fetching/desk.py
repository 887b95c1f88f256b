"""The services of one fetch, and the book of their answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gapmap.sources.boundaries import Boundaries
from gapmap.sources.census_api import CensusApi
from gapmap.sources.fetching.ledger import Ledger
from gapmap.sources.summer_sites import SummerSites

if TYPE_CHECKING:
    from gapmap.sources.fetching.request import Services

__all__ = ["Desk", "open_desk"]


@dataclass(eq=False)
class Desk:
    """The services, and what is to be said about their answers."""

    census: CensusApi
    boundaries: Boundaries
    sites: SummerSites
    ledgers: dict[str, Ledger]
    warnings: list[str] = field(default_factory=list)
    notes_on_points: list[str] = field(default_factory=list)


def open_desk(services: Services) -> Desk:
    """Return the services, each with a ledger of its own."""
    ledgers = {name: Ledger(services.courier) for name in ("census", "boundaries", "sites")}
    return Desk(
        CensusApi(ledgers["census"], services.census_url, services.census_key),
        Boundaries(ledgers["boundaries"], services.boundaries_url),
        SummerSites(ledgers["sites"], services.sites_url),
        ledgers,
    )
