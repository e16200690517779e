from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.base64text import write_base64
from weighbridge.seal.dsse import EnvelopeError, decode, pre_authentication_encoding


def test_the_encoding_is_that_of_the_specification() -> None:
    seen = pre_authentication_encoding(b"hello world", "http://example.com/HelloWorld")
    assert seen == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_of_bytes_not_of_characters() -> None:
    assert pre_authentication_encoding("é".encode(), "é") == "DSSEv1 2 é 2 é".encode()


@given(st.tuples(st.binary(), st.text()), st.tuples(st.binary(), st.text()))
def test_no_two_payloads_are_encoded_alike(
    one: tuple[bytes, str], other: tuple[bytes, str]
) -> None:
    alike = pre_authentication_encoding(*one) == pre_authentication_encoding(*other)
    assert alike == (one == other)


@given(st.binary())
def test_base64_is_read_as_it_was_written(data: bytes) -> None:
    assert decode(write_base64(data), "it") == data


@pytest.mark.parametrize(
    "text", ["QUG=", "QUF=", "QQ", "QQ=", "QQ==\n", " QQ==", "Q Q==", "QQ===", "-_-_", "é", "====",
             "QQ==QQ==", None, 1, b"QQ==", ["QQ=="]],
)  # fmt: skip
def test_base64_has_one_spelling(text: object) -> None:
    with pytest.raises(EnvelopeError, match=r"^the payload is "):
        decode(text, "the payload")
