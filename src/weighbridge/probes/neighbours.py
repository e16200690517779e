"""Opening the files of one folder after the other: the way to the folder is gone once.

What is not a plain file right there (a link, a folder, nothing at all) is left to `Root`, which
says what it is. A small file is read at once and closed again, so that many can wait.
"""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING, Self

from weighbridge.probes.beneath import O_FILE
from weighbridge.probes.names import below, is_utf8, shown
from weighbridge.probes.open_file import CHANGED, FileSource, is_another

if TYPE_CHECKING:
    from types import TracebackType

    from weighbridge.model.fact import Unavailable
    from weighbridge.probes.beneath import Root

SMALL = 1 << 16
"""Bytes up to which a file is read whole and closed at once."""


class Neighbours:
    """The folder the last file was opened in.

    Attributes:
        leads: Where a link on the way to the folder leads; None if there is none.
    """

    def __init__(self, root: Root) -> None:
        """Stand in no folder yet."""
        self._root = root
        self._folder: str | None = None
        self._descriptor = -1
        self.leads: str | None = None

    def open(self, path: str) -> bytes | FileSource | Unavailable | None:
        """Read a small plain file, or open a larger one; None for whatever else is there."""
        folder, slash, name = path.rpartition("/")
        if folder != self._folder:
            self._enter(folder, absolute=bool(slash) and not folder)
        if self._descriptor < 0 or name in {"", ".", ".."} or not is_utf8(name):
            return None
        try:
            # Looked at before it is opened: no device is touched. Should it be another by the
            # time it is open, the source says that it has changed.
            found = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                return None
            descriptor = os.open(name, O_FILE, dir_fd=self._descriptor)
            if found.st_size > SMALL:
                return FileSource(descriptor, found)
            try:
                data = os.read(descriptor, found.st_size + 1)
                changed = is_another(os.fstat(descriptor), found)
            finally:
                os.close(descriptor)
        except OSError:
            return None
        if len(data) != found.st_size or changed:
            return CHANGED
        return data

    def link(self, path: str) -> str:
        """Say where a path leads that was opened here, since a link is on its way."""
        return shown(below(self.leads or "", path.rpartition("/")[2]))

    def _enter(self, folder: str, *, absolute: bool) -> None:
        self.leave()
        self._folder, self.leads = folder, None
        real = None if absolute else self._root.resolve(folder or ".")
        if isinstance(real, str):
            if real != posixpath.normpath(folder or "."):
                self.leads = "" if real == "." else real
            self._descriptor = self._root.open_folder(real)

    def leave(self) -> None:
        """Leave the folder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._folder = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the folder."""
        self.leave()
