"""Files that hold one secret, a passphrase or a PIN: credentials of systemd's, and PINs of tokens.

What is no plain file, is longer than a passphrase, or may be read by everybody is refused. Nothing
of the contents is ever repeated.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from weighbridge.model.errors import PassphraseError

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 4096
"""Bytes of one passphrase or PIN, at most."""

# A group's bits stand for an access list where systemd grants a credential to a user.
_EVERYBODY = stat.S_IRWXO


def read_secret(path: Path, *, follow: bool) -> str:
    """Read the one line of a file.

    Args:
        path: The file.
        follow: Whether it may be a link.

    Raises:
        PassphraseError: It is no file to hold a secret, or holds something else.
        OSError: It cannot be read.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - it is open already
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise PassphraseError(f"{path} is no file", wanted="a plain file of one line")
        if mode & _EVERYBODY:
            raise PassphraseError(
                f"{path} may be read by everybody",
                seen=f"mode {stat.S_IMODE(mode):04o}",
                wanted="mode 0400",
                help=[f"chmod 400 {path}"],
            )
        data = file.read(LONGEST + 3)
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if len(line) > LONGEST:
        raise PassphraseError(f"{path} holds more than {LONGEST} bytes")
    if not line or b"\n" in line or b"\0" in line:
        raise PassphraseError(f"{path} holds no secret", wanted="one line, and nothing else")
    try:
        return line.decode()
    except UnicodeDecodeError:
        # From None: the message of a decoding error quotes bytes of the secret.
        raise PassphraseError(f"what {path} holds is not UTF-8") from None
