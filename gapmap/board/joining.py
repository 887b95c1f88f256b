"""How people come to a board: a short code at the door, a signed token afterwards.

A token says who somebody is, never what they may do: role and partner are looked up at every
write, so that a change of role or a dismissal counts at once. Of a person a display name is kept,
and that only until it is deleted.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import jwt
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from gapmap.board import tables
from gapmap.board.rows import as_member, board_row, insert_member, member_of
from gapmap.board.values import Line, Member, Name, Role, new_id
from gapmap.errors import NotAllowedError, RequestError

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy.engine import Connection, Row

    from gapmap.board.store import Store

__all__ = [
    "JoinCode",
    "Joined",
    "codes",
    "dismiss",
    "forget",
    "join",
    "member_of_token",
    "offer",
    "set_role",
    "token_of",
    "withdraw",
]

# No vowels, no look-alikes; 27 ** 8 codes, of which a guesser may try some hundred an hour.
_LETTERS: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
_CODE_LENGTH: Final = 8

_STAY: Final = timedelta(days=30)

# A room behind one address may mistype twenty times at once, and ten times a minute.
_GUESSES: Final = 20.0
_GUESSES_PER_S: Final = 1 / 6
_FORGOTTEN_AFTER: Final = timedelta(hours=1)

_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "gapmap board"


@dataclass(frozen=True, slots=True)
class JoinCode:
    """A code that lets people in until it expires or is withdrawn.

    Parameters
    ----------
    code
        The code as it is shown: ``BDKX-27MQ``.
    board, role
        Where it leads, and as what.
    partner
        For whom; empty when who joins says so.
    expires
        When it lets nobody in any more.
    """

    code: str
    board: str
    role: Role
    partner: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who has come in, and the token to come back with."""

    member: Member
    token: str


def offer(
    store: Store, board: str, role: Role, *, by: str, partner: str = "", hours: float = 12.0
) -> JoinCode:
    """Make a code for people to join with; only a facilitator does.

    Parameters
    ----------
    store, board
        Where it leads.
    role, partner
        What who joins may do, and for whom; no partner: they say so themselves.
    by
        The member who makes it.
    hours
        How long it lets people in.
    """
    if not 0 < hours <= 366 * 24:
        raise RequestError(f"A code cannot be good for {hours:g} hours. Give up to a year.")
    who = _checked(Line, partner, "partner")
    with store.database.writing() as connection:
        _facilitator(store, connection, board, by)
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        made = JoinCode(_shown(code), board, role, who, store.now() + timedelta(hours=hours))
        connection.execute(
            sa.insert(tables.join_code).values(
                code=code, board_id=board, role=str(role), partner=who, expires=made.expires
            )
        )
    return made


def codes(store: Store, board: str, *, by: str) -> tuple[JoinCode, ...]:
    """Return the codes of a board that let people in now, for its facilitator."""
    query = sa.select(tables.join_code).where(
        tables.join_code.c.board_id == board, tables.join_code.c.expires > store.now()
    )
    with store.database.reading() as connection:
        _facilitator(store, connection, board, by)
        found = [_as_code(row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: (one.expires, one.code)))


def withdraw(store: Store, board: str, code: str, *, by: str) -> None:
    """Let nobody in with a code any more; who came in stays."""
    with store.database.writing() as connection:
        _facilitator(store, connection, board, by)
        connection.execute(
            sa.delete(tables.join_code).where(
                tables.join_code.c.board_id == board, tables.join_code.c.code == _typed(code)
            )
        )


def join(store: Store, code: str, name: str, *, source: str, partner: str = "") -> Joined:
    """Come to a board with a code.

    Parameters
    ----------
    store
        The boards.
    code
        As typed: capitals, spaces and dashes do not matter.
    name
        Display name, the only thing kept of a person.
    source
        Where the attempt comes from, an address say; kept only as a keyed digest, for an hour.
    partner
        For whom, where the code does not say.

    Raises
    ------
    NotAllowedError
        If the code lets nobody in, or too many wrong ones came from this source.
    RequestError
        If the name or partner is missing.
    """
    shown = _checked(Name, name, "name")
    place = hmac.new(store.secret(), source.encode(), hashlib.sha256).hexdigest()
    with store.database.writing() as connection:
        at = store.now()
        left = _guesses_left(connection, place, at)
        row = None if left < 1 else _find(connection, code, at)
        if row is None:
            # Kept although it is refused: the refusal is raised when this is written.
            _note_guess(connection, place, left, at)
        else:
            who = row.partner or _checked(Line, partner, "partner")
            role = Role(row.role)
            if role is Role.PARTNER and not who:
                raise RequestError("Say for which partner you join.")
            member = Member(new_id(12), row.board_id, role, who, shown, at + _STAY)
            insert_member(connection, member)
    if left < 1:
        raise NotAllowedError("Too many wrong codes came from here. Wait a minute and try again.")
    if row is None:
        raise NotAllowedError(
            "This code lets nobody in: it is mistyped, or its time is over. Ask for a new one."
        )
    return Joined(member, token_of(store, member))


def token_of(store: Store, member: Member) -> str:
    """Return a signed token for a member, good for as long as they may stay."""
    now = store.now()
    claims = {
        "sub": member.id,
        "board": member.board,
        "aud": _AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((member.expires or now + _STAY).timestamp()),
    }
    return jwt.encode(claims, store.secret(), algorithm=_ALGORITHM)


def member_of_token(store: Store, token: str, board: str | None = None) -> Member:
    """Return who a token stands for, as the store knows them now.

    Parameters
    ----------
    store, token
        The boards, and what somebody came with.
    board
        The board that they want to act on; any when None.

    Raises
    ------
    NotAllowedError
        If the token is not ours, has expired, is for another board, or its member has left.
    """
    refused = NotAllowedError("This token is not good here. Join again with a code.")
    try:
        claims = jwt.decode(
            token,
            store.secret(),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["exp", "sub", "board"]},
        )
    except jwt.ExpiredSignatureError:
        raise NotAllowedError("Your time on this board is over. Join again with a code.") from None
    except jwt.InvalidTokenError:
        raise refused from None
    if board is not None and claims["board"] != board:
        raise refused
    member = store.member(str(claims["board"]), str(claims["sub"]))
    if member.has_left:
        raise NotAllowedError("You have left this board. Join again with a code.")
    return member


def set_role(
    store: Store, board: str, member: str, role: Role, *, by: str, partner: str = ""
) -> Member:
    """Let somebody do more or less from now on; only a facilitator does."""
    who = _checked(Line, partner, "partner")
    if role is Role.PARTNER and not who:
        raise RequestError("Say for which partner.")
    return _alter(store, board, member, by=by, values={"role": str(role), "partner": who})


def dismiss(store: Store, board: str, member: str, *, by: str) -> Member:
    """Let somebody act no more; everybody may go, a facilitator may send."""
    return _alter(store, board, member, by=by, values={"has_left": True})


def forget(store: Store, board: str, member: str, *, by: str) -> Member:
    """Delete what is kept of a person. What they did stays, by nobody's name.

    Everybody may have their own deleted, a facilitator anybody's.
    """
    return _alter(store, board, member, by=by, values={"has_left": True, "name": ""})


def _alter(store: Store, board: str, member: str, *, by: str, values: dict[str, Any]) -> Member:
    from gapmap.board.store import OPERATOR

    with store.database.writing() as connection:
        if by != member or "role" in values:
            _facilitator(store, connection, board, by)
        member_of(connection, board, member)
        if member == OPERATOR:
            raise RequestError("Whoever has the database is always a facilitator of its boards.")
        mine = sa.and_(tables.member.c.board_id == board, tables.member.c.id == member)
        connection.execute(sa.update(tables.member).where(mine).values(**values))
        row = connection.execute(sa.select(tables.member).where(mine)).one()
    return as_member(row)


def _facilitator(store: Store, connection: Connection, board: str, member: str) -> None:
    board_row(connection, board)
    found = member_of(connection, board, member)
    is_over = found.expires is not None and found.expires <= store.now()
    if found.role is not Role.FACILITATOR or found.has_left or is_over:
        raise NotAllowedError("Only a facilitator of this board may do this. Ask one.")


def _find(connection: Connection, code: str, at: datetime) -> Row[Any] | None:
    query = sa.select(tables.join_code).where(
        tables.join_code.c.code == _typed(code), tables.join_code.c.expires > at
    )
    return connection.execute(query).first()


def _guesses_left(connection: Connection, place: str, at: datetime) -> float:
    """Return how many wrong codes may still come from somewhere, its row locked."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(tables.attempt)
        .values(source=place, tokens=_GUESSES, at=at)
        .on_conflict_do_nothing(index_elements=["source"])
    )
    query = sa.select(tables.attempt).where(tables.attempt.c.source == place).with_for_update()
    row = connection.execute(query).one()
    passed_s: float = max(0.0, (at - row.at).total_seconds())
    return min(_GUESSES, float(row.tokens) + passed_s * _GUESSES_PER_S)


def _note_guess(connection: Connection, place: str, left: float, at: datetime) -> None:
    connection.execute(
        sa.update(tables.attempt)
        .where(tables.attempt.c.source == place)
        .values(tokens=max(0.0, left - 1), at=at)
    )
    connection.execute(sa.delete(tables.attempt).where(tables.attempt.c.at < at - _FORGOTTEN_AFTER))


def _as_code(row: Row[Any]) -> JoinCode:
    return JoinCode(_shown(row.code), row.board_id, Role(row.role), row.partner, row.expires)


def _shown(code: str) -> str:
    return f"{code[: _CODE_LENGTH // 2]}-{code[_CODE_LENGTH // 2 :]}"


def _typed(code: str) -> str:
    return re.sub(r"[\s-]", "", code)[:100].upper()


def _checked(kind: Any, text: str, what: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(text))
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise RequestError(f"This {what} cannot be used: {said}. Give another.") from None
