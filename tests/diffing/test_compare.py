from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.diffing.compare import differences

if TYPE_CHECKING:
    from weighbridge.model.change import Kind, Value

KEYS = {"/artifacts": "name", "/steps": "weight", "/nested/*/list": "id"}


def brief(before: Value, after: Value) -> list[tuple[str, Kind, Value, Value]]:
    changes = differences(before, after, keys=KEYS)
    return [(change.pointer, change.kind, change.before, change.after) for change in changes]


def test_mappings_are_compared_by_key() -> None:
    before: Value = {"a": 1, "b": {"c": "x", "d": "y"}, "gone": {"k": [1]}}
    after: Value = {"a": 2, "b": {"c": "x", "d": "z"}, "new": {"k": [2]}}
    assert brief(before, after) == [
        ("/a", "changed", 1, 2),
        ("/b/d", "changed", "y", "z"),
        ("/gone", "removed", {"k": [1]}, None),
        ("/new", "added", None, {"k": [2]}),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (0, False), ("1", 1), (None, False), ({}, []), ([], None), ({"a": 1}, "a")],
)
def test_types_are_part_of_a_value(before: Value, after: Value) -> None:
    assert brief({"x": before}, {"x": after}) == [("/x", "changed", before, after)]


def test_components_of_a_pointer_are_escaped() -> None:
    assert brief({"a/b~c": 1}, {"a/b~c": 2}) == [("/a~1b~0c", "changed", 1, 2)]


def test_keyed_lists_are_matched_by_key() -> None:
    before: Value = {"artifacts": [{"name": "model", "digest": "1"}, {"name": "old"}]}
    after: Value = {"artifacts": [{"name": "labels"}, {"name": "model", "digest": "2"}]}
    assert brief(before, after) == [
        ("/artifacts/labels", "added", None, {"name": "labels"}),
        ("/artifacts/model/digest", "changed", "1", "2"),
        ("/artifacts/old", "removed", {"name": "old"}, None),
    ]


def test_keys_may_be_numbers_and_lists_may_lie_deep() -> None:
    before: Value = {"steps": [{"weight": 10}, {"weight": 100}], "nested": {"x": {"list": []}}}
    after: Value = {
        "steps": [{"weight": 10, "hold": "5s"}, {"weight": 50}, {"weight": 100}],
        "nested": {"x": {"list": [{"id": "n"}]}},
    }
    assert brief(before, after) == [
        ("/nested/x/list/n", "added", None, {"id": "n"}),
        ("/steps/10/hold", "added", None, "5s"),
        ("/steps/50", "added", None, {"weight": 50}),
    ]


def names(*found: str) -> Value:
    return {"artifacts": [{"name": name} for name in found]}


@pytest.mark.parametrize(
    ("before", "after", "reordered"),
    [
        ("ab", "ba", True),
        ("ba", "ab", True),
        ("ab", "abc", False),
        ("ac", "abc", False),
        ("ca", "cab", False),
        ("ca", "bca", True),
        ("b", "ba", True),
        ("cab", "ca", False),
        ("cab", "cb", True),
        ("", "ba", True),
    ],
)
def test_an_order_that_does_not_follow_is_a_change(
    before: str, after: str, *, reordered: bool
) -> None:
    found = [change for change in brief(names(*before), names(*after)) if change[0] == "/artifacts"]
    expected = ("/artifacts", "changed", list(before), list(after))
    assert found == ([expected] if reordered else [])


@pytest.mark.parametrize(
    "odd",
    [[{"name": "a"}, {"name": "a"}], [{"no": "name"}], ["text"], [{"name": True}], [{"name": []}]],
)
def test_lists_without_keys_of_their_own_are_aligned(odd: list[Any]) -> None:
    assert brief({"artifacts": odd}, {"artifacts": [*odd, 7]}) == [
        (f"/artifacts/{len(odd)}", "added", None, 7)
    ]


def test_other_lists_are_aligned_and_compared_in_place() -> None:
    assert brief({"args": ["-a", "-b"]}, {"args": ["-x", "-a", "-b"]}) == [
        ("/args/0", "added", None, "-x")
    ]
    assert brief({"l": [{"q": 1, "r": 2}]}, {"l": [{"q": 1, "r": 3}]}) == [
        ("/l/0/r", "changed", 2, 3)
    ]
    assert brief({"l": ["a", "b"]}, {"l": ["b"]}) == [("/l/0", "removed", "a", None)]


def test_changes_carry_risk_and_rules() -> None:
    before: Value = {"spec": {"artifacts": [{"name": "m", "digest": "1"}]}}
    after: Value = {"spec": {"artifacts": [{"name": "m", "digest": "2"}]}}
    (change,) = differences(before, after, keys={"/spec/artifacts": "name"})
    assert (change.pointer, change.risk, change.rules) == (
        "/spec/artifacts/m/digest",
        "high",
        ("INT001",),
    )


def test_changes_carry_type_and_delta() -> None:
    def parameters(kind: str, value: Value) -> Value:
        return {"spec": {"parameters": {"p": {"type": kind, "value": value}, "q": {"value": 1}}}}

    (change,) = differences(parameters("integer", 8), parameters("integer", 32), keys={})
    assert (change.type, change.delta) == ("count", "x4")
    changes = differences(parameters("integer", 8), parameters("string", "32"), keys={})
    assert [(change.type, change.delta) for change in changes] == [("", ""), ("", "")]


def test_numbers_sort_by_size_and_names_by_code_points() -> None:
    weights: Value = [{"weight": n} for n in (9, 10, 100)]
    more: Value = [{"weight": n} for n in (9, 10, 50, 100)]
    assert [change[0] for change in brief({"steps": weights}, {"steps": more})] == ["/steps/50"]
    digits = [("10", "9"), ("10", "11", "9")]
    before, after = (names(*found) for found in digits)
    assert [change[0] for change in brief(before, after)] == ["/artifacts/11"]
