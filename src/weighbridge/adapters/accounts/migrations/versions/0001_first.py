"""The first tables."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    _make_credentials()
    _make_logins()
    _make_answers()


def _make_credentials() -> None:
    op.create_table(
        "token",
        Column("digest", String(64), primary_key=True),
        Column("identifier", String(32), nullable=False, unique=True),
        Column("label", String(200), nullable=False),
        Column("person", String(200), nullable=False),
        Column("scopes", String(100), nullable=False),
        Column("roles", String(4000), nullable=False),
        Column("via", String(16), nullable=False),
        Column("created", String(20), nullable=False),
        Column("expires", String(20), nullable=False),
        Column("used", String(20), nullable=False),
        Column("revoked", String(20), nullable=False),
    )
    op.create_index("ix_token_person", "token", ["person"])
    op.create_index("ix_token_expires", "token", ["expires"])
    op.create_table(
        "session",
        Column("digest", String(64), primary_key=True),
        Column("identifier", String(32), nullable=False, unique=True),
        Column("person", String(200), nullable=False),
        Column("scopes", String(100), nullable=False),
        Column("roles", String(4000), nullable=False),
        Column("authenticated", String(20), nullable=False),
        Column("browser", Boolean, nullable=False),
        Column("created", String(20), nullable=False),
        Column("expires", String(20), nullable=False),
        Column("seen", String(20), nullable=False),
    )
    op.create_index("ix_session_person", "session", ["person"])
    op.create_index("ix_session_expires", "session", ["expires"])


def _make_logins() -> None:
    op.create_table(
        "pending",
        Column("state", String(64), primary_key=True),
        Column("binding", String(64), nullable=False),
        Column("after", String(2000), nullable=False),
        Column("again", Boolean, nullable=False),
        Column("begun", String(20), nullable=False),
        Column("expires", String(20), nullable=False),
    )
    op.create_index("ix_pending_expires", "pending", ["expires"])
    op.create_table(
        "command",
        Column("identifier", String(32), primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("code", String(16), nullable=False, unique=True),
        Column("source", String(100), nullable=False),
        Column("expires", String(20), nullable=False),
        Column("polled", String(20), nullable=False),
        Column("state", String(16), nullable=False),
        Column("person", String(200), nullable=False),
        Column("scopes", String(100), nullable=False),
        Column("roles", String(4000), nullable=False),
        Column("authenticated", String(20), nullable=False),
    )
    op.create_index("ix_command_expires", "command", ["expires"])


def _make_answers() -> None:
    op.create_table(
        "used",
        Column("digest", String(64), primary_key=True),
        Column("expires", String(20), nullable=False),
    )
    op.create_index("ix_used_expires", "used", ["expires"])
    op.create_table(
        "idempotency",
        Column("digest", String(64), primary_key=True),
        Column("request", String(200), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("expires", String(20), nullable=False),
    )
    op.create_index("ix_idempotency_expires", "idempotency", ["expires"])
