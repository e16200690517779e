"""Small ELF files, packed by hand, every field open to lies."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

BASE = 0x400000
VERSIONS = {"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.17"), "libm.so.6": ("GLIBC_2.4",)}


def elf_hash(name: str) -> int:
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ high >> 24) & ~high
    return value


@dataclass(kw_only=True)
class Elf:
    """A shared library: header, two strings, versions, dynamic segment, section headers."""

    wide: bool = True
    order: str = "<"
    machine: int = 62
    kind: int = 3
    needed: tuple[str, ...] = ("libc.so.6", "libm.so.6")
    versions: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(VERSIONS))
    interpreter: bytes = b"/lib64/ld.so\0"
    soname: str = "libx.so.1"
    runpath: str = "$ORIGIN"
    weak: str = ""
    hashes: int = 0
    tags: tuple[tuple[int, int], ...] = ()
    ends: bool = True
    header: dict[str, int] = field(default_factory=dict)
    load: dict[str, int] = field(default_factory=dict)
    dynamic: dict[str, int] = field(default_factory=dict)
    sections: tuple[tuple[int, int, int], ...] = ()
    strings: int | None = None
    with_sections: bool = True
    notes: dict[int, bytes] = field(default_factory=dict)
    tail: bytes = b""

    def pack(self, narrow: str, wide: str, *values: int) -> bytes:
        return struct.pack(self.order + (wide if self.wide else narrow), *values)

    def packed(self) -> bytes:
        header, entry = (64, 56) if self.wide else (52, 32)
        at = header + (3 + len(self.notes)) * entry
        names, strings = {"": 0}, bytearray(b"\0")
        for name in self._names():
            if name not in names:
                names[name] = len(strings)
                strings += name.encode() + b"\0"
        interpreter_at = at
        strings_at = interpreter_at + len(self.interpreter)
        notes_at = (strings_at + len(strings) + 7) // 8 * 8
        versions_at = notes_at + sum(len(note) + -len(note) % 8 for note in self.notes.values())
        versions = self._versions(names)
        dynamic_at = versions_at + len(versions)
        dynamic = self._dynamic(names, BASE + strings_at, len(strings), BASE + versions_at)
        end = dynamic_at + len(dynamic)
        body = bytearray(self.interpreter) + strings
        body += bytes(notes_at - at - len(body))
        noted = []
        for kind, note in self.notes.items():
            noted.append({"kind": kind, "offset": at + len(body), "size": len(note)})
            body += note + bytes(-len(note) % 8)
        body += versions + dynamic
        load = {"kind": 1, "offset": 0, "size": end, **self.load}
        segments = [
            load,
            {"kind": 2, "offset": dynamic_at, "size": len(dynamic), **self.dynamic},
            {"kind": 3, "offset": interpreter_at, "size": len(self.interpreter)},
            *noted,
        ]
        sections = b""
        if self.with_sections:
            note = (8 + -end % 8) * b"\0"  # a gap of zeros, so that the table is aligned
            sections = note + self._sections(end)
        head = self._header(end + (8 + -end % 8) if sections else 0, header)
        return head + b"".join(map(self._segment, segments)) + body + sections + self.tail

    def _names(self) -> list[str]:
        versions = [name for names in self.versions.values() for name in names]
        return [*self.needed, self.soname, self.runpath, *self.versions, *versions]

    def _versions(self, names: dict[str, int]) -> bytes:
        packed = bytearray()
        libraries = list(self.versions.items())
        for number, (library, wanted) in enumerate(libraries):
            last = number == len(libraries) - 1
            following = 0 if last else 16 * (len(wanted) + 1)
            packed += struct.pack(
                self.order + "2H3I", 1, len(wanted), names[library], 16, following
            )
            for index, name in enumerate(wanted):
                packed += struct.pack(
                    self.order + "I2H2I",
                    elf_hash(name) ^ self.hashes,
                    2 if name == self.weak else 0,
                    index + 2,
                    names[name],
                    16 if index < len(wanted) - 1 else 0,
                )
        return bytes(packed)

    def _dynamic(self, names: dict[str, int], strings: int, size: int, versions: int) -> bytes:
        tags = [(1, names[name]) for name in self.needed]
        tags += [(14, names[self.soname]), (29, names[self.runpath])]
        tags += [(5, strings if self.strings is None else self.strings), (10, size)]
        if self.versions:
            tags += [(0x6FFFFFFE, versions), (0x6FFFFFFF, len(self.versions))]
        tags += self.tags
        tags += [(0, 0)] if self.ends else []
        return b"".join(self.pack("2I", "2Q", *tag) for tag in tags)

    def _header(self, sections_at: int, size: int) -> bytes:
        fields = {
            "type": self.kind,
            "machine": self.machine,
            "version": 1,
            "entry": 0,
            "segments_at": size,
            "sections_at": sections_at,
            "flags": 0,
            "size": size,
            "segment_size": 56 if self.wide else 32,
            "segments": 3 + len(self.notes),
            "section_size": (64 if self.wide else 40) if sections_at else 0,
            "sections": 2 + len(self.sections) if sections_at else 0,
            "names": 1 if sections_at else 0,
            **self.header,
        }
        ident = b"\x7fELF" + bytes([1 + self.wide, 1 if self.order == "<" else 2, 1, 0]) + bytes(8)
        return ident + self.pack("2H5I6H", "2HI3QI6H", *fields.values())

    def _segment(self, values: dict[str, int]) -> bytes:
        kind, offset, size = values["kind"], values["offset"], values["size"]
        memory, address = values.get("memory", size), BASE + offset
        if self.wide:
            return struct.pack(
                self.order + "2I6Q", kind, 5, offset, address, address, size, memory, 8
            )
        return struct.pack(self.order + "8I", kind, offset, address, address, size, memory, 5, 8)

    def _sections(self, end: int) -> bytes:
        rows = [(0, 0, 0), (8, end, 1 << 40 if self.wide else 1 << 30), *self.sections]
        return b"".join(
            self.pack("10I", "2I4Q2I2Q", 0, kind, 0, 0, offset, size, 0, 0, 0, 0)
            for kind, offset, size in rows
        )


def elf(**fields: object) -> bytes:
    return Elf(**fields).packed()  # type: ignore[arg-type]
