"""``gapmap van``."""

from __future__ import annotations

import json

import click

from gapmap.cli.common import progress_console, refusals_in_words
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS

__all__ = ["van"]


@click.command()
@click.argument("study")
@click.option("--minutes", type=float, default=240.0, help="Budget of a day.", show_default=True)
@click.option("--stop-minutes", type=float, default=45.0, help="How long a stop lasts.")
@click.option("--speed", type=float, default=25.0, help="Kilometres an hour along streets.")
@click.option("--depot", help="LAT,LON where each day begins and ends.")
@click.option("--day", "days", multiple=True, type=click.Choice(WEEKDAYS), help="Repeatable.")
@click.option("--reach", help="How far is near enough to a stop: 0.5mi, 800m.")
@click.option("--within", help="Only in this neighbourhood or group of neighbourhoods.")
@click.option("--need", "measure", help="Need measure; the study's own default otherwise.")
@click.option("--exclude", multiple=True, help="Identifier of a candidate to pass by; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@refusals_in_words
def van(
    study: str,
    minutes: float,
    stop_minutes: float,
    speed: float,
    depot: str | None,
    days: tuple[str, ...],
    reach: str | None,
    within: str | None,
    measure: str | None,
    exclude: tuple[str, ...],
    as_json: bool,
) -> None:
    """Choose stops and days for one van in STUDY (a name, or a study folder)."""
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.analysis.siting.routes import Van
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.model import Reach
    from gapmap.views.suggestions import print_van, van_facts
    from gapmap.wiring import open_workspace

    workspace, study = open_workspace().at(study)
    console = progress_console()
    vehicle = Van(minutes, stop_minutes, speed, depot=None if depot is None else _place(depot))
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    default = usecases.default_scenario(opened)
    scenario = replace(
        default,
        within=within,
        measure=measure or default.measure,
        reach=default.reach if reach is None else Reach.parse(reach),
    )
    request = SitingRequest(scenario, count=1, excluded=exclude, days=days or WEEKDAYS[:5])
    with console.status("Planning the week"):
        plan = usecases.plan_van(opened, request, vehicle)
    if as_json:
        facts = van_facts(plan, opened)
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print_van(plan, opened)


def _place(text: str) -> tuple[float, float]:
    latitude, _, longitude = text.partition(",")
    try:
        return float(longitude), float(latitude)
    except ValueError:
        raise RequestError(f"“{text}” is no place. Write LAT,LON, say 40.85,-73.89.") from None
