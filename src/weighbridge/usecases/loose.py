"""Files and folders that somebody named, taken apart: where to stand, and what to read there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import PathProblem
from weighbridge.model.remote import is_address
from weighbridge.probes.objects import ObjectTree
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.ports import Tree

LEFT_OUT = frozenset({".git", ".hg", ".svn", ".weighbridge"})
"""Folders of version control and of our own registry: named in the result, not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """What was named, and what to read of it.

    Attributes:
        shown: The path, as the user named it.
        tree: Where to stand.
        paths: What to read from there.
        problems: Paths that are not followed.
        left_out: Folders that are not read.
        is_folder: Whether it is a folder.
        files: What the user called files that he named themselves, by their paths.
    """

    shown: str
    tree: Tree
    paths: tuple[str, ...]
    problems: tuple[PathProblem, ...] = ()
    left_out: tuple[str, ...] = ()
    is_folder: bool = False
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self, path: str) -> tuple[str, ...]:
        """Write a path as the user would; a file may have been named more than once."""
        if self.is_folder:
            return (os.path.join(self.shown, path),)  # noqa: PTH118 - as it was named
        return self.files.get(path, (self.shown,))


def take_apart(path: str, start: Path, *, every: bool = False) -> Loose:
    """Find what a user named.

    Args:
        path: A file, a folder, or the address of either in an object store.
        start: The folder paths are relative to.
        every: Whether folders of version control and registries are read, too.

    Raises:
        UnreadableError: It is not there, or a folder holds no file.
    """
    if is_address(path):
        return _address(path, every=every)
    full = start / path
    try:
        is_folder = stat.S_ISDIR(full.stat().st_mode)
    except FileNotFoundError:
        gone = "is a link that leads nowhere" if full.is_symlink() else "is not there"
        raise UnreadableError(f"{path} {gone}", help=["check the spelling"]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if is_folder:
        return _folder(path, WorkTree(full), every=every)
    # A file that was named is read through links: whoever names it means what it leads to.
    real = Path(os.path.realpath(full))
    tree = WorkTree(real.parent)
    return Loose(shown=path, tree=tree, paths=(real.name,), files={real.name: (path,)})


def together(every: Iterable[Loose]) -> list[Loose]:
    """Put files of one folder together, so that they are read in one go; folders stay as named."""
    found: list[Loose] = []
    beside: dict[Path, int] = {}
    for loose in every:
        if loose.is_folder or not isinstance(loose.tree, WorkTree):
            found.append(loose)
            continue
        place = beside.setdefault(loose.tree.root, len(found))
        if place == len(found):
            found.append(loose)
            continue
        files = dict(found[place].files)
        for path, names in loose.files.items():
            files[path] = (*files.get(path, ()), *names)
        found[place] = replace(found[place], paths=tuple(files), files=files)
    return found


def _address(path: str, *, every: bool) -> Loose:
    """Find an object, or all objects below a prefix."""
    above, _, name = path.rpartition("/")
    if name and not above.endswith("/") and ObjectTree(above).kind(name) == "file":
        return Loose(shown=path, tree=ObjectTree(above), paths=(name,))
    return _folder(path.rstrip("/"), ObjectTree(path.rstrip("/")), every=every)


def _folder(path: str, tree: Tree, *, every: bool) -> Loose:
    found = list(tree.files(""))
    names = [name for name in found if isinstance(name, str)]
    if "" in names:
        help_ = ["give yourself permission to read it"]
        raise UnreadableError(f"{path} may not be read", help=help_)
    read = tuple(name for name in names if every or not _left_out(name))
    problems = tuple(name for name in found if isinstance(name, PathProblem))
    if not read and not problems:
        raise UnreadableError(f"{path} holds no file", help=["name a folder with model files"])
    left_out = set() if every else {_left_out(name) for name in names} - {""}
    return Loose(
        shown=path,
        tree=tree,
        paths=read,
        problems=problems,
        left_out=tuple(sorted(left_out)),
        is_folder=True,
    )


def _left_out(path: str) -> str:
    """Name the folder on a path's way that is not read, or nothing."""
    parts = path.split("/")[:-1]
    for index, part in enumerate(parts):
        if part in LEFT_OUT:
            return "/".join(parts[: index + 1])
    return ""
