"""The inputs of a build, found by their digests and laid out for a trial."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.model.rebuilding import SMALL, Material

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.build_record import BuildInput
    from weighbridge.model.ports import BlobReader

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where bytes are looked for, in this order.

    Attributes:
        inputs: A folder that holds them by their paths, or by the digits of their digests.
        root: The folder the record was made for; None if it is not here.
        blobs: The registry's.
    """

    inputs: Path | None = None
    root: Path | None = None
    blobs: BlobReader | None = None

    def files(self, path: str, digest: str) -> Iterator[Path]:
        """List the files that may hold the bytes a path had."""
        digits = digest.partition(":")[2]
        if self.inputs is not None:
            relative = path.lstrip("/")
            yield from (self.inputs / one for one in (relative, Path(path).name, digits))
        if self.root is not None:
            yield self.root / path
        elif path.startswith("/"):
            yield Path(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The inputs of a build.

    Attributes:
        materials: Those that were found.
        missing: Paths of those that were not.
    """

    materials: tuple[Material, ...]
    missing: tuple[str, ...]


def gather(inputs: Iterable[BuildInput], places: Places, shelf: Path) -> Gathered:
    """Find inputs by their digests; small ones are copied, large ones are used where they lie.

    Args:
        inputs: What the record names.
        places: Where they are looked for.
        shelf: An empty folder for copies.
    """
    found: list[Material] = []
    missing = []
    for index, one in enumerate(inputs):
        material = _found(one, places, shelf / str(index))
        if material is None:
            missing.append(one.path)
        else:
            found.append(material)
    return Gathered(materials=tuple(found), missing=tuple(missing))


def _found(one: BuildInput, places: Places, copy: Path) -> Material | None:
    for path in places.files(one.path, one.digest):
        source = _taken(path, one, copy)
        if source is not None:
            executable = os.access(path, os.X_OK)
            return Material(path=one.path, source=source, size=one.size, executable=executable)
    if places.blobs is None or not fetch(one.digest, places.blobs, copy):
        return None
    with copy.open("rb") as made:
        executable = made.read(2) == b"#!"
    return Material(path=one.path, source=str(copy), size=one.size, executable=executable)


def _taken(path: Path, one: BuildInput, copy: Path) -> str | None:
    """Return where the wanted bytes are, if a file holds them."""
    try:
        if not path.is_file() or path.stat().st_size != one.size:
            return None
        with path.open("rb") as file:
            if one.size > SMALL:
                return os.path.realpath(path) if _digest(file, None) == one.digest else None
            with copy.open("wb") as made:
                seen = _digest(file, made)
    except OSError:
        return None
    if seen == one.digest:
        return str(copy)
    copy.unlink()
    return None


def _digest(file: BinaryIO, made: BinaryIO | None) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
        if made is not None:
            made.write(piece)
    return f"sha256:{digest.hexdigest()}"


def fetch(digest: str, blobs: BlobReader, copy: Path) -> bool:
    """Copy bytes from the registry; false if it does not hold them, or others.

    Args:
        digest: Their digest.
        blobs: The registry's.
        copy: The file to make.
    """
    if not blobs.has(digest):
        return False
    seen = hashlib.sha256()
    try:
        with blobs.open(digest) as source, copy.open("wb") as made:
            while piece := source.read(_PIECE):
                seen.update(piece)
                made.write(piece)
    except NotFoundError:
        return False
    if f"sha256:{seen.hexdigest()}" == digest:
        return True
    copy.unlink()
    return False
