"""Decompressors of the standard library behind one interface, each giving bounded pieces.

What they may unfold to is counted by whoever uses them; here only the memory they take for
themselves is limited.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.interface import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY: Final = 128 << 20
"""Bytes an LZMA decoder may take; `xz -9` needs 65 MiB."""

_SLICE: Final = 4 << 10
_LARGEST_SLICE: Final = 256 << 10
_AHEAD: Final = 64
_MARK: Final = 16
_MOST_STREAMS: Final = 20_000
_MEMLIMIT: Final = "Memory usage limit"


class UnpackError(Exception):
    """The compressed data is damaged."""


class Unpacker(Protocol):
    """Unfolds one stretch of compressed data."""

    @property
    def ended(self) -> bool:
        """Whether the compressed data came to their end."""

    @property
    def hungry(self) -> bool:
        """Whether more compressed bytes are needed before there is more to give."""

    @property
    def unused(self) -> int:
        """How many of the bytes it was given lie behind the end."""

    def unpack(self, raw: bytes, most: int) -> bytes:
        """Take compressed bytes and give at most `most` unfolded ones.

        No bytes mean that there are no more, if it is hungry.

        Raises:
            UnpackError: The compressed data is damaged.
            BudgetExceededError: It wants too much memory.
        """

    def copy(self) -> Unpacker | None:
        """Return one that goes on from here by itself; None where that cannot be had."""


class Zlib:
    """Deflate, bare or in the frame of zlib or gzip, as `wbits` says."""

    def __init__(self, wbits: int, inner: zlib._Decompress | None = None) -> None:
        """Begin with nothing unfolded, or go on with what was begun."""
        self._wbits = wbits
        self._inner = inner or zlib.decompressobj(wbits)

    @property
    def ended(self) -> bool:
        """Whether the compressed data came to their end."""
        return self._inner.eof

    @property
    def hungry(self) -> bool:
        """Whether more compressed bytes are needed."""
        return not self._inner.unconsumed_tail and not self._inner.eof

    @property
    def unused(self) -> int:
        """How many bytes lie behind the end."""
        return len(self._inner.unused_data)

    def unpack(self, raw: bytes, most: int) -> bytes:
        """Take compressed bytes and give at most `most` unfolded ones."""
        try:
            return self._inner.decompress(self._inner.unconsumed_tail + raw, most)
        except zlib.error as error:
            raise UnpackError(str(error)) from error

    def copy(self) -> Zlib:
        """Return one that goes on from here by itself."""
        return Zlib(self._wbits, self._inner.copy())


class Native:
    """Bzip2 or LZMA, which keep by themselves what they could not use yet."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        """Begin with nothing unfolded."""
        self._inner = inner

    @property
    def ended(self) -> bool:
        """Whether the compressed data came to their end."""
        return self._inner.eof

    @property
    def hungry(self) -> bool:
        """Whether more compressed bytes are needed."""
        return self._inner.needs_input

    @property
    def unused(self) -> int:
        """How many bytes lie behind the end."""
        return len(self._inner.unused_data)

    def unpack(self, raw: bytes, most: int) -> bytes:
        """Take compressed bytes and give at most `most` unfolded ones."""
        try:
            return self._inner.decompress(raw, most)
        except (OSError, lzma.LZMAError) as error:
            if _MEMLIMIT in str(error):
                text = f"unpacking needs more than {MEMORY} bytes of memory"
                raise BudgetExceededError(text) from error
            raise UnpackError(str(error)) from error

    def copy(self) -> None:
        """Return none: the library cannot copy these."""


class Chained:
    """Streams that follow one another, unfolded as one, as `gzip`, `bzip2` and `xz` do."""

    def __init__(
        self, make: Callable[[], Unpacker], magic: bytes, *, most: int = _MOST_STREAMS
    ) -> None:
        """Make an unpacker for each stream; each but the first must begin with the magic.

        Args:
            make: Makes an unpacker.
            magic: What a stream begins with.
            most: How many streams may follow one another.
        """
        self._make = make
        self._most = most
        self._slice = _SLICE
        self._magic = magic
        self._inner: Unpacker | None = make()
        self._streams = 1
        self._raw = b""
        self._at = 0
        self._over = False

    @property
    def ended(self) -> bool:
        """Whether the last stream came to its end and none follows."""
        return self._over

    @property
    def between(self) -> bool:
        """Whether a stream came to its end, and what follows is not known yet."""
        return self._inner is None and not self._over

    @property
    def hungry(self) -> bool:
        """Whether more compressed bytes are needed."""
        if self._inner is None:
            return not self._over and len(self._raw) - self._at < len(self._magic)
        return self._at >= len(self._raw) and self._inner.hungry

    @property
    def unused(self) -> int:
        """How many bytes lie behind the end."""
        return len(self._raw) - self._at

    def unpack(self, raw: bytes, most: int) -> bytes:
        """Take compressed bytes and give at most `most` unfolded ones."""
        more = bool(raw)
        if more:
            self._raw = self._raw[self._at :] + raw
            self._at = 0
        if self._inner is None:
            self._next(more=more)
        if self._inner is None:
            return b""
        # In slices: what lies behind a stream's end is copied, and there may be many short ones.
        # A long one has them longer and longer.
        given = b""
        if self._inner.hungry:
            given = self._raw[self._at : self._at + self._slice]
            self._at += len(given)
            self._slice = min(2 * self._slice, _LARGEST_SLICE)
        piece = self._inner.unpack(given, most)
        if self._inner.ended:
            self._at -= self._inner.unused
            self._inner = None
            self._slice = _SLICE
        return piece

    def copy(self) -> None:
        """Return none: streams in a row are read once, forwards."""

    def _next(self, *, more: bool) -> None:
        """Begin the next stream, if one follows."""
        rest = self._raw[self._at : self._at + len(self._magic)]
        if len(rest) < len(self._magic) and more:
            return
        if rest != self._magic:
            self._over = True
            return
        self._streams += 1
        if self._streams > self._most:
            raise BudgetExceededError(f"more than {self._most} streams follow one another")
        self._inner = self._make()


def deflate() -> Unpacker:
    """Unfold bare deflate (RFC 1951)."""
    return Zlib(-zlib.MAX_WBITS)


def zlib_stream() -> Unpacker:
    """Unfold zlib (RFC 1950), whose checksum is checked."""
    return Zlib(zlib.MAX_WBITS)


def gzip_stream() -> Unpacker:
    """Unfold one stream of gzip (RFC 1952), whose checksums are checked."""
    return Zlib(16 + zlib.MAX_WBITS)


def gzip() -> Unpacker:
    """Unfold streams of gzip that follow one another."""
    return Chained(gzip_stream, b"\x1f\x8b")


def bzip2() -> Unpacker:
    """Unfold bzip2, whose checksums are checked."""
    return Chained(lambda: Native(bz2.BZ2Decompressor()), b"BZh")


def xz() -> Unpacker:
    """Unfold xz, whose checksums are checked."""
    decoder = lzma.LZMADecompressor
    return Chained(lambda: Native(decoder(lzma.FORMAT_XZ, memlimit=MEMORY)), b"\xfd7zXZ\0")


def lzma_alone() -> Unpacker:
    """Unfold LZMA as it was before xz, which has no checksum."""
    return Native(lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY))


class Exactly:
    """What ends after a number of bytes, since the compressed data do not say so themselves."""

    def __init__(self, inner: Unpacker, size: int) -> None:
        """Give `size` bytes."""
        self._inner = inner
        self._left = size
        self._raw = b""
        self._at = 0

    @property
    def ended(self) -> bool:
        """Whether all were given."""
        return not self._left

    @property
    def hungry(self) -> bool:
        """Whether more compressed bytes are needed."""
        return self._at >= len(self._raw) and self._inner.hungry

    @property
    def unused(self) -> int:
        """How many bytes lie behind the end; the mark that some encoders put there is none."""
        behind = len(self._raw) - self._at + self._inner.unused
        return behind if behind > _MARK else 0

    def unpack(self, raw: bytes, most: int) -> bytes:
        """Take compressed bytes and give at most `most` unfolded ones."""
        if raw:
            self._raw, self._at = raw, 0
        if self._inner.ended:
            raise UnpackError("the compressed data end too early")
        given = b""
        if self._inner.hungry:
            given = self._raw[self._at : self._at + _AHEAD]
            self._at += len(given)
        piece = self._inner.unpack(given, min(most, self._left))
        self._left -= len(piece)
        return piece

    def copy(self) -> None:
        """Return none: what it is used for is read once, forwards."""
