"""The tables in PostgreSQL written anew, all at once; the old ones are kept in another schema."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weighbridge.adapters.ledger_view import TableView
from weighbridge.adapters.postgres.schema import NEWEST
from weighbridge.adapters.postgres.server import SCHEMA
from weighbridge.adapters.postgres.session import WRITE
from weighbridge.adapters.rebuilding import TABLES, EmptiedTables
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.postgres.database import PostgresTables
    from weighbridge.adapters.postgres.session import PostgresSession
    from weighbridge.model.log_keeping import Tables

_FREE = """
    SELECT 'weighbridge_before_rebuild_' || min(number)::text
    FROM generate_series(1, 1000) AS number
    WHERE to_regnamespace('weighbridge_before_rebuild_' || number::text) IS NULL
"""


def rebuild(
    database: PostgresTables, fill: Callable[[Tables], None], *, before: bytes | None
) -> str:
    """Write all tables anew.

    Args:
        database: The database.
        fill: Fills the tables.
        before: The checkpoint they had when they were looked at; None if they are unusable.

    Returns:
        The schema the old tables are kept in; empty if there were none.

    Raises:
        RegistryError: Somebody wrote to them meanwhile.
    """
    with contextlib.closing(database.open_for_writing()) as session:
        kept = _put_aside(database, session) if before is None else ""
        database.begin(session)
        view = TableView(session, NEWEST)
        if before is not None and view.checkpoint != before:
            message = "the registry was written to meanwhile; nothing was rebuilt"
            raise RegistryError(message, help=["run it again"])
        if before or view.releases_after(None, 1):
            kept = _copied(session)
        fill(EmptiedTables(session))
        session.commit()
    return kept


def _put_aside(database: PostgresTables, session: PostgresSession) -> str:
    """Give unusable tables another name, and make new ones."""
    session.begin(WRITE)
    ((kept,),) = session.rows((str,), _FREE)
    session.write(f"ALTER SCHEMA {SCHEMA} RENAME TO {kept}")
    session.commit()
    database.upgrade()
    return str(kept)


def _copied(session: PostgresSession) -> str:
    """Copy the tables into a schema of their own, in the transaction that empties them."""
    ((kept,),) = session.rows((str,), _FREE)
    session.write(f"CREATE SCHEMA {kept}")
    for table in TABLES:
        session.write(f"CREATE TABLE {kept}.{table} AS TABLE {SCHEMA}.{table}")
    return str(kept)
