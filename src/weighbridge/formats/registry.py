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
    json_format,
    lightgbm,
    macho,
    mlmodel,
    npy,
    onnx,
    openvino,
    pe,
    plain_text,
    safetensors,
    tensorflow,
    tensorflow_index,
    xgboost_binary,
    xgboost_ubj,
    xml_format,
)
from weighbridge.formats.compressed import Compressed
from weighbridge.formats.hdf5 import Hdf5Format
from weighbridge.formats.listening import listening, listening_to_metadata
from weighbridge.formats.pickle import PickleFormat
from weighbridge.formats.recognised import Recognised
from weighbridge.formats.seven_zip import SevenZipFormat
from weighbridge.formats.tar import TarFormat
from weighbridge.formats.tflite import TfliteFormat
from weighbridge.formats.zip_format import ZipFormat
from weighbridge.model.structure import PLAIN

if TYPE_CHECKING:
    from weighbridge.formats.interface import Format, Reader
    from weighbridge.model.limits import Limits


def sniff(head: bytes, tail: bytes, size: int) -> str | None:
    """Name the format of some bytes, or None if it is none we know.

    Bytes that match several are what stands first in `FORMATS`; a zip comes early because its
    reader also looks at what stands before the archive, and only after what may hold one; text
    comes last because so much is text.

    Args:
        head: The first bytes, up to 4 KiB.
        tail: The last bytes, up to 4 KiB.
        size: Bytes in all.
    """
    for family in _FAMILIES:
        name = family.sniff(head, tail, size)
        if name is not None:
            return name
    return None


def reader(name: str, size: int, *, limits: Limits) -> Reader:
    """Make a reader for `size` bytes of a format `sniff` named, which looks for credentials too."""
    made = FORMATS[name].read(size, limits=limits)
    if name in _TEXTS:
        return listening(made, size)
    return made if name in _HEARS_ITSELF else listening_to_metadata(made)


_TEXTS: Final = PLAIN - {"safetensors"} | {"lightgbm", "openvino", "pmml", "xgboost-json"}
"""Formats that are texts as a whole."""

_HEARS_ITSELF: Final = frozenset({"gguf"})
"""Formats whose readers listen to texts that they do not keep."""

_ZIP: Final = ZipFormat(sniff_member=sniff, read_member=reader)


def _compressed(name: str) -> Compressed:
    return Compressed(format=name, sniff_member=sniff, read_member=reader)


FORMATS: Final[dict[str, Format]] = {
    "tflite": TfliteFormat(read_archive=_ZIP.read),
    "zip": _ZIP,
    "wheel": _ZIP,
    "torch-zip": _ZIP,
    "keras": _ZIP,
    "skops": _ZIP,
    "npz": _ZIP,
    "tar": TarFormat(sniff_member=sniff, read_member=reader),
    "7z": SevenZipFormat(sniff_member=sniff, read_member=reader),
    "gguf": gguf,
    "npy": npy,
    "hdf5": Hdf5Format(sniff_other=sniff),
    "elf": elf,
    "mach-o": macho,
    "pe": pe,
    "safetensors": safetensors,
    "catboost": catboost,
    "fasttext": fasttext,
    "xgboost-ubj": xgboost_ubj,
    "xgboost-binary": xgboost_binary,
    "tf-checkpoint-index": tensorflow_index,
    "tf-saved-model": tensorflow.SAVED_MODEL,
    "tf-fingerprint": tensorflow.FINGERPRINT,
    "keras-metadata": tensorflow.KERAS_METADATA,
    "openvino": openvino,
    "pmml": xml_format,
    "xml": xml_format,
    "coreml-weights": coreml_weights,
    "coreml": coreml,
    "onnx": onnx,
    "tf-graph": tensorflow.GRAPH,
    "pickle": PickleFormat(sniff_value=sniff, read_value=reader),
    "gzip": _compressed("gzip"),
    "bzip2": _compressed("bzip2"),
    "xz": _compressed("xz"),
    "lzma": _compressed("lzma"),
    "zlib": _compressed("zlib"),
    "zfile": _compressed("zfile"),
    "zstd": Recognised(format="zstd"),
    "lz4": Recognised(format="lz4"),
    "rar": Recognised(format="rar"),
    "lightgbm": lightgbm,
    "xgboost-json": json_format,
    "safetensors-index": json_format,
    "cyclonedx": json_format,
    "spdx": json_format,
    "json-lines": json_format,
    "json": json_format,
    "mlflow": mlmodel,
    "text": plain_text,
}
"""Each format's family by name; the order decides where several match."""

_FAMILIES: Final = tuple({id(family): family for family in FORMATS.values()}.values())
