"""What Alembic runs for each migration: on the connection it is handed, in its transaction."""

from __future__ import annotations

from alembic import context

if hasattr(context, "config"):  # or else somebody imports all there is, and nothing is run
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        version_table="migration",
        version_table_schema=attributes["schema"],
    )
    context.run_migrations()
