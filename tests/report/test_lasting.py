from __future__ import annotations

import sys
import unicodedata

import pytest

from weighbridge.report.lasting import lasting

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"}


def test_nothing_that_cannot_be_seen_is_left() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    unseen = [char for char in every if unicodedata.category(char) in INVISIBLE and char != " "]
    assert len(unseen) > 100_000
    assert [char for char in unseen if lasting(char) == char] == []


@pytest.mark.parametrize("text", ["demo@1.0.0", "Zoë", "שלום", "模型", "a b", "🦆", "\U0001f9ff"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert lasting(text) == text


def test_what_moves_the_cursor_is_spelled_out() -> None:
    assert lasting("a\x1b[2J\u202eb\n") == "a\\x1b[2J\\u202eb\\n"


def test_what_no_python_knows_yet_is_the_same_in_all() -> None:
    assert lasting("\U0001faff\u0378") == "\U0001faff\u0378"
