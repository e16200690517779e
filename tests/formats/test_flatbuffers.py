from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from tests.formats.flat import flat, flatbuffer, i1, i4s, u4
from tests.formats.samples import messages, read
from tests.formats.test_tflite import damaged, graph, model, tensor, tflite
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.flatbuffers import Table, Walk
from weighbridge.formats.flatbuffers_schema import tables
from weighbridge.formats.pages import Pages
from weighbridge.formats.registry import reader
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader


class Seen:
    """Keeps the kept texts of every table."""

    def __init__(self) -> None:
        self.texts: list[object] = []

    def table(self, table: Table) -> None:
        self.texts.insert(0, table.values.get("kept"))

    def unknown(self, kind: str, what: str) -> None:
        raise AssertionError((kind, what))


def walked(data: bytes, schema: str, seen: Seen) -> list[object]:
    def read_it() -> Reader:
        pages = Pages(len(data), limits=DEFAULT_LIMITS)
        walk = Walk(pages, schema=tables(schema), unions={}, visitor=seen, limits=DEFAULT_LIMITS)
        yield from walk.run("T", identifier=False)
        return Structure(format="test", status="complete")

    assert read_bytes(data, read_it(), limits=DEFAULT_LIMITS).status == "complete"
    return seen.texts


def patched(data: bytes, at: int, kind: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(kind, changed, at, value)
    return bytes(changed)


ROOT = struct.unpack_from("<I", tflite())[0]
VTABLE = ROOT - struct.unpack_from("<i", tflite(), ROOT)[0]


@pytest.mark.parametrize(
    ("at", "kind", "value", "expected"),
    [
        (0, "<I", ROOT + 2, "is not aligned"),
        (0, "<I", 1 << 30, "leads out of the flatbuffer"),
        (ROOT, "<i", 1 << 30, "leads out of the flatbuffer"),
        (VTABLE, "<H", 3, "is none"),
        (VTABLE, "<H", 2, "is none"),
        (VTABLE, "<H", 2_000, "has 2000 bytes"),
        (VTABLE + 2, "<H", 3, "is none"),
        (VTABLE + 2, "<H", 60_000, "beyond the end"),
        (VTABLE + 4, "<H", 2, "lies outside it"),
        (VTABLE + 6, "<H", 400, "lies outside it"),
        (ROOT + 8, "<I", 2, "is not aligned"),
        (ROOT + 8, "<I", 1 << 30, "leads out of the flatbuffer"),
    ],
)
def test_an_offset_that_lies_is_found(at: int, kind: str, value: int, expected: str) -> None:
    found = read(patched(tflite(), at, kind, value), "tflite")
    assert found.status == "error"
    assert expected in messages(found)


def test_a_text_that_does_not_end_is_corrupt() -> None:
    found = read(tflite().replace(b"made by hand\0", b"made by hand!"))
    assert "does not end with a zero byte" in messages(found)


def test_parts_that_overlap_are_corrupt() -> None:
    data = tflite()
    shape = data.index(struct.pack("<3I", 2, 1, 2))
    assert "two parts overlap" in messages(read(patched(data, shape, "<I", 10)))
    same = i4s(1)
    twice = tflite(model(graphs=[graph(flat(same, i1(0), u4(0), same), tensor("y", 1))]))
    assert "two different parts" in messages(read(twice))


def test_vectors_of_texts_are_read_too() -> None:
    walk = flatbuffer(flat(["a", "bc"], ["d"], [flat(["e"])]))
    seen = Seen()
    found = walked(walk, "T kept=[text] [text] [T]", seen)
    assert found == [["e"], ["a", "bc"]]


def test_a_flatbuffer_that_goes_on_behind_the_file_is_none() -> None:
    data = tflite()
    for size in (len(data) + 4, len(data) + 99):
        made = reader("tflite", size, limits=DEFAULT_LIMITS)
        found = read_bytes(data, made, limits=DEFAULT_LIMITS)
        assert found.status != "complete"


def test_a_table_cannot_be_of_two_kinds() -> None:
    shared = [flat("m", u4(0))]
    found = damaged(more=(shared, [], shared))
    assert "are a table" in messages(found)


def test_a_pointer_that_leads_anywhere_else_is_noticed() -> None:
    data = tflite()
    field = ROOT + 12
    pointer = field + struct.unpack_from("<I", data, field)[0] + 4
    right = pointer + struct.unpack_from("<I", data, pointer)[0]
    clean = [
        at
        for at in range(pointer, len(data))
        if read(patched(data, pointer, "<I", at - pointer)).status == "complete"
    ]
    assert clean == [right]


def test_shared_parts_are_read_once_and_cycles_end() -> None:
    same = tensor("x", 1)
    found = damaged(graphs=[graph(*[same] * 9), graph(same, same)])
    assert (found.status, found.problems) == ("complete", ())
    assert len(found.inputs) == 1


def test_a_hostile_count_costs_nothing() -> None:
    data = tflite()
    subgraphs = ROOT + 12
    at = subgraphs + struct.unpack_from("<I", data, subgraphs)[0]
    assert "beyond the end" in messages(read(patched(data, at, "<I", (1 << 32) - 1)))
    assert "has 2000 values" in messages(
        damaged(graphs=[graph(tensor("x", *[1] * 2_000), tensor("y", 1))])
    )
    found = damaged(graphs=[graph(tensor("x", *[1 << 30] * 1_000, buffer=1), tensor("y", 1))])
    assert "24 bytes of data" in messages(found)
