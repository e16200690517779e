"""What an ELF file asks of the loader: libraries, where to look for them, and their versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.elf_layout import DYNAMIC, LOAD
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.blocks import Blocks
    from weighbridge.formats.elf_layout import Header, Segment
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_TEXTS: Final = {
    1: "needed",
    14: "soname",
    15: "rpath",
    29: "runpath",
    0x6FFFFEFB: "audit",
    0x6FFFFEFC: "audit",
    0x7FFFFFFD: "auxiliary",
    0x7FFFFFFF: "filter",
}
"""Tags whose value is a text: what the loader loads, and where it looks."""

_END: Final = 0
_STRINGS: Final = 5
_STRINGS_SIZE: Final = 10
_VERSIONS: Final = 0x6FFFFFFE
_MOST_VERSIONS: Final = 0x8000
"""A symbol names its version by 15 bits."""

_WEAK: Final = 2
_LONGEST_HASHED: Final = 128
_DIGITS: Final = re.compile("([0-9]+)")


def read_dynamic(
    header: Header, segments: list[Segment], record: Record, blocks: Blocks, limits: Limits
) -> Generator[Request, bytes, None]:
    """Note what the dynamic segment asks for, if there is one.

    Raises:
        BudgetExceededError: It is over a limit.
    """
    for segment in segments:
        if segment.type == DYNAMIC:
            reading = _Dynamic(header, segments, record, blocks, limits)
            yield from reading.read(segment)


class _Dynamic:
    """The dynamic segment while it is being read."""

    def __init__(
        self,
        header: Header,
        segments: list[Segment],
        record: Record,
        blocks: Blocks,
        limits: Limits,
    ) -> None:
        self._header = header
        self._loaded = [segment for segment in segments if segment.type == LOAD]
        self._record = record
        self._blocks = blocks
        self._limits = limits
        self._strings = (0, 0)

    def read(self, segment: Segment) -> Generator[Request, bytes, None]:
        values = yield from self._values(segment)
        texts = [(tag, value) for tag, value in values if tag in _TEXTS]
        single = dict(values)
        versions = single.get(_VERSIONS)
        if not texts and versions is None:
            return
        strings = self._place(single.get(_STRINGS, -1))
        if strings is None:
            self._record.corrupt("the dynamic segment's strings lie nowhere", segment.offset)
            return
        start, end = strings
        self._strings = (start, min(end, start + single.get(_STRINGS_SIZE, 0)))
        for tag, value in texts:
            text = yield from self._text(value)
            self._record.metadata.append((_TEXTS[tag], text))
        if versions is not None:
            yield from self._versions(versions, segment)

    def _values(self, segment: Segment) -> Generator[Request, bytes, list[tuple[int, int]]]:
        """List tags and values up to the end mark."""
        entry = self._header.layout("2I", "2Q")
        if segment.size // entry.size > self._limits.entries:
            raise BudgetExceededError(f"the dynamic segment has {segment.size} bytes")
        raw = yield from self._blocks.get(segment.offset, segment.size)
        found: list[tuple[int, int]] = []
        for tag, value in entry.iter_unpack(raw[: len(raw) // entry.size * entry.size]):
            if tag == _END:
                return found
            found.append((tag, value))
        self._record.corrupt("the dynamic segment does not end", segment.offset + len(raw))
        return []

    def _place(self, address: int) -> tuple[int, int] | None:
        """Find where in the file an address is loaded from, and where that segment ends."""
        for segment in self._loaded:
            inside = address - segment.address
            if 0 <= inside < segment.size:
                return segment.offset + inside, segment.offset + segment.size
        return None

    def _text(self, at: int) -> Generator[Request, bytes, str]:
        start, end = self._strings
        raw = None
        if start + at < end:
            raw = yield from self._blocks.text(start + at, end)
        if raw is None:
            self._record.corrupt("a name lies outside the dynamic strings", start)
        return decoded(raw or b"")

    # Versions -----------------------------------------------------------------------------------

    def _versions(self, address: int, dynamic: Segment) -> Generator[Request, bytes, None]:
        """Note which versions of its symbols each library must have."""
        place = self._place(address)
        if place is None:
            self._record.corrupt("the needed versions lie nowhere", dynamic.offset)
            return
        layout = self._header.layout("2H3I", "2H3I")
        found: set[tuple[str, str]] = set()
        (at, end), left = place, _MOST_VERSIONS
        while True:
            raw = yield from self._blocks.get(at, min(layout.size, end - at))
            if len(raw) < layout.size:
                self._record.corrupt("the needed versions are cut off", at)
                return
            _, count, file, first, following = layout.unpack(raw)
            left -= count + 1
            if left < 0:
                raise BudgetExceededError(f"more than {_MOST_VERSIONS} versions are needed")
            library = yield from self._text(file)
            found |= yield from self._of_library(library, at + first, end, count)
            if not following:
                break
            at += following
        self._record.metadata.extend(sorted(found, key=_natural))

    def _of_library(
        self, library: str, at: int, end: int, count: int
    ) -> Generator[Request, bytes, set[tuple[str, str]]]:
        layout = self._header.layout("I2H2I", "I2H2I")
        found: set[tuple[str, str]] = set()
        for number in range(count):
            raw = yield from self._blocks.get(at, max(0, min(layout.size, end - at)))
            if len(raw) < layout.size:
                self._record.corrupt(f"the versions of {shown(library)} are cut off", at)
                break
            hashed, flags, _, name, following = layout.unpack(raw)
            text = yield from self._text(name)
            if len(text) <= _LONGEST_HASHED and _hash(text.encode()) != hashed:
                self._record.corrupt(f"the hash of the version {shown(text)} is another one", at)
            key = "weak-symbol-version" if flags & _WEAK else "symbol-version"
            found.add((key, f"{library}: {text}"))
            if (following == 0) != (number == count - 1):
                # Some readers go by the count, some by the chain.
                text = f"{shown(library)} has another number of versions than it says"
                self._record.corrupt(text, at, str(count))
                break
            at += following
        return found


def _hash(name: bytes) -> int:
    """Hash a name as the ABI does; the loader compares hashes before it compares names."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        value = (value ^ (value >> 24 & 0xF0)) & 0x0FFFFFFF
    return value


def _natural(pair: tuple[str, str]) -> tuple[str, list[str | tuple[int, str]]]:
    """Order versions as numbers, not as texts: 2.4 before 2.17."""
    parts = _DIGITS.split(pair[1])
    return pair[0], [(len(part), part) if index % 2 else part for index, part in enumerate(parts)]
