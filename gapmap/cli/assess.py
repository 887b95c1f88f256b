"""``gapmap assess``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.cli.whatifs import print_what_if, what_if_facts, what_if_option, with_what_if
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS, Method, Who

if TYPE_CHECKING:
    from gapmap.model import Study

__all__ = ["assess"]


@click.command()
@click.argument("study")
@click.option("--need", "measure", help="Need measure; the study's own default otherwise.")
@click.option("--reach", help="How far is near enough: 0.5mi, 800m, 2640ft, 1.5km.")
@click.option(
    "--method",
    type=click.Choice([method.value for method in Method]),
    help="points where the study has need points, areal otherwise.",
)
@click.option(
    "--who",
    type=click.Choice([who.value for who in Who]),
    help="Whose sites count: those open to the public, or all; the public ones otherwise.",
)
@click.option("--meal", help="Only sites known to serve this meal, for example lunch.")
@click.option("--day", type=click.Choice(WEEKDAYS), help="Only sites known to be open that day.")
@click.option(
    "--count-unknown", is_flag=True, help="Count sites that do not say their meals or days."
)
@click.option("--partner", "partners", multiple=True, help="Only this partner's sites; repeatable.")
@click.option("--within", help="Only need in this group of neighbourhoods, for example a borough.")
@click.option(
    "--sites",
    "sites_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A site list to use instead of the study's own.",
)
@what_if_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file: .csv, .xlsx, .geojson, .gpkg, .parquet or .html.",
)
@refusals_in_words
def assess(
    study: str,
    measure: str | None,
    reach: str | None,
    method: str | None,
    who: str | None,
    meal: str | None,
    day: str | None,
    count_unknown: bool,
    partners: tuple[str, ...],
    within: str | None,
    sites_file: Path | None,
    what_if_name: str | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Measure who in STUDY (a name, or a study folder) is in reach of a site, and who is not."""
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.model import Reach
    from gapmap.views.exports import FORMATS, export_bytes, summary
    from gapmap.views.terminal import print_answer
    from gapmap.wiring import open_workspace

    if out is not None and out.suffix.lower() not in FORMATS:
        raise RequestError(
            f"{out} cannot be written: the ending must be one of {', '.join(FORMATS)}."
        )
    workspace, study = open_workspace().at(study)
    console = progress_console()
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    if sites_file is not None:
        with console.status(f"Checking {sites_file.name}"):
            checked = workspace.check_sites_file(sites_file, study=opened)
        opened = usecases.with_sites(opened, checked)
    _check_meal(opened, meal)
    as_is = opened
    opened, default, what_if = with_what_if(workspace, opened, what_if_name)
    scenario = replace(
        default,
        measure=measure or default.measure,
        reach=default.reach if reach is None else Reach.parse(reach),
        method=default.method if method is None else Method(method),
        who=default.who if who is None else Who(who),
        meal=meal or default.meal,
        day=day or default.day,
        count_unknown=count_unknown or default.count_unknown,
        partners=partners or default.partners,
        within=within or default.within,
    )
    with console.status("Measuring reach"):
        answer = usecases.assess_gaps(opened, scenario)
    if out is not None:
        with console.status(f"Writing {out.name}"):
            write_whole(out, export_bytes(answer, opened, out.suffix))
    if as_json:
        facts = {"what_if": what_if_facts(what_if, as_is), **summary(answer, opened)}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        print_what_if(what_if, as_is)
        print_answer(answer, opened)
        if out is not None:
            click.echo(f"Written: {out}")


def _check_meal(study: Study, meal: str | None) -> None:
    from gapmap.errors import UnknownNameError

    if meal is not None and meal not in study.words.meals:
        raise UnknownNameError(study.words.meal, meal, study.words.meals)
