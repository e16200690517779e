"""Patterns of JSON pointers: `/spec/artifacts/*/digest`, where `*` is any one component.

Looked up as a tree, so that a table costs the depth of a pointer and not its own length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from weighbridge.model.location import pointer_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")

_ANY = "*"


@dataclass(slots=True)
class _Node(Generic[T]):
    below: dict[str, _Node[T]] = field(default_factory=dict)
    value: T | None = None


class Patterns(Generic[T]):
    """Values by pointer pattern."""

    def __init__(self, table: Mapping[str, T]) -> None:
        """Compile a table of patterns."""
        self._root: _Node[T] = _Node()
        for pattern, value in table.items():
            node = self._root
            for part in pointer_parts(pattern):
                node = node.below.setdefault(part, _Node())
            node.value = value

    def exact(self, parts: Sequence[str]) -> T | None:
        """Find the value of the pattern that matches the whole pointer, or None."""
        return _first(self._levels(parts)[-1])

    def longest(self, parts: Sequence[str]) -> T | None:
        """Find the value of the longest pattern the pointer starts with, or None.

        Of two as long, the one whose words match earlier wins over the one with a `*` there.
        """
        found = (_first(nodes) for nodes in reversed(self._levels(parts)))
        return next((value for value in found if value is not None), None)

    def _levels(self, parts: Sequence[str]) -> list[list[_Node[T]]]:
        """List the nodes reached after each component, the most literal first."""
        levels = [[self._root]]
        for part in parts:
            tried = (node.below.get(key) for node in levels[-1] for key in (part, _ANY))
            levels.append([node for node in tried if node is not None])
        return levels


def _first(nodes: Sequence[_Node[T]]) -> T | None:
    return next((node.value for node in nodes if node.value is not None), None)
