from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from tests.formats.samples import codes, messages, read, safetensors, sniffed, two_tensors
from weighbridge.formats.safetensors import BITS


def test_a_file_of_the_library_reads_complete() -> None:
    data = save({"w": np.zeros((2, 3), np.float32), "b": np.ones(3, np.int64)}, {"format": "np"})
    found = read(data)
    assert (found.format, found.status, found.problems) == ("safetensors", "complete", ())
    assert found.coverage == found.size == len(data)
    assert {(t.name, t.dtype, t.shape, t.size) for t in found.tensors} == {
        ("w", "F32", (2, 3), 24),
        ("b", "I64", (3,), 24),
    }
    assert found.metadata == (("format", "np"),)


def test_offsets_are_those_in_the_file() -> None:
    data = safetensors(two_tensors(), bytes(range(28)))
    a, b = read(data).tensors
    assert data[a.offset : a.offset + a.size] == bytes(range(24))
    assert data[b.offset : b.offset + b.size] == bytes(range(24, 28))


def test_padding_with_spaces_is_allowed_and_nothing_else() -> None:
    text = json.dumps(two_tensors()).encode()
    assert read(safetensors(text + b"  ", bytes(28))).status == "complete"
    for padding in (b"\n", b"\0", b"\t"):
        found = read(safetensors(text + padding, bytes(28)))
        assert found.status == "error"
        assert "padded with spaces" in messages(found)


@pytest.mark.parametrize(
    ("header", "data", "expected"),
    [
        (b'{"a":1,"a":2}', b"", "stands twice"),
        (b'{"a":{"dtype":"F32","dtype":"F32"}}', b"", "stands twice"),
        (b'{"a":NaN}', b"", "is not JSON"),
        (b'{"a":}', b"", "is not JSON"),
        (b'{"\xff":1}', b"", "not UTF-8"),
        (b'{"a":' + b"[" * 200_000 + b"}", b"", "nests too deeply"),
        (b'{"a":' + b"9" * 5_000 + b"}", b"", "cannot be read"),
        (b'{"__metadata__":[]}', b"", "not an object of texts"),
        (b'{"__metadata__":{"a":1}}', b"", "not text"),
        (b'{"a":[]}', b"", "other keys"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', bytes(4), "other keys"),
        (b'{"a":{"dtype":1,"shape":[],"data_offsets":[0,4]}}', bytes(4), "wrong kind"),
        (b'{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}', bytes(4), "wrong kind"),
        (b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', bytes(4), "wrong kind"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}', bytes(4), "wrong kind"),
        (b'{"a":{"dtype":"F32","shape":{},"data_offsets":[0,4]}}', bytes(4), "wrong kind"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}', bytes(4), "ends before"),
        (b'{"a":{"dtype":"X","shape":[],"data_offsets":[0,4]}}', bytes(4), "unknown data type"),
        (b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', bytes(4), "do not come to"),
        (b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}}', bytes(4), "do not come to"),
        (b'{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', bytes(2), "do not come to"),
        (b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', bytes(2), "belong to no tensor"),
        (b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', bytes(2), "belong to no tensor"),
        (b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', b"", "end of the file"),
    ],
)
def test_departures_are_corrupt(header: bytes, data: bytes, expected: str) -> None:
    found = read(safetensors(header, data), "safetensors")
    assert found.status == "error"
    assert set(codes(found)) == {"INT008"}
    assert expected in messages(found)
    assert found.reason == found.problems[0].message


def test_overlap_is_placed_where_it_begins() -> None:
    header = two_tensors()
    header["b"]["data_offsets"] = [20, 24]
    data = safetensors(header, bytes(24))
    found = read(data)
    assert [problem.offset for problem in found.problems] == [len(data) - 4]
    assert "goes 4 bytes into" in messages(found)


def test_a_hostile_shape_costs_nothing() -> None:
    shape = [(1 << 63) - 1] * 100_000
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 4]}
    found = read(safetensors({"a": entry}, bytes(4)))
    assert found.status == "error"
    assert len(found.problems[0].wanted) < 200


def test_a_lone_surrogate_in_a_name_can_be_written_again() -> None:
    entry = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    found = read(safetensors(f'{{"\\ud800":{entry}}}'.encode(), b"x"))
    assert found.status == "complete"
    assert found.tensors[0].name.encode() == b"\\ud800"


def test_a_header_longer_than_the_file_is_corrupt() -> None:
    assert "goes beyond the end" in messages(read(struct.pack("<Q", 99) + b"{}", "safetensors"))
    assert "goes beyond the end" in messages(read(b"\x02", "safetensors"))


def test_budgets_end_incomplete() -> None:
    data = safetensors(two_tensors(), bytes(28))
    for budget in ({"header": 10}, {"entries": 2}):
        found = read(data, **budget)
        assert (found.status, found.problems) == ("incomplete", ())
        assert "limit" in found.reason


def test_the_header_is_fetched_a_window_at_a_time() -> None:
    data = safetensors(two_tensors(), bytes(28))
    assert read(data, window=16) == read(data)


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(struct.pack("<Q", 200_000_000) + b"{}") is None
    assert sniffed(struct.pack("<Q", 2) + b"[]") is None


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(BITS)), st.lists(st.integers(0, 4), max_size=3)),
        max_size=5,
    )
)
def test_every_layout_without_a_gap_is_complete(tensors: list[tuple[str, list[int]]]) -> None:
    header, position = {}, 0
    for index, (dtype, shape) in enumerate(tensors):
        bits = BITS[dtype] * int(np.prod(shape, dtype=int))
        if bits % 8:
            continue
        end = position + bits // 8
        header[f"t{index}"] = {"dtype": dtype, "shape": shape, "data_offsets": [position, end]}
        position = end
    found = read(safetensors(header, bytes(position)), "safetensors")
    assert (found.status, found.problems) == ("complete", ())
    assert found.coverage == found.size
