"""The JSON Patch (RFC 6902) that turns one resolved manifest into another.

Pointers are true ones (RFC 6901): members of every list go by their index at that moment, and the
order of lists is kept. Only what differs is named; what moved is removed and added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.diffing.alignment import canonical, stretches
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.change import Value

_KEYS = ("name", "id", "alert", "ref")
"""What members of lists are told apart by, where they have one of their own."""


def json_patch(before: Value, after: Value) -> list[dict[str, Value]]:
    """List the operations that make the second document of the first, in their order.

    Empty if and only if they are equal; `1`, `"1"` and `true` are not.
    """
    return list(_values(before, after, ""))


def _values(before: Value, after: Value, at: str) -> Iterator[dict[str, Value]]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mappings(before, after, at)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, at)
    elif type(before) is not type(after) or before != after:
        yield {"op": "replace", "path": at, "value": after}


def _mappings(
    before: dict[str, Value], after: dict[str, Value], at: str
) -> Iterator[dict[str, Value]]:
    for key in sorted({*before, *after}):
        place = at + pointer(key)
        if key not in after:
            yield {"op": "remove", "path": place}
        elif key not in before:
            yield {"op": "add", "path": place, "value": after[key]}
        else:
            yield from _values(before[key], after[key], place)


def _lists(before: list[Value], after: list[Value], at: str) -> Iterator[dict[str, Value]]:
    """Edit a list from its beginning on: what lies before an index is as it shall be."""
    left, right = _keyed(before), _keyed(after)
    by_key = left is not None and right is not None
    if left is None or right is None:
        left, right = [canonical(v) for v in before], [canonical(v) for v in after]
    for same, gone, came in stretches(left, right):
        # Members of one key are one member, whatever else they hold; without keys, of what was
        # replaced the first became the first.
        kept = len(gone) if same else 0 if by_key else min(len(gone), len(came))
        if by_key or not same:
            for old, new in zip(gone[:kept], came[:kept], strict=True):
                yield from _values(before[old], after[new], at + pointer(new))
        for _ in gone[kept:]:
            yield {"op": "remove", "path": at + pointer(came.start + kept)}
        for new in came[kept:]:
            yield {"op": "add", "path": at + pointer(new), "value": after[new]}


def _keyed(members: list[Value]) -> list[str] | None:
    """List what members are told apart by, or None unless each has a key of its own."""
    for field in _KEYS:
        found = [m.get(field) if isinstance(m, dict) else None for m in members]
        keys = [key for key in found if isinstance(key, str)]
        if len(set(keys)) == len(members):
            return keys
    return None
