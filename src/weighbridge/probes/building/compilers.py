"""Which compilers made native code, by what they write into it (`.comment` of ELF files).

The section may be stripped; then nobody knows.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from weighbridge.formats.elf_layout import Header, parse_header, parse_section
from weighbridge.model.build_record import NativeCompiler

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER: Final = 64
_MOST_SECTIONS: Final = 4_096
_LONGEST: Final = 1 << 12
_PROGRAM_BITS: Final = 1
_SAID: Final = re.compile(
    rb"(?:^|\0)(?:(GCC): \([^)\0]{0,80}\) (\d[\w.+~-]{0,40})"
    rb"|[^\0]{0,80}?\b(clang|rustc) version (\d[\w.+~-]{0,40}))"
)


def compilers_of(paths: Iterable[str]) -> tuple[NativeCompiler, ...]:
    """Name the compilers of some files, with how many of the files name each."""
    found = Counter(one for path in paths for one in _named(path))
    return tuple(
        NativeCompiler(name=name, version=version, files=files)
        for (name, version), files in sorted(found.items())
    )


def _named(path: str) -> set[tuple[str, str]]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return set()
    try:
        header = parse_header(os.pread(descriptor, _HEADER, 0))
        return set() if header is None else _within(descriptor, header)
    except OSError:
        return set()
    finally:
        os.close(descriptor)


def _within(descriptor: int, header: Header) -> set[tuple[str, str]]:
    width, count = header.section_size, min(header.sections, _MOST_SECTIONS)
    if width != (64 if header.wide else 40):
        return set()
    table = os.pread(descriptor, width * count, header.sections_at)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(table) - width + 1, width):
        section = parse_section(header, table[start : start + width])
        if section.type == _PROGRAM_BITS and 0 < section.size <= _LONGEST:
            text = os.pread(descriptor, section.size, section.offset)
            for gcc, version, other, its in _SAID.findall(text):
                found.add(((gcc or other).decode(), (version or its).decode()))
    return found
