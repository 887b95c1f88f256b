"""``gapmap board claim|release|commit|ask|answer|decide|undo``: changes of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from gapmap.cli.board import as_json_option, board, print_json, said_in_json, store_of
from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gapmap.board.store import Store, Written

__all__ = ["board"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_STEPS = ("committed", "opened", "verified")


def _on_a_board(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add what every change takes: the board, as whom, on what they looked, what they say."""
    for option in (
        as_json_option,
        click.option("--note", default="", help="What to say with it, for the log."),
        click.option("--seen", type=int, help="The revision looked at; what changed since stays."),
        click.option("--token", help="Act as who joined with this token, not as facilitator."),
        click.argument("board_id", metavar="ID"),
    ):
        command = option(command)
    return command


def _of_areas(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add the areas, one by one or by neighbourhood."""
    by_name = click.option(
        "--neighbourhood", "neighbourhoods", multiple=True, help="All its areas; repeatable."
    )
    return by_name(click.argument("areas", metavar="GEOID...", nargs=-1)(command))


@board.command("claim")
@_on_a_board
@_of_areas
@click.option("--partner", required=True, help="Who takes them.")
@click.option("--group", default="", help="On whose behalf, if not its own.")
@click.option("--hours", type=float, help="Open again after so many hours unless committed.")
@said_in_json
def claim(board_id: str, as_json: bool, **asked: Any) -> None:
    """Take areas for a partner, all or none; a refusal names who holds them."""
    _make(board_id, "take", asked, as_json, "partner", "group", "hours", "areas", "neighbourhoods")


@board.command("release")
@_on_a_board
@_of_areas
@click.option("--partner", help="Whose they are; another's are not touched.")
@said_in_json
def release(board_id: str, as_json: bool, **asked: Any) -> None:
    """Give areas back."""
    _make(board_id, "release", asked, as_json, "partner", "areas", "neighbourhoods")


@board.command("commit")
@_on_a_board
@_of_areas
@click.option("--partner", help="Whose they are; another's are not touched.")
@click.option(
    "--to",
    type=click.Choice(_STEPS),
    default="committed",
    show_default=True,
    help="How far: committed to, opened, or verified by a facilitator.",
)
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="The day by which it opens.")
@said_in_json
def commit(board_id: str, as_json: bool, due: datetime | None, **asked: Any) -> None:
    """Go one step on with areas: commit to them, say that they are open, verify it."""
    asked["due"] = None if due is None else due.date().isoformat()
    _make(board_id, "advance", asked, as_json, "partner", "to", "due", "areas", "neighbourhoods")


@board.command("ask")
@_on_a_board
@_of_areas
@click.option("--partner", required=True, help="Who asks.")
@said_in_json
def ask(board_id: str, as_json: bool, **asked: Any) -> None:
    """Ask the holders of areas to let go of them."""
    _make(board_id, "ask", asked, as_json, "partner", "areas", "neighbourhoods")


@board.command("answer")
@_on_a_board
@click.argument("id", metavar="REQUEST")
@click.option("--yes/--no", "is_yes", default=None, help="Hand them over, or keep them.")
@said_in_json
def answer(board_id: str, as_json: bool, **asked: Any) -> None:
    """Answer a request for areas: yes hands them over."""
    if asked["is_yes"] is None:
        raise RequestError("Say --yes or --no.")
    _make(board_id, "answer", asked, as_json, "id", "is_yes")


@board.command("split")
@_on_a_board
@click.argument("area", metavar="GEOID")
@click.option("--part", "parts", multiple=True, required=True, help="A part's name; repeat.")
@said_in_json
def split(board_id: str, as_json: bool, **asked: Any) -> None:
    """Split an area into named parts, claimed by themselves as GEOID#PART."""
    _make(board_id, "split", asked, as_json, "area", "parts")


@board.command("decide")
@_on_a_board
@click.argument("text")
@click.option("--for", "for_count", type=int, help="Hands for it.")
@click.option("--against", "against_count", type=int, help="Hands against it.")
@click.option("--abstained", "abstained_count", type=int, help="Hands for neither.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="The day by which it is done.")
@click.option("--area", "areas", multiple=True, help="GEOID that it is about; repeatable.")
@said_in_json
def decide(board_id: str, as_json: bool, due: datetime | None, **asked: Any) -> None:
    """Write a decision down, frozen with the state of the board."""
    names = ("for_count", "against_count", "abstained_count")
    hands = {name: asked[name] for name in names if asked[name] is not None}
    asked["hands"] = hands or None
    asked["due"] = None if due is None else due.date().isoformat()
    _make(board_id, "decide", asked, as_json, "text", "hands", "due", "areas")


@board.command("claiming")
@_on_a_board
@click.option("--open/--closed", "is_open", default=None, help="Whether partners may claim.")
@said_in_json
def claiming(board_id: str, as_json: bool, **asked: Any) -> None:
    """Open or close claiming for the partners."""
    if asked["is_open"] is None:
        raise RequestError("Say --open or --closed.")
    _make(board_id, "claiming", asked, as_json, "is_open")


@board.command("undo")
@_on_a_board
@click.argument("revision", type=int, required=False)
@said_in_json
def undo(board_id: str, as_json: bool, revision: int | None, **asked: Any) -> None:
    """Take back the change that led to REVISION, the last one otherwise."""
    if revision is None:
        with store_of() as store:
            revision = store.board(board_id).revision
    _make(board_id, "undo", {**asked, "revision": revision}, as_json, "revision")


def _make(board_id: str, do: str, asked: dict[str, Any], as_json: bool, *names: str) -> None:
    from gapmap.board.agenda import read_change

    given = {name: asked[name] for name in names if asked[name] is not None}
    change = read_change({"do": do, "note": asked["note"], **given})
    with store_of() as store:
        by = _who(store, board_id, asked["token"])
        written = store.write(board_id, change, by=by, seen=asked["seen"])
    _tell(written, as_json)


def _who(store: Store, board_id: str, token: str | None) -> str:
    from gapmap.board.store import OPERATOR

    if token is None:
        return OPERATOR
    from gapmap.board.joining import member_of_token

    return member_of_token(store, token, board_id).id


def _tell(written: Written, as_json: bool) -> None:
    from gapmap.board.words import sentence

    if as_json:
        event = None if written.event is None else written.event.as_json()
        print_json({"revision": written.revision, "event": event})
    elif written.event is None:
        click.echo(f"Nothing to change: it is so already at revision {written.revision}.")
    else:
        click.echo(f"Revision {written.revision}: {sentence(written.event)}")
