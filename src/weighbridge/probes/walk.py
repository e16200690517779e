"""A walk over every file below a folder: sorted, hidden ones and links included.

A link that leads back to where the walk stands is a problem, and so is one link too many: folders
full of links to folders full of links multiply without any circle.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.names import below, is_utf8, name_problems, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.probes.beneath import Entry, Root

MOST_LINKED_FOLDERS = 1_000
"""How many links to folders one walk follows."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder the walk stands in: how it came there, where that is, and what is left."""

    path: str
    real: str
    left: Iterator[Entry]


class Walk:
    """One walk; the folders it stands in are a stack, outermost first."""

    def __init__(self, root: Root, *, follow: bool = True) -> None:
        """Begin nowhere; if links are not to be followed, each is a problem."""
        self._root = root
        self._follows = follow
        self._stack: list[_Folder] = []
        self._links = 0

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """Walk a folder.

        A folder that cannot be listed, or whose path is too long, is yielded like a file; opening
        it says why. A name that is not UTF-8 is a problem only, since no manifest could name what
        lies there.
        """
        real = self._root.resolve(path)
        if isinstance(real, PathProblem):
            yield real
        elif isinstance(real, Unavailable):
            yield path
        else:
            plain = posixpath.normpath(path)
            yield from self._enter("" if plain == "." else plain, real)
            yield from self._go_on()

    def _go_on(self) -> Iterator[str | PathProblem]:
        while self._stack:
            folder = self._stack[-1]
            entry = next(folder.left, None)
            if entry is None:
                self._stack.pop()
                continue
            path = below(folder.path, entry.name)
            if entry.is_link:
                yield from self._follow(path)
            elif entry.is_folder:
                real = entry.name if folder.real == "." else below(folder.real, entry.name)
                yield from self._enter(path, real)
            else:
                yield path

    def _enter(self, path: str, real: str) -> Iterator[str | PathProblem]:
        try:
            entries = self._root.entries(real)
        except OSError:
            yield path
            return
        yield from name_problems(path, (entry.name for entry in entries))
        sound = [entry for entry in entries if is_utf8(entry.name)]
        self._stack.append(_Folder(path, real, iter(sound)))

    def _follow(self, path: str) -> Iterator[str | PathProblem]:
        real = self._root.resolve(path)
        if not self._follows:
            target = shown(real) if isinstance(real, str) else ""
            yield PathProblem(path=path, kind="link", target=target)
        elif isinstance(real, PathProblem):
            yield real
        elif isinstance(real, Unavailable) or self._root.kind(path, real) != "directory":
            yield path
        elif self._leads_back(real) or self._links == MOST_LINKED_FOLDERS:
            yield PathProblem(path=path, kind="cycle", target=shown(real))
        else:
            self._links += 1
            yield from self._enter(path, real)

    def _leads_back(self, real: str) -> bool:
        """Tell whether a folder holds one the walk stands in."""
        within = "" if real == "." else f"{real}/"
        return any(f"{folder.real}/".startswith(within) for folder in self._stack)
