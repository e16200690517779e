"""Age files put together by hand, well or badly, all for one identity."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weighbridge.adapters.blobs.bech32 import write_bech32

SECRET = bytes(range(1, 33))
IDENTITY = X25519PrivateKey.from_private_bytes(SECRET)
IDENTITY_TEXT = write_bech32("age-secret-key-", SECRET).upper()
RECIPIENT_TEXT = write_bech32("age", IDENTITY.public_key().public_bytes_raw())
FILE_KEY = b"YELLOW SUBMARINE"
NONCE = bytes(range(16))
VERSION = b"age-encryption.org/v1\n"
CHUNK = 64 << 10
SHARE = X25519PrivateKey.from_private_bytes(b"\x42" * 32)


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def share_of(data: bytes | None = None) -> bytes:
    return SHARE.public_key().public_bytes_raw() if data is None else data


def body(file_key: bytes = FILE_KEY) -> bytes:
    recipient = IDENTITY.public_key()
    salt = share_of() + recipient.public_bytes_raw()
    wrap = hkdf(SHARE.exchange(recipient), salt, b"age-encryption.org/v1/X25519")
    return ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)


def stanza(
    arguments: bytes = b"", wrapped: bytes = b"", *, kind: bytes = b"X25519", end: bytes = b"\n"
) -> bytes:
    share = arguments or b64(share_of())
    return b"-> " + kind + b" " + share + end + (wrapped or b64(body())) + end


def mac(text: bytes) -> bytes:
    return hmac.digest(hkdf(FILE_KEY, b"", b"header"), text, sha256)


def header(*stanzas: bytes, end: bytes | None = None, version: bytes = VERSION) -> bytes:
    text = version + b"".join(stanzas or (stanza(),)) + b"---"
    return text + (b" " + b64(mac(text)) + b"\n" if end is None else end)


def chunk(number: int, data: bytes, *, last: bool) -> bytes:
    cipher = ChaCha20Poly1305(hkdf(FILE_KEY, NONCE, b"payload"))
    return cipher.encrypt(number.to_bytes(11, "big") + bytes([last]), data, None)


def payload(*pieces: bytes) -> bytes:
    sealed = [chunk(at, piece, last=at == len(pieces) - 1) for at, piece in enumerate(pieces)]
    return NONCE + b"".join(sealed)


GREASE = b"-> grease-\x21~ a b c\n" + b64(b"g" * 48) + b"\n\n"
"""A stanza of no known type: one full line, and an empty one."""

FULL = b"x" * CHUNK
WHOLE = payload(b"payload")
SCRYPT = b"-> scrypt " + b64(bytes(16)) + b" 10\n" + b64(bytes(32)) + b"\n"
_BODY = b64(body())
_SHARE = b64(share_of())
_TEXT = VERSION + stanza() + b"---"
_MAC = b64(mac(_TEXT))


def _odd(text: bytes) -> bytes:
    """Set a bit at the end of base64 that means nothing."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-1] + bytes([alphabet[alphabet.index(text[-1]) | 1]])


GOOD = {
    "one chunk": header() + WHOLE,
    "nothing": header() + payload(b""),
    "a full last chunk": header() + payload(FULL),
    "two chunks": header() + payload(FULL, b"y"),
    "two full chunks": header() + payload(FULL, FULL),
    "grease before": header(GREASE, stanza()) + WHOLE,
    "grease behind": header(stanza(), GREASE) + WHOLE,
    "an empty body": header(b"-> empty\n\n", stanza()) + WHOLE,
    "for others first": header(stanza(wrapped=b64(bytes(32))), stanza()) + WHOLE,
    "another type in lower case": header(stanza(kind=b"x25519"), stanza()) + WHOLE,
}
BAD = {
    "empty": b"",
    "another version": header(version=b"age-encryption.org/v1234\n") + WHOLE,
    "lines end in CRLF": header(stanza(end=b"\r\n"), version=VERSION.replace(b"\n", b"\r\n"))
    + WHOLE,
    "a stray CR": header(stanza(end=b"\r\n")) + WHOLE,
    "no stanza": VERSION + b"--- " + b64(mac(VERSION + b"---")) + b"\n" + WHOLE,
    "no MAC": header(end=b"\n") + WHOLE,
    "a wrong MAC": header(end=b" " + b64(bytes(32)) + b"\n") + WHOLE,
    "a short MAC": header(end=b" " + _MAC[:-4] + b"\n") + WHOLE,
    "a MAC with padding": header(end=b" " + _MAC + b"=\n") + WHOLE,
    "a MAC with odd bits": header(end=b" " + _odd(_MAC) + b"\n") + WHOLE,
    "a MAC behind two blanks": header(end=b"  " + _MAC + b"\n") + WHOLE,
    "a MAC without a blank": header(end=_MAC + b"\n") + WHOLE,
    "a blank behind the MAC": header(end=b" " + _MAC + b" \n") + WHOLE,
    "text before the MAC": header(end=b"x " + _MAC + b"\n") + WHOLE,
    "nothing behind the MAC": header(end=b" " + _MAC),
    "a stanza added": header().replace(b"---", GREASE + b"---") + WHOLE,
    "no arguments": header(b"->\n\n", stanza()) + WHOLE,
    "an empty argument": header(b"-> a  b\n\n", stanza()) + WHOLE,
    "a blank at the end": header(b"-> a \n\n", stanza()) + WHOLE,
    "a character beyond ASCII": header("-> é\n\n".encode(), stanza()) + WHOLE,
    "a wrong beginning": header(b"=> a\n\n", stanza()) + WHOLE,
    "a long line": header(b"-> a\n" + b"A" * 68 + b"\n\n", stanza()) + WHOLE,
    "two short lines": header(b"-> a\nAAAA\nAAAA\n", stanza()) + WHOLE,
    "a body with padding": header(stanza(wrapped=_BODY + b"=")) + WHOLE,
    "a body with odd bits": header(stanza(wrapped=_odd(_BODY))) + WHOLE,
    "a body of another alphabet": header(b"-> a\n_-_-\n", stanza()) + WHOLE,
    "a body of an impossible length": header(b"-> a\nAAAAA\n", stanza()) + WHOLE,
    "a share with padding": header(stanza(_SHARE + b"=")) + WHOLE,
    "a share with odd bits": header(stanza(_odd(_SHARE))) + WHOLE,
    "a short share": header(stanza(b64(share_of()[:31]))) + WHOLE,
    "a long share": header(stanza(b64(share_of() + b"x"))) + WHOLE,
    "a share of zeros": header(stanza(b64(bytes(32)))) + WHOLE,
    "a share of low order": header(stanza(b64(b"\x01" + bytes(31)))) + WHOLE,
    "an argument too many": header(stanza(_SHARE + b" more")) + WHOLE,
    "a wrapped key too long": header(stanza(wrapped=b64(body(FILE_KEY + b"x")))) + WHOLE,
    "a wrapped key too short": header(stanza(wrapped=b64(body(FILE_KEY[1:])))) + WHOLE,
    "a passphrase beside": header(SCRYPT, stanza()) + WHOLE,
    "no payload": header(),
    "a short nonce": header() + NONCE[:15],
    "no chunk": header() + NONCE,
    "a tag cut short": header() + WHOLE[:-1],
    "only a piece of a tag": header() + NONCE + b"0123456789abcde",
    "a flipped bit": header() + WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]),
    "a flipped bit in the second chunk": header() + payload(FULL, b"y")[:-1] + b"?",
    "a flipped nonce": header() + bytes([WHOLE[0] ^ 1]) + WHOLE[1:],
    "an empty last chunk": header() + payload(FULL, b""),
    "no last chunk": header() + NONCE + chunk(0, FULL, last=False),
    "no last chunk, and short": header() + NONCE + chunk(0, b"x", last=False),
    "a short chunk between": header() + payload(FULL[1:], b"y"),
    "two last chunks": header() + payload(FULL) + chunk(1, b"y", last=True),
    "a full last chunk in the middle": header()
    + NONCE
    + chunk(0, FULL, last=True)
    + chunk(1, FULL, last=True),
    "chunks in another order": header()
    + NONCE
    + chunk(1, FULL, last=False)
    + chunk(0, FULL, last=False)
    + chunk(2, b"y", last=True),
    "bytes behind a short end": header() + WHOLE + b"x",
    "bytes behind a full end": header() + payload(FULL) + b"x",
    "more bytes behind a full end": header() + payload(FULL) + b"x" * 50,
}
LOOSE = {
    "no body": header(b"-> a\n", stanza()) + WHOLE,
    "no last line": header(b"-> a\n" + b"A" * 64 + b"\n", stanza()) + WHOLE,
}
"""Files whose stanzas do not end as the grammar has it; some take them for an older age's."""

FOREIGN = {
    "for another": header(stanza(wrapped=b64(bytes(32)))) + WHOLE,
    "of a type nobody knows": header(GREASE) + WHOLE,
    "for a passphrase": header(SCRYPT) + WHOLE,
}
