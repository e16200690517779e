"""`log verify`: the ledger proves what it says; with `deep`, the registry holds nothing else.

One walk over all entries feeds every comparison, and keeps none of them: of the tree only its right
edge, however many there are. What is wrong is listed, all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.ledger.merkle import CompactTree, leaf_hash
from weighbridge.ledger.note import NoteError, write_verifier_key
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
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import believe
from weighbridge.usecases.log_keys import ROTATES, KeyChain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.ledger.tile_reading import ExportedLog
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.audit_deep import Comparison
    from weighbridge.usecases.believed import BelievedLog
    from weighbridge.usecases.growth import Growth

_AT_ONCE = 1024
"""Entries whose hashes are added to the tree together."""

_EXPORT = "get the folder anew: `weighbridge log export DIR`"


class _Walk:
    """What all entries together say, gathered on one walk over them."""

    def __init__(self, growth: Growth | None, comparison: Comparison | None) -> None:
        """Say what is asked of the tree, and what else is compared on the way."""
        self.tree = CompactTree()
        self.tree.watch(() if growth is None else growth.sizes)
        self.problems: list[Problem] = []
        self.keys: list[tuple[int, Event]] = []
        self._comparison = comparison
        self._leaves: list[bytes] = []
        self._time = ""
        self._control: int | None = None

    def over(self, view: LedgerView) -> None:
        """Take every entry."""
        try:
            for index, data in enumerate(view.entries()):
                self._step(index, data)
                if len(self._leaves) == _AT_ONCE:
                    self._grow()
        except LedgerError as error:
            self.problems.append(ledger_problem("entries", str(error)))
        self._grow()

    def _grow(self) -> None:
        nodes = self.tree.extend(self._leaves)
        self._leaves.clear()
        if self._comparison is not None:
            self.problems.extend(self._comparison.grown(nodes))

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
        comparison = _comparison(view, registry, log) if deep else None
        return _audit(log, since, comparison)


def audit_tiles(tiles: ExportedLog, *, log_key: str, since: bytes | None = None) -> Audit:
    """Verify a ledger that was exported, every file of it.

    Args:
        tiles: The ledger.
        log_key: The log's public key (signed-note verifier key), or one that leads to it.
        since: A checkpoint that was kept elsewhere; the log must have grown from it.

    Raises:
        LedgerError: Its checkpoint is not what that key, or one it leads to, signed.
    """
    with tiles.reading() as view:
        found = _audit(believe(view, log_key=log_key), since)
        try:
            faults = view.faults()
        except LedgerError as error:
            faults = [str(error)]
        wrong = (replace(ledger_problem("tiles", one), remediation=(_EXPORT,)) for one in faults)
        return replace(found, problems=(*found.problems, *wrong))


def _comparison(view: LedgerView, registry: Registry, log: BelievedLog) -> Comparison:
    from weighbridge.usecases.audit_deep import (  # noqa: PLC0415 - it reads papers too
        Comparison,
    )

    return Comparison(view, registry, log.checkpoint.origin)


def _growth(since: bytes) -> Growth:
    from weighbridge.usecases.growth import Growth  # noqa: PLC0415 - it writes conflicts too

    return Growth(since)


def _audit(log: BelievedLog, since: bytes | None, comparison: Comparison | None = None) -> Audit:
    growth = None if since is None else _growth(since)
    walk = _Walk(growth, comparison)
    walk.over(log.view)
    problems = [*walk.problems, *_root_problems(walk, log)]
    conflict = b""
    if growth is not None:
        problems.extend(growth.problems(walk.tree, walk.keys))
        conflict = growth.conflict(walk.tree, log)
    if comparison is not None:
        problems.extend(comparison.ended(len(walk.tree)))
    return Audit(
        log=log.state,
        problems=tuple(problems),
        deep=comparison is not None,
        checkpoint=log.view.checkpoint,
        conflict=conflict,
    )


def _root_problems(walk: _Walk, log: BelievedLog) -> Iterator[Problem]:
    checkpoint, tree = log.checkpoint, walk.tree
    if len(tree) != checkpoint.size:
        seen, wanted = f"{len(tree)} entries", f"{checkpoint.size} entries"
        message = "it is of another number of entries"
        yield ledger_problem("checkpoint", message, seen, wanted)
    elif tree.root() != checkpoint.root:
        seen, wanted = tree.root().hex(), checkpoint.root.hex()
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
