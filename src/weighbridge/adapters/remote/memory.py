"""What is remembered of a server: its log's key, and the newest checkpoint it ever showed.

The first use believes the key it is told, as `ssh` does; from then on the log may only grow, and
another key must be led to by the ones before it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import alone_in, write_file
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.note import NoteError, read_note
from weighbridge.model.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.ledger.checkpoint import Checkpoint

FILE: Final = "server.json"
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a server showed.

    Attributes:
        log_key: The key its log was signed with last (signed-note verifier key).
        note: The newest checkpoint; empty if its log had no entries.
    """

    log_key: str
    note: bytes = b""

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What the checkpoint says; None if there is none."""
        return read_checkpoint(read_note(self.note).text) if self.note else None

    @property
    def size(self) -> int:
        """Number of entries it is over."""
        checkpoint = self.checkpoint
        return 0 if checkpoint is None else checkpoint.size


class Memory:
    """The file that is kept of one server."""

    def __init__(self, folder: Path, address: str) -> None:
        """Name the folder; it is made when something is first remembered.

        Args:
            folder: What is kept of the server on this machine.
            address: The server.
        """
        self.path = folder / FILE
        self._address = address

    def recall(self) -> Known | None:
        """Return what is known of the server; None if it was never asked.

        Raises:
            RegistryError: The file is damaged: nobody can say what it held.
        """
        try:
            with self.path.open("rb") as file:
                data = file.read(_LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RegistryError(f"{self.path} cannot be read: {reason}") from error
        try:
            found = json.loads(data)
            known = Known(log_key=str(found["logKey"]), note=str(found["checkpoint"]).encode())
            _ = known.size
        except (ValueError, KeyError, TypeError, RecursionError, NoteError) as error:
            help_ = [f"compare the log's key with an owner's, then remove {self.path}"]
            message = f"{self.path} is damaged, which says what {self._address} showed before"
            raise RegistryError(message, cause=str(error)[:200], help=help_) from error
        return known

    def remember(self, known: Known) -> None:
        """Keep what was proven, unless more is known already.

        Raises:
            StorageError: It cannot be kept.
        """
        # What the slower one knows must not replace what is newer.
        with alone_in(self.path.parent):
            before = self.recall()
            if before is not None and before.note and before.size >= known.size:
                return
            document = {
                "address": self._address,
                "checkpoint": known.note.decode(),
                "logKey": known.log_key,
                "schemaVersion": 1,
            }
            data = json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"
            write_file(self.path, data)
