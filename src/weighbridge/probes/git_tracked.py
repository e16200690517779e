"""Which files git knows as they are: those of the commit that is checked out, unchanged."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable
from weighbridge.probes.git import enter, observe_source
from weighbridge.probes.git_command import GitError

if TYPE_CHECKING:
    from collections.abc import Container


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A commit, and the files that are as it has them.

    Attributes:
        commit: The commit; empty if there is none.
        files: Whole paths, links followed as far as the repository's own folder.
    """

    commit: str = ""
    files: Container[str] = frozenset()


def tracked_files(root: Path) -> Tracked:
    """List the files of the repository around a folder that do not differ from its commit.

    Where git does not answer, it knows none.
    """
    source = observe_source(root, own_files=(), pinned=())
    if isinstance(source, Unavailable):
        return Tracked()
    real = Path(os.path.realpath(root))
    try:
        git, _ = enter(real)
        listed = git.run("ls-files", "-z")
    except GitError:
        return Tracked()
    top = str(git.folder)
    changed = {posixpath.normpath(posixpath.join(str(real), path)) for path in source.changed}
    paths = {f"{top}/{os.fsdecode(path)}" for path in listed.split(b"\0") if path}
    return Tracked(commit=source.commit, files=frozenset(paths - changed))
