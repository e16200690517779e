from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.formats.samples import codes, messages, read, sniffed
from tests.formats.test_tensorflow import shape
from tests.formats.wire import message, one, varint
from weighbridge.formats.crc32c import crc32c, masked
from weighbridge.formats.sorted_table import MAGIC

REAL = (Path(__file__).parent / "files" / "tensorflow-2.4.1.index").read_bytes()
FLOAT = 1
HEADER = message((1, 2), (3, message((1, 1))))


def entry(*, shard: int = 0, offset: int = 0, size: int = 24, kind: int = FLOAT) -> bytes:
    sums = one(6, 0.0)
    return message((1, kind), (2, shape(2, 3)), (3, shard), (4, offset), (5, size)) + sums


GOOD = {b"": HEADER, b"a/b": entry(), b"a/c": entry(shard=1, offset=8)}


def content(entries: dict[bytes, bytes], *, restarts: int = 1) -> bytes:
    raw, last = b"", b""
    for key, value in entries.items():
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        raw += varint(shared) + varint(len(key) - shared) + varint(len(value))
        raw += key[shared:] + value
        last = key
    return raw + bytes(4) + struct.pack("<I", restarts)


def sealed(raw: bytes, *, compression: int = 0, crc: int | None = None) -> bytes:
    raw += bytes([compression])
    return raw + struct.pack("<I", masked(crc32c(raw)) if crc is None else crc)


def table(
    *blocks: bytes, gap: bytes = b"", meta: bytes | None = None, footer: bytes = b""
) -> bytes:
    data, handles = b"", {}
    for number, block in enumerate(blocks):
        handles[b"%d" % number] = varint(len(data)) + varint(len(block) - 5)
        data += block
    data += gap
    metas, index = sealed(content({})) if meta is None else meta, sealed(content(handles))
    where = varint(len(data)) + varint(len(metas) - 5)
    where += varint(len(data) + len(metas)) + varint(len(index) - 5)
    return data + metas + index + where + footer.rjust(40 - len(where), b"\0") + MAGIC


def index(entries: dict[bytes, bytes] | None = None) -> bytes:
    return table(sealed(content(GOOD if entries is None else entries)))


def test_an_index_is_read() -> None:
    found = read(index())
    assert (found.format, found.status, found.problems) == ("tf-checkpoint-index", "complete", ())
    assert found.coverage == found.size
    assert found.version == "1"
    assert [(t.name, t.dtype, t.shape, t.offset, t.size) for t in found.tensors] == [
        ("a/b", "DT_FLOAT", (2, 3), -1, 24),
        ("a/c", "DT_FLOAT", (2, 3), -1, 24),
    ]
    assert [(r.path, r.size, r.tensors) for r in found.references] == [
        ("*.data-00000-of-00002", 24, ("a/b",)),
        ("*.data-00001-of-00002", 32, ("a/c",)),
    ]


def test_an_index_tensorflow_wrote_is_read() -> None:
    assert sniffed(REAL) == "tf-checkpoint-index"
    found = read(REAL)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(REAL))
    assert len(found.tensors) == 74
    assert [(r.path, r.size) for r in found.references] == [("*.data-00000-of-00001", 219_309)]


def test_the_checksum_is_that_of_the_standard() -> None:
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_any_flipped_bit_is_noticed() -> None:
    data = index()
    for at in range(len(data) - 48):
        changed = bytearray(data)
        changed[at] ^= 0x10
        assert read(bytes(changed), "tf-checkpoint-index").status == "error", at


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "no footer"),
        (index()[:-1], "no footer"),
        (index({}), "no header"),
        (index({b"": message((2, 1))}), "0 data files"),
        (index({b"": message((1, 1 << 40))}), "data files"),
        (index({b"": HEADER, b"a": entry(shard=2)}), "lies in no data file"),
        (index({b"": HEADER, b"a": entry(shard=-1)}), "lies in no data file"),
        (index({b"": HEADER, b"a": entry(offset=-8)}), "lies in no data file"),
        (index({b"": HEADER, b"a": entry(size=23)}), "has 23 bytes of data"),
        (index({b"": HEADER, b"a": b"\x0d\0\0\0\0"}), "wire type 5"),
        (index({b"": HEADER, b"b": entry(), b"a": entry()}), "not in order"),
        (table(sealed(content(GOOD), crc=7)), "checksum of a block"),
        (table(sealed(content(GOOD, restarts=1 << 20))), "no room for its restarts"),
        (table(sealed(b"\0\xff\xff\xff\xff\xff\xff" + bytes(20))), "beyond its block"),
        (table(sealed(b"")), "no room"),
        (table(sealed(b"\xff" * 20 + b"\0\0\0\0")), "does not end"),
        (table(sealed(b"\1\0\0" + bytes(4) + b"\1\0\0\0")), "beyond its block"),
        (table(sealed(content(GOOD)), gap=b"x"), "one behind the other"),
        (table(sealed(content(GOOD)), footer=b"x"), "no handle"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "tf-checkpoint-index")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_handles_that_lie_are_corrupt() -> None:
    def lying(handle: bytes) -> bytes:
        raw = sealed(content({b"0": handle}))
        metas = sealed(content({}))
        where = varint(0) + varint(len(metas) - 5) + varint(len(metas)) + varint(len(raw) - 5)
        return metas + raw + where.ljust(40, b"\0") + MAGIC

    for handle, expected in (
        (varint(1 << 40) + varint(1), "one behind the other"),
        (varint(0) + varint(0) + b"x", "no handle"),
        (b"\xff", "does not end"),
    ):
        assert expected in messages(read(lying(handle), "tf-checkpoint-index"))
    far = b"\0" * 8 + (varint(1 << 40) * 4).ljust(40, b"\0") + MAGIC
    assert "beyond the end" in messages(read(far, "tf-checkpoint-index"))
    short = (varint(0) * 4).ljust(40, b"\0") + MAGIC
    assert read(short, "tf-checkpoint-index").status == "error"
    extra = sealed(content({}))
    ends = varint(0) + varint(len(extra) - 5) + varint(len(extra)) + varint(len(extra) - 5)
    away = extra + extra + b"junk" + ends.ljust(40, b"\0") + MAGIC
    assert "at its footer" in messages(read(away, "tf-checkpoint-index"))


def test_a_compressed_block_stays_unread() -> None:
    found = read(table(sealed(content(GOOD), compression=1)), "tf-checkpoint-index")
    assert "compression 1" in found.reason or found.status == "error"
    both = read(table(sealed(content(GOOD)), sealed(b"snappy", compression=1)))
    assert (both.status, both.problems) == ("incomplete", ())


def test_parts_of_a_tensor_are_listed_and_not_weighed() -> None:
    sliced = message((1, FLOAT), (2, shape(9)), (7, message((1, b""))), (4, -1))
    found = read(index({b"": HEADER, b"a": sliced}))
    assert (found.status, found.problems) == ("complete", ())


def test_what_is_unknown_is_said() -> None:
    newer = HEADER + one(9, 1) + one(9, 1)
    big = message((1, 1), (2, 1))
    found = read(index({b"": newer, b"a": entry(kind=99)}))
    assert (found.status, found.problems) == ("incomplete", ())
    assert found.metadata == (("unknown-field", "BundleHeader.9"),)
    assert read(index({b"": big})).metadata == (("byte-order", "big"),)


def test_budgets_end_incomplete() -> None:
    for budget in ({"entries": 1}, {"header": 60}, {"entries": 2}):
        found = read(index(), **budget)
        assert (found.status, found.problems) == ("incomplete", ()), budget
    many = {b"": HEADER, b"a": entry(), b"b": message(*[(5, 24)] * 5)}
    assert read(index(many), entries=4).status == "incomplete"
    assert read(REAL, entries=20).status == "incomplete"


def test_an_index_too_long_to_weigh_is_said_to_be() -> None:
    long = bytes(17 << 20)
    found = read(table(long), "tf-checkpoint-index")
    assert (found.status, found.problems) == ("incomplete", ())


def test_other_tables_are_not_claimed() -> None:
    assert sniffed(index({b"k": b"v"})) is None
    assert sniffed(index({b"": b"v" * 80})) is None
    assert sniffed(MAGIC) is None
