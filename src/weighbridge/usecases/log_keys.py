"""The keys a log had, one after the other: entry 0 names the first, each rotation the next.

Whoever holds any of them follows the endorsements from it to the key that signed a checkpoint. A
rotation without one, since the key was lost, can be followed by nobody: it is believed by those
who hold the newer key already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from weighbridge.ledger.checkpoint import open_checkpoint, read_checkpoint
from weighbridge.ledger.endorsement import open_endorsement, read_endorsement
from weighbridge.ledger.note import NoteError, read_note, read_verifier_key, verify_note
from weighbridge.seal.control import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import VerifierKey
    from weighbridge.model.event import Event

ROTATES = Action.LOG_ROTATE.value
"""The action whose entries hold `logKey` and `endorsement`."""


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a message has a signature under an Ed25519 key of 32 bytes (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """A key of a log, and since when it signs.

    Attributes:
        entry: The entry that names it; checkpoints that cover this entry are signed by it.
        key: The key.
        endorsement: Its predecessor's word for it; empty if that was lost, and for the first.
    """

    entry: int
    key: VerifierKey
    endorsement: bytes = b""


class KeyChain:
    """All keys a log had, as the entries of its control plane name them."""

    def __init__(self, control: Iterable[tuple[int, Event]]) -> None:
        """Take the entries that ever changed trust, entry 0 first, with their indices.

        Raises:
            NoteError: One does not name a key.
        """
        self.reigns = tuple(
            _reign(index, event)
            for index, event in control
            if not index or event.body.get("action") == ROTATES
        )
        if not self.reigns:
            raise NoteError("entry 0, which names the log's first key, is missing")

    def at(self, size: int) -> Reign:
        """Return the key that signs a checkpoint of a size."""
        ruling = [reign for reign in self.reigns if reign.entry < max(size, 1)]
        return ruling[-1]

    def open(self, data: bytes, anchor: VerifierKey) -> Checkpoint:
        """Read a checkpoint for somebody who holds one key of the log.

        Args:
            data: The signed note.
            anchor: The key he holds: the one that signed it, or one before.

        Raises:
            NoteError: It is not signed by the log's key of that time, or the key he holds does not
                lead there.
        """
        checkpoint = self.earlier(data)
        ruling = [reign for reign in self.reigns if reign.entry < checkpoint.size]
        held = [place for place, reign in enumerate(ruling) if reign.key == anchor]
        if not held:
            verify_note(read_note(data), anchor, verify=verify_ed25519)
            raise NoteError("the log's entries name another key than the one that signed them")
        for before, after in zip(ruling[held[0] :], ruling[held[0] + 1 :], strict=False):
            check_endorsed(before.key, after)
        return checkpoint

    def earlier(self, data: bytes) -> Checkpoint:
        """Read a checkpoint that the log's key of that time signed, whichever that was.

        It is a witness of growth only: who believes these entries believes what their keys signed.

        Raises:
            NoteError: It is none, or another key signed it.
        """
        size = read_checkpoint(read_note(data).text).size
        return open_checkpoint(data, self.at(size).key, verify=verify_ed25519)


def check_endorsed(old: VerifierKey, new: Reign) -> None:
    """Check that a key vouches for the one that came after it.

    Raises:
        NoteError: It does not, or not for this one, here.
    """
    if not new.endorsement:
        raise NoteError(
            f"entry {new.entry} replaced the key of {old.name}, which was lost and vouches for "
            "nobody: get the newer `log.pub` from an owner"
        )
    said = open_endorsement(new.endorsement, old, verify=verify_ed25519)
    if said.key != new.key or said.after > new.entry:
        raise NoteError(f"entry {new.entry} names another key than the one before it vouches for")


def endorsed_after(data: bytes) -> int:
    """Read after how many entries an endorsement was given; whose it is is judged elsewhere.

    Raises:
        NoteError: It is none.
    """
    return read_endorsement(read_note(data)).after


def _reign(index: int, event: Event) -> Reign:
    key, endorsement = event.body.get("logKey"), event.body.get("endorsement", "")
    if not isinstance(key, str) or not isinstance(endorsement, str):
        raise NoteError(f"entry {index} names no key of the log")
    return Reign(entry=index, key=read_verifier_key(key), endorsement=endorsement.encode())
