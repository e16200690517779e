"""The index of a model in shards: which tensor lies in which file.

`weight_map` names a file for each tensor, `metadata.total_size` the bytes of all of them. Indexes
of pickled shards have the same form; they are plain JSON here, and their files are noted as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import FileReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_MAP: Final = ["weight_map"]
_METADATA: Final = ["metadata"]
_SUFFIX: Final = ".safetensors"


class SafetensorsIndex:
    """One index."""

    keys = frozenset({"weight_map", "metadata"})

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._limits = limits
        self._shards: dict[str, list[str]] = {}
        self._is_map = False
        self._total: Value = None
        self._odd = 0

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Hear that the map begins; what is nested in it names no file."""
        if path == _MAP:
            self._is_map = kind == "object"
        elif path[:1] == _MAP:
            self._odd += 1

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Have nothing to do."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Note the file of each tensor."""
        if path == _METADATA:
            self._total = next((value for key, value in pairs if key == "total_size"), self._total)
        if path != _MAP:
            return
        for tensor, shard in pairs:
            if isinstance(shard, str) and 0 < len(shard) <= self._limits.text:
                self._shards.setdefault(mended(shard), []).append(mended(tensor))
            else:
                self._odd += 1

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Have nothing to do."""

    def claims(self) -> str | None:
        """Claim the index of safetensors shards."""
        ours = self._is_map and all(shard.endswith(_SUFFIX) for shard in self._shards)
        return "safetensors-index" if ours else None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Note the shards, and those that lie elsewhere."""
        if not self._is_map:
            return
        if self._odd:
            record.corrupt(f"{self._odd} values of `weight_map` name no file", 0)
        if type(self._total) is int:
            record.metadata.append(("total-size", str(self._total)))
        for shard, tensors in self._shards.items():
            record.references.append(FileReference(path=shard, tensors=tuple(tensors)))
            if escapes(shard):
                record.problem(
                    OUTSIDE,
                    f"tensors lie in {shown(shard)}",
                    0,
                    "a path below the index's folder",
                )
