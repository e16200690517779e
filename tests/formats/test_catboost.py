from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from tests.formats.flat import Flat, Number, Numbers, flat, flatbuffer, i1, i4, i4s, u1
from tests.formats.samples import codes, messages, read, sniffed
from weighbridge.formats.catboost_schema import SCHEMA

REAL = (Path(__file__).parent / "files" / "catboost-1.2.10.cbm").read_bytes()


def f8s(*values: float) -> Numbers:
    return Numbers(kind="d", values=values)


def trees(
    *,
    dimension: int = 1,
    splits: int = 3,
    sizes: tuple[int, ...] = (2, 1),
    starts: tuple[int, ...] = (0, 2),
    leaves: int = 6,
    steps: bool = False,
) -> Flat:
    return flat(
        i4(dimension),
        i4s(*range(splits)),
        i4s(*sizes),
        i4s(*starts),
        [flat(i4(0), i4(1), "city", u1(1))],
        [flat(u1(0), i4(0), i4(0), Numbers(kind="f", values=(0.5,)), "", i1(0))],
        [],
        [],
        f8s(*[0.5] * leaves),
        f8s(*[1.0] * leaves),
        Numbers(kind="I", values=(1,)) if steps else None,
        None,
        [flat(i4(0), i4(3), "text", u1(1))],
        None,
        Number(kind="d", value=1.0),
        None,
        None,
        None,
        [flat(i4(0), i4(2), "", i4(4), u1(1))],
    )


def core(shape: Flat | None = None, *, parts: list[str] | None = None, info: str = "") -> bytes:
    entries = [flat("params", "{}"), flat("model_guid", "1-2"), flat("catboost_version_info", info)]
    return flatbuffer(flat("FlabuffersModel_v1", shape or trees(), entries, parts or []))


def sized(raw: bytes, *, wide: bool = False) -> bytes:
    size = struct.pack("<IQ", 0xFFFFFFFF, len(raw)) if wide else struct.pack("<I", len(raw))
    return size + raw


def cbm(shape: Flat | None = None, **more: Any) -> bytes:  # noqa: ANN401 - what `core` takes
    return b"CBM1" + sized(core(shape, **more))


def statistics(count: int = 1) -> bytes:
    table = flatbuffer(flat(flat(flat(i4s(1)), i1(0), i4(0)), b"hash", b"blob", i4(0), i4(2)))
    return struct.pack("<I", count) + sized(table) * count


def test_a_model_is_read() -> None:
    data = cbm(info="Git info:\n  Branch: tags/v1.2.10\n")
    found = read(data)
    assert (found.format, found.status, found.problems) == ("catboost", "complete", ())
    assert (found.version, found.coverage) == ("FlabuffersModel_v1", len(data))
    assert [(info.name, info.dtype) for info in found.inputs] == [
        ("#0", "float"),
        ("city", "categorical"),
        ("#2", "embedding"),
        ("text", "text"),
    ]
    assert [(info.name, info.dtype, info.shape) for info in found.outputs] == [
        ("formula", "double", (1,))
    ]
    leaves, weights = found.tensors
    assert (leaves.name, leaves.dtype, leaves.shape, leaves.size) == ("leaves", "F64", (6,), 48)
    assert data[leaves.offset : leaves.offset + 48] == struct.pack("<6d", *[0.5] * 6)
    assert weights.name == "weights"
    assert dict(found.metadata) == {
        "info:params": "",
        "info:model_guid": "1-2",
        "info:catboost_version_info": "",
        "producer-version": "1.2.10",
    }


def test_a_model_catboost_wrote_is_read() -> None:
    found = read(REAL)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(REAL))
    assert [info.dtype for info in found.inputs] == ["float", "categorical"]
    assert ("categorical-statistics", "1") in found.metadata
    assert ("producer-version", "1.2.10") in found.metadata
    for end in range(0, len(REAL), 7):
        assert read(REAL[:end], "catboost").status != "complete", end


def test_statistics_behind_the_trees_are_read() -> None:
    model = cbm(parts=["static_provider_v1"])
    for count in (0, 1, 3):
        found = read(model + statistics(count))
        assert (found.status, found.problems) == ("complete", ())
    assert read(model).status == "error"
    assert "behind" not in messages(read(model + statistics()[:-9]))
    assert read(model + statistics()[:-9]).status == "error"


def test_parts_that_process_text_stay_unread() -> None:
    found = read(cbm(parts=["text_process_v2", "static_provider_v1"]) + b"anything")
    assert (found.status, found.problems) == ("incomplete", ())
    assert "text_process_v2" in found.reason


def test_a_core_of_more_than_four_gigabytes_has_a_wide_size() -> None:
    found = read(b"CBM1" + sized(core(), wide=True))
    assert (found.status, found.problems) == ("complete", ())


def test_trees_that_are_not_symmetric_have_as_many_leaves_as_they_like() -> None:
    assert read(cbm(trees(steps=True, leaves=5))).status == "complete"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"CBM2" + sized(core()), "does not begin as a model"),
        (b"CBM1\x10", "ends inside a size"),
        (b"CBM1" + sized(core())[:-1], "are not all there"),
        (cbm() + b"x", "1 bytes follow the model"),
        (cbm(trees(dimension=0)), "answer 0 values"),
        (cbm(trees(splits=4)), "have 4 splits"),
        (cbm(trees(sizes=(-1, 4))), "a tree has -1 splits"),
        (cbm(trees(starts=(0,))), "1 trees have a beginning"),
        (cbm(trees(leaves=5)), "have 5 leaf values"),
        (cbm(trees(dimension=2)), "have 6 leaf values"),
        (cbm(trees(sizes=(1 << 30, 1))), "have 3 splits"),
        (b"CBM1" + sized(flatbuffer(flat("v"))), "no trees"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "catboost")
    assert (found.status, set(codes(found))) == ("error", {"INT008"})
    assert expected in messages(found)


def test_leaves_may_be_left_out_with_their_trees() -> None:
    empty = flat(i4(1))
    found = read(cbm(empty))
    assert (found.status, found.problems, found.tensors) == ("complete", (), ())


def test_fields_of_tomorrow_are_noted() -> None:
    newer = flatbuffer(flat("v", trees(), [], [], i4(7)))
    found = read(b"CBM1" + sized(newer))
    assert ("unknown-field", "Core.4") in found.metadata


def test_many_trees_are_weighed_block_by_block() -> None:
    many = 3_000
    shape = trees(splits=many, sizes=(1,) * many, starts=(0,) * many, leaves=2 * many)
    assert read(cbm(shape)).status == "complete"


def test_budgets_end_incomplete() -> None:
    for budget in ({"entries": 2}, {"entries": 20}, {"header": 3}, {"reread": 50, "window": 64}):
        found = read(cbm(), **budget)
        assert (found.status, found.problems) == ("incomplete", ()), budget


def test_the_schema_leads_only_to_its_own_tables() -> None:
    slots = [slot for fields in SCHEMA.values() for slot in fields]
    assert {slot.kind for slot in slots if not slot.scalar} - {"text"} <= SCHEMA.keys()


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(cbm()) == "catboost"
    assert sniffed(cbm()[:-40]) is None
    assert sniffed(b"CBM1\1\0\0\0" + bytes(40)) is None
