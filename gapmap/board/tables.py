"""The tables of the store. The migrations make them; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

__all__ = [
    "SCHEMA_REVISION",
    "Moment",
    "area",
    "attempt",
    "attendance",
    "board",
    "entry",
    "event",
    "join_code",
    "known",
    "member",
    "metadata",
    "publication",
    "room",
    "secret",
]

SCHEMA_REVISION: Final = "0004"
"""The last of the migrations that make these tables."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone: it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment with a time zone into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return a moment in UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if dialect.name == "sqlite" else found.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _of_board() -> Column[str]:
    return Column("board_id", Text, ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)


# The revision is what writers of a board queue for: they lock this row.
board = Table(
    "board",
    metadata,
    Column("id", Text, primary_key=True),
    Column("study", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("area_count", Integer, nullable=False),
)

# What can be claimed; never changed after the board was made.
area = Table(
    "area",
    metadata,
    _of_board(),
    Column("geoid", Text, primary_key=True),
    Column("neighbourhood", Text),
)

# The truth: only ever added to.
event = Table(
    "event",
    metadata,
    _of_board(),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("member", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("patch", JSON, nullable=False),
    Column("inverse", JSON, nullable=False),
    Column("undoes", Integer),
    Column("note", Text, nullable=False),
    Column("request", Text),
    UniqueConstraint("board_id", "request"),
)

# What the events add up to.
entry = Table(
    "entry",
    metadata,
    _of_board(),
    Column("section", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)

# The only table with anything of a person in it: a display name.
member = Table(
    "member",
    metadata,
    _of_board(),
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("expires", Moment),
    Column("has_left", Boolean, nullable=False),
)

# Which member somebody is who signed in: a keyed digest, another one on every board.
known = Table(
    "known",
    metadata,
    _of_board(),
    Column("person", Text, primary_key=True),
    Column("member", Text, nullable=False),
)

join_code = Table(
    "join_code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("board_id", Text, ForeignKey("board.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("expires", Moment, nullable=False),
    Index(None, "board_id"),
)

# Wrong guesses of a code, by a keyed digest of where they came from.
attempt = Table(
    "attempt",
    metadata,
    Column("source", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Moment, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Of a meeting, and not of the plan: timer, who leads, show of hands. Not in the events.
room = Table(
    "room",
    metadata,
    _of_board(),
    Column("version", Integer, nullable=False),
    Column("state", JSON, nullable=False),
)

# Who is connected, by app server: members and how many connections each has.
attendance = Table(
    "attendance",
    metadata,
    _of_board(),
    Column("server", Text, primary_key=True),
    Column("seats", JSON, nullable=False),
    Column("seen", Moment, nullable=False),
)

# A public link to look on without a code; one that was withdrawn stays, to be told apart from one
# that never was. Who looks on by it is one viewer, whoever they are.
publication = Table(
    "publication",
    metadata,
    Column("key", Text, primary_key=True),
    Column("board_id", Text, ForeignKey("board.id", ondelete="CASCADE"), nullable=False),
    Column("member", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("ended", Moment),
    Index(None, "board_id"),
)
