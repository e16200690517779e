"""A folder to propose from, written to disk and read as sources read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.usecases.folders import put
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.proposing.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.proposing.partial import Partial


def folder_of(root: Path, files: dict[str, str | bytes]) -> Folder:
    """Write files and open their folder."""
    for name, content in files.items():
        put(root, name, content)
    return Folder(WorkTree(root))


def spec(partial: Partial | None) -> dict[str, Any]:
    """Return what a source says of `spec`."""
    assert partial is not None
    found: dict[str, Any] = partial.document["spec"]
    return found


def metadata(partial: Partial | None) -> dict[str, Any]:
    """Return what a source says of `metadata`."""
    assert partial is not None
    found: dict[str, Any] = partial.document["metadata"]
    return found
