"""`digest`: of files, of folders, and of the tensors in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.listing import listing_digest
from weighbridge.codec.tensors import NoIdentityError, content_identity
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.listing import ListingEntry, ListingError
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.tensors import structures_with_tensors
from weighbridge.usecases.loose import Loose, take_apart, together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.reading import FileReader
    from weighbridge.model.structure import TensorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorList:
    """The tensors of some files.

    Attributes:
        identity: One digest of all of them (`codec.tensors`).
        tensors: Where each lies (the file, and after `!/` the member in it), and the tensor; by
            name.
    """

    identity: str
    tensors: tuple[tuple[str, TensorInfo], ...]


def digests(
    paths: Sequence[str],
    *,
    start: Path,
    reader: FileReader | None = None,
    folders: bool = True,
) -> list[tuple[str, str, int]]:
    """Digest files and folders: (path, digest, size in bytes).

    Args:
        paths: What was named.
        start: The folder paths are relative to.
        reader: Who reads the files; the digest is his.
        folders: Whether a folder has one digest, as a manifest would hold it, or each file of it
            one of its own.

    Raises:
        UnreadableError: Something cannot be read whole; no digest of a part is given.
    """
    found: dict[str, list[tuple[str, str, int]]] = {}
    for loose in together([take_apart(path, start, every=True) for path in paths]):
        entries = _entries(loose, reader)
        if not loose.is_folder:
            for entry in entries:
                for name in loose.names(entry.path):
                    found[name] = [(name, entry.digest, entry.size)]
        elif folders:
            size = sum(entry.size for entry in entries)
            found[loose.shown] = [(loose.shown, _folder_digest(loose.shown, entries), size)]
        else:
            found[loose.shown] = [
                (loose.names(entry.path)[0], entry.digest, entry.size) for entry in entries
            ]
    return [row for path in paths for row in found[path]]


def tensors(paths: Sequence[str], *, start: Path, reader: FileReader | None = None) -> TensorList:
    """List the tensors of files, those in folders included, and digest them as a whole.

    Raises:
        UnreadableError: A file cannot be read, is not whole, or none has a tensor.
    """
    found: list[tuple[str, TensorInfo]] = []
    for loose in together([take_apart(path, start) for path in paths]):
        seen = ArtifactProbe(loose.tree, reader=reader).files(loose.paths).files
        for path, fact in seen.items():
            found.extend(_tensors(loose.names(path)[0], fact))
    if not found:
        message = f"{', '.join(paths)}: no tensor in any file"
        raise UnreadableError(message, help=["name files whose format has them (docs: formats)"])
    try:
        identity = content_identity(tensor for _, tensor in found)
    except NoIdentityError as error:
        help_ = ["name the files of one model"]
        raise UnreadableError(f"{error}: there is no identity", help=help_) from error
    ordered = sorted(found, key=lambda one: (one[1].name, one[0]))
    return TensorList(identity=identity, tensors=tuple(ordered))


def _tensors(name: str, fact: ObservedFile | Unavailable) -> list[tuple[str, TensorInfo]]:
    if isinstance(fact, Unavailable):
        raise UnreadableError(f"{name}: {fact.reason}", help=[fact.hint] if fact.hint else [])
    if isinstance(fact.structure, Unavailable):
        raise UnreadableError(f"{name}: {fact.structure.reason}")
    found: list[tuple[str, TensorInfo]] = []
    for structure in structures_with_tensors(fact.structure):
        place = f"{name}!/{structure.container}" if structure.container else name
        if structure.status != "complete":
            help_ = [f"weighbridge scan {name}"]
            raise UnreadableError(f"{place} is not whole: {structure.reason}", help=help_)
        found.extend((place, tensor) for tensor in structure.tensors)
    return found


def _entries(loose: Loose, reader: FileReader | None) -> list[ListingEntry]:
    seen = ArtifactProbe(loose.tree, reader=reader).files(loose.paths).files
    for problem in loose.problems:
        raise UnreadableError(f"{problem.path} is not followed ({problem.kind})")
    entries = []
    for path, fact in seen.items():
        if isinstance(fact, Unavailable):
            help_ = [fact.hint] if fact.hint else []
            raise UnreadableError(f"{loose.names(path)[0]}: {fact.reason}", help=help_)
        entries.append(ListingEntry(path=path, size=fact.size, digest=fact.digest))
    return entries


def _folder_digest(path: str, entries: list[ListingEntry]) -> str:
    try:
        return listing_digest(entries)
    except ListingError as error:
        raise UnreadableError(f"{path}: {error}", help=["name parts of it"]) from error
