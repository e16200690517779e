"""What the RECORD of an installed distribution claims, row by row.

After "Recording installed projects" (https://packaging.python.org/specifications/). Rows may lead
out of the folder for packages, to commands and data, but not out of the environment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from weighbridge.formats.wheel_texts import Row, RowError, rows
from weighbridge.model.installed import Departure
from weighbridge.probes.names import shown

if TYPE_CHECKING:
    from weighbridge.model.installed import DepartureKind

LONGEST: Final = 64 << 20
"""Bytes of a RECORD that is read."""

MOST_ROWS: Final = 1_000_000
"""Rows of one RECORD; the files of further ones count as unlisted."""

BYTECODE: Final = ".pyc"
_WEAK: Final = frozenset({"md5", "sha1", "sha224"})
_STRONG: Final = frozenset({"sha256", "sha384", "sha512", "blake2b", "blake2s"})
_PLAIN: Final = re.compile(r"[^/\\\0.][^/\\\0]*(?:/[^/\\\0.][^/\\\0]*)*")
"""A path that leads down, part by part."""

_SIGNATURES: Final = ("RECORD.jws", "RECORD.p7s")


class Claim(NamedTuple):
    """What one RECORD says of one file.

    Attributes:
        distribution: The distribution.
        algorithm: Algorithm of the digest; empty if the row has none that counts.
        digest: The digest as it stands there.
        size: Bytes as it stands there, or empty.
    """

    distribution: str
    algorithm: str
    digest: str
    size: str

    def fits(self, hexadecimal: str) -> bool:
        """Tell whether a digest is the one that is claimed: there is one way to write it."""
        written = base64.urlsafe_b64encode(bytes.fromhex(hexadecimal)).decode()
        return written.rstrip("=") == self.digest

    @property
    def wanted(self) -> str:
        """The digest as we write digests; as it stands there if it is none."""
        try:
            padded = self.digest + "=" * (-len(self.digest) % 4)
            return f"{self.algorithm}:{base64.urlsafe_b64decode(padded).hex()}"
        except (binascii.Error, ValueError):
            return f"{self.algorithm}={shown(self.digest)}"


@dataclass(slots=True, kw_only=True)
class Claims:
    """The claims of one RECORD.

    Attributes:
        distribution: Whose it is.
        rows: Claims by path, relative to the root.
        departures: What is wrong with the rows themselves.
        readable: Whether all rows could be read.
    """

    distribution: str
    rows: dict[str, Claim] = field(default_factory=dict)
    departures: list[Departure] = field(default_factory=list)
    readable: bool = True


def read_claims(data: bytes, *, distribution: str, record: str, root: str) -> Claims:
    """Read a RECORD.

    Args:
        data: Its bytes.
        distribution: Whose it is.
        record: Its path, relative to the root.
        root: Whole path of the environment's folder: rows may be absolute, too.
    """
    found = Claims(distribution=distribution)
    folder = posixpath.dirname(record)
    library = posixpath.dirname(folder)
    bare = {record, *(f"{folder}/{name}" for name in _SIGNATURES)}
    try:
        for row in islice(rows(data.decode("utf-8")), MOST_ROWS):
            _take(found, row, _place(row.path, library, root), bare)
    except (RowError, UnicodeDecodeError) as error:
        found.readable = False
        _note(found, "record", record, str(error), "path, digest, size")
    return found


def _take(found: Claims, row: Row, path: str | None, bare: set[str]) -> None:
    if path is None:
        _note(found, "outside", shown(row.path), "a path out of the environment")
        return
    if path in found.rows:
        _note(found, "twice", path, "two rows", "one")
        return
    algorithm = row.algorithm.lower()
    if algorithm in _WEAK:
        _note(found, "weak", path, algorithm, "sha256 or better")
    elif algorithm and algorithm not in _STRONG:
        _note(found, "weak", path, f"a digest nobody knows: {shown(algorithm)}", "sha256")
        algorithm = ""
    elif not (algorithm and row.digest):
        algorithm = ""
        if path not in bare and not path.endswith(BYTECODE):
            _note(found, "unhashed", path, "no digest", "sha256")
    found.rows[path] = Claim(found.distribution, algorithm, row.digest, row.size)


def _place(path: str, library: str, root: str) -> str | None:
    """Write a row's path relative to the root; None if it leads out of that."""
    if _PLAIN.fullmatch(path):
        return f"{library}/{path}"
    if "\0" in path or "\\" in path or not path:
        return None
    if path.startswith("/"):
        inside = posixpath.normpath(path).removeprefix(root.rstrip("/") + "/")
        return None if inside.startswith("/") else inside
    joined = posixpath.normpath(posixpath.join(library, path))
    return None if joined == ".." or joined.startswith(("../", "/")) else joined


def _note(found: Claims, kind: DepartureKind, path: str, seen: str, wanted: str = "") -> None:
    found.departures.append(
        Departure(kind=kind, path=path, distribution=found.distribution, seen=seen, wanted=wanted)
    )


def new_hash(algorithm: str) -> hashlib._Hash:
    """Begin a digest of any algorithm a claim may have."""
    return hashlib.new(algorithm)
