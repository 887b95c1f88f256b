"""A view as the parameters of an address, and back.

The state of a view is in its address, so that a link shows the same view; what equals the
study's own default is left out of it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gapmap import usecases
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS, Method, Reach, Who
from gapmap.views.colours import MapMode, has_eligibility, has_margins, offered_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gapmap.model import Scenario, Study

__all__ = [
    "KINDS",
    "Choice",
    "View",
    "default_view",
    "knows_eligibility",
    "query_of",
    "spot_of",
    "spot_text",
    "view_of",
]

KINDS: Final = ("area", "neighbourhood", "site", "at")
"""What can be marked."""

_DEGREES: Final = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is marked: an ``area``, a ``neighbourhood``, a ``site``, or ``at`` for a point.

    Parameters
    ----------
    kind, id
        What, by its identifier; that of a point is its latitude and longitude, as
        :func:`spot_text` writes them.
    token
        Goes up with every choice, so that the map moves once.
    on_map
        Whether it was clicked on the map itself, which then stays where it is.
    spot
        Where it was clicked, as :func:`spot_text` writes it. Not in the address.
    """

    kind: str
    id: str
    token: int = 0
    on_map: bool = False
    spot: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What is asked and how it is shown: everything that a link holds.

    Parameters
    ----------
    scenario, mode, choice
        The question, what the map shows, and what is marked.
    margins
        Whether margins of error are shown.
    by_eligible
        Whether places are ranked by those out of reach where an open site would be lawful.
    """

    scenario: Scenario
    mode: MapMode = MapMode.GAP
    choice: Choice | None = None
    margins: bool = False
    by_eligible: bool = False


def spot_text(latitude: float, longitude: float) -> str:
    """Write a point as an address has it: latitude, longitude, to about a metre."""
    return f"{latitude:.5f},{longitude:.5f}"


def spot_of(text: str) -> tuple[float, float] | None:
    """Read latitude and longitude of a point, None if the text is no place on Earth."""
    found = _DEGREES.fullmatch(text)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def knows_eligibility(study: Study) -> bool:
    """Say whether a study has anything that decides where an open site may be."""
    return bool(study.schools) or has_eligibility(study)


def default_view(study: Study) -> View:
    """Return a study's view before anybody has touched a control."""
    groups = _groups(study)
    within = study.view_within if study.view_within in groups else None
    scenario = replace(usecases.default_scenario(study), within=within)
    return View(scenario, margins=any(has_margins(study, measure) for measure in study.measures))


def view_of(query: Mapping[str, Sequence[str]], study: Study) -> View:
    """Read a view from an address; what makes no sense in this study is left at its default."""
    default = default_view(study)
    found: dict[str, Any] = {}

    def one(name: str) -> str | None:
        values = query.get(name)
        return values[-1] if values else None

    if (text := one("reach")) is not None:
        with suppress(RequestError):
            found["reach"] = Reach.parse(text)
    if (measure := one("need")) in study.measures:
        found["measure"] = measure
    methods = set(Method) if study.need_points is not None else {Method.AREAL}
    if (method := one("method")) in methods:
        found["method"] = Method(str(method))
    if (who := one("who")) in set(Who):
        found["who"] = Who(str(who))
    if (meal := one("meal")) in study.words.meals:
        found["meal"] = meal
    if (day := one("day")) in WEEKDAYS:
        found["day"] = day
    if one("unknown") == "count":
        found["count_unknown"] = True
    partners = set(study.sites["partner"].dropna())
    if chosen := tuple(name for name in query.get("partner", ()) if name in partners):
        found["partners"] = chosen
    if (within := one("within")) is not None and (within == "all" or within in _groups(study)):
        found["within"] = None if within == "all" else within
    scenario = replace(default.scenario, **found)
    modes = offered_modes(study, scenario.measure)
    mode = MapMode(str(one("map"))) if one("map") in modes else default.mode
    # Only a study that can have margins can be asked to hide them.
    margins = default.margins and one("margins") != "off"
    by_eligible = one("rank") == "eligible" and knows_eligibility(study)
    return View(scenario, mode, _choice(one, study), margins, by_eligible)


def _choice(one: Callable[[str], str | None], study: Study) -> Choice | None:
    for kind in KINDS:
        text = one(kind)
        if text is None:
            continue
        if kind != "at":
            return Choice(kind, text)
        spot = spot_of(text)
        if spot is not None and knows_eligibility(study):
            return Choice(kind, spot_text(*spot))
    return None


def query_of(view: View, study: Study) -> dict[str, str | list[str]]:
    """Write a view as the parameters of an address, without what is default."""
    default = default_view(study)
    asked, usual = view.scenario, default.scenario
    query: dict[str, str | list[str]] = {"study": asked.study}
    if asked.reach.metres != usual.reach.metres:
        query["reach"] = f"{asked.reach.amount:g}{asked.reach.unit}"
    for name, value, standard in (
        ("need", asked.measure, usual.measure),
        ("method", asked.method, usual.method),
        ("who", asked.who, usual.who),
        ("meal", asked.meal, usual.meal),
        ("day", asked.day, usual.day),
        ("within", asked.within or "all", usual.within or "all"),
        ("map", view.mode, default.mode),
    ):
        if value is not None and value != standard:
            query[name] = str(value)
    if asked.count_unknown:
        query["unknown"] = "count"
    if asked.partners is not None:
        query["partner"] = list(asked.partners)
    if view.margins != default.margins:
        query["margins"] = "on" if view.margins else "off"
    if view.by_eligible:
        query["rank"] = "eligible"
    if view.choice is not None:
        query[view.choice.kind] = view.choice.id
    return query


def _groups(study: Study) -> set[str]:
    places = study.neighbourhoods
    return set() if places is None else set(places["group"].dropna())
