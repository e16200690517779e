"""A file that passes once, served to a reader that only goes forward: nothing is kept of it.

Weights are most of what an image weighs, and their formats have the header in front. A reader that
goes back further than what is held is over a limit, and its file incomplete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError, Need, Stream
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

FORMATS: Final = frozenset({"gguf", "safetensors"})
"""Formats whose readers never go back."""
_MOST: Final = 4
"""Windows that are held before all but one of them are dropped."""


class Forward:
    """A file on its way to its reader."""

    def __init__(self, reader: Reader, size: int, *, limits: Limits) -> None:
        """Start the reader.

        Args:
            reader: The reader.
            size: Bytes of the file.
            limits: Budgets.
        """
        self._reader = reader
        self._size = size
        self._window = limits.window
        self._held = bytearray()
        self._start = 0
        self._stream: Stream | None = None
        self._streamed = 0
        self._structure: Structure | None = None
        self._request: Request = next(reader)

    def push(self, piece: bytes) -> None:
        """Take the next bytes, and answer with them what can be answered."""
        if self._structure is not None:
            return
        self._held += piece
        self._serve(whole=self._start + len(self._held) >= self._size)
        spare = len(self._held) - self._window
        if spare > (_MOST - 1) * self._window:
            del self._held[:spare]
            self._start += spare

    def finish(self) -> Structure:
        """Conclude; what was asked for and never came is answered as at the end of a file."""
        self._serve(whole=True)
        if self._structure is None:
            raise AssertionError("whatever is asked for at the end is answered")
        return self._structure

    def _serve(self, *, whole: bool) -> None:
        while self._structure is None:
            try:
                answer = self._answer(self._request)
                if answer is None:
                    if not whole:
                        return
                    answer = b""
                self._request = self._reader.send(answer)
            except StopIteration as done:
                self._structure = done.value
            except BudgetExceededError as error:
                self._refuse(error)

    def _refuse(self, error: BudgetExceededError) -> None:
        """Tell the reader that it asked too much; most of them conclude then."""
        try:
            self._request = self._reader.throw(error)
        except StopIteration as done:
            self._structure = done.value
        except BudgetExceededError as last:
            self._structure = Structure(
                format="unknown", status="incomplete", reason=str(last), size=self._size
            )

    def _answer(self, request: Request) -> bytes | None:
        """Answer a request; None if its bytes have not come.

        Raises:
            BudgetExceededError: They are gone, or too many.
        """
        if isinstance(request, Need):
            if request.length > self._window:
                raise BudgetExceededError(f"{request.length} bytes at once are over {self._window}")
            return self._range(request.offset, request.length, part=False)
        if not isinstance(request, Stream):
            return b""
        if request is not self._stream:
            self._stream, self._streamed = request, request.offset
        left = request.offset + request.length - self._streamed
        piece = self._range(self._streamed, min(left, self._window), part=True)
        self._streamed += len(piece or b"")
        return piece

    def _range(self, offset: int, length: int, *, part: bool) -> bytes | None:
        end = min(offset + length, self._size)
        if offset >= end:
            return b""
        if offset < self._start:
            raise BudgetExceededError("its reader goes back to bytes that have passed")
        at = offset - self._start
        if len(self._held) < (at + 1 if part else end - self._start):
            return None
        return bytes(self._held[at : end - self._start])
