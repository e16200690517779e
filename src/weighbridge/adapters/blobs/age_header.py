"""The header of an age file (https://age-encryption.org/v1), to the letter of its grammar.

Only X25519 recipients are written. Stanzas of other types are read over; one of scrypt never stands
with others.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weighbridge.adapters.blobs.store import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST = 64 << 10
"""Bytes of a header that are read, at most; one of ours has 150 and 100 for each recipient."""

_VERSION = b"age-encryption.org/v1\n"
_X25519 = "X25519"
_FILE_KEY = 16
_COLUMNS = 64
_NOTHING = bytes(12)
_ARGUMENTS = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)")
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_END = re.compile(rb"--- ([A-Za-z0-9+/]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """The file key, wrapped for one recipient.

    Attributes:
        arguments: Its type, and what that needs.
        body: The wrapped key.
    """

    arguments: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a file.

    Attributes:
        stanzas: What wraps its key.
        signed: The bytes its MAC is over.
        mac: The MAC.
        size: Its bytes.
    """

    stanzas: tuple[Stanza, ...]
    signed: bytes
    mac: bytes
    size: int


def derive(key: bytes, *, salt: bytes, info: bytes) -> bytes:
    """Derive a key of 32 bytes (HKDF with SHA-256)."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def write_header(file_key: bytes, recipients: Iterable[X25519PublicKey]) -> bytes:
    """Wrap a file key for recipients."""
    text = _VERSION
    for recipient in recipients:
        secret = X25519PrivateKey.from_private_bytes(os.urandom(32))
        share = secret.public_key().public_bytes_raw()
        wrap = _wrap_key(secret.exchange(recipient), share, recipient)
        body = ChaCha20Poly1305(wrap).encrypt(_NOTHING, file_key, None)
        text += b"-> X25519 " + _encoded(share) + b"\n" + _encoded(body) + b"\n"
    text += b"---"
    return text + b" " + _encoded(_mac(file_key, text)) + b"\n"


def read_header(data: bytes) -> Header:
    """Read a header at the beginning of some bytes.

    Raises:
        DamagedError: There is none, or one that says something in another way than it has to.
    """
    if not data.startswith(_VERSION):
        raise DamagedError("it is no age file of version 1")
    at = len(_VERSION)
    stanzas: list[Stanza] = []
    while True:
        line, after = _line(data, at)
        if end := _END.fullmatch(line):
            if not stanzas:
                raise DamagedError("its header wraps the key for nobody")
            signed = data[: at + len(b"---")]
            mac = _decoded(end[1])
            return Header(stanzas=tuple(stanzas), signed=signed, mac=mac, size=after)
        found = _ARGUMENTS.fullmatch(line)
        if found is None:
            raise DamagedError("its header has a line that is none")
        body, at = _read_body(data, after)
        stanzas.append(Stanza(arguments=tuple(found[1].decode().split(" ")), body=body))


def unwrap(header: Header, identities: Sequence[X25519PrivateKey]) -> bytes | None:
    """Find the file key with the first identity that has it; None if none has.

    Raises:
        DamagedError: The header is not as it was written.
    """
    kinds = [stanza.arguments[0] for stanza in header.stanzas]
    if "scrypt" in kinds and len(kinds) > 1:
        raise DamagedError("its header wraps the key for a passphrase and for somebody else")
    wrapped = [_wrapped(stanza) for stanza in header.stanzas if stanza.arguments[0] == _X25519]
    for share, body in wrapped:
        for identity in identities:
            file_key = _unwrapped(share, body, identity)
            if file_key is None:
                continue
            if not hmac.compare_digest(_mac(file_key, header.signed), header.mac):
                raise DamagedError("its header is not as it was written")
            return file_key
    return None


def _wrapped(stanza: Stanza) -> tuple[bytes, bytes]:
    """Take the parts of a stanza for an X25519 recipient."""
    if len(stanza.arguments) != len((_X25519, "share")):
        raise DamagedError("its header has a stanza of too few or too many arguments")
    share = _decoded(stanza.arguments[1].encode())
    if len(share) != len(stanza.body) or len(share) != 2 * _FILE_KEY:
        raise DamagedError("its header has a stanza of a wrong length")
    return share, stanza.body


def _unwrapped(share: bytes, body: bytes, identity: X25519PrivateKey) -> bytes | None:
    try:
        secret = identity.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:  # all zeros
        raise DamagedError("its header has a share of low order") from error
    try:
        wrap = _wrap_key(secret, share, identity.public_key())
        return ChaCha20Poly1305(wrap).decrypt(_NOTHING, body, None)
    except InvalidTag:
        return None


def _wrap_key(secret: bytes, share: bytes, recipient: X25519PublicKey) -> bytes:
    salt = share + recipient.public_bytes_raw()
    return derive(secret, salt=salt, info=b"age-encryption.org/v1/X25519")


def _mac(file_key: bytes, text: bytes) -> bytes:
    return hmac.digest(derive(file_key, salt=b"", info=b"header"), text, sha256)


def _read_body(data: bytes, at: int) -> tuple[bytes, int]:
    """Read the lines of a stanza's body; only the last is short."""
    text = b""
    while True:
        line, at = _line(data, at)
        if not _BODY.fullmatch(line):
            raise DamagedError("its header has a line that is none")
        text += line
        if len(line) < _COLUMNS:
            return _decoded(text), at


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\n", at)
    if end < 0:
        raise DamagedError("its header has no end")
    return data[at:end], end + 1


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    """Read base64 without padding, in its one spelling."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise DamagedError("its header has base64 that is none") from error
    if _encoded(data) != text:
        raise DamagedError("its header has base64 in another spelling")
    return data
