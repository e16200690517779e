"""A registry over tables; the embedded one has them in SQLite, in a folder with its bytes."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

from weighbridge.adapters.blobs.opening import FOLDER
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.database import Database
from weighbridge.adapters.log_keys import LogKeys
from weighbridge.adapters.placement import Placement, Wanted
from weighbridge.adapters.writer import Writer
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from weighbridge.adapters.blobs.store import Blobs
    from weighbridge.adapters.ledger_view import TableView
    from weighbridge.adapters.tables import Tables
    from weighbridge.adapters.transaction import TableTransaction
    from weighbridge.model.log_keeping import Tables as EmptyTables
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Transaction
    from weighbridge.model.standing import Store

T = TypeVar("T")


class TableRegistry(ABC):
    """A registry over tables, wherever they are.

    Args:
        tables: The tables.
        keys: The folder with the log's keys; None if nobody said which.
        clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
        wanted: What settings say of the store of blobs.
        home: A folder of this machine, where what is on its way to an object store waits.
        own: Where blobs lie if settings do not say it; None if they must.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        keys: Path | None,
        clock: Callable[[], str],
        wanted: Wanted,
        home: Path,
        own: Path | None,
    ) -> None:
        """Name what it consists of; nothing is made until something is written."""
        self._tables = tables
        self._keys = LogKeys(tables, keys)
        self._clock = clock
        self._within = threading.local()
        self._placement = Placement(
            tables,
            wanted,
            home=home,
            own=own,
            change=self._change,
            is_changing=self._is_changing,
        )
        self._writer = self._new_writer()
        self._inherited: list[Writer] = []

    @functools.cached_property
    def blobs(self) -> Blobs:
        """The bytes of releases and evidence, by digest.

        Raises:
            RegistryError: They lie elsewhere than the settings say.
        """
        return self._placement.open()

    @property
    def store(self) -> Store | None:
        """Where blobs lie; None if in the registry's folder, as they are."""
        return self._placement.remembered()

    def archive(self, place: str, *, begin: bool = False) -> Blobs:
        """Open a place files of releases are moved to.

        Raises:
            RegistryError: There is no ledger to say what is there, or it is another registry's.
            UnavailableError: It is not there, or does not answer.
        """
        with self.reading() as view:
            if not view.size:
                raise RegistryError("without a ledger nobody can say what an archive holds")
            # Keys of the log come and go; no two registries begin with the same entry.
            owner = hashlib.sha256(view.entry(0)).hexdigest()
        return self._placement.archive(place, owner=owner, begin=begin)

    @property
    def log_key(self) -> str:
        """The log's public key (signed-note verifier key); empty if none was made yet.

        Raises:
            RegistryError: Its file holds something else.
        """
        return self._keys.told()

    def make_log_key(self, origin: str) -> str:
        """Make the log's key, or return the one that was made before the first entry.

        Raises:
            RegistryError: The origin is no name of a log, or not this one's; or the key of a log
                with entries is gone.
            KeyFileError: Others may read the key that is there, or its file holds none.
        """
        from weighbridge.adapters.log_key import make_log_key  # noqa: PLC0415 - few need it

        folder = self._keys.folder
        self._tables.prepare()
        with self._tables.alone():
            with self.reading() as view:
                begun = view.size > 0
            return make_log_key(folder, origin, begun=begun)

    @property
    def next_log_key(self) -> str:
        """The log's next public key, if owners were asked for one; else empty.

        Raises:
            RegistryError: Nobody can tell the log's name.
            KeyFileError: Others may read the key, or its file holds none.
        """
        return self._keys.next_told()

    def propose_log_key(self, after: int) -> tuple[str, str]:
        """Make the log's next key, or take the one there is, and have the present one endorse it.

        Raises:
            RegistryError: The keys that are there are not of this log.
            KeyFileError: Others may read a key that is there, or its file holds none.
        """
        from weighbridge.adapters.log_rotation import propose_log_key  # noqa: PLC0415

        folder = self._keys.folder
        with self._tables.alone():
            return propose_log_key(folder, after)

    @contextlib.contextmanager
    def reading(self) -> Iterator[LedgerView]:
        """Open the registry for reading; one that was never used is empty."""
        with self._tables.reading() as view:
            yield view

    def change(self, change: Callable[[Transaction], T]) -> T:
        """Run a change, keep it durably together with its entries, and return its result."""
        return self._change(change)

    def _change(self, change: Callable[[TableTransaction], T]) -> T:
        if self._writer.process != os.getpid():
            # Whoever waits for its turn there waits in the parent.
            self._inherited.append(self._writer)
            self._writer = self._new_writer()
        return self._writer.group.run(functools.partial(self._changed, change))

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, without any password."""

    @property
    def moved(self) -> str:
        """Where the registry has moved to; empty if it is here."""
        with self._tables.reading() as view:
            return view.moved()

    def move_to(self, place: str, transfer: Callable[[LedgerView], None]) -> None:
        """Hand over what is held while nobody writes, and let nobody write from then on.

        Args:
            place: Where it moves, without any password.
            transfer: Takes it over; if it raises, the registry stays.
        """

        def change(transaction: TableTransaction) -> None:
            transfer(transaction)
            transaction.move_to(place)

        self._change(change)

    def settle(self, shared: Store | None = None) -> Store | None:
        """Settle where blobs lie before the first of them is put, and say it; None as `store`.

        Args:
            shared: The store of the registry that is taken over, which may be the place.

        Raises:
            RegistryError: They lie elsewhere, or the store is another registry's.
        """
        return self._placement.settle(shared)

    def enter_store(self) -> None:
        """Enter into the ledger where blobs lie, since they have moved with the registry."""
        self._change(lambda transaction: transaction.keep_store(transaction.store()))

    def log_key_files(self) -> dict[str, bytes]:
        """Read the files of the log's keys that are there, by their names.

        Raises:
            KeyFileError: Others may read one of them.
        """
        return self._keys.files()

    def take_log_keys(self, files: Mapping[str, bytes]) -> None:
        """Write the files of the log's keys; those that are there are not replaced.

        Raises:
            KeyFileError: One is there, and is another.
        """
        self._tables.prepare()
        self._keys.take(files)

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""
        with self.reading() as view:
            return view.releases()

    def close(self) -> None:
        """Let go of what is held open; the registry may be used again."""
        if self._writer.process == os.getpid():
            self._writer.close()

    def _new_writer(self) -> Writer:
        return Writer(
            self._tables,
            clock=self._clock,
            keys=self._keys,
            check=self._check,
        )

    def _check(self, view: TableView) -> None:
        """Refuse to write where nobody would look."""
        if place := view.moved():
            raise RegistryError(
                "this registry has moved, and is not written to any more",
                seen=place,
                help=[f"name the new one: --registry {place}"],
            )
        self._placement.check(view)

    def _changed(self, change: Callable[[TableTransaction], T], transaction: TableTransaction) -> T:
        """Run a change, and know meanwhile that one is running; another thread may do it."""
        self._within.change = True
        try:
            return change(transaction)
        finally:
            self._within.change = False

    def _is_changing(self) -> bool:
        return getattr(self._within, "change", False)


class EmbeddedRegistry(TableRegistry):
    """A registry in a folder, made on first use.

    Args:
        root: The folder.
        patience: Seconds to wait for another process that is writing.
        clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
        wanted: What settings say of the store of blobs.
    """

    def __init__(
        self,
        root: Path,
        *,
        patience: float = 30,
        clock: Callable[[], str] = utc_now,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    ) -> None:
        """Name the folder; nothing is made until something is written."""
        self.root = root
        self._database = Database(root, patience=patience)
        super().__init__(
            self._database, keys=root, clock=clock, wanted=wanted, home=root, own=root / FOLDER
        )

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self.root)

    @property
    def database(self) -> Path:
        """Where the database lies."""
        return self._database.path

    def rebuild(
        self, fill: Callable[[EmptyTables], None], *, before: bytes | None, log_key: str
    ) -> str:
        """Write all tables anew, and say where the old database is kept; empty if nowhere.

        Raises:
            RegistryError: Somebody wrote to it meanwhile.
        """
        from weighbridge.adapters.rebuilding import rebuild  # noqa: PLC0415 - few need it

        self.close()
        kept = rebuild(self._database, fill, before=before, log_key=log_key)
        return "" if kept is None else str(kept)
