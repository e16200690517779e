"""What a layer unfolds to, in bounded pieces: gzip, zstd, or as it is.

Which it is, its first bytes say; what a media type says is compared, not believed.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.image.fast_gzip import FastGzip
from weighbridge.formats.image.pushed import Pushed
from weighbridge.formats.image.zstd_frames import MAGIC, BehindError, Frames
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.unpacking import Chained, Zlib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.formats.unpacking import Unpacker
    from weighbridge.model.limits import ImageLimits

PIECE: Final = 1 << 18
"""Bytes a piece has at most; of zstd, a block: half as many."""
GZIP: Final = b"\x1f\x8b"


class Unfolding(Protocol):
    """Compressed bytes on their way to what they stand for.

    Attributes:
        behind: Bytes that lie behind the end of the compressed data.
    """

    behind: int

    def push(self, raw: bytes) -> Iterator[bytes]:
        """Hand over the next bytes, and yield what they unfold to.

        Raises:
            UnpackError: They are damaged.
            BudgetExceededError: They are over a limit.
        """

    def finish(self) -> str:
        """Say in words what is wrong with where the bytes ended; empty if nothing."""


class Plain:
    """Bytes as they are."""

    behind = 0

    def push(self, raw: bytes) -> Iterator[bytes]:
        """Yield the bytes."""
        yield raw

    def finish(self) -> str:
        """Find nothing wrong: the archive itself says where it ends."""
        return ""


class Gzip:
    """Gzip streams, one behind the other, with every checksum checked."""

    def __init__(self, limits: ImageLimits) -> None:
        """Begin with nothing unfolded."""
        self.behind = 0
        self._chain = Chained(gzip_maker(), GZIP, most=limits.streams)

    def push(self, raw: bytes) -> Iterator[bytes]:
        """Hand over the next bytes, and yield what they unfold to."""
        chain = self._chain
        if self._over():
            self.behind += len(raw)
            return
        given = raw
        while True:
            piece = chain.unpack(given, PIECE)
            given = b""
            if piece:
                yield piece
            if chain.hungry:
                return
            if self._over():
                self.behind = chain.unused
                return

    def _over(self) -> bool:
        return self._chain.ended

    def finish(self) -> str:
        """Say what is wrong with the end."""
        chain = self._chain
        if chain.between:
            self.behind = chain.unused
        return "" if chain.ended or chain.between else "the compressed data end too early"


class Zstd:
    """Frames of Zstandard, one behind the other."""

    def __init__(self) -> None:
        """Begin with nothing unfolded.

        Raises:
            BudgetExceededError: `zstandard` is not installed.
        """
        self.behind = 0
        self._end: int | None = None
        self._given = 0
        self._frames = Frames()
        try:
            self._pushed = Pushed(self._frames.wish())
        except ImportError as error:
            text = 'zstd is read with the extra: pip install "weighbridge[oci]"'
            raise BudgetExceededError(text) from error

    def push(self, raw: bytes) -> Iterator[bytes]:
        """Hand over the next bytes, and yield what they unfold to."""
        self._given += len(raw)
        if self._end is None:
            try:
                yield from self._pushed.push(raw)
            except BehindError:
                self._end = self._pushed.passed - len(MAGIC)
        if self._end is not None:
            self.behind = self._given - self._end

    def finish(self) -> str:
        """Say what is wrong with the end."""
        if self._frames.inside:
            return "the compressed data end too early"
        if self._end is None:
            self.behind = self._pushed.held
        return ""


def gzip_maker() -> Callable[[], Unpacker]:
    """Choose who unfolds gzip: `isal`, more than twice as fast, or else the standard library."""
    try:
        FastGzip()
    except ImportError:
        return lambda: Zlib(16 + zlib.MAX_WBITS)
    return FastGzip


def compression(head: bytes) -> str:
    """Name the compression of some first bytes: `gzip`, `zstd` or `none`."""
    if head.startswith(GZIP):
        return "gzip"
    skippable = head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50  # noqa: PLR2004
    return "zstd" if head.startswith(MAGIC) or skippable else "none"


def unfolding(name: str, limits: ImageLimits) -> Unfolding:
    """Make who unfolds a compression.

    Raises:
        BudgetExceededError: What unfolds it is not installed.
    """
    if name == "gzip":
        return Gzip(limits)
    return Zstd() if name == "zstd" else Plain()
