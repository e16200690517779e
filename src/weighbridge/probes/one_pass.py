"""Read a file once: one pass feeds the digest, the format reader and whoever keeps a copy.

Memory is bounded by one chunk and one request, whatever the file holds.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weighbridge.formats.interface import BudgetExceededError, Reader, Request, Skip, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.limits import Limits
    from weighbridge.model.ports import ByteSource
    from weighbridge.model.structure import Structure

CHUNK = 1 << 18
"""Bytes read at a time: measured best between 256 KiB and 1 MiB."""


class OnePass:
    """The pass over one file; answers a format reader's requests on its way.

    What a reader asks for ahead of the pass comes from the pass; what lies behind it is read
    again, within `limits.reread`. Bytes the reader skips are still digested.
    """

    def __init__(
        self,
        source: ByteSource,
        *,
        limits: Limits,
        taps: tuple[Callable[[bytes], object], ...] = (),
    ) -> None:
        """Begin at the first byte; each tap is handed every chunk in order."""
        self._source = source
        self._limits = limits
        self._taps = taps
        self._hash = hashlib.sha256()
        self._chunk = b""
        self._chunk_start = 0
        self._reread = 0
        self._stream: Stream | None = None
        self._streamed = 0

    @property
    def position(self) -> int:
        """How many bytes the pass has digested."""
        return self._chunk_start + len(self._chunk)

    def run(self, reader: Reader) -> Structure:
        """Drive a reader to its end.

        Raises:
            BudgetExceededError: The reader went over its limits and does not handle it itself.
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
        """Digest what is left and return the digest of the whole file.

        A file that grows is not followed further than one chunk behind its first size.
        """
        while self.position <= self._source.size and self._advance():
            pass
        return "sha256:" + self._hash.hexdigest()

    def _advance(self) -> bool:
        chunk = self._source.read(CHUNK)
        if not chunk:
            return False
        self._chunk_start += len(self._chunk)
        self._chunk = chunk
        self._hash.update(chunk)
        for tap in self._taps:
            tap(chunk)
        return True

    def _answer(self, request: Request) -> bytes:
        if isinstance(request, Skip):
            return b""
        if isinstance(request, Stream):
            return self._next_piece(request)
        if request.length > self._limits.window:
            message = f"a reader asked for {request.length} bytes at once"
            raise BudgetExceededError(message)
        return self._range(request.offset, request.length)

    def _next_piece(self, stream: Stream) -> bytes:
        # By identity: an equal request made anew begins anew, as in the other sources of bytes.
        if stream is not self._stream:
            self._stream, self._streamed = stream, 0
        length = min(CHUNK, self._limits.window, stream.length - self._streamed)
        piece = self._range(stream.offset + self._streamed, length)
        self._streamed += len(piece)
        return piece

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
