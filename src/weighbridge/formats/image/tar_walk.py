"""A layer's archive, walked as it comes: every header, and the few contents somebody wants.

Other than `formats.tar` this knows what a root file system is: links and devices belong in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats import tar_header
from weighbridge.formats.image.pushed import Pushed, Wish
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import HIDDEN
from weighbridge.formats.tar_header import BLOCK, Header, TarError
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.record import Record
    from weighbridge.model.limits import ImageLimits

HARD_LINK: Final = ord("1")
SYMBOLIC_LINK: Final = ord("2")
_EMPTY: Final = bytes(BLOCK)
_LONGEST: Final = 1 << 20
_PIECE: Final = 1 << 18
_KNOWN: Final = (
    tar_header.FILES | {tar_header.FOLDER} | tar_header.LINKS.keys() | tar_header.DEVICES.keys()
)


class Visitor(Protocol):
    """Whoever looks at the members."""

    def visit(self, header: Header, offset: int, *, privileged: bool) -> int:
        """Look at a member, and say how many of its first bytes are wanted.

        Raises:
            BudgetExceededError: There are too many.
        """

    def take(self, content: bytes) -> bool:
        """Take the bytes of the member visited last, and say whether the others are wanted, too."""

    def more(self, piece: bytes) -> None:
        """Take more of them; nothing, once all were there."""


@dataclass(slots=True)
class Allowance:
    """How many headers may yet be read, of all archives that share it.

    Attributes:
        left: That many.
    """

    left: int


class TarWalk:
    """One archive on its way.

    Attributes:
        headers: Members so far.
    """

    def __init__(
        self,
        visitor: Visitor,
        record: Record,
        limits: ImageLimits,
        allowance: Allowance | None = None,
    ) -> None:
        """Stand before the first header."""
        self._allowance = allowance or Allowance(limits.entries)
        self.headers = 0
        self._visitor = visitor
        self._record = record
        self._limits = limits
        self._offset = 0
        self._size = 0
        self._global: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._ended = False
        self._pushed = Pushed(self.walking())

    def push(self, piece: bytes) -> None:
        """Hand over the next bytes.

        Raises:
            TarError: A header is none.
            BudgetExceededError: The archive is over a limit.
        """
        pushed, before = self._pushed, self._pushed.passed
        for _ in pushed.push(piece):
            pass
        piece = piece[pushed.passed - before :]
        if not self._ended and piece.strip(b"\0"):
            self._ended = True
            self._record.problem(HIDDEN, "bytes follow the archive", self._offset, "zeros")
            self._record.unread("bytes follow the archive")

    def finish(self) -> None:
        """Note an archive that ended before its end."""
        if not self._pushed.over:
            self._record.corrupt("the archive ends without its two empty blocks", self._offset)

    def walking(self) -> Wish:
        """Want block after block; for whoever has the archive at hand, and need not push."""
        while (block := (yield BLOCK)) != _EMPTY:
            header = tar_header.parse(block)
            self.headers += 1
            self._allowance.left -= 1
            if self._allowance.left < 0:
                raise BudgetExceededError(f"more than {self._limits.entries} headers")
            if header.kind in tar_header.EXTENSIONS:
                yield from self._extension(header)
            else:
                yield from self._member(self._completed(header))
                self._said = {}
            yield from self._padding(header)
        if (yield BLOCK) != _EMPTY:
            raise TarError("the archive ends without its two empty blocks")

    def _extension(self, header: Header) -> Generator[int, bytes, None]:
        """Read what is said of the next member, or of all that follow."""
        if header.size > _LONGEST:
            raise BudgetExceededError(f"an extended header of {header.size} bytes is over a limit")
        raw = (yield header.size) if header.size else b""
        if header.kind == tar_header.LONG_NAME:
            self._said["path"] = decoded(raw.partition(b"\0")[0])
        elif header.kind == tar_header.LONG_LINK:
            self._said["linkpath"] = decoded(raw.partition(b"\0")[0])
        elif header.kind == tar_header.EXTENDED:
            self._said |= tar_header.pax_values(raw)
        else:
            self._global |= tar_header.pax_values(raw)

    def _completed(self, header: Header) -> Header:
        said = self._global | self._said if self._global else self._said
        if not said:
            return header
        if tar_header.SPARSE in said:
            self._record.unread(f"member {shown(header.name)} is stored in parts")
        if "size" in said:
            header = replace(header, size=tar_header.pax_size(said["size"]))
        link = said.get("linkpath", header.link)
        return replace(header, name=said.get("path", header.name), link=link)

    def _member(self, header: Header) -> Generator[int, bytes, None]:
        record = self._record
        if header.kind not in tar_header.FILES and header.size:
            # Links and folders have none; programs do not agree on whether to pass one.
            text = f"member {shown(header.name)} has content its kind does not have"
            record.problem(HIDDEN, text, self._offset, "0 bytes")
            record.unread(text)
        if header.kind not in _KNOWN:
            record.unread(f"member {shown(header.name)} is of the unknown kind {header.kind}")
        privileged = tar_header.CAPABILITY in self._said
        wanted = self._visitor.visit(header, self._offset, privileged=privileged)
        wanted = min(wanted, header.size)
        if wanted and self._visitor.take((yield wanted)):
            while wanted < header.size:
                length = min(_PIECE, header.size - wanted)
                self._visitor.more((yield length))
                wanted += length
            self._visitor.more(b"")
        if header.size > wanted:
            yield wanted - header.size
        self._size = header.size

    def _padding(self, header: Header) -> Generator[int, bytes, None]:
        size = header.size if header.kind in tar_header.EXTENSIONS else self._size
        padding = -size % BLOCK
        if padding and (yield padding).strip(b"\0"):
            text = f"the padding behind {shown(header.name)} holds something"
            self._record.problem(HIDDEN, text, self._offset + BLOCK + size, "zeros")
            self._record.unread(text)
        self._offset += BLOCK + size + padding


def is_tar(block: bytes) -> bool:
    """Tell whether some first bytes are the header of an archive."""
    return tar_header.has_magic(block) and block[:1] != b"\0" and tar_header.has_checksum(block)
