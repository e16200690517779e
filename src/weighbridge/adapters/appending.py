"""The end of the ledger, where entries are appended; a damaged one is not built upon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.ledger_view import DEEP
from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.merkle import StoredTree, TreeError, grow, leaf_hash, verify_inclusion
from weighbridge.ledger.note import NoteError
from weighbridge.ledger.tiles import LARGEST_ENTRY
from weighbridge.model.errors import ClockError, EntrySizeError, LedgerError, RegistryError
from weighbridge.model.event import (
    CONTROL_KINDS,
    Event,
    EventError,
    Kind,
    read_event,
    topics,
    write_event,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.ledger_view import TableView
    from weighbridge.adapters.log_key import LogKey
    from weighbridge.adapters.tables import TableSession
    from weighbridge.ledger.note import VerifierKey

_REPLACE = """
    INSERT INTO checkpoint ("only", note) VALUES (0, ?)
    ON CONFLICT ("only") DO UPDATE SET note = excluded.note
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the appending of one transaction has come.

    Attributes:
        size: Entries of the log.
        grown: Entries whose nodes are stored.
        newest: The last of the entries.
        key: The key that signs.
    """

    size: int
    grown: int
    newest: Event | None
    key: LogKey | None


class Appending:
    """Appends entries in one transaction; `grow` stores their nodes, `finish` the checkpoint."""

    def __init__(
        self, session: TableSession, view: TableView, public: VerifierKey, key: LogKey | None
    ) -> None:
        """Look at where the log ends.

        Args:
            session: The connection.
            view: What it holds now.
            public: The key that signed its newest checkpoint.
            key: The same with its private half; None if another is to follow it here.

        Raises:
            LedgerError: Newest entry, right edge and checkpoint do not fit together.
        """
        self._session = session
        self._view = view
        self._public = public
        self.signed = b""
        size = view.size
        self._begun = size
        self._leaves: list[bytes] = []
        self._edge: dict[tuple[int, int], bytes] = {}  # of the nodes, the few needed again
        newest = self._newest(size) if size or view.checkpoint else None
        self.mark = Mark(size=size, grown=size, newest=newest, key=key)

    def back_to(self, mark: Mark) -> None:
        """Forget what came after a mark, which the database has forgotten already."""
        if mark.grown < self.mark.grown:
            self._edge.clear()
        del self._leaves[mark.size - self._begun :]
        self.mark = mark

    @property
    def has_rotated(self) -> bool:
        """Whether another key signs than did before."""
        return self.mark.key is not None and self.mark.key.public != self._public

    def rotate(self, key: LogKey) -> None:
        """Have another key sign the checkpoint over all."""
        self.mark = replace(self.mark, key=key)

    def append(self, kind: Kind, body: Mapping[str, Any], *, now: str) -> int:
        """Append an entry and return its index.

        Raises:
            ClockError: The newest entry is later than `now`.
            RegistryError: A log begins with `registry.initialised`, and has it once.
            EntrySizeError: The entry would be larger than can be exported.
        """
        index, newest = self.mark.size, self.mark.newest
        _check_kind(kind, index)
        if newest is not None and newest.time > now:
            raise ClockError(
                "the clock is behind the newest entry of the ledger",
                seen=now,
                wanted=f"{newest.time} or later",
                help=["set the clock, or wait until it has caught up"],
            )
        control = _control(index, newest)
        event = Event(kind=kind, time=now, control=control, body=body)
        data, found = write_event(event), [(name, index) for name in topics(event)]
        _check_size(kind, data)
        self._session.write("INSERT INTO entry (idx, body) VALUES (?, ?)", (index, data))
        self._session.write_many("INSERT INTO topic (name, entry) VALUES (?, ?)", found)
        self._leaves.append(leaf_hash(data))
        self.mark = replace(self.mark, size=index + 1, newest=event)
        return index

    def grow(self) -> None:
        """Store the nodes of what was appended."""
        start, size = self.mark.grown, self.mark.size
        nodes = grow(start, self._leaves[start - self._begun :], self._node)
        rows = [(((index + 1) << level) - 1, level, added) for level, index, added in nodes]
        self._session.write_many("INSERT INTO node (leaf, level, hash) VALUES (?, ?, ?)", rows)
        last = (node for node in nodes if node[1] == (size >> node[0]) - 1)
        self._edge.update(((level, index), added) for level, index, added in last)
        self.mark = replace(self.mark, grown=size)

    def finish(self) -> None:
        """Store the nodes and sign the checkpoint over all, if anything was appended.

        Raises:
            LedgerError: Entries came to be that were not appended whole.
        """
        size = self.mark.size
        if self._view.size != size:
            raise LedgerError("an entry was half appended; none of this transaction is kept")
        if size > self._begun:
            if self.mark.key is None:
                raise LedgerError("an entry was appended without a key to sign it")
            self.grow()
            self.signed = self.mark.key.sign(size, StoredTree(size, self._node).root())
            self._session.write(_REPLACE, (self.signed,))

    def _newest(self, size: int) -> Event:
        """Read the newest entry, if the checkpoint is of that entry and of the right edge."""
        tree, problem = StoredTree(size, self._node), "the checkpoint is not that of the nodes"
        try:
            root = tree.root()
            if _signed(self._public, self._view.checkpoint) == (size, root):
                entry, index = self._view.entry(size - 1), size - 1
                path = tree.inclusion(index)
                if verify_inclusion(leaf_hash(entry), index=index, size=size, path=path, root=root):
                    return read_event(entry)
                problem = "the newest entry is not the one in the tree"
        except (EventError, NoteError, TreeError) as error:
            problem = str(error)
        message = "the ledger is damaged at its end; nothing is appended to it"
        raise LedgerError(message, cause=problem, help=[DEEP])

    def _node(self, level: int, index: int) -> bytes:
        found = self._edge.get((level, index))
        if found is None:
            found = self._edge[level, index] = self._view.node(level, index)
        return found


def _signed(key: VerifierKey, checkpoint: bytes) -> tuple[int, bytes]:
    """Return size and root of a checkpoint that a key signed."""
    from weighbridge.adapters.log_rotation import verify_ed25519  # noqa: PLC0415 - cryptography

    found = open_checkpoint(checkpoint, key, verify=verify_ed25519)
    return found.size, found.root


def _check_kind(kind: Kind, index: int) -> None:
    if (kind == Kind.REGISTRY_INITIALISED) != (index == 0):
        message = "a ledger begins with registry.initialised, and has it once"
        help_ = ["weighbridge registry init" if index == 0 else "weighbridge registry status"]
        raise RegistryError(message, seen=f"{kind} as entry {index}", help=help_)


def _check_size(kind: Kind, data: bytes) -> None:
    if len(data) > LARGEST_ENTRY:
        raise EntrySizeError(
            f"an entry of {kind} would be too large for the ledger",
            seen=f"{len(data)} bytes",
            wanted=f"at most {LARGEST_ENTRY} (https://c2sp.org/tlog-tiles)",
            cause="a statement about some hundred subjects, or as many owners' signatures",
            help=["make statements about fewer subjects each"],
        )


def _control(index: int, newest: Event | None) -> int | None:
    """Return the index of the newest entry of the control plane before an entry."""
    if newest is None:
        return None
    return index - 1 if newest.kind in CONTROL_KINDS else newest.control
