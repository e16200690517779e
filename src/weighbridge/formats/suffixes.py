"""Which formats a file's name promises: a promise to be held against its content, never a proof."""

from __future__ import annotations

from typing import Final

_HDF5: Final = frozenset({"hdf5"})
_TORCH: Final = frozenset({"torch-zip", "pickle"})
_PICKLE: Final = frozenset({"pickle", "gzip", "bzip2", "xz", "lzma", "zlib", "zfile", "lz4"})
"""Joblib packs a pickle in any of these without another name."""
_JSON: Final = frozenset({"json", "json-lines", "safetensors-index", "xgboost-json"})
_ZIPS: Final = frozenset({"zip", "wheel", "torch-zip", "keras", "skops", "npz"})
EXPECTED: Final = {
    ".7z": frozenset({"7z"}),
    ".bz2": frozenset({"bzip2"}),
    ".cbm": frozenset({"catboost"}),
    ".ckpt": _TORCH,
    ".dll": frozenset({"pe"}),
    ".dylib": frozenset({"mach-o"}),
    ".ftz": frozenset({"fasttext"}),
    ".gguf": frozenset({"gguf"}),
    ".gz": frozenset({"gzip"}),
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    ".joblib": _PICKLE,
    ".json": _JSON,
    ".jsonl": frozenset({"json", "json-lines"}),
    ".keras": frozenset({"keras", "hdf5"}),
    ".lz4": frozenset({"lz4"}),
    ".lzma": frozenset({"lzma"}),
    ".mlmodel": frozenset({"coreml"}),
    ".npy": frozenset({"npy"}),
    ".npz": frozenset({"npz"}),
    ".onnx": frozenset({"onnx"}),
    ".pickle": _PICKLE,
    ".pkl": _PICKLE,
    ".pmml": frozenset({"pmml"}),
    ".pt": _TORCH,
    ".pth": _TORCH,
    ".pyd": frozenset({"pe"}),
    ".rar": frozenset({"rar"}),
    ".safetensors": frozenset({"safetensors"}),
    ".skops": frozenset({"skops"}),
    ".so": frozenset({"elf", "mach-o"}),
    ".tar": frozenset({"tar"}),
    ".tflite": frozenset({"tflite"}),
    ".tgz": frozenset({"gzip"}),
    ".ubj": frozenset({"xgboost-ubj"}),
    ".whl": frozenset({"wheel"}),
    ".xz": frozenset({"xz"}),
    ".zip": _ZIPS,
    ".zst": frozenset({"zstd"}),
}
"""Formats that a file name's suffix promises."""


def expected_formats(path_suffix: str) -> frozenset[str]:
    """List the formats a file with this suffix may have; empty for a suffix that says nothing."""
    return EXPECTED.get(path_suffix.lower(), frozenset())
