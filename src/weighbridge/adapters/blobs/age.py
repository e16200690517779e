"""Blobs as age files: each can be decrypted by `age` itself, and here at any place of it.

The payload is cut into chunks of 64 KiB, each authenticated with its number and whether it is the
last (STREAM). What is read is what was encrypted, or an error; the size is believed only after the
last chunk was decrypted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from weighbridge.adapters.blobs.age_header import (
    LARGEST,
    derive,
    read_header,
    unwrap,
    write_header,
)
from weighbridge.adapters.blobs.store import DamagedError
from weighbridge.model.errors import UnavailableError
from weighbridge.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.x25519 import (
        X25519PrivateKey,
        X25519PublicKey,
    )

    from weighbridge.model.ports import ByteSource

CHUNK = 64 << 10
_TAG = 16
_SEALED = CHUNK + _TAG
_NONCE = 16
_AHEAD = 64 * CHUNK
"""Bytes decrypted at once by whoever reads forwards: each turn may be a request."""


class AgeSealing:
    """One file that is being encrypted."""

    def __init__(self, recipients: Sequence[X25519PublicKey]) -> None:
        """Make a key for the file, and wrap it for its recipients."""
        file_key, nonce = os.urandom(16), os.urandom(_NONCE)
        self._cipher = _payload_cipher(file_key, nonce)
        self._begin = write_header(file_key, recipients) + nonce
        self._held = bytearray()
        self._count = 0

    def update(self, data: bytes) -> bytes:
        """Encrypt all chunks but the last, of which nobody knows yet that it is."""
        self._held += data
        sealed, self._begin = [self._begin], b""
        at = 0
        while len(self._held) - at > CHUNK:
            sealed.append(self._seal(bytes(self._held[at : at + CHUNK]), last=False))
            at += CHUNK
        del self._held[:at]
        return b"".join(sealed)

    def finish(self) -> bytes:
        """Encrypt the last chunk; it is empty only if the file is."""
        return self._begin + self._seal(bytes(self._held), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(_chunk_nonce(self._count, last=last), chunk, None)
        self._count += 1
        return sealed


class AgeSource(Source):
    """An encrypted file, read as what was encrypted."""

    def __init__(self, inner: ByteSource, identities: Sequence[X25519PrivateKey]) -> None:
        """Find the file's key, and look at its last chunk.

        Raises:
            DamagedError: It is no age file, or not as it was written.
            UnavailableError: None of the identities decrypts it.
        """
        self._inner = inner
        header = read_header(inner.read_at(0, min(inner.size, LARGEST)))
        file_key = unwrap(header, identities)
        if file_key is None:
            help_ = ["name an identity it was encrypted to with WEIGHBRIDGE_AGE_IDENTITY"]
            raise UnavailableError("no identity that was named decrypts it", help=help_)
        nonce = inner.read_at(header.size, _NONCE)
        self._start = header.size + _NONCE
        sealed = inner.size - self._start
        self._chunks = max(1, -(-sealed // _SEALED))
        self._last = sealed - (self._chunks - 1) * _SEALED
        if self._last < _TAG or (self._last == _TAG and self._chunks > 1):
            raise DamagedError("its payload was cut short")
        self.size: int = sealed - self._chunks * _TAG
        self._cipher = _payload_cipher(file_key, nonce)
        self._position = 0
        self._ahead = memoryview(b"")
        self._recent = (-1, b"")
        self._chunk(self._chunks - 1)

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        if not self._ahead:
            self._ahead = memoryview(self.read_at(self._position, _AHEAD))
            self._position += len(self._ahead)
        found, self._ahead = self._ahead[:length], self._ahead[length:]
        return bytes(found)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        end = min(self.size, offset + length)
        if offset >= end:
            return b""
        first, last = offset // CHUNK, (end - 1) // CHUNK
        data = self._several(first, last) if first < last else self._chunk(first)
        return data[offset - first * CHUNK : end - first * CHUNK]

    def changed(self) -> bool:
        """Tell whether what is read from is another than when it was opened."""
        return self._inner.changed()

    def close(self) -> None:
        """Close what is read from."""
        self._inner.close()

    def _chunk(self, number: int) -> bytes:
        """Decrypt one chunk; readers of formats ask for the same one again and again."""
        if self._recent[0] != number:
            self._recent = (number, self._several(number, number))
        return self._recent[1]

    def _several(self, first: int, last: int) -> bytes:
        length = (last - first) * _SEALED
        length += self._last if last == self._chunks - 1 else _SEALED
        sealed = self._inner.read_at(self._start + first * _SEALED, length)
        if len(sealed) != length:
            raise DamagedError("it became shorter while it was read")
        view = memoryview(sealed)
        pieces = (
            self._opened(number, view[at : at + _SEALED])
            for number, at in enumerate(range(0, length, _SEALED), first)
        )
        return b"".join(pieces)

    def _opened(self, number: int, sealed: memoryview) -> bytes:
        nonce = _chunk_nonce(number, last=number == self._chunks - 1)
        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise DamagedError(f"its chunk {number} is not as it was written") from error


class AgeCipher:
    """Encrypts blobs to recipients, and decrypts them with identities."""

    def __init__(
        self,
        recipients: Sequence[X25519PublicKey],
        identities: Callable[[], Sequence[X25519PrivateKey]],
    ) -> None:
        """Encrypt to recipients, if any; identities are asked for when something is decrypted."""
        self._recipients = recipients
        self._identities = identities
        self._known: Sequence[X25519PrivateKey] | None = None

    @property
    def encrypts(self) -> bool:
        """Whether what is put is encrypted, or what was is only read."""
        return bool(self._recipients)

    def seal(self) -> AgeSealing:
        """Begin to encrypt a file."""
        return AgeSealing(self._recipients)

    def open(self, source: ByteSource) -> AgeSource:
        """Open an encrypted file; it closes what it reads from."""
        if self._known is None:
            self._known = self._identities()
        return AgeSource(source, self._known)


def _payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(derive(file_key, salt=nonce, info=b"payload"))


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
