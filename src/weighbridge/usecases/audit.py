"""`log verify`: the ledger proves what it says; with `deep`, the registry holds nothing else.

One walk over all entries feeds every comparison, and keeps none of them. What is wrong is listed,
all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.edge import Edge
from weighbridge.ledger.merkle import leaf_hash
from weighbridge.ledger.note import NoteError, read_note, write_verifier_key
from weighbridge.model.errors import LedgerError
from weighbridge.model.event import (
    BINDING_KINDS,
    CONTROL_KINDS,
    Event,
    EventError,
    Kind,
    read_event,
)
from weighbridge.model.verification import Audit, Problem
from weighbridge.usecases.audit_deep import Comparison
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import believe
from weighbridge.usecases.log_keys import ROTATES, KeyChain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import LedgerView, Registry
    from weighbridge.usecases.believed import BelievedLog

_AT_ONCE = 1024
"""Entries whose hashes are added to the tree together."""


class _Walk:
    """What all entries together say, gathered on one walk over them."""

    def __init__(self, since: int, comparison: Comparison | None) -> None:
        """Say at which size the root is asked for, and what else is compared on the way."""
        self.edge = Edge()
        self.problems: list[Problem] = []
        self.keys: list[tuple[int, Event]] = []
        self.root_then = b""
        self._since = since
        self._comparison = comparison
        self._leaves: list[bytes] = []
        self._time = ""
        self._control: int | None = None

    def over(self, view: LedgerView) -> None:
        """Take every entry."""
        try:
            for index, data in enumerate(view.entries()):
                self._step(index, data)
                if len(self._leaves) == _AT_ONCE or index + 1 == self._since:
                    self._grow()
        except LedgerError as error:
            self.problems.append(ledger_problem("entries", str(error)))
        self._grow()

    def _grow(self) -> None:
        nodes = self.edge.add(self._leaves)
        self._leaves.clear()
        if self._comparison is not None:
            self.problems.extend(self._comparison.grown(nodes))
        if self.edge.size == self._since:
            self.root_then = self.edge.root()

    def _step(self, index: int, data: bytes) -> None:
        self._leaves.append(leaf_hash(data))
        try:
            event = read_event(data)
        except EventError as error:
            self._wrong(index, str(error))
            return
        if (index == 0) != (event.kind is Kind.REGISTRY_INITIALISED):
            self._wrong(index, "the registry begins with entry 0 and with no other")
        if event.time < self._time:
            self._wrong(index, "it is older than the entry before it", event.time, self._time)
        if event.control != self._control:
            seen, wanted = str(event.control), str(self._control)
            self._wrong(index, "it names another newest change of trust", seen, wanted)
        self._time = max(self._time, event.time)
        if event.kind in CONTROL_KINDS:
            self._control = index
            if not index or event.body.get("action") == ROTATES:
                self.keys.append((index, event))
        if event.kind in BINDING_KINDS:
            said = [event.body.get(name) for name in ("name", "version", "digest")]
            if not all(isinstance(text, str) for text in said):
                self._wrong(index, "it does not say which release it binds")
        if self._comparison is not None:
            self.problems.extend(self._comparison.step(index, event))

    def _wrong(self, index: int, message: str, seen: str = "", wanted: str = "") -> None:
        self.problems.append(ledger_problem(f"entry {index}", message, seen, wanted))


def audit(
    registry: Registry, *, log_key: str, since: bytes | None = None, deep: bool = False
) -> Audit:
    """Verify the ledger of a registry.

    Args:
        registry: The registry.
        log_key: The log's public key (signed-note verifier key), or one that leads to it.
        since: A checkpoint that was kept elsewhere; the log must have grown from it.
        deep: Whether tables, trust and every signed paper are compared with the entries.

    Raises:
        OwnerlessError: It has no owners yet.
        LedgerError: Its checkpoint is not what that key, or one it leads to, signed.
    """
    with registry.reading() as view:
        log = believe(view, log_key=log_key)
        comparison = Comparison(view, registry, log.checkpoint.origin) if deep else None
        walk = _Walk(_size_of(since), comparison)
        walk.over(view)
        problems = [*walk.problems, *_root_problems(walk, log)]
        if since is not None:
            problems.extend(_growth_problems(walk, since))
        if comparison is not None:
            problems.extend(comparison.ended(walk.edge.size))
    return Audit(log=log.state, problems=tuple(problems), deep=deep)


def _root_problems(walk: _Walk, log: BelievedLog) -> Iterator[Problem]:
    checkpoint, edge = log.checkpoint, walk.edge
    if edge.size != checkpoint.size:
        seen, wanted = f"{edge.size} entries", f"{checkpoint.size} entries"
        message = "it is of another number of entries"
        yield ledger_problem("checkpoint", message, seen, wanted)
    elif edge.root() != checkpoint.root:
        seen, wanted = edge.root().hex(), checkpoint.root.hex()
        message = "the entries are not those that were signed"
        yield ledger_problem("checkpoint", message, seen, wanted)
    try:
        reign = KeyChain(walk.keys).at(checkpoint.size)
    except NoteError as error:
        yield ledger_problem("checkpoint", str(error))
        return
    if (wanted := write_verifier_key(reign.key)) != log.log_key:
        message = f"its key is not the log's: entry {reign.entry} names another"
        yield ledger_problem("checkpoint", message, log.log_key, wanted)


def _size_of(since: bytes | None) -> int:
    """Read the size of a checkpoint; whether it is one is told later."""
    try:
        return -1 if since is None else read_checkpoint(read_note(since).text).size
    except NoteError:
        return -1


def _growth_problems(walk: _Walk, since: bytes) -> Iterator[Problem]:
    """Say why the log has not grown from a checkpoint: it was cut, rewritten or forked.

    The checkpoint may be by a key the log had then.
    """
    try:
        old = KeyChain(walk.keys).earlier(since)
    except NoteError as error:
        yield ledger_problem("the checkpoint given", str(error))
        return
    if old.size > walk.edge.size:
        seen, wanted = f"{walk.edge.size} entries", f"{old.size} or more"
        yield ledger_problem("ledger", "entries are gone since that checkpoint", seen, wanted)
    elif old.size and walk.root_then != old.root:
        message = "entries before that checkpoint were rewritten"
        yield ledger_problem("ledger", message, walk.root_then.hex(), old.root.hex())
