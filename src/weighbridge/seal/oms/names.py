"""What OMS calls things: hash types, paths, byte ranges, and what it leaves out by itself."""

from __future__ import annotations

import re
from typing import Literal

HashType = Literal["sha256", "blake2b", "blake3"]

DIGITS: dict[HashType, int] = {"sha256": 64, "blake2b": 128, "blake3": 64}
"""Hexadecimal digits of each digest (algorithm registry of OMS)."""

WHOLE = "."
"""What the reference calls the only file of a model that is one file; the spec uses its name."""

LEFT_OUT = (".git", ".gitattributes", ".github", ".gitignore")
"""What lies at the root under these names is never signed (OMS 6.2)."""

HASH_TYPES: dict[str, HashType] = {
    "sha256": "sha256",
    "blake2b": "blake2b",
    "blake2": "blake2b",
    "blake3": "blake3",
}
"""What a bundle may call each digest."""

_NO_PARTS = frozenset({"", ".", ".."})
_RANGE = re.compile(r"(.+):(0|[1-9][0-9]{0,18}):([1-9][0-9]{0,18})", re.DOTALL)
_PATTERNS = frozenset("*?[")


def hash_type(text: object) -> HashType | None:
    """Return the hash a bundle names; None if there is none of that name."""
    return HASH_TYPES.get(text) if isinstance(text, str) else None


def is_path(text: str) -> bool:
    """Tell whether a path is relative, in its one spelling, and leads nowhere else (OMS 6.1.2)."""
    return "\0" not in text and _NO_PARTS.isdisjoint(text.split("/"))


def plain_path(text: str) -> str | None:
    """Write an entry of `ignore_paths` in its one spelling; None for one that names no path."""
    if text.startswith("/"):
        return None
    plain = "/".join(part for part in text.split("/") if part not in {"", "."})
    return plain if plain and is_path(plain) else None


def has_pattern(text: str) -> bool:
    """Tell whether an entry of `ignore_paths` would be a pattern, which OMS has none of."""
    return not _PATTERNS.isdisjoint(text)


def range_name(path: str, start: int, end: int) -> str:
    """Name a byte range of a file, as its resource is called (OMS 6.3.2)."""
    return f"{path}:{start}:{end}"


def read_range(name: str) -> tuple[str, int, int] | None:
    """Read the name of a byte range: the path may hold colons, too; None if it is no such name."""
    found = _RANGE.fullmatch(name)
    return (found[1], int(found[2]), int(found[3])) if found else None


def ranges(size: int, shard_size: int) -> list[tuple[int, int]]:
    """Cut a file into byte ranges; one of no bytes has none."""
    return [(start, min(start + shard_size, size)) for start in range(0, size, shard_size)]
