"""The registry of a team: releases and ledger in PostgreSQL, bytes in a store all of them reach."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.log_pub import PUBLIC
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.database import PostgresTables
from weighbridge.adapters.postgres.rebuilding import rebuild
from weighbridge.adapters.registry import TableRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.model.log_keeping import Tables


class PostgresRegistry(TableRegistry):
    """A registry in a database on a server, whose tables are made on first use.

    Args:
        address: `postgresql://…`.
        home: A folder of this machine for what is on its way to the store.
        keys: The folder with the log's keys all writers share; None if nobody said which.
        patience: Seconds to wait for another who is writing.
        clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
        wanted: What settings say of the store of blobs.
    """

    def __init__(
        self,
        address: str,
        *,
        home: Path,
        keys: Path | None,
        patience: float = 30,
        clock: Callable[[], str] = utc_now,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    ) -> None:
        """Name it; nothing is asked of the server until it is read or written."""
        self._database = PostgresTables(address, home=home, patience=patience)
        super().__init__(self._database, keys=keys, clock=clock, wanted=wanted, home=home, own=None)

    @property
    def place(self) -> str:
        """The address, without any password."""
        return self._database.place

    def make_log_key(self, origin: str) -> str:
        """Make the log's key, or return the one that was made before the first entry."""
        folder = self._keys.folder
        with storing(folder):
            make_folder(folder)
        return super().make_log_key(origin)

    def rebuild(self, fill: Callable[[Tables], None], *, before: bytes | None, log_key: str) -> str:
        """Write all tables anew, and say in which schema the old ones are kept; empty if in none.

        Raises:
            RegistryError: Somebody wrote to them meanwhile.
        """
        folder = self._keys.folder if log_key else None
        self.close()
        kept = rebuild(self._database, fill, before=before)
        if folder is not None and not (folder / PUBLIC).exists():
            with storing(folder):
                make_folder(folder)
            write_file(folder / PUBLIC, f"{log_key}\n".encode())
        return kept

    def close(self) -> None:
        """Let go of all connections; the registry may be used again."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._database.close)
            super().close()
