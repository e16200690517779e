"""Which formats a file is said to be of: by the manifest's word for it, and by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.structure import PLAIN

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure

KNOWN = frozenset(
    {
        "7z",
        "bzip2",
        "catboost",
        "coreml",
        "coreml-weights",
        "cyclonedx",
        "elf",
        "fasttext",
        "gguf",
        "gzip",
        "hdf5",
        "json",
        "json-lines",
        "keras",
        "keras-metadata",
        "lightgbm",
        "lz4",
        "lzma",
        "mach-o",
        "mlflow",
        "npy",
        "npz",
        "onnx",
        "openvino",
        "pe",
        "pickle",
        "pmml",
        "rar",
        "safetensors",
        "safetensors-index",
        "skops",
        "spdx",
        "tar",
        "text",
        "tf-checkpoint-index",
        "tf-fingerprint",
        "tf-graph",
        "tf-saved-model",
        "tflite",
        "torch-zip",
        "wheel",
        "xgboost-binary",
        "xgboost-json",
        "xgboost-ubj",
        "xml",
        "xz",
        "zfile",
        "zip",
        "zlib",
        "zstd",
    }
)
"""Formats there are readers for."""

PACKED = frozenset({"bzip2", "gzip", "lz4", "lzma", "xz", "zfile", "zlib", "zstd"})
"""Formats that only pack another file."""

UNSPECIFIC = frozenset({"unknown", "7z", "tar", "zip", *PACKED, *PLAIN})
"""Formats that are what many others are made of: they contradict no word that is not known here."""

PICKLES = frozenset({"pickle", "torch-zip"})
"""Formats that are pickles or consist of them."""

_JSON = frozenset({"cyclonedx", "json", "json-lines", "safetensors-index", "spdx", "xgboost-json"})
_SPELLINGS = {
    "cloudpickle": frozenset({"pickle"}),
    "h5": frozenset({"hdf5"}),
    "joblib": frozenset({"pickle", *PACKED}),
    "json": _JSON,
    "jsonl": frozenset({"json", "json-lines"}),
    "keras": frozenset({"keras", "hdf5"}),
    "litert": frozenset({"tflite"}),
    "mlmodel": frozenset({"coreml"}),
    "numpy": frozenset({"npy", "npz"}),
    "pkl": frozenset({"pickle"}),
    "pt": PICKLES,
    "pytorch": PICKLES,
    "saved-model": frozenset({"tf-saved-model"}),
    "savedmodel": frozenset({"tf-saved-model"}),
    "scikit-learn": frozenset({"pickle", *PACKED}),
    "sklearn": frozenset({"pickle", *PACKED}),
    "tensorflow": frozenset({"tf-saved-model", "tf-graph"}),
    "tf": frozenset({"tf-saved-model", "tf-graph"}),
    "torch": PICKLES,
    "torchscript": frozenset({"torch-zip"}),
    "txt": frozenset({"text"}),
    "ubj": frozenset({"xgboost-ubj"}),
    "whl": frozenset({"wheel"}),
    "xgboost": frozenset({"xgboost-binary", "xgboost-json", "xgboost-ubj"}),
}


def by_word(word: str) -> frozenset[str]:
    """List the formats that people mean by a word; one that is not known here means itself."""
    word = word.lower()
    return _SPELLINGS.get(word, frozenset({word}) if word else frozenset())


def by_name(structure: Structure) -> frozenset[str]:
    """List the formats a file's name promises, as the probe noted them."""
    noted = dict(structure.metadata).get("expected-format", "")
    return frozenset(name.strip() for name in noted.split(",") if name.strip())


def said(word: str, structure: Structure) -> frozenset[str]:
    """List the formats a file should be of; the manifest's word outweighs the name."""
    return by_word(word) or by_name(structure)
