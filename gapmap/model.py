"""The frozen values that every part of gapmap speaks in.

Tables inside these values are never changed after they are made; whoever needs another table
makes one. Distances are metres, shares run from 0 to 1, coordinates are EPSG:4326 degrees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from gapmap.errors import RequestError
from gapmap.rules import EligibilityRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd
    import pandas as pd

    from gapmap.rules import EligibilityAreas, RuralLayer, SchoolLayer

__all__ = [
    "MEALS",
    "METRES_PER_UNIT",
    "WEEKDAYS",
    "Controls",
    "GapAssessment",
    "Measure",
    "Method",
    "Provenance",
    "Reach",
    "Role",
    "Scenario",
    "SitesReport",
    "Study",
    "Who",
    "Words",
]

MEALS: Final = ("breakfast", "am_snack", "lunch", "pm_snack", "supper")
"""Codes of the meals of the federal summer programmes, in the order of the day."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Codes of the days of the week."""

METRES_PER_UNIT: Final = {
    "m": 1.0,
    "km": 1000.0,
    "mi": 1609.344,
    "ft": 0.3048,
}
_LONGEST_REACH_M: Final = 500_000.0
_UNIT_NAMES: Final = {
    "": "m",
    "m": "m",
    "metre": "m",
    "metres": "m",
    "meter": "m",
    "meters": "m",
    "km": "km",
    "mi": "mi",
    "mile": "mi",
    "miles": "mi",
    "ft": "ft",
    "foot": "ft",
    "feet": "ft",
}


class Role(StrEnum):
    """What a layer is in its study."""

    NEED = "need"
    NEED_POINTS = "need_points"
    SITES = "sites"
    CANDIDATES = "candidates"
    NEIGHBOURHOODS = "neighbourhoods"
    CONTEXT = "context"
    ELIGIBILITY = "eligibility"
    SCHOOLS = "schools"
    RURAL = "rural"
    DISTANCES = "distances"


class Method(StrEnum):
    """How the share of an area's need within reach is found."""

    AREAL = "areal"
    """The exact share of the area's surface within reach; need spread evenly inside the area."""
    POINTS = "points"
    """The weighted share of the area's need points within reach."""


class Who(StrEnum):
    """Whose sites count."""

    PUBLIC = "public"
    """Sites where anybody in need may come."""
    ALL = "all"
    """Every site, those for enrolled people included."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far is near enough: a straight-line distance.

    Parameters
    ----------
    metres
        The distance, more than 0 and at most 500,000.
    unit
        The unit it was given in and is shown in: ``m``, ``km``, ``mi`` or ``ft``.
    """

    metres: float
    unit: str = "m"

    def __post_init__(self) -> None:
        if self.unit not in METRES_PER_UNIT:
            raise RequestError(f"“{self.unit}” is not a unit of reach. Use m, km, mi or ft.")
        if not 0 < self.metres <= _LONGEST_REACH_M:
            raise RequestError(
                f"A reach of {self.metres:,.0f} m cannot be used. "
                "Give more than 0 and at most 500 km, for example 0.5mi."
            )

    @classmethod
    def parse(cls, text: str | float) -> Reach:
        """Read ``0.5mi``, ``800 m``, ``2640ft``, ``1.5 km``; a bare number is metres.

        Raises
        ------
        RequestError
            If the text is no distance.
        """
        match = re.fullmatch(r"\s*([0-9]*[.,]?[0-9]+)\s*([A-Za-z]*)\s*", str(text))
        unit = _UNIT_NAMES.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise RequestError(
                f"“{text}” is not a distance. Write a number and a unit: 0.5mi, 800m, 2640ft."
            )
        return cls(float(match[1].replace(",", ".")) * METRES_PER_UNIT[unit], unit)

    @property
    def amount(self) -> float:
        """The distance in its own unit."""
        return self.metres / METRES_PER_UNIT[self.unit]

    def __str__(self) -> str:
        names = {"m": "m", "km": "km", "mi": "mile" if self.amount <= 1 else "miles", "ft": "ft"}
        return f"{self.amount:,.4g} {names[self.unit]}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One count of people in need.

    Parameters
    ----------
    id
        Column name in every table that carries it, for example ``children``.
    label
        Name for people, for example ``Children under 18``.
    unit
        What one counts, in the plural, for example ``children``.
    method
        How the figure was made if it was not read as published; empty otherwise.
    is_modelled
        Whether the figure was spread or estimated by a model.
    """

    id: str
    label: str
    unit: str
    method: str = ""
    is_modelled: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a layer came from and what happened to it at the door."""

    layer: str
    role: Role
    title: str
    source: str
    vintage: str
    licence: str
    file: str
    sha256: str
    rows_in: int
    rows_out: int
    method: str = ""
    is_modelled: bool = False
    is_illustrative: bool = False
    notes: tuple[str, ...] = ()
    is_proxy: bool = False
    fetched: date | None = None
    determined: date | None = None

    @property
    def figures_are(self) -> str:
        """What the figures of the layer are: ``as published``, ``modelled`` or ``illustrative``."""
        if self.is_illustrative:
            return "illustrative"
        return "modelled" if self.is_modelled else "as published"


@dataclass(frozen=True, slots=True)
class Words:
    """How a study names its service, so that no page is written for one service only."""

    # Read from study.toml as it is: a word nobody knows is a mistake there.
    __pydantic_config__: ClassVar = {"extra": "forbid"}

    service: str = "summer meals"
    people: str = "children"
    site: str = "meal site"
    sites: str = "meal sites"
    meal: str = "meal"
    meals: tuple[str, ...] = MEALS
    neighbourhood: str = "neighbourhood"
    neighbourhoods: str = "neighbourhoods"
    group: str = "district"
    groups: str = "districts"
    area: str = "census tract"
    areas: str = "census tracts"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question put to a study. Hashable: with ``data_version`` it is the key of its answer.

    Parameters
    ----------
    study
        Identifier of the study.
    measure
        Identifier of the need measure.
    reach
        Straight-line reach.
    method
        ``areal`` or ``points``.
    who
        Whose sites count.
    meal, day
        Only sites known to serve this meal, on this weekday; None for any.
    count_unknown
        Whether sites whose meals or days are unknown count when ``meal`` or ``day`` is asked.
    partners
        Only sites of these partners; None for every partner.
    within
        Only need in this group of neighbourhoods (a borough, say); None for the whole study.
    """

    study: str
    measure: str
    reach: Reach
    method: Method
    who: Who = Who.PUBLIC
    meal: str | None = None
    day: str | None = None
    count_unknown: bool = False
    partners: tuple[str, ...] | None = None
    within: str | None = None


@dataclass(frozen=True, eq=False)
class SitesReport:
    """What the import gate did with a site list. Nothing it left out is lost.

    Parameters
    ----------
    source
        Name of the file as the person knows it.
    format
        Name of the recognised layout, or ``column map``.
    rows_in, rows_kept
        Rows read, and rows in the standard table.
    left_out
        One row per rejected row: ``row`` (line in the file, header = 1), ``site_id``, ``name``,
        ``reason``, ``found``, followed by the columns of the file that are not personal data.
    duplicates
        One row per kept row that stands at the place of an earlier one: ``row``, ``name``,
        ``same_as_row``, ``same_as_name``, ``distance_m``, ``kind`` (``same place and name`` or
        ``non-congregate twin``).
    unparsed
        One row per value that was not understood and is kept as unknown: ``row``, ``name``,
        ``column``, ``found``, ``expected``.
    personal_columns
        Columns with personal data, dropped unread.
    warnings
        Sentences about the file as a whole.
    """

    source: str
    format: str
    rows_in: int
    rows_kept: int
    left_out: pd.DataFrame
    duplicates: pd.DataFrame
    unparsed: pd.DataFrame
    personal_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def left_out_counts(self) -> dict[str, int]:
        """Rows left out, by reason, most frequent first."""
        return {str(k): int(v) for k, v in self.left_out["reason"].value_counts().items()}


@dataclass(frozen=True, eq=False)
class Controls:
    """Published totals from which a model spread the need of smaller areas.

    Parameters
    ----------
    table
        One row a total: ``control_id``, and for each measure its estimate ``<measure>`` and 90 %
        margin of error ``<measure>_moe`` (NaN = unknown).
    of_area
        ``control_id`` of each area of the study, in order; None for an area of none.
    title
        What the totals are, for example ``Neighbourhood totals, ACS 2019-2023``.
    """

    table: pd.DataFrame
    of_area: tuple[str | None, ...]
    title: str


@dataclass(frozen=True, eq=False)
class Study:
    """A study with its standard tables, checked and ready to be asked.

    Parameters
    ----------
    id, name, summary
        Identifier (folder name), title and one sentence.
    measures
        Need measures by identifier, the default one first.
    areas
        One row an area, EPSG:4326 polygons: ``geoid``, ``name``, one float column a measure
        (NaN = unknown) and, where published, ``<measure>_moe`` (90 % margin of error).
    need_points
        ``geoid``, ``longitude``, ``latitude`` and one weight column a measure, or None.
    sites
        Standard site table (see :mod:`gapmap.schema`).
    neighbourhoods
        ``neighbourhood_id``, ``name``, ``group``, polygons; or None.
    candidates, context
        Further layers by identifier.
    controls
        Published totals from which modelled need was spread, or None.
    eligibility, schools, rural, rules
        What decides where a site may open (see :mod:`gapmap.rules`).
    distances
        Ways that are known better than a straight line: ``geoid``, ``to_id`` (a candidate or a
        site), ``metres``; or None.
    time_zone
        Name of the time zone by the IANA list, ``America/New_York``; None where it is not known.
    data_version
        Digest of every file and description the study was made from.
    """

    id: str
    name: str
    summary: str
    measures: Mapping[str, Measure]
    words: Words
    reach: Reach
    areas: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    data_version: str
    need_points: pd.DataFrame | None = None
    neighbourhoods: gpd.GeoDataFrame | None = None
    candidates: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    context: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    public_kinds: tuple[str, ...] = ("open", "restricted open")
    desert_need: float = 50.0
    view_within: str | None = None
    time_zone: str | None = None
    provenance: tuple[Provenance, ...] = ()
    sites_reports: tuple[SitesReport, ...] = ()
    controls: Controls | None = None
    eligibility: tuple[EligibilityAreas, ...] = ()
    schools: tuple[SchoolLayer, ...] = ()
    rural: tuple[RuralLayer, ...] = ()
    rules: EligibilityRules = field(default_factory=EligibilityRules)
    distances: pd.DataFrame | None = None

    @property
    def default_method(self) -> Method:
        """Points where the study has need points, areal otherwise."""
        return Method.AREAL if self.need_points is None else Method.POINTS

    @property
    def is_illustrative(self) -> bool:
        """Whether any layer is made up for demonstration."""
        return any(entry.is_illustrative for entry in self.provenance)

    @property
    def has_illustrative_sites(self) -> bool:
        """Whether any site list is made up for demonstration."""
        return any(entry.is_illustrative for entry in self.provenance if entry.role is Role.SITES)

    @property
    def has_illustrative_need(self) -> bool:
        """Whether need itself is made up, and with it every figure."""
        return any(entry.is_illustrative for entry in self.provenance if entry.role is Role.NEED)

    @property
    def is_modelled(self) -> bool:
        """Whether any need figure was made by a model."""
        return any(entry.is_modelled for entry in self.provenance)


@dataclass(frozen=True, eq=False)
class GapAssessment:
    """The answer to a :class:`Scenario`.

    Parameters
    ----------
    areas
        A row an area, in the order of the study's areas: ``geoid``, ``name``,
        ``neighbourhood_id``, ``neighbourhood``, ``need``, ``need_in_reach``, ``gap``,
        ``in_reach_share``,
        ``site_count``, ``partner_count``, ``overlap_need``, ``nearest_site_id``,
        ``nearest_site``, ``nearest_partner``, ``nearest_m``, ``need_moe`` (90 % margin of error),
        ``need_cv`` (coefficient of variation), ``certainty`` (a grade of
        :class:`gapmap.margins.Grade` or None), ``eligible_share`` (share of its need that lives
        where an open site would be lawful), ``eligible_gap``. NaN where unknown. In a study
        without neighbourhoods also what these have: ``rank``, ``reading``, ``gap_moe``,
        ``rank_low``, ``rank_high``, ``rank_reading``.
    neighbourhoods
        Ranked, largest gap first: ``rank``, ``neighbourhood_id``, ``name``, ``group``,
        ``need``, ``need_in_reach``, ``gap``, ``in_reach_share``, ``overlap_need``,
        ``site_count``, ``partner_count``, ``is_desert``, ``reading`` (one sentence),
        ``need_moe``, ``gap_moe``, ``rank_low``, ``rank_high`` (90 % interval of the rank; the
        rank itself without margins), ``rank_reading`` (one sentence on how sure the rank is),
        ``eligible_gap``.
    groups
        The same sums by group of neighbourhoods.
    partners
        ``partner``, ``site_count``, ``need_in_reach``, ``unique_need``, ``shared_need``. Within a
        group of neighbourhoods, the sites that reach somebody there.
    sites
        Every site of the study: ``site_id``, ``name``, ``partner``, ``kind``, ``counts``,
        ``left_out_because``, ``need_in_reach``, ``unique_need``, ``shared_need``.
    sites_left_out
        Reason to count, rows that the import gate left out included.
    need_moe
        90 % margin of error of ``need_total``; NaN where no area has one.
    need_moe_method
        ``formula`` (Census Bureau, root of the sum of squares) or ``simulation``; empty without.
    areas_without_moe
        Areas with a known need and no margin of error; they are taken as exact.
    eligible_gap, eligible_gap_unknown
        Need out of reach where an open site would be lawful, and where that is not known; NaN in
        a study without eligibility.
    """

    scenario: Scenario
    data_version: str
    measure: Measure
    areas: pd.DataFrame
    neighbourhoods: pd.DataFrame
    groups: pd.DataFrame
    partners: pd.DataFrame
    sites: pd.DataFrame
    need_total: float
    need_in_reach: float
    need_out_of_reach: float
    overlap_need: float
    areas_count: int
    areas_unknown: int
    areas_without_site: int
    sites_used: int
    sites_unknown_schedule: int
    sites_left_out: Mapping[str, int]
    provenance: tuple[Provenance, ...] = ()
    notes: tuple[str, ...] = ()
    need_moe: float = float("nan")
    need_moe_method: str = ""
    areas_without_moe: int = 0
    eligible_gap: float = float("nan")
    eligible_gap_unknown: float = float("nan")

    @property
    def need_in_reach_share(self) -> float:
        """Share of the known need within reach, NaN where there is none."""
        return self.need_in_reach / self.need_total if self.need_total else float("nan")
