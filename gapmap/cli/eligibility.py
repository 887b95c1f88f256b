"""``gapmap eligibility``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.errors import RequestError
from gapmap.rules import Adjacency, Basis

if TYPE_CHECKING:
    from datetime import date

__all__ = ["eligibility"]


@click.command()
@click.argument("study")
@click.option("--geoid", help="A block group (12 digits) or tract (11 digits).")
@click.option("--at", "place", help="A place as LAT,LON, for example 30.2672,-97.7431.")
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in Basis]),
    help="Whose children count; the study's own choice otherwise.",
)
@click.option(
    "--adjacency",
    type=click.Choice([adjacency.value for adjacency in Adjacency]),
    help="When block groups may be averaged: each touches each (strict), or they are connected.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the worksheet as a page to print: FILE.html. Needs --geoid or --at.",
)
@refusals_in_words
def eligibility(
    study: str,
    geoid: str | None,
    place: str | None,
    basis: str | None,
    adjacency: str | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Say where in STUDY a site may open, by which rule, with the working.

    Without --geoid or --at it prints how many areas and children there are by each rule.
    """
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.views import eligibility_summary, worksheets
    from gapmap.wiring import open_workspace

    if geoid is not None and place is not None:
        raise RequestError("Ask about one place: give either --geoid or --at.")
    if out is not None and (geoid is None and place is None):
        raise RequestError("A worksheet is about one place: give --geoid or --at with --out.")
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise RequestError(f"{out} cannot be written: a worksheet ends in .html.")
    at = None if place is None else _place(place)
    console = progress_console()
    with console.status(f"Reading {study}"):
        workspace, name = open_workspace().at(study)
        opened = workspace.load_study(name)
    rules = opened.rules
    if basis is not None:
        rules = replace(rules, basis=Basis(basis))
    if adjacency is not None:
        rules = replace(rules, adjacency=Adjacency(adjacency))
    with console.status("Judging every area"):
        standing = usecases.prepare_eligibility(opened, rules)
    if geoid is None and at is None:
        standing.must_answer()
        if as_json:
            click.echo(
                json.dumps(
                    eligibility_summary.summary_facts(standing), ensure_ascii=False, indent=2
                )
            )
        else:
            click.echo(eligibility_summary.summary_text(standing), nl=False)
        return
    answer = usecases.determine_eligibility(opened, geoid=geoid, at=at, standing=standing)
    today = _today()
    if out is not None:
        page = worksheets.worksheet_page(answer, opened.name, today=today)
        write_whole(out, page.encode("utf-8"))
    if as_json:
        click.echo(json.dumps(worksheets.answer_facts(answer), ensure_ascii=False, indent=2))
        return
    click.echo(worksheets.answer_text(answer, opened.name, today=today), nl=False)
    if out is not None:
        click.echo(f"Written: {out}")


def _place(text: str) -> tuple[float, float]:
    # Longitude and latitude of a place given as people give it, latitude first.
    match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d*)?)\s*[,; ]\s*([-+]?\d+(?:\.\d*)?)\s*", text)
    if match is None:
        raise RequestError(f"“{text}” is not a place. Write LAT,LON: 30.2672,-97.7431.")
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise RequestError(f"“{text}” is not on the earth. Latitude comes first: 30.2672,-97.7431.")
    return longitude, latitude


def _today() -> date:
    import os
    from datetime import UTC, date, datetime

    # So that a page can be made again to the last byte.
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(stated), UTC).date() if stated.isdigit() else date.today()
