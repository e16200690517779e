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
        "gguf",
        "gzip",
        "hdf5",
        "json",
        "json-lines",
        "keras",
        "lightgbm",
        "lz4",
        "lzma",
        "npy",
        "npz",
        "onnx",
        "pickle",
        "rar",
        "safetensors",
        "safetensors-index",
        "skops",
        "tar",
        "text",
        "torch-zip",
        "xgboost-json",
        "xgboost-ubj",
        "xz",
        "zip",
        "zlib",
        "zstd",
    }
)
"""Formats there are readers for."""

PACKED = frozenset({"bzip2", "gzip", "lz4", "lzma", "xz", "zlib", "zstd"})
"""Formats that only pack another file."""

UNSPECIFIC = frozenset({"unknown", "7z", "tar", "zip", *PACKED, *PLAIN})
"""Formats that are what many others are made of: they contradict no word that is not known here."""

PICKLES = frozenset({"pickle", "torch-zip"})
"""Formats that are pickles or consist of them."""

_JSON = frozenset({"json", "json-lines", "safetensors-index", "xgboost-json"})
_SPELLINGS = {
    "pytorch": PICKLES,
    "torch": PICKLES,
    "pt": PICKLES,
    "torchscript": frozenset({"torch-zip"}),
    "joblib": frozenset({"pickle", *PACKED}),
    "sklearn": frozenset({"pickle", *PACKED}),
    "scikit-learn": frozenset({"pickle", *PACKED}),
    "cloudpickle": frozenset({"pickle"}),
    "keras": frozenset({"keras", "hdf5"}),
    "numpy": frozenset({"npy", "npz"}),
    "pkl": frozenset({"pickle"}),
    "json": _JSON,
    "jsonl": frozenset({"json", "json-lines"}),
    "txt": frozenset({"text"}),
    "xgboost": frozenset({"xgboost-json", "xgboost-ubj"}),
    "ubj": frozenset({"xgboost-ubj"}),
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
