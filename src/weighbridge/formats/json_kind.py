"""What a JSON file may be beyond JSON: an index of shards, a boosted model and so on.

A kind is told by the content, not by the name. All of them listen to one walk, each to the keys of
the outermost object it names; nothing is built in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_MOST: Final = 1_000


class JsonKind(Visitor, Protocol):
    """A kind of JSON file, made anew for each file: it keeps what it hears, within limits."""

    @property
    def keys(self) -> frozenset[str] | None:
        """Name the keys of the outermost object whose values it listens to; None is all.

        What is plain in that object it hears anyway.
        """

    def claims(self) -> str | None:
        """Name the format if the file is of this kind."""

    def conclude(self, record: Record, *, whole: bool) -> None:
        """Note what was heard; and, if it was the whole file, what is wrong with it."""


class MakeKind(Protocol):
    """Makes a kind for one file."""

    def __call__(self, limits: Limits) -> JsonKind:
        """Make it."""


class TopLevel:
    """A kind that claims nothing and keeps the plain values of the outermost object.

    Attributes:
        values: The values, by key; the first thousand.
    """

    keys: frozenset[str] = frozenset()

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.values: dict[str, Value] = {}

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Have nothing to do."""

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Have nothing to do."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Keep what is plain in the outermost object."""
        if not path and len(self.values) < _MOST:
            self.values.update(pairs[:_MOST])

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Have nothing to do."""

    def claims(self) -> str | None:
        """Claim nothing."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:
        """Have nothing to note."""


class Kinds:
    """All kinds of one file, listening to one walk."""

    def __init__(self, kinds: Sequence[JsonKind]) -> None:
        """Begin with nothing heard."""
        self._kinds = kinds
        self._below: Sequence[JsonKind] = kinds

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Hear that an object or array begins."""
        if len(path) == 1:
            self._below = [k for k in self._kinds if k.keys is None or path[0] in k.keys]
        for listener in self._listeners(path):
            listener.enter(path, kind)

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Hear that it ends, and how many values it has."""
        for listener in self._listeners(path):
            listener.leave(path, kind, count)

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Hear plain values of an object."""
        for listener in self._listeners(path):
            listener.pairs(path, pairs)

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Hear plain values of an array."""
        for listener in self._listeners(path):
            listener.items(path, values)

    def conclude(self, record: Record, *, whole: bool) -> None:
        """Let each note what it heard; the first that claims the file names its format."""
        record.format = next((name for k in self._kinds if (name := k.claims())), record.format)
        for kind in self._kinds:
            kind.conclude(record, whole=whole)

    def _listeners(self, path: Sequence[str | int]) -> Sequence[JsonKind]:
        return self._below if path else self._kinds
