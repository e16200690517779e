"""Safetensors, LightGBM, ONNX, skops and wheels: each lets go what it says, no more."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import safetensors
from tests.formats.stabilisers.forms import form, same
from tests.formats.written import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("forest-{}.joblib", "pickle-threads@1"),
        ("forest-{}.joblib.z", "compressed@1"),
        ("scaler-{}.skops", "skops@1"),
        ("trees-{}.txt", "lightgbm@1"),
        ("line-{}.onnx", "onnx@1"),
    ],
)
def test_what_a_library_wrote_twice_has_one_form(name: str, label: str) -> None:
    one, other = (written(f"twice/{name.format(number)}") for number in (1, 2))
    assert one != other
    assert same(one, other)
    assert form(one).label == label


# Safetensors ------------------------------------------------------------------------------------


NAMES = st.text("abc.é", min_size=1, max_size=6)


@st.composite
def models(draw: st.DrawFn) -> tuple[dict[str, Any], bytes]:
    """Draw a header and the data it describes."""
    sizes = draw(st.dictionaries(NAMES, st.integers(0, 9), min_size=1, max_size=4))
    header: dict[str, Any] = {}
    end = 0
    for name, size in sizes.items():
        header[name] = {"dtype": "U8", "shape": [size], "data_offsets": [end, end + size]}
        end += size
    header["__metadata__"] = draw(st.dictionaries(NAMES, st.text(max_size=5), max_size=3))
    return header, draw(st.binary(min_size=end, max_size=end))


@given(models(), st.randoms(use_true_random=False), st.integers(0, 20))
def test_the_order_and_padding_of_a_header_are_let_go(
    model: tuple[dict[str, Any], bytes], random: Random, padding: int
) -> None:
    header, data = model
    turned = dict(random.sample([*header.items()], len(header)))
    turned["__metadata__"] = dict(reversed(header["__metadata__"].items()))
    text = json.dumps(turned, indent=1).encode() + b" " * padding
    assert same(safetensors(header, data), safetensors(text, data))


@given(models(), st.data())
def test_every_byte_of_the_data_counts(
    model: tuple[dict[str, Any], bytes], data: st.DataObject
) -> None:
    header, raw = model
    if not raw:
        raw = b"\0"
        header = {"x": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}
    at = data.draw(st.integers(0, len(raw) - 1))
    flipped = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    one, other = form(safetensors(header, raw)), form(safetensors(header, flipped))
    assert one.label == other.label == "safetensors@1"
    assert one.digest != other.digest


def test_names_types_and_metadata_of_tensors_count() -> None:
    entry = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
    kept = form(safetensors({"a": entry}, b"x")).digest
    others: list[dict[str, Any]] = [
        {"b": entry},
        {"a": entry | {"dtype": "I8"}},
        {"a": entry | {"shape": [1, 1]}},
        {"a": entry, "__metadata__": {"k": "v"}},
    ]
    for header in others:
        assert form(safetensors(header, b"x")).digest != kept


def test_a_safetensors_file_with_a_gap_counts_as_its_bytes() -> None:
    entry = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
    assert form(safetensors({"a": entry}, b"x and a payload")).label == ""


# LightGBM ---------------------------------------------------------------------------------------


TREES = written("twice/trees-1.txt")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"[num_threads: 1]", b"[num_threads: 64]"),
        (b"[verbosity: -1]", b"[verbosity: 2]"),
        (b"[num_threads: 1]", b"[num_threads: 1]"),
    ],
)
def test_how_a_training_ran_is_let_go(old: bytes, new: bytes) -> None:
    assert old in TREES
    assert same(TREES, TREES.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"[seed: 1]", b"[seed: 2]"),
        (b"leaf_value=", b"leaf_value=1"),
        (b"[num_threads: 1]\n", b""),
        (b"\nend of trees\n", b"\nend of trees \n"),
        (b"end of parameters\n", b"end of parameters\nparameters:\n[num_threads: 9]\n"),
    ],
)
def test_every_other_line_of_a_lightgbm_model_counts(old: bytes, new: bytes) -> None:
    assert old in TREES
    assert form(TREES).digest != form(TREES.replace(old, new, 1)).digest


def test_parameters_that_are_none_are_not_followed() -> None:
    assert form(TREES.replace(b"[boosting: gbdt]", b"boosting: gbdt")).label == ""


# ONNX -------------------------------------------------------------------------------------------


def model(*sets: tuple[str, int], props: Sequence[tuple[str, str]] = (), **fields: str) -> bytes:
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    sides = [onnx.helper.make_tensor_value_info(name, 1, [1]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "g", sides[:1], sides[1:])
    made = onnx.helper.make_model(graph, producer_name=fields.get("producer", "p"))
    del made.opset_import[:]
    made.opset_import.extend(onnx.helper.make_opsetid(*one) for one in sets)
    for key, value in props:
        made.metadata_props.add(key=key, value=value)
    return bytes(made.SerializeToString())


SETS = [("", 17), ("ai.onnx.ml", 3), ("com.example", 1)]
PROPS = [("author", "a"), ("licence", "b")]


@given(st.permutations(SETS), st.permutations(PROPS))
def test_sets_of_a_model_have_no_order(
    sets: list[tuple[str, int]], props: list[tuple[str, str]]
) -> None:
    assert same(model(*SETS, props=PROPS), model(*sets, props=props))


@pytest.mark.parametrize(
    "other",
    [
        model(("", 18), *SETS[1:], props=PROPS),
        model(*SETS, props=[("author", "b"), ("licence", "a")]),
        model(*SETS[1:], props=PROPS),
        model(*SETS, props=PROPS, producer="q"),
    ],
    ids=["version", "values", "missing", "producer"],
)
def test_what_a_model_says_counts(other: bytes) -> None:
    assert form(model(*SETS, props=PROPS)).digest != form(other).digest


@pytest.mark.parametrize(
    "ambiguous",
    [
        model(("", 17), ("ai.onnx", 18)),
        model(*SETS, props=[("a", "1"), ("a", "2")]),
        model(*SETS) + b"\x42",
        model(*SETS) + b"\x42\x7f",
        model(*SETS) + b"\x40\x01",
        model(*SETS) + b"\x43",
        model(*SETS) + b"\xff" * 12,
    ],
    ids=["operators", "metadata", "cut", "long", "number", "group", "endless"],
)
def test_a_model_that_says_one_thing_twice_counts_as_its_bytes(ambiguous: bytes) -> None:
    assert form(ambiguous).label == ""


def test_unknown_fields_of_a_model_are_kept() -> None:
    """Fields of fixed size and numbers stand in no set: their bytes count where they stand."""
    for more in (b"\xfd\x01abcd", b"\xf9\x01abcdefgh", b"\xf8\x01\x05"):
        assert form(model(*SETS) + more).digest != form(model(*SETS)).digest


def test_a_model_of_too_many_fields_counts_as_its_bytes() -> None:
    assert form(model(*SETS), entries=2).label == ""


# Skops ------------------------------------------------------------------------------------------


def skops(ids: Sequence[int], *, values: Sequence[bytes] = (b"1", b"2"), text: str = "") -> bytes:
    """Make an archive of two arrays and what names them."""
    made = [
        {
            "__class__": "ndarray",
            "__module__": "numpy",
            "__loader__": "NdArrayNode",
            "file": f"{identity}.bin",
            "__id__": identity,
        }
        for identity in ids
    ]
    schema = {
        "__class__": "list",
        "__module__": "builtins",
        "__loader__": "ListNode",
        "content": made,
        "protocol": 2,
        "_skops_version": "0.16.0",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for identity, value in dict(zip(ids, values, strict=False)).items():
            archive.writestr(f"{identity}.bin", value)
        archive.writestr("schema.json", text or json.dumps(schema))
    return stream.getvalue()


@given(st.lists(st.integers(1, 2**47), min_size=2, max_size=2, unique=True))
def test_addresses_of_objects_are_let_go(ids: list[int]) -> None:
    assert same(skops([10, 20]), skops(ids))


def test_which_file_belongs_to_which_object_counts() -> None:
    kept = form(skops([10, 20])).digest
    assert kept != form(skops([10, 20], values=(b"2", b"1"))).digest
    assert kept != form(skops([10, 10])).digest


@pytest.mark.parametrize(
    "text",
    ["{", '{"_skops_version": "1", "a": 1.5}', '{"_skops_version": "1", "a": 1, "a": 2}'],
)
def test_a_schema_that_is_not_followed_counts_as_its_bytes(text: str) -> None:
    assert form(skops([10, 20], text=text)).label == ""


# Wheels -----------------------------------------------------------------------------------------


def wheel(record: str, *, content: str = "x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/__init__.py", content)
        archive.writestr("a-1.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("a-1.dist-info/METADATA", "Metadata-Version: 2.1\n")
        archive.writestr("a-1.dist-info/RECORD", record)
    return stream.getvalue()


def test_the_lines_of_a_record_have_no_order() -> None:
    assert same(wheel("a,sha256=x,1\nb,,\n"), wheel("b,,\na,sha256=x,1\n"))


def test_the_lines_of_a_record_count() -> None:
    kept = form(wheel("a,sha256=x,1\nb,,\n"))
    assert kept.label == "wheel@1"
    assert kept.digest != form(wheel("a,sha256=y,1\nb,,\n")).digest
    assert kept.digest != form(wheel("a,sha256=x,1\nb,,\n", content="y")).digest


def test_a_record_with_quotes_counts_as_its_bytes() -> None:
    assert form(wheel('"a\nb",,\n')).label == ""
