"""A member inside a container, read as if it were a file: stored or packed, with its CRC.

Both sources hand the member's bytes to an inner reader and take the CRC of all of them on the way,
in one pass and in bounded memory. What an inner reader asks for again, behind the pass, is read
again (stored) or unfolded again (packed), each within its budget.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

from blake3 import blake3

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import serve
from weighbridge.formats.interface import BudgetExceededError, Need, Reader, Request, Skip, Stream
from weighbridge.formats.unpacking import UnpackError, deflate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from hashlib import _Hash

    from weighbridge.formats.unpacking import Unpacker
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import Structure

_CHUNK = 64 << 10
_MARKS: Final = 64
_NEAREST_MARK: Final = 1 << 20

MemberDigest = Literal["", "sha256", "blake3"]
"""Which digest of a member's bytes is taken; empty for none."""


@dataclass(slots=True)
class Budget:
    """Bytes that may still be inflated."""

    left: int

    def spend(self, count: int) -> None:
        """Count bytes that were inflated.

        Raises:
            BudgetExceededError: It is more than was left.
        """
        self.left -= count
        if self.left < 0:
            raise BudgetExceededError("the members inflate to more than the limit")


class MemberSource(Protocol):
    """A member's bytes, served to a reader of their own."""

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a request for the member's bytes."""

    def finish(self) -> Generator[Request, bytes, Ending]:
        """Read what is left and say how the member ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a member ends.

    Attributes:
        crc: CRC-32 of its bytes; None if they were not all read.
        size: How many they are.
        fault: What is wrong with the compressed stream, or empty.
        digest: The digest of its bytes that was asked for, 64 hexadecimal digits, or empty.
    """

    crc: int | None
    size: int
    fault: str = ""
    digest: str = ""


def read_member(
    source: MemberSource, reader: Reader | None
) -> Generator[Request, bytes, tuple[Structure | None, Ending]]:
    """Read a member with an inner reader, if there is one for it, and then to its end."""
    structure = None
    if reader is not None:
        structure = yield from serve(reader, source)
    ending = yield from source.finish()
    return structure, ending


def placed(structure: Structure, name: str) -> Structure:
    """Say of a structure, and of those in it, in which member it was found."""
    container = f"{name}!/{structure.container}" if structure.container else name
    members = tuple(placed(member, name) for member in structure.members)
    return replace(structure, container=container, members=members)


class Stored:
    """A member that lies in the container as it is: offsets are translated, nothing is copied."""

    __slots__ = ("_crc", "_hash", "_limits", "_offset", "_passed", "_size", "_stream", "_streamed")

    def __init__(
        self, offset: int, size: int, *, limits: Limits, digest: MemberDigest = ""
    ) -> None:
        """Serve `size` bytes from `offset` of the container on."""
        self._offset = offset
        self._size = size
        self._limits = limits
        self._crc = 0
        self._hash = _new_hash(digest) if limits.checksums else None
        self._passed = 0
        self._stream: tuple[Stream, Stream] | None = None
        self._streamed = 0

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a request for the member's bytes."""
        if isinstance(request, Skip):
            yield from self._pass(min(request.to, self._size))
            return b""
        start = min(request.offset, self._size)
        length = min(request.length, self._size - start)
        if isinstance(request, Need):
            piece = yield Need(self._offset + start, length)
            self._weigh(start, piece)
            return piece
        if self._stream is None or self._stream[0] is not request:
            yield from self._pass(start)
            self._stream = (request, Stream(self._offset + start, length))
            self._streamed = start
        piece = (yield self._stream[1]) if length else b""
        self._weigh(self._streamed, piece)
        self._streamed += len(piece)
        return piece

    def finish(self) -> Generator[Request, bytes, Ending]:
        """Read what is left and say how the member ends."""
        yield from self._pass(self._size)
        crc = self._crc if self._limits.checksums else None
        return Ending(crc=crc, size=self._passed, digest=_hexadecimal(self._hash))

    def _pass(self, to: int) -> Generator[Request, bytes, None]:
        """Take the CRC of the bytes up to `to`."""
        if to <= self._passed:
            return
        if not self._limits.checksums:
            yield Skip(self._offset + to)
            self._passed = to
            return
        rest = Stream(self._offset + self._passed, to - self._passed)
        while self._passed < to:
            piece = yield rest
            if not piece:
                break
            self._weigh(self._passed, piece)

    def _weigh(self, start: int, piece: bytes) -> None:
        if start <= self._passed < start + len(piece):
            new = piece[self._passed - start :]
            self._crc = zlib.crc32(new, self._crc)
            if self._hash is not None:
                self._hash.update(new)
            self._passed = start + len(piece)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A place in a packed member from which it can be unfolded again.

    Attributes:
        unpacker: The state there, which is copied before it is used; None at the beginning.
        consumed: Packed bytes before it.
        produced: Bytes of the member before it.
    """

    unpacker: Unpacker | None = None
    consumed: int = 0
    produced: int = 0


class Packed:
    """A member that is compressed, unfolded within the budget.

    Where the decompressor can be copied, at most 64 marks are left on the way, so that a reader
    that goes back costs no second pass.
    """

    __slots__ = (
        "_again",
        "_base",
        "_budget",
        "_consumed",
        "_crc",
        "_ended",
        "_fault",
        "_hash",
        "_limits",
        "_make",
        "_marks",
        "_offset",
        "_packed",
        "_produced",
        "_raw",
        "_size",
        "_spacing",
        "_stream",
        "_streamed",
        "_unfolded_again",
        "_unpacker",
        "_weighed",
        "_window",
    )

    def __init__(
        self,
        offset: int,
        packed: int,
        size: int | None,
        *,
        limits: Limits,
        budget: Budget,
        unpacker: Callable[[], Unpacker] = deflate,
        digest: MemberDigest = "",
        again: bool = False,
    ) -> None:
        """Unfold `packed` bytes from `offset` of the container on.

        Args:
            offset: Where they begin.
            packed: How many there are; fewer may be used.
            size: What they unfold to, or None if nobody knows.
            limits: Limits of the member.
            budget: What may be unfolded.
            unpacker: Makes what unfolds them.
            digest: Which digest is wanted.
            again: Whether they were read before: they are asked for by offset then.
        """
        self._offset = offset
        self._packed = packed
        self._size = size
        self._limits = limits
        self._budget = budget
        self._crc = 0
        self._hash = _new_hash(digest)
        self._weighed = 0
        self._fault = ""
        self._stream: Stream | None = None
        self._streamed = 0
        self._again = again
        self._unfolded_again = 0
        self._make = unpacker
        self._raw = Cursor(offset, packed)
        self._spacing = max(_NEAREST_MARK, (size or 0) // _MARKS)
        self._marks = [_Mark()]
        self._begin(self._marks[0])

    def _begin(self, mark: _Mark) -> None:
        copied = mark.unpacker.copy() if mark.unpacker is not None else None
        self._unpacker = copied or self._make()
        self._consumed = mark.consumed
        self._produced = self._base = mark.produced
        self._window = bytearray()
        self._ended = False

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a request for the member's bytes."""
        if isinstance(request, Skip):
            return b""
        if isinstance(request, Need):
            if request.length > self._limits.window:
                raise BudgetExceededError(
                    f"{request.length} bytes at once are over {self._limits.window}"
                )
            return (yield from self._bytes(request.offset, request.length))
        if request is not self._stream:
            self._stream, self._streamed = request, request.offset
        left = request.offset + request.length - self._streamed
        piece = yield from self._bytes(self._streamed, min(left, _CHUNK, self._limits.window))
        self._streamed += len(piece)
        return piece

    def finish(self) -> Generator[Request, bytes, Ending]:
        """Read what is left and say how the member ends."""
        self._unfolded_again = 0
        self._seek(self._weighed)
        while not self._ended:
            self._forget(self._produced)
            yield from self._unfold()
        if not self._fault and self.used < self._packed and self._size is not None:
            self._fault = "bytes follow the compressed data"
        return Ending(
            crc=self._crc,
            size=self._weighed,
            fault=self._fault,
            digest=_hexadecimal(self._hash),
        )

    @property
    def used(self) -> int:
        """How many of the compressed bytes were used so far."""
        return self._consumed - self._unpacker.unused

    def _bytes(self, offset: int, length: int) -> Generator[Request, bytes, bytes]:
        self._seek(offset)
        while self._produced < offset + length and not self._ended:
            self._forget(offset)
            yield from self._unfold()
        start = offset - self._base
        piece = bytes(self._window[start : start + length])
        self._forget(offset + length - self._limits.window)
        return piece

    def _seek(self, offset: int) -> None:
        """Go to the nearest mark, unless what is at hand is as near."""
        mark = next(mark for mark in reversed(self._marks) if mark.produced <= offset)
        if offset < self._base or mark.produced > self._produced:
            self._again = True
            self._begin(mark)

    def _forget(self, to: int) -> None:
        count = min(to, self._produced) - self._base
        if count > 0:
            del self._window[:count]
            self._base += count

    def _unfold(self) -> Generator[Request, bytes, None]:
        """Unfold up to one chunk more."""
        raw, hungry = b"", self._unpacker.hungry
        if hungry and self._consumed < self._packed:
            raw = yield from self._next_raw()
        try:
            piece = self._unpacker.unpack(raw, _CHUNK)
        except UnpackError:
            self._fault, self._ended = "the compressed data is damaged", True
            return
        new = piece[max(0, self._weighed - self._produced) :]
        self._budget.spend(len(new))
        self._spend_again(len(piece) - len(new))
        self._window += piece
        if new:
            self._crc = zlib.crc32(new, self._crc)
            if self._hash is not None:
                self._hash.update(new)
            self._weighed = self._produced + len(piece)
        self._produced += len(piece)
        self._conclude(cut=hungry and not piece and not raw)
        if not self._ended and self._produced >= self._marks[-1].produced + self._spacing:
            self._leave_mark()

    def _leave_mark(self) -> None:
        copied = self._unpacker.copy()
        if copied is not None:
            mark = _Mark(unpacker=copied, consumed=self._consumed, produced=self._produced)
            self._marks.append(mark)

    def _spend_again(self, count: int) -> None:
        self._unfolded_again += count
        if self._unfolded_again > self._limits.reread:
            raise BudgetExceededError(f"more than {self._limits.reread} bytes unfolded again")

    def _next_raw(self) -> Generator[Request, bytes, bytes]:
        """Ask for compressed bytes: from the pass the first time, again by offset after that.

        The pieces are always the same ones, whatever the chunks of the pass: what damaged data
        inflates to before the damage depends on them.
        """
        if self._again:
            length = min(_CHUNK, self._packed - self._consumed)
            raw = yield Need(self._offset + self._consumed, length)
        else:
            raw = yield from self._raw.take(_CHUNK)
        self._consumed += len(raw)
        return raw

    def _conclude(self, *, cut: bool) -> None:
        if self._unpacker.ended:
            self._ended = True
        elif self._size is not None and self._produced > self._size:
            self._fault, self._ended = "it inflates to more than its size", True
        elif cut:
            self._fault, self._ended = "the compressed data is cut off", True


def _new_hash(digest: MemberDigest) -> _Hash | blake3 | None:
    if digest == "blake3":
        return blake3()
    return hashlib.sha256() if digest else None


def _hexadecimal(hashed: _Hash | blake3 | None) -> str:
    return "" if hashed is None else hashed.hexdigest()
