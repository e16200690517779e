"""Programs of `torch.export`: a graph as JSON, in which every node names what it calls.

Whoever loads one walks that name from `torch`, `operator` or `math` on, an attribute at a time
(torch/_export/serde/serialize.py), so that any name may stand there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import mended
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_TARGET: Final = "target"
_MOST: Final = 10_000


class ExportedProgram:
    """One program, as a kind of JSON file."""

    keys = None

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._limits = limits
        self._targets: dict[str, None] = {}

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Have nothing to do."""

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Have nothing to do."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:  # noqa: ARG002
        """Hear what a node calls."""
        for key, value in pairs:
            if key == _TARGET and isinstance(value, str) and len(self._targets) < _MOST:
                self._targets[mended(value[: self._limits.text])] = None

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Have nothing to do."""

    def claims(self) -> str | None:
        """Claim nothing: the archive does."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Note what is called."""
        for name in self._targets:
            if "." in name:
                record.uses(
                    CodeUse(kind="torchscript-operator", name=name, detail="exported program")
                )
