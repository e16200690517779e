"""The operators a TensorFlow graph is made of; which of them may be trusted is judged elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

SAVES: Final = frozenset({"Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints"})
"""Operators that write checkpoints."""

RESTORES: Final = frozenset({"Restore", "RestoreSlice", "RestoreV2"})
"""Operators that read checkpoints."""

OF_ASSETS: Final = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})
"""Operators that read the assets of a model, such as its vocabulary."""

TELLING: Final = frozenset({"descriptor_source", "output_stream"})
"""Attributes that may name a file."""

_MOST: Final = 10_000
"""Different operators: TensorFlow has 1,500."""


class Operators:
    """The operators of one model, each noted where it stands first.

    Attributes:
        functions: Names of the model's own functions, which old graphs use like operators.
    """

    def __init__(self, record: Record) -> None:
        """Begin with none."""
        self._record = record
        self._found: dict[tuple[str, str], int] = {}
        self.functions: set[str] = set()

    def add(self, operator: str, offset: int, detail: str) -> None:
        """Hear of one.

        Raises:
            BudgetExceededError: There are more than any model has.
        """
        self._found.setdefault((operator, detail), offset)
        if len(self._found) > _MOST:
            raise BudgetExceededError(f"the graph has more than {_MOST} different operators")

    def conclude(self, *, assets: bool) -> None:
        """Note all that are no functions of the model.

        Args:
            assets: Whether the model has files of its own that an operator may read.
        """
        for (operator, detail), offset in self._found.items():
            if operator in self.functions:
                continue
            said = "own assets" if assets and operator in OF_ASSETS else detail
            self._record.uses(
                CodeUse(kind="tensorflow-operator", name=operator, offset=offset, detail=said)
            )
