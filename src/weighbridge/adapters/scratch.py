"""A registry for trying things out: in a folder of its own, over the blobs of another."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.adapters.private_keys import KeySigner
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.seal.keys import read_public_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.blobs.overlay import Overlay
    from weighbridge.adapters.session import Session


class SetClock:
    """A clock that shows what it was set to, and is never seen to go back by itself."""

    def __init__(self, time: str) -> None:
        """Set it (`YYYY-MM-DDTHH:MM:SSZ`)."""
        self.time = time

    def __call__(self) -> str:
        """Tell the time."""
        return self.time


class ScratchRegistry(EmbeddedRegistry):
    """A registry whose ledger is a real one, and whose blobs lie over another's."""

    def __init__(self, root: Path, blobs: Overlay, clock: SetClock) -> None:
        """Name its folder, which is made on first use.

        Args:
            root: The folder.
            blobs: Its blobs.
            clock: Its clock.
        """
        super().__init__(root, clock=clock)
        self.clock = clock
        self.overlay = blobs

    @property
    def blobs(self) -> Overlay:  # type: ignore[override] # of another store, by intention
        """The bytes of releases and evidence, by digest."""
        return self.overlay

    def copied(self, root: Path) -> ScratchRegistry:
        """Copy it as it is now, log key and all; blobs are shared until they are changed."""
        self.close()
        shutil.copytree(self.root, root)
        return ScratchRegistry(root, self.overlay.copy(), SetClock(self.clock.time))

    @contextlib.contextmanager
    def tables(self) -> Iterator[Session]:
        """Open the database past all that guards it, as whoever may write to its file can."""
        self.close()
        with contextlib.closing(self._database.open_for_writing()) as session:
            session.command("BEGIN IMMEDIATE")
            yield session
            session.commit()


def make_signer() -> KeySigner:
    """Make a key that is never written anywhere."""
    private = ed25519.Ed25519PrivateKey.generate()
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeySigner(read_public_key(der), private)
