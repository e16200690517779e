"""Turn a YAML parser's events into values and places, counting what they cost.

Knows nothing of files or manifests. Refuses what makes one text mean two things, and goes on
behind it where it can, so that all faults of a text are told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from weighbridge.codec import faults
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.codec.surrogates import is_hidden, show_pairs
from weighbridge.codec.text import BYTE_ORDER_MARK, position, refused_character
from weighbridge.model.authoring.base import TODO
from weighbridge.model.document import Place, Plain, Span, Style
from weighbridge.model.errors import Fault
from weighbridge.model.location import Location, pointer, pointer_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.limits import DocumentLimits

_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")
_VERSION = (1, 2)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|$)(?:#[^\r\n]*\s*)*)+")
_ADVICE = {
    "found character that cannot start any token": "text that starts with @, ` or % needs quotes, "
    "and a line starts with blanks, not with a tab",
    "found a tab character that violates indentation": "indent with blanks, not with tabs",
    "found invalid Unicode character escape code": "half of a surrogate pair is no character; "
    "write the character itself",
}
_GENERAL_ADVICE = "check indentation, colons, quotes and brackets just before this place"


class StopReading(Exception):  # noqa: N818 - a signal, not an error
    """A budget is used up: what was read so far is reported, the rest is not read."""


@dataclass(slots=True)
class _Frame:
    """A collection that is being filled.

    Attributes:
        value: The list or mapping.
        path: Its JSON pointer.
        start: Its opening event's mark.
        style: How it is written.
        key_span: Where its own key stands.
        anchor: Its anchor, if it has one.
        shadow: Whether it stands under a key that stood before: its places are nobody's.
        key: The key that waits for its value, and that key's span.
        nodes: Nodes below it so far.
        duplicate: Whether the waiting key stood before.
    """

    value: list[Any] | dict[str, Any]
    path: str
    start: Any
    style: Style
    key_span: Span | None
    anchor: str | None
    shadow: bool
    key: tuple[str, Span] | None = None
    nodes: int = 1
    duplicate: bool = False


@dataclass(slots=True)
class Assembler:
    """Turns events into values and places."""

    file: str
    text: str
    limits: DocumentLimits
    has_pairs: bool
    plain: Callable[[str], Plain] = read_plain
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
            self._start(event)

    def _start(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "one file holds one document: remove what follows `---`"
            self._stop(faults.SYNTAX, "the file holds a second document", event, hint=hint)
        version = getattr(event, "version", None) or _VERSION
        if version != _VERSION:
            message = "asks to be read as YAML 1.1, in which other words are numbers and booleans"
            self._refuse(faults.SYNTAX, message, event, hint="remove the line `%YAML 1.1`")

    def refuse_syntax(self, error: yaml.YAMLError) -> None:
        """Report what the parser could not read, where it is."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(getattr(error, "problem", None) or error)
        message = " ".join(f"{problem} {getattr(error, 'context', None) or ''}".split())
        where = Location(self.file, line, column)
        advice = _ADVICE.get(problem, _GENERAL_ADVICE)
        self.faults.append(Fault(faults.SYNTAX, message, where, help=(advice,)))

    def _refuse(self, code: str, message: str, event: Any, at: str = "", hint: str = "") -> None:
        mark = event.start_mark
        where = Location(self.file, mark.line + 1, mark.column + 1, at)
        self.faults.append(Fault(code, message, where, help=(hint,) if hint else ()))

    def _stop(self, code: str, message: str, event: Any, at: str = "", hint: str = "") -> NoReturn:
        self._refuse(code, message, event, at, hint)
        raise StopReading

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            hint = "list a folder of many files as one artifact"
            message = f"more than {self.limits.nodes} values"
            self._stop(faults.BUDGET, message, event, hint=hint)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event)
        if self._waits_for_key():
            self._key(self.frames[-1], event)
            return
        at = self._next_path()
        style: Style = "quoted" if event.style else "plain"
        if event.style in ("|", ">"):
            style = "block-scalar"
        value = self._value(event, at)
        if value == TODO and isinstance(value, str):
            self.todos.append(at)
        self._place(at, self._scalar_span(event), style)
        self._add(value, 1, event.anchor)

    def _waits_for_key(self) -> bool:
        frame = self.frames[-1] if self.frames else None
        return frame is not None and isinstance(frame.value, dict) and frame.key is None

    def _value(self, event: yaml.ScalarEvent, at: str) -> Plain:
        text = self._read_text(event, at)
        if text is None or event.style or event.tag is not None:
            return text
        try:
            return self.plain(text)
        except AmbiguousScalarError as error:
            name = ".".join(pointer_parts(at))
            self._refuse(faults.AMBIGUOUS, f"{name} {error}", event, at, error.hint)
            return None

    def _read_text(self, event: yaml.ScalarEvent, at: str) -> str | None:
        if event.tag not in _STRING_TAGS:
            self._refuse(faults.SYNTAX, f"has the tag {event.tag!r}", event, at, "remove the tag")
            return None
        text = str(event.value)
        if event.style == '"':
            # Canonical JSON writes them without an escape: a sealed manifest could not be read.
            character = refused_character(text)
            if character:
                message = f"holds U+{ord(character):04X}, which text must not hold"
                self._refuse(faults.ENCODING, message, event, at, "remove it")
                return None
            return show_pairs(text) if self.has_pairs else text
        if self.has_pairs and is_hidden(text):
            message = "holds an escape of JSON outside of double quotes"
            self._refuse(faults.AMBIGUOUS, message, event, at, "write it in double quotes")
            return None
        return text

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        text = self._read_text(event, frame.path + pointer(event.value))
        key = str(event.value) if text is None else text
        at = frame.path + pointer(key)
        if not event.style and key == "<<":
            hint = "write the keys out"
            self._refuse(faults.SYNTAX, "merge keys are not part of YAML 1.2", event, at, hint)
        if key in frame.value:
            first = self.places.get(at)
            line = first.key.line if first is not None and first.key is not None else 0
            hint = f"it stands first in line {line}" if line else "it stands before"
            self._refuse(faults.DUPLICATE_KEY, f"the key {key!r} stands twice", event, at, hint)
            frame.duplicate = True
        frame.key = (key, self._scalar_span(event))

    def _open(self, event: Any) -> None:
        self._count(event)
        at = self._next_path()
        if len(self.frames) >= self.limits.depth:
            message = f"deeper than {self.limits.depth} levels"
            self._stop(faults.BUDGET, message, event, at, "no manifest needs that many")
        if event.tag is not None and event.tag != "!":
            self._refuse(faults.SYNTAX, f"has the tag {event.tag!r}", event, at, "remove the tag")
        if self._waits_for_key():
            self._stop(faults.SYNTAX, "a key must be text", event, at, _GENERAL_ADVICE)
        if event.anchor is not None:
            # Inside of it, its name refers to itself and no longer to an older node.
            self.anchors.pop(event.anchor, None)
        parent = self.frames[-1] if self.frames else None
        value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        key_span = parent.key[1] if parent is not None and parent.key is not None else None
        style: Style = "flow" if event.flow_style else "block"
        shadow = parent is not None and (parent.shadow or parent.duplicate)
        frame = _Frame(value, at, event.start_mark, style, key_span, event.anchor, shadow)
        self.frames.append(frame)

    def _close(self, event: Any) -> None:
        frame = self.frames.pop()
        end = event.end_mark if frame.style == "flow" else event.start_mark
        self._place(frame.path, self._span(frame.start, end), frame.style)
        self._add(frame.value, frame.nodes, frame.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        at = self._next_path()
        if self._waits_for_key():
            message = f"*{event.anchor} stands where a key must be"
            self._stop(faults.SYNTAX, message, event, at, "write the key out")
        if event.anchor not in self.anchors:
            message = f"*{event.anchor} refers to nothing before it, or to what it stands in"
            self._stop(faults.SYNTAX, message, event, at, "write the value out")
        value, nodes = self.anchors[event.anchor]
        self.alias_nodes += nodes
        if self.alias_nodes > self.limits.alias_nodes:
            message = f"aliases unfold to more than {self.limits.alias_nodes} values"
            self._stop(faults.BUDGET, message, event, at, "write the values out")
        self.todos.extend(todos(value, at))
        self._place(at, self._span(event.start_mark, event.end_mark), "alias")
        self._add(value, nodes, None)

    def _next_path(self) -> str:
        if not self.frames:
            return ""
        frame = self.frames[-1]
        if isinstance(frame.value, list):
            return frame.path + pointer(len(frame.value))
        return frame.path + pointer(frame.key[0]) if frame.key is not None else frame.path

    def _place(self, at: str, span: Span, style: Style) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is None:
            self.places[at] = Place(span, None, style)
        elif not (frame.duplicate or frame.shadow):
            self.places[at] = Place(span, frame.key[1] if frame.key else None, style)

    def _span(self, start: Any, end: Any) -> Span:
        shift = self.text.startswith(BYTE_ORDER_MARK)
        return Span(start.line + 1, start.column + 1, start.index + shift, end.index + shift)

    def _scalar_span(self, event: yaml.ScalarEvent) -> Span:
        """Leave out the anchor and the tag, which the parser counts in."""
        span = self._span(event.start_mark, event.end_mark)
        if event.anchor is None and event.tag is None:
            return span
        source = self.text[span.start : span.end]
        match = _PROPERTIES.match(source)
        properties = match.group() if match is not None else ""
        line, column = position(properties)
        column += span.column - 1 if line == 1 else 0
        return Span(span.line + line - 1, column, span.start + len(properties), span.end)

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


def todos(value: Plain, at: str) -> Iterator[str]:
    """List the pointers of every `TODO` in a value; whoever calls has bounded its size."""
    if value == TODO and isinstance(value, str):
        yield at
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from todos(member, at + pointer(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from todos(member, at + pointer(index))
