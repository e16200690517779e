"""Where the tensors of a new safetensors file lie, and its header: always the same bytes.

The order is the library's own (https://github.com/huggingface/safetensors): data types from the
widest alignment down, then names; the header is padded to eight bytes.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDER: Final = [
    "U64",
    "I64",
    "F64",
    "C64",
    "F32",
    "U32",
    "I32",
    "BF16",
    "F16",
    "U16",
    "I16",
    "F8_E4M3",
    "F8_E5M2",
    "I8",
    "U8",
    "BOOL",
]
_ALIGNMENT: Final = 8


def layout(
    tensors: Mapping[str, tuple[str, tuple[int, ...], int]], metadata: Mapping[str, str]
) -> tuple[list[str], bytes]:
    """Lay out a file.

    Args:
        tensors: Data type, shape and bytes of each tensor by name.
        metadata: Texts the header carries.

    Returns:
        The names in the order their data lie in, and everything before the data.
    """
    names = sorted(tensors, key=lambda name: (_ORDER.index(tensors[name][0]), name.encode()))
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    end = 0
    for name in names:
        dtype, shape, size = tensors[name]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return names, struct.pack("<Q", len(text)) + text
