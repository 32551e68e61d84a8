"""What Alembic runs: on the connection it is handed, in that one's transaction."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite cannot alter most of a table: Alembic then copies it.
    render_as_batch=True,
)
context.run_migrations()
