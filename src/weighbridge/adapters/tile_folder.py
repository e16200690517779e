"""The folder a log is exported to, or was downloaded to: tiles, entry bundles, a checkpoint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.adapters.plain_folder import PlainFolder
from weighbridge.ledger.tiles import FOLDER
from weighbridge.model.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_LEFTOVER = re.compile(r"\.[0-9a-f]{16}\.tmp")
_AGAIN = ("get the folder anew: `weighbridge log export DIR`",)


class TileFolder:
    """Tiles in a folder, by the paths C2SP gives them."""

    def __init__(self, root: Path, name: str) -> None:
        """Name the folder.

        Args:
            root: Where it is; its own path may lead over links, nothing in it.
            name: The folder, as messages name it.
        """
        self.name = name
        self._files = _Files(root, name)

    def read(self, path: str, *, most: int) -> bytes | None:
        """Return the bytes of a file; None if it is not there.

        Raises:
            LedgerError: It is larger than that, no plain file, or there is a link on the way.
        """
        try:
            return self._files.read(*path.split("/"), most=most)
        except FileNotFoundError:
            return None

    def paths(self) -> Iterator[str]:
        """List what lies beneath the folder of tiles, but for what killed runs left behind.

        Raises:
            LedgerError: A folder cannot be read.
        """
        return (path for path in self._files.walk(FOLDER) if not _is_leftover(path))

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole and to last.

        Raises:
            StorageError: It could not be written.
        """

        def fill(descriptor: int) -> None:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(data)

        self._files.write(*path.split("/"), fill=fill)

    def remove(self, path: str) -> None:
        """Remove a file if it is there.

        Raises:
            StorageError: It could not be removed.
        """
        self._files.remove(*path.split("/"))

    def alone(self) -> AbstractContextManager[None]:
        """Keep all others from exporting to the folder.

        Raises:
            StorageError: The folder could not be made.
        """
        return self._files.alone()

    def clear(self) -> None:
        """Remove what killed runs left behind; only who is alone can tell.

        Raises:
            StorageError: It could not be removed.
        """
        for path in [path for path in self._files.walk(FOLDER) if _is_leftover(path)]:
            self._files.remove(*path.split("/"))


class _Files(PlainFolder):
    def _too_large(self, file: str, size: int, most: int) -> LedgerError:
        message = f"{self._name}: {file} is larger than a log has such files"
        return LedgerError(message, seen=str(size), wanted=f"at most {most}", help=_AGAIN)

    def _refused(self, file: str, reason: str) -> LedgerError:
        message = f"{self._name}: {file or 'the folder'} cannot be read: {reason}"
        return LedgerError(message, wanted="plain files in plain folders", help=_AGAIN)


def _is_leftover(path: str) -> bool:
    return _LEFTOVER.fullmatch(path.rpartition("/")[2]) is not None
