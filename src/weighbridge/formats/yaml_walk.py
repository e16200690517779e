"""YAML documents walked over by their events: no value is built, no alias followed, no tag obeyed.

A text that is no YAML, or no mapping, says nothing. Tags that make a loader import or call what
they name are noted in any document of a text; `!!python/tuple` and its like only make data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import mended
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value, Visitor

_DEEPEST: Final = 200
_SHOWN: Final = 500
_BEGINS: Final = re.compile(
    r"\ufeff?(?:[ \t]*(?:#[^\n]*)?\n)*"
    r"(?:%(?:YAML|TAG)\s|---|\? |- |\{|\[|[ \t]*!|[\"'\w][^\n]{0,200}?:(?:\s|\Z))"
)
_TAG: Final = "!!python"
_PYTHON: Final = "tag:yaml.org,2002:python/"
_CALLING: Final = ("apply:", "include:", "module:", "name:", "new:")
_DATA_WORDS: Final = "bool bytes complex dict float int list long none str tuple unicode"
_DATA: Final = frozenset(_DATA_WORDS.split())
_TRUE: Final = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})


class YamlError(Exception):
    """The text is no YAML; `over` says whether it only was over a limit."""

    def __init__(self, message: str, *, over: bool = False) -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.over = over


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence that is open.

    Attributes:
        kind: Which of them.
        key: The key whose value comes next; None where a key comes.
        count: Values seen so far.
    """

    kind: Kind
    key: str | None = None
    count: int = 0


def may_be_yaml(text: str) -> bool:
    """Whether a text begins like a YAML document that is no single word or sentence."""
    return _BEGINS.match(text) is not None


class YamlWalk:
    """One text.

    Attributes:
        mapping: Whether its only document is a mapping.
    """

    def __init__(self, visitor: Visitor, record: Record) -> None:
        """Begin before the first event."""
        self.mapping = False
        self._visitor = visitor
        self._record = record
        self._frames: list[_Frame] = []
        self._path: list[str | int] = []
        self._documents = 0

    def run(self, text: str) -> None:
        """Walk over all documents.

        Raises:
            YamlError: It is no YAML.
        """
        import yaml  # noqa: PLC0415 - for texts that begin like YAML alone

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        handlers = {
            yaml.DocumentStartEvent: self._document,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
        }
        try:
            for event in yaml.parse(text, Loader=loader):
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except (yaml.YAMLError, ValueError) as error:
            raise YamlError(type(error).__name__) from None

    def _document(self, event: object) -> None:
        del event
        self._documents += 1
        self.mapping = False

    def _open(self, event: object) -> None:
        if len(self._frames) >= _DEEPEST:
            raise YamlError(f"it nests more than {_DEEPEST} deep", over=True)
        self._tagged(event, "")
        kind: Kind = "object" if type(event).__name__ == "MappingStartEvent" else "array"
        if not self._frames:
            self.mapping = kind == "object" and self._documents == 1
        else:
            self._path.append(self._step())
        self._visitor.enter(self._path, kind)
        self._frames.append(_Frame(kind))

    def _close(self, event: object) -> None:
        del event
        frame = self._frames.pop()
        self._visitor.leave(self._path, frame.kind, frame.count)
        if self._frames:
            self._path.pop()
            self._passed(self._frames[-1])

    def _scalar(self, event: object) -> None:
        text = mended(getattr(event, "value", ""))
        self._tagged(event, text)
        plain = getattr(event, "implicit", (False,))[0]
        value: Value = True if plain and text in _TRUE else text
        self._told(value, text)

    def _alias(self, event: object) -> None:
        del event
        self._told(None, "")

    def _told(self, value: Value, text: str) -> None:
        if not self._frames:
            return
        frame = self._frames[-1]
        if frame.kind == "array":
            self._visitor.items(self._path, [value])
        elif frame.key is None:
            frame.key = text
            return
        else:
            self._visitor.pairs(self._path, [(frame.key, value)])
        self._passed(frame)

    def _step(self) -> str | int:
        """Name the place of the value that begins; a mapping that is a key stands under no name."""
        frame = self._frames[-1]
        return frame.count if frame.kind == "array" else frame.key or ""

    @staticmethod
    def _passed(frame: _Frame) -> None:
        """Note that a value ended; one that was a key has its value still to come."""
        if frame.kind == "object" and frame.key is None:
            frame.key = ""
            return
        frame.key = None
        frame.count += 1

    def _tagged(self, event: object, text: str) -> None:
        tag = getattr(event, "tag", None) or ""
        for name, how in _code(tag, text):
            detail = mended(how)[:_SHOWN]
            use = CodeUse(kind="python-reference", name=mended(name)[:_SHOWN], detail=detail)
            self._record.uses(use)


def _code(tag: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield what a tag makes a loader import, and the tag without it."""
    if tag.startswith(_PYTHON):
        how, _, name = tag.removeprefix(_PYTHON).partition(":")
        if how not in _DATA:
            yield name or text, f"{_TAG}/{how}"
    elif tag.startswith("!") and tag[1:].startswith(_CALLING):
        # HyperPyYAML, which SpeechBrain reads its models' parameters with.
        how, _, name = tag[1:].partition(":")
        yield name or text, f"!{how}"
