"""Encrypted PKCS#8 (RFC 5958) with scrypt: PBES2 of RFC 8018, key derivation of RFC 7914.

`cryptography` reads this but writes PKCS#8 only with 2,048 rounds of PBKDF2, which a thief of the
file can try billions of passphrases against.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

from weighbridge.model.base64text import write_base64

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_PBES2 = bytes.fromhex("06092a864886f70d01050d")  # 1.2.840.113549.1.5.13
_SCRYPT = bytes.fromhex("06092b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_AES256_CBC = bytes.fromhex("060960864801650304012a")  # 2.16.840.1.101.3.4.1.42
_KEY_LENGTH, _BLOCK, _SALT = 32, 16, 16
_LINE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How much work one guess at a passphrase is (RFC 7914).

    Attributes:
        n: CPU and memory cost, a power of two; memory is 128 * n * r bytes.
        r: Block size.
        p: How often the work is done.
    """

    n: int
    r: int
    p: int


STRONG = Cost(n=1 << 14, r=8, p=5)
"""16 MiB and two tenths of a second: of the settings OWASP's cheat sheet names, the largest in
memory that OpenSSL's own tools read."""


def lock_pkcs8(key: bytes, passphrase: bytes, *, cost: Cost = STRONG) -> bytes:
    """Encrypt a private key.

    Args:
        key: Its PrivateKeyInfo (PKCS#8), DER.
        passphrase: What it is locked with.
        cost: How much work one guess is to be.

    Returns:
        EncryptedPrivateKeyInfo, PEM (RFC 7468).
    """
    salt, iv = os.urandom(_SALT), os.urandom(_BLOCK)
    secret = Scrypt(salt=salt, length=_KEY_LENGTH, n=cost.n, r=cost.r, p=cost.p).derive(passphrase)
    padder, encryptor = PKCS7(_BLOCK * 8).padder(), Cipher(AES256(secret), CBC(iv)).encryptor()
    padded = padder.update(key) + padder.finalize()
    sealed = encryptor.update(padded) + encryptor.finalize()
    numbers = [_integer(value) for value in (cost.n, cost.r, cost.p, _KEY_LENGTH)]
    derivation = _der(_SEQUENCE, _SCRYPT, _der(_SEQUENCE, _der(_OCTETS, salt), *numbers))
    scheme = _der(_SEQUENCE, _AES256_CBC, _der(_OCTETS, iv))
    algorithm = _der(_SEQUENCE, _PBES2, _der(_SEQUENCE, derivation, scheme))
    return _pem(_der(_SEQUENCE, algorithm, _der(_OCTETS, sealed)))


def _der(tag: int, *parts: bytes) -> bytes:
    """Write a value of distinguished encoding (X.690); ours are shorter than 64 KiB."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:  # noqa: PLR2004 - X.690, 8.1.3: the short form
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content


def _integer(value: int) -> bytes:
    # One bit more than the value has: a leading one would be a sign.
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def _pem(der: bytes) -> bytes:
    text, label = write_base64(der), "ENCRYPTED PRIVATE KEY"
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()
