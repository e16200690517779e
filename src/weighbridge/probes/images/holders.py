"""What an image on disk lies in: a folder, or a tar of it. Nothing is unpacked."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Protocol

from weighbridge.formats import tar_header
from weighbridge.formats.image.tar_walk import TarWalk
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import ATTACK, HIDDEN, Record
from weighbridge.formats.tar_header import BLOCK, Header, TarError
from weighbridge.formats.text import shown
from weighbridge.model.errors import NotFoundError, UnreadableError
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.source import Closing, Source

if TYPE_CHECKING:
    from weighbridge.formats.image.pushed import Wish
    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.ports import ByteSource
    from weighbridge.probes.tree import WorkTree

_ZEROS = 1 << 18


class Holder(Protocol):
    """Files by their names.

    Attributes:
        name: What the user called it.
        record: What is wrong with it.
    """

    name: str
    record: Record

    def names(self) -> frozenset[str]:
        """List its files."""

    def open(self, name: str) -> ByteSource:
        """Open a file.

        Raises:
            NotFoundError: It is not there.
            UnreadableError: It cannot be read.
        """

    def close(self) -> None:
        """Let go of what is held open."""


class FolderHolder:
    """A folder; it is never left."""

    def __init__(self, name: str, tree: WorkTree) -> None:
        """Name the folder."""
        self.name = name
        self.record = Record(format="folder", size=0)
        self._tree = tree
        self._names: frozenset[str] | None = None

    def names(self) -> frozenset[str]:
        """List its files; a path that is not followed is a problem."""
        if self._names is None:
            found = list(self._tree.files(""))
            for one in found:
                if isinstance(one, PathProblem):
                    text = f"{shown(one.path)} is not followed ({one.kind})"
                    self.record.problem(ATTACK, text, 0, "a file of the image")
            self._names = frozenset(one for one in found if isinstance(one, str))
        return self._names

    def open(self, name: str) -> ByteSource:
        """Open a file."""
        found = self._tree.open(name)
        if isinstance(found, Unavailable):
            if found.reason == MISSING:
                raise NotFoundError(f"{self.name} has no {shown(name)}")
            raise UnreadableError(f"{name} of {self.name}: {found.reason}")
        if isinstance(found, PathProblem):
            raise UnreadableError(f"{name} of {self.name} is not followed ({found.kind})")
        return found

    def close(self) -> None:
        """Do nothing: every file is closed by whoever opened it."""


class Stretch(Source):
    """A stretch of an open file, as a file of its own; closing it leaves the one around it open."""

    def __init__(self, source: ByteSource, offset: int, size: int) -> None:
        """Stand at its first byte."""
        self.size = size
        self._source = source
        self._offset = offset
        self._at = 0

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        piece = self.read_at(self._at, length)
        self._at += len(piece)
        return piece

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere."""
        length = max(0, min(length, self.size - offset))
        return self._source.read_at(self._offset + offset, length)

    def changed(self) -> bool:
        """Tell whether the file around it changed."""
        return self._source.changed()


class ArchiveHolder(Closing):
    """A tar; its headers are read once, its contents where they lie."""

    def __init__(self, name: str, source: ByteSource, limits: ImageLimits) -> None:
        """Read the headers; the source is closed with this."""
        self.name = name
        self.record = Record(format="tar", size=0)
        self._source = source
        self._members: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        walk = TarWalk(self, self.record, limits)
        try:
            end = _seek(walk.walking(), source)
        except TarError as error:
            self.record.corrupt(str(error), 0)
        except BudgetExceededError as error:
            self.record.unread(str(error))
        else:
            self._behind(end)

    def names(self) -> frozenset[str]:
        """List its files."""
        return frozenset(self._members)

    def visit(self, header: Header, offset: int, *, privileged: bool) -> int:  # noqa: ARG002
        """Note where a member lies."""
        name = posixpath.normpath(header.name)
        if header.name.startswith("/") or name.startswith("../"):
            text = f"member name {shown(header.name)} leads out of the archive"
            self.record.problem(ATTACK, text, offset, "a relative path without `..`")
        elif header.kind in tar_header.LINKS:
            # `docker save` had one layer lie under several names.
            symbolic = header.kind == ord("2")
            base = posixpath.dirname(name) if symbolic else ""
            self._links[name] = posixpath.normpath(posixpath.join(base, header.link))
        elif header.kind in tar_header.FILES:
            if name in self._members:
                text = f"the member name {shown(name)} occurs twice"
                self.record.problem(HIDDEN, text, offset, "each name once")
            self._members[name] = (offset + BLOCK, header.size)
        return 0

    def take(self, content: bytes) -> bool:  # noqa: ARG002
        """Take nothing: nothing was asked for."""
        return False

    def more(self, piece: bytes) -> None:
        """Take no more of it, either."""

    def open(self, name: str) -> ByteSource:
        """Open a member, or what a link that is one leads to."""
        found = self._members.get(self._links.get(name, name))
        if found is None:
            raise NotFoundError(f"{self.name} has no {shown(name)}")
        return Stretch(self._source, *found)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes of the archive itself."""
        return self._source.read_at(offset, length)

    def close(self) -> None:
        """Close the archive."""
        self._source.close()

    def _behind(self, end: int) -> None:
        """Note what follows the archive: zeros fill up a tape's record, anything else is hidden."""
        size = self._source.size
        piece = self._source.read_at(end, min(_ZEROS, size - end))
        if size - end > _ZEROS or piece.strip(b"\0"):
            text = f"{size - end} bytes follow the archive"
            self.record.problem(HIDDEN, text, end, "zeros")
            self.record.unread(text)


def _seek(walking: Wish, source: ByteSource) -> int:
    """Serve a walk from an open file, and pass over what it does not want; say where it ended.

    Raises:
        TarError: The file ends before the archive does.
    """
    offset = 0
    try:
        wanted = next(walking)
        while True:
            if isinstance(wanted, bytes):
                wanted = next(walking)
                continue
            answer = source.read_at(offset, wanted) if wanted > 0 else b""
            offset += abs(wanted)
            if offset > source.size:
                raise TarError("the archive ends without its two empty blocks")
            wanted = walking.send(answer)
    except StopIteration:
        return offset
