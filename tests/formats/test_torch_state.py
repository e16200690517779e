from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torch_files import (
    BIAS,
    MAGIC,
    WEIGHT,
    Called,
    Global,
    Stored,
    floats,
    legacy_file,
    pickled,
    state,
    tensor,
)
from weighbridge.formats.safetensors_layout import layout
from weighbridge.formats.torch_state import legacy_state, zipped_state
from weighbridge.formats.torch_values import NotLosslessError

if TYPE_CHECKING:
    from collections.abc import Callable

YES, NO = (True,), (False,)
HOOKS: OrderedDict[str, object] = OrderedDict()
PLAIN = tensor(BIAS, (2,))


def v2(*arguments: object) -> Called:
    return Called("torch._utils", "_rebuild_tensor_v2", *arguments)


def v3(dtype: str) -> Called:
    data = Stored("0", "UntypedStorage", 8, bytes(8))
    arguments = (data, 0, (2,), (1,), *NO, HOOKS, Global("torch", dtype))
    return Called("torch._utils", "_rebuild_tensor_v3", *arguments)


def test_a_state_dict_is_its_tensors() -> None:
    found = zipped_state(pickled(state()))
    assert list(found.tensors) == ["weight", "turned", "bias"]
    turned = found.tensors["turned"]
    assert (turned.dtype, turned.shape, turned.stride, turned.size) == ("F32", (3, 2), (1, 3), 24)
    assert found.sharing == 1
    assert [one.key for one in found.storages] == ["0", "1"]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_binary_protocol_is_read(protocol: int) -> None:
    assert len(zipped_state(pickled(state(), protocol=protocol)).tensors) == 3


def test_a_file_of_the_old_format_is_read_to_its_storages() -> None:
    data = legacy_file(state(), [WEIGHT, BIAS])
    found = legacy_state(data)
    assert len(found.tensors) == 3
    assert len(data) - found.end == sum(8 + one.size for one in found.storages)


class Built(OrderedDict[str, object]):
    """A dict with one weight, and attributes."""

    def __init__(self, state: object, weight: object = PLAIN) -> None:
        self._made = (state, weight)

    def __reduce__(self) -> tuple[object, ...]:
        state, weight = self._made
        return OrderedDict, (), state, None, iter([("w", weight)])


def test_parameters_and_versions_of_modules_are_kept() -> None:
    versions = {"": {"version": 1}, "bn": {"version": 2}}
    weight = Called("torch._utils", "_rebuild_parameter", PLAIN, *YES, HOOKS)
    found = zipped_state(pickled(Built({"_metadata": versions}, weight)))
    assert found.trained == 1
    assert json.loads(found.modules) == versions


def test_an_empty_tensor_shares_nothing() -> None:
    found = zipped_state(pickled({"x": tensor(BIAS, (0, 2)), "y": PLAIN}))
    assert (found.sharing, found.tensors["x"].size) == (0, 0)


@pytest.mark.parametrize(
    ("dtype", "word"),
    [("float8_e4m3fn", "F8_E4M3"), ("float8_e5m2", "F8_E5M2"), ("uint16", "U16"), ("bool", "BOOL")],
)
def test_data_types_beside_the_storage_are_read(dtype: str, word: str) -> None:
    assert zipped_state(pickled({"x": v3(dtype)})).tensors["x"].dtype == word


def test_a_foreign_call_whose_result_is_thrown_away_is_not_part_of_the_state() -> None:
    clean = pickled(state())
    call = b"cmylab\nhello\n(X\x02\x00\x00\x00hitR0"
    found = zipped_state(clean[:2] + call + clean[2:])
    assert found == zipped_state(clean)


REFUSED: list[tuple[str, object, str]] = [
    ("a list", [PLAIN], "it is a list"),
    ("a number beside tensors", {"x": PLAIN, "epoch": 3}, "`epoch` \\(an int\\)"),
    ("a nested dict", {"state": {"x": PLAIN}}, "`state` \\(a dict\\)"),
    ("many others", dict.fromkeys("abcde", 1.5), "`c` \\(a float\\) and 2 more"),
    ("a foreign value", {"x": Called("mylab", "Net")}, "`x` \\(`mylab.Net`\\)"),
    ("a key that is no text", {1: PLAIN}, "does not allow"),
    ("a reserved name", {"__metadata__": PLAIN}, "does not allow"),
    ("a name that is no Unicode", {"\udc80": PLAIN}, "no Unicode"),
    ("nothing", {}, "no tensor"),
    ("a part given away", {"x": PLAIN, "y": Called("mylab", "f", [PLAIN])}, "given to mylab.f"),
    ("a tensor given away", {"x": Called("mylab", "f", (PLAIN,))}, "given to mylab.f"),
    ("a sparse tensor", {"x": Called("torch._utils", "_rebuild_sparse_tensor", 1)}, "sparse"),
    ("a quantised tensor", {"x": Called("torch._utils", "_rebuild_qtensor", 1)}, "quantised"),
    ("a storage of no type here", {"x": Stored("0", "QInt8Storage", 1, b"0")}, "QInt8Storage"),
    ("a data type of no word here", {"x": v3("complex32")}, "complex32"),
    ("bytes without a type", {"x": tensor(Stored("0", "UntypedStorage", 8, b""), (2,))}, "type"),
    ("hooks", {"x": v2(BIAS, 0, (2,), (1,), *NO, OrderedDict(a=1))}, "hooks"),
    ("a conjugate", {"x": v2(BIAS, 0, (2,), (1,), *NO, HOOKS, {"conj": True})}, "conjugate"),
    ("too far", {"x": tensor(BIAS, (3,))}, "beyond the end"),
    ("too far by an offset", {"x": tensor(BIAS, (2,), offset=1)}, "beyond the end"),
    ("a negative stride", {"x": tensor(BIAS, (2,), (-1,))}, "no such number"),
    ("a shape of no number", {"x": v2(BIAS, 0, (True,), (1,), *NO, HOOKS)}, "no such number"),
    ("a shape that is none", {"x": v2(BIAS, 0, [2], (1,), *NO, HOOKS)}, "shape that is none"),
    ("many dimensions", {"x": tensor(BIAS, (1,) * 65)}, "64 dimensions"),
    ("a little that becomes a lot", {"x": tensor(BIAS, (1 << 40,), (0,))}, "would become"),
    ("one key of two kinds", {"x": PLAIN, "y": tensor(floats("1", 1.0), (1,))}, "of two kinds"),
    ("another persistent id", {"x": v2("no", 0, (), (), *NO, HOOKS)}, "a part of it is given"),
    ("attributes", Built({"other": 1}), "attributes of its own"),
    ("versions of another kind", Built({"_metadata": {"": [1]}}), "more than their versions"),
    ("versions too deep", Built({"_metadata": {"": {"a": {}}}}), "more than their versions"),
    ("versions by number", Built({"_metadata": {1: 1}}), "more than their versions"),
    ("a set that is built", {"x": PLAIN, "y": {1}}, "protocol|given|holds|sense"),
]


@pytest.mark.parametrize(
    ("value", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_would_lose_something_is_refused(value: object, reason: str) -> None:
    with pytest.raises(NotLosslessError, match=reason):
        zipped_state(pickled(value))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not end"),
        (b"\x80\x09.", "protocol that does not exist"),
        (b"\x80\x02\x95" + b"\xff" * 8, "does not end"),
        (b"\x80\x02.", "makes no sense at byte 3"),
        (b"\x80\x02(q\x00.", "makes no sense"),
        (b"\x80\x02(2.", "makes no sense"),
        (b"\x80\x02(\x85.", "makes no sense"),
        (b"\x80\x02t.", "makes no sense"),
        (b"\x80\x02h\x05.", "makes no sense"),
        (b"\x80\x02\x82\x01.", "0x82"),
        (b"\x80\x02]K\x01s.", "makes no sense|neither a dict"),
        (b"\x80\x02K\x01K\x02b.", "neither a dict nor a list"),
        (b"\x80\x02K\x01Q.", "no storage"),
        (b"\x80\x02X\xff", "makes no sense|does not end"),
        (b"\x80\x02(1N.", "it is a NoneType|it is None"),
        (b"\x80\x02(K\x01]d.", "no tensor|does not allow|holds"),
        (b"\x80\x02]}b.", "neither a dict"),
        (b"\x80\x02cmylab\nNet\nK\x01K\x02s.", "neither a dict"),
        (b"\x80\x02cmylab\nNet\nK\x01a.", "neither a dict"),
        (b"\x80\x02K\x01K\x02R.", "a computed value"),
        (b"\x80\x02}}X\x01\x00\x00\x00aK\x01sb.", "no tensor|attributes"),
        (pickled(state()) + b".", "something follows"),
        (b"\x80\x02(cmylab\nNet\no.", "mylab.Net"),
        (b"\x80\x02(imylab\nNet\n.", "mylab.Net"),
        (b"\x80\x02cmylab\nNet\n)\x81.", "mylab.Net"),
        (b"\x80\x02cmylab\nNet\n)}\x92.", "part of it is given to mylab.Net"),
        (b"\x80\x04\x8c\x05mylab\x8c\x05N.dir\x93)R.", "mylab.N.dir"),
        (b"\x80\x04K\x01K\x02\x93.", "makes no sense"),
    ],
)
def test_what_is_no_pickle_of_torchs_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotLosslessError, match=reason):
        zipped_state(data)


def edited(change: Callable[[dict[str, object]], None]) -> bytes:
    system: dict[str, object] = {"little_endian": True}
    parts: dict[str, object] = {"magic": MAGIC, "protocol": 1001, "system": system, "keys": ["1"]}
    change(parts)
    values = [parts["magic"], parts["protocol"], parts["system"], {"x": PLAIN}, parts["keys"]]
    return b"".join(pickled(value, legacy=True) for value in values)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"magic": 7}, "not a file of torch's"),
        ({"protocol": 1002}, "not a file of torch's"),
        ({"system": [1]}, "not a file of torch's"),
        ({"system": {"little_endian": False}}, "other byte order"),
        ({"keys": ["2"]}, "other storages"),
        ({"keys": 1}, "other storages"),
    ],
)
def test_old_files_with_other_papers_are_refused(change: dict[str, object], reason: str) -> None:
    assert len(legacy_state(edited(lambda _: None)).tensors) == 1
    with pytest.raises(NotLosslessError, match=reason):
        legacy_state(edited(lambda parts: parts.update(change)))


@given(st.data())
def test_no_bytes_make_it_break_down(data: st.DataObject) -> None:
    whole = bytearray(pickled(state(), protocol=data.draw(st.sampled_from([2, 4]))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = None
    with suppress(NotLosslessError):
        found = zipped_state(bytes(whole))
    assert found is None or found.tensors


def test_a_file_is_laid_out_by_alignment_and_name() -> None:
    tensors = {
        "b": ("F32", (2,), 8),
        "a": ("F32", (), 4),
        "z": ("I64", (1,), 8),
        "é": ("BOOL", (3,), 3),
    }
    names, head = layout(tensors, {"b": "2", "a": "1"})
    assert names == ["z", "a", "b", "é"]
    assert len(head) % 8 == 0
    header = json.loads(head[8:])
    assert header["__metadata__"] == {"a": "1", "b": "2"}
    assert header["é"] == {"dtype": "BOOL", "shape": [3], "data_offsets": [20, 23]}
