"""The controls of the page Compare: which two, in what part, and what the right one asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.model import WEEKDAYS, Reach, Who
from gapmap.views.schedules import day_name, meal_name
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.controls import reach_steps
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_address import NEW_NAME, groups_of, side_name, strangers_words
from gapmap.whatifs import Question, WhatIf, as_it_is, without_strangers

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from gapmap.model import Study
    from gapmap.webapp.pages.compare_address import CompareView

__all__ = ["draw_question", "open_what_if"]

_EVERYWHERE: Final = ""
_ANY: Final = ""
_OWN, _NEW, _TODAY = ":own", ":new", ":today"


def draw_question(study: Study, view: CompareView) -> DeltaGenerator:
    """Draw the row of controls; each changes what is compared before the next run.

    Returns
    -------
    Room for one more at its end.
    """
    with st.container(key="question-compare"):
        rooms = st.columns([1.9, 1.9, 2.2, 1.5, 1, 1.1], vertical_alignment="bottom", gap="small")
    with rooms[0]:
        _draw_choice(study, view.first, "left", "On the left")
    with rooms[1]:
        _draw_choice(study, view.second, "right", "On the right: change this one")
    with rooms[2]:
        _draw_reach(study, view.second)
    if groups := groups_of(study):
        with rooms[3]:
            _draw_control(
                study,
                "within",
                view.within or _EVERYWHERE,
                lambda name: st.selectbox(
                    study.words.group.capitalize(),
                    options=[_EVERYWHERE, *groups],
                    format_func=lambda group: group or f"All {study.words.groups}",
                    key=name,
                    on_change=_take,
                    args=(study, name, _within),
                ),
            )
    with rooms[4], st.popover(f"More{_active(view.second)}", width="stretch"):
        _draw_more(study, view.second)
    return rooms[5]


def open_what_if(study: Study, what_if: WhatIf) -> None:
    """Compare another what-if on the right; the part of the study that it is about is shown."""
    if what_if.study != study.id:
        compare_edit.say(
            study,
            f"“{what_if.name}” is about the study “{what_if.study}”. Choose that study above, "
            "then open it again.",
        )
        return
    fitting, strangers = without_strangers(study, what_if)
    view = compare_edit.current(study).editing(fitting)
    within = what_if.question.within
    if within in groups_of(study):
        view = replace(view, within=within)
    if compare_edit.change(study, view) and strangers:
        compare_edit.say(study, strangers_words(strangers, study))


def _draw_choice(study: Study, what_if: WhatIf, side: str, label: str) -> None:
    """Draw the choice of one side: today, a saved one, or what is there without being saved."""
    saved = [card.name for card in cached.workspace().what_ifs(study.id) if not card.problem]
    offered = {name: name for name in saved}
    if side == "left":
        offered = {_TODAY: side_name(as_it_is(study.id)), **offered}
        if what_if == as_it_is(study.id):
            now = _TODAY
        else:
            now = what_if.name if what_if.name in saved else _OWN
    else:
        offered = {**offered, _NEW: "Begin a new one"}
        now = what_if.name if what_if.name in saved else _OWN
    if now == _OWN:
        offered = {_OWN: side_name(what_if), **offered}
    name = session.key(study, f"compare {side}")
    session.place(name, now)

    def chosen() -> None:
        wanted = str(session.known(name))
        try:
            _choose(study, side, wanted)
        except GapmapError as error:
            compare_edit.say(study, str(error))

    st.selectbox(
        label, options=list(offered), format_func=offered.__getitem__, key=name, on_change=chosen
    )


def _choose(study: Study, side: str, wanted: str) -> None:
    if wanted == _OWN:
        return
    view = compare_edit.current(study)
    if side == "left":
        found = as_it_is(study.id) if wanted == _TODAY else _saved(study, wanted)
        compare_edit.change(study, view.against(found))
    elif wanted == _NEW:
        compare_edit.edit(study, WhatIf(NEW_NAME, study.id))
    else:
        open_what_if(study, _saved(study, wanted))


def _saved(study: Study, name: str) -> WhatIf:
    # The name comes from a browser: it may be none but that of a saved one.
    return cached.workspace().load_what_if(study.id, name, may_be_path=False)


def _draw_reach(study: Study, what_if: WhatIf) -> None:
    reach = what_if.question.reach or study.reach
    _draw_control(
        study,
        "reach",
        f"{reach.amount:g}{reach.unit}",
        lambda name: st.select_slider(
            "Reach on the right",
            options=reach_steps(study.reach, reach),
            format_func=lambda text: str(Reach.parse(text)),
            key=name,
            on_change=_take,
            args=(study, name, _reach),
        ),
    )


def _draw_more(study: Study, what_if: WhatIf) -> None:
    words, asked = study.words, what_if.question
    usual = usecases.default_scenario(study)
    st.caption("What the map on the right asks. The left one stays as it is.")
    if len(study.measures) > 1:
        _draw_control(
            study,
            "need",
            asked.measure or usual.measure,
            lambda name: st.selectbox(
                "Need",
                options=list(study.measures),
                format_func=lambda one: study.measures[one].label,
                key=name,
                on_change=_take,
                args=(study, name, _measure),
            ),
        )
    kinds = {
        Who.PUBLIC.value: "Open to the public",
        Who.ALL.value: "All, enrolled-only included",
    }
    _draw_control(
        study,
        "who",
        (asked.who or usual.who).value,
        lambda name: st.radio(
            f"Which {words.sites} count",
            options=list(kinds),
            format_func=kinds.__getitem__,
            key=name,
            on_change=_take,
            args=(study, name, _who),
        ),
    )
    meal_room, day_room = st.columns(2)
    with meal_room:
        _draw_control(
            study,
            "meal",
            asked.meal or _ANY,
            lambda name: st.selectbox(
                words.meal.capitalize(),
                options=[_ANY, *words.meals],
                format_func=lambda meal: meal_name(meal).capitalize() if meal else "Any",
                key=name,
                on_change=_take,
                args=(study, name, _meal),
            ),
        )
    with day_room:
        _draw_control(
            study,
            "day",
            asked.day or _ANY,
            lambda name: st.selectbox(
                "Weekday",
                options=[_ANY, *WEEKDAYS],
                format_func=lambda day: day_name(day) if day else "Any",
                key=name,
                on_change=_take,
                args=(study, name, _day),
            ),
        )
    if asked.meal or asked.day:
        _draw_control(
            study,
            "unknown",
            bool(asked.count_unknown),
            lambda name: st.toggle(
                f"Count {plain(words.sites)} that do not say when they serve",
                key=name,
                on_change=_take,
                args=(study, name, _unknown),
            ),
        )
    st.button(
        "Ask the same on the left",
        on_click=_ask_alike,
        args=(study,),
        disabled=compare_edit.current(study).first.question == asked,
        width="stretch",
        key=session.key(study, "compare alike"),
        help="Then only what becomes of sites differs.",
    )


def _draw_control(study: Study, what: str, value: object, draw: Callable[[str], Any]) -> None:
    """Draw a control that shows what is compared, whatever it showed before."""
    name = session.key(study, f"compare {what}")
    session.place(name, value)
    draw(name)


def _take(study: Study, name: str, read: Callable[[Study, CompareView, Any], CompareView]) -> None:
    view = compare_edit.current(study)
    compare_edit.change(study, read(study, view, session.known(name)))


def _asking(view: CompareView, **question: Any) -> CompareView:
    return view.editing(view.second.asking(**question))


def _within(_study: Study, view: CompareView, chosen: str) -> CompareView:
    return replace(view, within=chosen or None)


def _reach(study: Study, view: CompareView, chosen: str) -> CompareView:
    reach = Reach.parse(chosen)
    return _asking(view, reach=None if reach.metres == study.reach.metres else reach)


def _measure(study: Study, view: CompareView, chosen: str) -> CompareView:
    return _asking(view, measure=None if chosen == next(iter(study.measures)) else chosen)


def _who(_study: Study, view: CompareView, chosen: str) -> CompareView:
    return _asking(view, who=None if chosen == Who.PUBLIC else Who(chosen))


def _meal(_study: Study, view: CompareView, chosen: str) -> CompareView:
    return _asking(view, meal=chosen or None)


def _day(_study: Study, view: CompareView, chosen: str) -> CompareView:
    return _asking(view, day=chosen or None)


def _unknown(_study: Study, view: CompareView, chosen: bool) -> CompareView:
    return _asking(view, count_unknown=True if chosen else None)


def _ask_alike(study: Study) -> None:
    view = compare_edit.current(study)
    compare_edit.change(study, view.against(replace(view.first, question=view.second.question)))


def _active(what_if: WhatIf) -> str:
    """Count what is asked otherwise in the drawer."""
    asked = replace(what_if.question, reach=None, within=None)
    count = sum(getattr(asked, name) != getattr(Question(), name) for name in asked.__slots__)
    return f" · {count}" if count else ""
