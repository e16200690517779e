"""The tables, as the newest migration leaves them. Times are text, lists are words with blanks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

TOKEN = Table(
    "token",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("identifier", String(32), nullable=False, unique=True),
    Column("label", String(200), nullable=False),
    Column("person", String(200), nullable=False, index=True),
    Column("scopes", String(100), nullable=False),
    Column("roles", String(4000), nullable=False),
    Column("via", String(16), nullable=False),
    Column("created", String(20), nullable=False),
    Column("expires", String(20), nullable=False, index=True),
    Column("used", String(20), nullable=False),
    Column("revoked", String(20), nullable=False),
)

SESSION = Table(
    "session",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("identifier", String(32), nullable=False, unique=True),
    Column("person", String(200), nullable=False, index=True),
    Column("scopes", String(100), nullable=False),
    Column("roles", String(4000), nullable=False),
    Column("authenticated", String(20), nullable=False),
    Column("browser", Boolean, nullable=False),
    Column("created", String(20), nullable=False),
    Column("expires", String(20), nullable=False, index=True),
    Column("seen", String(20), nullable=False),
)

PENDING = Table(
    "pending",
    METADATA,
    Column("state", String(64), primary_key=True),
    Column("binding", String(64), nullable=False),
    Column("after", String(2000), nullable=False),
    Column("again", Boolean, nullable=False),
    Column("begun", String(20), nullable=False),
    Column("expires", String(20), nullable=False, index=True),
)

COMMAND = Table(
    "command",
    METADATA,
    Column("identifier", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("code", String(16), nullable=False, unique=True),
    Column("source", String(100), nullable=False),
    Column("expires", String(20), nullable=False, index=True),
    Column("polled", String(20), nullable=False),
    Column("state", String(16), nullable=False),
    Column("person", String(200), nullable=False),
    Column("scopes", String(100), nullable=False),
    Column("roles", String(4000), nullable=False),
    Column("authenticated", String(20), nullable=False),
)

USED = Table(
    "used",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("expires", String(20), nullable=False, index=True),
)

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("request", String(200), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires", String(20), nullable=False, index=True),
)
