"""Which files of an image the format readers look into, told cheaply from first bytes and names.

An image has fifty thousand files, and asking every family about each costs more than unfolding
them. One pattern rules most of them out; whoever is left is asked in earnest. What begins like no
model, archive or pickle and is called like none is passed over, and counted.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from weighbridge.formats.image.looked import NO_FORMAT
from weighbridge.model.structure import PLAIN, Structure

HEAD: Final = 4_096
"""Bytes of a file that tell whether it is looked into."""

_MARKED: Final = re.compile(
    rb"\x80[\x00-\x05]|PK\x03\x04|PK\x05\x06|\x89HDF\r\n|GGUF|\x93NUMPY|\x1f\x8b|BZh[1-9]|"
    rb"\xfd7zXZ\x00|\x5d\x00\x00|\x04\x22\x4d\x18|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!|CBM1|tree\n|"
    rb"x[\x01\x5e\x9c\xda]|.{4}TFL3|.{4}[\x00-\x06]\x00{3}\{|[\x08\n\x12]|\{[Li]|"
    rb"\s*\{\s*\"learner\"|\s*<(?:\?xml|net\b|PMML)|\xba\x16\x4f\x2f|.{257}ustar",
    re.DOTALL,
)
"""How files of a known format begin, other than text and programs."""
_PUSHED: Final = (
    rb"[()\]}N\x88\x89]|K.|M..|J.{4}|G.{8}|[IL]-?\d+L?\n|F[-+.\da-z]+\n|S['\"][^\n]*\n|V[^\n]*\n|"
    rb"[ci][A-Za-z_][\w.]*\n[\w.]+\n|P[^\n]+\n"
)
_OPCODES: Final = re.compile(
    rb"(?:" + _PUSHED + rb")(?:" + _PUSHED + rb"|[0-2ablsdteuoR.\x81\x85-\x87\x94]|[pg]\d+\n|[qh].|"
    rb"[rj].{4}|[XTB].{2}\x00\x00|[UC\x8a-\x8e\x95\x96])|[XTB].{2}\x00\x00|[UC\x8a-\x8e\x95\x96]",
    re.DOTALL,
)
"""How a pickle begins that does not say which protocol it has."""
_NUMBERS: Final = re.compile(
    rb"\x93NUMPY.{4,6}?\{'descr': '[<>|=][biufcmMSUV]\d+(?:\[\w+\])?', "
    rb"'fortran_order': (?:True|False), 'shape': \([\d, ]*\), ?\} *\n",
    re.DOTALL,
)
"""How an array begins in which there is nothing but numbers and texts."""
_ZIP: Final = b"PK\x03\x04"
_ACTED_UPON: Final = (b"chat_template", b"auto_map")
"""What stands in texts that make a loader run something."""
_PACKED: Final = frozenset({"gzip", "zlib"})
_ARCHIVES: Final = frozenset(
    {"7z", "bzip2", "gzip", "lz4", "lzma", "rar", "tar", "wheel", "xz", "zip", "zlib", "zstd"}
)
_PROGRAMS: Final = frozenset({"elf", "mach-o", "pe"})
_WHATEVER: Final = frozenset({"unknown", *PLAIN, *_PROGRAMS})
_NAMED: Final = (
    *(".cbm", ".ckpt", ".dill", ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".mar", ".mlmodel"),
    *(".nemo", ".npz", ".onnx", ".pickle", ".pkl", ".pmml", ".pt", ".safetensors", ".skops"),
    *(".tflite", ".torchscript", ".ubj", ".whl"),
)
_TEXTS: Final = frozenset(
    {
        "adapter_config.json",
        "chat_template.jinja",
        "chat_template.json",
        "config.json",
        "generation_config.json",
        "model.safetensors.index.json",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
)
"""Texts that make a loader run something; only their names tell."""
_WEIGHTS: Final = (".bin", ".pb", ".pth")


def called_like_a_model(path: str) -> bool:
    """Tell whether only a model, or what is loaded with one, is called so."""
    name = path.rpartition("/")[2].lower()
    return name.endswith(_NAMED) or name in _TEXTS


def is_candidate(path: str, head: bytes, size: int) -> bool:
    """Tell whether a file is looked into.

    Args:
        path: Its path in the image.
        head: Its first bytes, up to `HEAD`.
        size: Its bytes.
    """
    if called_like_a_model(path) or _begins_like_one(head, size, 1):
        return True
    return any(word in head for word in _ACTED_UPON)


def _begins_like_one(head: bytes, size: int, depth: int) -> bool:
    if _ZIP in head:
        return True  # which may begin behind anything
    marked = _MARKED.match(head) is not None
    if not marked and _OPCODES.match(head) is None:
        return False
    from weighbridge.formats import pickle, registry  # noqa: PLC0415 - most files end above

    found = (registry if marked else pickle).sniff(head, b"", size)
    if found is None or found in _WHATEVER:
        return False
    if found == "npy":
        return _NUMBERS.match(head) is None
    if found in _PACKED and depth:
        # Most of what is packed is documentation.
        inner = _unpacked(head)
        return inner is None or _begins_like_one(inner, 1 << 40, depth - 1)
    return True


def _unpacked(head: bytes) -> bytes | None:
    """Unpack the first bytes; None if they cannot be."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(head, HEAD)
    except zlib.error:
        return None


def is_notable(path: str, structure: Structure) -> bool:
    """Tell whether there is anything to say of a file that was looked into.

    Archives hold no model most of the time, and not each of their members is of a known format:
    of those without one nothing is said, if they were read as far as that.
    """
    if called_like_a_model(path) or (
        structure.format == "unknown" and structure.reason != NO_FORMAT
    ):
        return True
    return any(_is_notable(part) for part in structure.walk())


def _is_notable(part: Structure) -> bool:
    if is_model(part.format) or part.globals or part.code or part.secrets:
        return True
    if part.format in PLAIN and part.metadata:
        return True
    if part.status == "complete" or part.format == "unknown":
        return False
    # What stopped it: a member of no known format, or something of its own?
    return not any(f"{one.container} is {one.status}".endswith(part.reason) for one in part.members)


def is_model(format: str) -> bool:  # noqa: A002 - the field's own word
    """Tell whether a format is one that models are saved in."""
    return format not in _WHATEVER and format not in _ARCHIVES
