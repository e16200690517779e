"""The database of accounts: a file of SQLite's beside the registry, or a schema in PostgreSQL.

Whoever opens it brings it up to the newest migration, alone. One that is newer is left alone.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from weighbridge.adapters.files import make_folder, storing
from weighbridge.codec.address import without_credentials
from weighbridge.model.errors import RegistryError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

SCHEMA: Final = "weighbridge_accounts"
READING: Final = "weighbridge_reading"
"""Option of a connection that writes nothing: others may write meanwhile."""
_LOCK: Final = 0x77627263
"""Advisory lock of PostgreSQL's under which migrations run."""
_PATIENCE: Final = 10
NEWEST: Final = "0001"
"""The last of the migrations. What is there already is told by it: Alembic is slow to import."""


def open_engine(place: str | Path) -> Engine:
    """Open the database, and bring its tables up to date.

    Args:
        place: A file, or the address of a PostgreSQL database (`postgresql://…`).

    Raises:
        StorageError: The file cannot be made.
        RegistryError: It is another program's, or a newer version's.
        UnavailableError: The database does not answer.
    """
    engine = _of_file(place) if isinstance(place, Path) else _of_server(place)
    try:
        with explaining(engine):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextlib.contextmanager
def explaining(engine: Engine) -> Iterator[None]:
    """Say what it means if the database does not do what it is asked.

    Raises:
        UnavailableError: It does not.
    """
    try:
        yield
    except SQLAlchemyError as error:
        # What was asked holds digests and names: only the driver's own first words are repeated.
        cause: object = error.orig if isinstance(error, DBAPIError) else type(error).__name__
        said = without_credentials(" ".join(str(cause).split()))[:200]
        place = engine.url.render_as_string(hide_password=True)
        message = "the accounts of the registry cannot be used"
        raise UnavailableError(message, seen=place, cause=said) from error


def _of_file(path: Path) -> Engine:
    with storing(path):
        make_folder(path.parent)
        # Made before SQLite does, so that nobody else could ever read it; its own files follow it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        path.chmod(0o600)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": _PATIENCE, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own
        connection.isolation_level = None  # we say when a transaction begins, below
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that is to write says so at once: it cannot lose what it read first.
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _of_server(address: str) -> Engine:
    scheme, _, rest = address.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise RegistryError(
            "accounts are kept in a file or in PostgreSQL", wanted="postgresql://HOST/DATABASE"
        )
    try:
        engine = create_engine(
            f"postgresql+psycopg://{rest}", pool_pre_ping=True, pool_size=8, pool_recycle=1_800
        )
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[postgres]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    except (SQLAlchemyError, ValueError) as error:
        raise RegistryError("that is no address of a database") from error
    return engine.execution_options(schema_translate_map={None: SCHEMA})


def _migrate(engine: Engine) -> None:
    schema = SCHEMA if engine.dialect.name == "postgresql" else None
    if _is_newest(engine, schema):
        return
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - slow, and seldom needed
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    options: dict[str, Any] = {"version_table": "migration", "version_table_schema": schema}
    script = ScriptDirectory(str(Path(__file__).with_name("migrations")))
    newest = script.get_current_head()
    with engine.begin() as connection:
        if schema is not None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        seen = MigrationContext.configure(connection, opts=options).get_current_revision()
        known = {one.revision for one in script.walk_revisions()}
        if seen is not None and seen not in known:
            raise RegistryError(
                "the accounts are of a newer version of weighbridge",
                seen=f"migration {seen}",
                wanted=f"at most {newest}",
                help=["update weighbridge"],
            )
        _upgrade(connection, schema)


def _is_newest(engine: Engine, schema: str | None) -> bool:
    """Tell whether no migration is due."""
    with engine.connect().execution_options(**{READING: True}) as connection:
        if not inspect(connection).has_table("migration", schema=schema):
            return False
        table = "migration" if schema is None else f"{schema}.migration"
        seen = connection.execute(text(f"SELECT version_num FROM {table}")).scalars().all()  # noqa: S608 - a name of ours
        return list(seen) == [NEWEST]


def _upgrade(connection: Connection, schema: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - slow, and seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")
