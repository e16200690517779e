"""A PostgreSQL server as an address names it: connections, and its errors in our words.

What the address leaves out is libpq's to say: `PGPASSWORD`, `PGPASSFILE`, `PGSSLMODE` and all else.
No message repeats what libpq says of an address, since a password may stand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.session import damaged
from weighbridge.model.database_address import shown_address
from weighbridge.model.errors import (
    LoginError,
    SettingsError,
    StorageError,
    UnavailableError,
    WeighbridgeError,
)

try:
    import psycopg
    from psycopg import errors
except ImportError as error:
    raise UnavailableError(
        "a registry in PostgreSQL needs an extra", help=['pip install "weighbridge[postgres]"']
    ) from error

if TYPE_CHECKING:
    from types import TracebackType

SCHEMA = "weighbridge"
_DEFAULTS: dict[str, str | int] = {
    "application_name": "weighbridge",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# Who writes must not take an answer for durable that is not; a writer that hangs must not hold
# its turn for ever, and one whose machine is gone is to be noticed.
_SET = """
    SELECT set_config('search_path', '{schema}', false),
        set_config('lock_timeout', '{patience}ms', false),
        set_config('idle_in_transaction_session_timeout', '{idle}ms', false),
        set_config('tcp_keepalives_idle', '30', false),
        set_config('tcp_keepalives_interval', '10', false),
        set_config('tcp_keepalives_count', '3', false),
        set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit')
            IN ('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""
_IDLE = 600_000
_LOGIN = {None, "28P01", "28000", "3D000"}
_REFUSALS = ("authentication failed", "no password supplied", "does not exist", "pg_hba.conf")
_STARTING = ("starting up", "shutting down", "not yet accepting", "in recovery")


class Server:
    """Where a registry's database is."""

    def __init__(self, address: str, *, patience: float) -> None:
        """Name it; nothing is asked of it yet.

        Args:
            address: `postgresql://…`, with whatever libpq understands.
            patience: Seconds to wait for another who is writing.

        Raises:
            SettingsError: It is no such address.
        """
        self.place = shown_address(address)
        self.patience = patience
        try:
            given = psycopg.conninfo.conninfo_to_dict(address)
            self._conninfo = psycopg.conninfo.make_conninfo(
                address, **{name: value for name, value in _DEFAULTS.items() if name not in given}
            )
        except psycopg.Error:
            message = f"{self.place} is no address of PostgreSQL"
            wanted = "postgresql://USER@HOST:PORT/DATABASE"
            help_ = ["write what is special in a password as %XX, or leave it to PGPASSFILE"]
            # What libpq says of it may hold the password.
            raise SettingsError(message, wanted=wanted, help=help_) from None

    def connect(self) -> psycopg.Connection:
        """Open a connection without a transaction.

        Raises:
            UnavailableError: The server is away.
            LoginError: It refuses.
        """
        with self.explaining():
            connection = psycopg.connect(self._conninfo, autocommit=True)
        try:
            with self.explaining():
                patience = max(round(self.patience * 1000), 1)
                connection.execute(_SET.format(schema=SCHEMA, patience=patience, idle=_IDLE))
        except BaseException:
            connection.close()
            raise
        return connection

    def explaining(self) -> Explaining:
        """Return a context that turns what the server says into our words."""
        return Explaining(self)


class Explaining:
    """As a context, turns what the server and libpq say into errors a person can act on."""

    def __init__(self, server: Server) -> None:
        """Say which server it is."""
        self._server = server

    def __enter__(self) -> None:
        """Begin to listen."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the error in our words, if it is one of theirs."""
        if isinstance(error, psycopg.Error | UnicodeError | OSError):
            raise self._told(error) from error

    def _told(self, error: Exception) -> WeighbridgeError:
        place = self._server.place
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if isinstance(error, errors.LockNotAvailable):
            seconds = f"{self._server.patience:g} s"
            message = f"others have been writing to {place} for {seconds}"
            help_ = ["run it again", "see in pg_stat_activity who holds the registry"]
            return UnavailableError(message, cause=said, help=help_)
        if isinstance(error, errors.InsufficientPrivilege):
            help_ = [
                f"have its administrator run: CREATE SCHEMA {SCHEMA} AUTHORIZATION ROLE",
                "or grant the role what it lacks",
            ]
            return LoginError(f"{place} does not allow it", cause=said, help=help_)
        if isinstance(error, psycopg.OperationalError | OSError):
            return _told_of_operation(place, said, error)
        if isinstance(error, psycopg.InternalError):
            return StorageError(f"{place} could not be used: {said}")
        return damaged(place, said)


def is_starting(error: BaseException | None) -> bool:
    """Tell whether a server is away for a moment: it starts, or recovers from a crash."""
    return isinstance(error, psycopg.OperationalError) and any(
        words in str(error) for words in (*_STARTING, "Connection refused", "No such file")
    )


def _told_of_operation(place: str, said: str, error: Exception) -> WeighbridgeError:
    code = getattr(error, "sqlstate", None)
    if code in _LOGIN and any(word in said for word in _REFUSALS):
        help_ = ["name the role in the address", "give its password by PGPASSFILE or PGPASSWORD"]
        return LoginError(f"{place} refuses", cause=said, help=help_)
    if code is not None and not code.startswith(("08", "57", "53300")):
        message = f"{place} could not be used: {said}"
        return StorageError(message, help=["see its log, its free space and permissions"])
    help_ = ["see that the server runs and may be reached from here", "run it again"]
    return UnavailableError(f"{place} does not answer", cause=said, help=help_)
