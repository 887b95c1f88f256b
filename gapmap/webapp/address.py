"""A view as the parameters of an address, and back.

The state of a view is in its address, so that a link shows the same view; what equals the
study's own default is left out of it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gapmap import usecases
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS, Method, Reach, Who
from gapmap.views.colours import MapMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.model import Scenario, Study

__all__ = ["KINDS", "Choice", "View", "default_view", "query_of", "view_of"]

KINDS: Final = ("area", "neighbourhood", "site")
"""What can be marked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is marked: an ``area``, a ``neighbourhood`` or a ``site``.

    Parameters
    ----------
    kind, id
        What, by its identifier.
    token
        Goes up with every choice, so that the map moves once.
    on_map
        Whether it was clicked on the map itself, which then stays where it is.
    """

    kind: str
    id: str
    token: int = 0
    on_map: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What is asked and how it is shown: everything that a link holds."""

    scenario: Scenario
    mode: MapMode = MapMode.GAP
    choice: Choice | None = None


def default_view(study: Study) -> View:
    """Return a study's view before anybody has touched a control."""
    groups = _groups(study)
    within = study.view_within if study.view_within in groups else None
    return View(replace(usecases.default_scenario(study), within=within))


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
    mode = MapMode(str(one("map"))) if one("map") in set(MapMode) else default.mode
    choice = next((Choice(kind, text) for kind in KINDS if (text := one(kind)) is not None), None)
    return View(replace(default.scenario, **found), mode, choice)


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
    if view.choice is not None:
        query[view.choice.kind] = view.choice.id
    return query


def _groups(study: Study) -> set[str]:
    places = study.neighbourhoods
    return set() if places is None else set(places["group"].dropna())
