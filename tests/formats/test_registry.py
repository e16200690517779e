from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import EDGE, SYSTEM, read, sniffed, torch_zip, zip_bytes
from weighbridge.formats.registry import FORMATS, sniff
from weighbridge.formats.suffixes import EXPECTED, expected_formats
from weighbridge.rules.promises import KNOWN

PACKED = {"gzip", "bzip2", "xz", "lzma", "zlib", "zfile", "lz4"}


def test_an_archive_is_tried_first_and_the_rules_know_every_format() -> None:
    # A zip's reader also looks at what stands before it; behind a TFLite model one is normal.
    assert list(FORMATS)[:2] == ["tflite", "zip"]
    assert list(FORMATS)[-1] == "text"
    assert FORMATS.keys() == KNOWN
    zips = {name for name, family in FORMATS.items() if family is FORMATS["zip"]}
    assert EXPECTED[".zip"] == zips


def test_bytes_that_match_several_are_read_as_the_first_of_them() -> None:
    data = SYSTEM + torch_zip()
    assert FORMATS["pickle"].sniff(data[:EDGE], data[-EDGE:], len(data)) == "pickle"
    assert sniffed(data) == "torch-zip"
    found = read(data)
    assert {member.format for member in found.members} == {"pickle"}
    assert len(found.members) == 2


@pytest.mark.parametrize(
    ("suffix", "formats"),
    [
        (".onnx", {"onnx"}),
        (".ONNX", {"onnx"}),
        (".safetensors", {"safetensors"}),
        (".gguf", {"gguf"}),
        (".npy", {"npy"}),
        (".h5", {"hdf5"}),
        (".hdf5", {"hdf5"}),
        (".pkl", {"pickle", *PACKED}),
        (".pickle", {"pickle", *PACKED}),
        (".joblib", {"pickle", *PACKED}),
        (".gz", {"gzip"}),
        (".7z", {"7z"}),
        (".tar", {"tar"}),
        (".tgz", {"gzip"}),
        (".bz2", {"bzip2"}),
        (".xz", {"xz"}),
        (".zst", {"zstd"}),
        (".lz4", {"lz4"}),
        (".lzma", {"lzma"}),
        (".rar", {"rar"}),
        (".pt", {"torch-zip", "pickle"}),
        (".pth", {"torch-zip", "pickle"}),
        (".bin", set()),
        (".ckpt", {"torch-zip", "pickle"}),
        (".whl", {"wheel"}),
        (".cbm", {"catboost"}),
        (".tflite", {"tflite"}),
        (".so", {"elf", "mach-o"}),
        (".dylib", {"mach-o"}),
        (".dll", {"pe"}),
        (".pyd", {"pe"}),
        (".zip", {"zip", "torch-zip", "wheel", "keras", "skops", "npz"}),
        (".npz", {"npz"}),
        (".keras", {"keras", "hdf5"}),
        (".skops", {"skops"}),
        (".json", {"json", "json-lines", "safetensors-index", "xgboost-json"}),
        (".jsonl", {"json", "json-lines"}),
        (".ubj", {"xgboost-ubj"}),
        (".txt", set()),
        ("", set()),
    ],
)
def test_what_a_suffix_promises(suffix: str, formats: set[str]) -> None:
    assert expected_formats(suffix) == formats
    assert formats <= FORMATS.keys()


@given(st.binary(max_size=200))
def test_sniffing_never_raises_and_names_a_format(data: bytes) -> None:
    found = sniff(data, data, len(data))
    assert found is None or found in FORMATS


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=40, max_size=200))
def test_prose_is_text_and_no_other_format(text: str) -> None:
    assert sniffed(b"# " + text.encode()) == "text"


def test_an_archive_is_named_by_what_is_in_it() -> None:
    assert sniffed(torch_zip()) == read(torch_zip()).format == "torch-zip"
    assert sniffed(zip_bytes()) == read(zip_bytes()).format == "zip"
