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


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document and its map.

    Attributes:
        file: The file's name as findings print it.
        text: The whole text, line breaks as they are in the file.
        data: Its values.
        places: Where each value stands, by JSON pointer.
        todos: Pointers of all scalars that are `TODO`, in document order.
        schema: The older `apiVersion` it was written for; empty if that is today's.
        origins: Where values stand that moved when it was read: pointers, new to old.
        dropped: Pointers of what stands in the text and has no place in the values any more.
    """

    file: str
    text: str = ""
    data: dict[str, Plain] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    todos: tuple[str, ...] = ()
    schema: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()

    def written_at(self, at: str) -> str:
        """Return the pointer a value has in the text: another one if it moved on reading."""
        above = at if self.origins else ""
        while above:
            if above in self.origins:
                return self.origins[above] + at[len(above) :]
            above = above.rpartition("/")[0]
        return at

    def location(self, at: str, *, key: bool = False) -> Location:
        """Find the place of a value, or of the nearest enclosing one that exists.

        The pointer of what is returned is the one the value has in the text.

        Args:
            at: JSON pointer of the value.
            key: Point at its key instead, where it has one.
        """
        parts, written = pointer_parts(at), self.written_at(at)
        for length in range(len(parts), -1, -1):
            place = self.places.get(pointer(*parts[:length]))
            if place is not None:
                exact = length == len(parts)
                span = place.key if place.key is not None and (key or not exact) else place.value
                return Location(self.file, span.line, span.column, written)
        return Location(self.file, 1, 1, written)

    def source_text(self, at: str) -> str:
        """Return the text a value is written with, or an empty string if it is not in the text."""
        place = self.places.get(at)
        return "" if place is None else self.text[place.value.start : place.value.end]
