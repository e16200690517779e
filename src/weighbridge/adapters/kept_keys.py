"""Keys a server holds for people, one each: encrypted PKCS#8 in a folder of the server's.

Files are called after a digest of the person's name, so no name leads out of the folder or into
somebody else's file. Servers may share the folder: a key is linked into place, which only one of
them can do, and the others take what they find.
"""

from __future__ import annotations

import re
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.pkcs8 import STRONG
from weighbridge.adapters.private_files import read_private, write_private
from weighbridge.adapters.private_keys import make_pair, unlock_pair
from weighbridge.model.errors import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.pkcs8 import Cost
    from weighbridge.adapters.private_keys import KeySigner

_READABLE = re.compile(r"[^a-z0-9]+")


def file_stem(person: str) -> str:
    """Return what files about a person's key are called: readable, and nobody else's."""
    readable = _READABLE.sub("-", person.lower())[:20].strip("-") or "key"
    return f"{readable}-{sha256(person.encode()).hexdigest()[:40]}"


class KeptKeys:
    """Keys held for people; each is unlocked once."""

    def __init__(self, root: Path, *, passphrase: str, cost: Cost = STRONG) -> None:
        """Name the folder; it is made, for its owner alone, with the first key.

        Args:
            root: The folder.
            passphrase: What every key in it is locked with.
            cost: How much work one guess at it is to be.
        """
        self._root, self._passphrase, self._cost = root, passphrase, cost
        self._unlocked: dict[str, KeySigner] = {}
        self._lock = threading.Lock()

    def find(self, person: str) -> KeySigner | None:
        """Return the key held for a person; None if there is none.

        Raises:
            KeyFileError: Others may read it, or its file holds none.
            PassphraseError: It is locked with something else.
        """
        with self._lock:
            return self._find(person)

    def make(self, person: str) -> KeySigner:
        """Return the key held for a person, made now if there is none.

        Raises:
            KeyFileError: Others may read it, or its file holds none.
            PassphraseError: The passphrase is empty, or the key is locked with something else.
            StorageError: It could not be written.
        """
        with self._lock:
            found = self._find(person)
            if found is not None:
                return found
            with storing(self._root):
                make_folder(self._root.parent)
                self._root.mkdir(mode=0o700, exist_ok=True)
            pem, _ = make_pair("ed25519", self._passphrase, cost=self._cost)
            # Whether this was written or another server's came first, the file now says.
            write_private(self._path(person), pem)
            made = self._find(person)
        if made is None:
            raise KeyFileError("a key that was just made is gone", seen=str(self._path(person)))
        return made

    def _find(self, person: str) -> KeySigner | None:
        known = self._unlocked.get(person)
        if known is not None:
            return known
        path = self._path(person)
        try:
            pem = read_private(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise KeyFileError(f"{path} cannot be read: {reason}") from error
        self._unlocked[person] = unlock_pair(pem, self._passphrase, path)
        return self._unlocked[person]

    def _path(self, person: str) -> Path:
        return self._root / f"{file_stem(person)}.key"
