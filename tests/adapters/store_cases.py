"""Every store of blobs the contract is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.adapters.memory import MemoryBlobs
from weighbridge.adapters.blobs.age import AgeCipher
from weighbridge.adapters.blobs.folder import Folder, FolderBlobs
from weighbridge.adapters.blobs.names import blob_name
from weighbridge.adapters.blobs.objects import Objects
from weighbridge.adapters.blobs.store import Blobs

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.blobs.keyed import Keyed
    from weighbridge.model.ports import BlobStore

Damage = Callable[[str, bytes], None]

IDENTITY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
CIPHER = AgeCipher([IDENTITY.public_key()], lambda: [IDENTITY])
HERE = ("memory", "folder", "encrypted", "file", "encrypted-file")
"""Stores that need no server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCase:
    """A store, and how it is damaged behind its back.

    Attributes:
        blobs: The store.
        damage: Replaces the bytes of a blob by others.
    """

    blobs: BlobStore
    damage: Damage


def make_case(name: str, folder: Path, address: str = "") -> StoreCase:
    """Make a store; one of objects at an address."""
    if name == "memory":
        held = MemoryBlobs()
        return StoreCase(blobs=held, damage=held.held.__setitem__)
    if name == "folder":
        plain = FolderBlobs(folder / "blobs")
        return StoreCase(blobs=plain, damage=damaging(Folder(plain.root), "sha256"))
    keyed: Keyed = Folder(folder / "blobs")
    if name != "encrypted":
        work = folder / "work"
        work.mkdir()
        keyed = Objects(address or f"file://{folder}/objects", work=work)
    encrypted = name.startswith("encrypted")
    blobs = Blobs(keyed, cipher=CIPHER if encrypted else None)
    return StoreCase(blobs=blobs, damage=damaging(keyed, "age" if encrypted else "sha256"))


def damaging(keyed: Keyed, area: str) -> Damage:
    """Say how blobs of a place are replaced by other bytes."""

    def damage(digest: str, data: bytes) -> None:
        arrival = keyed.arrive()
        arrival.write(data)
        arrival.place(blob_name(digest, area))
        arrival.discard()

    return damage
