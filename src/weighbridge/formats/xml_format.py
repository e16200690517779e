"""XML documents, PMML among them (https://dmg.org/pmml/): what they read from elsewhere.

Entities of the document type, inclusions and style sheets are noted, and what an extension of
PMML says. What is XML only at its beginning is text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats import plain_text
from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE, Record
from weighbridge.formats.text import mended, shown
from weighbridge.formats.told_texts import ToldTexts
from weighbridge.formats.xml_events import PIECE, XmlError, XmlEvents
from weighbridge.formats.xml_types import DocumentType, RefusedError
from weighbridge.model.structure import FileReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_BEGINS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\s|<PMML[\s>]|<!DOCTYPE\s+\w[^<>\[]{0,500}\[)"
)
_WIDE: Final = ("<?xml".encode("utf-16-le"), "<?xml".encode("utf-16-be"))
_MARKS: Final = b"\xff\xfe\xfe\xff"
_PMML: Final = "PMML"
_EXTENSION: Final = "Extension"
_INCLUSION: Final = "http://www.w3.org/2001/XInclude"
_STYLE: Final = "xml-stylesheet"
_HREF: Final = re.compile(r"\bhref\s*=\s*[\"']([^\"']*)[\"']")
_LONGEST: Final = 64 << 10


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a declaration, a document type with declarations of its own, or PMML's root."""
    wide = head.lstrip(_MARKS).startswith(_WIDE)
    return "xml" if wide or _BEGINS.match(head) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Parse the document; one that is not well-formed is text, unless it is PMML."""
    record = Record(format="xml", size=size)
    document = _Document(record)
    try:
        yield from _parse(record, document, limits)
    except RefusedError:
        pass
    except BudgetExceededError as error:
        record.unread(str(error))
    except XmlError as error:
        if record.format == "xml" and not record.problems:
            return (yield from plain_text.read(size, limits=limits))
        record.corrupt(f"the XML is not well-formed: {error}", error.offset)
    return record.structure()


def _parse(record: Record, document: _Document, limits: Limits) -> Generator[Request, bytes, None]:
    events = XmlEvents(record, document, limits, encoding=None)
    kind = DocumentType(record)
    events.parser.StartDoctypeDeclHandler = kind.begin
    events.parser.EntityDeclHandler = kind.entity
    events.parser.EndDoctypeDeclHandler = kind.end
    events.parser.ProcessingInstructionHandler = document.instruction
    cursor = Cursor(0, record.size)
    while piece := (yield from cursor.take(PIECE)):
        events.feed(piece, cursor.position)
    events.feed(b"", cursor.position)


class _Document:
    """A document while its elements go by."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._told = ToldTexts(record)
        self._depth = 0
        self._extension = 0
        self._texts: list[str] = []
        self._length = 0
        self._includes = False

    def start(self, name: str, values: dict[str, str]) -> None:
        """Read an element's beginning."""
        local = name.rpartition(":")[2]
        if not self._depth and local == _PMML:
            self._record.format = "pmml"
            self._record.version = mended(values.get("version", ""))[:_LONGEST]
        self._depth += 1
        self._includes = self._includes or _INCLUSION in values.values()
        if local == "include" and self._includes and "href" in values:
            self._refer("an inclusion", values["href"])
        if self._record.format == "pmml" and (self._extension or local == _EXTENSION):
            self._extension = self._extension or self._depth
            for value in (f"<{name}>", *values.values()):
                self._hear(value)

    def end(self, name: str) -> None:
        """Read an element's end."""
        del name
        if self._extension == self._depth:
            self._told.note_clues(_EXTENSION, "\n".join(self._texts))
            self._texts.clear()
            self._extension = self._length = 0
        self._depth -= 1

    def text(self, text: str) -> None:
        """Read text between elements."""
        if self._extension:
            self._hear(text)

    def instruction(self, target: str, data: str) -> None:
        """Read an instruction to programs."""
        found = _HREF.search(data) if target == _STYLE else None
        if found and ":" in found[1]:
            self._refer("a style sheet", found[1])

    def _hear(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _LONGEST:
            self._texts.append(text)
        else:
            self._record.unread(f"an extension has more than {_LONGEST} characters")

    def _refer(self, what: str, place: str) -> None:
        if escapes(place):
            text = f"{what} is read from {shown(mended(place))}"
            self._record.problem(OUTSIDE, text, 0, "a document that is whole by itself")
        elif place:
            reference = FileReference(path=mended(place))
            if reference not in self._record.references:
                self._record.references.append(reference)
