"""Laws of the diff; `apply` below is written from the meaning of a change alone."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.diffing.compare import differences
from weighbridge.model.change import Change, Value
from weighbridge.model.location import pointer_parts

MIRRORED = {"added": "removed", "removed": "added", "changed": "changed"}
KEYED = {"/keyed": "name", "/deep/*": "name"}

scalars = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "0", "a", "/~", "é"])
names = st.sampled_from(["a", "b", "c", "0", "1", "10", "9"])


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=5) | st.dictionaries(names, children, max_size=4)


trees = st.recursive(scalars, containers, max_leaves=20)


def keyed_lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    element = st.fixed_dictionaries({"name": names}, optional={"value": values})
    return st.lists(element, max_size=5, unique_by=lambda found: found["name"])


manifests = st.fixed_dictionaries(
    {},
    optional={
        "keyed": keyed_lists(trees),
        "deep": st.dictionaries(names, keyed_lists(trees), max_size=2),
        "other": trees,
    },
)


Located = list[tuple[list[str], Change]]
Parts = tuple[str, ...]


def typed(value: Value) -> object:
    """Make `1`, `True` and `"1"` differ, and the order of a mapping not matter."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return (type(value).__name__, value)


def apply(before: Value, changes: tuple[Change, ...]) -> Value:
    return applied(before, [(pointer_parts(change.pointer), change) for change in changes], ())


def applied(value: Value, changes: Located, at: Parts) -> Value:
    whole = [change for parts, change in changes if not parts]
    own: dict[str, Located] = {}
    for parts, change in changes:
        if parts:
            own.setdefault(parts[0], []).append((parts[1:], change))
    if isinstance(value, list) and (at == ("keyed",) or (len(at) == 2 and at[0] == "deep")):
        return keyed_list(value, own, whole, at)
    if whole:
        return whole[0].after
    if isinstance(value, dict):
        return mapping(value, own, at)
    return sequence(value, own, at) if isinstance(value, list) else value


def mapping(value: dict[str, Value], own: dict[str, Located], at: Parts) -> dict[str, Value]:
    made = {key: inner.after for key, [(_, inner), *_] in own.items() if key not in value}
    for key, inside in value.items():
        if not any(not parts and change.kind == "removed" for parts, change in own.get(key, [])):
            made[key] = applied(inside, own.get(key, []), (*at, key))
    return made


def keyed_list(
    value: list[Value], own: dict[str, Located], whole: list[Change], at: Parts
) -> list[Value]:
    found = {str(element["name"]): element for element in value if isinstance(element, dict)}
    made = mapping(dict(found), own, at)
    return [made[name] for name in order(list(found), list(made), whole)]


def order(old: list[str], new: list[str], whole: list[Change]) -> list[str]:
    if whole:
        assert isinstance(whole[0].after, list)
        return list(map(str, whole[0].after))
    if old == sorted(old):
        return sorted(new)
    return [name for name in old if name in new] + sorted(set(new) - set(old))


def sequence(value: list[Value], own: dict[str, Located], at: Parts) -> list[Value]:
    def of(index: int, kind: str) -> list[Change]:
        found = own.get(str(index), [])
        return [change for parts, change in found if not parts and change.kind == kind]

    made = []
    for index, element in enumerate(value):
        if not of(index, "removed"):
            changes = [(p, c) for p, c in own.get(str(index), []) if p or c.kind == "changed"]
            made.append(applied(element, changes, (*at, str(index))))
    for index in sorted(map(int, own)):
        made[index:index] = [change.after for change in of(index, "added")]
    return made


@given(manifests)
def test_a_manifest_does_not_differ_from_itself(manifest: Value) -> None:
    assert differences(manifest, copy.deepcopy(manifest), keys=KEYED) == ()


@given(manifests, manifests)
def test_applying_the_changes_to_the_first_gives_the_second(before: Value, after: Value) -> None:
    changes = differences(before, after, keys=KEYED)
    assert typed(apply(before, changes)) == typed(after)


@given(st.lists(scalars, max_size=8), st.lists(scalars, max_size=8))
def test_so_it_does_for_lists_without_keys(before: list[Value], after: list[Value]) -> None:
    changes = differences({"l": before}, {"l": after}, keys={})
    assert typed(apply({"l": before}, changes)) == typed({"l": after})


@given(manifests, manifests)
def test_turning_the_manifests_round_swaps_added_and_removed(before: Value, after: Value) -> None:
    def seen(changes: tuple[Change, ...], *, turned: bool) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for change in changes:
            kind = MIRRORED[change.kind] if turned else change.kind
            values = (change.after, change.before) if turned else (change.before, change.after)
            found.append((change.pointer, kind, repr(values), change.risk, change.rules))
        return sorted(found, key=repr)

    there = differences(before, after, keys=KEYED)
    back = differences(after, before, keys=KEYED)
    assert seen(there, turned=False) == seen(back, turned=True)


@given(manifests, manifests)
def test_the_order_of_keys_changes_no_change(before: dict[str, Value], after: Value) -> None:
    turned = dict(reversed(list(before.items())))
    assert differences(turned, after, keys=KEYED) == differences(before, after, keys=KEYED)


@given(manifests, manifests)
def test_every_change_is_one(before: Value, after: Value) -> None:
    for change in differences(before, after, keys=KEYED):
        assert change.kind != "added" or change.before is None
        assert change.kind != "removed" or change.after is None
        assert change.kind != "changed" or typed(change.before) != typed(change.after)
