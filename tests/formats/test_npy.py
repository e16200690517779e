from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import SYSTEM, codes, messages, names, read, sniffed
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.literal import LiteralError, parse
from weighbridge.formats.registry import reader
from weighbridge.model.limits import DEFAULT_LIMITS

HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"


def npy(header: str | bytes, data: bytes = b"", *, version: tuple[int, int] = (1, 0)) -> bytes:
    text = header if isinstance(header, bytes) else header.encode() + b" \n"
    length = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text + data


def of(descr: str, shape: str = "(1,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"


def saved(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


NESTED = np.dtype([("a", "<f4", (2, 3)), ("b", [("c", "S3"), ("d", "M8[25s]")]), ("ä", "?")])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3), np.float32),
        np.float16(1),
        np.zeros((0, 4)),
        np.asfortranarray(np.ones((2, 3), ">i8")),
        np.array(["ä", "bc"]),
        np.array([b"a"]),
        np.array([True]),
        np.array([1j]),
        np.zeros(2, "m8[ns]"),
        np.zeros(2, "V7"),
        np.zeros(3, NESTED),
        np.zeros(1, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        np.zeros(1, np.dtype([(("a title", "a"), "f8"), ("it's \"\\\n\x7f", "f8")])),
        np.zeros(2, np.dtype([(f"field{n}", "f8") for n in range(2_000)])),
    ],
)
def test_an_array_of_the_library_reads_complete(array: np.ndarray[Any, Any]) -> None:
    data = saved(array)
    found = read(data)
    assert (found.format, found.status, found.problems) == ("npy", "complete", ())
    assert found.coverage == len(data)
    (tensor,) = found.tensors
    assert (tensor.name, tensor.shape, tensor.size) == ("arr_0", array.shape, array.nbytes)
    assert tensor.digest == f"blake3:{blake3(data[tensor.offset :]).hexdigest()}"
    if array.dtype.names is None:
        assert tensor.dtype == array.dtype.str
    assert bool(found.metadata) == array.flags.fnc


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_is_read(version: tuple[int, int]) -> None:
    found = read(npy(HEADER, bytes(24), version=version))
    assert (found.status, found.version) == ("complete", f"{version[0]}.0")
    assert found.tensors[0].dtype == "<f8"


def test_names_of_fields_are_utf_8_in_version_3() -> None:
    header = of("[('ä', '<f8')]").encode() + b"\n"
    assert "'ä'" in read(npy(header, bytes(8), version=(3, 0))).tensors[0].dtype
    latin = of("[('ä', '<f8')]").encode("latin-1") + b"\n"
    assert "'ä'" in read(npy(latin, bytes(8))).tensors[0].dtype
    assert "not UTF-8" in messages(read(npy(latin, bytes(8), version=(3, 0))))


def test_lengths_that_python_2_wrote_are_read() -> None:
    assert read(npy(of("'<f8'", "(2L, 3L)"), bytes(48))).tensors[0].shape == (2, 3)


def test_arrays_in_a_row_are_all_read() -> None:
    found = read(saved(np.zeros(2)) + saved(np.ones((1, 1), np.int8)))
    assert found.status == "complete"
    assert [(t.name, t.dtype) for t in found.tensors] == [("arr_0", "<f8"), ("arr_1", "|i1")]


def test_an_array_of_objects_is_read_as_the_pickle_it_is() -> None:
    found = read(saved(np.array([{"a": 1}, None])))
    assert found.status == "complete"
    assert dict(found.metadata) == {"object-array": "arr_0"}
    assert found.tensors[0].offset == -1
    assert {member.container for member in found.members} == {"arr_0"}
    assert "numpy.dtype" in names(found)


@pytest.mark.parametrize("descr", ["'|O'", "'O'", "'|O8'", "[('a', '<f8'), ('b', '|O', (2,))]"])
def test_what_the_pickle_would_call_is_seen(descr: str) -> None:
    found = read(npy(of(descr), SYSTEM))
    assert (found.status, names(found)) == ("complete", ["posix.system"])


def test_what_follows_the_pickle_of_objects_is_hidden() -> None:
    found = read(npy(of("'|O'"), SYSTEM + b"\x7fELF"))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])


def test_what_follows_an_array_is_hidden() -> None:
    found = read(npy(HEADER, bytes(24) + SYSTEM))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])
    assert found.coverage == found.size - len(SYSTEM)
    assert f"{len(SYSTEM)} bytes behind the array" in messages(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (npy(HEADER, bytes(23)), "which its shape and data type exceed"),
        (npy(of("'<f8'", "(9223372036854775807, 9)"), bytes(8)), "exceed"),
        (npy(b""), "or is none"),
        (npy(b"{"), "line feed"),
        (npy("{"), "no plain literal"),
        (npy("[]"), "no dictionary"),
        (npy("{'descr': '<f8'}"), "no dictionary"),
        (npy(HEADER + "x"), "something stands behind"),
        (npy(HEADER + "\t"), "something stands behind"),
        (npy(of("__import__('os')")), "no plain literal"),
        (npy("{'a': 1, 'a': 1}"), "stands twice"),
        (npy("{1: 1}"), "no text"),
        (npy("{'a' 1}"), "`:` is missing"),
        (npy("{'a': 1 'b': 2}"), "`,` is missing"),
        (npy("(1 2)"), "`,` is missing"),
        (npy("{'a': ]}"), "begins no value"),
        (npy("{'\\d': 1}"), "an escape that is none"),
        (npy("{'\\xzz': 1}"), "an escape that is none"),
        (npy("{'\\U00110000': 1}"), "an escape that is none"),
        (npy("[" * 60_000), "nests too deeply"),
        (npy(of("'<f8'", "3"), bytes(24)), "no tuple"),
        (npy(of("'<f8'", "(3)"), bytes(24)), "no tuple"),
        (npy(of("'<f8'", "(True,)"), bytes(8)), "no dimension"),
        (npy(of("'<f8'", "(9223372036854775808,)"), bytes(8)), "no dimension"),
        (npy(of("'<f8'", "(-1,)"), bytes(8)), "no plain literal"),
        (npy(of("'<f8'", "(" + "1," * 65 + ")"), bytes(8)), "too many"),
        (npy(of("'<f8'").replace("False", "0"), bytes(8)), "no truth value"),
        (npy(of("'<f3'"), bytes(8)), "unknown data type"),
        (npy(of("'<x8'"), bytes(8)), "unknown data type"),
        (npy(of("'<f8[s]'"), bytes(8)), "unknown data type"),
        (npy(of("7"), bytes(8)), "no data type"),
        (npy(of("[('a',)]"), bytes(8)), "no name and data type"),
        (npy(of("[(1, '<f8')]"), bytes(8)), "no name of its own"),
        (npy(of("[('a', '<f8'), ('a', '<f8')]"), bytes(16)), "no name of its own"),
        (b"\x93NUMPY\1\0\1", "goes beyond"),
        (b"\x93NUMPY", "magic and version"),
        (npy(HEADER, bytes(24)) + b"\x93NUMPY", "magic and version"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "npy")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in found.reason


def test_a_repeated_data_type_is_counted() -> None:
    for descr in ("('<f4', (2, 3))", "[('a', '<f4', 6)]", "[('', 'V4'), ('', '<f4', (5,))]"):
        found = read(npy(of(descr), bytes(24)))
        assert (found.status, found.tensors[0].size) == ("complete", 24)


def test_an_unknown_version_is_incomplete() -> None:
    for version in ((4, 0), (1, 1)):
        found = read(npy(HEADER, bytes(24), version=version))
        assert (found.status, found.problems) == ("incomplete", ())
        assert "is not known" in found.reason


def test_budgets_end_incomplete() -> None:
    rows = saved(np.zeros(2)) * 3
    for data, budget in (
        (npy(HEADER, bytes(24)), {"header": 10}),
        (npy(HEADER + " " * (1 << 20), bytes(24), version=(2, 0)), {}),
        (rows, {"entries": 2}),
        (npy(of("'|O'"), SYSTEM), {"depth": 0}),
        (npy(of("'|O'"), SYSTEM), {"opcodes": 2}),
    ):
        found = read(data, **budget)
        assert (found.status, found.problems) == ("incomplete", ())


def test_a_data_type_is_cut_to_what_is_kept() -> None:
    assert len(read(saved(np.zeros(2, NESTED)), text=20).tensors[0].dtype) == 20


def test_a_file_cut_while_it_is_read_is_corrupt() -> None:
    data = npy(HEADER, bytes(24))
    made = reader("npy", len(data), limits=DEFAULT_LIMITS)
    found = read_bytes(data[:-1], made, limits=DEFAULT_LIMITS)
    assert (found.status, found.reason) == ("error", "the file ends inside the array")


def test_other_bytes_are_not_claimed() -> None:
    for data in (b"\x93NUMPY", b"\x93NUMPX\1\0", b"\x93NUMPY\0\0", b"NUMPY\1\0\0"):
        assert sniffed(data) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1 << 62) | st.text(),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_a_literal_is_read_as_python_writes_it(value: object) -> None:
    text = repr(value)
    assert parse(text + " ") == (value, len(text))


@given(st.text(max_size=40))
def test_no_text_makes_the_parser_fail_otherwise(text: str) -> None:
    try:
        _, end = parse(text)
    except LiteralError:
        end = 0
    assert 0 <= end <= len(text)
