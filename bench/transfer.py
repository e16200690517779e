"""What is wanted of a registry's client: 2 GiB to and from docker-registry, beside skopeo.

The registry runs on this machine from the first cell that wants it to the end of the benchmark;
what it costs itself is nobody's. On the wall, disk and registry are what is mostly waited for.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
from functools import partial
from typing import TYPE_CHECKING

from bench import inputs
from bench.commands import beside
from bench.inputs import GIB
from bench.measure import (
    Cell,
    Command,
    CommandFailedError,
    Measured,
    Memory,
    NotPreparedError,
    cpu_seconds,
)
from tests.registries import running_registry
from tests.tools import tool
from weighbridge.codec.oci import write_document
from weighbridge.model.oci import INDEX, MANIFEST, REF_NAME, Descriptor, Index, Manifest

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measure import Clock

SIZE = 2 * GIB
LARGER = 4 * GIB
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def transfer(verb: str, who: str, folder: Path) -> Command:
    """Return the command of one transfer (`bench/transfers.py`)."""
    return beside("transfers.py", verb, who, str(folder))


def cells(folder: Path) -> list[Measured]:
    """List the cells of transfers.

    Args:
        folder: Where layouts and the registry's store are made when they are wanted: 20 GiB.
    """
    return [
        compared("push", "cpu", folder / "two"),
        compared("push", "wall", folder / "two"),
        compared("pull", "cpu", folder / "two"),
        compared("pull", "wall", folder / "two"),
        memory("push", folder / "four"),
        memory("pull", folder / "four"),
    ]


def compared(verb: str, clock: Clock, folder: Path) -> Cell:
    """Compare a transfer with skopeo's."""
    return Cell(
        name=f"{verb}-2g" if clock == "cpu" else f"{verb}-2g-wall",
        ours=transfer(verb, "ours", folder),
        peer=transfer(verb, "skopeo", folder),
        at_most=1.05,
        clock=clock,
        prepare=partial(prepare, folder, SIZE),
    )


def memory(verb: str, folder: Path) -> Memory:
    """Weigh what a transfer of twice the size takes."""
    return Memory(
        name=f"memory-{verb}-4g",
        ours=transfer(verb, "ours", folder),
        peer=transfer("ready", "ours", folder),
        at_most=64,
        prepare=partial(prepare, folder, LARGER),
    )


def prepare(folder: Path, size: int) -> None:
    """Make a layout, and run a registry that has it, unless that was done.

    Raises:
        NotPreparedError: There is no room, or no docker-registry.
    """
    if (folder / "address").exists():
        return
    folder.mkdir(parents=True)
    running = contextlib.ExitStack()
    try:
        address = running.enter_context(running_registry(folder))
        tool("skopeo")
    except AssertionError as error:
        raise NotPreparedError(str(error)) from error
    atexit.register(running.close)
    write_layout(folder / "layout", size)
    (folder / "address").write_text(address, encoding="utf-8")
    try:
        cpu_seconds(transfer("fill", "ours", folder))
    except CommandFailedError as error:
        raise NotPreparedError(str(error)) from error


def write_layout(layout: Path, size: int) -> None:
    """Write an image layout of one layer of chance."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    made = layout / "layer"
    inputs.write_files([made], size)
    with made.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    made.rename(blobs / digest)
    layer = Descriptor(media_type=_LAYER, digest=f"sha256:{digest}", size=size)
    text = f'{{"os":"linux","rootfs":{{"type":"layers","diff_ids":["{layer.digest}"]}}}}'
    config = _put(blobs, text.encode(), _CONFIG)
    manifest = Manifest(media_type=MANIFEST, config=config, layers=(layer,))
    named = _put(blobs, write_document(manifest), MANIFEST, {REF_NAME: "v1"})
    index = write_document(Index(media_type=INDEX, manifests=(named,)))
    (layout / "index.json").write_bytes(index)
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")


def _put(
    blobs: Path, data: bytes, media_type: str, annotations: dict[str, str] | None = None
) -> Descriptor:
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return Descriptor(
        media_type=media_type,
        digest=f"sha256:{digest}",
        size=len(data),
        annotations=annotations or {},
    )
