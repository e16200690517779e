"""How a folder of a 7z archive is unpacked, as far as the standard library can."""

from __future__ import annotations

import bz2
import lzma
from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.seven_zip_header import SevenZipError
from weighbridge.formats.unpacking import MEMORY, Exactly, Native, deflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.seven_zip_header import Coder, Folder
    from weighbridge.formats.unpacking import Unpacker

ENCRYPTION: Final = b"\x06\xf1\x07\x01"
_COPY: Final = b"\x00"
_LZMA: Final = b"\x03\x01\x01"
_LZMA2: Final = b"\x21"
_SIMPLE: Final[dict[bytes, Callable[[], Unpacker]]] = {
    b"\x04\x01\x08": deflate,
    b"\x04\x02\x02": lambda: Native(bz2.BZ2Decompressor()),
}
_DELTA: Final = b"\x03"
_BRANCHES: Final = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
}
_LARGEST_LZMA2: Final = 40
_PROPERTIES: Final = 9 * 5 * 5


def is_copy(folder: Folder) -> bool:
    """Whether a folder's bytes lie in the archive as they are."""
    return [coder.method for coder in folder.coders] == [_COPY]


def unpacker_of(folder: Folder) -> Callable[[], Unpacker] | None:
    """Return what makes an unpacker for a folder; None if nothing here can unpack it.

    Raises:
        SevenZipError: A coder's properties are none it has.
        BudgetExceededError: It wants too much memory.
    """
    if _is_filtered(folder):
        lzma2, other = folder.coders
        return _raw(_filter(other), _lzma2(lzma2.properties))
    if len(folder.coders) != 1 or not folder.coders[0].plain:
        return None
    coder = folder.coders[0]
    if coder.method == _LZMA2:
        return _raw(_lzma2(coder.properties))
    if coder.method == _LZMA:
        inner = _raw(_lzma(coder.properties))
        return lambda: Exactly(inner(), folder.size)
    return _SIMPLE.get(coder.method)


def _is_filtered(folder: Folder) -> bool:
    """Whether LZMA2 comes first, and then a filter the decoder of LZMA2 takes along.

    With LZMA alone such a filter is not known to end well, and so it is left.
    """
    methods = [coder.method for coder in folder.coders]
    linear = folder.bound == ((1, 0),) and all(coder.plain for coder in folder.coders)
    return linear and methods[0] == _LZMA2 and methods[1] in (_DELTA, *_BRANCHES)


def _filter(coder: Coder) -> dict[str, int]:
    if coder.method != _DELTA:
        return {"id": _BRANCHES[coder.method]}
    if len(coder.properties) != 1:
        raise SevenZipError("the delta filter has properties it cannot have")
    return {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}


def _raw(*filters: dict[str, int]) -> Callable[[], Unpacker]:
    if filters[-1]["dict_size"] > MEMORY:
        raise BudgetExceededError(f"unpacking needs more than {MEMORY} bytes of memory")
    return lambda: Native(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


def _lzma(properties: bytes) -> dict[str, int]:
    if len(properties) != 5 or properties[0] >= _PROPERTIES:  # noqa: PLR2004 - a byte and a size
        raise SevenZipError("LZMA has properties it cannot have")
    lc, rest = properties[0] % 9, properties[0] // 9
    lp, pb = rest % 5, rest // 5
    if lc + lp > 4:  # noqa: PLR2004 - what liblzma takes, and all that is written
        raise SevenZipError("LZMA has properties it cannot have")
    size = max(4096, int.from_bytes(properties[1:], "little"))
    return {"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}


def _lzma2(properties: bytes) -> dict[str, int]:
    if len(properties) != 1 or properties[0] > _LARGEST_LZMA2:
        raise SevenZipError("LZMA2 has properties it cannot have")
    byte = properties[0]
    size = (1 << 32) - 1 if byte == _LARGEST_LZMA2 else (2 | byte & 1) << (byte // 2 + 11)
    return {"id": lzma.FILTER_LZMA2, "dict_size": size}
