"""Look for credentials in a text while its reader reads it: the same bytes, once.

A reader is wrapped; what it is answered is looked through as it comes, in windows that overlap, so
that memory is bounded whatever a line's length. What its reader leaves unread is read here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import stringzilla

from weighbridge.formats.credential_search import AHEAD, BEHIND, candidates
from weighbridge.formats.interface import Ask, BudgetExceededError, Need, Stream
from weighbridge.model.structure import SecretUse

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.structure import Structure

_MOST: Final = 100
_MOST_ASKED: Final = 10_000
_TOO_MANY: Final = "more places look like credentials than are looked into"


class Ears:
    """What was heard of one text so far.

    Attributes:
        position: How many bytes were heard.
        deaf: Whether more may be in it than was asked about.
    """

    def __init__(self, *, place: str = "") -> None:
        """Begin before the first byte.

        Args:
            place: Where the text stands in its file's own terms; empty for a file that is one.
        """
        self._place = place
        self.position = 0
        self.deaf = False
        self._kept = b""
        self._done = 0
        self._line = 1
        self._asked: dict[tuple[str, str], str] = {}
        self._found: dict[SecretUse, None] = {}
        self._lines: set[int] = set()

    def hear(self, offset: int, piece: bytes) -> Generator[Request, bytes, None]:
        """Listen to bytes; those that were heard before, or leave a gap, are passed over."""
        if not offset <= self.position < offset + len(piece):
            return
        new = piece[self.position - offset :]
        self.position += len(new)
        self._kept += new
        if len(self._kept) > BEHIND + 2 * AHEAD:
            yield from self._look(len(self._kept) - AHEAD)

    def conclude(self, structure: Structure) -> Generator[Request, bytes, Structure]:
        """Listen to the last bytes, and note in the structure what was found."""
        found = (*structure.secrets, *(yield from self.secrets()))
        if not found and not self.deaf:
            return structure
        if self.deaf and structure.status == "complete":
            structure = replace(structure, status="incomplete", reason=_TOO_MANY)
        return replace(structure, secrets=found)

    def secrets(self) -> Generator[Request, bytes, tuple[SecretUse, ...]]:
        """Listen to the last bytes, and list what was found."""
        yield from self._look(len(self._kept))
        return tuple(self._found)

    def _look(self, end: int) -> Generator[Request, bytes, None]:
        """Look into what is kept, up to a place; the end of it is kept for the next look."""
        data, start = self._kept, self._done
        base = self.position - len(data)
        for one in candidates(data, start, end):
            first = data.rfind(b"\n", 0, one.at) + 1
            if one.name and base + first in self._lines:
                continue  # its form said more than its name would
            detector = yield from self._ask(one.text, one.name)
            if detector and len(self._found) < _MOST:
                self._lines.add(base + first)
                line = self._line + stringzilla.count(data[:first], b"\n")
                use = SecretUse(
                    detector=detector, offset=base + first, line=line, place=self._place
                )
                self._found[use] = None
        kept = max(0, end - BEHIND)
        self._line += stringzilla.count(data[:kept], b"\n")
        self._kept = data[kept:]
        self._done = end - kept

    def _ask(self, text: str, name: str) -> Generator[Request, bytes, str]:
        if (text, name) not in self._asked:
            if len(self._asked) >= _MOST_ASKED:
                self.deaf = True
                return ""
            self._asked[text, name] = (yield Ask(text, name)).decode()
        return self._asked[text, name]


def listening(reader: Reader, size: int) -> Reader:
    """Wrap the reader of a text, so that it tells of credentials in it as well.

    Args:
        reader: The reader.
        size: Bytes of the text.
    """
    ears = Ears()
    stream: Stream | None = None
    streamed = 0
    try:
        request = next(reader)
        while True:
            try:
                answer = yield request
            except BudgetExceededError as error:
                request = reader.throw(error)
                continue
            if isinstance(request, Need):
                yield from ears.hear(request.offset, answer)
            elif isinstance(request, Stream):
                if request is not stream:
                    stream, streamed = request, request.offset
                yield from ears.hear(streamed, answer)
                streamed += len(answer)
            request = reader.send(answer)
    except StopIteration as done:
        structure: Structure = done.value
        try:
            yield from _rest(ears, size)
        except BudgetExceededError as error:
            if structure.status == "complete":
                structure = replace(structure, status="incomplete", reason=str(error))
        return (yield from ears.conclude(structure))


def _rest(ears: Ears, size: int) -> Generator[Request, bytes, None]:
    """Read on where the reader left off."""
    left = Stream(ears.position, size - ears.position)
    while ears.position < size and (piece := (yield left)):
        yield from ears.hear(ears.position, piece)


def listening_to_metadata(reader: Reader) -> Reader:
    """Wrap the reader of a file that is no text: what it notes as metadata is looked through."""
    structure = yield from reader
    found: list[SecretUse] = []
    for key, value in structure.metadata:
        ears = Ears(place=key)
        text = f'"{key}": "{value}"'.encode()
        yield from ears.hear(0, text)
        found.extend((yield from ears.secrets()))
    if not found:
        return structure
    return replace(structure, secrets=(*structure.secrets, *dict.fromkeys(found[:_MOST])))
