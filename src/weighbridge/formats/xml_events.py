"""XML parsed as a stream of elements; nothing outside the document is ever opened.

What a document type may do is left to who listens: refuse it unread, or hear what it declares.
The same pieces are fed whatever the chunks of the pass, so that faults stand where they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from xml.parsers import expat

from weighbridge.formats.interface import BudgetExceededError

if TYPE_CHECKING:
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

PIECE: Final = 1 << 16


class XmlError(Exception):
    """The bytes are no well-formed XML; `offset` says where."""

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


class Listener(Protocol):
    """Hears the elements of one document."""

    def start(self, name: str, values: dict[str, str]) -> None:
        """Hear that an element begins."""

    def end(self, name: str) -> None:
        """Hear that it ends."""

    def text(self, text: str) -> None:
        """Hear text between elements."""


class XmlEvents:
    """The parsing of one document.

    Attributes:
        parser: Expat's parser, for handlers beyond elements and text.
    """

    def __init__(
        self, record: Record, listener: Listener, limits: Limits, *, encoding: str | None
    ) -> None:
        """Begin before the first byte.

        Args:
            record: Whose coverage follows the parsing.
            listener: Who hears the elements.
            limits: How long a tag may be.
            encoding: The encoding loaders take the bytes for; None is what the document says.
        """
        self._record = record
        self._limits = limits
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = listener.start
        self.parser.EndElementHandler = listener.end
        self.parser.CharacterDataHandler = listener.text

    def feed(self, piece: bytes, position: int) -> None:
        """Parse a piece; the empty one ends the document.

        Args:
            piece: The bytes.
            position: Offset behind them.

        Raises:
            XmlError: They are not well-formed.
            BudgetExceededError: A tag is longer than a window.
        """
        try:
            self.parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            offset = max(0, self.parser.ErrorByteIndex)
            self._record.coverage = min(offset, self._record.size)
            raise XmlError(expat.ErrorString(error.code), offset) from None
        self._record.coverage = min(position, self._record.size)
        waiting = position - max(0, self.parser.CurrentByteIndex)
        if piece and waiting > self._limits.window + PIECE:
            raise BudgetExceededError(f"one tag is longer than {self._limits.window} bytes")
