"""What holds of every reader and every file."""

from __future__ import annotations

import math
import pickle
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.elf_files import elf
from tests.formats.hdf5_files import hdf5, small
from tests.formats.native_files import macho, pe, universal
from tests.formats.samples import (
    SYSTEM,
    Member,
    joblib_array,
    names,
    read,
    read_chopped,
    safetensors,
    torch_zip,
    two_tensors,
    zip_bytes,
)
from tests.formats.test_catboost import cbm
from tests.formats.test_compressed import PACKERS
from tests.formats.test_coreml import CUSTOM_LAYER, WEIGHTS, blob, program
from tests.formats.test_fasttext import fasttext
from tests.formats.test_gguf import gguf
from tests.formats.test_json import index
from tests.formats.test_lightgbm import model as boosted
from tests.formats.test_mlmodel import MLMODEL
from tests.formats.test_npy import HEADER, npy
from tests.formats.test_onnx import external, model
from tests.formats.test_openvino import net
from tests.formats.test_seven_zip import SAMPLE
from tests.formats.test_tar import file, pax, tar
from tests.formats.test_tensorflow import WEIGHT, fingerprint, graph, keras_metadata, saved_model
from tests.formats.test_tensorflow_index import index as checkpoint_index
from tests.formats.test_tflite import tflite
from tests.formats.test_zip_kinds import node, schema
from tests.formats.wheels import wheel
from tests.formats.written import written
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.registry import FORMATS, reader
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure

TENSORS = safetensors(two_tensors(), bytes(28))
NPY = npy(HEADER, bytes(24))

SAMPLES = {
    "mlflow": MLMODEL,
    "safetensors": TENSORS,
    "gguf": gguf(),
    "gguf-big": gguf(order=">"),
    "hdf5": hdf5(small, libver="latest"),
    "hdf5-old": hdf5(small, libver="earliest"),
    "npy": npy(HEADER, bytes(24)),
    "npy-objects": npy(HEADER.replace("<f8", "|O"), SYSTEM),
    "onnx": model(domains=("",)).SerializeToString(),
    "onnx-external": model(domains=("",), weight=external("../w")).SerializeToString(),
    "pickle-0": pickle.dumps({"a": [1, 2.5, "x"], "b": (None, True)}, 0),
    "pickle-2": SYSTEM,
    "pickle-5": pickle.dumps({"a": [1, 2.5, "x" * 300], "b": b"y" * 70, "c": SYSTEM}, 5),
    "pickle-joblib": joblib_array(bytes(16) + b"0cposix\nsystem\n)R"),
    "catboost": cbm(),
    "coreml": program(blob()),
    "coreml-network": CUSTOM_LAYER,
    "coreml-weights": WEIGHTS,
    "fasttext": fasttext(),
    "openvino": net(),
    "keras-metadata": keras_metadata(),
    "tf-fingerprint": fingerprint((6, b"")),
    "tf-checkpoint-index": checkpoint_index(),
    "tf-graph": graph(WEIGHT),
    "tf-saved-model": saved_model(),
    "tflite": tflite(),
    "wheel": wheel(),
    "elf": elf(),
    "pe": pe(),
    "mach-o": universal(macho(), macho(wide=False)),
    "elf-32": elf(wide=False, order=">"),
    "json": b'{"a": [1, -2.5e3, "\\u00e9x", null], "b": {"c": [[], {"d": true}], "e": "\xc3\xa9"}}',
    "lightgbm": boosted(),
    "safetensors-index": index(a="m.safetensors", b="../n.safetensors"),
    "gzip": PACKERS["gzip"](TENSORS),
    "bzip2": PACKERS["bzip2"](SYSTEM),
    "xz": PACKERS["xz"](SYSTEM),
    "lzma": PACKERS["lzma"](SYSTEM),
    "zlib": PACKERS["zlib"](TENSORS),
    "7z": SAMPLE,
    "7z-filtered": written("7z-filtered.7z"),
    "tar": tar(pax(b"11 path=bc\n"), file(b"a", SYSTEM)),
    "npz": zip_bytes(Member(name=b"a.npy", data=NPY), Member(name=b"b.npy", data=NPY, method=8)),
    "skops": zip_bytes(
        Member(name=b"schema.json", data=schema(content=node(__module__="numpy"))),
        Member(name=b"a.npy", data=NPY),
    ),
    "torch-zip": torch_zip(),
    "xgboost-json": written("xgboost-linear.json"),
    "xgboost-ubj": written("xgboost-linear.ubj"),
    "zip": zip_bytes(
        Member(name=b"a.st", data=TENSORS, method=8),
        Member(name=b"in.zip", data=zip_bytes(Member(name=b"x", data=SYSTEM, method=8))),
    ),
}
"""Good files; the word before the dash is the format."""

ENDS_ANYWHERE = {"mlflow"}
"""Samples whose beginnings are whole files, too: nothing in text says how long it is."""

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300).filter(lambda raw: raw[:1] not in {b"\x80", b"(", b"c"}),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=30,
)


def reader_of(sample: str) -> str:
    return sample if sample in FORMATS else sample.partition("-")[0]


def whole(structure: Structure) -> None:
    """Check what every structure owes its reader."""
    for part in structure.walk():
        assert 0 <= part.coverage <= part.size
        assert (part.status == "complete") == (part.reason == "")
        assert part.status != "complete" or part.coverage == part.size
        str(part).encode()


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_are_good(sample: str) -> None:
    found = read(SAMPLES[sample])
    assert found.status == "complete"
    whole(found)


@pytest.mark.parametrize("sample", SAMPLES)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(max_examples=20)
def test_chunking_never_changes_the_structure(sample: str, sizes: list[int]) -> None:
    data = SAMPLES[sample]
    assert read_chopped(data, reader_of(sample), sizes) == read(data, reader_of(sample))


@given(seed=st.integers(0, 1 << 30), sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_chunking_never_changes_what_is_said_of_damaged_files(seed: int, sizes: list[int]) -> None:
    source = random.Random(seed)  # noqa: S311 - the same files for the same seed
    sample = source.choice(sorted(SAMPLES))
    data, name = mutated(SAMPLES[sample], source), reader_of(sample)
    assert read_chopped(data, name, sizes) == read(data, name)


@given(st.integers(1, 60), st.integers(1, 60), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_chunking_never_changes_where_a_budget_ends(
    opcodes: int, stack: int, sizes: list[int]
) -> None:
    data = SAMPLES["pickle-5"] + SAMPLES["pickle-0"]
    budgets = {"opcodes": opcodes, "stack": stack}
    assert read_chopped(data, "pickle", sizes, **budgets) == read(data, "pickle", **budgets)


@given(thing=PLAIN, protocol=st.integers(0, 5), sizes=st.lists(st.integers(1, 99), min_size=1))
def test_plain_data_reads_complete(thing: object, protocol: int, sizes: list[int]) -> None:
    data = pickle.dumps(thing, protocol)
    found = read(data, "pickle")
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    imported = {"_codecs.encode", "__builtin__.bytes", "__builtin__.set", "builtins.set"}
    assert set(names(found)) <= imported
    if protocol > 3:
        assert names(found) == []
    assert read_chopped(data, "pickle", sizes) == found


@pytest.mark.parametrize("sample", SAMPLES)
def test_truncation_never_raises_and_never_stays_complete(sample: str) -> None:
    data = SAMPLES[sample]
    for end in range(len(data)):
        found = read(data[:end], reader_of(sample))
        assert found.status != "complete" or sample in ENDS_ANYWHERE, end
        whole(found)


def mutated(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 8))):
        at = source.randrange(len(changed) + 1)
        kind = source.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes([source.randrange(256)])
        elif kind == 1:
            changed[at : at + source.randrange(16)] = b""
        elif kind == 2:
            changed[at:at] = source.randbytes(source.randrange(9))
        else:
            start = source.randrange(len(changed) + 1)
            changed[at:at] = changed[start : start + source.randrange(64)]
    return bytes(changed)


@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=400))
def test_random_bytes_never_raise(name: str, data: bytes) -> None:
    whole(read(data, name))


def test_a_nan_is_read_too() -> None:
    assert read(pickle.dumps([math.nan])).status == "complete"


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_file_shorter_than_its_size_is_never_complete(sample: str) -> None:
    data = SAMPLES[sample]
    made = reader(reader_of(sample), len(data) + 9, limits=DEFAULT_LIMITS)
    found = read_bytes(data, made, limits=DEFAULT_LIMITS)
    assert found.status != "complete"
    whole(found)
