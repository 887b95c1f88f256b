"""``gapmap board minutes|digest|calendar``: what leaves the room."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gapmap.cli.board import as_json_option, print_json, said_in_json, store_of
from gapmap.cli.board_people import board
from gapmap.cli.common import progress_console, write_whole
from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.model import GapAssessment, Study
    from gapmap.views.minutes_facts import Minutes

__all__ = ["board"]

_FORMS: Final = (".html", ".htm", ".pdf", ".xlsx", ".csv")


@board.command("minutes")
@click.argument("board_id", metavar="ID")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write: .html, .pdf, .xlsx or .csv.",
)
@click.option(
    "--paper",
    type=click.Choice(["letter", "a4"]),
    default="letter",
    show_default=True,
    help="Size of a PDF's pages.",
)
@click.option("--without-names", is_flag=True, help="Leave people's display names out.")
@as_json_option
@said_in_json
def minutes(board_id: str, out: Path, paper: str, without_names: bool, as_json: bool) -> None:
    """Write the minutes of a board: decisions, commitments with maps, what is still open."""
    form = out.suffix.lower()
    if form not in _FORMS:
        raise RequestError(
            f"{out} cannot be written: the ending must be one of {', '.join(_FORMS)}."
        )
    made = _minutes(board_id, with_names=not without_names)
    with progress_console().status(f"Writing {out.name}"):
        write_whole(out, _written(made, form, paper))
    if as_json:
        print_json({"id": board_id, "revision": made.state.revision, "out": str(out)})
    else:
        click.echo(f"Written: {out} (board {board_id} at revision {made.state.revision})")


@board.command("digest")
@click.argument("board_id", metavar="ID")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="The first day that counts, by UTC: 2026-11-01.",
)
@click.option("--atom", "is_atom", is_flag=True, help="As an Atom feed instead of text.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; standard output otherwise.",
)
@click.option("--without-names", is_flag=True, help="Leave people's display names out.")
@said_in_json
def digest(
    board_id: str, since: datetime, is_atom: bool, out: Path | None, without_names: bool
) -> None:
    """Tell what changed on a board since a day, what is due, and what is still open."""
    from gapmap.views.digest import digest_feed, digest_text

    made = _minutes(board_id, with_names=not without_names)
    if is_atom:
        content = digest_feed(made, since=since.date())
    else:
        content = digest_text(made, since=since.date()).encode()
    if out is None:
        click.echo(content.decode(), nl=is_atom)
    else:
        write_whole(out, content)
        click.echo(f"Written: {out}")


@board.command("calendar")
@click.argument("board_id", metavar="ID")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write, .ics.",
)
@said_in_json
def calendar(board_id: str, out: Path) -> None:
    """Write the days by which something is due on a board, for people's calendars."""
    from gapmap.views.due_dates import due_calendar

    if out.suffix.lower() != ".ics":
        raise RequestError(f"{out} cannot be written: a calendar's name ends in .ics.")
    write_whole(out, due_calendar(_minutes(board_id, with_names=False, with_need=False)))
    click.echo(f"Written: {out}")


def _written(made: Minutes, form: str, paper: str) -> bytes:
    if form == ".xlsx":
        from gapmap.views.minutes_tables import minutes_workbook

        return minutes_workbook(made)
    if form == ".csv":
        from gapmap.views.minutes_tables import minutes_csv

        return minutes_csv(made)
    from gapmap.views.minutes import minutes_page, minutes_paper

    if form == ".pdf":
        from gapmap.views.paper_pdf import paper_pdf

        return paper_pdf(minutes_paper(made), size=paper)
    return minutes_page(made).encode()


def _minutes(board_id: str, *, with_names: bool, with_need: bool = True) -> Minutes:
    from gapmap.views.minutes_facts import Minutes
    from gapmap.wiring import open_workspace

    with store_of() as store:
        state = store.expire(board_id)
        events = store.events(board_id, up_to=state.revision)
        areas = store.areas(board_id)
        names = {one.id: one.name for one in store.members(board_id)} if with_names else {}
    with progress_console().status(f"Reading {state.study}"):
        study = open_workspace().load_study(state.study)
        order, assessment, what_if = _asked(study, state.scenario, with_need=with_need)
    return Minutes(
        state=state,
        events=events,
        study=study,
        areas=areas,
        today=datetime.now(UTC).date(),
        assessment=assessment,
        order=order,
        names=names,
        what_if=what_if,
    )


def _asked(
    study: Study, kept: Mapping[str, Any], *, with_need: bool
) -> tuple[tuple[str, ...], GapAssessment | None, str]:
    """Answer the board's own question of the whole study; partners, answer and what-if's name."""
    if not with_need:
        return (), None, ""
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.webapp.board_question import BoardQuestion

    question = BoardQuestion.from_json(kept, study)
    if question.what_if is None:
        asked = replace(question.scenario, within=None)
        return question.partners, usecases.assess_gaps(study, asked), ""
    imagined, scenario = usecases.apply_what_if(study, question.what_if)
    answer = usecases.assess_gaps(imagined, scenario)
    return question.partners, answer, question.what_if.name
