"""The definitions of RFC 9162, section 2.1, word for word: slow, recursive, without any store."""

from __future__ import annotations

from hashlib import sha256


def split(count: int) -> int:
    """Return the largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def entries(count: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(count)]


def tree_hash(data: list[bytes]) -> bytes:
    """MTH (2.1.1)."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + tree_hash(data[:k]) + tree_hash(data[k:])).digest()


def inclusion(index: int, data: list[bytes]) -> list[bytes]:
    """PATH (2.1.3.1)."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if index < k:
        return [*inclusion(index, data[:k]), tree_hash(data[k:])]
    return [*inclusion(index - k, data[k:]), tree_hash(data[:k])]


def consistency(first: int, data: list[bytes], *, known: bool = True) -> list[bytes]:
    """SUBPROOF (2.1.4.1)."""
    if first == len(data):
        return [] if known else [tree_hash(data)]
    k = split(len(data))
    if first <= k:
        return [*consistency(first, data[:k], known=known), tree_hash(data[k:])]
    return [*consistency(first - k, data[k:], known=False), tree_hash(data[:k])]


def inclusion_shape(index: int, size: int) -> str:
    """Say on which side each hash of a proof stands: all a proof tells of its place."""
    if size == 1:
        return ""
    k = split(size)
    if index < k:
        return inclusion_shape(index, k) + "R"
    return inclusion_shape(index - k, size - k) + "L"


def consistency_shape(first: int, second: int, *, known: bool = True) -> str:
    if first == second:
        return "." if known else "?"
    k = split(second)
    if first <= k:
        return consistency_shape(first, k, known=known) + "R"
    return consistency_shape(first - k, second - k, known=False) + "L"
