"""DSSE envelopes (secure-systems-lab/dsse, protocol v1): what is signed, and strict base64."""

from __future__ import annotations

import base64

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class EnvelopeError(ValueError):
    """The bytes are not an envelope in its one spelling."""


def pre_authentication_encoding(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes a signature is over (DSSE, section Signature Definition)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def encode(data: bytes) -> str:
    """Write bytes in standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode(text: object, what: str) -> bytes:
    """Read standard base64 in its one canonical spelling.

    Raises:
        EnvelopeError: It is none; `QUE=` and `QUG=` would otherwise be two names for one thing.
    """
    if not isinstance(text, str):
        raise EnvelopeError(f"{what} is not text")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error is one
        raise EnvelopeError(f"{what} is not base64") from error
    if encode(data) != text:
        raise EnvelopeError(f"{what} is base64 in other than its canonical spelling")
    return data
