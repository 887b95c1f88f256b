"""What a plan says, in words and as a table: plain text, as a page's sentences are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from gapmap.analysis.siting.values import SitingModel
from gapmap.views import numbers
from gapmap.views.exports import safe_text
from gapmap.views.lawful_map import PROXY, is_proxy
from gapmap.views.sentences import place_name, reach_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from gapmap.analysis.siting.values import SitingResult, Suggestion
    from gapmap.model import Study
    from gapmap.webapp.pages.plan_address import PlanView

__all__ = [
    "aim_words",
    "candidate_name",
    "certainty",
    "curve_table",
    "headline",
    "lawful_words",
    "plan_csv",
    "question",
    "reasons",
]

_NOT_KNOWN: Final = "not known"
_FAR_FROM_KNOWN: Final = 0.5
"""From this gap on, a bound says nothing that helps."""


def aim_words(model: SitingModel, study: Study) -> str:
    """Name a goal as somebody would who has never heard of its model."""
    people = study.words.people
    return {
        SitingModel.MCLP: f"Reach the most {people}",
        SitingModel.LSCP: f"Fewest {study.words.sites} for a share",
        SitingModel.P_MEDIAN: "Shortest way on average",
        SitingModel.P_CENTER: "Worst-off first",
        SitingModel.BACKUP: f"A second {study.words.site} near everyone",
    }[model]


def headline(result: SitingResult, study: Study) -> str:
    """Say in one sentence what the suggestions do."""
    words, unit, count = study.words, result.unit, len(result.order)
    total = result.need_total
    if total < 0.5:
        return f"No {unit} are counted here."
    if not count:
        return f"No further {words.site} would change anything here."
    sites = words.site if count == 1 else words.sites
    added = numbers.people(result.need_in_reach - result.need_before)
    after = numbers.share(result.need_in_reach / total)
    if not result.request.keep_existing:
        verb = "brings" if count == 1 else "bring"
        return (
            f"{count} {sites} alone {verb} {numbers.people(result.need_in_reach)} of "
            f"{numbers.people(total)} {unit} into reach: {after}."
        )
    out = numbers.people(total - result.need_before)
    before = numbers.share(result.need_before / total)
    return (
        f"{count} more {sites} {'brings' if count == 1 else 'bring'} {added} of {out} {unit} out "
        f"of reach into reach: from {before} to {after}."
    )


def question(result: SitingResult, study: Study) -> str:
    """Say what was asked and what the figures are, in one line."""
    scenario = result.request.scenario
    parts = [
        place_name(study, scenario.within),
        result.measure.label,
        f"within {reach_words(scenario.reach)}"
        + (", straight line" if study.distances is None else ", by the study's own distances"),
    ]
    if weighted := _weighted(result, study):
        parts.append(weighted)
    if result.measure.is_modelled:
        parts.append("need is modelled")
    if study.has_illustrative_need:
        parts.append("every figure is illustrative, not real")
    elif study.has_illustrative_sites:
        parts.append(f"{study.words.sites} are illustrative")
    if is_proxy(study):
        parts.append(f"eligibility: {PROXY[:1].lower()}{PROXY[1:]}")
    return " · ".join(parts)


def _weighted(result: SitingResult, study: Study) -> str:
    request = result.request
    if request.equity is None:
        return ""
    times = f"{request.equity_weight:g} times more"
    if request.equity_on is not None:
        day = request.equity_on
        return (
            f"who was not served for {request.equity_days:g} days before {day.day} {day:%B %Y} "
            f"counts {times}"
        )
    return f"chosen with {study.measures[request.equity].label} counting {times}"


def certainty(result: SitingResult) -> str:
    """Say how sure it is that no other choice is better, and the ways where they matter."""
    says = []
    if result.mean_m is not None and result.farthest_m is not None:
        unit = result.request.scenario.reach.unit
        says.append(
            f"The way to the nearest is {numbers.distance(result.mean_m, unit)} on average and "
            f"{numbers.distance(result.farthest_m, unit)} at most."
        )
    forced = set(result.request.forced)
    if forced and forced == set(result.order):
        says.append("All of them were chosen by hand: nothing was left to search for.")
    elif result.is_proven:
        kept = ", with what is accepted kept" if forced else ""
        says.append(f"Proven: no other choice is better{kept}.")
    elif result.request.model is SitingModel.LSCP:
        # A bound of nothing says nothing.
        least = max(math.ceil(result.bound - 1e-6), 1)
        says.append(f"No choice can do with fewer than {least:,}.")
    elif result.gap > _FAR_FROM_KNOWN:
        says.append("How much better another choice could be is not known yet.")
    else:
        # Rounded up: what is promised must hold.
        percent = max(math.ceil(1000 * result.gap) / 10, 0.1)
        says.append(f"No other choice can be more than {percent:.1f}% better.")
    return " ".join(says)


def candidate_name(name: str) -> str:
    """Write a candidate's name as a heading."""
    return name[:1].upper() + name[1:]


def lawful_words(one: Suggestion, study: Study) -> str:
    """Say whether an open site may be at a suggestion, and why; empty where nothing is asked."""
    because = f": {one.lawful_because.rstrip('.')}" if one.lawful_because else ""
    site = study.words.site
    if one.is_lawful is None:
        if not because:
            return ""
        return f"Whether an open {site} is lawful here is {_NOT_KNOWN}{because}."
    sure = "probably " if is_proxy(study) else ""
    return f"An open {site} is {sure}{'' if one.is_lawful else 'not '}lawful here{because}."


def reasons(one: Suggestion, study: Study, unit: str) -> tuple[str, ...]:
    """Say why here: who is near, shared with whom, whether lawful, and whom to ask."""
    says = [
        f"{numbers.people(one.need_in_reach)} {unit} are near; it alone reaches "
        f"{numbers.people(one.need_unique)} of them."
    ]
    shared = [(name, need) for name, need in one.overlaps if round(need) >= 1]
    if shared:
        listed = "; ".join(f"{numbers.people(need)} with {_short(name)}" for name, need in shared)
        says.append(f"Shares {unit}: {listed}.")
    else:
        says.append(f"Shares {unit} with no other {study.words.site}.")
    if lawful := lawful_words(one, study):
        says.append(lawful)
    near = "; ".join(f"{name}, {numbers.distance(m, 'm')}" for name, m in one.nearest_hosts)
    if not one.is_host_known:
        says.append(
            f"No host is known: look for one near here, starting with {near}."
            if near
            else "No host is known: look for one near here, a school, library or church."
        )
    elif near:
        says.append(f"Should it not want to: {near}.")
    return tuple(says)


def _short(name: str) -> str:
    # Another place without a host: its neighbourhood says enough in a list.
    start = "look for a host near here ("
    is_place = name.startswith(start) and name.endswith(")")
    return f"the suggestion in {name[len(start) : -1]}" if is_place else name


def curve_table(result: SitingResult) -> pd.DataFrame:
    """Return per cent in reach by number of sites: as suggested, and if one went on."""
    total = result.need_total or 1.0
    last = len(result.order)
    rows = []
    for point in result.curve:
        percent = round(100 * point.need_in_reach / total, 1)
        rows.append(
            {
                "sites": point.site_count,
                "Suggested": percent if point.site_count <= last else float("nan"),
                "If you went on": percent if point.site_count >= last else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def plan_csv(
    result: SitingResult, study: Study, plan: PlanView, *, accepted: Collection[str]
) -> bytes:
    """Return the list as a CSV file that says what its figures are."""
    scenario = result.request.scenario
    rows = []
    for one in result.suggestions:
        lawful = {True: "yes", False: "no", None: _NOT_KNOWN}[one.is_lawful]
        rows.append(
            {
                "order": one.rank,
                "candidate_id": one.candidate_id,
                "name": candidate_name(one.name),
                "kind": one.kind or "",
                "decision": "accepted" if one.candidate_id in accepted else "suggested",
                "longitude": one.longitude,
                "latitude": one.latitude,
                "host": "known" if one.is_host_known else "look for a host near here",
                "newly_in_reach": round(one.need_added),
                "near": round(one.need_in_reach),
                "reached_by_it_alone": round(one.need_unique),
                "shared_with": "; ".join(f"{name}: {need:.0f}" for name, need in one.overlaps),
                "open_site_lawful": lawful,
                "lawful_because": one.lawful_because,
                "nearest_hosts": "; ".join(f"{name}: {m:.0f} m" for name, m in one.nearest_hosts),
                "cost": one.cost if plan.budget is not None else None,
                "unit": result.unit,
                "measure": result.measure.label,
                "need_is": "modelled" if result.measure.is_modelled else "as published",
                "sites_are": "illustrative" if study.has_illustrative_sites else "as listed",
                "goal": aim_words(result.request.model, study),
                "model": result.request.model.value,
                "reach": str(scenario.reach),
                "within": scenario.within or study.name,
                "certainty": certainty(result),
                "data_version": result.data_version,
            }
        )
    table = pd.DataFrame(rows)
    texts = table.select_dtypes(exclude="number").columns
    safe = {
        column: table[column].map(lambda cell: safe_text(cell) if isinstance(cell, str) else cell)
        for column in texts
    }
    return table.assign(**safe).to_csv(index=False).encode("utf-8-sig")
