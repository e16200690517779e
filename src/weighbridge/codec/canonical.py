"""Canonical JSON and digests.

The bytes are those of RFC 8785 (JCS), over values in which the rare parts of that standard
cannot occur: no floats, integers within ±(2**53 - 1), ASCII keys. Under these conditions
sorting keys by code point is all that is left of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_INTEGER = 2**53 - 1


class NotCanonicalError(ValueError):
    """A value has no canonical form: a float, a large integer, a key that is not ASCII text."""


def canonical_bytes(value: Any) -> bytes:
    """Write a plain value as canonical JSON (RFC 8785).

    Raises:
        NotCanonicalError: The value has no canonical form.
    """
    _check(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:  # lone surrogates
        raise NotCanonicalError(str(error)) from error


def _check(value: Any) -> None:
    """Refuse what would make orjson's bytes differ from RFC 8785's."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if not all(isinstance(key, str) and key.isascii() for key in item):
                message = "a key is not ASCII text"
                raise NotCanonicalError(message)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, int):
            if abs(item) > MAX_INTEGER:
                message = f"the integer {item} is beyond ±(2**53 - 1)"
                raise NotCanonicalError(message)
        elif item is not None and not isinstance(item, str):
            message = f"a {type(item).__name__} has no canonical form"
            raise NotCanonicalError(message)


def digest(data: bytes) -> str:
    """Return `sha256:` and the hexadecimal sha256 of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def section_digests(sealed: Mapping[str, Any]) -> dict[str, str]:
    """Digest each top section of a resolved manifest, `metadata` among them.

    A section's digest is the sha256 of the canonical `{name: value}`, so that equal values
    under different names are different.
    """
    sections = {"metadata": sealed["metadata"], **sealed["spec"]}
    return {
        name: digest(canonical_bytes({name: value})) for name, value in sorted(sections.items())
    }
