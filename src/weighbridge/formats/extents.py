"""Which bytes of a file its headers account for, and what else is in it.

Zeros between and behind the parts are how linkers align them; anything else there is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.record import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.blocks import Blocks
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record


class Extents:
    """The stretches of a file of `size` bytes that are claimed."""

    __slots__ = ("_claimed", "_size")

    def __init__(self, size: int) -> None:
        """Begin with nothing claimed."""
        self._claimed: list[tuple[int, int]] = []
        self._size = size

    def claim(self, start: int, size: int) -> bool:
        """Claim `size` bytes from `start` on, claimed already or not; false if they do not fit."""
        if not size:
            return True
        if start + size > self._size:
            return False
        self._claimed.append((start, start + size))
        return True

    def pad(self, blocks: Blocks) -> Generator[Request, bytes, list[tuple[int, int]]]:
        """Claim what is unclaimed and all zeros; return what is unclaimed and not."""
        gaps, self._claimed = self._gaps()
        left = []
        for start, end in gaps:
            if (yield from blocks.is_zero(start, end)):
                self._claimed.append((start, end))
            else:
                left.append((start, end))
        return left

    def settle(self, record: Record, blocks: Blocks, parts: str) -> Generator[Request, bytes, None]:
        """Count what is claimed, and note what is not.

        Args:
            record: Where it is noted.
            blocks: The bytes.
            parts: What may claim bytes in this format, in words.
        """
        for start, end in (yield from self.pad(blocks)):
            text = f"{end - start} bytes belong to no {parts}"
            record.problem(HIDDEN, text, start, "nothing but zeros between and behind the parts")
        record.coverage = sum(end - start for start, end in self._claimed)

    def _gaps(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """List what is not claimed, and the claims without overlaps."""
        gaps: list[tuple[int, int]] = []
        merged: list[tuple[int, int]] = []
        last = 0
        for start, end in sorted(self._claimed):
            if start > last:
                gaps.append((last, start))
            if merged and start <= last:
                merged[-1] = (merged[-1][0], max(last, end))
            else:
                merged.append((start, end))
            last = max(last, end)
        if last < self._size:
            gaps.append((last, self._size))
        return gaps, merged
