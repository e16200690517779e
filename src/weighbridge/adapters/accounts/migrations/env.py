"""What Alembic runs for each migration: on the connection it is handed, in its transaction."""

from __future__ import annotations

from alembic import context

_attributes = context.config.attributes
context.configure(
    connection=_attributes["connection"],
    version_table="migration",
    version_table_schema=_attributes["schema"],
)
context.run_migrations()
