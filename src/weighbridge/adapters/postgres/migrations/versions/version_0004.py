"""Releases are found by their digests, and a registry remembers where it has moved to."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the index and the table."""
    op.execute("CREATE INDEX release_digest ON release (digest)")
    op.execute(
        """
        CREATE TABLE moved (
            "only" INTEGER NOT NULL PRIMARY KEY CHECK ("only" = 0),
            place TEXT NOT NULL
        )
        """
    )
