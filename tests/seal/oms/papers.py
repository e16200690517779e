"""Keys and certificates that live for tests: an authority, those below it, and what they sign."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA224, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY = ec.derive_private_key(0xA11CE, ec.SECP256R1())
OTHER = ec.derive_private_key(0xB0B, ec.SECP256R1())
P384 = ec.derive_private_key(0xCA401, ec.SECP384R1())
P521 = ec.derive_private_key(0xDA7E, ec.SECP521R1())
ROOT_KEY = ec.derive_private_key(0x5007, ec.SECP256R1())
MIDDLE_KEY = ec.derive_private_key(0x1D1E, ec.SECP384R1())

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

Private = ec.EllipticCurvePrivateKey
Certificate = x509.Certificate


def spki(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_pem(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Private, passphrase: str = "") -> bytes:
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def sign(key: Private, message: bytes) -> bytes:
    digests = {256: SHA256(), 384: SHA384(), 521: SHA512()}
    return key.sign(message, ec.ECDSA(digests[key.curve.key_size]))


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(**true: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: true.get(one, False) for one in every})


def certificate(
    subject: str,
    key: Any,  # noqa: ANN401 - of any algorithm, refused ones too
    *,
    issuer: str = "",
    by: Private | None = None,
    days: tuple[int, int] = (-100, 100),
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    weak: bool = False,
) -> Certificate:
    """Make a certificate; without an issuer it signs itself."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(by or key, SHA224() if weak else SHA256())


SIGNS = ((usage(digital_signature=True), True),)
CODE = (*SIGNS, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False))


def issues(length: int | None = None) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return (
        (x509.BasicConstraints(ca=True, path_length=length), True),
        (usage(key_cert_sign=True), True),
    )


def root(**changes: Any) -> Certificate:  # noqa: ANN401 - as `certificate` takes them
    return certificate("root", ROOT_KEY, **{"extensions": issues(), **changes})


def middle(**changes: Any) -> Certificate:  # noqa: ANN401 - as above
    wanted = {"issuer": "root", "by": ROOT_KEY, "extensions": issues(0), **changes}
    return certificate("middle", MIDDLE_KEY, **wanted)


def leaf(key: Any = KEY, **changes: Any) -> Certificate:  # noqa: ANN401 - as above
    wanted = {"issuer": "middle", "by": MIDDLE_KEY, "extensions": CODE, **changes}
    return certificate("signer", key, **wanted)


def pem(*certificates: Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def der(*certificates: Certificate) -> list[bytes]:
    return [one.public_bytes(Encoding.DER) for one in certificates]
