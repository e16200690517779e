"""Which formats a file is said to be of: by the manifest's word for it, and by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure

KNOWN = frozenset(
    {
        "catboost",
        "coreml",
        "coreml-weights",
        "elf",
        "fasttext",
        "gguf",
        "hdf5",
        "keras-metadata",
        "mach-o",
        "npy",
        "onnx",
        "openvino",
        "pe",
        "pickle",
        "safetensors",
        "tf-checkpoint-index",
        "tf-fingerprint",
        "tf-graph",
        "tf-saved-model",
        "tflite",
        "torch-zip",
        "wheel",
        "zip",
    }
)
"""Formats there are readers for."""

PICKLES = frozenset({"pickle", "torch-zip"})
"""Formats that are pickles or consist of them."""

_SPELLINGS = {
    "cloudpickle": frozenset({"pickle"}),
    "h5": frozenset({"hdf5"}),
    "joblib": frozenset({"pickle"}),
    "litert": frozenset({"tflite"}),
    "mlmodel": frozenset({"coreml"}),
    "numpy": frozenset({"npy"}),
    "pkl": frozenset({"pickle"}),
    "pt": PICKLES,
    "pytorch": PICKLES,
    "saved-model": frozenset({"tf-saved-model"}),
    "savedmodel": frozenset({"tf-saved-model"}),
    "scikit-learn": frozenset({"pickle"}),
    "sklearn": frozenset({"pickle"}),
    "tensorflow": frozenset({"tf-saved-model", "tf-graph"}),
    "tf": frozenset({"tf-saved-model", "tf-graph"}),
    "torch": PICKLES,
    "torchscript": frozenset({"torch-zip"}),
    "whl": frozenset({"wheel"}),
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
