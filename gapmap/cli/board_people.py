"""``gapmap board join-code|join|members|forget|export|import``: who comes, and what leaves."""

from __future__ import annotations

from pathlib import Path

import click

from gapmap.cli.board import as_json_option, print_json, said_in_json, store_of
from gapmap.cli.board_changes import board
from gapmap.cli.common import write_whole

__all__ = ["board"]

# The values of gapmap.board.values.Role: --help need not wait for SQL.
_ROLES = ("facilitator", "partner", "viewer")


@board.command("join-code")
@click.argument("board_id", metavar="ID")
@click.option(
    "--role", type=click.Choice(_ROLES), default="partner", show_default=True, help="As what."
)
@click.option("--partner", default="", help="For whom; those who join say so otherwise.")
@click.option("--hours", default=12.0, show_default=True, help="How long it lets people in.")
@as_json_option
@said_in_json
def join_code(board_id: str, role: str, partner: str, hours: float, as_json: bool) -> None:
    """Make a code with which people join a board."""
    from gapmap.board.joining import offer
    from gapmap.board.store import OPERATOR
    from gapmap.board.values import Role, json_time

    with store_of() as store:
        made = offer(store, board_id, Role(role), by=OPERATOR, partner=partner, hours=hours)
    if as_json:
        print_json(
            {
                "code": made.code,
                "in_link": made.in_link,
                "board": made.board,
                "role": str(made.role),
                "partner": made.partner,
                "expires": json_time(made.expires),
            }
        )
        return
    click.echo(made.code)
    click.echo(f"As {made.role}, until {made.expires:%Y-%m-%d %H:%M} UTC.", err=True)


@board.command("join")
@click.argument("code")
@click.option("--name", required=True, help="Display name; nothing else of a person is kept.")
@click.option("--partner", default="", help="For whom, where the code does not say.")
@as_json_option
@said_in_json
def join(code: str, name: str, partner: str, as_json: bool) -> None:
    """Join a board with a code and print the token to act with (--token)."""
    from gapmap.board import joining

    with store_of() as store:
        joined = joining.join(store, code, name, partner=partner, source="command line")
    member = joined.member
    if as_json:
        print_json(
            {
                "token": joined.token,
                "member": member.id,
                "board": member.board,
                "role": str(member.role),
                "partner": member.partner,
            }
        )
        return
    click.echo(joined.token)
    whose = f" for {member.partner}" if member.partner else ""
    click.echo(f"You are at board {member.board} as {member.role}{whose}.", err=True)


@board.command("members")
@click.argument("board_id", metavar="ID")
@as_json_option
@said_in_json
def members(board_id: str, as_json: bool) -> None:
    """List who joined a board."""
    with store_of() as store:
        found = store.members(board_id)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "role": str(one.role),
                    "partner": one.partner,
                    "name": one.name,
                    "has_left": one.has_left,
                }
                for one in found
            ]
        )
        return
    for one in found:
        left = ", left" if one.has_left else ""
        click.echo(f"{one.id:<14} {one.role:<12} {one.name or '–'}, {one.partner or '–'}{left}")


@board.command("forget")
@click.argument("board_id", metavar="ID")
@click.argument("member_id", metavar="MEMBER")
@as_json_option
@said_in_json
def forget(board_id: str, member_id: str, as_json: bool) -> None:
    """Delete what is kept of a person; what they did stays, by nobody's name."""
    from gapmap.board import joining
    from gapmap.board.store import OPERATOR

    with store_of() as store:
        gone = joining.forget(store, board_id, member_id, by=OPERATOR)
    if as_json:
        print_json({"id": gone.id, "name": gone.name, "has_left": gone.has_left})
    else:
        click.echo(f"The name of {gone.id} is deleted; they act no more.")


@board.command("export")
@click.argument("board_id", metavar="ID")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, JSON lines; standard output otherwise.",
)
@click.option("--without-names", is_flag=True, help="Leave people's display names out.")
@as_json_option
@said_in_json
def export(board_id: str, out: Path | None, without_names: bool, as_json: bool) -> None:
    """Write a whole board, its history included, as one file."""
    from gapmap.board.archive import archived

    with store_of() as store:
        lines = archived(store, board_id, with_names=not without_names)
        revision = store.board(board_id).revision
    if out is None:
        click.echo("".join(lines), nl=False)
        return
    write_whole(out, "".join(lines).encode())
    if as_json:
        print_json({"id": board_id, "revision": revision, "out": str(out), "lines": len(lines)})
    else:
        click.echo(f"Written: {out} (board {board_id} at revision {revision})")


@board.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as-new", is_flag=True, help="Under a new identifier, beside the one there is.")
@as_json_option
@said_in_json
def import_board(file: Path, as_new: bool, as_json: bool) -> None:
    """Read a board back from FILE, as export wrote it."""
    from gapmap.board.archive import restored
    from gapmap.sources.board_files import read_archive_lines

    lines = read_archive_lines(file)
    with store_of() as store:
        made = restored(store, lines, as_new=as_new)
    if as_json:
        print_json(made.as_json())
        return
    click.echo(made.id)
    click.echo(f"{made.title}: {made.revision:,} changes, {made.area_count:,} areas.", err=True)
