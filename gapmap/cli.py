"""The command line: one command a use case.

Figures go to standard output, progress and errors to standard error. A refusal prints one
sentence and exits with status 2.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from gapmap.errors import GapmapError, RequestError
from gapmap.model import WEEKDAYS, Method, Who

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from gapmap.model import Study

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _refusals_in_words(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn a refusal into one line on standard error and status 2."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except GapmapError as error:
            click.echo(f"gapmap: {error}", err=True)
            sys.exit(2)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gapmap")
def main() -> None:
    """See where people in need live, which sites reach them, and where nobody does."""


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@_refusals_in_words
def studies(as_json: bool) -> None:
    """List the studies that can be opened."""
    from gapmap.wiring import open_workspace

    cards = open_workspace().studies()
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"id": c.id, "name": c.name, "summary": c.summary, "problem": c.problem}
                    for c in cards
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    for card in cards:
        click.echo(f"{card.id:<16} {card.name}")
        click.echo(f"{'':<16} {card.problem or card.summary}")


@main.command()
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
    default=Who.PUBLIC.value,
    show_default=True,
    help="Whose sites count: those open to the public, or all.",
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file: .csv, .xlsx, .geojson, .gpkg, .parquet or .html.",
)
@_refusals_in_words
def assess(
    study: str,
    measure: str | None,
    reach: str | None,
    method: str | None,
    who: str,
    meal: str | None,
    day: str | None,
    count_unknown: bool,
    partners: tuple[str, ...],
    within: str | None,
    sites_file: Path | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Measure who in STUDY is in reach of a site, and who is not."""
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
    workspace = open_workspace()
    console = _progress_console()
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    if sites_file is not None:
        with console.status(f"Checking {sites_file.name}"):
            checked = workspace.check_sites_file(sites_file, study=opened)
        opened = usecases.with_sites(opened, checked)
    _check_meal(opened, meal)
    default = usecases.default_scenario(opened)
    scenario = replace(
        default,
        measure=measure or default.measure,
        reach=default.reach if reach is None else Reach.parse(reach),
        method=default.method if method is None else Method(method),
        who=Who(who),
        meal=meal,
        day=day,
        count_unknown=count_unknown,
        partners=partners or None,
        within=within,
    )
    with console.status("Measuring reach"):
        answer = usecases.assess_gaps(opened, scenario)
    if out is not None:
        with console.status(f"Writing {out.name}"):
            _write(out, export_bytes(answer, opened, out.suffix))
    if as_json:
        click.echo(json.dumps(summary(answer, opened), ensure_ascii=False, indent=2))
    else:
        print_answer(answer, opened)
        if out is not None:
            click.echo(f"Written: {out}")


@main.group()
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
@_refusals_in_words
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
    console = _progress_console()
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
        _write(written, safe.to_csv(index=False).encode("utf-8-sig"))
    if as_json:
        click.echo(json.dumps(report_facts(checked, written), ensure_ascii=False, indent=2))
    else:
        print_report(checked, written)


@main.command()
@click.option("--port", default=8501, show_default=True, help="Port to listen on.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--base-path", default="", help="Path below which a reverse proxy serves the app.")
@_refusals_in_words
def serve(port: int, address: str, base_path: str) -> None:
    """Start the app and print its address."""
    from gapmap.webapp.server import serve as serve_app

    serve_app(port=port, address=address, base_path=base_path)


def _progress_console() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def _check_meal(study: Study, meal: str | None) -> None:
    from gapmap.errors import UnknownNameError

    if meal is not None and meal not in study.words.meals:
        raise UnknownNameError(study.words.meal, meal, study.words.meals)


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for column in columns:
        standard, equals, name = column.partition("=")
        if not (standard and equals and name):
            raise RequestError(f"--column {column} should read STANDARD=COLUMN, as in name=Place.")
        pairs[standard.strip()] = name.strip()
    return pairs


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RequestError(f"{path} cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    main()
