"""``gapmap compare``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.errors import RequestError

__all__ = ["compare"]


@click.command()
@click.argument("study")
@click.argument("first")
@click.argument("second", required=False)
@click.option("--within", help="Both sides only in this group of neighbourhoods.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file: .csv (the areas) or .xlsx (every table).",
)
@refusals_in_words
def compare(
    study: str,
    first: str,
    second: str | None,
    within: str | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Set two what-ifs of STUDY (a name, or a study folder) side by side.

    FIRST and SECOND are names of saved what-ifs or files; “now” is the study as it is. With FIRST
    alone that is compared with now.
    """
    from gapmap import usecases
    from gapmap.views.comparison import (
        COMPARISON_FORMATS,
        comparison_bytes,
        comparison_facts,
        print_comparison,
    )
    from gapmap.whatifs import AS_IT_IS
    from gapmap.wiring import open_workspace

    if out is not None and out.suffix.lower() not in COMPARISON_FORMATS:
        raise RequestError(
            f"{out} cannot be written: the ending must be one of {', '.join(COMPARISON_FORMATS)}."
        )
    workspace, study = open_workspace().at(study)
    names = (AS_IT_IS, first) if second is None else (first, second)
    sides = [workspace.load_what_if(study, name) for name in names]
    console = progress_console()
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    with console.status("Measuring reach on both sides"):
        comparison = usecases.compare_what_ifs(opened, sides[0], sides[1], within=within)
    if out is not None:
        with console.status(f"Writing {out.name}"):
            write_whole(out, comparison_bytes(comparison, opened, out.suffix))
    if as_json:
        facts = comparison_facts(comparison, opened)
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print_comparison(comparison, opened)
        if out is not None:
            click.echo(f"Written: {out}")
