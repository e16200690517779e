"""Two outputs of a build: how alike they are, and where they first differ."""

from __future__ import annotations

import gzip
import io
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import safetensors
from tests.formats.stabilisers.forms import FILES, HARMLESS, Harmless, tarred, zipped
from tests.formats.written import written
from tests.torch_files import BIAS, WEIGHT, archive, floats, pickled, state, tensor
from weighbridge.formats.comparing.outputs import compare_output
from weighbridge.formats.stabilisers.reading import InMemory
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.replay import Difference, NumberDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.replay import OutputVerdict


def compared(before: bytes, after: bytes, **budgets: int) -> OutputVerdict:
    limits = replace(DEFAULT_LIMITS, **budgets)  # type: ignore[arg-type] # numbers, all of them
    return compare_output("out", InMemory(before), InMemory(after), limits=limits)


def difference(before: bytes, after: bytes) -> Difference:
    found = compared(before, after)
    assert found.verdict == "different"
    assert found.difference is not None
    return found.difference


def weights(order: str = "ab", **values: tuple[float, ...]) -> bytes:
    values = {"a": (1.0, 2.0), "b": (3.0,)} | values
    header, data = {}, b""
    for name in order:
        raw = struct.pack(f"<{len(values[name])}f", *values[name])
        places = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": [len(values[name])], "data_offsets": places}
        data += raw
    return safetensors(header, data)


def npz(*, compressed: bool = False, **arrays: object) -> bytes:
    stream = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


@given(st.binary(max_size=200))
def test_the_same_bytes_are_bitwise(data: bytes) -> None:
    assert compared(data, data).verdict == "bitwise"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_bytes_of_no_known_format_are_different_unless_they_are_equal(
    one: bytes, other: bytes
) -> None:
    found = compared(b"raw " + one, b"raw " + other)
    assert found.verdict == ("bitwise" if one == other else "different")


@given(FILES, HARMLESS, HARMLESS)
def test_what_differs_in_clocks_alone_is_stabilised_and_says_by_what(
    files: Mapping[str, bytes], one: Harmless, other: Harmless
) -> None:
    found = compared(zipped(files, one), zipped(files, other))
    assert found.verdict in ("bitwise", "stabilised")
    assert found.stabilisers == (("zip@1",) if found.verdict == "stabilised" else ())


@given(FILES, HARMLESS, HARMLESS, st.data())
def test_a_flipped_byte_of_content_is_always_different(
    files: dict[str, bytes], one: Harmless, other: Harmless, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    content = files[name] or b"\0"
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= data.draw(st.integers(1, 255))
    before, after = files | {name: content}, files | {name: bytes(flipped)}
    for pack in (zipped, tarred):
        found = difference(gzip.compress(pack(before, one)), gzip.compress(pack(after, other)))
        assert found.place == f"content!/{name}"


def test_every_stabiliser_that_mattered_is_named_and_no_other() -> None:
    one, other = (
        zipped({"a.tar": tarred({"x": b"1"}, Harmless(time=time)), "b": weights()}, Harmless())
        for time in (1, 2)
    )
    assert compared(one, other).stabilisers == ("tar@1", "zip@1")


def test_a_compressor_that_wrote_as_many_bytes_otherwise_is_named() -> None:
    found = compared(written("twice/forest-1.joblib.z"), written("twice/forest-2.joblib.z"))
    assert (found.verdict, found.stabilisers[-1]) == ("stabilised", "pickle-threads@1")


# Tensors ----------------------------------------------------------------------------------------


def test_the_same_tensors_in_another_order_are_equal() -> None:
    assert compared(weights("ab"), weights("ba")).verdict == "tensor-equal"


def test_the_first_tensor_that_differs_is_named_with_the_size_of_the_difference() -> None:
    assert difference(weights(), weights(b=(3.75,))) == Difference(
        place="",
        tensor="b",
        what="its numbers differ",
        size=NumberDifference(
            elements=1, differing=1, largest_absolute=0.75, largest_relative=0.25
        ),
        tensors=1,
        of=2,
    )


@pytest.mark.parametrize(
    ("before", "after", "name", "what"),
    [
        (weights("ab"), weights("a"), "b", "the tensor is missing"),
        (weights("a"), weights("ab"), "b", "the tensor is new"),
        (weights(), weights(a=(1.0,)), "a", "F32[2] became F32[1]"),
    ],
)
def test_tensors_of_another_form_are_told(
    before: bytes, after: bytes, name: str, what: str
) -> None:
    found = difference(before, after)
    assert (found.tensor, found.what, found.size) == (name, what, None)


def test_a_tensor_in_a_packed_file_is_found_and_measured() -> None:
    def nested(value: float) -> bytes:
        return gzip.compress(tarred({"m.safetensors": weights(b=(value,))}, Harmless()))

    found = difference(nested(4.0), nested(5.0))
    assert (found.place, found.tensor) == ("content!/m.safetensors", "b")
    assert found.size is not None
    assert found.size.largest_relative == 0.25


def test_arrays_that_are_packed_otherwise_are_equal() -> None:
    x = np.arange(100.0)
    assert compared(npz(x=x), npz(x=x, compressed=True)).verdict == "tensor-equal"


@pytest.mark.parametrize("compressed", [True, False])
def test_an_array_that_differs_is_measured_packed_or_not(*, compressed: bool) -> None:
    x = np.ones(100)
    y = x.copy()
    y[7] = 1.5
    found = difference(npz(a=x, x=x, compressed=compressed), npz(a=x, x=y, compressed=compressed))
    assert found.size is not None
    assert (found.size.differing, found.size.largest_absolute) == (1, 0.5)
    assert (found.tensors, found.of) == (1, 2)


def test_an_array_turned_round_is_not_equal() -> None:
    x = np.arange(4.0).reshape(2, 2)
    turned = npz(x=np.asfortranarray(x.T))  # the same bytes, and another matrix
    assert compared(npz(x=x), turned).verdict == "different"


def test_a_graph_that_differs_is_not_hidden_by_equal_weights() -> None:
    def model(operator: str) -> bytes:
        weight = onnx.helper.make_tensor("w", 1, [1], [2.0])
        sides = [onnx.helper.make_tensor_value_info(name, 1, [1]) for name in "xy"]
        node = onnx.helper.make_node(operator, ["x", "w"], ["y"])
        graph = onnx.helper.make_graph([node], "g", sides[:1], sides[1:], [weight])
        return bytes(onnx.helper.make_model(graph).SerializeToString())

    found = difference(model("Add"), model("Mul"))
    assert found.what == "its 1 tensors are equal, what stands beside them is not"


# Torch ------------------------------------------------------------------------------------------


def test_tensors_of_a_state_dict_go_by_their_names() -> None:
    other = floats("1", 0.5, 0.5)
    turned = {**state(), "bias": tensor(other, (2,))}
    found = difference(
        archive(pickled(state()), [WEIGHT, BIAS]),
        archive(pickled(_ordered(turned)), [WEIGHT, other]),
    )
    assert (found.tensor, found.tensors, found.of) == ("bias", 1, 3)
    assert found.size is not None
    assert (found.size.largest_absolute, found.size.largest_relative) == (0.25, 1.0)


def test_a_state_dict_whose_storages_are_called_otherwise_is_equal() -> None:
    weight, bias = replace(WEIGHT, key="7"), replace(BIAS, key="8")
    renamed = {
        "weight": tensor(weight, (2, 3)),
        "turned": tensor(weight, (3, 2), (1, 3)),
        "bias": tensor(bias, (2,)),
    }
    found = compared(
        archive(pickled(state()), [WEIGHT, BIAS]),
        archive(pickled(_ordered(renamed)), [weight, bias]),
    )
    assert found.verdict == "tensor-equal"


def test_weights_that_changed_places_are_not_equal() -> None:
    one, other = floats("0", 1.0), floats("1", 2.0)
    straight = _ordered({"a": tensor(one, (1,)), "b": tensor(other, (1,))})
    crossed = _ordered({"a": tensor(other, (1,)), "b": tensor(one, (1,))})
    found = difference(
        archive(pickled(straight), [one, other]), archive(pickled(crossed), [one, other])
    )
    assert (found.tensor, found.tensors) == ("a", 2)


def test_another_byte_order_is_not_equal() -> None:
    files = [
        archive(pickled(state()), [WEIGHT, BIAS], {"byteorder": order})
        for order in (b"little", b"big")
    ]
    assert compared(*files).verdict == "different"


@pytest.mark.parametrize(
    "data",
    [pickled([1, 2]), pickled(state())[:-1], b"\x80\x02}q\0."],
    ids=["list", "cut", "empty"],
)
def test_what_is_no_state_dict_is_never_equal(data: bytes) -> None:
    one, other = (archive(data, [stored, BIAS]) for stored in (WEIGHT, floats("0", *range(6))))
    assert compared(one, other).verdict == "different"


def test_a_storage_that_is_missing_is_never_equal() -> None:
    one, other = (
        archive(pickled(state()), [WEIGHT], {"version": text}) for text in (b"2\n", b"3\n")
    )
    assert compared(one, other).verdict == "different"


def _ordered(tensors: Mapping[str, object]) -> object:
    made = state()
    made.clear()
    made.update(tensors)
    return made


# Containers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "place", "what"),
    [
        ({"a": b"x"}, "b", "the member is missing"),
        ({"a": b"x", "b": b"y", "c": b"z"}, "c", "the member is new"),
        ({"a": b"x", "b": b"yy"}, "b", "byte 1 is the first that differs; 1 bytes became 2"),
        (
            {"a": b"x", "b": gzip.compress(b"", mtime=0)},
            "b",
            "byte 0 is the first that differs; 1 bytes became 20; text became gzip",
        ),
    ],
)
def test_the_first_member_that_differs_is_told(
    after: dict[str, bytes], place: str, what: str
) -> None:
    found = difference(zipped({"a": b"x", "b": b"y"}, Harmless()), zipped(after, Harmless()))
    assert (found.place, found.what) == (place, what)


def test_headers_that_differ_are_told() -> None:
    found = difference(
        zipped({"a": b"x"}, Harmless(), method=0), zipped({"a": b"x"}, Harmless(), method=8)
    )
    assert found.what == "what it says of its members differs"


def test_why_something_was_not_stabilised_is_told() -> None:
    one, other = (zipped({"a": bytes(9_000)}, Harmless(time=time)) for time in (1, 2))
    found = compared(one, other, inflated=1_000)
    assert found.verdict == "different"
    assert found.difference is not None
    assert (
        "not stabilised: zip: the members inflate to more than the limit" in found.difference.what
    )


def test_a_hidden_payload_is_different_whatever_the_tensors() -> None:
    plain = npz(x=np.ones(3))
    assert compared(plain, b"#!/bin/sh\n" + plain).verdict == "different"
    at = plain.index(b"PK\1\2")
    assert compared(plain, plain[:at] + b"payload" + plain[at:]).verdict == "different"
