"""Keys of age: recipients (`age1…`) anybody may know, identities (`AGE-SECRET-KEY-1…`) nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from weighbridge.adapters.blobs.bech32 import read_bech32
from weighbridge.adapters.private_files import read_private
from weighbridge.model.errors import KeyFileError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"
_KEY = 32


def read_recipients(texts: Iterable[str]) -> list[X25519PublicKey]:
    """Read recipients.

    Raises:
        SettingsError: One of them is none.
    """
    found = []
    for text in texts:
        try:
            found.append(_read_recipient(text))
        except ValueError as error:
            hidden = text.upper().startswith(_IDENTITY.upper())
            seen = "an identity: never name one here" if hidden else text[:100]
            wanted = "age1 and 58 characters, as `age-keygen -y` prints it"
            message = "encrypt-to names something that is no recipient"
            raise SettingsError(message, seen=seen, wanted=wanted, cause=str(error)) from error
    return found


def _read_recipient(text: str) -> X25519PublicKey:
    prefix, key = read_bech32(text)
    if text != text.lower() or prefix != _RECIPIENT or len(key) != _KEY:
        raise ValueError("it is another kind of key")
    recipient = X25519PublicKey.from_public_bytes(key)
    # A point of low order would share a secret of zeros with everybody: this refuses it.
    X25519PrivateKey.from_private_bytes(bytes(_KEY)).exchange(recipient)
    return recipient


def read_identities(path: Path) -> list[X25519PrivateKey]:
    """Read a file of identities, as `age-keygen` writes it.

    Raises:
        KeyFileError: It is not there, may be read by others, or holds something else.
    """
    try:
        lines = read_private(path).decode().splitlines()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise KeyFileError(
            f"{path} cannot be read: {reason}", help=["age-keygen -o FILE"]
        ) from None
    except UnicodeDecodeError:
        raise _none(path, 1) from None
    found = [
        _read_identity(line.strip(), path, number)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not found:
        raise _none(path, 1)
    return found


def _read_identity(text: str, path: Path, number: int) -> X25519PrivateKey:
    try:
        prefix, key = read_bech32(text)
    except ValueError:
        raise _none(path, number) from None
    if text != text.upper() or prefix != _IDENTITY or len(key) != _KEY:
        raise _none(path, number)
    return X25519PrivateKey.from_private_bytes(key)


def _none(path: Path, number: int) -> KeyFileError:
    """Say where something is no identity, and nothing of what it is."""
    wanted = "AGE-SECRET-KEY-1 and 58 characters, as `age-keygen` prints it"
    return KeyFileError(f"{path} holds no identity of age in line {number}", wanted=wanted)
