"""A change of a registry on its way."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.appending import Appending
from weighbridge.adapters.blobs.names import check_digest
from weighbridge.adapters.ledger_view import TableView
from weighbridge.adapters.schema import MIGRATIONS
from weighbridge.ledger.binding import is_new
from weighbridge.model.event import Kind
from weighbridge.model.standing import Store
from weighbridge.model.trust import check_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.adapters.log_key import LogKey
    from weighbridge.adapters.log_keys import LogKeys
    from weighbridge.adapters.tables import TableSession
    from weighbridge.ledger.note import VerifierKey


class TableTransaction(TableView):
    """One transaction; several changes may share it, each in a savepoint of its own."""

    def __init__(self, session: TableSession, *, now: str, keys: LogKeys) -> None:
        """Take part in a transaction that was begun.

        Args:
            session: The connection; its tables are up to date.
            now: The time.
            keys: The log's keys, for when something is appended.
        """
        super().__init__(session, len(MIGRATIONS))
        self._now = check_time(now)
        self._keys = keys
        self._appending: Appending | None = None

    @property
    def now(self) -> str:
        """The time of this transaction by the registry's clock."""
        return self._now

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[TableTransaction]:
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
        if new := is_new(name, version, digest, bound=found):
            row = (name, version, digest)
            self._session.write("INSERT INTO release (name, version, digest) VALUES (?, ?, ?)", row)
        return new

    def keep_store(self, store: Store | None) -> None:
        """Remember where blobs lie, or forget it; in the ledger, too, if there is one."""
        self._session.write("DELETE FROM store")
        if self.size:
            settled = store or Store(address="", identity="", encrypted=False)
            self.append(Kind.STORE_SETTLED, settled.plain())
        if store is not None:
            row = (store.address, store.identity, int(store.encrypted), int(store.conditional))
            self._session.write("INSERT INTO store VALUES (0, ?, ?, ?, ?)", row)

    def move_to(self, place: str) -> None:
        """Remember that the registry has moved; nothing is written to it from then on."""
        self._session.write("DELETE FROM moved")
        self._session.write("INSERT INTO moved VALUES (0, ?)", (place,))

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Append an entry at the time of this transaction and return its index."""
        if self._appending is None:
            key = self._keys.current(self.checkpoint)
            self._appending = self._at_end(key.public, key)
        return self._appending.append(kind, body, now=self._now)

    def rotate_log_key(self, key: str) -> None:
        """Have the log's next key sign from this transaction on; the older one may be lost."""
        following = self._keys.following(key)
        if self._appending is None:
            self._appending = self._at_end(self._keys.public(self.checkpoint), None)
        self._appending.rotate(following)

    @property
    def has_rotated(self) -> bool:
        """Whether another key signs from this transaction on."""
        return self._appending is not None and self._appending.has_rotated

    @property
    def signed(self) -> bytes:
        """The checkpoint that was signed last in this transaction."""
        return b"" if self._appending is None else self._appending.signed

    def _at_end(self, public: VerifierKey, key: LogKey | None) -> Appending:
        view = TableView(self._session, len(MIGRATIONS))
        return Appending(self._session, view, public, key)

    def _grow(self) -> None:
        if self._appending is not None:
            self._appending.grow()
