"""Who signed in, by a keyed digest, and which member they are: they come back without a code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "known",
        sa.Column("board_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name="fk_known_board", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", "person", name="pk_known"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("known")
