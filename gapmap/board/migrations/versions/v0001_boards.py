"""Boards, their areas, events and present, who is at them, and how one joins.

A step stays as it was when it was made: it spells its tables out and imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def _of_board(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("board_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name=f"fk_{table}_board", ondelete="CASCADE"
        ),
    ]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "board",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("changed", _MOMENT, nullable=False),
        sa.Column("area_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_board"),
    )
    op.create_table(
        "area",
        *_of_board("area"),
        sa.Column("geoid", sa.Text, nullable=False),
        sa.Column("neighbourhood", sa.Text),
        sa.PrimaryKeyConstraint("board_id", "geoid", name="pk_area"),
    )
    op.create_table(
        "event",
        *_of_board("event"),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("patch", sa.JSON, nullable=False),
        sa.Column("inverse", sa.JSON, nullable=False),
        sa.Column("undoes", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("request", sa.Text),
        sa.PrimaryKeyConstraint("board_id", "revision", name="pk_event"),
        sa.UniqueConstraint("board_id", "request", name="uq_event_board_id_request"),
    )
    op.create_table(
        "entry",
        *_of_board("entry"),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("board_id", "section", "key", name="pk_entry"),
    )
    op.create_table(
        "member",
        *_of_board("member"),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("expires", _MOMENT),
        sa.Column("has_left", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("board_id", "id", name="pk_member"),
    )
    op.create_table(
        "join_code",
        sa.Column("code", sa.Text, nullable=False),
        *_of_board("join_code"),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_join_code"),
    )
    op.create_index("ix_join_code_board_id", "join_code", ["board_id"])
    op.create_table(
        "attempt",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_attempt"),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )


def downgrade() -> None:
    """Drop them, with everything in them."""
    for table in (
        "secret",
        "attempt",
        "join_code",
        "member",
        "entry",
        "event",
        "area",
        "board",
    ):
        op.drop_table(table)
