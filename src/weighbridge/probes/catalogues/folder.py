"""Templates in a folder."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from weighbridge.model.catalogue import TemplateFile
from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS

SUFFIX = ".yaml"
_FILE = re.compile(
    r"([a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?@[A-Za-z0-9][A-Za-z0-9._+!-]{0,126})\.yaml"
)


def reference_of(file: str) -> str | None:
    """Return the `name@version` a file's name stands for, or None if it is no template."""
    match = _FILE.fullmatch(file)
    return None if match is None else match[1]


class FolderCatalogue:
    """A folder of templates."""

    def __init__(self, name: str, folder: Path, *, shown: str | None = None) -> None:
        """Name the folder.

        Args:
            name: The catalogue, as the settings name it.
            folder: Where it is.
            shown: The folder as messages name it; None if they name the references alone.
        """
        self._name = name
        self._folder = folder
        self._shown = shown

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: The folder cannot be read.
        """
        try:
            found = map(reference_of, os.listdir(self._folder))  # noqa: PTH208 - names, not paths
            return sorted(reference for reference in found if reference is not None)
        except OSError as error:
            raise self._unreadable(self._name, error) from error

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: Its file cannot be read.
        """
        path = self._folder / f"{reference}{SUFFIX}"
        shown = reference if self._shown is None else str(Path(self._shown) / path.name)
        try:
            data = _read(path)
        except OSError as error:
            raise self._unreadable(shown, error) from error
        return TemplateFile(reference=reference, file=shown, catalogue=self._name, data=data)

    def _unreadable(self, what: str, error: OSError) -> UnreadableError:
        reason = (error.strerror or str(error)).lower()
        help_ = ["`weighbridge config` shows where the catalogue was named"]
        return UnreadableError(f"the templates in {what} cannot be read: {reason}", help=help_)


def _read(path: Path) -> bytes:
    """Read a file, no more of it than could be a template; a pipe would keep us waiting."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a file")
    with path.open("rb") as file:
        return file.read(DEFAULT_DOCUMENT_LIMITS.size + 1)
