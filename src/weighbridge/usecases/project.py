"""How far a project reaches: the folders its manifest and its settings are looked for in."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def project_folders(start: Path) -> Iterator[Path]:
    """Walk from a folder upwards as far as a project can reach: to the top of its repository.

    A folder everybody may write to is nobody's project: what lies there is not looked at, so
    that a stranger's settings in a shared temporary folder do not weigh anybody's release.
    """
    yield start
    for below, folder in zip((start, *start.parents), start.parents, strict=False):
        if (below / ".git").exists() or folder.stat().st_mode & stat.S_IWOTH:
            return
        yield folder
