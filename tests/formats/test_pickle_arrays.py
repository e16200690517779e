from __future__ import annotations

import pickle
import struct

import pytest

from tests.formats.samples import SYSTEM, codes, joblib_array, messages, names, read, wrapper
from weighbridge.model.structure import FileReference, TensorInfo

PAYLOAD = b"cposix\nsystem\n)R."


def test_an_array_of_joblib_is_read() -> None:
    data = joblib_array(b"\x01" * 16)
    found = read(data)
    assert (found.status, found.problems) == ("complete", ())
    assert found.coverage == len(data)
    assert found.tensors == (
        TensorInfo(name="", dtype="<f8", shape=(2,), offset=len(data) - 17, size=16),
    )
    assert found.tensors[0].offset % 16 == 0


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        (b"i4", b"K\x02K\x03\x86", 24),
        (b"|b1", b"K\x05\x85", 5),
        (b"U3", b"K\x02\x85", 24),
        (b"S3", b"K\x02\x85", 6),
        (b"V7", b")", 7),
        (b"f8", b"K\0\x85", 0),
    ],
)
def test_how_many_bytes_an_array_has(dtype: bytes, shape: bytes, size: int) -> None:
    found = read(joblib_array(PAYLOAD[:1] * size, dtype=dtype, shape=shape))
    assert (found.status, found.tensors[0].size, len(found.globals)) == ("complete", size, 2)


def test_opcodes_behind_an_array_are_read() -> None:
    found = read(joblib_array(bytes(16) + b"0" + PAYLOAD[:-1]))
    assert "posix.system" in names(found)


def test_numbers_are_no_opcodes() -> None:
    found = read(joblib_array(PAYLOAD[:16]))
    assert "posix.system" not in names(found)
    assert found.status == "complete"


@pytest.mark.parametrize(
    "padding", [b"\0", b"\x02\xff\0", b"\x11" + b"\xff" * 17, b"c" + b"\xff" * 99]
)
def test_padding_that_is_not_joblibs_is_corrupt(padding: bytes) -> None:
    found = read(wrapper() + padding + bytes(16) + b".")
    assert found.status == "error"
    assert "not padded" in messages(found)


def test_an_array_without_padding_is_an_array_if_no_unpickler_would_run_it() -> None:
    for data in (bytes(16), b"N0hh" + bytes(12), b"R" + bytes(15), b"(0tR" + bytes(12)):
        found = read(wrapper(alignment=b"") + data + b".")
        assert (found.status, codes(found)) == ("complete", [])
        assert [name for name in names(found) if "joblib" not in name] == ["numpy.dtype"]


@pytest.mark.parametrize(
    ("opcodes", "status"),
    [
        (PAYLOAD, "complete"),
        (b"0" + PAYLOAD, "complete"),
        (b"h\x00" + PAYLOAD, "complete"),
        (b"\x95\x00\0\0\0\0\0\0\0" + PAYLOAD, "complete"),
        (b"N" * 5_000, "incomplete"),
        (b"B\xff\0\0\0" + bytes(100), "incomplete"),
    ],
)
def test_an_array_without_padding_that_a_plain_unpickler_would_run_is_a_hidden_payload(
    opcodes: bytes, status: str
) -> None:
    size = len(opcodes)
    head = wrapper(dtype=b"S%d" % size, shape=b")", alignment=b"").replace(
        b"\x80\x02", b"\x80\x02Nq\0", 1
    )
    found = read(head + opcodes + b".")
    assert (found.status, codes(found)) == (status, ["SEC009"])
    assert ("posix.system" in names(found)) == (PAYLOAD in opcodes)


def test_a_fork_leaves_the_machine_as_it_is() -> None:
    array = b"(0q\x071N\x94\x88" + b"\xff" * 4
    head = b"\x80\x02(NNN" + wrapper(dtype=b"S12", shape=b")", alignment=b"")[2:]
    found = read(head + array + b"t.")
    assert (found.status, codes(found)) == ("complete", [])


def test_inner_fields_of_an_element_do_not_change_how_many_bytes_it_has() -> None:
    fields = b"X\x01\0\0\0aX\x01\0\0\0b\x86}"
    numbers = b"J\x10\0\0\0K\x08"
    plain = wrapper(dtype=b"V16", shape=b"K\x02\x85").replace(
        b"NNNJ\x10\0\0\0J\xff\xff\xff\xffK\0", b"N" + fields + numbers + b"K\x10"
    )
    found = read(plain + b"\x01\xff" + bytes(32) + b".")
    assert (found.status, found.tensors[0].size) == ("complete", 32)
    objects = plain.replace(numbers + b"K\x10", numbers + b"K\x11")
    assert "posix.system" in names(read(objects + SYSTEM + b"."))


def test_a_size_that_contradicts_the_name_of_a_data_type_ends_the_reading() -> None:
    lying = wrapper(dtype=b"V16").replace(b"J\x10\0\0\0", b"J\x99\0\0\0")
    found = read(lying + b"\x01\xff" + bytes(32) + b".")
    assert "cannot be told" in found.reason


def test_an_array_in_a_file_of_its_own_is_a_reference() -> None:
    head = b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81"
    named = head + b"}(X\x08\0\0\0filenameX\x05\0\0\0a.npyub."
    assert read(named).references == (FileReference(path="a.npy"),)
    for state in (b"}X\x08\0\0\0filenameNsb.", b"}b.", b"N}\x86b."):
        found = read(head + state)
        assert (found.references, found.globals[0].acts) == ((), ("unseen-state",))


@pytest.mark.parametrize(
    "parts",
    [
        {"dtype": b"O2"},
        {"dtype": b"f8,i4"},
        {"shape": b"N"},
        {"shape": b"J\xff\xff\xff\xff\x85"},
        {"shape": b"\x88\x85"},
        {"shape": b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"},
        {"alignment": b"K\x63"},
    ],
)
def test_an_array_whose_length_is_not_known_ends_the_reading(parts: dict[str, bytes]) -> None:
    found = read(joblib_array(SYSTEM, **parts))
    assert (found.status, codes(found)) == ("incomplete", [])
    assert "cannot be told" in found.reason
    assert found.coverage < found.size


@pytest.mark.parametrize(
    "opcodes",
    [
        # A state that is no dict, a data type that is no call, with inner fields, of no text.
        b")\x81Nb",
        b")\x81}X\x05\0\0\0dtypeK\x01sb",
        b")\x81}X\x05\0\0\0dtypecnumpy\ndtype\n)Rsb",
        b")\x81}X\x05\0\0\0dtypecnumpy\ndtype\nK\x01\x85Rsb",
        b")\x81}X\x05\0\0\0dtypecnumpy\ndtype\nX\2\0\0\0f8\x85R(K\3X\1\0\0\0<N))K\1tbsb",
        b")\x81}X\x05\0\0\0dtypecnumpy\ndtype\nX\2\0\0\0f8\x85RK\3bsb",
        b")\x81}X\x05\0\0\0dtypecnumpy\ndtype\nX\2\0\0\0f8\x85R(K\3NNNNtbsb",
    ],
)
def test_a_wrapper_that_cannot_be_understood_ends_the_reading(opcodes: bytes) -> None:
    data = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n" + opcodes + bytes(32)
    found = read(data)
    assert found.status == "incomplete"
    assert "cannot be told" in found.reason


def test_a_wrapper_made_by_copyreg_is_one_too() -> None:
    head = b"\x80\x02ccopy_reg\n_reconstructor\n(cjoblib.numpy_pickle\nNumpyArrayWrapper\nNNtRNb"
    found = read(head + b"." + SYSTEM)
    assert "cannot be told" in found.reason
    found = read(b"\x80\x02ccopyreg\n_reconstructor\n)R}b.")
    assert names(found) == ["copyreg._reconstructor"]


def test_a_wrapper_could_hide_behind_an_unknown_object() -> None:
    data = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n0X\1\0\0\0aQNb."
    assert read(data).status == "incomplete"
    assert read(b"\x80\x02X\1\0\0\0aQNb.").status == "complete"


def test_an_array_of_objects_is_a_pickle_of_its_own() -> None:
    found = read(wrapper(dtype=b"O8") + SYSTEM + b".")
    assert (found.status, found.coverage) == ("complete", found.size)
    assert "posix.system" in names(found)
    found = read(wrapper(dtype=b"O8") + b"\xff")
    assert found.status == "error"


def test_arrays_of_objects_nest_as_deep_as_the_limit_says() -> None:
    data = SYSTEM
    for _ in range(3):
        data = wrapper(dtype=b"O") + data + b"."
    assert "posix.system" in names(read(data))
    found = read(data, depth=2)
    assert (found.status, "posix.system" in names(found)) == ("incomplete", False)


def test_a_truncated_array_is_corrupt() -> None:
    data = joblib_array(bytes(1_000), shape=b"M\x7d\0\x85")
    assert read(data).status == "complete"
    for end in (len(data) - 1, len(data) - 2, len(data) - 900, len(data) - 1_010):
        assert read(data[:end]).status == "error"


def test_an_array_inside_a_frame_is_corrupt() -> None:
    head = wrapper()[2:]
    data = b"\x80\x04\x95" + struct.pack("<Q", len(head) + 5) + head + bytes(40)
    assert "inside a frame" in messages(read(data))


def test_too_many_arrays_end_incomplete() -> None:
    data = joblib_array()
    assert read(data + data, entries=1).status == "incomplete"


def test_a_wrapper_given_more_than_it_has_room_for() -> None:
    keys = b"".join(b"X\x03\0\0\0k%02dK\x01" % n for n in range(40))
    data = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" + keys + b"ub."
    assert read(data).status == "incomplete"
    dtype = b"cnumpy\ndtype\nX\2\0\0\0f8\x85R" + b"Nb" * 40 + b"."
    assert read(b"\x80\x02" + dtype).status == "complete"


def test_numpy_in_a_plain_pickle_needs_no_model() -> None:
    data = pickle.dumps({"a": list(range(300))}, 5)
    assert read(data).tensors == ()
