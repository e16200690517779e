"""Small files for Windows and macOS, packed by hand."""

from __future__ import annotations

import struct


def pe(
    *,
    machine: int = 0x8664,
    wide: bool = True,
    flags: int = 0x2000,
    section: tuple[int, int] = (512, 64),
    headers: int = 512,
    certificates: tuple[int, int] = (0, 0),
    symbols: tuple[int, int] = (0, 0),
    magic: int | None = None,
    sections: int = 2,
    tail: bytes = b"",
) -> bytes:
    before = 112 if wide else 96
    optional = bytearray(before + 16 * 8)
    struct.pack_into("<H", optional, 0, (0x20B if wide else 0x10B) if magic is None else magic)
    struct.pack_into("<I", optional, 60, headers)
    struct.pack_into("<2I", optional, before + 32, *certificates)
    at, count = symbols
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    head += struct.pack("<4s2H3I2H", b"PE\0\0", machine, sections, 0, at, count, 240, flags)
    head += bytes(optional).ljust(240, b"\0")
    start, size = section
    table = struct.pack("<8s6I2HI", b".text", size, 4096, size, start, 0, 0, 0, 0, 0)
    table += struct.pack("<8s6I2HI", b".bss", 64, 8192, 0, 0, 0, 0, 0, 0, 0)
    return (head + table).ljust(512, b"\0") + b"code".ljust(64, b"\xcc") + tail


def command(order: str, kind: int, body: bytes, size: int | None = None) -> bytes:
    body += bytes(-len(body) % 8)
    return struct.pack(order + "2I", kind, len(body) + 8 if size is None else size) + body


def macho(
    *,
    machine: int = 0x1000007,
    order: str = "<",
    wide: bool = True,
    kind: int = 6,
    segment: tuple[int, int] | None = None,
    extra: bytes = b"",
    count: int | None = None,
    length: int | None = None,
    tail: bytes = b"",
) -> bytes:
    head, word = (32, "Q") if wide else (28, "I")
    name = struct.pack(order + "4I", 24, 0, 0, 0) + b"/usr/lib/libSystem.B.dylib\0"
    more = command(order, 0x0C, name)
    more += command(order, 0x32, struct.pack(order + "4I", 1, 11 << 16, 0, 0)) + extra

    def commands(start: int, size: int) -> bytes:
        body = b"__TEXT".ljust(16, b"\0") + struct.pack(order + 4 * word, 0, 4096, start, size)
        return command(order, 0x19 if wide else 1, body + bytes(16)) + more

    length_of_all = len(commands(0, 0))
    loaded = commands(*(segment or (0, head + length_of_all + 16)))
    magic = struct.pack(order + "I", 0xFEEDFACF if wide else 0xFEEDFACE)
    numbers = (
        machine,
        3,
        kind,
        3 + bool(extra) if count is None else count,
        length_of_all if length is None else length,
        0,
    )
    header = magic + struct.pack(order + "6I", *numbers) + bytes(head - 28)
    return header + loaded + b"code".ljust(16, b"\x90") + tail


def universal(*slices: bytes, wide: bool = False, shift: int = 0) -> bytes:
    form = ">2I2Q2I" if wide else ">5I"
    at = 8 + struct.calcsize(form) * len(slices)
    table, body = b"", b""
    for data in slices:
        gap = -(at + len(body)) % 16
        body += bytes(gap)
        machine = int.from_bytes(data[4:8], "little")
        fields = (machine, 3, at + len(body) + shift, len(data), 4)
        table += struct.pack(form, *fields, 0) if wide else struct.pack(form, *fields)
        body += data
    magic = b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe"
    return magic + struct.pack(">I", len(slices)) + table + body
