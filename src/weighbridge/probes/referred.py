"""Files of raw numbers, explained by the files that refer to them.

The external data of an ONNX model, the weights beside an OpenVINO graph or the shards of a
TensorFlow checkpoint have no format of their own: what they are stands in another file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import ObservedFile
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.fact import Unavailable

TENSOR_DATA = "tensor-data"
"""The format of such a file."""


def explained(
    files: Mapping[str, ObservedFile | Unavailable],
) -> dict[str, ObservedFile | Unavailable]:
    """Say of files of no known format what others say of them; the rest stays as it is."""
    needed: dict[str, tuple[int, str]] = {}
    for path, file in files.items():
        if isinstance(file, ObservedFile) and isinstance(file.structure, Structure):
            for reference in file.structure.references:
                there = reference.beside(path)
                needed[there] = max((reference.size, path), needed.get(there, (0, "")))
    found = dict(files)
    for path, (size, referrer) in needed.items():
        other = found.get(path)
        if size and isinstance(other, ObservedFile) and _is_unknown(other):
            found[path] = replace(other, structure=_explained(other, size, referrer))
    return found


def _is_unknown(file: ObservedFile) -> bool:
    return isinstance(file.structure, Structure) and file.structure.format == "unknown"


def _explained(file: ObservedFile, size: int, referrer: str) -> Structure:
    beyond = max(0, file.size - size)
    return Structure(
        format=TENSOR_DATA,
        status="incomplete" if beyond else "complete",
        reason=f"{referrer} needs {size} bytes of it, not the {beyond} behind" if beyond else "",
        size=file.size,
        coverage=file.size - beyond,
        metadata=(("referrer", referrer),),
    )
