"""OpenVINO's intermediate representation: a graph in XML, its weights in a `.bin` beside it.

https://docs.openvino.ai, "OpenVINO IR format". The XML is parsed as a stream of elements; a
document type is refused unread, so that no entity is ever unfolded. The weights' file has no form
of its own and its name is not in the XML: it is the XML's with another suffix, and `*` stands for
it in the reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.openvino_net import Net, NetError
from weighbridge.formats.record import ATTACK, Record
from weighbridge.formats.xml_events import PIECE, XmlError, XmlEvents

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_BEGINS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!DOCTYPE.{0,2000}?>\s*)?"
    rb"(?:<!--.{0,2000}?-->\s*)?<net\s[^<>]{0,2000}>\s*<layers\b",
    re.DOTALL,
)
_DOCTYPE: Final = b"<!DOCTYPE"


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a root element `net` that begins with `layers`."""
    return "openvino" if _BEGINS.match(head) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Parse the graph and weigh its constants against their shapes and the file of weights."""
    record = Record(format="openvino", size=size)
    net = Net(record, limits)
    try:
        yield from _Parsing(record, net, limits).run()
    except NetError as error:
        record.corrupt(str(error), record.coverage)
    except XmlError as error:
        record.corrupt(f"the XML is not well-formed: {error}", error.offset)
    except BudgetExceededError as error:
        record.unread(str(error))
    net.conclude()
    return record.structure()


class _Parsing:
    """The parsing of one document."""

    def __init__(self, record: Record, net: Net, limits: Limits) -> None:
        self._record = record
        self._net = net
        # Loaders take the bytes for UTF-8, whatever the declaration says.
        self._events = XmlEvents(record, net, limits, encoding="UTF-8")
        self._events.parser.XmlDeclHandler = self._declaration

    def run(self) -> Generator[Request, bytes, None]:
        """Feed the document a piece at a time."""
        cursor = Cursor(0, self._record.size)
        before = b""
        while piece := (yield from cursor.take(PIECE)):
            if not self._net.begun and _DOCTYPE in before + piece:
                self._refuse()
                return
            before = piece[-len(_DOCTYPE) :]
            self._events.feed(piece, cursor.position)
        self._events.feed(b"", cursor.position)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        if encoding is not None and encoding.lower() not in {"utf-8", "us-ascii"}:
            raise NetError("the XML is declared to be in another encoding than UTF-8")

    def _refuse(self) -> None:
        text = "the XML has a document type, which can name files and unfold without end"
        self._record.problem(ATTACK, text, 0, "no `<!DOCTYPE`")
        self._record.unread(text)
