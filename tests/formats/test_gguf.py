from __future__ import annotations

import struct
import tracemalloc
from hashlib import sha256
from typing import TYPE_CHECKING

import gguf as library
import numpy as np
import pytest
from blake3 import blake3
from gguf.constants import GGML_QUANT_SIZES

from tests.formats.samples import codes, messages, read, sniffed
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.gguf_types import TENSORS
from weighbridge.formats.registry import reader
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from pathlib import Path


def text(value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "Q", len(value)) + value


def pair(key: bytes, kind: int, value: bytes, order: str = "<") -> bytes:
    return text(key, order) + struct.pack(order + "I", kind) + value


def array(kind: int, count: int, content: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, count) + content


def info(
    name: bytes, *, shape: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0, order: str = "<"
) -> bytes:
    dimensions = struct.pack(f"{order}I{len(shape)}Q", len(shape), *shape)
    return text(name, order) + dimensions + struct.pack(order + "IQ", kind, offset)


def built(
    values: list[bytes],
    infos: list[bytes],
    data: bytes = b"",
    *,
    order: str = "<",
    alignment: int = 32,
    version: int = 3,
    pairs: int | None = None,
    padding: bytes = b"\0",
) -> bytes:
    """A file whose every part can lie."""
    counts = (len(infos), len(values) if pairs is None else pairs)
    head = b"GGUF" + struct.pack(order + "I2Q", version, *counts)
    head += b"".join(values) + b"".join(infos)
    return head + padding * (-len(head) % alignment) + data


def gguf(order: str = "<") -> bytes:
    """A good file with every kind of value, and a tensor that ends without padding."""
    pairs = [
        pair(b"general.architecture", 8, text(b"llama", order), order),
        pair(b"general.alignment", 4, struct.pack(order + "I", 16), order),
        pair(b"x.bool", 7, b"\1", order),
        pair(b"x.float", 6, struct.pack(order + "f", 0.5), order),
        pair(b"x.words", 9, struct.pack(order + "IQ", 8, 2) + text(b"a", order) * 2, order),
        pair(b"x.flags", 9, struct.pack(order + "IQ", 7, 3) + b"\0\1\0", order),
        pair(b"x.nested", 9, struct.pack(order + "IQIQ", 9, 1, 3, 1) + b"ab", order),
    ]
    infos = [
        info(b"a", shape=(3, 1), order=order),
        info(b"b", shape=(32,), kind=8, offset=16, order=order),
        info(b"c", shape=(), kind=28, offset=64, order=order),
    ]
    data = bytes(range(1, 13)) + bytes(4) + b"q" * 34 + bytes(14) + b"12345678"
    return built(pairs, infos, data, order=order, alignment=16)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_file_reads_complete_in_either_byte_order(order: str) -> None:
    data = gguf(order)
    found = read(data)
    assert (found.format, found.status, found.version, found.problems) == (
        "gguf",
        "complete",
        "3",
        (),
    )
    assert [(t.name, t.dtype, t.shape, t.size) for t in found.tensors] == [
        ("a", "F32", (1, 3), 12),
        ("b", "Q8_0", (32,), 34),
        ("c", "F64", (), 8),
    ]
    for tensor in found.tensors:
        content = data[tensor.offset : tensor.offset + tensor.size]
        assert tensor.digest == f"blake3:{blake3(content).hexdigest()}"
    expected = [("general.architecture", "llama"), ("general.alignment", "16")]
    assert list(found.metadata) == [("byte-order", "big")] * (order == ">") + expected


@pytest.mark.parametrize("endian", list(library.GGUFEndian))
def test_a_file_of_the_library_reads_complete(tmp_path: Path, endian: library.GGUFEndian) -> None:
    path = tmp_path / "a.gguf"
    writer = library.GGUFWriter(path, "llama", endianess=endian)
    writer.add_name("small")
    writer.add_license("MIT")
    writer.add_quantization_version(2)
    writer.add_chat_template("{{ messages }}")
    writer.add_token_list(["<s>", "ä", "b"])
    writer.add_token_scores([0.0, 1.0, 2.0])
    writer.add_context_length(64)
    writer.add_bool("general.flag", val=True)
    weights = np.linspace(-1, 1, 256, dtype=np.float32).reshape(4, 64)
    writer.add_tensor("plain", weights)
    packed = library.quantize(weights, library.GGMLQuantizationType.Q4_0)
    writer.add_tensor("packed", packed, raw_dtype=library.GGMLQuantizationType.Q4_0)
    writer.add_tensor("odd", np.ones(3, np.int8))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    data = path.read_bytes()
    found = read(data)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    assert [(t.name, t.dtype, t.shape, t.size) for t in found.tensors] == [
        ("plain", "F32", (4, 64), 1024),
        ("packed", "Q4_0", (4, 64), 144),
        ("odd", "I8", (3,), 3),
    ]
    facts = dict(found.metadata)
    assert facts["general.name"] == "small"
    assert facts["general.license"] == "MIT"
    assert facts["tokenizer.chat_template"] == "{{ messages }}"
    assert facts["general.flag"] == "1"


def test_the_block_sizes_are_the_library_s() -> None:
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in GGML_QUANT_SIZES.items()}
    assert theirs == TENSORS


def test_a_file_without_tensors_may_end_with_or_without_padding() -> None:
    head = b"GGUF" + struct.pack("<I2Q", 2, 0, 0)
    assert (read(head).status, read(head).version) == ("complete", "2")
    assert read(head + bytes(8)).status == "complete"
    assert "cut off" in messages(read(head + bytes(7)))
    assert "1 bytes follow" in messages(read(head + bytes(9)))


def test_the_last_tensor_may_end_with_or_without_padding() -> None:
    data = built([], [info(b"a", shape=(1,))], b"1234")
    assert read(data).status == "complete"
    assert read(data + bytes(28)).coverage == len(data) + 28
    for more, expected in ((5, "cut off"), (29, "1 bytes follow the last tensor")):
        found = read(data + bytes(more))
        assert (found.status, codes(found)) == ("error", ["INT008"])
        assert expected in messages(found)


TRUE = struct.pack("<I", 32)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (built([], [], pairs=1, alignment=8), "ends inside the header"),
        (built([pair(b"", 7, b"\1")], []), "a key of 0 bytes"),
        (built([pair(b"k" * 65_536, 7, b"\1")], []), "a key of 65536 bytes"),
        (built([pair(b"\xc3\xa4", 7, b"\1")], []), "not plain ASCII"),
        (built([pair(b"a\n", 7, b"\1")], []), "not plain ASCII"),
        (built([pair(b"a", 7, b"\1")] * 2, []), "stands twice"),
        (built([pair(b"a", 13, b"\1")], []), "unknown type 13"),
        (built([pair(b"a", 7, b"\2")], []), "a truth value"),
        (built([pair(b"a", 9, array(7, 3, b"\0\1\2"))], []), "a truth value"),
        (built([pair(b"a", 9, array(13, 1, b"\1"))], []), "unknown type 13"),
        (built([pair(b"a", 9, array(12, 1 << 61))], []), "beyond the end"),
        (built([pair(b"a", 9, array(7, 1 << 61))], []), "beyond the end"),
        (built([pair(b"a", 9, array(8, 1 << 61))], []), "ends inside the header"),
        (built([pair(b"a", 9, array(9, 1 << 61))], []), "ends inside the header"),
        (built([pair(b"a", 8, struct.pack("<Q", 1 << 63))], []), "beyond the end"),
        (built([pair(b"general.alignment", 4, bytes(4))], []), "the alignment is"),
        (built([pair(b"general.alignment", 4, b"\x18\0\0\0")], []), "the alignment is `24"),
        (built([pair(b"general.alignment", 5, TRUE)], []), "the alignment is"),
        (built([], [info(b"a"), info(b"a", offset=32)], bytes(64)), "stands twice"),
        (built([], [info(b"a" * 4_097)], bytes(32)), "name of 4097 bytes"),
        (built([], [info(b"a", shape=(1,) * 5)], bytes(32)), "has 5 dimensions"),
        (built([], [info(b"a", shape=(33,), kind=8)], bytes(34)), "has rows of 33"),
        (built([], [info(b"a", shape=(1 << 63,) * 4)], bytes(32)), "more bytes than can be"),
        (built([], [info(b"a", offset=1)], bytes(33)), "not aligned"),
        (built([], [info(b"a")], bytes(31)), "beyond the end"),
        (built([], [info(b"a", offset=1 << 63)], bytes(32)), "beyond the end"),
        (built([], [info(b"a"), info(b"b")], bytes(32)), "32 bytes into `b`"),
        (built([], [info(b"a", offset=32)], bytes(64)), "32 bytes belong to no tensor"),
        (built([], [info(b"a")], bytes(32), padding=b"\1"), "padding are not all zero"),
        (
            built(
                [], [info(b"a", shape=(1,)), info(b"b", offset=32)], bytes(31) + b"x" + bytes(32)
            ),
            "28 bytes of padding are not all zero",
        ),
        (b"GGUF", "ends inside the header"),
        (b"GGUF\3\0\0\0\0", "ends inside the header"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "gguf")
    assert found.status == "error"
    assert set(codes(found)) == {"INT008"}
    assert expected in found.reason
    assert found.coverage < len(data)


def test_what_is_newer_than_the_reader_is_incomplete() -> None:
    for data in (
        built([], [], version=4),
        built([], [], version=1),
        built([], [info(b"a", kind=99)], bytes(32)),
        built([], [info(b"a", kind=4)], bytes(32)),
    ):
        found = read(data)
        assert (found.status, found.problems) == ("incomplete", ())
        assert "known" in found.reason
        assert found.coverage < len(data)


def test_a_long_template_is_cut_and_its_length_noted() -> None:
    data = built([pair(b"tokenizer.chat_template", 8, text(b"x" * 5_000))], [])
    found = read(data)
    assert dict(found.metadata) == {
        "tokenizer.chat_template": "x" * 4_096,
        "tokenizer.chat_template:bytes": "5000",
        "chat-template": f"sha256:{sha256(b'x' * 5_000).hexdigest()} tokenizer.chat_template",
    }


def test_a_split_model_says_which_part_it_is() -> None:
    pairs = [pair(b"split.no", 2, b"\1\0"), pair(b"split.count", 2, b"\3\0")]
    assert read(built(pairs, [])).metadata == (("split.no", "1"), ("split.count", "3"))


def test_names_longer_than_the_standard_has_are_noted() -> None:
    found = read(built([], [info(b"a" * 65)], bytes(32)))
    assert (found.status, found.metadata) == ("complete", (("long-tensor-names", "1"),))


def test_budgets_end_incomplete() -> None:
    words = pair(b"a", 9, array(8, 2, text(b"x") * 2))
    deep = pair(b"a", 9, array(9, 1) * 9 + array(0, 0))
    for data, budget in (
        (built([words, words], []), {"entries": 1}),
        (built([], [info(b"a"), info(b"b", offset=32)], bytes(64)), {"entries": 1}),
        (built([words], []), {"header": 30}),
        (built([], [info(b"a")], bytes(32)), {"header": 30}),
        (built([deep], []), {}),
        (built([pair(b"a", 9, array(9, 2, array(0, 0) * 2))], []), {"entries": 2}),
    ):
        found = read(data, **budget)
        assert (found.status, found.problems) == ("incomplete", ())


def test_a_vocabulary_costs_no_memory() -> None:
    count = 50_000
    data = built([pair(b"tokenizer.ggml.tokens", 9, array(8, count, text(b"word") * count))], [])
    tracemalloc.start()
    found = read(data, window=1 << 14)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.status, found.metadata) == ("complete", ())
    assert peak < 1 << 18


def test_a_file_cut_while_it_is_read_is_corrupt() -> None:
    data = gguf()
    made = reader("gguf", len(data), limits=DEFAULT_LIMITS)
    found = read_bytes(data[:-1], made, limits=DEFAULT_LIMITS)
    assert (found.status, found.reason) == ("error", "the file ends inside tensor `c`")


def test_other_bytes_are_not_claimed() -> None:
    for data in (b"GGUF", b"GGUF is a format", b"GGUF\0\0\0\0", b"GGML\3\0\0\0", b"gguf\3\0\0\0"):
        assert sniffed(data) in {None, "text"}
