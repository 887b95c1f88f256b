"""The controls of a question: what they offer, and the question they add up to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from gapmap.analysis.supply import partner_names
from gapmap.model import WEEKDAYS, Method, Reach, Who
from gapmap.views.colours import MapMode, has_margins, offered_modes
from gapmap.views.partner_marks import listed_marks
from gapmap.views.schedules import day_name, meal_name
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.address import default_view, knows_eligibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from gapmap.model import Study
    from gapmap.webapp.address import View

__all__ = ["count_unknown_switch", "question_row", "rank_choice", "reach_steps"]

_STEPS: Final = {
    "mi": (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3),
    "km": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.5, 1.8, 2, 2.5, 3, 4, 5),
    "m": (100, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 1800, 2000, 2500, 3000, 4000, 5000),
    "ft": (500, 1000, 1320, 2000, 2640, 3000, 4000, 5280, 7920, 10560, 15840),
}
_MODE_WIDTH: Final = 1.12
_ANY: Final = ""
_ALL: Final = ""

_WHO: Final = {
    Who.PUBLIC: "Open to the public",
    Who.ALL: "All, enrolled-only included",
}
_METHODS: Final = {Method.POINTS: "Need points", Method.AREAL: "Share of each area"}


def reach_steps(default: Reach, current: Reach) -> list[str]:
    """Return the reaches on offer as texts, in a study's own unit, shortest first.

    The one in use is among them even if it came from an address.
    """
    found = {Reach.parse(f"{amount:g}{default.unit}").metres for amount in _STEPS[default.unit]}
    offered = dict.fromkeys(found, default.unit)
    for reach in (default, current):
        offered.setdefault(reach.metres, reach.unit)
    return [_reach_text(Reach(metres, unit)) for metres, unit in sorted(offered.items())]


def _reach_text(reach: Reach) -> str:
    return f"{reach.amount:g}{reach.unit}"


def question_row(study: Study, view: View) -> tuple[View, DeltaGenerator]:
    """Draw the controls of the question; return the question and room for one more switch."""
    asked = view.scenario

    def name(control: str) -> str:
        return session.key(study, control)

    groups = _groups(study)
    modes = offered_modes(study, session.known(name("need"), asked.measure))
    rooms = _rooms(
        {
            # The slider has what the others leave.
            "reach": 9.3 - (2.0 if groups else 0) - _MODE_WIDTH * len(modes),
            **({"within": 1.9} if groups else {}),
            "map": _MODE_WIDTH * len(modes),
            **({"margins": 1.45} if has_margins(study, asked.measure) else {}),
            "filters": 1.25,
        }
    )
    with rooms["reach"]:
        session.seed(name("reach"), _reach_text(asked.reach))
        reach = st.select_slider(
            "Reach, in a straight line",
            options=reach_steps(study.reach, Reach.parse(session.known(name("reach")))),
            format_func=lambda text: str(Reach.parse(text)),
            key=name("reach"),
            help=f"How far {study.words.people} can go.",
        )
    within = asked.within
    if groups:
        with rooms["within"]:
            session.seed(name("within"), asked.within or _ALL)
            within = st.selectbox(
                study.words.group.capitalize(),
                options=[_ALL, *groups],
                format_func=lambda group: group or f"All {study.words.groups}",
                key=name("within"),
            )
    with rooms["map"]:
        mode = _map_mode(study, view, modes)
    margins = view.margins
    if "margins" in rooms:
        with rooms["margins"]:
            session.seed(name("margins"), view.margins)
            margins = st.toggle(
                "± Margins",
                key=name("margins"),
                wrap=False,
                help="Show how far the figures of a survey may be off: 90% intervals of counts "
                "and of ranks.",
            )
    with rooms["filters"]:
        drawer = st.popover(f"Filters{_active(study, view)}", width="stretch")
    with drawer:
        found = _filters(study, view)
        room = st.container()
        st.button("Back to the start", on_click=session.reset, args=(study,), width="stretch")
    scenario = replace(asked, reach=Reach.parse(reach), within=within or None, **found)
    return replace(view, scenario=scenario, mode=mode, margins=margins), room


def _rooms(widths: dict[str, float]) -> dict[str, DeltaGenerator]:
    """Lay out the row of the question; the style knows each room by its name."""
    with st.container(key="question"):
        columns = st.columns(list(widths.values()), vertical_alignment="bottom", gap="small")
    return {
        name: column.container(key=f"room-{name}")
        for name, column in zip(widths, columns, strict=True)
    }


def _filters(study: Study, view: View) -> dict[str, Any]:
    asked, words = view.scenario, study.words

    def name(control: str) -> str:
        return session.key(study, control)

    found: dict[str, Any] = {}
    if len(study.measures) > 1:
        session.seed(name("need"), asked.measure)
        found["measure"] = st.selectbox(
            "Need",
            options=list(study.measures),
            format_func=lambda measure: study.measures[measure].label,
            key=name("need"),
        )
    session.seed(name("who"), asked.who)
    found["who"] = st.radio(
        f"Which {words.sites} count",
        options=list(_WHO),
        format_func=_WHO.__getitem__,
        key=name("who"),
    )
    meal_room, day_room = st.columns(2)
    with meal_room:
        session.seed(name("meal"), asked.meal or _ANY)
        meals = [_ANY, *_offered_meals(study, asked.meal)]
        found["meal"] = (
            st.selectbox(
                words.meal.capitalize(),
                options=meals,
                format_func=lambda meal: meal_name(meal).capitalize() if meal else "Any",
                key=name("meal"),
            )
            or None
        )
    with day_room:
        session.seed(name("day"), asked.day or _ANY)
        found["day"] = (
            st.selectbox(
                "Weekday",
                options=[_ANY, *WEEKDAYS],
                format_func=lambda day: day_name(day) if day else "Any",
                key=name("day"),
            )
            or None
        )
    marks = listed_marks(partner_names(study.sites))
    if len(marks) > 1:
        session.seed(name("partners"), list(asked.partners or ()))
        chosen = st.multiselect(
            "Partners",
            options=list(marks),
            format_func=lambda partner: f"{marks[partner].letter} · {partner}",
            placeholder="All partners",
            key=name("partners"),
        )
        found["partners"] = tuple(chosen) or None
    if study.need_points is not None:
        session.seed(name("method"), asked.method)
        found["method"] = st.radio(
            "Method",
            options=list(_METHODS),
            format_func=_METHODS.__getitem__,
            horizontal=True,
            key=name("method"),
            help="Need points: people stand at points and are in reach or not. "
            "Share of each area: people are spread evenly over the area.",
        )
    session.seed(name("unknown"), asked.count_unknown)
    is_asked = bool(found["meal"] or found["day"])
    found["count_unknown"] = is_asked and bool(session.known(name("unknown")))
    return found


def count_unknown_switch(study: Study, view: View, room: DeltaGenerator, count: int) -> None:
    """Draw the switch for sites that do not say when they serve, with how many they are."""
    asked = view.scenario
    if not (asked.meal or asked.day):
        return
    site = study.words.site if count == 1 else study.words.sites
    room.toggle(
        f"Count {count:,} {plain(site)} with unknown days or {plain(study.words.meal)}s",
        key=session.key(study, "unknown"),
        disabled=count == 0,
    )


def _map_mode(study: Study, view: View, modes: Sequence[MapMode]) -> MapMode:
    """Draw the choice of what the colours say."""
    unit = study.measures[view.scenario.measure].unit
    labels = {
        MapMode.GAP: "Out of reach",
        MapMode.COVERAGE: "Share in reach",
        MapMode.NEED: f"All {unit}",
        MapMode.ELIGIBILITY: "Eligibility",
        MapMode.CERTAINTY: "Certainty",
    }
    name = session.key(study, "map")
    session.seed(name, view.mode)
    if session.known(name) not in modes:
        # Another need, which has no margins of error.
        session.place(name, MapMode.GAP)
    chosen = st.segmented_control(
        "The map shows",
        options=list(modes),
        format_func=labels.__getitem__,
        key=name,
        required=True,
        width="stretch",
    )
    return view.mode if chosen is None else MapMode(chosen)


def rank_choice(study: Study, view: View) -> View:
    """Draw the choice of what places are ranked by, where there is one; return the view with it."""
    if not knows_eligibility(study):
        return view
    name = session.key(study, "rank")
    session.seed(name, view.by_eligible)
    unit = study.measures[view.scenario.measure].unit
    chosen = st.segmented_control(
        "Rank by",
        options=[False, True],
        format_func={
            False: f"All {unit} out of reach",
            True: "Where an open site may be",
        }.__getitem__,
        key=name,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    return replace(view, by_eligible=view.by_eligible if chosen is None else bool(chosen))


def _active(study: Study, view: View) -> str:
    """Count the filters that differ from the study's own, as they stand right now."""
    usual = default_view(study).scenario
    pairs = {
        "need": (view.scenario.measure, usual.measure),
        "who": (view.scenario.who, usual.who),
        "meal": (view.scenario.meal or _ANY, _ANY),
        "day": (view.scenario.day or _ANY, _ANY),
        "partners": (list(view.scenario.partners or ()), []),
        "method": (view.scenario.method, usual.method),
    }
    count = sum(
        session.known(session.key(study, control), before) != standard
        for control, (before, standard) in pairs.items()
    )
    return f" · {count}" if count else ""


def _groups(study: Study) -> list[str]:
    places = study.neighbourhoods
    return [] if places is None else sorted(places["group"].dropna().unique().tolist())


def _offered_meals(study: Study, asked: str | None) -> list[str]:
    """Return the meals that some site is known to serve, in the order of the day."""
    served = set(";".join(study.sites["meals"].dropna()).split(";")) | {asked}
    return [meal for meal in study.words.meals if meal in served]
