"""The tensors of a model file whose structure is known: name, type, shape and digest of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.change import TensorState
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.reading.files import SNIFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import Tree
    from weighbridge.model.reading import FileReader
    from weighbridge.model.structure import Structure


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
    tree: Tree, path: str, digest: str, *, reader: FileReader | None = None
) -> ObservedFile | None:
    """Read a file that looks like one of a known format; None if it is not, or is another file.

    Args:
        tree: Where it is.
        path: Its path in the tree.
        digest: The digest it must have.
        reader: Who reads it.
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
    from weighbridge.formats import registry  # noqa: PLC0415 - who looks pays for all formats

    if registry.sniff(head, tail, source.size) is None:
        return None
    found = ArtifactProbe(tree, reader=reader).files([path]).files[path]
    return found if isinstance(found, ObservedFile) and found.digest == digest else None


def index_tensors(file: ObservedFile) -> tuple[TensorIndex, ...]:
    """List the tensors of a file that was read; a structure not read to its end has no index."""
    if isinstance(file.structure, Unavailable):
        return ()
    return tuple(
        TensorIndex(
            structure.container,
            tuple(
                (
                    tensor.name,
                    TensorState(
                        dtype=tensor.dtype,
                        shape=tensor.shape,
                        size=tensor.size,
                        digest=tensor.digest or None,
                        # What a member says of places is true of the member alone.
                        offset=-1 if structure.container else tensor.offset,
                    ),
                )
                for tensor in structure.tensors
            ),
        )
        for structure in structures_with_tensors(file.structure)
        if structure.status == "complete"
    )


def structures_with_tensors(structure: Structure) -> Iterator[Structure]:
    """Find the outermost structures that have tensors; those within them speak of the same."""
    if structure.tensors:
        yield structure
        return
    for member in structure.members:
        yield from structures_with_tensors(member)
