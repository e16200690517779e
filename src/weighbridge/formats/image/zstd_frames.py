"""Zstandard (RFC 8878), unfolded a block at a time.

The library gives all that a piece of input unfolds to at once, and four bytes may be 128 KiB. So
the frames are walked here, and it is given one block after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.formats.unpacking import MEMORY, UnpackError

if TYPE_CHECKING:
    from weighbridge.formats.image.pushed import Wish

MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPED: Final = range(0x184D2A50, 0x184D2A60)
_SINGLE_SEGMENT: Final = 0x20
_CHECKSUM: Final = 0x04
_DICTIONARY: Final = (0, 1, 2, 4)
_CONTENT: Final = (0, 2, 4, 8)
_RLE: Final = 1
_RESERVED: Final = 3
_LARGEST_BLOCK: Final = 128 << 10


class BehindError(Exception):
    """What follows the last frame is none."""


class Frames:
    """The frames of one stretch of bytes.

    Attributes:
        inside: Whether the last one has not come to its end.
    """

    def __init__(self) -> None:
        """Stand before the first."""
        self.inside = True

    def wish(self) -> Wish:
        """Want frame after frame, and give what their blocks unfold to.

        It never ends by itself: a frame may always follow.

        Raises:
            UnpackError: The frames are damaged.
            BehindError: What follows them is no frame.
            ImportError: `zstandard` is not installed.
        """
        import zstandard  # noqa: PLC0415 - an extra

        decoder = zstandard.ZstdDecompressor(max_window_size=MEMORY)
        while True:
            magic = yield 4
            if magic != MAGIC and int.from_bytes(magic, "little") not in _SKIPPED:
                raise BehindError
            self.inside = True
            if magic != MAGIC:
                length = int.from_bytes((yield 4), "little")
                if length:
                    yield -length
            else:
                try:
                    yield from _frame(decoder.decompressobj())
                except zstandard.ZstdError as error:
                    raise UnpackError(str(error)) from error
            self.inside = False


def _frame(unfolding: Any) -> Wish:  # noqa: ANN401 - the library has no name for it
    descriptor = yield 1
    flags = descriptor[0]
    single = bool(flags & _SINGLE_SEGMENT)
    content = _CONTENT[flags >> 6] or int(single)
    rest = int(not single) + _DICTIONARY[flags & 3] + content
    header = (yield rest) if rest else b""
    yield unfolding.decompress(MAGIC + descriptor + header)
    last = False
    while not last:
        said = yield 3
        value = int.from_bytes(said, "little")
        last, kind, size = bool(value & 1), value >> 1 & 3, value >> 3
        if kind == _RESERVED or size > _LARGEST_BLOCK:
            raise UnpackError("a block is of no known kind or size")
        length = 1 if kind == _RLE else size
        yield unfolding.decompress(said + ((yield length) if length else b""))
    if flags & _CHECKSUM:
        yield unfolding.decompress((yield 4))
