"""What Alembic runs: the versions that are missing, over the connection it is handed."""

from __future__ import annotations

from alembic import context

if hasattr(context, "config"):  # or else somebody imports all there is, and nothing is run
    context.configure(
        connection=context.config.attributes["connection"], version_table_schema="weighbridge"
    )
    with context.begin_transaction():
        context.run_migrations()
