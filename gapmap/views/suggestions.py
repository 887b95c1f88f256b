"""Suggestions of where to open next, as lines on a terminal and as facts for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gapmap.views.sentences import what_figures_are

if TYPE_CHECKING:
    from gapmap.analysis.siting.routes import VanPlan
    from gapmap.analysis.siting.values import SitingResult, Suggestion
    from gapmap.model import Study

__all__ = ["headline", "print_suggestions", "print_van", "suggestion_facts", "van_facts"]


def headline(result: SitingResult, study: Study) -> str:
    """Say in a sentence or two what the suggestions do, and how sure it is that nothing beats them.

    Parameters
    ----------
    result
        The suggestions.
    study
        The study they are for.
    """
    words, unit = study.words, result.unit
    count = len(result.order)
    sites = f"{words.site} brings" if count == 1 else f"{words.sites} bring"
    added = result.need_in_reach - result.need_before
    share = result.need_in_reach / result.need_total if result.need_total else 0.0
    text = (
        f"{count} new {sites} {added:,.0f} {unit} in reach: {result.need_in_reach:,.0f} of "
        f"{result.need_total:,.0f} ({share:.1%}) at {result.request.scenario.reach}."
    )
    if result.mean_m is not None and result.farthest_m is not None:
        text += (
            f" The way to the nearest is {result.mean_m:,.0f} m on average and "
            f"{result.farthest_m:,.0f} m at most."
        )
    if result.is_proven:
        return f"{text} Proven: no other choice is better."
    return f"{text} No other choice is more than {result.gap:.2%} better."


def print_suggestions(result: SitingResult, study: Study) -> None:
    """Print the suggestions in the order of adding, each with its reasons."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    scenario, words = result.request.scenario, study.words
    place = f"{study.name}, {scenario.within}" if scenario.within else study.name
    console.print(Text.assemble((place, "bold"), f" · {result.request.model}"))
    console.print(Text(headline(result, study)), soft_wrap=True)
    table = Table("order", words.site)
    for heading in ("adds", "within reach", "alone"):
        table.add_column(heading, justify="right")
    for one in result.suggestions:
        table.add_row(
            str(one.rank),
            Text(one.name),
            f"{one.need_added:,.0f}",
            f"{one.need_in_reach:,.0f}",
            f"{one.need_unique:,.0f}",
        )
    if result.suggestions:
        console.print(table)
    for one in result.suggestions:
        console.print(Text(f"{one.rank}. {one.name} ({one.candidate_id})", "bold"), soft_wrap=True)
        for sentence in one.sentences:
            console.print(Text(f"   {sentence}"), soft_wrap=True)
    beyond = [point for point in result.curve if point.is_beyond]
    if beyond:
        more = ", ".join(f"+{point.need_added:,.0f}" for point in beyond)
        console.print(Text(f"The next ones would add {more} {result.unit}."), soft_wrap=True)
    for reason, count in result.candidates_left_out.items():
        console.print(Text(f"Candidates left out: {count:,} × {reason}"), soft_wrap=True)
    for note in result.notes:
        console.print(Text(note, "dim"), soft_wrap=True)
    if study.is_illustrative or result.measure.is_modelled:
        console.print(Text(what_figures_are(result.measure, study), "bold"), soft_wrap=True)


def suggestion_facts(result: SitingResult, study: Study) -> dict[str, Any]:
    """Return what was asked, what is suggested and how good it is, ready for JSON."""
    request, scenario = result.request, result.request.scenario
    return {
        "study": study.id,
        "name": study.name,
        "model": request.model.value,
        "measure": result.measure.id,
        "unit": result.unit,
        "is_modelled": result.measure.is_modelled,
        "has_illustrative_layers": study.is_illustrative,
        "reach": str(scenario.reach),
        "reach_m": round(scenario.reach.metres, 3),
        "within": scenario.within,
        "count": request.count,
        "budget": request.budget,
        "capacity": None if request.capacity is None else _number(request.capacity),
        "share": request.share,
        "equity": request.equity,
        "equity_weight": request.equity_weight if request.equity else None,
        "equity_date": None if request.equity_on is None else request.equity_on.isoformat(),
        "equity_days": request.equity_days if request.equity_on else None,
        "keeps_existing": request.keep_existing,
        "objective": result.objective,
        "bound": _number(result.bound, 6),
        "gap": _number(result.gap, 9),
        "ended": result.ended.value,
        "is_proven": result.is_proven,
        "seconds": round(result.seconds, 3),
        "chosen": list(result.chosen),
        "order": list(result.order),
        "need_in_reach": _number(result.need_in_reach),
        "need_before": _number(result.need_before),
        "need_total": _number(result.need_total),
        "need_unreachable": _number(result.need_unreachable),
        "mean_m": None if result.mean_m is None else _number(result.mean_m),
        "farthest_m": None if result.farthest_m is None else _number(result.farthest_m),
        "headline": headline(result, study),
        "suggestions": [_suggestion(one) for one in result.suggestions],
        "curve": [
            {
                "sites": point.site_count,
                "need_in_reach": _number(point.need_in_reach),
                "need_added": _number(point.need_added),
                "is_beyond": point.is_beyond,
            }
            for point in result.curve
        ],
        "candidates_left_out": result.candidates_left_out,
        "model_size": result.facts,
        "notes": list(result.notes),
        "data_version": result.data_version,
    }


def _suggestion(one: Suggestion) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "candidate_id": one.candidate_id,
        "name": one.name,
        "kind": one.kind,
        "layer": one.layer or None,
        "longitude": _number(one.longitude, 6),
        "latitude": _number(one.latitude, 6),
        "is_host_known": one.is_host_known,
        "need_added": _number(one.need_added),
        "need_in_reach": _number(one.need_in_reach),
        "need_unique": _number(one.need_unique),
        "overlaps": [{"name": name, "need": _number(need)} for name, need in one.overlaps],
        "is_lawful": one.is_lawful,
        "lawful_because": one.lawful_because or None,
        "nearest_hosts": [
            {"name": name, "metres": _number(metres, 0)} for name, metres in one.nearest_hosts
        ],
        "cost": one.cost,
        "capacity": None if one.capacity is None else _number(one.capacity),
        "sentences": list(one.sentences),
    }


def _number(value: float, digits: int = 3) -> float | None:
    # JSON has no infinity and no "not a number": what is not known is null.
    return round(float(value), digits) if math.isfinite(value) else None


def print_van(plan: VanPlan, study: Study) -> None:
    """Print a van's week, day by day."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text.assemble((study.name, "bold"), " · one van"))
    console.print(Text(_van_headline(plan)), soft_wrap=True)
    for day in plan.days:
        length = f"{day.minutes:,.0f} minutes, {day.way_m / 1000:,.1f} km"
        console.print(Text(f"{day.day}: {length}" if day.stops else f"{day.day}: no stop", "bold"))
        for stop in day.stops:
            console.print(
                Text(
                    f"   {stop.arrives_minute:4.0f} min  {stop.name} ({stop.candidate_id}): "
                    f"{stop.need_in_reach:,.0f} {plan.unit} in reach, {stop.need_new:,.0f} new"
                ),
                soft_wrap=True,
            )
    for note in plan.notes:
        console.print(Text(note, "dim"), soft_wrap=True)


def _van_headline(plan: VanPlan) -> str:
    stops = sum(len(day.stops) for day in plan.days)
    return (
        f"{stops} stops on {len(plan.days)} days reach {plan.need_reached:,.0f} of the "
        f"{plan.need_open:,.0f} {plan.unit} that nobody reaches, {plan.need_visits:,.0f} times in "
        "all."
    )


def van_facts(plan: VanPlan, study: Study) -> dict[str, Any]:
    """Return a van's week, ready for JSON."""
    return {
        "study": study.id,
        "unit": plan.unit,
        "has_illustrative_layers": study.is_illustrative,
        "need_reached": _number(plan.need_reached),
        "need_visits": _number(plan.need_visits),
        "need_open": _number(plan.need_open),
        "headline": _van_headline(plan),
        "days": [
            {
                "day": day.day,
                "minutes": _number(day.minutes, 1),
                "way_m": _number(day.way_m, 0),
                "stops": [
                    {
                        "candidate_id": stop.candidate_id,
                        "name": stop.name,
                        "longitude": _number(stop.longitude, 6),
                        "latitude": _number(stop.latitude, 6),
                        "arrives_minute": _number(stop.arrives_minute, 1),
                        "need_in_reach": _number(stop.need_in_reach),
                        "need_new": _number(stop.need_new),
                    }
                    for stop in day.stops
                ],
            }
            for day in plan.days
        ],
        "notes": list(plan.notes),
    }
