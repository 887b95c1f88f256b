"""``gapmap board minutes|digest|calendar|publish|unpublish``: what leaves the room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gapmap.cli.board import as_json_option, print_json, said_in_json, store_of
from gapmap.cli.board_people import board
from gapmap.cli.common import progress_console, write_whole
from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
        from gapmap.webapp.papers import Reader, paper_named, written

        name = paper_named(f"minutes{'.html' if form == '.htm' else form}")
        write_whole(out, written(name, made, Reader(size=paper)))
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
    help="The first day that counts, by the study's own time zone: 2026-11-01.",
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


@board.command("publish")
@click.argument("board_id", metavar="ID")
@as_json_option
@said_in_json
def publish(board_id: str, as_json: bool) -> None:
    """Make a public link to a board: to look on and to follow, without a code or a name."""
    from gapmap.board import publishing
    from gapmap.board.store import OPERATOR
    from gapmap.board.values import json_time

    with store_of() as store:
        made = publishing.publish(store, board_id, by=OPERATOR)
    address = f"gapmap/public/{made.key}"
    if as_json:
        about = {"id": board_id, "key": made.key, "made": json_time(made.made)}
        print_json({**about, "address": address})
        return
    click.echo(address)
    click.echo(
        "This address, after that of the app, opens the board for everybody who has it. A feed is "
        f"at {address}/changes.atom, a calendar at {address}/calendar.ics.",
        err=True,
    )


@board.command("unpublish")
@click.argument("board_id", metavar="ID")
@as_json_option
@said_in_json
def unpublish(board_id: str, as_json: bool) -> None:
    """Withdraw the public link of a board; it never opens again."""
    from gapmap.board import publishing
    from gapmap.board.store import OPERATOR

    with store_of() as store:
        was_public = publishing.unpublish(store, board_id, by=OPERATOR)
    if as_json:
        print_json({"id": board_id, "was_public": was_public})
    else:
        click.echo("The public link is withdrawn." if was_public else "There was no public link.")


def _minutes(board_id: str, *, with_names: bool, with_need: bool = True) -> Minutes:
    from gapmap.views.clock import clock_of
    from gapmap.views.minutes_facts import Minutes
    from gapmap.wiring import open_workspace

    with store_of() as store:
        state = store.expire(board_id)
        events = store.events(board_id, up_to=state.revision)
        areas, now = store.areas(board_id), store.now()
        names = {one.id: one.name for one in store.members(board_id)} if with_names else {}
    with progress_console().status(f"Reading {state.study}"):
        study = open_workspace().load_study(state.study)
        order, assessment, what_if = _asked(study, state.scenario, with_need=with_need)
    return Minutes(
        state=state,
        events=events,
        study=study,
        areas=areas,
        today=clock_of(study).day(now),
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
