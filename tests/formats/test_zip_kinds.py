"""Archives that are more than a zip: NumPy's, Keras's and skops's."""

from __future__ import annotations

import io
import json

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from blake3 import blake3

from tests.formats.samples import SYSTEM, Member, messages, names, read, sniffed, zip_bytes
from tests.formats.test_npy import HEADER, npy
from tests.formats.written import written

ARRAY = npy(HEADER, bytes(24))
CONFIG = written("keras-lambda-config.json")
WRITTEN_BY = b'{"keras_version": "3.15.1", "date_saved": "2026-11-27@20:29:38"}'


def weights() -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["layers/d/vars/0"] = np.arange(6, dtype="<f4").reshape(3, 2)
    return buffer.getvalue()


def keras(config: bytes = CONFIG, written_by: bytes = WRITTEN_BY, *more: Member) -> bytes:
    return zip_bytes(
        Member(name=b"metadata.json", data=written_by),
        Member(name=b"config.json", data=config),
        Member(name=b"model.weights.h5", data=weights()),
        *more,
    )


# NumPy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [False, True])
def test_an_archive_of_arrays_is_read(compressed: bool) -> None:  # noqa: FBT001 - a case
    w, names = np.arange(6.0).reshape(2, 3), np.array(["a", "bc"])
    arrays = {"w": w, "names": names}
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, w=w, names=names)
    data = buffer.getvalue()
    found = read(data)
    assert sniffed(data) == "npz"
    assert (found.format, found.status, found.problems) == ("npz", "complete", ())
    assert found.coverage == len(data)
    for tensor in found.tensors:
        raw = arrays[tensor.name].tobytes()
        assert tensor.digest == f"blake3:{blake3(raw).hexdigest()}"
        assert (tensor.shape, tensor.size) == (arrays[tensor.name].shape, len(raw))
        assert (tensor.offset < 0) == compressed
        assert compressed or data[tensor.offset : tensor.offset + tensor.size] == raw
    assert [tensor.name for tensor in found.tensors] == ["w", "names"]


def test_objects_in_an_archive_of_arrays_are_a_pickle() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, o=np.array([{"a": 1}], dtype=object))
    found = read(buffer.getvalue())
    assert (found.status, found.format) == ("complete", "npz")
    assert found.members[0].members[0].format == "pickle"
    assert "numpy._core.multiarray._reconstruct" in names(found)


@pytest.mark.parametrize("content", [b"hello", bytes(9), SYSTEM])
def test_a_member_that_is_no_array_is_told(content: bytes) -> None:
    found = read(zip_bytes(Member(name=b"a.npy", data=content), Member(name=b"b.npy", data=ARRAY)))
    assert found.status == "error"
    assert "member `a.npy` is no array" in messages(found)


# Keras ------------------------------------------------------------------------------------------


def test_a_keras_model_is_read() -> None:
    data = keras()
    found = read(data)
    assert sniffed(data) == "keras"
    assert (found.format, found.version) == ("keras", "3.15.1")
    assert found.coverage == len(data)
    assert (found.status, found.problems) == ("complete", ())
    code = {(use.kind, use.name): use.detail for part in found.walk() for use in part.code}
    assert code["keras-lambda", "lam"].startswith("bytecode")
    assert ("keras-class", "keras.layers.Dense") in code
    facts = set(found.metadata)
    assert {("keras-class", "Lambda"), ("keras-lambda", "lam"), ("keras-class", "Dense")} <= facts
    (tensor,) = found.tensors
    assert (tensor.shape, tensor.size) == ((3, 2), 24)
    assert data[tensor.offset : tensor.offset + 24] == np.arange(6, dtype="<f4").tobytes()


def test_foreign_classes_are_noted() -> None:
    layer = {"class_name": "L", "module": "os.path", "registered_name": "mine>L", "config": {}}
    found = read(keras(json.dumps(layer).encode()))
    assert {("keras-module", "os.path"), ("keras-registered-name", "mine>L")} <= set(found.metadata)


def test_a_damaged_configuration_is_told() -> None:
    found = read(keras(CONFIG[:-1]))
    assert (found.status, found.format) == ("incomplete", "keras")
    assert "it ends" in messages(found)
    assert "over the limit" in str(read(keras(b'"' + bytes(9 << 20) + b'"')))


def test_what_wrote_a_model_may_be_missing() -> None:
    assert read(keras(written_by=b'{"keras_version": 3}')).version == ""
    assert read(keras(written_by=b"[]")).version == ""


def test_assets_belong_to_a_model() -> None:
    asset = Member(name=b"assets/tokenizer/vocabulary.bin", data=b"\0\1\2")
    plain = b'{"class_name": "Dense", "module": "keras.layers"}'
    assert read(keras(plain, WRITTEN_BY, asset)).status == "complete"
    evil = Member(name=b"assets/tokenizer/vocabulary.bin", data=SYSTEM)
    assert "posix.system" in names(read(keras(CONFIG, WRITTEN_BY, evil)))
    other = Member(name=b"other.bin", data=b"\0\1\2")
    assert read(keras(CONFIG, WRITTEN_BY, other)).status == "incomplete"


def test_a_configuration_alone_makes_a_model() -> None:
    found = read(zip_bytes(Member(name=b"config.json", data=CONFIG)))
    assert (found.format, found.status) == ("keras", "complete")
    assert "keras-lambda" in {use.kind for part in found.walk() for use in part.code}


def test_an_archive_with_another_configuration_is_a_zip() -> None:
    asset = Member(name=b"assets/x", data=b"\0\1\2")
    found = read(zip_bytes(Member(name=b"config.json", data=b'{"a": 1}'), asset))
    assert (found.format, found.status) == ("zip", "incomplete")
    evil = Member(name=b"MAR-INF/MANIFEST.json", data=b"{}"), Member(name=b"a.py", data=b"x\n")
    found = read(zip_bytes(Member(name=b"config.json", data=b"{}"), *evil))
    assert [use.name for use in found.code] == ["a.py"]


def test_a_configuration_of_too_much_is_not_judged() -> None:
    many = json.dumps([{"class_name": f"C{n}"} for n in range(1_001)]).encode()
    found = read(keras(many))
    assert (found.status, found.format) == ("incomplete", "keras")
    assert "more than 1000 classes" in str(found)


# Skops ------------------------------------------------------------------------------------------


def schema(**more: object) -> bytes:
    return json.dumps({"_skops_version": "0.16.0", "protocol": 2, **more}).encode()


def node(**more: object) -> dict[str, object]:
    return {"__class__": "C", "__module__": "m", "__loader__": "ObjectNode", **more}


def test_a_skops_file_is_read() -> None:
    data = written("skops-class.skops")
    found = read(data)
    assert sniffed(data) == "skops"
    assert (found.format, found.version) == ("skops", "0.16.0")
    assert (found.status, found.problems) == ("complete", ())
    assert ("__main__.Mine", "ObjectNode") in [(use.name, use.detail) for use in found.code]
    assert found.coverage == len(data)
    types = {value for key, value in found.metadata if key == "skops-type"}
    assert {"__main__.Mine (ObjectNode)", "numpy.ndarray (NdArrayNode)"} <= types
    assert [tensor.shape for tensor in found.tensors] == [(3,)]


def test_each_type_is_noted_once() -> None:
    data = schema(content=[node(), node(), {"a": node(__loader__="FunctionNode")}, {"x": "y"}])
    found = read(zip_bytes(Member(name=b"schema.json", data=data)))
    assert [value for key, value in found.metadata if key == "skops-type"] == [
        "m.C (ObjectNode)",
        "m.C (FunctionNode)",
    ]


def test_functions_of_old_schemas_are_named_by_path() -> None:
    function = node(__class__="function", content={"module_path": "os", "function": "system"})
    found = read(zip_bytes(Member(name=b"schema.json", data=schema(content=[function]))))
    assert [use.name for use in found.code] == ["os.system", "m.function"]


def test_a_missing_file_is_told() -> None:
    data = schema(content=[node(file="1.npy"), node(file="2.npy")])
    archive = Member(name=b"schema.json", data=data), Member(name=b"1.npy", data=ARRAY)
    found = read(zip_bytes(*archive))
    assert (found.status, messages(found)) == ("error", "the file `2.npy` of the schema is missing")


def test_bytes_of_an_object_belong_to_it() -> None:
    parts = Member(name=b"schema.json", data=schema()), Member(name=b"12.bin", data=b"\0\xff")
    assert read(zip_bytes(*parts)).status == "complete"


def test_another_schema_makes_no_skops_file() -> None:
    found = read(zip_bytes(Member(name=b"schema.json", data=b'{"type": "object", "a": ["b"]}')))
    assert (found.format, found.status) == ("zip", "complete")


def test_types_are_bounded() -> None:
    data = schema(content=[node(__class__=str(number)) for number in range(30)])
    found = read(zip_bytes(Member(name=b"schema.json", data=data)), entries=20)
    assert found.status == "incomplete"
    assert "types and files" in str(found.members)
