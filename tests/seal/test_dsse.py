from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.base64text import write_base64
from weighbridge.seal.dsse import EnvelopeError, decode, pre_authentication_encoding
from weighbridge.seal.keys import read_public_key, verify_signature

HELLO = "http://example.com/HelloWorld"


def test_the_encoding_is_that_of_the_specification() -> None:
    seen = pre_authentication_encoding(b"hello world", HELLO)
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


def test_the_envelope_of_the_specification_verifies() -> None:
    """https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, Test Vectors."""
    numbers = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    spki = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = read_public_key(spki)
    raw = decode(
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
        "the signature",
    )
    # There r and s, one after the other; here, as everywhere else since, in DER.
    signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    payload, payload_type = decode("aGVsbG8gd29ybGQ=", "the payload"), HELLO
    assert verify_signature(key, pre_authentication_encoding(payload, payload_type), signature)
    for other in (
        pre_authentication_encoding(payload + b"!", payload_type),
        pre_authentication_encoding(payload, payload_type + "/"),
        payload,
    ):
        assert not verify_signature(key, other, signature)
