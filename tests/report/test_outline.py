from __future__ import annotations

import pytest

from weighbridge.report.outline import outline


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({}, []),
        ({"a": 1, "b": "x"}, ["a: 1", "b: x"]),
        ({"a": {"b": [1, True, "c"]}}, ["a:", "  b:", "    - 1", "    - true", "    - c"]),
        ([{"name": "n", "a": 1}], ["- n", "  a: 1"]),
        ([{"id": "n", "a": 1}, {"alert": "m"}, {"ref": "r"}], ["- n", "  a: 1", "- m", "- r"]),
        ([{"a": 1, "b": 2}], ["-", "  a: 1", "  b: 2"]),
        ([[False]], ["-", "  - false"]),
        ({"a": None}, ["a: None"]),
        ({"a\x1b": "b\nc"}, ["a\\x1b: b\\nc"]),
    ],
)
def test_a_line_a_value(value: object, lines: list[str]) -> None:
    assert list(outline(value)) == lines  # type: ignore[arg-type] # plain values
    assert list(outline(value, "  ")) == [f"  {line}" for line in lines]  # type: ignore[arg-type] # as above
