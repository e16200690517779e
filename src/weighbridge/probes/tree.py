"""The folder a manifest lies in, as a tree of files; it is never left."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.model.ports import Located
from weighbridge.probes.beneath import Root
from weighbridge.probes.names import shown
from weighbridge.probes.neighbours import Neighbours
from weighbridge.probes.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.probes.open_file import FileSource


class WorkTree:
    """A folder on disk."""

    def __init__(self, root: Path, *, follow: bool = True) -> None:
        """Name the folder; its own path may lead over links.

        Args:
            root: The folder.
            follow: Whether a walk follows links; if not, each is a problem.
        """
        self._beneath = Root(root)
        self._follow = follow
        self._address = self.root.as_uri()
        self._place = str(self.root).rstrip("/")

    @property
    def root(self) -> Path:
        """The folder, by its real path."""
        return self._beneath.path

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is a `file` or a `directory`, or why it cannot be followed."""
        real = self._beneath.resolve(path)
        if not isinstance(real, str):
            return real
        if real == ".":
            hint = "list a folder below it, or its files"
            return Unavailable("the release's own folder cannot be an artifact", hint)
        return self._beneath.kind(path, real)

    def link(self, path: str) -> str | None:
        """Say where a path leads if a symbolic link inside the tree is on its way."""
        real = self._beneath.resolve(path)
        return shown(real) if isinstance(real, str) and real != posixpath.normpath(path) else None

    def open(self, path: str) -> FileSource | PathProblem | Unavailable:
        """Open a file for reading."""
        real = self._beneath.resolve(path)
        return self._beneath.open(path, real) if isinstance(real, str) else real

    def locate(self, path: str) -> Located:
        """Say where another process finds a file."""
        try:
            size = os.stat(f"{self._place}/{path}").st_size  # noqa: PTH116 - for every file of many
        except (OSError, ValueError):
            size = 0
        return Located(self._address, path, size)

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, bytes | FileSource | PathProblem | Unavailable, str | None]]:
        """Open files one after the other; those of one folder are opened in it."""
        with Neighbours(self._beneath) as neighbours:
            for path in paths:
                source = neighbours.open(path)
                if source is None:
                    yield path, self.open(path), self.link(path)
                elif neighbours.leads is None:
                    yield path, source, None
                else:
                    yield path, source, neighbours.link(path)

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """Walk a directory: every file below it, sorted, hidden ones and links included."""
        yield from Walk(self._beneath, follow=self._follow).files(path)
