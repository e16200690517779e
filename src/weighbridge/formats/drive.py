"""Driving a reader: its requests are answered from a source until it returns its structure.

The engine of `probes` is one source, a member of an archive (`member`) another, and bytes in
memory the one below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from weighbridge.formats.interface import Ask, BudgetExceededError, Need, Reader, Request, Stream
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.model.limits import Limits


class Source(Protocol):
    """Whoever holds the bytes a reader asks for."""

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a request, asking the enclosing source where there is one.

        Raises:
            BudgetExceededError: The request is over a limit.
        """


def serve(reader: Reader, source: Source) -> Reader:
    """Answer a reader from a source; what goes over a limit ends as `incomplete`, never raises."""
    try:
        request = next(reader)
        while True:
            try:
                answer = yield from source.answer(request)
            except BudgetExceededError as error:
                request = reader.throw(error)
            else:
                request = reader.send(answer)
    except StopIteration as done:
        structure: Structure = done.value
        return structure
    except BudgetExceededError as error:
        return Structure(format="unknown", status="incomplete", reason=str(error))


class Memory:
    """Bytes in memory, served within the same limits a file is."""

    __slots__ = ("_data", "_limits", "_reread", "_seen", "_stream", "_streamed")

    def __init__(self, data: bytes, *, limits: Limits) -> None:
        """Serve `data`."""
        self._data = data
        self._limits = limits
        self._seen = 0
        self._reread = 0
        self._stream: Stream | None = None
        self._streamed = 0

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer from the bytes; only questions about credentials are handed on."""
        if isinstance(request, Ask):
            return (yield request)
        if isinstance(request, Need):
            if request.length > self._limits.window:
                raise BudgetExceededError(
                    f"{request.length} bytes at once are over {self._limits.window}"
                )
            return self._slice(request.offset, request.length)
        if isinstance(request, Stream):
            return self._next(request)
        return b""

    def _next(self, stream: Stream) -> bytes:
        if stream is not self._stream:
            self._stream, self._streamed = stream, 0
        length = min(self._limits.window, stream.length - self._streamed)
        chunk = self._slice(stream.offset + self._streamed, length)
        self._streamed += len(chunk)
        return chunk

    def _slice(self, offset: int, length: int) -> bytes:
        piece = self._data[offset : offset + length]
        self._reread += max(0, min(self._seen, offset + len(piece)) - offset)
        if self._reread > self._limits.reread:
            raise BudgetExceededError(f"more than {self._limits.reread} bytes read again")
        self._seen = max(self._seen, offset + len(piece))
        return piece


def read_bytes(data: bytes, reader: Reader, *, limits: Limits) -> Structure:
    """Read bytes in memory with a reader made for them."""
    served = serve(reader, Memory(data, limits=limits))
    try:
        next(served)
        while True:  # memory answers all but what is asked about credentials
            served.send(b"")
    except StopIteration as done:
        structure: Structure = done.value
        return structure
