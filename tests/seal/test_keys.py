from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.seal.signing import ALICE, BOB, CAROL, PrivateKey, identity, signature, spki
from weighbridge.seal.keys import UnusableKeyError, read_public_key, verify_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

KEYS: dict[str, PrivateKey] = {"ed25519": ALICE, "p256": BOB, "p384": CAROL}
ED25519 = spki(ALICE)[:-32]
PRIME = 2**255 - 19

Point = tuple[int, int]


def added(one: Point, other: Point) -> Point:
    """Add two points of Curve25519's Edwards form (RFC 8032, 5.1.4, affine)."""
    d = -121665 * pow(121666, -1, PRIME)
    (a, b), (c, e) = one, other
    cross = d * a * b * c * e
    x = (a * e + b * c) * pow(1 + cross, -1, PRIME)
    y = (b * e + a * c) * pow(1 - cross, -1, PRIME)
    return x % PRIME, y % PRIME


def torsion() -> list[bytes]:
    """Compute the eight points of small order, encoded, from one of order 8."""
    y = int("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
    d = -121665 * pow(121666, -1, PRIME)
    square = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    x = x if x * x % PRIME == square else x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert x * x % PRIME == square
    points = [(0, 1)]
    while (following := added(points[-1], (x, y))) != (0, 1):
        points.append(following)
    return [(b | (a & 1) << 255).to_bytes(32, "little") for a, b in points]


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_has_one_identity_however_it_is_written(algorithm: str) -> None:
    key = KEYS[algorithm].public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    read = read_public_key(pem)
    assert read == read_public_key(spki(KEYS[algorithm])) == read_public_key(b"\n" + pem)
    assert (read.algorithm, read.spki_digest) == (algorithm, identity(KEYS[algorithm]))
    assert read.spki_der == spki(KEYS[algorithm])


def test_a_compressed_point_is_the_same_key() -> None:
    point = BOB.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    header = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    assert read_public_key(header + point).spki_digest == identity(BOB)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_signature_is_of_one_key_over_one_message(key: PrivateKey) -> None:
    made = signature(key, b"message")
    assert verify_signature(read_public_key(spki(key)), b"message", made)
    assert not verify_signature(read_public_key(spki(key)), b"massage", made)
    assert not verify_signature(read_public_key(spki(key)), b"message", made + b"\x00")
    assert not verify_signature(read_public_key(spki(key)), b"message", b"")
    others = [other for other in KEYS.values() if other is not key]
    assert len(others) == 2
    for other in others:
        assert not verify_signature(read_public_key(spki(other)), b"message", made)


def test_p_384_signs_with_sha_384() -> None:
    made = CAROL.sign(b"message", ec.ECDSA(SHA256()))
    assert not verify_signature(read_public_key(spki(CAROL)), b"message", made)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        ec.derive_private_key(7, ec.SECP521R1()),
        ec.derive_private_key(7, ec.SECP256K1()),
    ],
    ids=["rsa", "ed448", "x25519", "p-521", "secp256k1"],
)
def test_other_algorithms_are_refused(key: PrivateKeyTypes) -> None:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UnusableKeyError, match="relied on"):
        read_public_key(der)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"-----BEGIN",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        spki(ALICE)[:-1],
        spki(ALICE) + b"\x00",
        spki(BOB)[:-1] + bytes([spki(BOB)[-1] ^ 1]),
        ALICE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ALICE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["empty", "x", "half", "not-der", "short", "long", "off-curve", "private-pem", "private"],
)
def test_what_is_not_a_public_key_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableKeyError, match="not a public key"):
        read_public_key(data)


def test_there_are_eight_points_of_small_order() -> None:
    assert len(set(torsion())) == 8


@pytest.mark.parametrize("point", torsion(), ids=bytes.hex)
@pytest.mark.parametrize("sign", [0, 0x80])
def test_points_of_small_order_are_refused(point: bytes, sign: int) -> None:
    with pytest.raises(UnusableKeyError, match="small order"):
        read_public_key(ED25519 + point[:-1] + bytes([point[-1] ^ sign]))


@pytest.mark.parametrize("excess", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_points_beyond_the_field_are_refused(excess: int, sign: int) -> None:
    point = (PRIME + excess | sign << 255).to_bytes(32, "little")
    with pytest.raises(UnusableKeyError, match="canonical encoding"):
        read_public_key(ED25519 + point)


def test_without_the_refusal_a_small_point_would_sign_anything() -> None:
    identity_point = ed25519.Ed25519PublicKey.from_public_bytes(torsion()[0])
    forged = torsion()[0] + bytes(32)
    identity_point.verify(forged, b"one message")
    identity_point.verify(forged, b"and any other")
    with pytest.raises(UnusableKeyError):
        read_public_key(ED25519 + torsion()[0])
