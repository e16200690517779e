"""References to keys that lie elsewhere: `NAME.uri`, one line.

A reference may name a library that is loaded into our process, so one that others may write is
refused.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import KeyFileError
from weighbridge.model.key_place import FORMS, LONGEST, KeyPlace, KeyPlaceError, read_key_place

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.seal.keys import PublicKey

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class PlacedKey:
    """A key that lies elsewhere, and was not opened yet.

    Attributes:
        name: Its name in the folder.
        public: The public half, as its own file says.
        place: Where the private half lies.
    """

    name: str
    public: PublicKey
    place: KeyPlace

    @property
    def secret(self) -> str:
        """What must be asked for: a service knows by itself who asks, a URI may name a file."""
        token = self.place.token
        return "PIN" if token is not None and not token.pin_source else ""


def read_reference(path: Path) -> KeyPlace:
    """Read where a key lies.

    Raises:
        KeyFileError: The file says nothing of the kind, or others may write it.
        OSError: It cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - it is open already
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise KeyFileError(f"{path} is no file", seen=str(path))
        data = file.read(LONGEST + 2)
    if mode & _OTHERS:
        raise KeyFileError(
            f"{path} may be written by others",
            seen=f"mode {stat.S_IMODE(mode):04o}",
            wanted="mode 0600",
            help=[f"chmod 600 {path}", "and look whether it says what you wrote"],
        )
    try:
        return read_key_place(data.decode("ascii", "replace").removesuffix("\n"))
    except KeyPlaceError as error:
        # From None: the text may hold a secret, put there by mistake.
        message = f"{path} does not say where a key lies: {error}"
        raise KeyFileError(message, wanted=error.wanted or " or ".join(FORMS)) from None
