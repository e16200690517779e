"""The root file system layers add up to: one laid on top of the other, nothing on disk.

Follows the OCI image specification 1.1 (`layer.md`): whiteouts take away what lies below their
layer, whatever their place in it; links on the way to a file are followed inside the root, as
every unpacker does that can be trusted. Letters of either case are different.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import tar_header
from weighbridge.formats.image.layer import Entry
from weighbridge.formats.image.tar_walk import HARD_LINK, SYMBOLIC_LINK
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import ATTACK, CORRUPT
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.image.layer import Layer
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import ImageLimits

_MOST_LINKS: Final = 40
"""Links that are followed on one way, as Linux does."""


class Node:
    """A file, folder or link of the root.

    Attributes:
        entry: The member it came from.
        layer: Number of that member's layer, from 1; 0 if no layer names it.
        children: What lies in it, by name; None if it is no folder.
    """

    __slots__ = ("children", "entry", "layer")

    def __init__(self, entry: Entry, layer: int) -> None:
        """Make it as a member has it."""
        self.entry = entry
        self.layer = layer
        self.children: dict[str, Node] | None = {} if entry.kind == tar_header.FOLDER else None


class Root:
    """The layers put on top of one another so far."""

    def __init__(self, limits: ImageLimits) -> None:
        """Begin with an empty folder."""
        self._limits = limits
        self._steps = 0
        self._nodes = 0
        self._top = Node(Entry("", tar_header.FOLDER), 0)
        # Archives name the files of a folder one after the other.
        self._last: tuple[str, Node | None] = ("", self._top)

    def apply(self, layer: Layer, number: int, record: Record) -> None:
        """Lay a layer on top.

        Args:
            layer: The layer.
            number: Its number, from 1.
            record: Notes what cannot be unpacked, or would be unpacked elsewhere.

        Raises:
            BudgetExceededError: It is over a limit.
        """
        for path in layer.opaque:
            folder = self._follow(path.split("/"))
            if folder is not None and folder.children is not None:
                folder.children = {}
        for path in layer.whiteouts:
            above, _, name = path.rpartition("/")
            folder = self._follow(above.split("/"))
            if folder is not None and folder.children is not None:
                folder.children.pop(name, None)
        self._last = ("", self._top)
        for entry in layer.entries:
            self._put(entry, number, record)

    def find(self, path: str) -> Node | None:
        """Find what a path leads to, over links inside the root; None if to nothing."""
        return self._follow(path.split("/"))

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Yield everything in the root with its path, folders before what lies in them."""
        pending = [("", self._top)]
        while pending:
            path, node = pending.pop()
            if path:
                yield path, node
            for name in sorted(node.children or (), reverse=True):
                child = (node.children or {})[name]
                pending.append((f"{path}/{name}" if path else name, child))

    def _put(self, entry: Entry, number: int, record: Record) -> None:
        above, _, name = entry.path.rpartition("/")
        if above != self._last[0]:
            self._last = (above, self._follow(above.split("/"), make=True) if above else self._top)
        folder = self._last[1]
        if folder is None or folder.children is None:
            text = f"{shown(entry.path)} lies in what is no folder"
            record.problem(CORRUPT, text, 0, "a folder")
            return
        if entry.kind == HARD_LINK:
            node = self._hard_link(entry, record)
            if node is None:
                return
        else:
            if entry.kind == SYMBOLIC_LINK and _climbs(entry):
                text = f"{shown(entry.path)} is a link that leads out of the image"
                record.problem(ATTACK, text, 0, "a link inside the image")
            node = Node(entry, number)
            before = folder.children.get(name)
            if node.children is not None and before is not None and before.children is not None:
                node.children = before.children
        self._count()
        if node.entry.kind not in tar_header.FILES or name in folder.children:
            self._last = ("", self._top)  # a way may lead elsewhere from now on
        folder.children[name] = node
        if not entry.secret:
            entry.path = name  # which the folder keeps anyway: a hundred thousand paths are large

    def _hard_link(self, entry: Entry, record: Record) -> Node | None:
        """Find the file a hard link is another name of."""
        if ".." in entry.link.split("/"):
            text = f"{shown(entry.path)} is a hard link that leads out of the image"
            record.problem(ATTACK, text, 0, "a path without `..`")
            return None
        above, _, name = entry.link.rpartition("/")
        folder = self._follow(above.split("/"))
        found = (folder.children or {}).get(name) if folder is not None else None
        if found is None or found.children is not None:
            text = f"{shown(entry.path)} is a hard link to {shown(entry.link)}, which is no file"
            record.problem(CORRUPT, text, 0, "a file of this layer, or of one below")
            return None
        return found

    def _follow(self, parts: list[str], *, make: bool = False) -> Node | None:
        """Go a way from the top, over links inside the root.

        Args:
            parts: The way.
            make: Whether folders that are missing on it are made.
        """
        pending = parts[::-1]
        way = [self._top]
        links = 0
        while pending:
            self._steps += 1
            if self._steps > self._limits.steps:
                raise BudgetExceededError(f"more than {self._limits.steps} steps to its files")
            part = pending.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                way = way[:-1] or way
                continue
            node = self._step(way[-1], part, make=make)
            if node is None:
                return None
            if node.entry.kind == SYMBOLIC_LINK:
                links += 1
                if links > _MOST_LINKS:
                    return None
                target = node.entry.link
                way = way[:1] if target.startswith("/") else way
                pending.extend(target.split("/")[::-1])
            else:
                way.append(node)
        return way[-1]

    def _step(self, folder: Node, name: str, *, make: bool) -> Node | None:
        if folder.children is None:
            return None
        found = folder.children.get(name)
        if found is None and make:
            self._count()
            found = folder.children[name] = Node(Entry(name, tar_header.FOLDER), 0)
        return found

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > self._limits.entries:
            raise BudgetExceededError(f"more than {self._limits.entries} files")


def _climbs(entry: Entry) -> bool:
    """Tell whether a relative link goes above the root; an absolute one begins at the image's."""
    if entry.link.startswith("/"):
        return False
    depth = entry.path.count("/")
    for part in entry.link.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return True
        elif part not in {"", "."}:
            depth += 1
    return False
