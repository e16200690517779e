"""Bytes by offset, whoever holds them: a file, a stretch of one, or a member that is unfolded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from weighbridge.formats.interface import Ask, Need, Skip, Stream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.member import Ending, MemberSource

T = TypeVar("T")

CHUNK: Final = 256 << 10
"""Bytes that are read at once."""


class Readable(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size(self) -> int:
        """How many there are."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes; fewer only at their end."""


class InMemory:
    """Bytes at hand."""

    def __init__(self, data: bytes) -> None:
        """Hold them."""
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes; fewer only at their end."""
        return self._data[offset : offset + length]


class Member:
    """A member of a container, served by a source that asks for the container's bytes."""

    def __init__(self, outer: Readable, source: MemberSource, size: int) -> None:
        """Serve `size` bytes of the source."""
        self._outer = outer
        self._source = source
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes; fewer only at their end.

        Raises:
            BudgetExceededError: They unfold to more than the limits allow.
        """
        parts = []
        left = min(length, self.size - offset)
        while left > 0:
            piece = answered(self._source.answer(Need(offset, min(left, CHUNK))), self._outer)
            if not piece:
                break
            parts.append(piece)
            offset, left = offset + len(piece), left - len(piece)
        return b"".join(parts)

    def ending(self) -> Ending:
        """Read what is left and say how the member ends."""
        return answered(self._source.finish(), self._outer)


def pieces(source: Readable, start: int, end: int) -> Iterator[bytes]:
    """Read a stretch in pieces; it ends early where the bytes do."""
    while start < end:
        piece = source.read_at(start, min(CHUNK, end - start))
        if not piece:
            return
        yield piece
        start += len(piece)


def answered(asking: Generator[Request, bytes, T], source: Readable) -> T:
    """Answer what a reader asks for until it returns; nobody tells credentials here."""
    stream: Stream | None = None
    done = 0
    try:
        request = next(asking)
        while True:
            answer = b""
            if isinstance(request, Need):
                answer = source.read_at(request.offset, request.length)
            elif isinstance(request, Stream):
                if request is not stream:
                    stream, done = request, 0
                length = min(CHUNK, request.length - done)
                answer = source.read_at(request.offset + done, length) if length > 0 else b""
                done += len(answer)
            elif not isinstance(request, Ask | Skip):
                raise TypeError(request)
            request = asking.send(answer)
    except StopIteration as finished:
        value: T = finished.value
        return value
