"""``gapmap fetch``."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapmap.cli.common import progress_console, refusals_in_words
from gapmap.rules import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from gapmap.sources.fetching import Fetched, FetchRequest, Progress
    from gapmap.wiring import Workspace

__all__ = ["fetch"]

_LEVELS = {"tract": Level.TRACT, "block-group": Level.BLOCK_GROUP}


@click.command()
@click.option("--state", required=True, help="Name, postal code or FIPS code: Texas, TX, 48.")
@click.option(
    "--county",
    "counties",
    multiple=True,
    help="Name or FIPS code of a county; repeatable. Without one, the whole state.",
)
@click.option("--year", type=int, help="Last of the survey's five years; the newest otherwise.")
@click.option(
    "--level",
    type=click.Choice(list(_LEVELS)),
    default="tract",
    show_default=True,
    help="Census tracts, or block groups (fewer measures are published for these).",
)
@click.option("--sites", is_flag=True, help="Also fetch the federal list of summer meal sites.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The study folder to write; one where fetched studies are kept otherwise.",
)
@click.option("--id", "name", help="Name of the study; one after its counties otherwise.")
@click.option("--refresh", is_flag=True, help="Ask for everything anew, whatever is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@refusals_in_words
def fetch(
    state: str,
    counties: tuple[str, ...],
    year: int | None,
    level: str,
    sites: bool,
    out: Path | None,
    name: str | None,
    refresh: bool,
    as_json: bool,
) -> None:
    """Fetch a study: need, boundaries, where people live, and meal sites if asked.

    Stopped at any moment and typed again, it goes on where it was.
    """
    from gapmap.sources.fetching import FetchRequest
    from gapmap.wiring import open_workspace

    request = FetchRequest(
        state=state,
        counties=counties,
        year=year,
        level=_LEVELS[level],
        sites=sites,
        out=out,
        id=name,
        refresh=refresh,
    )
    fetched = _with_progress(open_workspace(), request)
    given = str(out) if out is not None else fetched.study_id
    if as_json:
        click.echo(json.dumps(_facts(fetched), ensure_ascii=False, indent=2))
        return
    click.echo(f"{fetched.name} is in {fetched.folder}")
    for file, rows in fetched.contents:
        click.echo(f"  {file:<24} {rows:>9,} rows")
    for warning in fetched.warnings:
        click.echo(f"Note: {warning}")
    # A bare name could be another study's; a path with a separator never is.
    word = given if out is None or "/" in given or "\\" in given else f"./{given}"
    word = shlex.quote(word)
    click.echo(f"Next:\n  gapmap assess {word}\n  gapmap serve {word}")


def _facts(fetched: Fetched) -> dict[str, object]:
    return {
        "study": fetched.study_id,
        "name": fetched.name,
        "folder": str(fetched.folder),
        "rows": dict(fetched.contents),
        "warnings": list(fetched.warnings),
    }


def _with_progress(workspace: Workspace, request: FetchRequest) -> Fetched:
    """Fetch with a bar on standard error; Ctrl+C stops it in order."""
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=progress_console(),
        transient=True,
    )
    with _stopped_by_ctrl_c() as is_stopped, bar:
        task = bar.add_task("Fetching", total=None)

        def show(now: Progress) -> None:
            bar.update(task, description=now.step, completed=now.done, total=now.total)

        return workspace.fetch(request, show, is_stopped)


@contextlib.contextmanager
def _stopped_by_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl+C ask for an orderly stop, and the second one end the program."""
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    former = signal.signal(signal.SIGINT, stop)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, former)
