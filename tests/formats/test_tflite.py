from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.flat import Flat, Value, flat, flatbuffer, i1, i4, i4s, u1, u4, u8
from tests.formats.samples import (
    SYSTEM,
    Member,
    codes,
    messages,
    read,
    read_chopped,
    safetensors,
    sniffed,
    two_tensors,
    zip_bytes,
)
from weighbridge.formats.tflite_schema import DATA_TYPES, SCHEMA, UNIONS

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure

FLOAT, INT4, STRING = 0, 17, 5
LABELS = zip_bytes(Member(name=b"a.st", data=safetensors(two_tensors(), bytes(28))))


def tensor(name: str, *shape: int, buffer: int = 0, kind: int = FLOAT, **more: Value) -> Flat:
    return flat(
        i4s(*shape),
        i1(kind),
        u4(buffer),
        name,
        more.get("quantization"),
        u1(0),
        more.get("sparsity"),
        more.get("signature"),
        u1(1),
        None,
        None,
    )


def graph(
    *tensors: Flat, inputs: tuple[int, ...] = (0,), operators: list[Flat] | None = None
) -> Flat:
    return flat(list(tensors), i4s(*inputs), i4s(1), operators or [operator(0)], "main")


def operator(code: int, *, choice: int = 8, options: Flat | None = None, large: int = 0) -> Flat:
    """A fully connected layer, unless told otherwise."""
    return flat(
        u4(code),
        i4s(0, 2, -1),
        i4s(1),
        u1(choice),
        options or flat(i1(1)),
        b"flex",
        i1(0),
        None,
        None,
        u8(large),
        u8(8),
    )


def model(
    *,
    version: int = 3,
    codes: list[Flat] | None = None,
    graphs: list[Flat] | None = None,
    buffers: list[Flat] | None = None,
    more: tuple[Any, ...] = (),
) -> Flat:
    two = [
        tensor("x", 1, 2, signature=i4s(-1, 2)),
        tensor("y", 1, 3),
        tensor("w", 3, 2, buffer=1),
    ]
    return flat(
        u4(version),
        [flat(i1(9), None, i4(1), i4(9))] if codes is None else codes,
        [graph(*two)] if graphs is None else graphs,
        "made by hand",
        [flat(), flat(bytes(range(24)))] if buffers is None else buffers,
        None,
        *more,
    )


def tflite(root: Flat | None = None) -> bytes:
    return flatbuffer(root or model(), b"TFL3")


def damaged(**fields: Any) -> Structure:  # noqa: ANN401 - whatever `model` takes
    return read(tflite(model(**fields)))


def test_a_model_is_read() -> None:
    data = tflite(
        model(more=([flat("m", u4(1))], [flat([flat("in", u4(0))], [], "serve", None, u4(0))]))
    )
    found = read(data)
    assert (found.format, found.status, found.problems) == ("tflite", "complete", ())
    assert found.coverage == found.size == len(data)
    assert found.version == "3"
    (weight,) = found.tensors
    assert (weight.name, weight.dtype, weight.shape, weight.size) == ("w", "FLOAT32", (3, 2), 24)
    assert data[weight.offset : weight.offset + weight.size] == bytes(range(24))
    assert [(info.name, info.dtype, info.shape) for info in found.inputs] == [
        ("x", "FLOAT32", (-1, 2))
    ]
    assert [(info.name, info.shape) for info in found.outputs] == [("y", (1, 3))]
    assert found.metadata == (
        ("description", "made by hand"),
        ("signature", "serve"),
        ("metadata-buffer", "m"),
    )


def test_custom_and_flex_operators_are_noted() -> None:
    own, flex = flat(i1(32), "Own", i4(1), i4(32)), flat(i1(32), "FlexReadFile", i4(1), i4(32))
    found = damaged(codes=[own, flex])
    assert found.status == "complete"
    assert found.metadata[1:] == (
        ("custom-operator", "Own"),
        ("custom-operator", "FlexReadFile"),
        ("flex-operator", "ReadFile"),
    )
    assert [(use.kind, use.name, use.detail) for use in found.code] == [
        ("custom-operator", "Own", "TFLite"),
        ("custom-operator", "FlexReadFile", "TFLite"),
    ]


def test_an_archive_behind_the_model_is_read_with_it() -> None:
    start = len(tflite())
    archives = [
        LABELS,
        zip_bytes(
            Member(name=b"a.st", data=safetensors(two_tensors(), bytes(28))), before=tflite()
        )[start:],
    ]
    for archive in archives:
        found = read(tflite() + archive)
        assert (found.format, found.status, found.problems) == ("tflite", "complete", ())
        assert found.coverage == found.size
        (inner,) = found.members
        assert (inner.format, inner.status, inner.problems) == ("zip", "complete", ())
        assert inner.members[0].container.endswith("!/a.st")


def test_a_cut_archive_is_never_complete() -> None:
    data = tflite() + LABELS
    for end in range(len(tflite()) + 1, len(data)):
        assert read(data[:end], "tflite").status != "complete", end
    assert read_chopped(data, "tflite", [7, 1]) == read(data)


def test_an_archive_that_reaches_into_the_model_or_stands_off_it_is_an_attack() -> None:
    inside = zip_bytes(Member(name=b"b", data=b"", offset=8), before=tflite())
    assert read(inside).status != "complete"
    found = read(tflite() + b"junk" + LABELS)
    assert found.status == "incomplete"
    assert "SEC002" in codes(found)


def test_an_archive_too_deep_stays_unread() -> None:
    found = read(tflite() + LABELS, depth=0)
    assert (found.status, found.members) == ("incomplete", ())
    assert "nested too deeply" in found.reason


def test_bytes_nothing_leads_to_are_hidden_unless_they_are_zeros() -> None:
    assert read(tflite() + bytes(20_000)).status == "complete"
    found = read(tflite() + SYSTEM + bytes(-len(SYSTEM) % 4))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])
    assert "belong to no part" in found.reason


def test_bytes_of_parts_the_schema_does_not_know_stay_unjudged() -> None:
    text = "a field of tomorrow"
    newer = flat(u4(3), *[None] * 11, text)
    found = read(flatbuffer(newer, b"TFL3"))
    assert ("unknown-field", "Model.12") in found.metadata
    assert "SEC009" not in codes(found)
    other = graph(tensor("x", 1), tensor("y", 1), operators=[operator(0, choice=200)])
    unknown = damaged(graphs=[other])
    assert ("unknown-field", "Operator.BuiltinOptions 200") in unknown.metadata
    assert (unknown.status, unknown.problems) == ("incomplete", ())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"version": 2}, "schema version 2"),
        ({"graphs": []}, "no subgraph"),
        ({"codes": []}, "the code 0 of 0"),
        ({"buffers": [flat()]}, "is in buffer 1"),
        ({"buffers": [flat(), flat(bytes(23))]}, "has 23 bytes of data"),
        ({"graphs": [graph(tensor("x", 1), tensor("y", 1), inputs=(2,))]}, "has tensor 2"),
        ({"graphs": [graph(tensor("x", 1), tensor("y", 1), inputs=(-1,))]}, "has tensor -1"),
        ({"graphs": [graph(tensor("x", -1, buffer=1), tensor("y", 1))]}, "24 bytes of data"),
        ({"graphs": [graph(tensor("x", 0, buffer=1), tensor("y", 1))]}, "24 bytes of data"),
        ({"graphs": [graph(tensor("x", 50, kind=INT4, buffer=1), tensor("y", 1))]}, "24 bytes"),
        ({"more": ([flat("m", u4(9))],)}, "metadata `m` is in no buffer"),
        ({"more": (None, [flat([], [], "s", None, u4(9))])}, "signature `s` is of no subgraph"),
        ({"more": (None, None, [flat("w.bin")], [flat(u4(1), u4(1))])}, "is in no file"),
        ({"buffers": [flat(), flat(None, u8(1 << 40), u8(24))]}, "beyond the end"),
    ],
)
def test_departures_are_corrupt(fields: dict[str, Any], expected: str) -> None:
    found = damaged(**fields)
    assert found.status == "error"
    assert "INT008" in codes(found)
    assert expected in messages(found)


@pytest.mark.parametrize(
    ("kind", "shape", "size"), [(INT4, (47,), 24), (STRING, (5,), 24), (FLOAT, (6,), 24)]
)
def test_data_of_every_width_are_weighed(kind: int, shape: tuple[int, ...], size: int) -> None:
    found = damaged(graphs=[graph(tensor("x", *shape, kind=kind, buffer=1), tensor("y", 1))])
    assert (found.status, [tensor.size for tensor in found.tensors]) == ("complete", [size])


def test_a_tensor_of_an_unknown_type_stays_unjudged() -> None:
    found = damaged(graphs=[graph(tensor("x", 5, kind=99, buffer=1), tensor("y", 1))])
    assert (found.status, found.problems) == ("incomplete", ())
    assert "unknown type 99" in found.reason


def test_a_sparse_tensor_has_as_many_bytes_as_it_likes() -> None:
    index = flat(i1(0), i4(0), u1(3), flat(b"\0\1"))
    sparsity = flat(i4s(0), None, [index, index])
    found = damaged(graphs=[graph(tensor("x", 99, sparsity=sparsity, buffer=1), tensor("y", 1))])
    assert (found.status, found.problems) == ("complete", ())


def test_buffers_behind_the_flatbuffer_are_part_of_the_model() -> None:
    def wide(end: int) -> bytes:
        layers = [operator(0, large=end + 24)]
        tensors = graph(tensor("x", 1), tensor("y", 6, buffer=1), operators=layers)
        return tflite(model(buffers=[flat(), flat(None, u8(end), u8(24))], graphs=[tensors]))

    end = len(wide(9))
    data = wide(end) + b"w" * 32
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    assert [(tensor.offset, tensor.size) for tensor in found.tensors] == [(end, 24)]
    assert read(data[:-1]).status == "error"


def test_files_with_external_buffers_are_referred_to() -> None:
    buffers = [flat(u4(1), u4(0), u8(64), u8(16)), flat(u4(2), u4(0), u8(0), u8(8))]
    found = damaged(more=(None, None, [flat("w.bin"), flat("../w")], buffers))
    assert [(reference.path, reference.size) for reference in found.references] == [("w.bin", 80)]
    assert codes(found) == ["SEC007"]
    assert ("external-data", "w.bin") in found.metadata


def test_budgets_end_incomplete() -> None:
    with_metadata = model(more=([flat(f"m{n}", u4(1)) for n in range(40)],))
    assert read(tflite(with_metadata), entries=100).status == "incomplete"
    for budget in ({"entries": 5}, {"entries": 30}, {"header": 3}, {"reread": 100, "window": 64}):
        found = read(tflite(), **budget)
        assert found.status == "incomplete", budget
        assert found.reason


def test_small_windows_change_nothing() -> None:
    assert read(tflite(), window=16) == read(tflite())


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(b"\x08\0\0\0TFL3") is None
    assert sniffed(b"\x09\0\0\0TFL3" + bytes(99)) is None
    assert "does not begin" in messages(read(tflite().replace(b"TFL3", b"TFL2"), "tflite"))


def test_the_choices_of_the_unions_are_tables_of_the_schema() -> None:
    named = {kind for kinds in UNIONS.values() for kind in kinds}
    assert named <= SCHEMA.keys()
    slots = [slot for fields in SCHEMA.values() for slot in fields]
    leading = {slot.kind for slot in slots if not slot.scalar and not slot.union} - {"text"}
    assert leading <= SCHEMA.keys()
    assert {slot.union for slot in slots} - {""} == UNIONS.keys()
    assert len(UNIONS["BuiltinOptions"]) == 126
    assert DATA_TYPES[INT4] == ("INT4", 4)
