"""The federal rules of where a summer site may open, as values: what is asked and what is answered.

Source: 7 CFR 225.2 (areas in which poor economic conditions exist, site types) and the guidance
of the Food and Nutrition Service (FNS) on area eligibility. Every threshold is a setting: a State
agency decides, gapmap shows its working.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

__all__ = [
    "YEARS_VALID",
    "Adjacency",
    "Basis",
    "EligibilityAnswer",
    "EligibilityAreas",
    "EligibilityRules",
    "Level",
    "Route",
    "RuralLayer",
    "SchoolLayer",
    "SiteTypeAnswer",
    "Worksheet",
    "WorksheetRow",
]

YEARS_VALID: Final = 5
"""Years that a determination by census or school data holds. Source: FNS memo on validity."""


class Level(StrEnum):
    """The kind of census area a table counts by."""

    BLOCK_GROUP = "block group"
    TRACT = "tract"


class Basis(StrEnum):
    """Whose children are counted: summer meals serve those to 18, child care those to 12."""

    TO_18 = "0-18"
    TO_12 = "0-12"

    @property
    def suffix(self) -> str:
        """Ending of the columns of this basis: ``0_18`` or ``0_12``."""
        return self.value.replace("-", "_")


class Adjacency(StrEnum):
    """When three block groups count as adjacent."""

    STRICT = "strict"
    """Each touches each."""
    CHAIN = "chain"
    """Together they are connected: A may touch B and B touch C."""


class Route(StrEnum):
    """Why a site would be lawful at a place."""

    CENSUS = "open by census"
    AVERAGING = "open by averaging"
    SCHOOL = "open by school"
    ENROLLED = "closed enrolled with applications"
    RURAL = "rural non-congregate"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """The thresholds of the rules, as study.toml may set them.

    Parameters
    ----------
    share
        Eligible share from which an area is eligible by itself, and a set by averaging.
    floor
        Share that every area of an averaged set must have.
    largest_set
        Most areas in a set, 1 to 3.
    adjacency
        What counts as adjacent; the State agency decides.
    basis
        Whose children are counted.
    school_radius_m
        How far around a school its eligibility is taken to reach where attendance areas are not
        known; 0 for not at all.
    rural, not_rural
        GEOIDs, or beginnings of GEOIDs, that somebody has decided about by hand.
    """

    share: float = 0.5
    floor: float = 0.4
    largest_set: int = 3
    adjacency: Adjacency = Adjacency.STRICT
    basis: Basis = Basis.TO_18
    school_radius_m: float = 0.0
    rural: tuple[str, ...] = ()
    not_rural: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class EligibilityAreas:
    """One table of children and eligible children by area.

    Parameters
    ----------
    layer, title, source, vintage
        Where it is from.
    level
        Block groups or tracts. Only block groups may be averaged.
    table
        EPSG:4326 polygons: ``geoid``, ``name``, and for each basis that the file has
        ``children_0_18``, ``eligible_0_18`` (floats, NaN unknown), optionally with ``_moe``
        columns, and ``published_0_18`` (True, False or None as the agency published it);
        the same with ``0_12``. May reach beyond the study.
    is_proxy
        Whether the figures only stand in for those of the rule: then nothing is a determination.
    determined
        The day of the determination, if there was one.
    """

    layer: str
    title: str
    source: str
    vintage: str
    level: Level
    table: gpd.GeoDataFrame
    is_proxy: bool = False
    determined: date | None = None

    def has(self, basis: Basis) -> bool:
        """Say whether the table counts the children of a basis."""
        return f"eligible_{basis.suffix}" in self.table.columns


@dataclass(frozen=True, eq=False)
class SchoolLayer:
    """Schools with their share of children eligible for free or reduced-price (F/RP) meals.

    Parameters
    ----------
    table
        EPSG:4326 ``school_id``, ``name``, ``frp_share`` (0 to 1, NaN unknown), ``enrolled``
        (float or NaN) and shapes: attendance areas (polygons) or schools (points).
    radius_m
        Radius around a point that stands in for its attendance area; 0 for attendance areas.
    """

    layer: str
    title: str
    source: str
    vintage: str
    table: gpd.GeoDataFrame
    radius_m: float = 0.0
    determined: date | None = None


@dataclass(frozen=True, eq=False)
class RuralLayer:
    """One list or map of what is rural. What any of several says is rural, is rural.

    Parameters
    ----------
    by_geoid
        GEOID of a county, tract or block group to whether it is rural; what is not in it is
        unknown to this layer. None for a layer of shapes.
    shapes
        EPSG:4326 polygons of rural ground; outside them this layer says "not rural".
    """

    layer: str
    title: str
    source: str
    vintage: str
    by_geoid: dict[str, bool] | None = None
    shapes: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, slots=True)
class WorksheetRow:
    """One area, or one school, of a worksheet."""

    geoid: str
    name: str
    children: float
    eligible: float

    @property
    def share(self) -> float:
        """Eligible share, NaN without children."""
        return self.eligible / self.children if self.children > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The working behind one answer, to be printed on one page.

    Parameters
    ----------
    route
        The rule it works out.
    rows
        Areas (or the school) that are added up.
    children, eligible, share
        Their sums and the weighted percentage, as a share.
    threshold
        The share that is asked.
    is_met
        Whether it is reached; None where figures are unknown.
    basis, level, adjacency
        What was counted and how.
    is_proxy
        Then this is a proxy, not a determination, and says so.
    source, vintage
        Of the figures.
    determined, valid_until
        Day of the determination, if made, and five years later.
    notes
        Sentences that belong on the page.
    """

    route: Route
    rows: tuple[WorksheetRow, ...]
    children: float
    eligible: float
    share: float
    threshold: float
    is_met: bool | None
    basis: Basis
    level: Level | None
    adjacency: Adjacency
    is_proxy: bool
    source: str
    vintage: str
    determined: date | None = None
    valid_until: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteTypeAnswer:
    """Whether one type of site would be lawful at a place, and why.

    Parameters
    ----------
    site_type
        ``open``, ``restricted open``, ``closed enrolled`` or ``non-congregate``.
    is_lawful
        True, False, or None where it is not known.
    route
        The rule that decides it.
    because
        One sentence.
    """

    site_type: str
    is_lawful: bool | None
    route: Route
    because: str


@dataclass(frozen=True, slots=True)
class EligibilityAnswer:
    """What may open at a place or in an area, and the working.

    Parameters
    ----------
    study
        Identifier of the study.
    geoid, name, level
        The area asked for or found at the point; None outside every known area.
    longitude, latitude
        The point asked for, if one was.
    status
        The strongest route by which an open site is lawful: census, averaging, school or none.
    is_open_lawful
        Whether an open site is lawful there; None where it is not known.
    is_rural
        True, False, or None where no layer knows.
    rural_because
        Which layer, or whose decision.
    site_types
        One answer a type of site.
    worksheets
        By itself, by the best averaged set, by school: those that apply, the deciding one first.
    is_proxy
        Whether the deciding figures are a proxy: "proxy, not a determination".
    probability
        Probability that the area's share reaches the threshold given the margins of error; None
        without margins.
    notes
        Sentences for the person who asked.
    """

    study: str
    geoid: str | None
    name: str | None
    level: Level | None
    longitude: float | None
    latitude: float | None
    status: Route
    is_open_lawful: bool | None
    is_rural: bool | None
    rural_because: str
    site_types: tuple[SiteTypeAnswer, ...]
    worksheets: tuple[Worksheet, ...]
    is_proxy: bool
    probability: float | None = None
    notes: tuple[str, ...] = ()
