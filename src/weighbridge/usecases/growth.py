"""Whether a log has grown from a checkpoint somebody kept, and what to show others if not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.conflict import Conflict, judge_conflict, read_conflict, write_conflict
from weighbridge.ledger.merkle import StoredTree, TreeError
from weighbridge.ledger.note import NoteError, read_note, read_verifier_key
from weighbridge.model.errors import LedgerError
from weighbridge.model.verification import LogConflict
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import log_state
from weighbridge.usecases.log_keys import KeyChain, verify_ed25519

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.merkle import CompactTree
    from weighbridge.model.event import Event
    from weighbridge.model.verification import Problem
    from weighbridge.usecases.believed import BelievedLog

_ANOTHER = "give one that was kept of this log, as `weighbridge log show --checkpoint` writes it"


class Growth:
    """A checkpoint that was kept, and what became of its log."""

    def __init__(self, since: bytes) -> None:
        """Read the checkpoint; whose it is, is judged when all entries are known.

        Args:
            since: The checkpoint, a signed note.
        """
        self._since = since
        self._refusal = ""
        self._old: Checkpoint | None = None
        try:
            self._old = read_checkpoint(read_note(since).text)
        except NoteError as error:
            self._refusal = str(error)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The size at which the root of the log is wanted."""
        return () if self._old is None else (self._old.size,)

    def problems(self, tree: CompactTree, keys: Iterable[tuple[int, Event]]) -> Iterator[Problem]:
        """Say why the log has not grown from the checkpoint: it was cut, rewritten or forked.

        Args:
            tree: The tree of all its entries, which watched `sizes`.
            keys: The entries that name its keys: the checkpoint may be by one it had then.
        """
        old = self._old
        try:
            KeyChain(keys).earlier(self._since)
        except NoteError as error:
            found = ledger_problem("the checkpoint given", self._refusal or str(error))
            yield replace(found, remediation=(_ANOTHER,)) if self._refusal else found
            return
        if old is None:
            return
        if old.size > len(tree):
            seen, wanted = f"{len(tree)} entries", f"{old.size} or more"
            yield ledger_problem("ledger", "entries are gone since that checkpoint", seen, wanted)
        elif old.size and (root := tree.root(old.size)) != old.root:
            message = "entries before that checkpoint were rewritten"
            yield ledger_problem("ledger", message, root.hex(), old.root.hex())

    def conflict(self, tree: CompactTree, log: BelievedLog) -> bytes:
        """Write what to show others if the log has not grown; empty if it has, or nothing shows it.

        Both checkpoints must be signed by the log's key of today: who is shown them has that alone.
        A key that was replaced proves nothing to them: whoever stole it may sign what he likes.

        Args:
            tree: The tree of all its entries, which watched `sizes`.
            log: The log.
        """
        old = self._old
        if old is None:
            return b""
        try:
            beginning, path = b"", tuple[bytes, ...]()
            if old.size < len(tree):
                beginning = tree.root(old.size)
                path = tuple(StoredTree(len(tree), log.view.node).consistency(old.size))
            note = log.view.checkpoint
            found = Conflict(first=self._since, second=note, beginning=beginning, path=path)
            judge_conflict(found, key=read_verifier_key(log.log_key), verify=verify_ed25519)
            return write_conflict(found)
        except (NoteError, TreeError, LedgerError):
            return b""  # it has grown, or is damaged: then it does not even prove what it says


def verify_conflict(data: bytes, *, log_key: str) -> LogConflict:
    """Check with the log's key alone what two checkpoints show.

    Raises:
        LedgerError: They show nothing.
    """
    try:
        key = read_verifier_key(log_key)
        judged = judge_conflict(read_conflict(data), key=key, verify=verify_ed25519)
    except NoteError as error:
        message = "nothing is shown that a log must not do"
        raise LedgerError(message, cause=str(error)) from error
    kept, later = log_state(judged.first), log_state(judged.second)
    return LogConflict(wrong=judged.wrong, kept=kept, later=later)
