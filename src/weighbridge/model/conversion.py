"""Writing a torch file as safetensors: what would come of it, and what proves that nothing is lost.

Who converts reads and writes files in a process of its own; whoever asked holds the result
against the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class NotConvertedError(Exception):
    """The file cannot be converted without a loss, or the copy was not proved equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A safetensors file that was written, or would be.

    Attributes:
        size: Its bytes.
        digest: `sha256:` and 64 hexadecimal digits.
        tensors: How many it has.
        sharing: How many of them shared their numbers with another, and have a copy of their own.
        trained: How many ask for gradients in the old file, which the new one does not note.
    """

    size: int
    digest: str
    tensors: int
    sharing: int = 0
    trained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What every tensor of the old file is, gathered anew.

    Attributes:
        source: Digest of the old file itself.
        tensors: Data type, shape and `blake3:` digest by name.
    """

    source: str
    tensors: dict[str, tuple[str, tuple[int, ...], str]]


class Converter(Protocol):
    """Converts in a process of its own; paths are whole."""

    @property
    def where(self) -> str:
        """Say in words where that process runs."""

    def plan(self, source: str) -> Rewritten:
        """Say what would be written.

        Raises:
            NotConvertedError: Something would be lost.
        """

    def write(self, source: str, target: str, planned: Rewritten) -> None:
        """Write what was planned into a file that is there and empty.

        Raises:
            NotConvertedError: Something else was written.
        """

    def prove(self, source: str) -> Proof:
        """Gather every tensor of the old file anew."""
