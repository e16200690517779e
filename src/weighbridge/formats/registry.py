"""All formats, and which one some bytes are in: told from the bytes, never from a file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import (
    catboost,
    coreml,
    coreml_weights,
    elf,
    fasttext,
    gguf,
    macho,
    npy,
    onnx,
    openvino,
    pe,
    pickle,
    safetensors,
    tensorflow,
    tensorflow_index,
)
from weighbridge.formats.hdf5 import Hdf5Format
from weighbridge.formats.tflite import TfliteFormat
from weighbridge.formats.zip_format import ZipFormat

if TYPE_CHECKING:
    from weighbridge.formats.interface import Format, Reader
    from weighbridge.model.limits import Limits


def sniff(head: bytes, tail: bytes, size: int) -> str | None:
    """Name the format of some bytes, or None if it is none we know.

    Bytes that match several are what stands first in `FORMATS`; a zip comes early because its
    reader also looks at what stands before the archive, and only after what may hold one.

    Args:
        head: The first bytes, up to 4 KiB.
        tail: The last bytes, up to 4 KiB.
        size: Bytes in all.
    """
    for family in FORMATS.values():
        name = family.sniff(head, tail, size)
        if name is not None:
            return name
    return None


def reader(name: str, size: int, *, limits: Limits) -> Reader:
    """Make a reader for `size` bytes of a format `sniff` named."""
    return FORMATS[name].read(size, limits=limits)


_ZIP: Final = ZipFormat(sniff_member=sniff, read_member=reader)

FORMATS: Final[dict[str, Format]] = {
    "tflite": TfliteFormat(read_archive=_ZIP.read),
    "zip": _ZIP,
    "torch-zip": _ZIP,
    "gguf": gguf,
    "npy": npy,
    "hdf5": Hdf5Format(sniff_other=sniff),
    "wheel": _ZIP,
    "elf": elf,
    "mach-o": macho,
    "pe": pe,
    "safetensors": safetensors,
    "catboost": catboost,
    "fasttext": fasttext,
    "tf-checkpoint-index": tensorflow_index,
    "tf-saved-model": tensorflow.SAVED_MODEL,
    "tf-fingerprint": tensorflow.FINGERPRINT,
    "keras-metadata": tensorflow.KERAS_METADATA,
    "openvino": openvino,
    "coreml-weights": coreml_weights,
    "coreml": coreml,
    "onnx": onnx,
    "tf-graph": tensorflow.GRAPH,
    "pickle": pickle,
}
"""Each format's family by name; the order decides where several match."""

_HDF5: Final = frozenset({"hdf5"})
_TORCH: Final = frozenset({"torch-zip", "pickle"})
EXPECTED: Final = {
    ".cbm": frozenset({"catboost"}),
    ".ckpt": _TORCH,
    ".gguf": frozenset({"gguf"}),
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    ".dll": frozenset({"pe"}),
    ".dylib": frozenset({"mach-o"}),
    ".joblib": frozenset({"pickle"}),
    ".npy": frozenset({"npy"}),
    ".ftz": frozenset({"fasttext"}),
    ".mlmodel": frozenset({"coreml"}),
    ".onnx": frozenset({"onnx"}),
    ".pickle": frozenset({"pickle"}),
    ".pkl": frozenset({"pickle"}),
    ".pt": _TORCH,
    ".pth": _TORCH,
    ".pyd": frozenset({"pe"}),
    ".safetensors": frozenset({"safetensors"}),
    ".so": frozenset({"elf", "mach-o"}),
    ".whl": frozenset({"wheel"}),
    ".zip": frozenset({"zip", "torch-zip", "wheel"}),
    ".tflite": frozenset({"tflite"}),
}
"""Formats that a file name's suffix promises."""


def expected_formats(path_suffix: str) -> frozenset[str]:
    """List the formats a file with this suffix may have; empty for a suffix that says nothing."""
    return EXPECTED.get(path_suffix.lower(), frozenset())
