"""Digest each tensor of a model file whose structure is known, by reading its bytes again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats import registry
from weighbridge.model.change import TensorState
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.ports import NoProgress
from weighbridge.probes.artifacts import SNIFF, ArtifactProbe
from weighbridge.probes.one_pass import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.ports import ByteSource, Progress, Tree
    from weighbridge.model.structure import Structure, TensorInfo


@dataclass(frozen=True, slots=True)
class TensorIndex:
    """The tensors of one file, or of a member of it.

    Attributes:
        container: The member, components joined by `!/`; empty for the file.
        tensors: Name and state of each, in the order of the file.
    """

    container: str
    tensors: tuple[tuple[str, TensorState], ...]


def look_into(
    tree: Tree, path: str, digest: str, *, progress: Progress | None = None
) -> ObservedFile | None:
    """Read a file that looks like one of a known format; None if it is not, or is another file.

    Args:
        tree: Where it is.
        path: Its path in the tree.
        digest: The digest it must have.
        progress: Who watches.
    """
    source = tree.open(path)
    if isinstance(source, PathProblem | Unavailable):
        return None
    try:
        with source:
            head = source.read_at(0, SNIFF)
            tail = source.read_at(max(0, source.size - SNIFF), SNIFF)
    except OSError:
        return None
    if registry.sniff(head, tail, source.size) is None:
        return None
    found = ArtifactProbe(tree, progress=progress).files([path]).files[path]
    return found if isinstance(found, ObservedFile) and found.digest == digest else None


def index_tensors(
    tree: Tree, file: ObservedFile, *, progress: Progress | None = None
) -> tuple[TensorIndex, ...]:
    """List the tensors of a file that was read, each with the digest of its bytes.

    A structure that was not read to its end has no index. A tensor whose bytes do not lie in one
    piece in the file has no digest, nor has any if the file is another by now.
    """
    if isinstance(file.structure, Unavailable):
        return ()
    found = [*_indexed(file.structure)]
    digests = _digests(tree, file, found, progress or NoProgress()) if found else {}
    return tuple(
        TensorIndex(
            structure.container,
            tuple((tensor.name, _state(tensor, digests)) for tensor in structure.tensors),
        )
        for structure in found
    )


def _indexed(structure: Structure) -> Iterator[Structure]:
    """Find the outermost structures that have tensors; those within them speak of the same."""
    if structure.tensors:
        if structure.status == "complete":
            yield structure
        return
    for member in structure.members:
        yield from _indexed(member)


def _state(tensor: TensorInfo, digests: Mapping[int, str]) -> TensorState:
    return TensorState(
        dtype=tensor.dtype,
        shape=tensor.shape,
        size=tensor.size,
        digest=digests.get(id(tensor)),
    )


def _digests(
    tree: Tree, file: ObservedFile, found: Iterable[Structure], progress: Progress
) -> dict[int, str]:
    """Digest what lies in the file as it is, by tensor; nothing if the file is another by now."""
    # Offsets in a member are not those of the file.
    within = [tensor for one in found if not one.container for tensor in one.tensors]
    source = tree.open(file.path)
    if isinstance(source, PathProblem | Unavailable):
        return {}
    progress.start(f"{file.path}: tensors", sum(tensor.size for tensor in within))
    try:
        with source:
            digests = {id(tensor): _digest(source, tensor, progress) for tensor in within}
            same = source.size == file.size and not source.changed()
    except OSError:
        return {}
    finally:
        progress.finish()
    return {key: digest for key, digest in digests.items() if digest and same}


def _digest(source: ByteSource, tensor: TensorInfo, progress: Progress) -> str:
    """Digest a tensor's bytes; empty if they do not lie in the file."""
    if tensor.offset < 0 or tensor.offset + tensor.size > source.size:
        return ""
    hashed = hashlib.sha256()
    for start in range(0, tensor.size, CHUNK):
        length = min(CHUNK, tensor.size - start)
        chunk = source.read_at(tensor.offset + start, length)
        if len(chunk) < length:
            return ""
        hashed.update(chunk)
        progress.advance(len(chunk))
    return "sha256:" + hashed.hexdigest()
