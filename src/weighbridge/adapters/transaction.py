"""A change of the embedded registry on its way."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.appending import Appending
from weighbridge.adapters.blobs.names import check_digest
from weighbridge.adapters.ledger_view import SqliteView
from weighbridge.adapters.schema import MIGRATIONS
from weighbridge.model.errors import BoundError
from weighbridge.model.trust import check_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weighbridge.adapters.log_key import LogKey
    from weighbridge.adapters.session import Session
    from weighbridge.model.event import Kind
    from weighbridge.model.standing import Store


class SqliteTransaction(SqliteView):
    """One transaction of SQLite; several changes may share it, each in a savepoint of its own."""

    def __init__(self, session: Session, *, now: str, open_key: Callable[[], LogKey]) -> None:
        """Take part in a transaction that was begun.

        Args:
            session: The connection; its tables are up to date.
            now: The time.
            open_key: Opens the log's key when something is appended.
        """
        super().__init__(session, len(MIGRATIONS))
        self._now = check_time(now)
        self._open_key = open_key
        self._appending: Appending | None = None

    @property
    def now(self) -> str:
        """The time of this transaction by the registry's clock."""
        return self._now

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[SqliteTransaction]:
        """Run a change, and undo what it did if it raises."""
        self._session.write("SAVEPOINT change")
        appending = self._appending
        mark = appending.mark if appending is not None else None
        try:
            yield self
        except BaseException:
            if self._session.in_transaction:  # which a full disk has ended already
                self._session.write("ROLLBACK TO change")
                self._session.write("RELEASE change")
            self._appending = appending
            if appending is not None and mark is not None:
                appending.back_to(mark)
            raise
        self._session.write("RELEASE change")

    def finish(self) -> None:
        """Complete the ledger before the commit."""
        if self._appending is not None:
            self._appending.finish()

    def node(self, level: int, index: int) -> bytes:
        """Return a stored node, those of new entries included."""
        self._grow()
        return super().node(level, index)

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return stored nodes, those of new entries included."""
        self._grow()
        return super().nodes_at(places)

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List every stored node, those of new entries included."""
        self._grow()
        return super().nodes()

    def bind(self, name: str, version: str, digest: str) -> bool:
        """Bind `name@version` to a release digest, once for ever; True if the binding is new."""
        check_digest(digest)
        query = "SELECT digest FROM release WHERE name = ? AND version = ?"
        found = next((row[0] for row in self._session.rows((str,), query, (name, version))), None)
        if found is None:
            row = (name, version, digest)
            self._session.write("INSERT INTO release (name, version, digest) VALUES (?, ?, ?)", row)
            return True
        if found != digest:
            raise BoundError(
                f"{name}@{version} is sealed already, with other contents",
                seen=digest,
                wanted=found,
                cause="a name and version stand for the same bytes for ever",
                help=[
                    f"weighbridge diff {name}@{version} release.yaml",
                    "weighbridge set metadata.version NEW_VERSION",
                ],
            )
        return False

    def keep_store(self, store: Store | None) -> None:
        """Remember where blobs lie, or forget it."""
        self._session.write("DELETE FROM store")
        if store is not None:
            row = (store.address, store.identity, int(store.encrypted), int(store.conditional))
            self._session.write("INSERT INTO store VALUES (0, ?, ?, ?, ?)", row)

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Append an entry at the time of this transaction and return its index."""
        if self._appending is None:
            view = SqliteView(self._session, len(MIGRATIONS))
            self._appending = Appending(self._session, view, self._open_key())
        return self._appending.append(kind, body, now=self._now)

    def _grow(self) -> None:
        if self._appending is not None:
            self._appending.grow()
