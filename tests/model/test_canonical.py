from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec import canonical as fast
from weighbridge.model.canonical import DEEPEST, NotCanonicalError, canonical_bytes, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=30,
)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@given(VALUES)
def test_the_bytes_are_those_of_the_fast_writer(value: object) -> None:
    data = canonical_bytes(value)
    assert data == fast.canonical_bytes(value)
    assert read_json(data) == value


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), b"x", (1,), {1: 2}, {"é": 1}, {"\ud800": 1}, "\ud800",
     {"a": [{"b": "\udc00"}]}, object()],
)  # fmt: skip
def test_what_has_no_canonical_form_is_not_written(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"\xef\xbb\xbf1", b"1.0", b"1e2", b"NaN", b"-Infinity", b"9007199254740992",
     b"9" * 5000, b'{"a":1,"a":1}', b'{"\xc3\xa9":1}', b'"\\ud800"', b"1 2", b"[" * 10**5],
)  # fmt: skip
def test_what_is_not_plain_json_is_not_read(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        read_json(data)


def test_depth_has_one_limit_for_reading_and_writing() -> None:
    assert read_json(canonical_bytes(nested(DEEPEST))) == nested(DEEPEST)
    with pytest.raises(NotCanonicalError, match="deeper than"):
        canonical_bytes(nested(DEEPEST + 1))
    with pytest.raises(NotCanonicalError, match="deeper than"):
        read_json(b"[" * (DEEPEST + 1) + b"1" + b"]" * (DEEPEST + 1))
