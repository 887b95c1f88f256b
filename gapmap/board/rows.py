"""Rows of the tables as values, and back; each inside the transaction that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.database import CHANNEL
from gapmap.board.present import Entry, Step
from gapmap.board.values import Board, Event, Member, Role
from gapmap.errors import NotAllowedError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.engine import Connection, Row

    from gapmap.board.present import BoardState

__all__ = [
    "advance",
    "areas_of",
    "as_board",
    "as_event",
    "as_member",
    "board_row",
    "entries_of",
    "events_of",
    "events_of_requests",
    "insert_areas",
    "insert_board",
    "insert_entries",
    "insert_event",
    "insert_member",
    "lay",
    "locked",
    "member_of",
    "members_of",
    "steps_of",
]


def board_row(connection: Connection, board: str, *, lock: bool = False) -> Row[Any]:
    """Return the row of a board, locked until the transaction ends if it is to be written.

    Raises
    ------
    UnknownNameError
        If there is no such board.
    """
    query = sa.select(tables.board).where(tables.board.c.id == board)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        known = connection.execute(sa.select(tables.board.c.id)).scalars()
        raise UnknownNameError("board", board, map(str, known))
    return row


# Asked at every write, while others wait: put together once.
_LOCKED: Final = (
    sa.select(tables.board, *(column.label(f"member_{column.name}") for column in tables.member.c))
    .select_from(
        tables.board.outerjoin(
            tables.member,
            sa.and_(
                tables.member.c.board_id == tables.board.c.id,
                tables.member.c.id.in_(sa.bindparam("of_members", expanding=True)),
            ),
        )
    )
    .where(tables.board.c.id == sa.bindparam("of_board"))
    .with_for_update(of=tables.board)
)
# Who waits for a row that is updated meanwhile is overtaken by newcomers to its new version; this
# queue is kept in order.
_QUEUE: Final = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("of_board"), 1))
)
_OF_REQUESTS: Final = sa.select(tables.event).where(
    tables.event.c.board_id == sa.bindparam("of_board"),
    tables.event.c.request.in_(sa.bindparam("of_requests", expanding=True)),
)
_BETWEEN: Final = (
    sa.select(tables.event)
    .where(
        tables.event.c.board_id == sa.bindparam("of_board"),
        tables.event.c.revision > sa.bindparam("after"),
        tables.event.c.revision <= sa.bindparam("up_to"),
    )
    .order_by(tables.event.c.revision)
)
_STEPS: Final = _BETWEEN.with_only_columns(
    tables.event.c.revision, tables.event.c.at, tables.event.c.patch
)
_AHEAD: Final = (
    sa.update(tables.board)
    .where(tables.board.c.id == sa.bindparam("of_board"))
    .values(
        revision=sa.bindparam("to_revision"),
        changed=sa.bindparam("to_changed"),
        title=sa.bindparam("to_title"),
    )
)
# Sent with the commit, and in the same message as the rest.
_AHEAD_AND_TOLD: Final = _AHEAD.returning(sa.func.pg_notify(CHANNEL, sa.bindparam("told")))
_NEW_EVENT: Final = sa.insert(tables.event)
_NEWEST: Final = 2**31 - 1


def locked(
    connection: Connection, board: str, members: Collection[str]
) -> tuple[Row[Any], dict[str, Member]]:
    """Return the row of a board, locked for writing, and who of those that want to write is there.

    Raises
    ------
    UnknownNameError
        If there is no such board.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_QUEUE, {"of_board": board})
    rows = connection.execute(_LOCKED, {"of_board": board, "of_members": list(members)}).all()
    if not rows:
        board_row(connection, board)
        raise UnknownNameError("board", board, [])
    found = {
        row.member_id: Member(
            id=row.member_id,
            board=row.id,
            role=Role(row.member_role),
            partner=row.member_partner,
            name=row.member_name,
            expires=row.member_expires,
            has_left=row.member_has_left,
        )
        for row in rows
        if row.member_id is not None
    }
    return rows[0], found


def as_board(row: Row[Any]) -> Board:
    """Return a row as a board."""
    return Board(
        id=row.id,
        study=row.study,
        title=row.title,
        revision=row.revision,
        created=row.created,
        changed=row.changed,
        area_count=row.area_count,
    )


def events_of(
    connection: Connection,
    board: str,
    after: int,
    up_to: int | None = None,
    limit: int | None = None,
    *,
    newest_first: bool = False,
) -> tuple[Event, ...]:
    """Return events after one revision and up to another, in their order or against it."""
    query = _BETWEEN
    if newest_first:
        query = query.order_by(None).order_by(tables.event.c.revision.desc())
    if limit is not None:
        query = query.limit(limit)
    span = {"of_board": board, "after": after, "up_to": _NEWEST if up_to is None else up_to}
    return tuple(as_event(row) for row in connection.execute(query, span))


def steps_of(connection: Connection, board: str, after: int, up_to: int) -> list[Step]:
    """Return what a state after one revision needs to become the one after another."""
    span = {"of_board": board, "after": after, "up_to": up_to}
    return [Step(*row) for row in connection.execute(_STEPS, span)]


def as_event(row: Row[Any]) -> Event:
    """Return a row as an event."""
    return Event(
        board=row.board_id,
        revision=row.revision,
        kind=row.kind,
        at=row.at,
        member=row.member,
        partner=row.partner,
        patch=row.patch,
        inverse=row.inverse,
        undoes=row.undoes,
        note=row.note,
        request=row.request,
    )


def events_of_requests(
    connection: Connection, board: str, requests: Collection[str]
) -> dict[str, Event]:
    """Return the events that requests were done by, of those that were."""
    if not requests:
        return {}
    asked = {"of_board": board, "of_requests": list(requests)}
    return {row.request: as_event(row) for row in connection.execute(_OF_REQUESTS, asked)}


def as_member(row: Row[Any]) -> Member:
    """Return a row as a member."""
    return Member(
        id=row.id,
        board=row.board_id,
        role=Role(row.role),
        partner=row.partner,
        name=row.name,
        expires=row.expires,
        has_left=row.has_left,
    )


def member_of(connection: Connection, board: str, member: str) -> Member:
    """Return a member of a board.

    Raises
    ------
    NotAllowedError
        If nobody of that identifier is at the board.
    """
    query = sa.select(tables.member).where(
        tables.member.c.board_id == board, tables.member.c.id == member
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotAllowedError("You are not at this board. Join it with a code.")
    return as_member(row)


def members_of(connection: Connection, board: str) -> tuple[Member, ...]:
    """Return everybody who ever joined a board."""
    rows = connection.execute(sa.select(tables.member).where(tables.member.c.board_id == board))
    return tuple(sorted((as_member(row) for row in rows), key=lambda one: one.id))


def insert_member(connection: Connection, member: Member) -> None:
    """Write a new member down."""
    connection.execute(
        sa.insert(tables.member).values(
            board_id=member.board,
            id=member.id,
            role=str(member.role),
            partner=member.partner,
            name=member.name,
            expires=member.expires,
            has_left=member.has_left,
        )
    )


def insert_board(connection: Connection, new: Board) -> None:
    """Write a new board down."""
    connection.execute(
        sa.insert(tables.board).values(
            id=new.id,
            study=new.study,
            title=new.title,
            revision=new.revision,
            created=new.created,
            changed=new.changed,
            area_count=new.area_count,
        )
    )


def insert_areas(connection: Connection, board: str, areas: Mapping[str, str | None]) -> None:
    """Write down what can be claimed on a board."""
    rows = [
        {"board_id": board, "geoid": geoid, "neighbourhood": place}
        for geoid, place in areas.items()
    ]
    if rows:
        connection.execute(sa.insert(tables.area), rows)


def areas_of(connection: Connection, board: str) -> dict[str, str | None]:
    """Return what can be claimed on a board, by area."""
    query = sa.select(tables.area.c.geoid, tables.area.c.neighbourhood)
    rows = connection.execute(query.where(tables.area.c.board_id == board))
    # Sorted here: databases sort texts each by a language of their own.
    return dict(sorted((str(row.geoid), row.neighbourhood) for row in rows))


def insert_event(connection: Connection, *new: Event) -> None:
    """Write events down."""
    rows = [
        {
            "board_id": one.board,
            "revision": one.revision,
            "kind": one.kind,
            "at": one.at,
            "member": one.member,
            "partner": one.partner,
            "patch": one.patch,
            "inverse": one.inverse,
            "undoes": one.undoes,
            "note": one.note,
            "request": one.request,
        }
        for one in new
    ]
    _execute(connection, _NEW_EVENT, rows)


def advance(connection: Connection, after: BoardState) -> None:
    """Write down that a board is at a new state; PostgreSQL tells who listens."""
    values = {
        "of_board": after.board,
        "to_revision": after.revision,
        "to_changed": after.changed,
        "to_title": after.title,
    }
    if connection.dialect.name == "sqlite":
        connection.execute(_AHEAD, values)
    else:
        told = f"{after.board} {after.revision}"
        connection.execute(_AHEAD_AND_TOLD, {**values, "told": told})


def entries_of(connection: Connection, board: str) -> dict[str, dict[str, Entry]]:
    """Return what lies on a board, by section and key."""
    sections: dict[str, dict[str, Entry]] = {}
    query = sa.select(
        tables.entry.c.section, tables.entry.c.key, tables.entry.c.value, tables.entry.c.revision
    )
    for row in connection.execute(query.where(tables.entry.c.board_id == board)):
        sections.setdefault(row.section, {})[row.key] = Entry(row.value, row.revision)
    return sections


_PLACE: Final = sa.and_(
    tables.entry.c.board_id == sa.bindparam("in_board"),
    tables.entry.c.section == sa.bindparam("in_section"),
    tables.entry.c.key == sa.bindparam("in_key"),
)


_NEW_ENTRY: Final = sa.insert(tables.entry)
_ENTRY_ALTERED: Final = sa.update(tables.entry).where(_PLACE)
_ENTRY_GONE: Final = sa.delete(tables.entry).where(_PLACE)


def lay(
    connection: Connection, before: BoardState, after: BoardState, new: Sequence[Event]
) -> None:
    """Write what events change of the present, from the state before them to the one after."""
    touched = {
        (str(section), key): None
        for event in new
        for section, values in event.patch.items()
        for key in values
    }
    gone, fresh, altered = [], [], []
    for section, key in touched:
        entry = after.sections.get(section, {}).get(key)
        is_known = before.value(section, key) is not None
        place = {"in_board": after.board, "in_section": section, "in_key": key}
        if entry is None:
            if is_known:
                gone.append(place)
        elif is_known:
            altered.append({**place, "value": entry.value, "revision": entry.revision})
        else:
            fresh.append(_entry_row(after.board, section, key, entry))
    if gone:
        _execute(connection, _ENTRY_GONE, gone)
    if fresh:
        _execute(connection, _NEW_ENTRY, fresh)
    if altered:
        _execute(connection, _ENTRY_ALTERED, altered)


def _execute(connection: Connection, statement: sa.Executable, rows: list[dict[str, Any]]) -> None:
    # One row as such: drivers take more trouble over a list of one.
    connection.execute(statement, rows if len(rows) > 1 else rows[0])


def insert_entries(connection: Connection, state: BoardState) -> None:
    """Write a whole present down, where there was none."""
    rows = [
        _entry_row(state.board, str(section), key, entry)
        for section, entries in state.sections.items()
        for key, entry in entries.items()
    ]
    if rows:
        connection.execute(sa.insert(tables.entry), rows)


def _entry_row(board: str, section: str, key: str, entry: Entry) -> dict[str, Any]:
    return {
        "board_id": board,
        "section": section,
        "key": key,
        "value": entry.value,
        "revision": entry.revision,
    }
