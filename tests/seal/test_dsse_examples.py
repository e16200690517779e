"""The example of the DSSE protocol, version 1.0.0, and what it demands of whoever verifies.

https://github.com/secure-systems-lab/dsse/blob/master/protocol.md: the numbers are its own. Keys A
and B are those of RFC 8032, section 7.1, with which anybody can sign.
"""

from __future__ import annotations

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.seal.signing import DIGEST, STATEMENT, signed, snapshot, spki, trusted
from weighbridge.model.predicates import RELEASE
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import Refusal, Signer, count, judge
from weighbridge.seal.keys import read_public_key, verify_signature

BODY, TYPE = b"hello world", "http://example.com/HelloWorld"
POINT = (
    46950820868899156662930047687818585632848591499744589407958293238635476079160,
    5640078356564379163099075877009565129882514886557779369047442380624545832820,
)
SIGNATURE = b64decode(
    "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
)
A, B = (
    ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    for seed in (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    )
)
KEYS = snapshot(trusted(spki(A), person="alice"), trusted(spki(B), person="bob"))


def holds(body: bytes, payload_type: str) -> bool:
    """Verify the signature of the example over something."""
    numbers = ec.EllipticCurvePublicNumbers(*POINT, ec.SECP256R1())
    der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    halves = (int.from_bytes(SIGNATURE[at : at + 32], "big") for at in (0, 32))
    message = pre_authentication_encoding(body, payload_type)
    return verify_signature(read_public_key(der), message, encode_dss_signature(*halves))


def judged(data: bytes) -> Signer | Refusal:
    return judge(
        read_bundle(data),
        snapshot=KEYS,
        at="2026-01-01T00:00:00Z",
        roles={"builder"},
        subject_digests={DIGEST},
        predicate_type=RELEASE,
    )


def test_the_example_of_the_protocol_verifies() -> None:
    assert holds(BODY, TYPE)


@pytest.mark.parametrize(
    ("body", "payload_type"),
    [
        (b"hello worlds", TYPE),
        (BODY, TYPE + "s"),
        (b"", TYPE),
        (BODY, ""),
        (b"http://example.com/HelloWorld 11 hello world", ""),
    ],
)
def test_nothing_else_verifies_with_its_signature(body: bytes, payload_type: str) -> None:
    assert not holds(body, payload_type)


@pytest.mark.parametrize(
    ("body", "payload_type", "encoded"),
    [
        (b"", "application/vnd.in-toto+json", "DSSEv1 28 application/vnd.in-toto+json 0 "),
        (b"{}", "application/vnd.ä+json", "DSSEv1 23 application/vnd.ä+json 2 {}"),
        (b"{}", "", "DSSEv1 0  2 {}"),
    ],
)
def test_lengths_are_those_of_the_bytes(body: bytes, payload_type: str, encoded: str) -> None:
    assert pre_authentication_encoding(body, payload_type) == encoded.encode()


def test_a_threshold_is_met_by_different_keys_alone() -> None:
    signers = [judged(signed(key)) for key in (A, B, A)]
    found = [one for one in signers if isinstance(one, Signer)]
    assert (count(found), count([found[0], found[2]])) == (2, 1)


def test_a_type_nobody_supports_is_refused_though_its_signature_is_good() -> None:
    for payload_type in ("application/vnd.example.other+json", "http://example.com/HelloWorld"):
        signature = A.sign(pre_authentication_encoding(STATEMENT, payload_type))
        data = write_bundle(STATEMENT, signature=signature, spki=spki(A))
        claimed = data.replace(b"application/vnd.in-toto+json", payload_type.encode())
        found = judged(claimed)
        assert isinstance(found, Refusal)
        assert found.reason.value == "wrong-payload-type"
        swapped = judged(data)
        assert isinstance(swapped, Refusal)
        assert swapped.reason.value == "bad-signature"
