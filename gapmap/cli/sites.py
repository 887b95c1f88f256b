"""``gapmap sites``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.errors import RequestError

__all__ = ["sites"]


@click.group()
def sites() -> None:
    """Work with site lists."""


@sites.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--study", help="Also check that the sites lie in this study.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="STANDARD=COLUMN",
    help="For an unknown layout: name=Place, latitude=LAT …; repeatable.",
)
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the rows left out, with reasons. [default: NAME-rejected.csv, here]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@refusals_in_words
def check(
    file: Path,
    study: str | None,
    columns: tuple[str, ...],
    rejected: Path | None,
    as_json: bool,
) -> None:
    """Put the site list FILE through the import gate and say what happened to every row."""
    from gapmap.views.exports import safe_text
    from gapmap.views.terminal import print_report, report_facts
    from gapmap.wiring import open_workspace

    workspace = open_workspace()
    console = progress_console()
    opened = None
    if study is not None:
        with console.status(f"Reading {study}"):
            opened = workspace.load_study(study)
    with console.status(f"Checking {file.name}"):
        checked = workspace.check_sites_file(file, columns=_pairs(columns) or None, study=opened)
    report = checked.report
    written: Path | None = None
    if len(report.left_out):
        # Here, not beside the list: that may be somebody else's folder.
        written = rejected or Path(f"{file.stem}-rejected.csv")
        safe = report.left_out.map(lambda cell: safe_text(cell) if isinstance(cell, str) else cell)
        write_whole(written, safe.to_csv(index=False).encode("utf-8-sig"))
    if as_json:
        click.echo(json.dumps(report_facts(checked, written), ensure_ascii=False, indent=2))
    else:
        print_report(checked, written)


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for column in columns:
        standard, equals, name = column.partition("=")
        if not (standard and equals and name):
            raise RequestError(f"--column {column} should read STANDARD=COLUMN, as in name=Place.")
        pairs[standard.strip()] = name.strip()
    return pairs
