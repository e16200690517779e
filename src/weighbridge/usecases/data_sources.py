"""What somebody wants to update data from, recognised by its content and not by its name."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UsageError
from weighbridge.usecases.index_pages import read_page
from weighbridge.usecases.lifecycle_sources import is_source

if TYPE_CHECKING:
    from pathlib import Path

_LOOKED_AT: Final = 20
"""Files of a folder that are looked at before it is given up."""


class SourceKind(StrEnum):
    """What it is."""

    DATA = "data"
    """A file of `advisories status NAME`: data owners publish."""
    LIFECYCLES = "lifecycles"
    """Calendars of endoflife.date or distro-info."""
    INDEX = "index"
    """Pages of a package index."""
    OTHER = "other"


def recognise(path: Path) -> SourceKind:
    """Say what a file or folder holds.

    Raises:
        UsageError: It is not there.
    """
    if not path.exists():
        raise UsageError(f"{path.name} cannot be read", cause="there is no such file or folder")
    files = [path] if path.is_file() else files_of(path)
    for file in files[:_LOOKED_AT]:
        if is_page_file(file):
            return SourceKind.INDEX
        if is_source(file):
            return SourceKind.LIFECYCLES
    return SourceKind.DATA if path.is_file() and path.suffix == ".json" else SourceKind.OTHER


def is_page_file(path: Path) -> bool:
    """Whether a file is a page of a package index."""
    if path.suffix != ".json":
        return False
    try:
        return bool(read_page(path))
    except (OSError, ValueError):
        return False


def files_of(path: Path) -> list[Path]:
    """List the files of a folder that can be a source, in order; links are not followed."""
    if path.is_file():
        return [path]
    return sorted(
        one
        for one in path.iterdir()
        if one.suffix in {".csv", ".json", ".md"} and one.is_file() and not one.is_symlink()
    )
