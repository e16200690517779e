"""What is wanted of reading a container image: 1.2 GiB in two gzip layers and one of chance."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sysconfig
import tarfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands import beside
from bench.inputs import make_room
from bench.measure import MIB, Cell, Command, Measured, Memory
from scripts.sample_image import CONFIG, LAYER, MANIFEST, Blobs, write_layout

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYERS = 3
_UNFOLDED = 1_100 * MIB
"""Bytes each gzip layer unfolds to: some 370 MiB compressed."""
_RAW = 512 * MIB


def cells(folder: Path) -> list[Measured]:
    """List the cells of reading an image.

    Args:
        folder: Where it is made when it is wanted: 1.3 GiB.
    """
    layout = folder / "image"
    prepare = partial(write_image, layout)
    read, ready = (beside("image_reads.py", str(layout), what) for what in ("read", "import"))
    one, two, three = (str(layout / f"layer-{number}") for number in range(1, LAYERS + 1))
    both = f"gzip -t < {one} && gzip -t < {two} && openssl dgst -sha256 {one} {two} {three}"
    peer = Command(("sh", "-c", both))
    return [
        Cell(name="image-1g", ours=read, peer=peer, at_most=1.3, prepare=prepare),
        Memory(name="image-1g-memory", ours=read, peer=ready, at_most=64, prepare=prepare),
    ]


def write_image(layout: Path) -> None:
    """Write the image, unless it is there.

    Raises:
        NotPreparedError: There is no room for it.
    """
    if (layout / "index.json").exists():
        return
    layout.mkdir(parents=True, exist_ok=True)
    make_room(layout, 2 * _UNFOLDED + _RAW)
    blobs, layers = Blobs(), []
    numbers = range(1, LAYERS + 1)
    paths = [layout / f"layer-{number}" for number in numbers]
    with ProcessPoolExecutor() as pool:  # to fold one takes half a minute
        diff_ids = list(pool.map(_write_layer, paths, numbers))
    for number, path in zip(numbers, paths, strict=True):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = layout / "blobs" / "sha256" / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, place)
        suffix = "" if number == LAYERS else "+gzip"
        size = path.stat().st_size
        layers.append({"mediaType": f"{LAYER}{suffix}", "digest": f"sha256:{digest}", "size": size})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    described = blobs.keep(json.dumps(config).encode(), CONFIG)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described,
        "layers": layers,
    }
    write_layout(layout, blobs, blobs.document(manifest))


class _Digested:
    """A file that is digested while it is written."""

    def __init__(self, path: Path, *, folded: bool) -> None:
        self.digest = hashlib.sha256()
        self._file = gzip.open(path, "wb", 6) if folded else path.open("wb")  # noqa: SIM115

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self._file.write(data)
        return len(data)

    def close(self) -> str:
        self._file.close()
        return f"sha256:{self.digest.hexdigest()}"


def _write_layer(path: Path, number: int) -> str:
    """Write a layer, and return the digest of what it unfolds to."""
    return _write_raw(path) if number == LAYERS else _write_folded(path, number)


def _write_folded(path: Path, number: int) -> str:
    """Write a layer of files as they lie on this machine, over and over until it is large."""
    made = _Digested(path, folded=True)
    left = _UNFOLDED
    with tarfile.open(fileobj=made, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload] # it only writes
        for copy, file in _files():
            size = file.stat().st_size
            if left < size:
                break
            left -= size
            name = f"opt/{number}/{copy}{file}"
            info = tarfile.TarInfo(name)
            info.size = size
            with file.open("rb") as content:
                archive.addfile(info, content)
    return made.close()


def _files() -> Iterator[tuple[int, Path]]:
    """Yield the files of this interpreter and what is installed beside it, for ever."""
    places = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platlib")]
    found = sorted(
        path
        for place in places
        for path in place.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    for number in cycle(range(1_000)):
        for path in found:
            yield number, path


def _write_raw(path: Path) -> str:
    """Write a layer nobody compresses: one file of chance, as weights are."""
    made = _Digested(path, folded=False)
    with tarfile.open(fileobj=made, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload] # it only writes
        info = tarfile.TarInfo("srv/model/model.bin")
        info.size = _RAW
        archive.addfile(info, _Chance())
    return made.close()


class _Chance:
    """Bytes of chance."""

    def read(self, length: int) -> bytes:
        return os.urandom(length)
