"""Records of builds, kept beside the registry: `builds/FOLDER/TIME-DIGEST.json`.

FOLDER stands for the folder the record was made for. The bytes are canonical JSON, ready to be
attested; a file whose name does not fit its bytes is none of ours any more.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import make_folder, storing, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILDS: Final = "builds"
_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-([0-9a-f]{64})\.json")
_IGNORE: Final = ".gitignore"


class BuildRecords:
    """The records beside one registry."""

    def __init__(self, home: Path) -> None:
        """Name the registry's folder; nothing is made before the first record."""
        self._home = home
        self._folder = home / BUILDS

    def keep(self, data: bytes, *, folder: Path, moment: str) -> Path:
        """Keep a record.

        Args:
            data: Its bytes.
            folder: The folder it was made for.
            moment: When its build ended: `20260102T030405.000006Z`.

        Raises:
            StorageError: It could not be written.
        """
        place = self._folder / _key(folder)
        path = place / f"{moment}-{hashlib.sha256(data).hexdigest()}.json"
        with storing(path):
            fresh = not self._home.is_dir()
            make_folder(place)
        if fresh:
            # Like the registry itself: what a tool keeps is no change of the project.
            write_file(self._home / _IGNORE, b"*\n")
        write_file(path, data)
        return path

    def last(self, folder: Path) -> Path | None:
        """Find the newest record that was made for a folder."""
        return next(self._newest([self._folder / _key(folder)]), None)

    def newest(self) -> Iterator[Path]:
        """List all records, newest first."""
        places = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        yield from self._newest(places)

    def _newest(self, places: list[Path]) -> Iterator[Path]:
        found = [
            path
            for place in places
            if place.is_dir()
            for path in place.iterdir()
            if _NAME.fullmatch(path.name)
        ]
        yield from sorted(found, key=lambda path: path.name, reverse=True)


def read_kept(path: Path) -> bytes | None:
    """Read a record; None if its bytes are not those its name was made of.

    Raises:
        OSError: It cannot be read.
    """
    named = _NAME.fullmatch(path.name)
    data = path.read_bytes()
    fits = named is not None and hashlib.sha256(data).hexdigest() == named[1]
    return data if fits else None


def _key(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:16]
