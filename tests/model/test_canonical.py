from __future__ import annotations

import json

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


DECIMALS = st.recursive(
    st.none()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False),
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


@given(DECIMALS)
def test_decimals_are_read_when_asked_for(value: object) -> None:
    seen = read_json(json.dumps(value).encode(), decimals=True)
    assert (repr(seen), seen) == (repr(value), value)


@pytest.mark.parametrize("data", [b"0.93", b"[1,-0.5]", b'{"a":{"b":1e-3}}', b"1E2"])
def test_decimals_are_refused_unless_asked_for(data: bytes) -> None:
    assert read_json(data, decimals=True) == json.loads(data)
    with pytest.raises(NotCanonicalError, match="is not an integer"):
        read_json(data)
    with pytest.raises(NotCanonicalError, match="float has no canonical form"):
        canonical_bytes(read_json(data, decimals=True))


@pytest.mark.parametrize("data", [b"1e999", b"-1e999", b'{"a":[1e400]}', b"9" * 400 + b".5"])
def test_a_decimal_that_no_float_can_hold_is_not_read(data: bytes) -> None:
    with pytest.raises(NotCanonicalError, match="not a finite number"):
        read_json(data, decimals=True)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"NaN", b"Infinity", b"-Infinity", b"[nan]", b".5", b"1.", b"0x1p3", b"1_0.0",
     b"9007199254740992", b"9" * 5000, b'{"a":0.5,"a":0.5}', b'{"\xc3\xa9":0.5}', b'"\\ud800"',
     b"0.5 1", b"[" * 10**5, b"[" * (DEEPEST + 1) + b"0.5" + b"]" * (DEEPEST + 1)],
)  # fmt: skip
def test_with_decimals_all_else_is_as_strict(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        read_json(data, decimals=True)
