"""How far the tensors are apart that changed between two releases: what `diff` adds to digests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.change import TensorChange, TensorChanges
    from weighbridge.model.ports import ByteSource

MOST: Final = 4 << 30
"""Bytes of tensors of one file that are measured; of the others the digests must do."""


def measured(
    found: TensorChanges, before: ByteSource | None, after: ByteSource | None
) -> TensorChanges:
    """Add to each tensor that kept its form how far its numbers are apart.

    Args:
        found: What differs, by digest.
        before: The first file, open.
        after: The second.

    Returns:
        The same where a file is not to be had, or changed meanwhile.
    """
    if before is None or after is None:
        return found
    left = MOST
    changes: list[TensorChange] = []
    for change in found.changes:
        size = _measurable(change)
        if 0 < size <= left:
            left -= size
            changes.append(_measured(change, before, after))
        else:
            changes.append(change)
    if before.changed() or after.changed():
        return found
    return replace(found, changes=tuple(changes))


def _measurable(change: TensorChange) -> int:
    """Return the bytes of a tensor whose two states can be measured; 0 if they cannot."""
    old, new = change.before, change.after
    if old is None or new is None or min(old.offset, new.offset) < 0:
        return 0
    alike = (old.dtype, old.shape, old.size) == (new.dtype, new.shape, new.size)
    return old.size if alike else 0


def _measured(change: TensorChange, before: ByteSource, after: ByteSource) -> TensorChange:
    from weighbridge.formats.comparing.tensors import measure  # noqa: PLC0415 - only if it differs

    old, new = change.before, change.after
    if old is None or new is None:
        return change
    try:
        difference = measure(
            before, after, dtype=old.dtype, size=old.size, places=(old.offset, new.offset)
        )
    except OSError:
        return change
    return replace(change, difference=difference)
