"""Where the figures of a study come from, and what about them should make a reader careful.

Vintages are free text ("2020 census tracts; ACS 2019-2023"). Years are read from it only where
the words around them say what they are years of; what cannot be read warns of nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gapmap.model import Role
from gapmap.rules import YEARS_VALID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gapmap.model import Provenance

__all__ = [
    "LayerFacts",
    "area_editions",
    "careful_with",
    "figure_year",
    "layer_facts",
    "runs_out",
]

_CENSUS_ROLES: Final = (Role.NEED, Role.NEED_POINTS, Role.ELIGIBILITY)
"""Roles whose rows are census areas, or are joined to them."""
_MOST_YEARS_APART: Final = 3
_DAYS_FRESH: Final = 365
_MONTHS_AHEAD: Final = 12
_DIGEST_SHOWN: Final = 12

_ROLE_WORDS: Final = {
    Role.NEED: "need by area",
    Role.NEED_POINTS: "where in an area people live",
    Role.SITES: "sites",
    Role.CANDIDATES: "places where a site could open",
    Role.NEIGHBOURHOODS: "neighbourhoods",
    Role.CONTEXT: "shown on the map only",
    Role.ELIGIBILITY: "eligibility",
    Role.SCHOOLS: "schools",
    Role.RURAL: "rural or not",
}

_YEAR: Final = r"(?:19|20)\d\d"
_SURVEY_NAME: Final = rf"\b(?:ACS|American Community Survey)\b(?:(?!\b{_YEAR}).){{0,24}}?\b"
_SURVEY: Final = re.compile(
    rf"{_SURVEY_NAME}({_YEAR})\s*(?:-|–|to)\s*({_YEAR}|\d\d)\b", re.IGNORECASE
)
_SURVEY_END: Final = re.compile(rf"{_SURVEY_NAME}({_YEAR})\b(?!\s*(?:-|–|to)\s*\d)", re.IGNORECASE)
_AREAS: Final = re.compile(
    rf"\b({_YEAR})[ -](?:census[ -])?"
    r"(?:tracts?|block[ -]groups?|blocks?|tabulation blocks?|(?<=[ -])census)\b",
    re.IGNORECASE,
)
_BOUNDARIES: Final = re.compile(
    rf"\b(?:boundar(?:y|ies)(?: files?)?|TIGER(?:/Line)?|GENZ|cartographic \w+(?: files?)?)"
    rf"(?:\s+of)?\s*({_YEAR})\b|\b({_YEAR})\s+(?:cartographic\s+)?(?:boundar|TIGER)",
    re.IGNORECASE,
)
_ANY_YEAR: Final = re.compile(rf"(?<!\d)({_YEAR})(?!\d)")
_NEW_CONNECTICUT: Final = 2022
"""From this survey on, Connecticut is counted by planning regions and not by counties."""


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer, ready to be shown.

    Parameters
    ----------
    title, role
        Its name, and what it is in the study, for people.
    labels
        ``modelled``, ``illustrative``, ``proxy, not a determination``: those that apply.
    source, vintage
        Whose it is, and of when.
    facts
        Name and text of everything else that is known, in the order to show it.
    """

    title: str
    role: str
    labels: tuple[str, ...]
    source: str
    vintage: str
    facts: tuple[tuple[str, str], ...]


def layer_facts(layer: Provenance) -> LayerFacts:
    """Write out what is known of a layer."""
    labels = (
        ("modelled", layer.is_modelled),
        ("illustrative, not real", layer.is_illustrative),
        ("proxy, not a determination", layer.is_proxy),
    )
    out = layer.rows_in - layer.rows_out
    rows = f"{layer.rows_in:,} read, {layer.rows_out:,} kept"
    facts = [
        ("Licence", layer.licence),
        ("Fetched", _day(layer.fetched) if layer.fetched else "not stated"),
        ("Rows", f"{rows}, {out:,} left out" if out > 0 else rows),
        ("Method", layer.method),
        ("Determined", _determined(layer)),
        ("What was noticed", " ".join(_sentence(note) for note in layer.notes)),
        ("File", f"{layer.file} (SHA-256 {layer.sha256[:_DIGEST_SHOWN]}…)" if layer.file else ""),
    ]
    return LayerFacts(
        title=layer.title,
        role=_ROLE_WORDS.get(layer.role, str(layer.role)),
        labels=tuple(label for label, applies in labels if applies),
        source=layer.source,
        vintage=layer.vintage,
        facts=tuple((name, text) for name, text in facts if text),
    )


def careful_with(
    layers: Sequence[Provenance], *, today: date, geoids: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return what a reader should be careful with, the gravest first; empty where nothing is.

    Parameters
    ----------
    layers
        The layers of a study.
    today
        The day to judge from.
    geoids
        Identifiers of the study's areas, for what is true of one state only.
    """
    return (
        *_determinations(layers, today),
        *_different_areas(layers),
        *_connecticut(layers, geoids),
        *_years_apart(layers),
        *_fetched_long_ago(layers, today),
    )


def area_editions(vintage: str) -> frozenset[int]:
    """Return the censuses whose areas a vintage speaks of: 2010, 2020; empty where it does not say.

    A survey counts by the areas of the last census before its last year: the five years to 2019
    by those of 2010, the five years to 2020 by those of 2020.

    >>> sorted(area_editions("2020 census tracts; ACS 2015-2019"))
    [2010, 2020]
    """
    years = [int(match[1]) for match in _AREAS.finditer(vintage)]
    years += [int(match[1] or match[2]) for match in _BOUNDARIES.finditer(vintage)]
    years += _survey_years(vintage)
    return frozenset(year // 10 * 10 for year in years)


def figure_year(vintage: str) -> int | None:
    """Return the year that figures stand for: the last of a survey, else the latest named.

    >>> figure_year("FY 2025, from the ACS 2017-2021")
    2021
    """
    years = _survey_years(vintage) or [int(match[1]) for match in _ANY_YEAR.finditer(vintage)]
    return max(years) if years else None


def runs_out(determined: date) -> date:
    """Return the last day of a determination: five years after it was made."""
    year = determined.year + YEARS_VALID
    try:
        return determined.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def _survey_years(vintage: str) -> list[int]:
    ranges = list(_SURVEY.finditer(vintage))
    if ranges:
        return [
            int(match[2]) if len(match[2]) == 4 else int(match[1][:2] + match[2])
            for match in ranges
        ]
    return [int(match[1]) for match in _SURVEY_END.finditer(vintage)]


def _determinations(layers: Sequence[Provenance], today: date) -> list[str]:
    found = []
    for layer in layers:
        if layer.determined is None:
            continue
        last = runs_out(layer.determined)
        if last < today:
            found.append(
                f"{layer.title}: the determination of {_day(layer.determined)} ran out on "
                f"{_day(last)}. Ask the State agency for a new one before you rely on it."
            )
        elif last <= _months_later(today, _MONTHS_AHEAD):
            found.append(
                f"{layer.title}: the determination of {_day(layer.determined)} runs out on "
                f"{_day(last)}. Plan for a new one."
            )
    return found


def _different_areas(layers: Sequence[Provenance]) -> list[str]:
    editions = {
        layer: found
        for layer in layers
        if layer.role in _CENSUS_ROLES and (found := area_editions(layer.vintage))
    }
    warnings = [
        f"{layer.title} puts figures by the areas of {_listed(sorted(years))} together "
        f"({layer.vintage}). Areas were redrawn in between: figures may belong to other ground."
        for layer, years in editions.items()
        if len(years) > 1
    ]
    single = {layer: min(years) for layer, years in editions.items() if len(years) == 1}
    if len(set(single.values())) > 1:
        parts = [f"{layer.title}: {year} ({layer.vintage})" for layer, year in single.items()]
        warnings.append(
            f"The layers count by areas of different censuses. {'; '.join(parts)}. Areas were "
            "redrawn in between: the same number can be other ground."
        )
    return warnings


def _connecticut(layers: Sequence[Provenance], geoids: Iterable[str]) -> list[str]:
    if not any(str(geoid).startswith("09") for geoid in geoids):
        return []
    years = {
        layer: found[-1]
        for layer in layers
        if layer.role in _CENSUS_ROLES
        for found in [sorted(_survey_years(layer.vintage))]
        if found
    }
    old = [layer for layer, year in years.items() if year < _NEW_CONNECTICUT]
    new = [layer for layer, year in years.items() if year >= _NEW_CONNECTICUT]
    if not (old and new):
        return []
    return [
        f"Connecticut is counted by planning regions since {_NEW_CONNECTICUT} and by counties "
        f"before: {_listed(layer.title for layer in old)} and "
        f"{_listed(layer.title for layer in new)} have other numbers for the same areas."
    ]


def _years_apart(layers: Sequence[Provenance]) -> list[str]:
    def year_of(role: Role) -> list[tuple[int, Provenance]]:
        pairs = [(figure_year(layer.vintage), layer) for layer in layers if layer.role is role]
        return [(year, layer) for year, layer in pairs if year is not None]

    return [
        f"{need.title} is of {need_year} and {other.title} of {year}: {abs(need_year - year)} "
        "years lie between the need and the eligibility shown side by side."
        for need_year, need in year_of(Role.NEED)
        for year, other in year_of(Role.ELIGIBILITY)
        if abs(need_year - year) > _MOST_YEARS_APART
    ]


def _fetched_long_ago(layers: Sequence[Provenance], today: date) -> list[str]:
    old = [
        layer
        for layer in layers
        if layer.fetched is not None and (today - layer.fetched).days > _DAYS_FRESH
    ]
    if not old:
        return []
    first = min(layer.fetched for layer in old if layer.fetched is not None)
    return [
        f"{_listed(layer.title for layer in old)}: fetched more than a year ago "
        f"({_day(first)}). Newer figures are probably there: fetch the study again."
    ]


def _determined(layer: Provenance) -> str:
    if layer.determined is None:
        return ""
    return f"{_day(layer.determined)}, valid until {_day(runs_out(layer.determined))}"


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    while True:
        try:
            return date(year, month + 1, day.day)
        except ValueError:  # a month without a 29th to 31st
            day = day.replace(day=day.day - 1)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _sentence(note: str) -> str:
    text = note.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _listed(items: Iterable[object]) -> str:
    texts = [str(item) for item in items]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
