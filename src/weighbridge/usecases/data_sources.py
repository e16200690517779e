"""What somebody wants to update data from, recognised by its content and not by its name."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UsageError
from weighbridge.usecases.advisories_update import holds_advisories, is_address
from weighbridge.usecases.index_pages import read_page
from weighbridge.usecases.lifecycle_sources import is_source

if TYPE_CHECKING:
    from pathlib import Path

_LOOKED_AT: Final = 20
"""Files of a folder that are looked at before it is given up."""


class SourceKind(StrEnum):
    """What it is."""

    ADVISORIES = "advisories"
    """OSV records: a folder, an archive, an address."""
    DATA = "data"
    """A file of `advisories status NAME`: data owners publish."""
    LIFECYCLES = "lifecycles"
    """Calendars of endoflife.date or distro-info."""
    INDEX = "index"
    """Pages of a package index."""


def recognise(source: str, start: Path) -> SourceKind:
    """Say what a file, a folder or an address holds.

    Args:
        source: As somebody wrote it.
        start: The folder paths are relative to.

    Raises:
        UsageError: It is not there.
    """
    if is_address(source):
        return SourceKind.ADVISORIES
    path = start / source
    if not path.exists():
        raise UsageError(f"{source} cannot be read", cause="there is no such file or folder")
    for file in files_of(path)[:_LOOKED_AT]:
        if is_page_file(file):
            return SourceKind.INDEX
        if is_source(file):
            return SourceKind.LIFECYCLES
    if path.is_dir() or holds_advisories(path):
        return SourceKind.ADVISORIES
    return SourceKind.DATA


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
