"""What one process is given to read, and where it finds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from weighbridge.model.limits import DEFAULT_LIMITS, DEFAULT_PROCESS_LIMITS, Limits, ProcessLimits
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.ports import Located, Tree
    from weighbridge.probes.reading.digesting import Algorithm

_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Files that one process reads.

    Attributes:
        root: The folder or address they are read beneath.
        paths: Their paths beneath it.
        size: Their bytes, as far as one can tell.
        examine: Whether their formats are read, too, or their digests only taken.
        algorithm: The digest.
        limits: Budgets of the format readers.
        process: Budgets of the process.
    """

    root: str
    paths: tuple[str, ...]
    size: int
    examine: bool = True
    algorithm: Algorithm = "sha256"
    limits: Limits = DEFAULT_LIMITS
    process: ProcessLimits = DEFAULT_PROCESS_LIMITS

    def of(self, paths: Iterable[str]) -> Job:
        """Take files out of it; they keep the time of all of them."""
        return replace(self, paths=tuple(paths))


def open_tree(root: str) -> Tree:
    """Open what files are read beneath.

    Raises:
        ValueError: It is no address this version knows.
    """
    parts = urlsplit(root)
    if parts.scheme == "file":
        return WorkTree(Path(unquote(parts.path)))
    from weighbridge.probes.objects import ObjectTree  # noqa: PLC0415 - an extra

    return ObjectTree(root)


def share_out(files: Iterable[Located], *, most: int) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Put files into shares of about so many bytes: root, paths and size of each.

    A share has files of one root, in the order they came; no file is divided.
    """
    paths: list[str] = []
    root, size = "", 0
    for file in files:
        full = size + file.size > most or len(paths) == _MOST_FILES
        if paths and (full or file.root != root):
            yield root, tuple(paths), size
            paths, size = [], 0
        root = file.root
        paths.append(file.path)
        size += file.size
    if paths:
        yield root, tuple(paths), size
