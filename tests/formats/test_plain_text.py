from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import EDGE, codes, read, read_chopped, sniffed

TEXT = "# A model\n\nKürzel, 模型, 🙂\r\n\tindented\f\n".encode()


def test_text_is_understood_as_text_and_nothing_more() -> None:
    found = read(TEXT)
    assert (found.format, found.status, found.problems) == ("text", "complete", ())
    assert found.coverage == found.size == len(TEXT)
    assert (found.metadata, found.members) == ((), ())


@pytest.mark.parametrize("text", [b"", b"x", b"\xef\xbb\xbfhello\n", "é".encode() * 9_000])
def test_any_utf8_is_text(text: bytes) -> None:
    assert sniffed(text) == "text"
    assert read(text).status == "complete"


@pytest.mark.parametrize("length", range(4))
def test_characters_may_lie_across_both_edges(length: int) -> None:
    text = b"x" * length + "🙂".encode() * 3_000
    assert sniffed(text) == "text"
    assert read(text, window=EDGE).status == "complete"


@pytest.mark.parametrize(
    "data",
    [
        b"a\0b",
        b"a\x1b[31mb",
        b"a\x7fb",
        b"\xff\xfeh\0i\0",
        b"caf\xe9 au lait",
        b"\xc3",
        b"\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ],
)
def test_other_bytes_are_no_text(data: bytes) -> None:
    assert sniffed(data) is None
    found = read(data, "text")
    assert found.status != "complete"
    assert (found.format == "unknown") == (data != b"\xc3")


def test_text_that_turns_into_something_else_is_of_no_known_format() -> None:
    data = b"a" * 9_000 + b"\0" + b"a" * 9_000
    assert sniffed(data) == "text"
    found = read(data)
    assert (found.format, found.status, found.coverage) == ("unknown", "incomplete", 0)
    assert found.reason.endswith("it is text up to byte 9000")


def test_a_cut_character_is_damage() -> None:
    found = read("modè".encode()[:-1], "text")
    assert (found.status, codes(found)) == ("error", ["INT008"])


@given(st.binary(max_size=60), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_pieces_never_change_what_is_text(data: bytes, sizes: list[int]) -> None:
    found = read(data, "text")
    assert read_chopped(data, "text", sizes) == found
    if found.status == "complete":
        assert data.decode("utf-8").encode() == data
