"""What is asked of a fetch, what it needs, and what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gapmap.errors import RequestError
from gapmap.rules import Level

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.sources.http import Courier

__all__ = ["OLDEST_YEAR", "FetchRequest", "Fetched", "Progress", "Services"]

OLDEST_YEAR: Final = 2013
"""First year whose cartographic boundary files are laid out as today's are."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A study to be fetched.

    Parameters
    ----------
    state
        Name, postal code or FIPS code of a state.
    counties
        Names or FIPS codes of its counties; empty for the whole state.
    year
        Last year of the American Community Survey's five; None for the newest.
    level
        Census tracts or block groups.
    sites
        Whether the federal list of summer meal sites is wanted too.
    out
        The study folder to write; None for one named after the counties where studies are kept.
    refresh
        Whether everything is asked of the services anew.
    id
        Name of the study folder where studies are kept; None for one after the counties.
    """

    state: str
    counties: tuple[str, ...] = ()
    year: int | None = None
    level: Level = Level.TRACT
    sites: bool = False
    out: Path | None = None
    refresh: bool = False
    id: str | None = None

    def __post_init__(self) -> None:
        if not self.state.strip():
            raise RequestError("No state was asked for. Give its name or code, for example TX.")
        if any(not county.strip() for county in self.counties):
            raise RequestError("A county without a name was asked for. Leave it out, or name it.")
        if self.year is not None and not OLDEST_YEAR <= self.year <= 2100:
            raise RequestError(
                f"{self.year} cannot be fetched: five-year figures are read from {OLDEST_YEAR} on. "
                "Leave the year out for the newest."
            )
        if self.id is not None and not _NAME.fullmatch(self.id):
            raise RequestError(
                f"“{self.id}” cannot be the name of a study. Use letters, digits, hyphens, "
                "underscores and dots, a letter or digit first."
            )
        if self.out is not None and self.id is not None and self.out.name != self.id:
            raise RequestError(
                f"The folder {self.out} and the name {self.id} do not go together: a study is "
                "named after its folder. Give one of the two."
            )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch has come.

    Parameters
    ----------
    step
        What is being done, for people.
    done, total
        Steps done, and steps known of; the total grows once when the counties are known.
    """

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A study that was fetched.

    Parameters
    ----------
    folder
        Where it lies.
    study_id
        Its identifier, the name of the folder.
    name
        Its name for people.
    warnings
        Sentences about what is missing in it or was made otherwise than usual.
    contents
        What is in it, as (file, rows).
    """

    folder: Path
    study_id: str
    name: str
    warnings: tuple[str, ...] = ()
    contents: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """What a fetch works with.

    Parameters
    ----------
    courier
        Brings answers, from the services or from its cache.
    studies_folder
        Where fetched studies are kept; None if there is no such place.
    census_url, boundaries_url, sites_url
        Base addresses of the services.
    census_key
        Key of the Census programming interface; empty without one.
    """

    courier: Courier
    studies_folder: Path | None
    census_url: str
    boundaries_url: str
    sites_url: str
    census_key: str = field(default="", repr=False)
