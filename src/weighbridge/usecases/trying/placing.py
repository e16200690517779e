"""The files of a release, laid out in a folder of its own: what is run is what was read.

Those of a sealed release come from blobs, and each is what was sealed. Beside an authored manifest
they are copied, so that nothing a model does reaches the originals.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.model.errors import RegistryError
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.packing.contents import contents
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import BlobReader, ByteSource, Tree
    from weighbridge.usecases.references import Named

_CHUNK = 1 << 20
LARGEST_INPUT = 256 << 20
"""Bytes of an input or a data set that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A release that was laid out.

    Attributes:
        folder: Where its artifacts lie, under the paths the manifest gives them.
        tree: Where the rest of its files is read.
    """

    folder: Path
    tree: Tree

    def read(self, path: str) -> tuple[bytes, str] | str:
        """Read a file of the release.

        Returns:
            Its bytes and their digest, or why it cannot be read.
        """
        source = self.tree.open(path)
        if isinstance(source, Unavailable):
            return source.reason
        if isinstance(source, PathProblem):
            return f"its path is not followed ({source.kind})"
        with source:
            if source.size > LARGEST_INPUT:
                return f"it is larger than {LARGEST_INPUT} bytes"
            data = b"".join(_chunks(source))
        return data, f"sha256:{sha256(data).hexdigest()}"


def place(named: Named, folder: Path, *, blobs: BlobReader) -> Placed:
    """Lay out the artifacts of a release; those that are not there are left out.

    Args:
        named: The release.
        folder: A new folder.
        blobs: Where the files of a sealed release are.

    Raises:
        RegistryError: A blob is not what was sealed.
    """
    wanted: dict[str, str] = {}
    tree: Tree
    if named.path is None:
        tree = SealedTree(named.release, blobs)
        text = named.document.text
        parts = contents(
            json.loads(text), digest=str(named.digest), size=len(text), fetch=blobs.read
        )
        known = {part.path: part.digest for part in parts}
        wanted = {path: known[path] for path in _paths(named, tree) if path in known}
    else:
        tree = WorkTree(named.path.parent)
        wanted = dict.fromkeys(_paths(named, tree), "")
    for path, digest in wanted.items():
        source = tree.open(path)
        if not isinstance(source, PathProblem | Unavailable):
            with source:
                _copy(source, folder / path, digest)
    return Placed(folder=folder, tree=tree)


def _paths(named: Named, tree: Tree) -> Iterator[str]:
    for _, artifact in named.release.spec.files():
        if artifact.path is None:
            continue
        if tree.kind(artifact.path) == "directory":
            yield from (one for one in tree.files(artifact.path) if isinstance(one, str))
        elif tree.kind(artifact.path) == "file":
            yield artifact.path


def _copy(source: ByteSource, target: Path, digest: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    hasher = sha256()
    with target.open("wb") as file:
        for chunk in _chunks(source):
            hasher.update(chunk)
            file.write(chunk)
    seen = f"sha256:{hasher.hexdigest()}"
    if digest and seen != digest:
        message, help_ = f"{target.name} is not what was sealed", ["weighbridge registry fsck"]
        raise RegistryError(message, seen=seen, wanted=digest, help=help_)


def _chunks(source: ByteSource) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
