"""The typed semantic diff of two resolved manifests.

Mappings are compared by key, lists in `keys` by the key field of their elements, other lists by
alignment. `1`, `"1"` and `true` are three values. What came or went as a whole is one change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.diffing.alignment import align
from weighbridge.diffing.patterns import Patterns
from weighbridge.diffing.risk import assess
from weighbridge.model.change import Change
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weighbridge.model.change import Kind, Value

Parts = tuple[str, ...]
Rank: TypeAlias = "Callable[[str], int]"


def differences(before: Value, after: Value, *, keys: Mapping[str, str]) -> tuple[Change, ...]:
    """List what differs between two resolved manifests, by pointer.

    Args:
        before: The first manifest, as canonical JSON has it.
        after: The second manifest.
        keys: Key field of each keyed list by pointer pattern: `/spec/artifacts` → `name`. A list
            whose elements do not all have a key of their own is compared by alignment.
    """
    return tuple(_Comparison(Patterns(keys), before, after).values(before, after, ()))


@dataclass(frozen=True, slots=True)
class _Comparison:
    keys: Patterns[str]
    whole_before: Value
    whole_after: Value

    def values(self, before: Value, after: Value, at: Parts) -> Iterator[Change]:
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._mappings(before, after, at)
        elif isinstance(before, list) and isinstance(after, list):
            yield from self._lists(before, after, at)
        elif type(before) is not type(after) or before != after:
            yield self._change("changed", at, before, after)

    def _mappings(
        self,
        before: Mapping[str, Value],
        after: Mapping[str, Value],
        at: Parts,
        *,
        rank: Rank | None = None,
    ) -> Iterator[Change]:
        for key in sorted({*before, *after}, key=rank):
            if key not in after:
                yield self._change("removed", (*at, key), before[key], None)
            elif key not in before:
                yield self._change("added", (*at, key), None, after[key])
            else:
                yield from self.values(before[key], after[key], (*at, key))

    def _lists(self, before: list[Value], after: list[Value], at: Parts) -> Iterator[Change]:
        field = self.keys.exact(at)
        left, right = (_keyed(elements, field) for elements in (before, after))
        if field is None or left is None or right is None:
            yield from self._sequences(before, after, at)
            return
        rank = _rank([*left.values(), *right.values()], field)
        yield from self._mappings(left, right, at, rank=rank)
        if not (_follows(left, right, rank=rank) and _follows(right, left, rank=rank)):
            yield self._change("changed", at, list(left), list(right))

    def _sequences(self, before: list[Value], after: list[Value], at: Parts) -> Iterator[Change]:
        for kind, index in align(before, after):
            place = (*at, str(index))
            if kind == "added":
                yield self._change(kind, place, None, after[index])
            elif kind == "removed":
                yield self._change(kind, place, before[index], None)
            else:
                yield from self.values(before[index], after[index], place)

    def _change(self, kind: Kind, at: Parts, before: Value, after: Value) -> Change:
        beside = (_beside(self.whole_before, at), _beside(self.whole_after, at))
        weight = assess(at, before, after, beside=beside)
        return Change(
            pointer=pointer(*at),
            kind=kind,
            before=before,
            after=after,
            risk=weight.risk,
            rules=weight.rules,
            type=weight.type,
            delta=weight.delta,
        )


def _beside(whole: Value, at: Parts) -> Value:
    """Find the `type` that stands beside a place; a place within a list has none."""
    for part in at[:-1]:
        whole = whole.get(part) if isinstance(whole, dict) else None
    return whole.get("type") if isinstance(whole, dict) else None


def _keyed(elements: list[Value], field: str | None) -> dict[str, Value] | None:
    """Index elements by their key field, or None unless each has a key of its own."""
    found: dict[str, Value] = {}
    for element in elements:
        key = element.get(field) if isinstance(element, dict) and field else None
        if isinstance(key, bool) or not isinstance(key, str | int) or str(key) in found:
            return None
        found[str(key)] = element
    return found if field else None


def _rank(elements: list[Value], field: str) -> Rank | None:
    """Choose how keys sort: by size if all are whole numbers, else (None) by code points."""
    numbers = all(isinstance(e, dict) and isinstance(e[field], int) for e in elements)
    return int if numbers else None


def _follows(before: Iterable[str], after: Iterable[str], *, rank: Rank | None) -> bool:
    """Tell whether the order of the second keys follows from the first and from what changed.

    A list in the order of its keys, as sets are in canonical form, stays so; any other keeps its
    order, and what is added stands at the end.
    """
    old, new = list(before), list(after)
    if old == sorted(old, key=rank):
        return new == sorted(new, key=rank)
    kept, came = set(new), sorted(set(new) - set(old), key=rank)
    return new == [key for key in old if key in kept] + came
