"""Rotating the log's key, said in one way only.

Whether the older key endorses the newer one is judged where notes are read, beside the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from weighbridge.model.base64text import NotBase64Error, read_base64, write_base64
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle
from weighbridge.seal.control.key_changes import usable_key

_ED25519 = b"\x01"  # C2SP signed-note, section Signature types
_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, Ed25519, before the key's 32 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRotation:
    """What `log.rotate` says.

    Attributes:
        key: The log's new key (signed-note verifier key).
        endorsement: The older key's word for it, a signed note; empty if that key is lost.
    """

    key: str
    endorsement: str


def rotate_log(key: str, *, endorsement: str) -> Change:
    """Ask for another key to sign the log.

    Args:
        key: The new key (signed-note verifier key).
        endorsement: The older key's word for it, a signed note; empty if that key is lost.

    Raises:
        ControlError: That is no key of a log.
    """
    name, spki = _parts(key)
    return Change(
        Action.LOG_ROTATE,
        subject=(f"log key of {name}", spki),
        parameters={"endorsement": endorsement, "key": key},
    )


def log_rotation_of(change: Change) -> LogRotation:
    """Read what a `log.rotate` says.

    Raises:
        ControlError: It is not what `rotate_log` asks for.
    """
    key, endorsement = (change.parameters.get(name) for name in ("key", "endorsement"))
    if not isinstance(key, str) or not isinstance(endorsement, str):
        raise ControlError(Obstacle.NOT_IN_FORM, "the log's key or its endorsement is not text")
    if rotate_log(key, endorsement=endorsement) != change:
        raise ControlError(Obstacle.NOT_IN_FORM, "the log.rotate is not in its one form")
    return LogRotation(key=key, endorsement=endorsement)


def log_name(key: str) -> str:
    """Return the origin of a log whose key (signed-note verifier key) this is."""
    return key.partition("+")[0]  # a name has no "+" in it


def _parts(key: str) -> tuple[str, str]:
    """Return name and identity of a verifier key in its one spelling."""
    name, _, rest = key.partition("+")
    try:
        typed = read_base64(rest.partition("+")[2])
    except NotBase64Error as error:
        raise ControlError(Obstacle.NOT_IN_FORM, f"the log's key {error}") from error
    key_id = sha256(f"{name}\n".encode() + typed).hexdigest()[:8]
    if not typed.startswith(_ED25519) or key != f"{name}+{key_id}+{write_base64(typed)}":
        raise ControlError(Obstacle.NOT_IN_FORM, f"{key!r} is no Ed25519 key of a log")
    return name, usable_key(_SPKI + typed.removeprefix(_ED25519)).spki_digest
