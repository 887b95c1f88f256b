"""The controls of the page Territory: who shares, what, where, and how evenly."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from gapmap.analysis.supply import NOT_STATED, partner_names
from gapmap.analysis.territory.values import Load
from gapmap.model import Reach
from gapmap.webapp import session
from gapmap.webapp.controls import reach_steps
from gapmap.webapp.pages import territory_work
from gapmap.webapp.pages.plan_address import parts
from gapmap.webapp.pages.territory_address import PARTNERS_AT_MOST

if TYPE_CHECKING:
    from gapmap.model import Study
    from gapmap.webapp.pages.territory_address import TerritoryView

__all__ = ["draw_controls", "listed_partners", "load_words"]

_EVERYWHERE: Final = ""
_TOLERANCES_PCT: Final = (1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 50.0)
_LEAST_PARTNERS: Final = 2


def load_words(load: Load, study: Study, measure: str) -> str:
    """Name what is shared out as somebody would who has never heard of a load."""
    unit = study.measures[measure].unit if measure in study.measures else study.words.people
    return {
        Load.GAP: f"{unit[:1].upper()}{unit[1:]} out of reach",
        Load.NEED: f"All {unit}",
        Load.MEALS: f"{study.words.meal.capitalize()}s still to serve",
    }[load]


def draw_controls(study: Study, view: TerritoryView) -> TerritoryView:
    """Draw the controls; return the page that they add up to."""

    def name(control: str) -> str:
        return session.key(study, f"territory {control}")

    asked = view.scenario
    groups, places = parts(study)
    with st.container(key="question-territory"):
        rooms = st.columns([1.5, 2.1, 2.1, 2.6, 1.1], vertical_alignment="bottom", gap="small")
    within = asked.within
    if groups or places:
        with rooms[1]:
            session.seed(name("within"), asked.within or _EVERYWHERE)
            within = (
                st.selectbox(
                    "Part of the city",
                    options=[_EVERYWHERE, *groups, *places],
                    format_func=lambda part: (
                        f"{part}, whole {study.words.group}" if part in groups else part or "All"
                    ),
                    key=name("within"),
                    on_change=_elsewhere,
                    args=(study, view),
                )
                or None
            )
    with rooms[0]:
        count = len(session.known(name("partners"), view.partners))
        drawer = st.popover(f"{count} partners", width="stretch")
    with drawer:
        partners, sizes = _draw_partners(study, view)
    with rooms[2]:
        session.seed(name("load"), view.load)
        measure = str(session.known(name("need"), asked.measure))
        load: Any = st.selectbox(
            "Share out",
            options=list(Load),
            format_func=lambda one: load_words(one, study, measure),
            key=name("load"),
        )
    with rooms[3]:
        session.seed(name("tolerance"), view.tolerance_pct)
        steps = sorted({*_TOLERANCES_PCT, float(session.known(name("tolerance")))})
        tolerance = st.select_slider(
            "How far from a fair share",
            options=steps,
            format_func=lambda percent: f"{percent:g}%",
            key=name("tolerance"),
            help="By how much a partner's load may differ from its share.",
        )
    with rooms[4]:
        more = st.popover(f"More{_active(study, view)}", width="stretch")
    with more:
        found = _draw_more(study, view)
    return replace(
        found,
        scenario=replace(found.scenario, within=within),
        partners=partners,
        sizes=sizes,
        load=Load(load),
        tolerance_pct=float(tolerance),
    )


def _elsewhere(study: Study, view: TerritoryView) -> None:
    """Go to another part of the city: with the partners who have their sites there."""
    within = session.known(session.key(study, "territory within")) or None
    known = territory_work.remembered(study, within)
    if known is not None:
        partners = known.now.partners
    elif view.partners == territory_work.usual_partners(study, view.scenario.within):
        partners = territory_work.usual_partners(study, within)
    else:
        return
    territory_work.place_partners(study, partners)


def listed_partners(study: Study) -> tuple[str, ...]:
    """Return the partners of the study's site list, by alphabet."""
    names = set(partner_names(study.sites).tolist()) - {NOT_STATED}
    return tuple(sorted(names, key=str.casefold))


def _draw_partners(
    study: Study, view: TerritoryView
) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    def name(control: str) -> str:
        return session.key(study, f"territory {control}")

    session.seed(name("partners"), list(view.partners))
    now = [str(one) for one in session.known(name("partners"))]

    def as_many() -> None:
        wanted = int(session.known(name("count")))
        territory_work.place_partners(study, _filled(study, now, wanted))

    session.place(name("count"), min(max(len(now), _LEAST_PARTNERS), PARTNERS_AT_MOST))
    st.number_input(
        "How many",
        min_value=_LEAST_PARTNERS,
        max_value=PARTNERS_AT_MOST,
        key=name("count"),
        on_change=as_many,
    )
    chosen = st.multiselect(
        "Who",
        options=list(dict.fromkeys([*now, *listed_partners(study)])),
        key=name("partners"),
        accept_new_options=True,
        max_selections=PARTNERS_AT_MOST,
        placeholder="Choose partners, or type a name",
        help="Type any name to add it.",
    )
    partners = tuple(dict.fromkeys(_name(study, one) for one in chosen))
    return partners, _draw_sizes(study, view, partners)


def _name(study: Study, text: str) -> str:
    return text if text in set(study.sites["partner"]) else " ".join(text.split())


def _filled(study: Study, now: list[str], count: int) -> tuple[str, ...]:
    """Return so many partners: those there are, then others of the study, then numbered ones."""
    numbered = (f"Partner {row}" for row in range(1, PARTNERS_AT_MOST + 1))
    is_numbered = all(name.startswith("Partner ") for name in now)
    others = () if is_numbered else listed_partners(study)
    return tuple(list(dict.fromkeys([*now, *others, *numbered]))[:count])


def _draw_sizes(
    study: Study, view: TerritoryView, partners: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Draw how much each partner can take, beside the others."""
    sign = hashlib.sha256("\n".join(partners).encode()).hexdigest()[:12]
    known = dict(view.sizes)
    # The editor keeps what was typed beside the table that it was given first, and both as long
    # as the page is open: whoever comes back to it begins with what was typed then.
    base = session.key(study, f"territory sizes before {sign}")
    if session.known(session.key(study, f"territory sizes {sign}")) is None:
        session.place(base, tuple(known.get(partner, 1.0) for partner in partners))
    edited = st.data_editor(
        pd.DataFrame({"Partner": list(partners), "Share": list(session.known(base))}),
        key=session.key(study, f"territory sizes {sign}"),
        hide_index=True,
        disabled=["Partner"],
        column_config={
            "Share": st.column_config.NumberColumn(
                "Share",
                help="1 for each: equal shares. 2: twice as much as the others.",
                min_value=0.1,
                max_value=1000.0,
                step=0.1,
                required=True,
            )
        },
        height=min(38 + 35 * max(len(partners), 1), 260),
    )
    pairs = zip(edited["Partner"].tolist(), edited["Share"].tolist(), strict=True)
    return tuple((str(who), float(size)) for who, size in pairs if size and float(size) != 1.0)


def _draw_more(study: Study, view: TerritoryView) -> TerritoryView:
    def name(control: str) -> str:
        return session.key(study, f"territory {control}")

    words, found = study.words, view
    if len(study.measures) > 1:
        session.seed(name("need"), view.scenario.measure)
        measure = st.selectbox(
            "Need",
            options=list(study.measures),
            format_func=lambda one: study.measures[one].label,
            key=name("need"),
        )
        found = replace(found, scenario=replace(found.scenario, measure=measure))
    asked = view.scenario
    session.seed(name("reach"), f"{asked.reach.amount:g}{asked.reach.unit}")
    reach = st.select_slider(
        "Reach",
        options=reach_steps(study.reach, Reach.parse(session.known(name("reach")))),
        format_func=lambda text: str(Reach.parse(text)),
        key=name("reach"),
        help=f"How far {words.people} can go, in a straight line.",
    )
    found = replace(found, scenario=replace(found.scenario, reach=Reach.parse(reach)))
    if study.neighbourhoods is not None:
        session.seed(name("whole"), view.keeps_neighbourhoods)
        whole = st.toggle(
            f"Keep {words.neighbourhoods} whole where possible",
            key=name("whole"),
        )
        found = replace(found, keeps_neighbourhoods=bool(whole))
    if study.context:
        session.seed(name("barriers"), list(view.barriers))
        barriers = st.multiselect(
            "Do not cross",
            options=list(study.context),
            key=name("barriers"),
            placeholder="Nothing stands in the way",
            help="Layers of rivers, motorways or rail yards that no territory shall cross.",
        )
        found = replace(found, barriers=tuple(barriers))
    st.button("Back to the start", on_click=territory_work.start_again, args=(study,),
              width="stretch", key=name("reset"))  # fmt: skip
    return found


def _active(study: Study, view: TerritoryView) -> str:
    """Count what is set in the drawer, as it stands right now."""
    usual = territory_work.usual_view(study)
    reach = f"{usual.scenario.reach.amount:g}{usual.scenario.reach.unit}"
    mine = f"{view.scenario.reach.amount:g}{view.scenario.reach.unit}"
    pairs: dict[str, tuple[object, object]] = {
        "need": (view.scenario.measure, usual.scenario.measure),
        "reach": (mine, reach),
        "whole": (view.keeps_neighbourhoods, True),
        "barriers": (list(view.barriers), []),
    }
    count = sum(
        session.known(session.key(study, f"territory {control}"), before) != standard
        for control, (before, standard) in pairs.items()
    )
    return f" · {count}" if count else ""
