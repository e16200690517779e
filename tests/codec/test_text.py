from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.surrogates import hide_pairs, is_hidden, show_pairs
from weighbridge.codec.text import decode, position, refused_character
from weighbridge.model.errors import DocumentError


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"])))
def test_text_comes_through_as_it_is(text: str) -> None:
    assert decode(text.encode(), "f") == text


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", (1, 1)),
        ("abc", (1, 4)),
        ("é😀", (1, 3)),
        ("a\n", (2, 1)),
        ("a\r\nb", (2, 2)),
        ("a\rb\n\rc", (4, 2)),
        ("\ufeff", (1, 1)),
        ("\ufeffab", (1, 3)),
        ("a\n\ufeffb", (2, 3)),
    ],
)
def test_a_position_is_counted_in_lines_and_characters(
    before: str, expected: tuple[int, int]
) -> None:
    assert position(before) == expected


def test_every_character_that_text_must_not_hold_is_found() -> None:
    kept = {"\t", "\n", "\r"}
    controls = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - kept
    breaks = {"\u2028", "\u2029", "\ufffe", "\uffff"}
    for character in controls | breaks:
        assert refused_character(f"a{character}b") == character
        with pytest.raises(DocumentError):
            decode(f"a{character}".encode(), "f")
    assert refused_character("".join(kept) + "é😀\ue000\ufeff\U0010ffff") == ""


@given(st.text(st.characters(min_codepoint=0x10000), min_size=1))
def test_a_hidden_pair_is_as_long_and_shows_again(text: str) -> None:
    escaped = text.encode("utf-16-be").hex()
    escaped = "".join(f"\\u{escaped[index : index + 4]}" for index in range(0, len(escaped), 4))
    hidden = hide_pairs(f'"{escaped}"')
    assert len(hidden) == len(escaped) + 2
    assert is_hidden(hidden)
    read = hidden.encode().decode("unicode-escape")
    assert show_pairs(read) == f'"{text}"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        r"\ud83d",
        r"\ude00\ud83d",
        r"\ud83d \ude00",
        r"\\ud83d\ude00",
        r"\ud83dx\ude00",
        r"\ud83d\ude00 \ue000",
        r"\ud83d\ude00 \U0000E7ff",
        "\\ud83d\\ude00 \ue3ff",
    ],
)
def test_what_is_no_pair_or_could_be_mistaken_stays(text: str) -> None:
    assert hide_pairs(text) == text
