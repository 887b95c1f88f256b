"""What differs, in words for people: one sentence a difference, sites first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.geo import earth_centred, surface_m
from gapmap.model import METRES_PER_UNIT, WEEKDAYS, Method, Who
from gapmap.whatifs.fitting import site_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from gapmap.model import Study
    from gapmap.whatifs.values import SiteAdded, SiteMoved, SiteRetimed, WhatIf

__all__ = ["differences"]

_MEALS: Final = {"am_snack": "morning snack", "pm_snack": "afternoon snack"}
_WORK_DAYS: Final = WEEKDAYS[:5]
_FEET_BELOW_MILES: Final = 0.1


def differences(what_if: WhatIf, study: Study) -> tuple[str, ...]:
    """Say in a sentence each what differs from the study as it is.

    Parameters
    ----------
    what_if
        What differs. Sites that the study does not have are named by their identifiers.
    study
        The study as it is.
    """
    return (*_of_sites(what_if, study), *_of_question(what_if, study), *_of_candidates(what_if))


def _of_sites(what_if: WhatIf, study: Study) -> Iterator[str]:
    rows = site_rows(study, what_if)
    names = study.sites["name"]

    def called(site_id: str) -> str:
        return str(names.iloc[rows[site_id]]) if site_id in rows else site_id

    for site_id in what_if.closed:
        yield f"Closes {called(site_id)}"
    for site in what_if.added:
        yield _adding(site, study)
    for moved in what_if.moved:
        if moved.site_id not in what_if.closed:
            way = _way(moved, study, rows)
            yield f"Moves {called(moved.site_id)}{f' by {way}' if way else ''}"
    for timed in what_if.retimed:
        if timed.site_id not in what_if.closed:
            yield f"{called(timed.site_id)} {_times(timed)}"


def _adding(site: SiteAdded, study: Study) -> str:
    by = f" by {site.partner}" if site.partner else ""
    kind = "" if site.kind in study.public_kinds else f" ({site.kind})"
    times = _times(site)
    return f"Adds {site.name}{by}{kind}{f', which {times}' if times else ''}"


def _way(moved: SiteMoved, study: Study, rows: dict[str, int]) -> str:
    if moved.site_id not in rows:
        return ""
    point = study.sites.geometry.iloc[rows[moved.site_id]]
    ends = earth_centred([point.x, moved.longitude], [point.y, moved.latitude])
    metres = float(surface_m(np.linalg.norm(ends[0] - ends[1])))
    unit = study.reach.unit
    if unit == "mi" and metres < _FEET_BELOW_MILES * METRES_PER_UNIT["mi"]:
        unit = "ft"
    if unit == "km" and metres < METRES_PER_UNIT["km"]:
        unit = "m"
    amount = metres / METRES_PER_UNIT[unit]
    if unit in ("m", "ft"):
        return f"{max(round(amount, -1), 10):,.0f} {unit}"
    name = unit if unit != "mi" else ("mile" if amount <= 1 else "miles")
    return f"{amount:,.2f}".rstrip("0").rstrip(".") + f" {name}"


def _times(site: SiteAdded | SiteRetimed) -> str:
    parts = []
    if site.meals is not None:
        parts.append(f"serves {_list([_meal(code) for code in site.meals])}")
    if site.days is not None:
        parts.append(f"is open {_days(site.days)}")
    season = _season(site.first_day, site.last_day)
    if season:
        parts.append(season)
    return _list(parts)


def _meal(code: str) -> str:
    return _MEALS.get(code, code.replace("_", " "))


def _days(days: Sequence[str]) -> str:
    if tuple(days) == WEEKDAYS:
        return "every day"
    if tuple(days) == _WORK_DAYS:
        return "Mon–Fri"
    return ", ".join(day.capitalize() for day in days)


def _season(first: date | None, last: date | None) -> str:
    if first is not None and last is not None:
        return f"runs from {first.isoformat()} to {last.isoformat()}"
    if first is not None:
        return f"begins on {first.isoformat()}"
    return "" if last is None else f"ends on {last.isoformat()}"


def _of_question(what_if: WhatIf, study: Study) -> Iterator[str]:
    asked, words = what_if.question, study.words
    usual = next(iter(study.measures))
    if asked.reach is not None and asked.reach.metres != study.reach.metres:
        yield f"Reach {asked.reach} instead of {study.reach}"
    if asked.measure is not None and asked.measure != usual:
        labels = {name: measure.label for name, measure in study.measures.items()}
        yield f"Need: {labels.get(asked.measure, asked.measure)} instead of {labels[usual]}"
    if asked.method is not None and asked.method is not study.default_method:
        ways = {
            Method.POINTS: "at need points",
            Method.AREAL: f"evenly spread in each {words.area}",
        }
        yield f"{words.people.capitalize()} are taken to live {ways[asked.method]}"
    if asked.who is Who.ALL:
        yield f"Every {words.site} counts, those for enrolled {words.people} included"
    if asked.meal is not None:
        yield f"Only {words.sites} that serve {_meal(asked.meal)}"
    if asked.day is not None:
        yield f"Only {words.sites} open on {_DAY_NAMES[asked.day]}"
    if asked.count_unknown:
        yield f"{words.sites.capitalize()} that do not say when they serve count"
    if asked.partners is not None:
        yield f"Only {words.sites} of {_list(asked.partners)}"
    if asked.within is not None:
        yield f"Only {asked.within}"


_DAY_NAMES: Final = dict(
    zip(
        WEEKDAYS,
        ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
        strict=True,
    )
)


def _of_candidates(what_if: WhatIf) -> Iterator[str]:
    chosen = what_if.candidates
    if chosen.forced:
        yield f"Suggestions must have {_list(chosen.forced)}"
    if chosen.excluded:
        yield f"Suggestions may not have {_list(chosen.excluded)}"


def _list(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
