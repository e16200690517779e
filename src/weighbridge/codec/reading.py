"""Read a YAML 1.2 (or JSON) document into values and places, within budgets.

Works on the parser's events, not its nodes, so that neither depth nor aliases are followed
before they are counted. Refuses what makes one text mean two things: duplicate keys, tags,
merge keys, anchors that contain themselves, second documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from weighbridge.codec import faults
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.model.document import Document, Place, Plain, Span, Style
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS, DocumentLimits
from weighbridge.model.location import Location, pointer
from weighbridge.model.release.base import TODO


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")


def read_document(
    data: bytes, file: str, *, limits: DocumentLimits = DEFAULT_DOCUMENT_LIMITS
) -> Document:
    """Read a document that is whole and unambiguous.

    Args:
        data: Its bytes, UTF-8.
        file: Its name for messages.
        limits: Budgets.

    Raises:
        DocumentError: With every fault of the text that can be told at once.
    """
    document, found = scan_document(data, file, limits=limits)
    if found:
        raise DocumentError.from_faults(found)
    return document


def scan_document(
    data: bytes, file: str, *, limits: DocumentLimits = DEFAULT_DOCUMENT_LIMITS
) -> tuple[Document, list[Fault]]:
    """Read a document as far as it can be read, with its faults in order.

    A value that has a fault is null in the document, so that the rest of it can be judged.

    Raises:
        DocumentError: Nothing of it can be used: not UTF-8, not YAML, over a budget.
    """
    builder = _Builder(file, limits)
    text = _decode(data, file, limits)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        builder.refuse_syntax(error)
    except yaml.YAMLError as error:
        builder.faults.append(Fault(faults.SYNTAX, _one_line(str(error)), Location(file)))
    except _StopReading:
        pass
    found = sorted(builder.faults, key=_by_place)
    if not isinstance(builder.root, dict):
        wanted = "a mapping with apiVersion, kind, metadata and spec"
        fault = Fault(faults.WRONG_KIND, "the document is not a mapping", Location(file), "", wanted)
        raise DocumentError.from_faults(found or [fault])
    return Document(
        file=file,
        text=text,
        data=builder.root,
        places=builder.places,
        todos=tuple(builder.todos),
    ), found


def _by_place(fault: Fault) -> Location:
    return fault.location or Location("")


def _decode(data: bytes, file: str, limits: DocumentLimits) -> str:
    if len(data) > limits.size:
        fault = Fault(
            faults.BUDGET,
            "the document is too large",
            Location(file),
            seen=f"{len(data)} bytes",
            wanted=f"at most {limits.size} bytes",
        )
        raise DocumentError.from_faults([fault])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Location(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        fault = Fault(
            faults.ENCODING,
            "the document is not UTF-8",
            place,
            seen=f"byte 0x{data[error.start]:02x}",
            help=("save the file as UTF-8",),
        )
        raise DocumentError.from_faults([fault]) from None


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _StopReading(Exception):  # noqa: N818 - a signal, not an error
    """A budget is used up: what was read so far is reported, the rest is not read."""


@dataclass(slots=True)
class _Frame:
    """A collection that is being filled.

    Attributes:
        value: The list or mapping.
        path: Its JSON pointer.
        start: Its opening event's mark.
        place: How it is written and where its key stands.
        key: The key that waits for its value, and that key's span.
        anchor: Its anchor, if it has one.
        nodes: Nodes below it so far.
    """

    value: list[Any] | dict[str, Any]
    path: str
    start: Any
    style: Style
    key_span: Span | None
    anchor: str | None
    key: tuple[str, Span] | None = None
    nodes: int = 1
    duplicate: bool = False


@dataclass(slots=True)
class _Builder:
    """Turns events into values and places."""

    file: str
    limits: DocumentLimits
    root: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    todos: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    documents: int = 0
    nodes: int = 0
    alias_nodes: int = 0

    def take(self, event: Any) -> None:
        """Take the parser's next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(faults.SYNTAX, "the file holds a second document", event)
                raise _StopReading

    def refuse_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """Report what the parser could not read, where it is."""
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = _one_line(f"{error.problem or 'this is not YAML'} {error.context or ''}")
        where = Location(self.file, line, column)
        help_ = ("check indentation, colons, quotes and brackets just before this place",)
        self.faults.append(Fault(faults.SYNTAX, message, where, help=help_))

    def _refuse(self, code: str, message: str, event: Any, at: str = "", hint: str = "") -> None:
        mark = event.start_mark
        where = Location(self.file, mark.line + 1, mark.column + 1, at)
        self.faults.append(Fault(code, message, where, help=(hint,) if hint else ()))

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self._refuse(faults.BUDGET, f"more than {self.limits.nodes} values", event)
            raise _StopReading

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event)
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self._key(frame, event)
            return
        at = self._next_path()
        style: Style = "quoted" if event.style else "plain"
        if event.style in ("|", ">"):
            style = "block-scalar"
        value = self._value(event, at)
        if value == TODO and isinstance(value, str):
            self.todos.append(at)
        self._place(at, event.start_mark, event.end_mark, style)
        self._add(value, 1, event.anchor)

    def _value(self, event: yaml.ScalarEvent, at: str) -> Plain:
        if event.tag not in _STRING_TAGS:
            self._refuse(faults.SYNTAX, f"has the tag {event.tag!r}", event, at, "remove the tag")
            return None
        if event.style or event.tag is not None:
            return str(event.value)
        try:
            return read_plain(event.value)
        except AmbiguousScalarError as error:
            self._refuse(faults.AMBIGUOUS, f"{at} {error}", event, at, error.hint)
            return None

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        key = str(event.value)
        at = frame.path + pointer(key)
        if not event.style and key == "<<":
            self._refuse(faults.SYNTAX, "merge keys are not part of YAML 1.2", event, at)
        if key in frame.value:
            first = self.places[at].key
            hint = f"it stands first in line {first.line}" if first else ""
            self._refuse(faults.DUPLICATE_KEY, f"the key {key!r} stands twice", event, at, hint)
            frame.duplicate = True
        frame.key = (key, _span(event.start_mark, event.end_mark))

    def _open(self, event: Any) -> None:
        self._count(event)
        if len(self.frames) >= self.limits.depth:
            message = f"deeper than {self.limits.depth} levels"
            self._refuse(faults.BUDGET, message, event)
            raise _StopReading
        at = self._next_path()
        if event.tag is not None and event.tag != "!":
            self._refuse(faults.SYNTAX, f"has the tag {event.tag!r}", event, at, "remove the tag")
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self._refuse(faults.SYNTAX, "a key must be text", event, at)
            raise _StopReading
        value: list[Any] | dict[str, Any] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        key_span = frame.key[1] if frame is not None and frame.key is not None else None
        style: Style = "flow" if event.flow_style else "block"
        self.frames.append(_Frame(value, at, event.start_mark, style, key_span, event.anchor))

    def _close(self, event: Any) -> None:
        frame = self.frames.pop()
        end = event.end_mark if frame.style == "flow" else event.start_mark
        self.places[frame.path] = Place(_span(frame.start, end), frame.key_span, frame.style)
        self._add(frame.value, frame.nodes, frame.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        at = self._next_path()
        if event.anchor not in self.anchors:
            message = f"*{event.anchor} refers to nothing before it, or to what it stands in"
            self._refuse(faults.SYNTAX, message, event, at)
            raise _StopReading
        value, nodes = self.anchors[event.anchor]
        self.alias_nodes += nodes
        if self.alias_nodes > self.limits.alias_nodes:
            message = f"aliases unfold to more than {self.limits.alias_nodes} values"
            self._refuse(faults.BUDGET, message, event, at)
            raise _StopReading
        self._place(at, event.start_mark, event.end_mark, "alias")
        self._add(value, nodes, None)

    def _next_path(self) -> str:
        if not self.frames:
            return ""
        frame = self.frames[-1]
        if isinstance(frame.value, list):
            return frame.path + pointer(len(frame.value))
        return frame.path + pointer(frame.key[0]) if frame.key is not None else frame.path

    def _place(self, at: str, start: Any, end: Any, style: Style) -> None:
        frame = self.frames[-1] if self.frames else None
        key_span = frame.key[1] if frame is not None and frame.key is not None else None
        if frame is None or not frame.duplicate:
            self.places[at] = Place(_span(start, end), key_span, style)

    def _add(self, value: Plain, nodes: int, anchor: str | None) -> None:
        """Put a finished value where it belongs."""
        if anchor is not None:
            self.anchors[anchor] = (value, nodes)
        if not self.frames:
            self.root = value
            return
        frame = self.frames[-1]
        frame.nodes += nodes
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is not None:
            frame.value.setdefault(frame.key[0], value)
            frame.key = None
            frame.duplicate = False


def _span(start: Any, end: Any) -> Span:
    return Span(start.line + 1, start.column + 1, start.index, end.index)


