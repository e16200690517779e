"""One tree of LightGBM's text: a value a node, and children that are nodes or leaves of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_PER_SPLIT: Final = frozenset(
    {
        b"split_feature",
        b"split_gain",
        b"threshold",
        b"decision_type",
        b"left_child",
        b"right_child",
        b"internal_value",
        b"internal_weight",
        b"internal_count",
    }
)
_PER_LEAF: Final = frozenset(
    {b"leaf_value", b"leaf_weight", b"leaf_count", b"leaf_const", b"num_features"}
)
_CHILDREN: Final = frozenset({b"left_child", b"right_child"})
_NEEDED: Final = (b"split_feature", b"threshold", b"left_child", b"right_child")
_PIECE: Final = 64 << 10
_WHOLE: Final = re.compile(rb"-?[0-9]{1,10}")


class LightgbmTree:
    """One tree while its lines are heard."""

    def __init__(self, name: str, features: int) -> None:
        """Begin with nothing heard."""
        self._name = name
        self._features = features
        self._lengths: dict[bytes, int] = {}
        self._leaves: int | None = None
        self._categories: int | None = None
        self._ranges: dict[bytes, tuple[int, int]] = {}
        self._last: dict[bytes, int] = {}
        self._faults: list[str] = []

    def hear(self, line: bytes) -> None:
        """Weigh a line; what is not known is let be, since every release adds some."""
        key, equals, value = line.partition(b"=")
        if not equals:
            self._faults.append(f"{self._name} holds a line without `=`")
        elif key in self._lengths:
            self._faults.append(f"{self._name} says {shown(decoded(key))} twice")
        elif key == b"num_leaves":
            self._leaves = _count(value)
        elif key == b"num_cat":
            self._categories = _count(value)
        elif key in _PER_SPLIT or key in _PER_LEAF or key.startswith(b"cat_"):
            value = value.strip()
            self._lengths[key] = value.count(b" ") + 1 if value else 0
            if key in _CHILDREN or key in (b"split_feature", b"cat_boundaries"):
                self._numbers(key, value)

    def faults(self) -> Iterator[str]:
        """Tell what is wrong with the tree."""
        yield from self._faults[:1]
        if self._leaves is None or self._leaves < 1:
            yield f"{self._name} does not say how many leaves it has"
            return
        yield from self._odd_lengths(self._leaves)
        yield from self._odd_children(self._leaves)
        if self._categories:
            yield from self._odd_categories(self._categories)

    def _odd_lengths(self, leaves: int) -> Iterator[str]:
        if leaves > 1:
            missing = [key for key in _NEEDED if key not in self._lengths]
            if missing:
                yield f"{self._name} has no {shown(decoded(missing[0]))}"
        for key, length in self._lengths.items():
            wanted = leaves if key in _PER_LEAF else leaves - 1
            # A tree that is one leaf leaves most of them empty.
            allowed = {wanted} if leaves > 1 else {wanted, 0}
            if not key.startswith(b"cat_") and length not in allowed:
                yield f"{shown(decoded(key))} of {self._name} has {length} values, not {wanted}"

    def _odd_children(self, leaves: int) -> Iterator[str]:
        for key, (lowest, highest) in self._ranges.items():
            if key in _CHILDREN and (lowest < -leaves or highest >= leaves - 1):
                yield f"{self._name} has a child that is no node or leaf of it"
            if key == b"split_feature" and (lowest < 0 or highest >= self._features):
                yield f"{self._name} splits by a feature there is not"

    def _odd_categories(self, categories: int) -> Iterator[str]:
        if self._lengths.get(b"cat_boundaries") != categories + 1:
            yield f"`cat_boundaries` of {self._name} does not have {categories + 1} values"
        elif self._lengths.get(b"cat_threshold") != self._last.get(b"cat_boundaries"):
            yield f"`cat_threshold` of {self._name} does not end at the last boundary"

    def _numbers(self, key: bytes, value: bytes) -> None:
        """Find the least, the largest and the last number, a piece at a time."""
        index = 0
        while index < len(value):
            end = value.find(b" ", index + _PIECE)
            piece = value[index : end if end >= 0 else len(value)]
            index += len(piece) + 1
            found = piece.split(b" ")
            if not all(_WHOLE.fullmatch(number) for number in found):
                self._faults.append(f"{shown(decoded(key))} of {self._name} holds no whole number")
                return
            numbers = [int(number) for number in found]
            lowest, highest = self._ranges.get(key, (numbers[0], numbers[0]))
            self._ranges[key] = (min([lowest, *numbers]), max([highest, *numbers]))
            self._last[key] = numbers[-1]


def _count(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) < 10 else None  # noqa: PLR2004 - no tree is larger
