"""Secrets: 256 bits of chance behind a word that says what they are for, kept as digests only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

TOKEN: Final = "wbt_"  # noqa: S105 - the word before a secret, not one
EXCHANGED: Final = "wbx_"
COMMAND: Final = "wbs_"
COOKIE: Final = "wbc_"
_BYTES: Final = 32
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come of it, and nothing that looks like a digit (RFC 8628, 6.1)."""


def new_secret(prefix: str) -> str:
    """Make a secret."""
    return prefix + secrets.token_urlsafe(_BYTES)


def new_identifier() -> str:
    """Make a name for something, that says nothing of its secret."""
    return secrets.token_hex(8)


def new_code() -> str:
    """Make a code that people compare: two times four letters."""
    letters = [secrets.choice(_LETTERS) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: it has 256 bits, so nobody tries them all."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_digest_of(kept: str, secret: str) -> bool:
    """Tell whether a digest is a secret's, in a time that says nothing of either."""
    return hmac.compare_digest(kept, digest_of(secret))
