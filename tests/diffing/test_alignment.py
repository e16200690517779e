from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weighbridge.diffing.alignment import align

if TYPE_CHECKING:
    from weighbridge.model.change import Kind, Value


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        ("abc", "abc", []),
        ("abc", "abcd", [("added", 3)]),
        ("abc", "zabc", [("added", 0)]),
        ("abc", "ac", [("removed", 1)]),
        ("abc", "axc", [("changed", 1)]),
        ("abc", "axyc", [("changed", 1), ("added", 2)]),
        ("abcd", "axd", [("changed", 1), ("removed", 2)]),
        ("abcd", "zabxd", [("added", 0), ("removed", 2), ("added", 3)]),
        ("", "ab", [("added", 0), ("added", 1)]),
    ],
)
def test_elements_are_found_again(before: str, after: str, steps: list[tuple[Kind, int]]) -> None:
    assert list(align(list(before), list(after))) == steps


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
@example(list("abcab"), list("cabca"))
def test_alignment_is_symmetric(before: list[Value], after: list[Value]) -> None:
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    there = sorted(align(before, after))
    assert there == sorted((mirrored[kind], index) for kind, index in align(after, before))


def test_equal_in_python_is_not_equal_in_json() -> None:
    before: list[Value] = [1, {"a": True}]
    after: list[Value] = [True, {"a": 1}]
    assert list(align(before, after)) == [("changed", 0), ("changed", 1)]


def test_lists_too_long_to_align_are_compared_by_index() -> None:
    before: list[Value] = [f"a{n}" for n in range(3_000)]
    after: list[Value] = [f"b{n}" for n in range(3_001)]
    started = time.process_time()
    steps = list(align(before, after))
    assert steps == [*(("changed", n) for n in range(3_000)), ("added", 3_000)]
    assert time.process_time() - started < 5
