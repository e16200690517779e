"""Aligning two lists: which elements are the same, which came, which went.

Alignment is symmetric: exchanging the lists exchanges additions and removals and nothing else.
"""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.change import Kind, Value

_CELLS = 1_000_000
"""Size of the comparison (length times length) above which elements are paired by index."""

_MIRRORED: Mapping[Kind, Kind] = {
    "added": "removed",
    "removed": "added",
    "changed": "changed",
}


def align(before: Sequence[Value], after: Sequence[Value]) -> Iterator[tuple[Kind, int]]:
    """Name the elements of two lists that differ, in order.

    Returns:
        What became of an element, and its index: in the first list if it was removed, in the
        second if it was added, in both if it changed where it stood.
    """
    left, right = [canonical(v) for v in before], [canonical(v) for v in after]
    # difflib's answer depends on which list comes first; the smaller always does.
    if left > right:
        return ((_MIRRORED[kind], index) for kind, index in _align(right, left))
    return _align(left, right)


def canonical(value: Value) -> str:
    """Write a value so that equal text means equal value and type (`1` is not `true`)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def stretches(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[bool, range, range]]:
    """Cut two lists of texts into stretches that are the same and such that are not, in order."""
    start = _shared(left, right)
    end = _shared(left[start:][::-1], right[start:][::-1])
    left_stop, right_stop = len(left) - end, len(right) - end
    yield True, range(start), range(start)
    if (left_stop - start) * (right_stop - start) > _CELLS:
        yield False, range(start, left_stop), range(start, right_stop)
    else:
        ours, theirs = left[start:left_stop], right[start:right_stop]
        matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            gone, came = range(start + i1, start + i2), range(start + j1, start + j2)
            yield tag == "equal", gone, came
    yield True, range(left_stop, len(left)), range(right_stop, len(right))


def _align(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[Kind, int]]:
    for same, gone, came in stretches(left, right):
        if not same:
            yield from _replaced(gone, came)


def _replaced(gone: range, came: range) -> Iterator[tuple[Kind, int]]:
    """Pair elements that kept their index; any other is removed here and added there."""
    kept = min(len(gone), len(came)) if gone.start == came.start else 0
    yield from (("changed", index) for index in gone[:kept])
    yield from (("removed", index) for index in gone[kept:])
    yield from (("added", index) for index in came[kept:])


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """Count the elements both lists start with."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count
