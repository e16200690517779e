"""Standard base64 (RFC 4648, section 4) in its one canonical spelling.

`QUE=` and `QUG=` decode alike elsewhere; here the second is refused, so that one thing has one
name wherever its text is compared, signed or logged.
"""

from __future__ import annotations

import base64


class NotBase64Error(ValueError):
    """A text is not base64, or spells its bytes in other than the canonical way."""


def write_base64(data: bytes) -> str:
    """Write bytes in standard base64."""
    return base64.b64encode(data).decode("ascii")


def read_base64(text: str) -> bytes:
    """Read standard base64.

    Raises:
        NotBase64Error: It is none, or bits that mean nothing are not zero.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error is one
        raise NotBase64Error("is not base64") from error
    if write_base64(data) != text:
        raise NotBase64Error("is base64 in other than its canonical spelling")
    return data
