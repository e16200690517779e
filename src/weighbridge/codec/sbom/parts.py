"""What CycloneDX and SPDX have in common when they are judged: hashes, addresses, licences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.codec.licences.expressions import LicenceError, read_expression
from weighbridge.codec.purl import PurlError, read_purl
from weighbridge.model.bill import Inconsistency
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.bill import BillFault

Path = tuple[str | int, ...]

MOST: Final = 1_000
"""Inconsistencies of one bill; more need nobody to read them."""

_DIGITS: Final = {
    "adler32": 8,
    "blake2b160": 40,
    "blake2b256": 64,
    "blake2b384": 96,
    "blake2b512": 128,
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha3224": 56,
    "sha3256": 64,
    "sha3384": 96,
    "sha3512": 128,
    "sha512": 128,
}
_SIGNS: Final = re.compile(r"[-_ ]")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SHOWN: Final = 80


def inconsistency(fault: BillFault, message: str, path: Path, wanted: str = "") -> Inconsistency:
    """Note what cannot be so, and where."""
    return Inconsistency(fault=fault, message=message, pointer=at(path), wanted=wanted)


def at(path: Path) -> str:
    """Write the way to a value as a JSON pointer."""
    return pointer(*(str(step) for step in path))


def shown(text: object) -> str:
    """Quote a text of somebody else's, short and on one line."""
    written = ascii(text)[1:-1] if isinstance(text, str) else f"a {type(text).__name__}"
    return written if len(written) <= _SHOWN else written[:_SHOWN] + "…"


def kept(value: object) -> str:
    """Return a text as it is kept: one that half a surrogate pair was in can be written down."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


def algorithm(name: object) -> str:
    """Write the name of a hash algorithm as all formats would: `SHA-256` is `sha256`."""
    return _SIGNS.sub("", kept(name)).lower()


def hash_faults(name: object, value: object, path: Path) -> Iterator[Inconsistency]:
    """Say of a hash that it is none of its algorithm; of an algorithm nobody knows, nothing."""
    digits = _DIGITS.get(algorithm(name))
    if digits is None or not isinstance(value, str):
        return
    if len(value) != digits or not _HEX.fullmatch(value):
        seen = f"{len(value)} characters" if _HEX.fullmatch(value) else "other characters"
        message = f"a {shown(name)} hash has {seen}"
        yield inconsistency("hash-length", message, path, f"{digits} hexadecimal digits")


def purl_faults(text: object, path: Path) -> Iterator[Inconsistency]:
    """Say of a package URL that it is none."""
    try:
        read_purl(str(text))
    except PurlError as error:
        message = f"{shown(text)} is no package URL: {error}"
        yield inconsistency("bad-purl", message, path, "pkg:TYPE/NAMESPACE/NAME@VERSION")


def licence_faults(text: object, path: Path) -> Iterator[Inconsistency]:
    """Say of a licence expression that it is none."""
    try:
        read_expression(str(text))
    except LicenceError as error:
        message = f"{shown(text)} is no licence expression: {error}"
        yield inconsistency("bad-licence", message, path, "an SPDX licence expression")


def duplicates(found: Sequence[tuple[str, Path]]) -> Iterator[Inconsistency]:
    """Say of references that they name two things."""
    first: dict[str, Path] = {}
    for ref, path in found:
        if ref in first:
            message = f"the reference {shown(ref)} names two things, the other at {at(first[ref])}"
            yield inconsistency("duplicate-reference", message, path, "a reference of its own")
        else:
            first[ref] = path
