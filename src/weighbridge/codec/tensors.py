"""What tensors a model has, as one digest: whatever files they lie in, and in whatever order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import canonical_bytes, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.structure import TensorInfo


class NoIdentityError(ValueError):
    """Tensors have no identity: a name twice, or data that were not digested."""


def content_identity(tensors: Iterable[TensorInfo]) -> str:
    """Return the sha256 of name, data type, shape and digest of each tensor, sorted by name.

    Metadata, the order in a file and how tensors are spread over files are no part of it. Words
    for data types are each format's own, so models of different formats have different identities.

    Raises:
        NoIdentityError: A name stands twice, or a tensor has no digest.
    """
    known = sorted(tensors, key=lambda tensor: tensor.name)
    counts = Counter(tensor.name for tensor in known)
    for name, count in counts.items():
        if count > 1:
            raise NoIdentityError(f"the tensor {name} stands in {count} places")
    for tensor in known:
        if not tensor.digest:
            raise NoIdentityError(f"the data of tensor {tensor.name} were not digested")
    rows = [
        {"digest": one.digest, "dtype": one.dtype, "name": one.name, "shape": list(one.shape)}
        for one in known
    ]
    return digest(canonical_bytes(rows))
