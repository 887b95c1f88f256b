"""What a meeting needs beside the plan: the room's timer, leading and hands, and who is here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "room",
        sa.Column("board_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name="fk_room_board", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", name="pk_room"),
    )
    op.create_table(
        "attendance",
        sa.Column("board_id", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("seats", sa.JSON, nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name="fk_attendance_board", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", "server", name="pk_attendance"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("attendance")
    op.drop_table("room")
