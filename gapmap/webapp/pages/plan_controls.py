"""The controls of the page Plan: how many, what for, how far, where."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from gapmap.analysis.siting.values import SINCE_SERVED, SitingModel
from gapmap.model import Reach
from gapmap.webapp import session
from gapmap.webapp.address import knows_eligibility
from gapmap.webapp.controls import reach_steps
from gapmap.webapp.pages.plan_address import (
    COUNTS,
    SHARES,
    WEIGHTS,
    PlanView,
    default_plan,
    parts,
)
from gapmap.webapp.pages.plan_words import aim_words

if TYPE_CHECKING:
    from gapmap.model import Study

__all__ = ["draw_controls"]

_EVERYWHERE = ""


def draw_controls(study: Study, plan: PlanView) -> PlanView:
    """Draw the controls; return the plan that they add up to."""

    def name(control: str) -> str:
        return session.key(study, f"plan {control}")

    asked = plan.scenario
    groups, places = parts(study)
    with st.container(key="question-plan"):
        rooms = st.columns([2, 2.2, 2.6, 2.2, 1.1], vertical_alignment="bottom", gap="small")
    with rooms[1]:
        session.seed(name("model"), plan.model)
        chosen: Any = st.selectbox(
            "What matters most",
            options=list(SitingModel),
            format_func=lambda one: aim_words(one, study),
            key=name("model"),
        )
        model = SitingModel(chosen)
    with rooms[0]:
        count, share = plan.count, plan.share_pct
        if model is SitingModel.LSCP:
            session.seed(name("share"), plan.share_pct)
            share = st.select_slider(
                "Share to bring into reach",
                options=list(SHARES),
                format_func=lambda percent: f"{percent}%",
                key=name("share"),
                help=f"Of the {study.words.people} who can be reached at all.",
            )
        else:
            session.seed(name("count"), plan.count)
            count = st.slider(
                f"How many {study.words.sites}",
                min_value=COUNTS[0],
                max_value=COUNTS[-1],
                key=name("count"),
            )
    with rooms[2]:
        reach = f"{asked.reach.amount:g}{asked.reach.unit}"
        session.seed(name("reach"), reach)
        reach = st.select_slider(
            "Reach",
            options=reach_steps(study.reach, Reach.parse(session.known(name("reach")))),
            format_func=lambda text: str(Reach.parse(text)),
            key=name("reach"),
            help=f"How far {study.words.people} can go, in a straight line.",
        )
    within = asked.within
    if groups or places:
        with rooms[3]:
            session.seed(name("within"), asked.within or _EVERYWHERE)
            within = (
                st.selectbox(
                    "Part of the city",
                    options=[_EVERYWHERE, *groups, *places],
                    format_func=lambda part: (
                        f"{part}, whole {study.words.group}" if part in groups else part or "All"
                    ),
                    key=name("within"),
                )
                or None
            )
    with rooms[4]:
        drawer = st.popover(f"More{_active(study, plan)}", width="stretch")
    with drawer:
        found = _draw_more(study, plan)
    wanted = replace(
        found,
        scenario=replace(found.scenario, reach=Reach.parse(reach), within=within),
        model=model,
        count=int(count),
        share_pct=int(share),
    )
    # What was held for a pin moved by hand is free again once another question is asked.
    return wanted if wanted == plan else replace(wanted, held=())


def _draw_more(study: Study, plan: PlanView) -> PlanView:
    # What is not on the page before the drawer opens shows the value it is drawn with: one that
    # was only put into the session would be lost by then.

    def name(control: str) -> str:
        return session.key(study, f"plan {control}")

    words, found = study.words, plan
    if len(study.measures) > 1:
        measures = list(study.measures)
        measure = st.selectbox(
            "Need",
            options=measures,
            index=measures.index(plan.scenario.measure),
            format_func=lambda one: study.measures[one].label,
            key=name("need"),
        )
        found = replace(found, scenario=replace(found.scenario, measure=measure))
    found = _draw_equity(study, found)
    ignores = st.toggle(
        f"As if no {words.site} stood",
        value=plan.ignores_existing,
        key=name("existing"),
        help=f"Plan the whole town anew instead of adding to the {words.sites} there are.",
    )
    found = replace(found, ignores_existing=bool(ignores))
    if knows_eligibility(study):
        lawful = st.toggle(
            f"Only where an open {words.site} may be lawful",
            value=not plan.anywhere,
            key=name("lawful"),
            help="Places where it is not known stay.",
        )
        found = replace(found, anywhere=not lawful)
    if any("cost" in table and table["cost"].notna().any() for table in study.candidates.values()):
        budget = st.number_input(
            "Budget, in the unit of the costs",
            min_value=0.0,
            value=plan.budget,
            placeholder="No limit",
            key=name("budget"),
        )
        found = replace(found, budget=budget)
    st.button("Back to the start", on_click=_reset, args=(study,), width="stretch",
              key=name("reset"))  # fmt: skip
    return found


def _draw_equity(study: Study, plan: PlanView) -> PlanView:
    """Ask whether some people count more than others."""

    def name(control: str) -> str:
        return session.key(study, f"plan {control}")

    names = {one: measure.label for one, measure in study.measures.items()}
    # Whoever is counted anyway does not count more for it.
    names.pop(plan.scenario.measure, None)
    dates = study.sites[["start_date", "end_date"]].notna()
    if bool(dates.to_numpy().any()):
        names[SINCE_SERVED] = "Who was served longest ago"
    if not names:
        return replace(plan, equity=None)
    options = ["", *names]
    equity = st.selectbox(
        "Who counts more",
        options=options,
        index=options.index(plan.equity) if plan.equity in options else 0,
        format_func=lambda one: names.get(one, "Nobody"),
        key=name("equity"),
        help="Steers the search. The figures shown stay plain counts.",
    )
    if not equity:
        return replace(plan, equity=None)
    weight = st.select_slider(
        "How much more" if equity != SINCE_SERVED else "How much more after 30 days",
        options=list(WEIGHTS),
        value=plan.equity_weight,
        format_func=lambda one: f"{one:g} times more",
        key=name("weight"),
    )
    found = replace(plan, equity=equity, equity_weight=float(weight))
    if equity != SINCE_SERVED:
        return found
    day = st.date_input(
        "As of",
        value=plan.equity_on,
        key=name("on"),
        format="YYYY-MM-DD",
        help="Service before this day counts; today if none is chosen.",
    )
    return replace(found, equity_on=day if isinstance(day, date) else None)


def _reset(study: Study) -> None:
    session.reset_page(study, "plan", default_plan(study))


def _active(study: Study, plan: PlanView) -> str:
    """Count what is set in the drawer, as it stands right now."""
    usual = default_plan(study)
    pairs = {
        "need": (plan.scenario.measure, usual.scenario.measure),
        "existing": (plan.ignores_existing, False),
        "lawful": (not plan.anywhere, True),
        "budget": (plan.budget, None),
        "equity": (plan.equity or "", ""),
    }
    count = sum(
        session.known(session.key(study, f"plan {control}"), before) != standard
        for control, (before, standard) in pairs.items()
    )
    return f" · {count}" if count else ""
