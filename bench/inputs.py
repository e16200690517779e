"""Large files to read: no two alike, none with holes, made when they are first wanted."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import time
from itertools import chain
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.commands import VERDICTS, weighbridge
from bench.measure import MIB, NotPreparedError, cpu_seconds
from scripts.sample_release import write_papers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

GIB = 1 << 30

_BLOCK = MIB
_SPARE = GIB
"""Bytes that are left on the disk."""
_SETTLED = 3_000_000_000
"""Nanoseconds after which the digest cache takes a file for one nobody is writing."""


def write_files(paths: Sequence[Path], size: int) -> None:
    """Write files of chance, unless they are there.

    Raises:
        NotPreparedError: There is no room for them.
    """
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        make_room(path, size)
        with path.open("wb") as file:
            for block in _blocks(size):
                file.write(block)


def write_many(folder: Path, *, folders: int, files: int, size: int) -> None:
    """Write folders full of small files, unless they are there."""
    if folder.exists():
        return
    for place in range(folders):
        inner = folder / f"folder-{place:02}"
        inner.mkdir(parents=True)
        for number in range(files):
            (inner / f"file-{number:04}.bin").write_bytes(os.urandom(size))


def write_safetensors(path: Path, *, size: int, tensors: int) -> str:
    """Write a safetensors file whose data is of `size` bytes and return its digest.

    Raises:
        NotPreparedError: There is no room for it.
    """
    make_room(path, size)
    each = size // tensors // 4 * 4
    header = {
        f"layer.{at:04}.weight": {
            "dtype": "F32",
            "shape": [each // 4],
            "data_offsets": [at * each, (at + 1) * each],
        }
        for at in range(tensors)
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in chain((struct.pack("<Q", len(text)), text), _blocks(each * tensors)):
            digest.update(block)
            file.write(block)
    return f"sha256:{digest.hexdigest()}"


def write_tensors(path: Path, *, size: int, tensors: int) -> None:
    """Write a safetensors file, unless it is there.

    Raises:
        NotPreparedError: There is no room for it.
    """
    if not path.exists():
        write_safetensors(path, size=size, tensors=tensors)


def write_release(manifest: Path, file: str, *, size: int, tensors: int) -> None:
    """Write a release of one large safetensors file, with a registry, unless it is there."""
    folder = manifest.parent
    if manifest.exists():
        return
    (folder / ".weighbridge").mkdir(parents=True)
    digest = write_safetensors(folder / file, size=size, tensors=tensors)
    write_papers(folder, file, size=(folder / file).stat().st_size, digest=digest)


def warm(manifest: Path, file: str) -> None:
    """Check a release until a check may remember what it read: not of a file that is this new."""
    written = (manifest.parent / file).stat().st_ctime_ns
    settled = False
    while not settled:
        settled = time.time_ns() - written > _SETTLED
        cpu_seconds(weighbridge("check", str(manifest), exits=VERDICTS))


def write_key(path: Path) -> None:
    """Write a private key on P-256, and its public half beside it (`.pub`), unless it is there."""
    if path.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.with_suffix(".pub").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _blocks(size: int) -> Iterator[bytes]:
    """Yield a block of chance over and over: as good as chance to whoever reads it once."""
    block = os.urandom(_BLOCK)
    while size > 0:
        yield block[:size]
        size -= _BLOCK


def make_room(path: Path, size: int) -> None:
    """Make the folder of a file, and look whether the file has room there.

    Raises:
        NotPreparedError: It has not.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path.parent).free
    if free < size + _SPARE:
        raise NotPreparedError(
            f"{size / GIB:.1f} GiB and one to spare are needed in {path.parent};"
            f" {free / GIB:.1f} are free (TMPDIR names another place)"
        )
