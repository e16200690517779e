"""Files that hold a private key: written once, for their owner's eyes only.

One that others may read is refused: whoever could copy it could sign with it.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from weighbridge.adapters.files import lasting, storing
from weighbridge.model.errors import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 64 << 10
"""Bytes that are read of a key's file, at most."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes:
    """Read the file of a private key.

    Raises:
        KeyFileError: Others may read it, too.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        data = file.read(LARGEST)
    if mode & _OTHERS:
        raise KeyFileError(
            f"{path} may be read by others",
            seen=f"mode {stat.S_IMODE(mode):04o}",
            wanted="mode 0600",
            help=[f"chmod 600 {path}", "and revoke the key if others used the machine"],
        )
    return data


def write_private(path: Path, data: bytes) -> bool:
    """Write the file of a private key that nobody else could ever read, and that replaces none.

    Returns:
        Whether it was written; False if there is a file of that name already.

    Raises:
        StorageError: It could not be written.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with storing(path), lasting(path.parent):
        descriptor = os.open(temporary, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            # A link fails where a rename would replace: two makers of one name cannot both win.
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
    return True
