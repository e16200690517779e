"""A ledger that is believed: every entry read from it is proven against its signed checkpoint.

And the trust that follows from it: who may sign what is folded from the entries of the control
plane, which are found by their chain and not by an index, and each is authorised again.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.merkle import StoredTree, TreeError, leaf_hash, verify_inclusion
from weighbridge.ledger.note import NoteError, read_verifier_key
from weighbridge.model.base64text import NotBase64Error, read_base64
from weighbridge.model.errors import LedgerError, OwnerlessError
from weighbridge.model.event import CONTROL_KINDS, Event, EventError, Kind, read_event
from weighbridge.model.verification import LogState
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import (
    ControlError,
    ControlState,
    authorise,
    initial_trust,
    read_proposal,
)
from weighbridge.seal.dsse import EnvelopeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.bundle import Bundle

_DEEP = "weighbridge log verify --deep"


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a message has a signature under an Ed25519 key of 32 bytes (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def log_state(checkpoint: Checkpoint) -> LogState:
    """Say what a checkpoint says."""
    root = checkpoint.root.hex()
    return LogState(origin=checkpoint.origin, size=checkpoint.size, root=root)


class BelievedLog:
    """The ledger of a registry, read under its log's key.

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
            LedgerError: Its checkpoint is not what that key signed.
        """
        if not view.size:
            help_ = ["weighbridge registry init --owner PERSON=KEY --threshold N"]
            raise OwnerlessError("the registry has no owners yet", help=help_)
        self.view = view
        self.log_key = log_key
        try:
            key = read_verifier_key(log_key)
            self.checkpoint: Checkpoint = open_checkpoint(
                view.checkpoint, key, verify=verify_ed25519
            )
        except NoteError as error:
            raise _damaged("the checkpoint does not prove the ledger", error) from error
        if view.size < self.checkpoint.size:
            seen, wanted = f"{view.size} entries", f"{self.checkpoint.size} entries"
            raise LedgerError("entries are missing", seen=seen, wanted=wanted, help=[_DEEP])
        self._tree = StoredTree(self.checkpoint.size, view.node, many=view.nodes_at)

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

    def inclusion(self, index: int) -> list[bytes]:
        """Return the path from an entry to the checkpoint's root.

        Raises:
            TreeError: The checkpoint is of no such entry.
        """
        return self._tree.inclusion(index)

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
    (_, first), *changes = log.control
    state = ControlState(trust=_initial(first, log.log_key))
    applied: dict[bytes, int] = {}
    for index, event in changes:
        payload, bundles = signed_change(event, blobs)
        # What was replaced since must not come back with the signatures of then.
        if (before := applied.setdefault(payload, index)) != index:
            raise _damaged(f"entry {index} applies what entry {before} applied", None)
        try:
            granted = authorise(bundles, payload=payload, snapshot=state.trust, at=event.time)
            if not granted.granted:
                raise _damaged(f"entry {index} is not signed by enough owners", None)
            change = read_proposal(payload).change
            state = state.after(change, as_of=index + 1, at=event.time)
        except ControlError as error:
            raise _damaged(f"entry {index} is no change owners can make", error) from error
    return state


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


def _initial(event: Event, log_key: str) -> TrustSnapshot:
    body = event.body
    try:
        if event.kind is not Kind.REGISTRY_INITIALISED or body["logKey"] != log_key:
            raise _damaged("entry 0 does not name this log's key", None)
        owners = [(owner["person"], read_base64(owner["key"])) for owner in body["owners"]]
        return initial_trust(owners, threshold=body["threshold"], log_key=log_key)
    except (KeyError, TypeError, NotBase64Error, ControlError) as error:
        raise _damaged("entry 0 does not name owners", error) from error


def _damaged(message: str, error: Exception | None) -> LedgerError:
    return LedgerError(message, cause=str(error or ""), help=[_DEEP])
