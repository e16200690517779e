"""The files of versions that lie on this machine, beneath one folder that is never left.

A location is what somebody else's database says. What leads out of the folder, over a link or by
`..`, is refused. A path that was written down on another machine is looked for by its end, from
`mlruns` or `mlartifacts` on: that is how a folder that was moved is found, and still within it.
"""

from __future__ import annotations

import functools
import os
import posixpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from weighbridge.adapters.plain_folder import PlainFolder
from weighbridge.model.errors import UnavailableError
from weighbridge.model.imports import ForeignFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.errors import WeighbridgeError

PROXIED = "mlflow-artifacts"
"""The scheme of what a tracking server serves itself."""
NAMES = ("mlruns", "mlartifacts")
"""What MLflow calls such folders where nobody says otherwise."""
_CHUNK = 1 << 20
_MOST_FILES = 20_000
_SHOWN = 200


class ArtifactFolder(PlainFolder):
    """The folder artifacts lie in."""

    def __init__(self, root: Path, *, beneath: tuple[str, ...] = ()) -> None:
        """Name it.

        Args:
            root: The folder.
            beneath: Folders in it that alone hold artifacts; it holds nothing else if empty.
        """
        super().__init__(root, str(root))
        self._beneath = beneath

    def files(self, location: str) -> Iterator[ForeignFile]:
        """List the files at a location.

        Args:
            location: A path, or an address as MLflow writes it.

        Raises:
            UnavailableError: It lies elsewhere, holds nothing, or is not to be had.
        """
        parts = next(filter(self._is_folder, self._places(location)), None)
        if parts is None:
            raise UnavailableError(
                f"its files do not lie beneath {self.root}",
                seen=location[:_SHOWN],
                help=["name the folder its files lie in: --artifacts DIR"],
            )
        depth = len(parts)
        for number, path in enumerate(self.walk(*parts)):
            if number >= _MOST_FILES:
                raise UnavailableError(f"{location[:_SHOWN]} holds more than {_MOST_FILES} files")
            names = tuple(path.split("/"))
            with self.open(*names) as source:
                size = source.size
            read = functools.partial(self._read, names)
            yield ForeignFile(path="/".join(names[depth:]), size=size, read=read)

    def _read(self, names: tuple[str, ...]) -> Iterator[bytes]:
        with self.open(*names) as source:
            while chunk := source.read(_CHUNK):
                yield chunk

    def _is_folder(self, parts: tuple[str, ...]) -> bool:
        try:
            if not parts or (self._beneath and parts[0] not in self._beneath):
                return False
            with self._opened(parts):
                return True
        except OSError:
            return False

    def _places(self, location: str) -> Iterator[tuple[str, ...]]:
        """List where a location may lie beneath the folder, the likeliest first."""
        path = _path_of(location)
        parts = tuple(part for part in path.split("/") if part not in {"", "."})
        if not parts or ".." in parts or not path.isprintable():
            return
        if location.startswith(f"{PROXIED}:"):
            yield from (parts, *((name, *parts) for name in NAMES))
            return
        if path.startswith("/"):
            for root in dict.fromkeys((os.path.abspath(self.root), os.path.realpath(self.root))):  # noqa: PTH100 - the path as it was written, links and all
                if path.startswith(f"{root}/"):
                    yield tuple(filter(None, posixpath.relpath(path, root).split("/")))
        else:
            yield parts
        for at in reversed(range(len(parts))):
            if parts[at] in NAMES:
                yield parts[at:]
                if self.root.name in NAMES:
                    yield parts[at + 1 :]

    def _too_large(self, file: str, size: int, most: int) -> WeighbridgeError:
        return UnavailableError(f"{file} has {size} bytes, and such a file at most {most}")

    def _refused(self, file: str, reason: str) -> WeighbridgeError:
        return UnavailableError(f"{file or self.root} cannot be read: {reason}")


def _path_of(location: str) -> str:
    """Take the path of a location on this machine, or of one a server serves; else nothing."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return ""
    if parts.scheme in {"file", PROXIED}:
        return unquote(parts.path)
    return "" if parts.scheme else location
