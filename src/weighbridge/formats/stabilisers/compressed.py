"""Streams whose headers say nothing but how they are compressed: zlib, bzip2, xz and LZMA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import registry
from weighbridge.formats.compressed import CONTENT, UNPACKERS
from weighbridge.formats.member import Packed
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.reading import Member, answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.formats.unpacking import Unpacker

_FORMATS: Final = ("zlib", "bzip2", "xz", "lzma")
_EDGE: Final = 4_096


def write(source: Readable, draft: Draft) -> None:
    """Write which compression it is, and the content."""
    edge = min(_EDGE, source.size)
    head, tail = source.read_at(0, edge), source.read_at(source.size - edge, edge)
    name = registry.sniff(head, tail, source.size) or ""
    draft.keep(name.encode())
    keep_content(source, draft, unpacker=UNPACKERS[name], name=CONTENT)


def keep_content(
    source: Readable, draft: Draft, *, unpacker: Callable[[], Unpacker], name: str
) -> None:
    """Unfold a stream that fills the file to its last byte, and write what is in it.

    Raises:
        RefusedError: It is damaged, unfolds to too much, or something follows it.
        BudgetExceededError: The members unfold to more than the limit.
    """
    limits, packed = draft.limits, source.size
    counted = Packed(0, packed, None, limits=limits, budget=draft.budget, unpacker=unpacker)
    ending = answered(counted.finish(), source)
    if ending.fault:
        raise RefusedError(ending.fault)
    if counted.used != packed:
        raise RefusedError(f"{packed - counted.used} bytes follow the compressed data")
    if ending.size > limits.ratio * max(1, packed):
        raise RefusedError(f"{packed} bytes unfold to {ending.size}")

    def opened() -> Member:
        again = Packed(
            0, packed, None, limits=limits, budget=draft.budget, unpacker=unpacker, again=True
        )
        return Member(source, again, ending.size)

    draft.let_go(source.size.to_bytes(8, "big"))
    draft.part(name, opened)


STABILISER: Final = Stabiliser(
    name="compressed",
    version=1,
    formats=_FORMATS,
    lets="level of compression, and how the compressor wrote the same bytes",
    because=(
        "what is unfolded is compared, to its last byte and with its checksum where the format"
        " has one; another compression, or bytes behind the stream, count"
    ),
    write=write,
)
