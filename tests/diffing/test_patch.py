"""JSON Patch, with the library `jsonpatch` as the oracle that applies it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diffing.test_laws import containers, manifests, names, scalars, trees, typed
from weighbridge.diffing.patch import json_patch

if TYPE_CHECKING:
    from weighbridge.model.change import Value

members = st.fixed_dictionaries(
    {}, optional={"name": names, "id": names | st.integers(0, 2), "value": trees}
)
documents = manifests | trees | containers(st.lists(members, max_size=6))


def applied(before: Value, after: Value) -> Value:
    operations = json_patch(before, after)
    result: Value = jsonpatch.JsonPatch(operations).apply(copy.deepcopy(before))
    return result


@given(documents, documents)
def test_applied_to_the_first_it_gives_the_second(before: Value, after: Value) -> None:
    assert typed(applied(before, after)) == typed(after)


@given(st.lists(scalars, max_size=9), st.lists(scalars, max_size=9))
def test_so_it_does_to_lists(before: list[Value], after: list[Value]) -> None:
    assert typed(applied(before, after)) == typed(after)


@given(st.permutations(["a", "b", "c", "d", "e"]), st.data())
def test_so_it_does_to_members_that_moved_and_changed(
    order: list[str], data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(order), unique=True))
    before: Value = [{"name": name, "value": 1} for name in "abcde"]
    after: Value = [{"name": name, "value": data.draw(scalars)} for name in kept]
    assert typed(applied(before, after)) == typed(after)


@given(documents, documents)
def test_it_is_empty_if_and_only_if_they_are_equal(before: Value, after: Value) -> None:
    assert json_patch(before, copy.deepcopy(before)) == []
    assert (json_patch(before, after) == []) == (typed(before) == typed(after))


@given(documents, documents)
def test_the_documents_stay_as_they_are(before: Value, after: Value) -> None:
    kept = copy.deepcopy((before, after))
    json_patch(before, after)
    assert typed(list(kept)) == typed([before, after])


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, "1"), (True, "true"), (0, False), (None, ""), ({}, [])]
)
def test_values_of_other_types_are_other_values(before: Value, after: Value) -> None:
    assert json_patch(before, after) == [{"op": "replace", "path": "", "value": after}]
    assert json_patch([before], [after]) == [{"op": "replace", "path": "/0", "value": after}]


def test_only_what_differs_is_named() -> None:
    artifacts: list[Value] = [{"name": f"a{n}", "digest": "1", "size": n} for n in range(9)]
    changed = copy.deepcopy(artifacts)
    del changed[2]
    changed[5] = {"name": "a6", "digest": "2", "size": 6}
    changed.append({"name": "b", "digest": "3"})
    assert json_patch({"spec": {"artifacts": artifacts}}, {"spec": {"artifacts": changed}}) == [
        {"op": "remove", "path": "/spec/artifacts/2"},
        {"op": "replace", "path": "/spec/artifacts/5/digest", "value": "2"},
        {"op": "add", "path": "/spec/artifacts/8", "value": {"name": "b", "digest": "3"}},
    ]


def test_steps_without_names_go_by_what_they_hold() -> None:
    before: Value = [{"weight": 10}, {"weight": 100}]
    after: Value = [{"weight": 10, "hold": "5s"}, {"weight": 50}, {"weight": 100}]
    assert json_patch(before, after) == [
        {"op": "add", "path": "/0/hold", "value": "5s"},
        {"op": "add", "path": "/1", "value": {"weight": 50}},
    ]


def test_what_moved_is_removed_and_added() -> None:
    members: list[Value] = [{"name": name} for name in "abc"]
    a, b, c = members
    assert json_patch([a, b, c], [b, c, a]) == [
        {"op": "remove", "path": "/0"},
        {"op": "add", "path": "/2", "value": {"name": "a"}},
    ]


def test_keys_are_escaped() -> None:
    assert json_patch({"a/b": {"~": 1, "": 2}}, {"a/b": {"~": 2}}) == [
        {"op": "remove", "path": "/a~1b/"},
        {"op": "replace", "path": "/a~1b/~0", "value": 2},
    ]


def test_lists_too_long_to_be_aligned_are_edited_all_the_same() -> None:
    before: list[Value] = [f"a{n}" for n in range(1100)]
    after: list[Value] = [f"b{n}" for n in range(1000)]
    assert applied(before, after) == after
    assert applied(after, before) == before
