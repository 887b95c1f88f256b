"""What Alembic runs: the steps, on the connection that the store hands over."""

from __future__ import annotations

from alembic import context

from gapmap.board.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a table in place: Alembic copies it.
    render_as_batch=True,
    transactional_ddl=False,  # the store has begun the transaction, and ends it
)
context.run_migrations()
