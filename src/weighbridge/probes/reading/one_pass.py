"""Read a file once: one pass feeds the digest, the format reader and whoever keeps a copy.

The pass is a generator of the file's chunks, so that many files can be read side by side. Memory
is bounded by one chunk and one request, whatever the file holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.interface import Ask, BudgetExceededError, Reader, Request, Skip, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from weighbridge.model.limits import Limits
    from weighbridge.model.ports import ByteSource
    from weighbridge.model.structure import Structure

CHUNK = 1 << 18
"""Bytes read at a time: measured best between 256 KiB and 1 MiB."""

STEP = 1 << 15
"""Bytes read at a time of each of many files: what all of them hold stays near the processor."""


class OnePass:
    """The pass over one file; answers a format reader's requests on its way.

    What a reader asks for ahead of the pass comes from the pass; what lies behind it, or is a
    look far ahead at what was not skipped to, is read apart, within `limits.reread`. Bytes the
    reader skips pass all the same.

    Attributes:
        position: How many bytes have passed.
        chunk: Bytes read at a time.
    """

    def __init__(
        self,
        source: ByteSource,
        *,
        limits: Limits,
        first: bytes | None = None,
        taps: tuple[Callable[[bytes], object], ...] = (),
        recognise: Callable[[Ask], str] = lambda _: "",
    ) -> None:
        """Begin at the first byte; each tap is handed every chunk in order.

        Args:
            source: The file.
            limits: Budgets of the format reader.
            first: The first chunk, if it was read already.
            taps: Who else wants the bytes.
            recognise: Names what finds a credential in a text.
        """
        self.position = 0
        self.chunk = CHUNK
        self._source = source
        self._limits = limits
        self._first = first
        self._taps = taps
        self._recognise = recognise
        self._chunk = b""
        self._chunk_start = 0
        self._reread = 0
        self._skipped = 0
        self._stream: Stream | None = None
        self._streamed = 0

    def understand(self, reader: Reader) -> Generator[bytes, None, Structure]:
        """Yield the chunks that pass while a reader is driven to its end.

        Raises:
            BudgetExceededError: The reader went over its limits and does not handle it itself.
        """
        try:
            request = next(reader)
            while True:
                try:
                    answer = yield from self._answer(request)
                except BudgetExceededError as error:
                    request = reader.throw(error)
                else:
                    request = reader.send(answer)
        except StopIteration as stop:
            structure: Structure = stop.value
            return structure

    def rest(self) -> Generator[bytes, None, None]:
        """Yield the chunks that are left.

        A file that grows is not followed further than one chunk behind its first size.
        """
        while self.position <= self._source.size and (chunk := self._next()):
            yield chunk

    def _next(self) -> bytes:
        """Read the next chunk, whoever it is for; `b""` at the end."""
        chunk = self._source.read(self.chunk) if self._first is None else self._first
        self._first = None
        if chunk:
            self._chunk_start = self.position
            self.position += len(chunk)
            self._chunk = chunk
            for tap in self._taps:
                tap(chunk)
        return chunk

    def _answer(self, request: Request) -> Generator[bytes, None, bytes]:
        if isinstance(request, Skip):
            self._skipped = max(self._skipped, request.to)
            return b""
        if isinstance(request, Ask):
            return self._recognise(request).encode()
        if isinstance(request, Stream):
            return (yield from self._next_piece(request))
        if request.length > self._limits.window:
            message = f"a reader asked for {request.length} bytes at once"
            raise BudgetExceededError(message)
        if request.offset > max(self.position + CHUNK, self._skipped):
            # A look far ahead, such as at the directory at the end of an archive: what lies
            # between is yet to be asked for, and the pass must not be behind it by then.
            return self._again(request.offset, request.length)
        return (yield from self._range(request.offset, request.length))

    def _next_piece(self, stream: Stream) -> Generator[bytes, None, bytes]:
        # By identity: an equal request made anew begins anew, as in the other sources of bytes.
        if stream is not self._stream:
            self._stream, self._streamed = stream, 0
        offset = stream.offset + self._streamed
        length = min(self.chunk, self._limits.window, stream.length - self._streamed)
        # No further than the chunk that holds the first byte: joining two would copy everything.
        end = self.position if offset < self.position else self.position + self.chunk
        if self._chunk_start <= offset < end:
            length = min(length, end - offset)
        piece = yield from self._range(offset, length)
        self._streamed += len(piece)
        return piece

    def _range(self, offset: int, length: int) -> Generator[bytes, None, bytes]:
        """Collect bytes from behind the pass, from its present chunk, and from ahead."""
        length = max(0, min(length, self._source.size - offset))
        parts = []
        if offset < self._chunk_start and length:
            behind = min(length, self._chunk_start - offset)
            parts.append(self._again(offset, behind))
            offset, length = offset + behind, length - behind
        while length > 0:
            while offset >= self.position:
                chunk = self._next()
                if not chunk:
                    return b"".join(parts)
                yield chunk
            start = offset - self._chunk_start
            part = self._chunk[start : start + length]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _again(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self._source.size - offset))
        self._reread += length
        if self._reread > self._limits.reread:
            message = f"a reader asked for more than {self._limits.reread} bytes again"
            raise BudgetExceededError(message)
        return self._source.read_at(offset, length)
