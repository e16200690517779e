from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.formats.samples import codes, messages, read, sniffed
from tests.formats.wire import Content, message

FILES = Path(__file__).parent / "files"
PROGRAM = (FILES / "coremltools-9.0.mlmodel").read_bytes()
WEIGHTS = (FILES / "coremltools-9.0-weight.bin").read_bytes()
CUSTOM_LAYER = (FILES / "coremltools-9.0-custom-layer.mlmodel").read_bytes()
FLOAT32, FLOAT16 = 0x10020, 10


def array(*shape: int, kind: int = FLOAT32, more: bytes = b"") -> bytes:
    return message((5, message(*((1, size) for size in shape), (2, kind)) + more))


def feature(name: str, kind: bytes) -> bytes:
    return message((1, name), (3, kind))


DESCRIPTION = message((1, feature("x", array(1, 3))), (10, feature("y", array(2))))
IDENTITY: tuple[int, Content] = (900, b"")


def coreml(
    *kinds: tuple[int, Content], version: int = 7, description: bytes = DESCRIPTION
) -> bytes:
    return message((1, version), (2, description), *(kinds or (IDENTITY,)))


def blob(
    path: str = "@model_path/weights/weight.bin",
    *,
    at: int = 64,
    kind: int = FLOAT16,
    shape: tuple[int, ...] = (4, 2),
) -> bytes:
    dims = [(3, message((1, message((1, size))))) for size in shape]
    tensor = message((1, message((1, kind), (2, len(shape)), *dims)))
    return message((2, tensor), (5, message((1, path), (2, at))))


def program(*values: bytes) -> bytes:
    constants = [
        message((1, "const"), (3, message((1, f"w{n}"))), (5, message((1, "val"), (2, value))))
        for n, value in enumerate(values)
    ]
    block = message(*((3, constant) for constant in constants))
    function = message((2, "CoreML7"), (3, message((1, "CoreML7"), (2, block))))
    return coreml((502, message((1, 1), (2, message((1, "main"), (2, function))))))


def facts(data: bytes, key: str) -> list[str]:
    return [value for name, value in read(data).metadata if name == key]


def test_a_program_coremltools_wrote_is_read() -> None:
    found = read(PROGRAM)
    assert (found.format, found.status, found.problems) == ("coreml", "complete", ())
    assert (found.version, found.coverage) == ("7", len(PROGRAM))
    assert [(t.name, t.dtype, t.shape, t.offset, t.size) for t in found.tensors] == [
        ("w_to_fp16", "FLOAT16", (16, 16), -1, 512)
    ]
    assert [(t.name, t.dtype, t.shape) for t in (*found.inputs, *found.outputs)] == [
        ("x", "FLOAT32", (1, 16)),
        ("y", "FLOAT32", (1, 16)),
    ]
    (reference,) = found.references
    assert (reference.path, reference.size) == ("weights/weight.bin", len(WEIGHTS))
    assert reference.tensors == ("w_to_fp16",)
    assert ("metadata:com.github.apple.coremltools.version", "9.0") in found.metadata
    assert ("opset", "CoreML6") in found.metadata
    assert ("model-type", "mlProgram") in found.metadata


def test_custom_layers_are_noted_wherever_they_stand() -> None:
    found = read(CUSTOM_LAYER)
    assert (found.status, found.problems) == ("complete", ())
    assert found.metadata == (("custom-layer", "MyLayer"), ("model-type", "neuralNetwork"))
    assert [(use.kind, use.name) for use in found.code] == [("custom-operator", "MyLayer")]
    own = message((1, message((500, message((10, "Inner"))))))
    branch = message((1, message((605, message((1, own))))))
    loop = message((1, message((615, message((4, branch), (2, "c"))), (140, b""))))
    assert facts(coreml((303, loop)), "custom-layer") == ["Inner"]


def test_models_in_models_are_read_too() -> None:
    inner = coreml((555, message((10, "MyModel"))))
    outer = coreml((200, message((1, message((1, inner), (2, "first"))))))
    found = read(outer)
    assert (found.status, found.problems) == ("complete", ())
    assert [value for key, value in found.metadata if key == "model-type"] == [
        "customModel",
        "pipelineClassifier",
    ]
    assert ("custom-model", "MyModel") in found.metadata
    assert len(found.inputs) == 1
    serialized = coreml((3000, message((1, "com.example.own"), (2, b"?"))))
    assert facts(serialized, "serialized-model") == ["com.example.own"]


def test_features_of_every_kind_are_listed() -> None:
    ranged = message((31, b""))
    kinds = {
        "array": array(1, 3),
        "any": message((5, message((1, 4), (2, FLOAT32), (31, b"")))),
        "other": array(2, kind=7),
        "image": message((4, message((1, 640), (2, 480), (3, 20)))),
        "images": message((4, message((1, 640), (2, 480)) + ranged)),
        "text": message((3, b"")),
        "map": message((6, b"\x12\0")),
        "none": b"",
    }
    inputs = [(1, feature(name, kind)) for name, kind in kinds.items()]
    found = read(coreml(description=message(*inputs, (50, feature("t", b"")))))
    assert [(info.name, info.dtype, info.shape) for info in found.inputs] == [
        ("array", "FLOAT32", (1, 3)),
        ("any", "FLOAT32", (-1,)),
        ("other", "?", (2,)),
        ("image", "IMAGE", (480, 640)),
        ("images", "IMAGE", (-1, -1)),
        ("text", "STRING", ()),
        ("map", "DICTIONARY", ()),
        ("none", "", ()),
    ]


def test_what_the_author_says_is_noted() -> None:
    entry = message((1, "k"), (2, "v"))
    about = message((2, "1.0"), (3, "me"), (4, "MIT"), (100, entry))
    found = read(coreml(description=DESCRIPTION + message((100, about))))
    assert found.metadata[:4] == (
        ("metadata:k", "v"),
        ("version", "1.0"),
        ("author", "me"),
        ("license", "MIT"),
    )
    bare = read(coreml(description=DESCRIPTION + message((100, b""))))
    assert bare.metadata == (("model-type", "identity"),)


def test_files_of_weights_are_referred_to_with_all_that_lies_in_them() -> None:
    data = program(
        blob(at=64), blob(at=192, shape=(3,), kind=25), blob("@model_path/b.bin", shape=(0, 5))
    )
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    assert [(r.path, r.size, r.tensors) for r in found.references] == [
        ("weights/weight.bin", 192 + 64 + 2, ("w0", "w1")),
        ("b.bin", 128, ("w2",)),
    ]
    for path in ("@model_path/../w", "/etc/passwd", "@model_path/"):
        bad = read(program(blob(path)))
        assert (codes(bad), bad.references) == (["SEC007"], ())
        assert ("external-data", path) in bad.metadata


def test_linked_models_are_noted_and_weighed() -> None:
    def linked(name: str, path: str) -> bytes:
        file = message((1, message((1, name))), (2, message((1, path))))
        return coreml((556, message((1, file))))

    found = read(linked("inner", ":models"))
    assert (found.status, found.problems) == ("complete", ())
    assert ("linked-model", "inner") in found.metadata
    assert codes(read(linked("inner", "/usr/share"))) == ["SEC007"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (message((1, 7), (2, DESCRIPTION)), "of no type"),
        (message((2, DESCRIPTION), IDENTITY), "no specification version"),
        (program(blob(at=-1)), "lies at no offset"),
        (program(blob(shape=(1,) * 1_025)), "a shape of more than 1024"),
        (coreml()[:-1], "does not end"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "coreml")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_what_is_unknown_is_said() -> None:
    found = read(program(blob(kind=99)))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "unknown type 99" in found.reason
    assert facts(coreml(IDENTITY, (9_999, b"")), "unknown-field") == ["Model.9999"]


def test_a_hostile_shape_costs_nothing() -> None:
    found = read(program(blob(shape=(1 << 60,) * 1_000)))
    assert (found.status, found.tensors[0].size) == ("complete", 0)
    outside = message((1, message((1, message((3, message((1, message((1, 7))))))))))
    assert read(coreml((502, message((4, outside))))).status == "complete"


def test_budgets_end_incomplete() -> None:
    for budget in ({"entries": 1}, {"entries": 3}):
        found = read(PROGRAM, "coreml", **budget)
        assert (found.status, found.problems) == ("incomplete", ())


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(coreml()) == "coreml"
    assert sniffed(message((1, 200), (2, DESCRIPTION), IDENTITY)) != "coreml"
    assert sniffed(message((1, 7), (2, "pytorch"), (3, "2.1"))) != "coreml"
    assert sniffed(message((1, 7), (2, message((1, message((1, "x"))))))) != "coreml"
    assert sniffed(b"\x08") != "coreml"


# The file of weights ----------------------------------------------------------------------------


def entry(
    size: int, at: int, *, kind: int = 2, spare: int = 0, sentinel: int = 0xDEADBEEF
) -> bytes:
    return struct.pack("<2I3Q32x", sentinel, kind, size, at + 64, spare)


def weights(*blobs: bytes, count: int | None = None, version: int = 2, **more: int) -> bytes:
    data = struct.pack("<2I56x", len(blobs) if count is None else count, version)
    for blob_data in blobs:
        data += bytes(-len(data) % 64)
        data += entry(len(blob_data), len(data), **more) + blob_data
    return data


def test_weights_coremltools_wrote_are_read() -> None:
    found = read(WEIGHTS)
    assert (found.format, found.status, found.problems) == ("coreml-weights", "complete", ())
    assert (found.version, found.coverage) == ("2", len(WEIGHTS))
    (tensor,) = found.tensors
    assert (tensor.dtype, tensor.shape, tensor.offset, tensor.size) == (
        "FLOAT16",
        (256,),
        128,
        512,
    )
    assert tensor.digest.startswith("blake3:")


def test_blobs_lie_at_multiples_of_64_bytes() -> None:
    data = weights(b"abcd", b"e" * 64, b"")
    found = read(data)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    assert [(tensor.name, tensor.size) for tensor in found.tensors] == [
        ("blob at 64", 4),
        ("blob at 192", 64),
        ("blob at 320", 0),
    ]
    padded = read(weights(b"abcd") + bytes(60))
    assert (padded.status, padded.coverage) == ("complete", 192)


def test_only_parts_of_bytes_have_bits_to_spare() -> None:
    assert read(weights(b"ab", kind=8, spare=4)).tensors[0].shape == (3,)
    # coremltools 7.0 writes what was in memory.
    assert read(weights(b"abcd", spare=1 << 40)).status == "complete"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (weights(b"abcd")[:50], "ends inside its header"),
        (weights(b"abcd", version=1), "has version 1"),
        (weights(b"abcd", count=2), "before the entry of blob 1"),
        (weights(b"abcd", sentinel=7), "entry of blob 0 is none"),
        (weights(b"abcd")[:-1], "blob 0 has 4 bytes at 128"),
        (weights(b"abc"), "3 bytes"),
        (weights(b"ab", kind=8, spare=3), "3 bits"),
        (weights(b"ab", kind=8, spare=8), "8 bits"),
        (weights(b"ab", kind=8, spare=80), "80 bits"),
        (weights(b"abcd") + b"x" * 60, "not zero"),
        (weights(b"abcd") + bytes(61), "1 bytes follow"),
        (weights(b"abcd")[:64] + entry(4, 0) + b"abcd", "blob 0 has 4 bytes at 64"),
    ],
)
def test_departures_of_weights_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "coreml-weights")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_weights_of_an_unknown_type_and_too_many_of_them_stay_unjudged() -> None:
    for found in (
        read(weights(b"abc", kind=99)),
        read(weights(b"abcd", count=1 << 30)),
        read(weights(b"abcd"), header=70, entries=0),
    ):
        assert (found.status, found.problems) == ("incomplete", ())


def test_weights_are_told_by_their_first_entry() -> None:
    assert sniffed(weights(b"abcd")) == "coreml-weights"
    assert sniffed(weights(b"abcd")[:100]) is None
    assert sniffed(weights(b"abcd", sentinel=7)) is None
