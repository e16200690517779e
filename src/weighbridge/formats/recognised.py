"""Formats that are known by their first bytes and not read: what is in them stays unjudged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.record import Record

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

MAGIC: Final = {
    "zstd": b"\x28\xb5\x2f\xfd",
    "lz4": b"\x04\x22\x4d\x18",
    "rar": b"Rar!\x1a\x07",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One such format.

    Attributes:
        format: Which.
    """

    format: str

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the magic."""
        return self.format if head.startswith(MAGIC[self.format]) else None

    def read(self, size: int, *, limits: Limits) -> Reader:  # noqa: ARG002 - the protocol's
        """Say that it is not read."""
        yield from ()
        record = Record(format=self.format, size=size)
        record.unread(f"there is no reader for {self.format}")
        return record.structure()
