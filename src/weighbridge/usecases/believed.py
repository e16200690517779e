"""A ledger that is believed: every entry read from it is proven against its signed checkpoint.

And the trust that follows from it: who may sign what is folded from the entries of the control
plane, which are found by their chain and not by an index, and each is authorised again.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import open_checkpoint, read_checkpoint
from weighbridge.ledger.merkle import StoredTree, TreeError, leaf_hash, verify_inclusion
from weighbridge.ledger.note import NoteError, read_note, read_verifier_key, write_verifier_key
from weighbridge.model.base64text import NotBase64Error, read_base64
from weighbridge.model.errors import LedgerError, OwnerlessError
from weighbridge.model.event import CONTROL_KINDS, Event, EventError, Kind, read_event
from weighbridge.model.verification import LogState
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import (
    Action,
    ControlError,
    ControlState,
    Obstacle,
    authorise,
    initial_trust,
    log_rotation_of,
    read_proposal,
)
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.usecases.folds import RememberedView
from weighbridge.usecases.log_keys import (
    KeyChain,
    Reign,
    check_endorsed,
    endorsed_after,
    verify_ed25519,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import VerifierKey
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.control import Proposal
    from weighbridge.usecases.folds import Folded

__all__ = [
    "BelievedLog",
    "Fold",
    "believe",
    "control_state",
    "log_state",
    "signed_change",
    "state_after",
    "trust_in",
    "verify_ed25519",
]

_DEEP = "weighbridge log verify --deep"


def log_state(checkpoint: Checkpoint) -> LogState:
    """Say what a checkpoint says."""
    root = checkpoint.root.hex()
    return LogState(origin=checkpoint.origin, size=checkpoint.size, root=root)


class BelievedLog:
    """The ledger of a registry, read under its log's key.

    That is the key which signed the checkpoint, or one that leads to it: each key of the log
    endorses the next.

    Inside a transaction, entries that were appended since the newest checkpoint are taken as they
    are: this process has just written them.
    """

    def __init__(self, view: LedgerView, *, log_key: str) -> None:
        """Open a ledger.

        Args:
            view: One moment of a registry.
            log_key: The log's public key (signed-note verifier key).

        Raises:
            OwnerlessError: It has no owners yet.
            LedgerError: Its checkpoint is not what that key, or one it leads to, signed.
        """
        if not view.size:
            help_ = ["weighbridge registry init --owner PERSON=KEY --threshold N"]
            raise OwnerlessError("the registry has no owners yet", help=help_)
        self.view = view
        self.log_key = log_key
        try:
            key = read_verifier_key(log_key)
            self._take(read_checkpoint(read_note(view.checkpoint).text))
            try:
                open_checkpoint(view.checkpoint, key, verify=verify_ed25519)
            except NoteError as error:
                self.log_key = self._follow(key, error)
        except NoteError as error:
            raise _damaged("the checkpoint does not prove the ledger", error) from error

    def _take(self, checkpoint: Checkpoint) -> None:
        if self.view.size < checkpoint.size:
            seen, wanted = f"{self.view.size} entries", f"{checkpoint.size} entries"
            raise LedgerError("entries are missing", seen=seen, wanted=wanted, help=[_DEEP])
        self.checkpoint = checkpoint
        self._tree = StoredTree(checkpoint.size, self.view.node, many=self.view.nodes_at)

    def _follow(self, anchor: VerifierKey, unsigned: NoteError) -> str:
        """Return the key that signed the checkpoint, if the one that is held leads to it."""
        try:
            keys = KeyChain(self.control)
        except LedgerError:
            raise unsigned from None
        if len(keys.reigns) == 1:
            raise unsigned
        keys.open(self.view.checkpoint, anchor)
        return write_verifier_key(keys.at(self.checkpoint.size).key)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.view.size

    @property
    def state(self) -> LogState:
        """What the log's key signed."""
        return log_state(self.checkpoint)

    @cached_property
    def time(self) -> str:
        """Time of the newest entry."""
        return self.event(self.size - 1).time

    def event(self, index: int) -> Event:
        """Read one entry.

        Raises:
            LedgerError: The checkpoint does not prove it, or it is not an event.
        """
        data = self.view.entry(index)
        try:
            if index < self.checkpoint.size:
                self._prove(index, data)
            return read_event(data)
        except (TreeError, EventError) as error:
            raise _damaged(f"entry {index} is not what was logged", error) from error

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the path from an entry to the checkpoint's root, or to the one of a size before.

        Raises:
            TreeError: The checkpoint is of no such entry.
        """
        return self._tree.inclusion(index, size)

    def _prove(self, index: int, data: bytes) -> None:
        path = self._tree.inclusion(index)
        size, root = self.checkpoint.size, self.checkpoint.root
        if not verify_inclusion(leaf_hash(data), index=index, size=size, path=path, root=root):
            raise TreeError("the checkpoint does not prove it")

    def found(self, topic: str) -> Iterator[tuple[int, Event]]:
        """Read the entries under a topic, in their order."""
        for index in self.view.found(topic):
            yield index, self.event(index)

    @cached_property
    def control(self) -> tuple[tuple[int, Event], ...]:
        """All entries that ever changed trust, entry 0 first, with their indices."""
        index = self.size - 1
        event = self.event(index)
        found = [(index, event)] if event.kind in CONTROL_KINDS else []
        while event.control is not None:
            if event.control >= index:
                raise _damaged(f"entry {index} names no entry before it", None)
            index, event = event.control, self.event(event.control)
            if event.kind not in CONTROL_KINDS:
                raise _damaged(f"entry {index} changes no trust, yet a later one says so", None)
            found.append((index, event))
        if index != 0:
            raise _damaged(f"entry {index} does not say what changed trust before it", None)
        return tuple(reversed(found))

    def check_key(self) -> None:
        """Check that the key that signed the checkpoint is the log's, by its own entries.

        Raises:
            LedgerError: It is another, or one that was replaced; or it did not sign all entries.
        """
        # Only a transaction has entries of its own that are not signed yet.
        if self.size > self.checkpoint.size and not hasattr(self.view, "append"):
            seen, wanted = f"{self.size} entries", f"{self.checkpoint.size} entries"
            message = "the checkpoint is of another number of entries"
            raise LedgerError(message, seen=seen, wanted=wanted, help=[_DEEP])
        try:
            reign = KeyChain(self.control).at(self.checkpoint.size)
        except NoteError as error:
            raise _damaged("the ledger does not say which key is the log's", error) from error
        if write_verifier_key(reign.key) != self.log_key:
            raise _damaged(f"entry {reign.entry} does not name this log's key", None)


def believe(view: LedgerView, *, log_key: str) -> BelievedLog:
    """Open a ledger under its log's key, or say that it has none.

    Raises:
        OwnerlessError: It has no owners yet.
        LedgerError: Its checkpoint is not what that key signed, or there is no key.
    """
    if view.size and not log_key:
        help_ = ["restore `log.pub` in the registry's folder", "or name the key with --log-key"]
        raise LedgerError("the log's public key is not there", help=help_)
    return BelievedLog(view, log_key=log_key)


def trust_in(log: BelievedLog, blobs: BlobReader) -> TrustSnapshot:
    """Fold the control plane into who is trusted now.

    Raises:
        LedgerError: An entry is not a change that owners signed.
    """
    return control_state(log, blobs).trust


def control_state(log: BelievedLog, blobs: BlobReader) -> ControlState:
    """Fold the control plane into all that owners have said.

    Raises:
        LedgerError: An entry is not a change that owners signed.
    """
    folds = log.view.folds if isinstance(log.view, RememberedView) else None
    known = None if folds is None else folds.before(log.control)
    fold = Fold(blobs, known)
    for index, event in log.control[known.count if known else 0 :]:
        fold.take(index, event)
    log.check_key()
    if folds is not None and (known is None or known.count < len(log.control)):
        folds.keep(log.control, fold.state, fold.applied)
    return fold.state


class Fold:
    """All that owners have said, entry by entry of the control plane."""

    def __init__(self, blobs: BlobReader, known: Folded | None = None) -> None:
        """Begin before entry 0, or go on.

        Args:
            blobs: Where the bundles lie that owners signed.
            known: The fold it goes on from.
        """
        self._blobs = blobs
        self.applied: dict[bytes, int] = {} if known is None else {**known.applied}
        self._state: ControlState | None = None if known is None else known.state

    @property
    def state(self) -> ControlState:
        """What they have said so far.

        Raises:
            LedgerError: Entry 0 was not taken yet.
        """
        if self._state is None:
            raise _damaged("entry 0 does not name owners", None)
        return self._state

    def take(self, index: int, event: Event) -> None:
        """Take the next entry that changed trust.

        Raises:
            LedgerError: It is not a change that owners signed.
        """
        if self._state is None:
            self._state = ControlState(trust=_initial(event))
            return
        payload, bundles = signed_change(event, self._blobs)
        # What was replaced since must not come back with the signatures of then.
        if (before := self.applied.setdefault(payload, index)) != index:
            raise _damaged(f"entry {index} applies what entry {before} applied", None)
        try:
            granted = authorise(bundles, payload=payload, snapshot=self.state.trust, at=event.time)
            if not granted.granted:
                raise _damaged(f"entry {index} is not signed by enough owners", None)
            proposal = read_proposal(payload)
            _check_said(event, proposal)
            self._state = state_after(self.state, proposal, index=index, at=event.time)
        except ControlError as error:
            raise _damaged(f"entry {index} is no change owners can make", error) from error


def state_after(state: ControlState, proposal: Proposal, *, index: int, at: str) -> ControlState:
    """Return the state after a proposal was applied by an entry.

    Raises:
        ControlError: The change may not be made at all.
    """
    change = proposal.change
    after = state.after(change, as_of=index + 1, at=at)
    if change.action is Action.LOG_ROTATE and (said := log_rotation_of(change).endorsement):
        try:
            key, data = read_verifier_key(after.trust.log_key), said.encode()
            new = Reign(entry=index, key=key, endorsement=data)
            check_endorsed(read_verifier_key(state.trust.log_key), new)
            told = endorsed_after(data)
        except NoteError as error:
            raise ControlError(Obstacle.NOT_ENDORSED, str(error)) from error
        if told != proposal.after:
            message = "the older key's word is not for this proposal"
            raise ControlError(Obstacle.NOT_ENDORSED, message)
    return after


def _check_said(event: Event, proposal: Proposal) -> None:
    """Refuse an entry that names another key of the log than owners signed for."""
    if proposal.change.action is Action.LOG_ROTATE:
        rotation = log_rotation_of(proposal.change)
        said = (event.body.get("logKey"), event.body.get("endorsement"))
        if event.body.get("action") != Action.LOG_ROTATE or said != (
            rotation.key,
            rotation.endorsement,
        ):
            raise _damaged("the log's key is not the one owners signed for", None)
    elif event.body.get("action") == Action.LOG_ROTATE:
        raise _damaged("the log's key was rotated by no owner", None)


def signed_change(event: Event, blobs: BlobReader) -> tuple[bytes, list[Bundle]]:
    """Read the statement of a control-plane entry and its bundles.

    Raises:
        LedgerError: They are not what the entry names.
    """
    try:
        bundles = [read_bundle(blobs.read(digest)) for digest in event.body["bundles"]]
    except (EnvelopeError, KeyError, TypeError) as error:
        raise _damaged("a change of the control plane is not what was logged", error) from error
    if not bundles:
        raise _damaged("a change of the control plane has no signature", None)
    payload = bundles[0].payload
    if event.body.get("statement") != f"sha256:{sha256(payload).hexdigest()}":
        raise _damaged("a change of the control plane is not the one that was signed", None)
    return payload, bundles


def _initial(event: Event) -> TrustSnapshot:
    body = event.body
    try:
        if event.kind is not Kind.REGISTRY_INITIALISED:
            raise _damaged("entry 0 does not name owners", None)
        owners = [(owner["person"], read_base64(owner["key"])) for owner in body["owners"]]
        log_key = _first_key(body["logKey"])
        return initial_trust(owners, threshold=body["threshold"], log_key=log_key)
    except (KeyError, TypeError, NotBase64Error, ControlError) as error:
        raise _damaged("entry 0 does not name owners", error) from error


def _first_key(text: str) -> str:
    try:
        return write_verifier_key(read_verifier_key(text))
    except NoteError as error:
        raise _damaged("entry 0 does not name this log's key", error) from error


def _damaged(message: str, error: Exception | None) -> LedgerError:
    return LedgerError(message, cause=str(error or ""), help=[_DEEP])
