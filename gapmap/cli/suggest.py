"""``gapmap suggest``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from gapmap.cli.common import progress_console, refusals_in_words
from gapmap.cli.whatifs import print_what_if, what_if_facts, what_if_option, with_what_if
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from gapmap.analysis.siting.watch import SearchProgress

__all__ = ["suggest"]

# The values of the enumerations in gapmap.analysis.siting.values: --help need not wait for scipy.
_MODELS: Final = ("mclp", "lscp", "p-median", "p-center", "backup")
_DEMANDS: Final = ("points", "areas", "meal-days")
_EFFORTS: Final = ("quick", "auto", "proof")


@click.command()
@click.argument("study")
@click.option(
    "--model",
    type=click.Choice(_MODELS),
    default="mclp",
    show_default=True,
    help="mclp: most need in reach; lscp: fewest sites; p-median: shortest ways on average; "
    "p-center: shortest longest way; backup: a second site in reach counts too.",
)
@click.option("-p", "--count", type=int, help="How many sites to suggest.")
@click.option("--reach", "reaches", multiple=True, help="How far is near enough; repeatable.")
@click.option("--within", help="Only in this neighbourhood or group of neighbourhoods.")
@click.option("--need", "measure", help="Need measure; the study's own default otherwise.")
@click.option("--demand", type=click.Choice(_DEMANDS), help="What is counted as need.")
@click.option("--share", type=float, default=1.0, help="lscp: share of what can be reached, 0-1.")
@click.option("--budget", type=float, help="What the suggestions may cost together.")
@click.option("--cost", "costs", multiple=True, help="ID=COST of a candidate; repeatable.")
@click.option(
    "--capacity",
    type=float,
    help="People a new site can serve where its layer does not say; inf: known capacities only.",
)
@click.option("--exclude", multiple=True, help="Identifier of a candidate to pass by; repeatable.")
@click.option("--force", multiple=True, help="Identifier of a candidate to take; repeatable.")
@click.option("--layer", "layers", multiple=True, help="Only candidates of this layer; repeatable.")
@click.option(
    "--equity",
    help="A measure whose people count more, or time-since-served: who was served longest ago.",
)
@click.option("--equity-weight", type=float, default=1.0, help="How many times more they count.")
@click.option(
    "--equity-date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="time-since-served: the day on which one asks; today otherwise.",
)
@click.option(
    "--equity-days",
    type=float,
    default=30.0,
    show_default=True,
    help="time-since-served: days without service that count in full.",
)
@click.option("--second", type=float, default=0.5, help="backup: what a second site counts, 0-1.")
@click.option("--meal", "meals", multiple=True, help="meal-days: a meal to serve; repeatable.")
@click.option(
    "--day", "days", multiple=True, type=click.Choice(WEEKDAYS), help="meal-days: a weekday."
)
@click.option("--ignore-existing", is_flag=True, help="As if no site stood.")
@click.option("--anywhere", is_flag=True, help="Also where an open site is known to be unlawful.")
@click.option(
    "--effort",
    type=click.Choice(_EFFORTS),
    default="auto",
    show_default=True,
    help="quick: the best found at once with its bound; proof: prove it.",
)
@click.option("--time-limit", type=float, default=30.0, help="Seconds that a proof may take.")
@what_if_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@refusals_in_words
def suggest(
    study: str,
    model: str,
    count: int | None,
    reaches: tuple[str, ...],
    within: str | None,
    measure: str | None,
    costs: tuple[str, ...],
    equity: str | None,
    ignore_existing: bool,
    anywhere: bool,
    what_if_name: str | None,
    as_json: bool,
    **limits: Any,
) -> None:
    """Suggest where in STUDY (a name, or a study folder) to open next, and say why."""
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.analysis.siting.values import (
        DemandKind,
        Effort,
        SitingModel,
        SitingRequest,
    )
    from gapmap.model import Reach
    from gapmap.views.suggestions import print_suggestions, suggestion_facts
    from gapmap.whatifs import Candidates, candidate_limits
    from gapmap.wiring import open_workspace

    workspace, study = open_workspace().at(study)
    console = progress_console()
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    as_is = opened
    opened, scenario, what_if = with_what_if(workspace, opened, what_if_name)
    scenario = replace(
        scenario,
        measure=measure or scenario.measure,
        within=within or scenario.within,
    )
    chosen = Candidates() if what_if is None else candidate_limits(opened, what_if)
    request = SitingRequest(
        scenario=scenario,
        model=SitingModel(model),
        count=count,
        demand=None if limits["demand"] is None else DemandKind(limits["demand"]),
        share=limits["share"],
        budget=limits["budget"],
        costs=tuple(_cost(text) for text in costs),
        capacity=limits["capacity"],
        excluded=(*limits["exclude"], *chosen.excluded),
        forced=(*limits["force"], *chosen.forced),
        layers=limits["layers"] or None,
        keep_existing=not ignore_existing,
        lawful_only=False if anywhere else None,
        equity=equity,
        equity_weight=limits["equity_weight"],
        equity_on=_day(equity, limits["equity_date"]),
        equity_days=limits["equity_days"],
        second_weight=limits["second"],
        meals=limits["meals"] or ("lunch",),
        days=limits["days"] or WEEKDAYS[:5],
        effort=Effort(limits["effort"]),
        time_limit_s=limits["time_limit"],
    )
    ground = usecases.prepare(opened)
    found = []
    with console.status("Laying out need and candidates") as shown:
        for reach in [Reach.parse(text) for text in reaches] or [scenario.reach]:
            asked = replace(request, scenario=replace(scenario, reach=reach))
            found.append(
                usecases.propose_sites(opened, asked, ground=ground, progress=_teller(shown))
            )
    if not as_json:
        print_what_if(what_if, as_is)
        for result in found:
            print_suggestions(result, opened)
        return
    facts = [suggestion_facts(result, opened) for result in found]
    one = facts[0] if len(facts) == 1 else {"study": opened.id, "answers": facts}
    one = {"what_if": what_if_facts(what_if, as_is), **one}
    click.echo(json.dumps(one, ensure_ascii=False, indent=2, allow_nan=False))


def _day(equity: str | None, named: datetime | None) -> date | None:
    from gapmap.analysis.siting.values import SINCE_SERVED

    if equity != SINCE_SERVED:
        return None
    return (datetime.now().astimezone() if named is None else named).date()


def _cost(text: str) -> tuple[str, float]:
    name, _, amount = text.rpartition("=")
    try:
        return name, float(amount)
    except ValueError:
        raise RequestError(
            f"“{text}” is no cost. Write ID=COST, for example school-12=1.5."
        ) from None


def _teller(shown: Any) -> Callable[[SearchProgress], None]:
    def tell(at: SearchProgress) -> None:
        known = f", best {at.objective:,.6g}" if at.objective == at.objective else ""
        bound = f", bound {at.bound:,.6g}" if at.bound == at.bound else ""
        shown.update(f"{at.step}, {at.seconds:.0f} s{known}{bound}")

    return tell
