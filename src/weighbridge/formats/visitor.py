"""What a walk over nested objects and arrays tells whoever listens, in JSON and UBJSON alike.

Nothing is built in memory: values are told as they come, several at once where they are plain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["object", "array"]
Value = str | int | float | bool | None
"""A plain value; a text longer than a mebibyte may be cut, and is then longer than that still."""


class Visitor(Protocol):
    """Listens to a walk.

    A path names the way from the outermost value: keys of objects, and positions in arrays. It is
    one list that changes as the walk goes on.
    """

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Hear that an object or array begins."""

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Hear that it ends, and how many values it has."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Hear plain values of the object at a path; called any number of times for it."""

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Hear plain values of the array at a path; called any number of times for it."""
