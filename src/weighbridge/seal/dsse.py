"""DSSE envelopes (secure-systems-lab/dsse, protocol v1): what is signed, and strict base64."""

from __future__ import annotations

from weighbridge.model.base64text import NotBase64Error, read_base64

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class EnvelopeError(ValueError):
    """The bytes are not an envelope in its one spelling."""


def pre_authentication_encoding(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes a signature is over (DSSE, section Signature Definition)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def decode(text: object, what: str) -> bytes:
    """Read standard base64 in its one canonical spelling.

    Raises:
        EnvelopeError: It is none.
    """
    if not isinstance(text, str):
        raise EnvelopeError(f"{what} is not text")
    try:
        return read_base64(text)
    except NotBase64Error as error:
        raise EnvelopeError(f"{what} {error}") from error
