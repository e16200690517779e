"""The tables of a registry with a ledger and a store; text is ordered by its bytes, as SQLite's."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = None

_TABLES = (
    """
    CREATE TABLE release (
        name TEXT COLLATE "C" NOT NULL,
        version TEXT COLLATE "C" NOT NULL,
        digest TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (name, version)
    )
    """,
    """
    CREATE TABLE entry (
        idx BIGINT NOT NULL PRIMARY KEY CHECK (idx >= 0),
        body BYTEA NOT NULL
    )
    """,
    """
    CREATE TABLE node (
        leaf BIGINT NOT NULL CHECK (leaf >= 0),
        level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 62),
        hash BYTEA NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (leaf, level),
        CHECK ((leaf + 1) & ((1::bigint << level) - 1) = 0)
    )
    """,
    """
    CREATE TABLE checkpoint (
        "only" INTEGER NOT NULL PRIMARY KEY CHECK ("only" = 0),
        note BYTEA NOT NULL
    )
    """,
    """
    CREATE TABLE topic (
        name TEXT COLLATE "C" NOT NULL,
        entry BIGINT NOT NULL CHECK (entry >= 0),
        PRIMARY KEY (name, entry)
    )
    """,
    """
    CREATE TABLE store (
        "only" INTEGER NOT NULL PRIMARY KEY CHECK ("only" = 0),
        address TEXT NOT NULL,
        identity TEXT NOT NULL,
        encrypted INTEGER NOT NULL CHECK (encrypted IN (0, 1)),
        conditional INTEGER NOT NULL CHECK (conditional IN (0, 1))
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _TABLES:
        op.execute(statement)
