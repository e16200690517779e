from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.placing import place_in_text
from weighbridge.codec.reading import read_document

if TYPE_CHECKING:
    from collections.abc import Callable


def placed(text: str, line: int, column: int, at: str = "/a") -> tuple[int, int]:
    found = place_in_text(read_document(text.encode(), "f.yaml"), at, line, column)
    assert (found.file, found.pointer) == ("f.yaml", at)
    return found.line, found.column


@pytest.mark.parametrize(
    ("text", "inside", "expected"),
    [
        # plain, as it is and folded
        ("x: 1\na: one && two\n", (1, 8), (2, 11)),
        ("a: one\n   two\n", (1, 5), (2, 4)),
        # quoted: escapes take more room than what they stand for
        ("a: 'it''s one'\n", (1, 6), (1, 11)),
        ("a: 'one'\n", (1, 1), (1, 5)),
        ('a: "x\\"y"\n', (1, 3), (1, 8)),
        ('a: "\\u00e9y"\n', (1, 2), (1, 11)),
        ('a: "\\ud83d\\ude00y"\n', (1, 2), (1, 17)),
        ('a: "\\x41\\U0001f600y"\n', (1, 3), (1, 19)),
        ('a: "x\\ny"\n', (2, 1), (1, 8)),
        ('a: "one\n   two"\n', (1, 5), (2, 4)),
        # blocks: each line of the text is a line of the file
        ("a: |\n  one\n    two\n\n  three\n", (2, 3), (3, 5)),
        ("a: |\n  one\n    two\n\n  three\n", (4, 2), (5, 4)),
        ("a: |\n\n  one\n", (2, 2), (3, 4)),
        ("a: |-  # a comment\n  one\n", (1, 2), (2, 4)),
        ("a: >-\n  one\n  two\n", (1, 5), (3, 3)),
        ("a: |\r\n  one\r\n  two\r\n", (2, 1), (3, 3)),
        ("{a: 'bc', d: 1}", (1, 2), (1, 7)),
        # behind the end is behind the last character
        ("a: 'one'\n", (1, 99), (1, 8)),
        ("a: |\n  one\n", (2, 1), (2, 6)),
        ("a: one\n", (7, 1), (1, 7)),
    ],
)
def test_a_place_in_a_text_is_found_in_the_file(
    text: str, inside: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert placed(text, *inside) == expected


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("a: >\n  one\n\n  two\n", "/a", (1, 4)),  # paragraphs
        ("a: one\n\n   two\n", "/a", (1, 4)),
        ("a: |2\n   one\n  two\n", "/a", (1, 4)),  # an indentation that was stated
        ("a: 'it''s\n  one'\n", "/a", (1, 4)),  # escapes and folds
        ("b: &x one\na: *x\n", "/a", (2, 4)),  # written elsewhere
        ("a: ''\n", "/a", (1, 4)),
        ("a: {b: c}\n", "/a", (1, 4)),
        ("a: 12\n", "/a", (1, 4)),
        ("a: [x]\n", "/a/7", (1, 1)),
        ("a: [x]\n", "/a/x", (1, 1)),
        ("a: x\n", "/a/b", (1, 1)),
        ("a: x\n", "/z/y", (1, 1)),
    ],
)
def test_without_an_exact_answer_it_is_where_the_value_begins(
    text: str, at: str, expected: tuple[int, int]
) -> None:
    assert placed(text, 1, 3, at) == expected


LINES = st.lists(
    st.text("abz '\"\\:#{}[]&&|><=é😀", min_size=1).filter(lambda line: line[0] != " "), min_size=1
)


@given(LINES, st.data())
def test_each_character_of_a_literal_block_is_found(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[number - 1])))
    text = "a: |\n" + "".join(f"    {line}\n" for line in lines)
    assert placed(text, number, column) == (number + 1, column + 4)


ESCAPELESS = partial(json.dumps, ensure_ascii=False)


@given(
    st.text('abz "\\\n\té😀&|', min_size=1), st.sampled_from([json.dumps, ESCAPELESS]), st.data()
)
def test_each_character_of_a_quoted_text_is_found(
    value: str, write: Callable[[str], str], data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(value) - 1))
    before = value[:offset]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    text = "{" + f'"a": {write(value)}' + "}"
    written = len(write(before)) - 2
    assert placed(text, line, column) == (1, 8 + written)
