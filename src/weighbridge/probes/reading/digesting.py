"""The digests of many files at once: one by one, or side by side in lanes.

One stream of sha256 is a chain that no processor can speed up, but sixteen streams go through a
wide processor together. Whether that is faster here is measured, once, on known bytes: there the
lanes must also agree with `hashlib`, or they are not used. Both ways give the same digests.
"""

from __future__ import annotations

import functools
import hashlib
import time
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Algorithm = Literal["sha256", "blake2b", "blake3"]

LANES = 16
"""Files read side by side, at most."""

_TRIAL = 1 << 16
_FEWEST = 1 << 14
"""Bytes in all below which it does not matter which way."""
_WORTH = 1.1
"""How much faster the lanes must promise to be before they are used."""


def digest_all(
    streams: Sequence[Iterator[bytes]], sizes: Sequence[int], *, algorithm: Algorithm = "sha256"
) -> list[str]:
    """Read streams to their ends and return the digest of each, in their order.

    Args:
        streams: The chunks of each file; at most `LANES` of them.
        sizes: How long each is said to be, in bytes: decides the way, never the result.
        algorithm: Which digest.

    Returns:
        The algorithm's name, a colon, and hexadecimal digits, for each.
    """
    if algorithm == "sha256" and _go_together(sizes):
        return [f"sha256:{digits}" for digits in _side_by_side(streams)]
    return [f"{algorithm}:{_alone(stream, algorithm)}" for stream in streams]


def digest_texts(texts: Sequence[bytes], *, algorithm: Algorithm = "sha256") -> list[str]:
    """Return the digest of each of some texts that are in memory; at most `LANES` of them."""
    if algorithm == "sha256" and _go_together([len(text) for text in texts]):
        lanes = _lanes()
        lanes.update([*texts, *[b""] * (LANES - len(texts))])
        return [f"sha256:{digest.hex()}" for digest in lanes.digest()[: len(texts)]]
    return [f"{algorithm}:{_alone(iter((text,)), algorithm)}" for text in texts]


def _alone(stream: Iterator[bytes], algorithm: Algorithm) -> str:
    if algorithm == "blake3":
        from blake3 import blake3  # noqa: PLC0415 - only who asks for it pays for it

        other = blake3()
        for chunk in stream:
            other.update(chunk)
        return other.hexdigest()
    hashed = hashlib.new(algorithm)
    for chunk in stream:
        hashed.update(chunk)
    return hashed.hexdigest()


def _side_by_side(streams: Sequence[Iterator[bytes]]) -> list[str]:
    lanes = _lanes()
    idle = [b""] * (LANES - len(streams))
    while any(chunks := [next(stream, b"") for stream in streams]):
        lanes.update(chunks + idle)
    return [digest.hex() for digest in lanes.digest()[: len(streams)]]


def _go_together(sizes: Sequence[int]) -> bool:
    """Whether lanes are faster for these: the longest decides how long they take together."""
    together = sum(sizes)
    if len(sizes) < 2 or together < _FEWEST:  # noqa: PLR2004 - one is alone
        return False
    # Not even the best gain seen anywhere would be enough: no need to measure.
    if together < 2 * max(sizes):
        return False
    return together * lane_gain() > max(sizes) * LANES * _WORTH


def _lanes() -> Any:  # noqa: ANN401 - the library says nothing of its types
    from stringzilla import Sha256s  # noqa: PLC0415 - only who has many files pays for it

    return Sha256s(LANES)  # new ones cost next to nothing, and no thread finds another's


@functools.cache
def lane_gain() -> float:
    """Measure how many times faster full lanes are than `hashlib`; 0 if they cannot be used."""
    try:
        lanes = _lanes()
    except ImportError:
        return 0.0
    texts = [bytes([lane]) * (_TRIAL + lane) for lane in range(LANES)]
    begin = time.thread_time()
    lanes.update(texts)
    found = lanes.digest()
    middle = time.thread_time()
    wanted = [hashlib.sha256(text).digest() for text in texts]
    end = time.thread_time()
    if list(found) != wanted:
        return 0.0
    return (end - middle) / max(middle - begin, 1e-9)
