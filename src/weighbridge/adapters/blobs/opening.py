"""Open the store an address names, through a cipher if anything is to be encrypted or decrypted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from weighbridge.adapters.blobs.folder import Folder, FolderBlobs
from weighbridge.adapters.blobs.store import Blobs
from weighbridge.model.remote import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from weighbridge.adapters.blobs.keyed import Keyed
    from weighbridge.adapters.blobs.store import Cipher

FOLDER = "blobs"
"""Where the blobs of a registry lie if nobody says otherwise: in its own folder."""


def one_spelling(address: str) -> str:
    """Write the address of a store as it is remembered.

    A folder is named by its path, however it was named: as one it is written to last.
    """
    if address.startswith("file://"):
        address = unquote(address.removeprefix("file://"))
    if not address or is_address(address):
        return address.rstrip("/")
    return os.path.abspath(address)  # noqa: PTH100 - links stay as they are


def open_keyed(address: str, root: Path, prepare: Callable[[], None]) -> Keyed:
    """Open where bytes lie.

    Args:
        address: An object store, a folder, or nothing for the registry's own.
        root: The registry's folder.
        prepare: Is called before the first bytes arrive.
    """
    if is_address(address):
        from weighbridge.adapters.blobs.objects import Objects  # noqa: PLC0415 - an extra

        return Objects(address, work=root, prepare=prepare)
    return Folder(Path(address) if address else root / FOLDER, prepare=prepare)


def open_blobs(keyed: Keyed, cipher: Cipher | None) -> Blobs:
    """Make a store of blobs of a place."""
    if isinstance(keyed, Folder) and cipher is None:
        return FolderBlobs.of(keyed)
    return Blobs(keyed, cipher=cipher)


def open_cipher(recipients: Sequence[str], identity: str) -> Cipher | None:
    """Make the cipher some settings ask for; None if they ask for none.

    Args:
        recipients: To whom what is put is encrypted.
        identity: The file with which what was encrypted is decrypted.

    Raises:
        SettingsError: One of them is no recipient.
    """
    if not recipients and not identity:
        return None
    from weighbridge.adapters.blobs.age import AgeCipher  # noqa: PLC0415 - most stores need none
    from weighbridge.adapters.blobs.age_keys import (  # noqa: PLC0415
        read_identities,
        read_recipients,
    )

    def identities() -> Sequence[X25519PrivateKey]:
        return read_identities(Path(identity)) if identity else ()

    return AgeCipher(read_recipients(recipients), identities)
