"""The process that converts: it reads one file and writes another, and says what it did.

    python -m weighbridge.adapters.conversion.program (plan | write | prove) SOURCE [TARGET]

`plan` says what would be written, `write` writes it, and `prove` gathers every tensor of the source
anew, in another way, and says its digest. One line of JSON comes out. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING

from blake3 import blake3

from weighbridge.adapters.conversion.gather import elements, pieces
from weighbridge.adapters.conversion.opened import Opened, open_state
from weighbridge.formats.safetensors_layout import layout
from weighbridge.formats.torch_values import NotLosslessError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PIECE = 1 << 20


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    what, source, *target = arguments
    try:
        opened = open_state(os.open(source, os.O_RDONLY | os.O_CLOEXEC))
        said = _proved(opened) if what == "prove" else _written(opened, target)
    except NotLosslessError as error:
        said = {"refused": str(error)}
    sys.stdout.write(json.dumps(said))


def _written(opened: Opened, target: list[str]) -> dict[str, Any]:
    """Write the new file, or only find out what it would be."""
    state = opened.state
    metadata = {"format": "pt"} | ({"state_dict_metadata": state.modules} if state.modules else {})
    sizes = {name: (view.dtype, view.shape, view.size) for name, view in state.tensors.items()}
    names, head = layout(sizes, metadata)
    whole, size = hashlib.sha256(), 0
    descriptor = os.open(target[0], os.O_WRONLY | os.O_CLOEXEC) if target else -1
    for piece in _file(head, names, opened):
        whole.update(piece)
        size += len(piece)
        if target:
            _write(descriptor, piece)
    if target:
        os.fsync(descriptor)
    return {
        "size": size,
        "digest": f"sha256:{whole.hexdigest()}",
        "tensors": len(names),
        "sharing": state.sharing,
        "trained": state.trained,
    }


def _file(head: bytes, names: list[str], opened: Opened) -> Iterator[bytes]:
    yield head
    for name in names:
        yield from pieces(opened, opened.state.tensors[name])


def _write(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _proved(opened: Opened) -> dict[str, Any]:
    """Gather every tensor anew, and digest the source itself."""
    tensors = {
        name: [view.dtype, list(view.shape), f"blake3:{_digest(opened, name)}"]
        for name, view in opened.state.tensors.items()
    }
    whole, offset = hashlib.sha256(), 0
    while piece := os.pread(opened.descriptor, _PIECE, offset):
        whole.update(piece)
        offset += len(piece)
    return {"source": f"sha256:{whole.hexdigest()}", "tensors": tensors}


def _digest(opened: Opened, name: str) -> str:
    hashed = blake3()
    for piece in elements(opened, opened.state.tensors[name]):
        hashed.update(piece)
    return hashed.hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
