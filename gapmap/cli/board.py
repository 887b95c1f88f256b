"""``gapmap board``: the shared plan of a roundtable, from the command line.

Whoever has the database is its facilitator here; ``--token`` acts as one who joined instead.
"""

from __future__ import annotations

import functools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from gapmap.cli.common import progress_console, refusals_in_words
from gapmap.errors import ConflictError, GapmapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gapmap.board.store import Store
    from gapmap.board.values import Board

__all__ = ["as_json_option", "board", "print_json", "said_in_json", "store_of"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


@contextmanager
def store_of() -> Iterator[Store]:
    """Give the store of this installation, and close it after."""
    from gapmap.wiring import open_workspace

    with open_workspace().open_boards() as store:
        yield store


def print_json(shown: Any) -> None:
    """Print one JSON value."""
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2, allow_nan=False))


def as_json_option(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")(command)


def said_in_json(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Print a refusal as JSON too where JSON was asked for, with what stands in the way."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except GapmapError as error:
            if kwargs.get("as_json"):
                found = list(error.conflicts) if isinstance(error, ConflictError) else []
                print_json({"refused": str(error), "conflicts": found})
            raise

    return refusals_in_words(wrapped)


@click.group()
def board() -> None:
    """Share one plan among partners: who takes which areas, what was decided, and when."""


@board.command("create")
@click.argument("study")
@click.option("--title", default="", help="What to call it; the study's name otherwise.")
@click.option("--within", help="Only this neighbourhood or group of neighbourhoods.")
@as_json_option
@said_in_json
def create(study: str, title: str, within: str | None, as_json: bool) -> None:
    """Make a board of STUDY (a name, or a study folder) and print its identifier."""
    from gapmap import usecases
    from gapmap.wiring import open_workspace

    workspace, study = open_workspace().at(study)
    with progress_console().status(f"Reading {study}"):
        opened = workspace.load_study(study)
        areas = usecases.claimable_areas(opened, within)
    with store_of() as store:
        made = store.create_board(study, areas, title=title or f"{opened.name}, roundtable")
    if as_json:
        print_json(made.as_json())
        return
    click.echo(made.id)
    click.echo(f"{made.title}: {made.area_count:,} areas to be claimed.", err=True)


@board.command("list")
@as_json_option
@said_in_json
def list_boards(as_json: bool) -> None:
    """List the boards, the one changed last first."""
    with store_of() as store:
        found = store.boards()
    if as_json:
        print_json([one.as_json() for one in found])
        return
    for one in found:
        click.echo(f"{one.id:<12} {one.title}")
        click.echo(f"{'':<12} {_line(one)}")
    if not found:
        click.echo("There is no board yet. Make one: gapmap board create STUDY", err=True)


def _line(one: Board) -> str:
    changed = one.changed.strftime("%Y-%m-%d %H:%M UTC")
    return f"{one.study}, {one.area_count:,} areas, revision {one.revision}, changed {changed}"


@board.command("show")
@click.argument("board_id", metavar="ID")
@click.option("--at", "revision", type=int, help="As it was at this revision; as it is otherwise.")
@as_json_option
@said_in_json
def show(board_id: str, revision: int | None, as_json: bool) -> None:
    """Show who holds what on a board, now or at an earlier revision."""
    from gapmap.cli.board_words import print_state, state_facts

    with store_of() as store:
        card = store.board(board_id)
        now = store.expire(board_id)
        state = now if revision is None else store.state_at(board_id, revision)
    if as_json:
        print_json(state_facts(state, card))
    else:
        print_state(state, card)


@board.command("log")
@click.argument("board_id", metavar="ID")
@click.option("--after", default=0, help="Only what came after this revision.")
@click.option("--limit", type=click.IntRange(1), help="Only the newest so many.")
@as_json_option
@said_in_json
def log(board_id: str, after: int, limit: int | None, as_json: bool) -> None:
    """Tell everything that was done on a board, in order."""
    from gapmap.board.words import sentence

    with store_of() as store:
        found = store.events(board_id, after=after, limit=limit, newest_first=limit is not None)
        names = {one.id: one.name for one in store.members(board_id)}
    events = tuple(reversed(found)) if limit is not None else found
    if as_json:
        print_json(
            [
                one.as_json() | {"author": names.get(one.member, ""), "said": sentence(one)}
                for one in events
            ]
        )
        return
    for one in events:
        author = names.get(one.member) or one.member or "server"
        click.echo(f"{one.revision:>6}  {one.at:%Y-%m-%d %H:%M:%S}  {author:<16} {sentence(one)}")
