"""One folder for packages, and the environment around it: what is in it, and how it is read."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.names import shown
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from weighbridge.probes.python.places import Place

_LEVELS: Final = re.compile(r"(?:lib|lib64|Lib)/(?:[^/]+/)?(?:site-packages|dist-packages)")


class Site:
    """A folder for packages.

    Attributes:
        tree: The environment's folder.
        library: The folder for packages, relative to that.
        root: Whole path of the environment's folder, without links.
    """

    def __init__(self, root: Path, library: str, *, named: str = "") -> None:
        """Name both.

        Args:
            root: The environment's folder.
            library: The folder for packages, relative to it.
            named: What its paths are shown behind.
        """
        self.tree = WorkTree(root, follow=False)
        self.root = str(self.tree.root)
        self.library = library
        self._named = named

    def shown(self, path: str) -> str:
        """Write a path for people."""
        return shown(f"{self._named}{path}")

    def place(self, path: str) -> str:
        """Write the whole path of a file."""
        return f"{self.root.rstrip('/')}/{path}"

    def read(self, path: str, size: int) -> bytes | str:
        """Read a file of the environment, or say why it cannot be read, or is too long."""
        source = self.tree.open(path)
        if isinstance(source, Unavailable):
            return source.reason
        if isinstance(source, PathProblem):
            return f"it leads to {source.target or 'nowhere'}"
        with source:
            if source.size > size:
                return f"it has {source.size:,} bytes"
            try:
                return source.read_at(0, source.size)
            except OSError as error:
                return (error.strerror or str(error)).lower()

    def text(self, path: str, size: int = 1 << 16) -> str:
        """Read a short text of the environment; empty if there is none."""
        data = self.read(path, size)
        return "" if isinstance(data, str) else data.decode("utf-8", "replace")

    def walk(self) -> tuple[list[str], list[PathProblem]]:
        """List the files of the folder for packages, and what is no file."""
        found: list[str] = []
        problems: list[PathProblem] = []
        for path in self.tree.files(self.library):
            if isinstance(path, str):
                found.append(path)
            else:
                problems.append(path)
        return found, problems

    def top(self, path: str) -> str:
        """Return the first part of a path below the folder for packages; empty outside it."""
        inside = path.removeprefix(f"{self.library}/")
        return "" if inside == path else inside.partition("/")[0]


def sites_of(place: Place) -> list[Site]:
    """List the folders for packages of an environment, each within what may be written to."""
    own = os.path.realpath(place.folder)
    found = []
    for library in place.libraries:
        real = os.path.realpath(library)
        if real.startswith(own.rstrip("/") + "/"):
            found.append(Site(Path(own), posixpath.relpath(real, own)))
        else:
            root = _around(real)
            named = f"{root.rstrip('/')}/"
            found.append(Site(Path(root), posixpath.relpath(real, root), named=named))
    return found


def _around(library: str) -> str:
    """Find the folder a folder for packages belongs to: what its rows may lead into."""
    parts = library.split("/")
    for levels in (3, 2):
        if _LEVELS.fullmatch("/".join(parts[-levels:])):
            return "/".join(parts[:-levels]) or "/"
    return posixpath.dirname(library)
