"""How people come to a board: a short code at the door, a signed token afterwards.

A token says who somebody is, never what they may do: role and partner are looked up at every
write, so that a change of role or a dismissal counts at once. Of a person a display name is kept,
and that only until it is deleted.
"""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import jwt
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from gapmap.board import tables
from gapmap.board.guessing import guesses_left, note_guess, place_of
from gapmap.board.persons import forget_person, member_known_as, person_digest, remember_person
from gapmap.board.rows import as_member, board_row, insert_member, member_of
from gapmap.board.spelling import in_link, new_code, proof_of, read_code, shown
from gapmap.board.values import Line, Member, Name, Role, new_id
from gapmap.errors import NotAllowedError, PartnerWantedError, RequestError

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy.engine import Connection, Row

    from gapmap.board.store import Store

__all__ = [
    "JoinCode",
    "Joined",
    "admit",
    "codes",
    "dismiss",
    "forget",
    "join",
    "member_of_token",
    "offer",
    "returning",
    "set_role",
    "token_of",
    "withdraw",
]

_STAY: Final = timedelta(days=30)

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
    in_link
        The code as a link has it, with a proof that it was not guessed.
    """

    code: str
    board: str
    role: Role
    partner: str
    expires: datetime
    in_link: str


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
        code = new_code()
        expires = store.now() + timedelta(hours=hours)
        connection.execute(
            sa.insert(tables.join_code).values(
                code=code, board_id=board, role=str(role), partner=who, expires=expires
            )
        )
    return JoinCode(shown(code), board, role, who, expires, in_link(store.secret(), code))


def codes(store: Store, board: str, *, by: str) -> tuple[JoinCode, ...]:
    """Return the codes of a board that let people in now, for its facilitator."""
    query = sa.select(tables.join_code).where(
        tables.join_code.c.board_id == board, tables.join_code.c.expires > store.now()
    )
    secret = store.secret()
    with store.database.reading() as connection:
        _facilitator(store, connection, board, by)
        found = [_as_code(secret, row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: (one.expires, one.code)))


def withdraw(store: Store, board: str, code: str, *, by: str) -> None:
    """Let nobody in with a code any more; who came in stays."""
    with store.database.writing() as connection:
        _facilitator(store, connection, board, by)
        connection.execute(
            sa.delete(tables.join_code).where(
                tables.join_code.c.board_id == board, tables.join_code.c.code == read_code(code)[0]
            )
        )


def join(store: Store, code: str, name: str, *, source: str, partner: str = "") -> Joined:
    """Come to a board with a code.

    Parameters
    ----------
    store
        The boards.
    code
        As typed, or as a link has it: capitals, spaces and dashes do not matter.
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
    called = _checked(Name, name, "name")
    wanted, proof = read_code(code)
    unknown = NotAllowedError(
        "This code lets nobody in: it is mistyped, or its time is over. Ask for a new one."
    )
    if proof and not hmac.compare_digest(proof.encode(), proof_of(store.secret(), wanted).encode()):
        raise unknown
    place = place_of(store, source, "code")
    with store.database.writing() as connection:
        at = store.now()
        left = math.inf if proof else guesses_left(connection, place, at)
        row = None if left < 1 else _find(connection, wanted, at)
        if row is None:
            # Kept although it is refused: the refusal is raised when this is written.
            if not proof:
                note_guess(connection, place, left, at)
        else:
            who = row.partner or _checked(Line, partner, "partner")
            role = Role(row.role)
            if role is Role.PARTNER and not who:
                raise PartnerWantedError(row.board_id)
            member = Member(new_id(12), row.board_id, role, who, called, at + _STAY)
            insert_member(connection, member)
    if left < 1:
        raise NotAllowedError(
            "Too many wrong codes came from here. Wait a minute and try again, or ask the "
            "facilitator for a link: links always work."
        )
    if row is None:
        raise unknown
    return Joined(member, token_of(store, member))


def admit(store: Store, board: str, role: Role, name: str, *, by: str, person: str = "") -> Joined:
    """Let somebody in without a code; only a facilitator does.

    Parameters
    ----------
    store, board, role
        Where, and as what.
    name
        Display name.
    by
        Who lets them in.
    person
        Who they are, if they signed in: then they may come back by that alone.
    """
    called = _checked(Name, name, "name")
    digest = person_digest(store, board, person)
    with store.database.writing() as connection:
        _facilitator(store, connection, board, by)
        member = Member(new_id(12), board, role, "", called, store.now() + _STAY)
        insert_member(connection, member)
        if person:
            remember_person(connection, board, digest, member.id)
    return Joined(member, token_of(store, member))


def returning(store: Store, board: str, person: str) -> Joined | None:
    """Let somebody in again who signed in, and was let in as this person before.

    Parameters
    ----------
    store, board
        Where.
    person
        Who they are.

    Returns
    -------
    Them as the store knows them now, for as long as at the first time; None for strangers.
    """
    digest = person_digest(store, board, person)
    with store.database.reading() as connection:
        found = member_known_as(connection, board, digest)
    if found is None:
        return None
    values = {"expires": store.now() + _STAY}
    member = _alter(store, board, found, by=found, values=values)
    return None if member.has_left else Joined(member, token_of(store, member))


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
        if _is_shared(connection, board, member):
            # One of the many who look on by it would send all the others away.
            raise RequestError(
                "Everybody who comes by the public link is this viewer. Close the page to leave; "
                "a facilitator may withdraw the link."
            )
        mine = sa.and_(tables.member.c.board_id == board, tables.member.c.id == member)
        connection.execute(sa.update(tables.member).where(mine).values(**values))
        if values.get("has_left"):
            forget_person(connection, board, member)
        row = connection.execute(sa.select(tables.member).where(mine)).one()
    return as_member(row)


def _is_shared(connection: Connection, board: str, member: str) -> bool:
    link = tables.publication.c
    query = sa.select(link.key).where(link.board_id == board, link.member == member)
    return connection.execute(query).first() is not None


def _facilitator(store: Store, connection: Connection, board: str, member: str) -> None:
    board_row(connection, board)
    found = member_of(connection, board, member)
    is_over = found.expires is not None and found.expires <= store.now()
    if found.role is not Role.FACILITATOR or found.has_left or is_over:
        raise NotAllowedError("Only a facilitator of this board may do this. Ask one.")


def _find(connection: Connection, code: str, at: datetime) -> Row[Any] | None:
    query = sa.select(tables.join_code).where(
        tables.join_code.c.code == code, tables.join_code.c.expires > at
    )
    return connection.execute(query).first()


def _as_code(secret: bytes, row: Row[Any]) -> JoinCode:
    return JoinCode(
        *(shown(row.code), row.board_id, Role(row.role), row.partner, row.expires),
        in_link=in_link(secret, row.code),
    )


def _checked(kind: Any, text: str, what: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(text))
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise RequestError(f"This {what} cannot be used: {said}. Give another.") from None
