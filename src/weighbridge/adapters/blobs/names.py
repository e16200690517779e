"""Where the bytes of a digest lie in a store: `sha256/ab/cdef…`, encrypted `age/ab/cdef…`.

A digest that is not one becomes no name.
"""

from __future__ import annotations

import re

from weighbridge.model.errors import RegistryError

PLAIN = "sha256"
"""Where bytes lie as they are."""

ENCRYPTED = "age"
"""Where they lie encrypted, under the digest of what was encrypted."""

INCOMING = "incoming"
"""Where bytes on their way lie; nobody looks for a blob there."""

MARK = "weighbridge-store"
"""Names the one registry a store that lies elsewhere belongs to."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(rf"(?:{PLAIN}|{ENCRYPTED})/([0-9a-f]{{2}})/([0-9a-f]{{62}})")


def check_digest(digest: str) -> str:
    """Return the hexadecimal digits of a digest.

    Raises:
        RegistryError: It is not a digest.
    """
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(
            f"{digest[:100]!r} is not a digest",
            wanted="sha256: and 64 lower-case hexadecimal digits",
            help=["restore the manifest or listing it stands in, or seal again"],
        )
    return digest.removeprefix("sha256:")


def blob_name(digest: str, area: str = PLAIN) -> str:
    """Name where the bytes of a digest lie.

    Raises:
        RegistryError: It is not a digest.
    """
    digits = check_digest(digest)
    return f"{area}/{digits[:2]}/{digits[2:]}"


def named_digest(name: str) -> str | None:
    """Say of which digest the bytes under a name are; None if it names no blob."""
    found = _NAME.fullmatch(name)
    return f"sha256:{found[1]}{found[2]}" if found else None


def is_ours(name: str) -> bool:
    """Tell whether weighbridge itself may have put something under a name."""
    return name == MARK or name.startswith(f"{INCOMING}/") or named_digest(name) is not None
