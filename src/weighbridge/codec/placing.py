"""Places inside a text that stands in a document: where in the file a column of it is.

An expression is a YAML scalar, and what reads it counts lines and columns from the scalar's first
character. Quotes, escapes, indentation and folding lie between that and the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.text import position
from weighbridge.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.document import Document

# An escape of YAML's double quotes, a surrogate pair of JSON first, or a character.
_DOUBLE_QUOTED = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|.",
    re.DOTALL,
)
_SINGLE_QUOTED = re.compile(r"''|.", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


@dataclass(frozen=True, slots=True)
class _Written:
    """A character of a value and the piece of the source that stands for it.

    Attributes:
        character: The character, or empty for one written with an escape.
        start: Index of the piece in the scalar's source.
        end: Index behind it.
    """

    character: str
    start: int
    end: int


def place_in_text(document: Document, at: str, line: int, column: int) -> Location:
    """Find where a line and column of a text value stand in the document.

    Where folding or an alias leaves no exact answer, that is where the value begins.

    Args:
        document: The document.
        at: JSON pointer of the value.
        line: Line within the value, counted from 1.
        column: Column within that line in characters, counted from 1.
    """
    begins = document.location(at)
    place = document.places.get(at)
    value = None if place is None else document.value(at)
    if not isinstance(value, str) or place is None:
        return begins
    written = [*_written(document.source_text(at), place.style)]
    if not written or not _agree(written, value):
        return begins
    offset = sum(len(before) + 1 for before in value.split("\n")[: line - 1]) + column - 1
    inside = 0 <= offset < len(written)
    index = written[offset].start if inside else written[-1].end
    layer = document.origin(at).layer
    found = position(layer.text[: place.value.start + index])
    return Location(layer.file, *found, at)


def _written(source: str, style: str) -> Iterator[_Written]:
    """List the characters of a scalar with their places."""
    if style == "plain":
        yield from _lines(source, 0, flow=True)
    elif style == "block-scalar":
        yield from _lines(source, _line(source, 0), flow=False)
    elif style == "quoted":
        if "\n" in source or "\r" in source:
            if "\\" not in source and "''" not in source:
                yield from _lines(source[:-1], 1, flow=True)
            return
        pattern = _SINGLE_QUOTED if source.startswith("'") else _DOUBLE_QUOTED
        for match in pattern.finditer(source, 1, len(source) - 1):
            plain = match.group() if len(match.group()) == 1 else ""
            yield _Written(plain, match.start(), match.end())


def _lines(source: str, start: int, *, flow: bool) -> Iterator[_Written]:
    """List the characters of lines, without their indentation.

    In a block that is what the first line that holds any character is indented by.
    """
    indentation: int | None = None
    while start < len(source):
        end = _line(source, start)
        content = source[start:end].rstrip("\r\n")
        blanks = len(content) - len(content.lstrip(" "))
        if indentation is None and content.strip(" "):
            indentation = blanks
        begin = start + (blanks if flow else min(indentation or 0, blanks))
        for index in range(begin, start + len(content)):
            yield _Written(source[index], index, index + 1)
        if end < len(source):
            yield _Written("\n", start + len(content), end)
        start = end


def _line(source: str, start: int) -> int:
    """Find the end of a line, its break included."""
    match = _LINE.match(source, start)
    return len(source) if match is None else match.end()


def _agree(written: list[_Written], value: str) -> bool:
    """Tell whether each character found is the value's; a fold turns a line break into a blank."""
    while written and written[-1].character == "\n":
        written.pop()
    kept = value.rstrip("\n") if len(value) > len(written) else value
    return len(written) == len(kept) and all(
        found.character in ("", character) or (found.character == "\n" and character == " ")
        for found, character in zip(written, kept, strict=True)
    )
