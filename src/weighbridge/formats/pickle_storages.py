"""What the persistent ids of a pickle name: torch's storages, or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_objects import Global, Imports, Value
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

_STORAGE: Final = "storage"
_FEWEST_PARTS: Final = 5
_LARGEST: Final = (1 << 63) - 1

ELEMENT_BYTES: Final = {
    "torch.BFloat16Storage": 2,
    "torch.BoolStorage": 1,
    "torch.ByteStorage": 1,
    "torch.CharStorage": 1,
    "torch.ComplexDoubleStorage": 16,
    "torch.ComplexFloatStorage": 8,
    "torch.DoubleStorage": 8,
    "torch.FloatStorage": 4,
    "torch.HalfStorage": 2,
    "torch.IntStorage": 4,
    "torch.LongStorage": 8,
    "torch.QInt32Storage": 4,
    "torch.QInt8Storage": 1,
    "torch.QUInt8Storage": 1,
    "torch.ShortStorage": 2,
    "torch.UntypedStorage": 1,
    "torch.storage.UntypedStorage": 1,
}
"""Bytes of one element, by storage class."""


def storages(imports: Imports) -> list[TensorInfo]:
    """List torch's storages, each key once; the size is 0 where the class is unknown."""
    found: dict[str, TensorInfo] = {}
    for identity in imports.persistent:
        storage = _storage(identity)
        if storage is not None:
            found.setdefault(storage.name, storage)
    return list(found.values())


def identities(imports: Imports) -> Iterator[str]:
    """Write the persistent ids that are no storages."""
    for identity in imports.persistent:
        if _storage(identity) is None:
            yield _written(identity)


def _storage(identity: Value) -> TensorInfo | None:
    if not isinstance(identity, tuple) or len(identity) < _FEWEST_PARTS:
        return None
    word, kind, key, _, count = identity[:_FEWEST_PARTS]
    if word != _STORAGE or not isinstance(kind, Global) or not isinstance(key, str):
        return None
    if not isinstance(count, int) or not 0 <= count <= _LARGEST:
        return None
    size = ELEMENT_BYTES.get(kind.path, 0) * count
    return TensorInfo(name=key, dtype=kind.path, shape=(count,), size=size)


def _written(identity: Value) -> str:
    if isinstance(identity, tuple):
        return "(" + ", ".join(_written(part) for part in identity) + ")"
    if isinstance(identity, Global):
        return identity.path
    return repr(identity) if isinstance(identity, str | int | None) else "?"
