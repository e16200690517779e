from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.location import Location, pointer, pointer_parts


def test_a_location_is_written_as_compilers_do() -> None:
    assert str(Location("release.yaml", 14, 11, "/spec")) == "release.yaml:14:11"
    assert str(Location("x")) == "x:1:1"


def test_locations_are_ordered_by_file_line_and_column_as_numbers() -> None:
    ordered = [
        Location("a", 2, 10),
        Location("a", 10, 2),
        Location("a", 10, 11),
        Location("a", 10, 11, "/x"),
        Location("b"),
    ]
    assert sorted([*ordered[2:], *ordered[:2]]) == ordered


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        (("",), "/"),
        (("a", 0, "b"), "/a/0/b"),
        (("a/b", "~", "~1"), "/a~1b/~0/~01"),
        (("é 😀", ""), "/é 😀/"),
    ],
)
def test_a_pointer_is_that_of_rfc_6901(parts: tuple[str | int, ...], text: str) -> None:
    assert pointer(*parts) == text
    assert pointer_parts(text) == [str(part) for part in parts]


@given(st.lists(st.text("~/01a")))
def test_a_pointer_comes_apart_as_it_was_put_together(parts: list[str]) -> None:
    assert pointer_parts(pointer(*parts)) == parts
