"""One flipped bit a byte, wherever it may lie, and what a registry then shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import Registry

Shown: TypeAlias = tuple[object, ...]

BITS = 8


def flipped(data: bytes, position: int, bit: int | None = None) -> bytes:
    """Flip one bit of a byte: the one given, or one that follows from the position."""
    chosen = (position ^ position >> 3) % BITS if bit is None else bit
    changed = bytearray(data)
    changed[position] ^= 1 << chosen
    return bytes(changed)


def all_flips(data: bytes, *, thorough: bool) -> Iterator[bytes]:
    """Flip one bit of every byte, or every bit."""
    for position in range(len(data)):
        for bit in range(BITS) if thorough else (None,):
            yield flipped(data, position, bit)


def shown(registry: Registry) -> Shown:
    """Return all that a registry can show."""
    with registry.reading() as view:
        return (
            view.size,
            view.checkpoint,
            list(view.entries()),
            list(view.nodes()),
            list(view.topics()),
            (releases := view.releases()),
            [(view.versions(name), view.names_of(digest)) for name, _, digest in releases],
        )
