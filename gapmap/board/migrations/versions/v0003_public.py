"""Public links of boards: made, and withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "publication",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("board_id", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name="fk_publication_board", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_publication"),
    )
    op.create_index("ix_publication_board_id", "publication", ["board_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("publication")
