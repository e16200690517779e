"""A document that was read: its values, and where in the text each of them stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from weighbridge.model.location import Location, pointer, pointer_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

Plain = None | bool | int | Decimal | str | list["Plain"] | dict[str, "Plain"]
"""What a document holds. Decimals come from the source text, never by way of a binary float."""

Style = Literal["plain", "quoted", "block-scalar", "flow", "block", "alias"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text.

    Attributes:
        line: First line, counted from 1.
        column: First column in characters, counted from 1.
        start: First character's index in the text.
        end: Index behind the last character.
    """

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands.

    Attributes:
        value: The value's text.
        key: Its key's text, for members of a mapping.
        style: How it is written; `alias` if the text only refers to it.
    """

    value: Span
    key: Span | None
    style: Style


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value of a layered document was written.

    Attributes:
        layer: The document it stands in.
        pointer: JSON pointer of the value there.
    """

    layer: Document
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document and its map.

    What its author wrote may stand in other places than it is read at: over a template, or in the
    words of an older schema. Such a document is layered: its values are those of the whole, each
    with its origin; its text is that of the topmost layer, which its author wrote.

    Attributes:
        file: The file's name as findings print it.
        text: The whole text, line breaks as they are in the file.
        data: Its values.
        places: Where each value stands, by JSON pointer; in a layered document in its own layer.
        todos: Pointers of all scalars that are `TODO`, in document order.
        layers: The documents a layered one was made from, the author's last.
        origins: Where each value of a layered document was written, by JSON pointer.
        schema: The older `apiVersion` its author wrote it for; empty if that is today's.
        dropped: Pointers of what its author wrote and today's schema has no place for.
    """

    file: str
    text: str = ""
    data: dict[str, Plain] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    todos: tuple[str, ...] = ()
    layers: tuple[Document, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    schema: str = ""
    dropped: tuple[str, ...] = ()

    @property
    def author(self) -> Document:
        """The document its author wrote, and may change."""
        return self.layers[-1] if self.layers else self

    def value(self, at: str) -> Plain:
        """Return the value at a JSON pointer.

        Raises:
            KeyError: There is none.
        """
        node: Plain = self.data
        for part in pointer_parts(at):
            if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict):
                node = node[part]
            else:
                raise KeyError(at)
        return node

    def origin(self, at: str) -> Origin:
        """Find where the value at a JSON pointer was written, or would be if it were there."""
        above = at
        while self.origins:
            found = self.origins.get(above)
            if found is not None:
                return Origin(found.layer, found.pointer + at[len(above) :])
            if not above:
                break
            above = above.rpartition("/")[0]
        return Origin(self.author, at)

    def written_at(self, at: str) -> str:
        """Return the pointer a value has in the author's text; its own if others wrote it."""
        origin = self.origin(at)
        return origin.pointer if origin.layer is self.author else at

    def location(self, at: str, *, key: bool = False) -> Location:
        """Find the place of a value, or of the nearest enclosing one that exists.

        File, line and pointer of what is returned are those of the layer the value stands in.

        Args:
            at: JSON pointer of the value.
            key: Point at its key instead, where it has one.
        """
        parts, origin = pointer_parts(at), self.origin(at)
        for length in range(len(parts), -1, -1):
            place = self.places.get(pointer(*parts[:length]))
            if place is not None:
                exact = length == len(parts)
                span = place.key if place.key is not None and (key or not exact) else place.value
                return Location(origin.layer.file, span.line, span.column, origin.pointer)
        return Location(origin.layer.file, 1, 1, origin.pointer)

    def source_text(self, at: str) -> str:
        """Return the text a value is written with, or an empty string if it is not in the text."""
        place = self.places.get(at)
        text = self.origin(at).layer.text
        return "" if place is None else text[place.value.start : place.value.end]
