"""The public key of the embedded log: `log.pub`, one line, a signed-note verifier key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.ledger.note import NoteError, read_verifier_key
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = "log.pub"

_LARGEST = 4096


def read_log_pub(root: Path) -> str:
    """Read the public key of the log in a folder; empty if there is none.

    Raises:
        RegistryError: The file holds something else, or cannot be read.
    """
    path = root / PUBLIC
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode()
        key, end, rest = text.partition("\n")
        read_verifier_key(key)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise RegistryError(message, help=["give yourself permission to read it"]) from error
    except (UnicodeDecodeError, NoteError) as error:
        raise _strange(path, str(error)) from error
    if end != "\n" or rest:
        raise _strange(path, "it is not one line")
    return key


def _strange(path: Path, cause: str) -> RegistryError:
    message = f"{path} holds no public key of a log"
    help_ = ["restore it from a backup; its text stands in entry 0, too"]
    return RegistryError(message, wanted="NAME+ID+KEY and a line break", cause=cause, help=help_)
