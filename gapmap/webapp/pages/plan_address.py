"""What is asked on the page Plan, as the parameters of an address, and back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from gapmap.analysis.siting.values import (
    SINCE_SERVED,
    DemandKind,
    Effort,
    SitingModel,
    SitingRequest,
)
from gapmap.errors import RequestError
from gapmap.model import Reach
from gapmap.webapp.address import default_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.model import Scenario, Study

__all__ = [
    "COUNTS",
    "SHARES",
    "WEIGHTS",
    "PlanView",
    "default_plan",
    "parts",
    "plan_of",
    "plan_query",
]

COUNTS: Final = range(1, 21)
"""How many sites may be asked for."""
SHARES: Final = tuple(range(50, 101, 5))
"""Shares that may be asked for, in per cent."""
WEIGHTS: Final = (0.5, 1.0, 2.0, 4.0, 9.0)
"""How many times more somebody may count."""
_USUAL_COUNT: Final = 5
_USUAL_SHARE: Final = 90
_DECIDED_AT_MOST: Final = 60
_LONGEST_NAME: Final = 200
_AT_ONCE_S: Final = 2.0
"""What an answer may take before the best found so far is shown."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """Everything that a link to the page Plan holds.

    Parameters
    ----------
    scenario
        Whose need, within what reach, in which part of the study.
    model
        What is aimed at.
    count
        How many sites; not looked at where a share decides.
    share_pct
        For ``lscp``: share of the need that can be reached at all, per cent.
    ignores_existing
        Whether to plan as if no site stood.
    anywhere
        Whether also where an open site is known to be unlawful.
    budget
        What the sites may cost together, None without a limit.
    equity, equity_weight
        Who counts more, and how many times more: a measure, ``SINCE_SERVED``, or None.
    equity_on
        The day on which one asks who was served when, None for the day itself.
    accepted, refused
        Identifiers of candidates, in the order of deciding.
    held
        Identifiers of suggestions that stay for now because another was moved by hand.
    """

    scenario: Scenario
    model: SitingModel = SitingModel.MCLP
    count: int = _USUAL_COUNT
    share_pct: int = _USUAL_SHARE
    ignores_existing: bool = False
    anywhere: bool = False
    budget: float | None = None
    equity: str | None = None
    equity_weight: float = 1.0
    equity_on: date | None = None
    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def demands(self) -> tuple[DemandKind | None, ...]:
        """What need may be counted at: the study's own choice, then what is laid out faster."""
        about_ways = (SitingModel.P_MEDIAN, SitingModel.P_CENTER)
        return (None, DemandKind.AREAS) if self.model in about_ways else (None,)

    def request(
        self, known: Sequence[str] | None = None, demand: DemandKind | None = None
    ) -> SitingRequest:
        """Return the question to ask.

        Parameters
        ----------
        known
            Identifiers of the candidates that this question has; None leaves aside what was
            accepted and refused.
        demand
            What need is counted at; None: whatever the study has.
        """
        there = set(known or ())
        forced = tuple(one for one in dict.fromkeys(self.accepted + self.held) if one in there)
        refused = tuple(one for one in self.refused if one in there and one not in forced)
        is_share = self.model is SitingModel.LSCP
        return SitingRequest(
            scenario=self.scenario,
            model=self.model,
            demand=demand,
            # What is accepted stays, however few are asked for.
            count=None if is_share else max(self.count, len(forced)),
            share=self.share_pct / 100 if is_share else 1.0,
            budget=self.budget,
            excluded=refused,
            forced=forced,
            keep_existing=not self.ignores_existing,
            lawful_only=False if self.anywhere else None,
            equity=self.equity,
            equity_weight=self.equity_weight,
            equity_on=self._day() if self.equity == SINCE_SERVED else None,
            effort=Effort.QUICK,
            time_limit_s=_AT_ONCE_S,
        )

    def _day(self) -> date:
        return self.equity_on or datetime.now().astimezone().date()

    def accepting(self, candidate: str) -> PlanView:
        """Return the plan with a candidate accepted."""
        return replace(self._without(candidate), accepted=(*self._others("accepted", candidate),
                                                           candidate))  # fmt: skip

    def refusing(self, candidate: str) -> PlanView:
        """Return the plan with a candidate refused; what was held is free again."""
        left = replace(self._without(candidate), held=())
        return replace(left, refused=(*left.refused, candidate))

    def undecided(self, candidate: str) -> PlanView:
        """Return the plan with whatever was decided about a candidate taken back."""
        return replace(self._without(candidate), held=())

    def moving(self, old: str, new: str, shown: Sequence[str]) -> PlanView:
        """Return the plan with one suggestion moved to another candidate, the others as shown."""
        left = self._without(old)._without(new)
        held = tuple(one for one in shown if one not in (old, new, *left.accepted))
        return replace(left, accepted=(*left.accepted, new), held=held)

    def _others(self, name: str, candidate: str) -> tuple[str, ...]:
        return tuple(one for one in getattr(self, name) if one != candidate)

    def _without(self, candidate: str) -> PlanView:
        left: dict[str, Any] = {
            name: self._others(name, candidate) for name in ("accepted", "refused", "held")
        }
        return replace(self, **left)


def default_plan(study: Study, scenario: Scenario | None = None) -> PlanView:
    """Return the plan before anybody has touched a control.

    Parameters
    ----------
    study
        The study.
    scenario
        What the page Gaps asks: its need, reach and part of the city are taken over.
    """
    usual = default_view(study).scenario
    if scenario is not None:
        usual = replace(
            usual, measure=scenario.measure, reach=scenario.reach, within=scenario.within
        )
    return PlanView(usual)


def parts(study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the groups and the neighbourhoods that a plan can be for, each by name."""
    places = study.neighbourhoods
    if places is None:
        return (), ()
    groups = tuple(sorted(places["group"].dropna().unique().tolist()))
    return groups, tuple(sorted(set(places["name"].dropna()) - set(groups)))


def plan_of(query: Mapping[str, Sequence[str]], plan: PlanView, study: Study) -> PlanView:
    """Read a plan from an address; what makes no sense in this study stays as in ``plan``."""
    asked: dict[str, Any] = {}
    found: dict[str, Any] = {}

    def one(name: str) -> str:
        values = query.get(name)
        return values[-1] if values else ""

    if one("reach"):
        with suppress(RequestError):
            asked["reach"] = Reach.parse(one("reach"))
    if one("need") in study.measures:
        asked["measure"] = one("need")
    groups, names = parts(study)
    if one("within") == "all":
        asked["within"] = None
    elif one("within") in (*groups, *names):
        asked["within"] = one("within")
    if one("model") in set(SitingModel):
        found["model"] = SitingModel(one("model"))
    for name, key, offered in (("count", "p", COUNTS), ("share_pct", "share", SHARES)):
        if one(key).isascii() and one(key).isdigit() and int(one(key)[:6]) in offered:
            found[name] = int(one(key)[:6])
    found["ignores_existing"] = one("existing") == "ignored"
    found["anywhere"] = one("lawful") == "any"
    with suppress(ValueError):
        budget = float(one("budget"))
        found["budget"] = budget if 0 <= budget < 1e12 else None
    if one("equity") in (*study.measures, SINCE_SERVED):
        found["equity"] = one("equity")
    if one("weight") in {f"{weight:g}" for weight in WEIGHTS}:
        found["equity_weight"] = float(one("weight"))
    with suppress(ValueError):
        found["equity_on"] = date.fromisoformat(one("on"))
    for name, key in (("accepted", "accept"), ("refused", "refuse"), ("held", "hold")):
        texts = [text for text in query.get(key, ()) if 0 < len(text) <= _LONGEST_NAME]
        found[name] = tuple(dict.fromkeys(texts))[:_DECIDED_AT_MOST]
    # Both at once would be a contradiction: what is accepted wins.
    taken = set(found["accepted"])
    found["refused"] = tuple(text for text in found["refused"] if text not in taken)
    return replace(plan, scenario=replace(plan.scenario, **asked), **found)


def plan_query(plan: PlanView, study: Study) -> dict[str, str | list[str]]:
    """Write a plan as the parameters of an address, without what is default."""
    usual, asked = default_plan(study), plan.scenario
    query: dict[str, str | list[str]] = {"study": study.id}
    if asked.reach.metres != usual.scenario.reach.metres:
        query["reach"] = f"{asked.reach.amount:g}{asked.reach.unit}"
    for name, value, standard in (
        ("need", asked.measure, usual.scenario.measure),
        ("within", asked.within or "all", usual.scenario.within or "all"),
        ("model", plan.model, usual.model),
        ("p", plan.count, usual.count),
        ("share", plan.share_pct, usual.share_pct),
    ):
        if value != standard:
            query[name] = str(value)
    if plan.ignores_existing:
        query["existing"] = "ignored"
    if plan.anywhere:
        query["lawful"] = "any"
    if plan.budget is not None:
        query["budget"] = f"{plan.budget:.12g}"
    if plan.equity is not None:
        query["equity"] = plan.equity
        if plan.equity_weight != usual.equity_weight:
            query["weight"] = f"{plan.equity_weight:g}"
        if plan.equity_on is not None and plan.equity == SINCE_SERVED:
            query["on"] = plan.equity_on.isoformat()
    for name, decided in (
        ("accept", plan.accepted),
        ("refuse", plan.refused),
        ("hold", plan.held),
    ):
        if decided:
            query[name] = list(decided)
    return query
