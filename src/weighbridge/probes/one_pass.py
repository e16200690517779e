"""Read a file once: one pass feeds the digest, the format reader and whoever keeps a copy."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weighbridge.formats.interface import BudgetExceededError, Need, Reader, Request, Skip, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.limits import Limits
    from weighbridge.model.ports import ByteSource
    from weighbridge.model.structure import Structure

CHUNK = 1 << 18


class OnePass:
    """The pass over one file; answers a format reader's requests on its way.

    What a reader asks for ahead of the pass comes from the pass; what lies behind it is read
    again, within `limits.reread`. Bytes the reader skips are still digested.
    """

    def __init__(
        self, source: ByteSource, *, limits: Limits, taps: tuple[Callable[[bytes], object], ...]
    ) -> None:
        """Begin at the first byte; each tap is handed every chunk in order."""
        self._source = source
        self._limits = limits
        self._taps = taps
        self._hash = hashlib.sha256()
        self._chunk = b""
        self._chunk_start = 0
        self._reread = 0
        self._streamed: tuple[Stream, int] | None = None

    @property
    def position(self) -> int:
        """How many bytes the pass has digested."""
        return self._chunk_start + len(self._chunk)

    def run(self, reader: Reader) -> Structure:
        """Drive a reader to its end.

        Raises:
            BudgetExceededError: The reader wants more than its limits allow, and does not mind.
        """
        try:
            request = next(reader)
            while True:
                try:
                    answer = self._answer(request)
                except BudgetExceededError as error:
                    request = reader.throw(error)
                else:
                    request = reader.send(answer)
        except StopIteration as stop:
            structure: Structure = stop.value
            return structure

    def drain(self) -> str:
        """Digest what is left and return the digest of the whole file."""
        while self._advance():
            pass
        return "sha256:" + self._hash.hexdigest()

    def _advance(self) -> bool:
        chunk = self._source.read(CHUNK)
        self._chunk_start += len(self._chunk)
        self._chunk = chunk
        self._hash.update(chunk)
        for tap in self._taps:
            tap(chunk)
        return bool(chunk)

    def _answer(self, request: Request) -> bytes:
        if isinstance(request, Skip):
            return b""
        if isinstance(request, Need):
            if request.length > self._limits.window:
                message = f"a reader asked for {request.length} bytes at once"
                raise BudgetExceededError(message)
            return self._range(request.offset, request.length)
        return self._next_chunk(request)

    def _next_chunk(self, stream: Stream) -> bytes:
        current, done = self._streamed or (stream, 0)
        if current != stream:
            done = 0
        data = self._range(stream.offset + done, min(CHUNK, stream.length - done))
        self._streamed = (stream, done + len(data)) if data else None
        return data

    def _range(self, offset: int, length: int) -> bytes:
        """Collect bytes from behind the pass, from its present chunk, and from ahead."""
        length = max(0, min(length, self._source.size - offset))
        parts = []
        if offset < self._chunk_start and length:
            behind = min(length, self._chunk_start - offset)
            parts.append(self._again(offset, behind))
            offset, length = offset + behind, length - behind
        while length > 0:
            while offset >= self.position:
                if not self._advance():
                    return b"".join(parts)
            start = offset - self._chunk_start
            part = self._chunk[start : start + length]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def _again(self, offset: int, length: int) -> bytes:
        self._reread += length
        if self._reread > self._limits.reread:
            message = f"a reader asked for more than {self._limits.reread} bytes again"
            raise BudgetExceededError(message)
        return self._source.read_at(offset, length)
